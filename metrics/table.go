package metrics

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table has methods in columns and a metric, or a metric under one condition, in
// each row. In each row the best method is marked, together with all that its
// interval does not tell from it.
type Table struct {
	Title   string
	Methods []string
	// Yardsticks are those of the methods that are there for scale and never
	// marked, such as another half of what was observed.
	Yardsticks []string
	Rows       []Row
}

// Row is one line of a [Table].
type Row struct {
	// Label says what is measured, such as mmd_squared or dose=100.
	Label string
	// Figures of the methods, in their order; a method without one has the zero Figure.
	Figures []Figure
	// Aim is which values are better.
	Aim Aim
}

// Aim is which values of a metric are better.
type Aim int

const (
	// Lower values are better: distances, errors.
	Lower Aim = iota
	// Higher values are better: correlations, scores.
	Higher
	// Unranked values are yardsticks or have no direction.
	Unranked
)

// AimOf is the aim of the metrics of this package, by name.
func AimOf(name string) Aim {
	if name == "spread_ratio" || strings.HasPrefix(name, "knn_enrichment") { // right at 1 and at ½, not at an end
		return Unranked
	}
	// A duality gap is negative where the map misses the target.
	for _, part := range []string{"w2squared_lower", "w2squared_upper", "transport_cost", "duality_gap"} {
		if strings.Contains(name, part) {
			return Unranked
		}
	}
	for _, part := range []string{"pearson", "_r2", "cosine", "normalised", "overlap", "direction", "discrimination"} {
		if strings.Contains(name, part) {
			return Higher
		}
	}
	return Lower
}

// Check reports a row whose figures are not those of the methods.
func (t Table) Check() error {
	for i, r := range t.Rows {
		if len(r.Figures) != len(t.Methods) {
			return fmt.Errorf("metrics: row %d (%s) of the table has %d figures for %d methods", i, r.Label, len(r.Figures), len(t.Methods))
		}
	}
	return nil
}

// Best says for each method of a row whether it is marked: the best value, and
// every method whose interval meets that of the best. Without intervals only
// values that are equal but for rounding share the mark.
func (r Row) Best() []bool {
	marks := make([]bool, len(r.Figures))
	best := -1
	for k, f := range r.Figures {
		if r.Aim == Unranked || f.Name == "" || math.IsNaN(f.Value) {
			continue
		}
		if best < 0 || r.Aim == Lower && f.Value < r.Figures[best].Value || r.Aim == Higher && f.Value > r.Figures[best].Value {
			best = k
		}
	}
	if best < 0 {
		return marks
	}
	low, high := r.Figures[best].ends()
	rounding := 1e-12 * math.Abs(r.Figures[best].Value)
	for k, f := range r.Figures {
		if f.Name != "" && !math.IsNaN(f.Value) {
			from, to := f.ends()
			marks[k] = from <= high+rounding && to >= low-rounding
		}
	}
	return marks
}

// best is Best of a row without the yardsticks.
func (t Table) best(r Row) []bool {
	ranked := slices.Clone(r.Figures)
	for k, m := range t.Methods {
		if k < len(ranked) && slices.Contains(t.Yardsticks, m) {
			ranked[k] = Figure{}
		}
	}
	r.Figures = ranked
	return r.Best()
}

// ends are those of the interval, or the value twice.
func (f Figure) ends() (low, high float64) {
	if f.HasInterval() {
		return f.Low, f.High
	}
	return f.Value, f.Value
}

// cells is the table as text, a header first, with mark put round the best; and
// the notes below it.
func (t Table) cells(mark string) (lines [][]string, notes []string) {
	lines = append(lines, append([]string{""}, t.Methods...))
	note := func(text string) string {
		if text == "" {
			return ""
		}
		at := slices.Index(notes, text)
		if at < 0 {
			notes, at = append(notes, text), len(notes)
		}
		return strconv.Itoa(at + 1)
	}
	for _, r := range t.Rows {
		line, marks := []string{""}, t.best(r)
		var about []string
		for k, f := range r.Figures {
			if f.Name == "" {
				line = append(line, "")
				continue
			}
			text := f.String()
			if marks[k] {
				text = mark + text + mark
			}
			for _, w := range f.Warnings {
				text += " (" + note("warning: "+w) + ")"
			}
			if d := note(definitionNote(f)); d != "" && !slices.Contains(about, d) {
				about = append(about, d)
			}
			line = append(line, text)
		}
		line[0] = r.Label
		if len(about) > 0 {
			line[0] += " (" + strings.Join(about, ", ") + ")"
		}
		lines = append(lines, line)
	}
	return lines, notes
}

// definitionNote is empty where the figure's definition is: it then stands elsewhere.
func definitionNote(f Figure) string {
	if f.Definition == "" {
		return ""
	}
	return fmt.Sprintf("%s: %s; n=%d", f.Name, f.Definition, f.N)
}

const legend = "Marked: the best of a row and all whose 95 % intervals meet its."

// String is the table for a terminal: best values between stars, definitions and
// warnings as numbered notes.
func (t Table) String() string {
	lines, notes := t.cells("*")
	var widths []int
	for _, line := range lines {
		for k, c := range line {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = max(widths[k], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	if t.Title != "" {
		fmt.Fprintln(&b, t.Title)
	}
	for i, line := range lines {
		text := ""
		for k, c := range line {
			pad := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(c))
			switch {
			case k == 0:
				text += c + pad
			default:
				text += "  " + pad + c
			}
		}
		fmt.Fprintln(&b, strings.TrimRight(text, " "))
		if i == 0 {
			total := 2 * (len(widths) - 1)
			for _, w := range widths {
				total += w
			}
			fmt.Fprintln(&b, strings.Repeat("─", total))
		}
	}
	fmt.Fprintln(&b, legend)
	for k, n := range notes {
		fmt.Fprintf(&b, "(%d) %s\n", k+1, n)
	}
	return b.String()
}

// Markdown is the table in GitHub's form, best values in bold.
func (t Table) Markdown() string {
	lines, notes := t.cells("**")
	var b strings.Builder
	if t.Title != "" {
		fmt.Fprintf(&b, "## %s\n\n", t.Title)
	}
	for i, line := range lines {
		for _, c := range line {
			b.WriteString("| " + strings.ReplaceAll(c, "|", "\\|") + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString("| --- " + strings.Repeat("| ---: ", len(line)-1) + "|\n")
		}
	}
	fmt.Fprintf(&b, "\n%s\n", legend)
	for k, n := range notes {
		fmt.Fprintf(&b, "\n(%d) %s\n", k+1, n)
	}
	return b.String()
}

// WriteCSV writes a line for each figure, with all digits: label, method, name,
// value, low, high, n, best, definition, warnings. Numbers that are none are empty.
func (t Table) WriteCSV(w io.Writer) error {
	if err := t.Check(); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	lines := [][]string{{"label", "method", "name", "value", "low", "high", "n", "best", "definition", "warnings"}}
	full := func(v float64) string {
		if math.IsNaN(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	for _, r := range t.Rows {
		marks := t.best(r)
		for k, f := range r.Figures {
			if f.Name == "" {
				continue
			}
			lines = append(lines, []string{r.Label, t.Methods[k], f.Name, full(f.Value), full(f.Low), full(f.High),
				strconv.Itoa(f.N), strconv.FormatBool(marks[k]), f.Definition, strings.Join(f.Warnings, "; ")})
		}
	}
	return out.WriteAll(lines)
}
