package datasets

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/parquet-go/parquet-go"
)

// Description says what is in a data file.
type Description struct {
	// Rows are cells of an h5ad file; Cols its genes, or the columns of a table.
	Rows, Cols int
	// Values says how an h5ad file's X is stored and what it looks like; empty
	// for other files.
	Values string
	// Layers, Obsm and Raw are what an h5ad file has beside X.
	Layers, Obsm []string
	Raw          bool
	// Columns are those of obs, or of a table without its row ids.
	Columns []ColumnDescription
	// Guess is what the conditions may be.
	Guess Guess
}

// ColumnDescription says what a column holds.
type ColumnDescription struct {
	Name string
	// Kind is "numbers", "labels", "truth values", or, in a Parquet file,
	// "values that are not read".
	Kind string
	// Categories are the values of a column with at most 200 of them, in the
	// order of the file's categories or, without such, sorted; and how many
	// rows have each. Distinct is how many there are; -1 for more than 10000.
	Categories []string
	Counts     []int
	Distinct   int
	// Missing is the number of rows without a value.
	Missing int
	// Low and High are the least and largest of numbers.
	Low, High float64
}

// Guess is what of a file may be conditions: columns that have names or values
// as the field gives them. It is for a human to judge.
type Guess struct {
	// Control is NAME=VALUE of the rows that may be the source; empty where
	// none look like it.
	Control string
	// Conditions are columns, with kinds, in the form NAME:KIND.
	Conditions []string
}

// Bounds of what is told of a column.
const (
	maxCategories = 200
	maxDistinct   = 10000
)

// Describe reads what is in a data file: an .h5ad file's tables without its
// matrices, or all of a .parquet, .csv or .tsv file (the latter two also with .gz).
func Describe(path string) (*Description, error) {
	var d *Description
	var err error
	if isH5AD(path) {
		d, err = describeH5AD(path)
	} else {
		d, err = describeText(path)
	}
	if err != nil {
		return nil, err
	}
	d.Guess = d.guess()
	return d, nil
}

func describeH5AD(path string) (*Description, error) {
	f, err := anndata.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := &Description{Raw: f.HasRaw()}
	d.Rows, d.Cols = f.Dims()
	if d.Layers, err = f.Layers(); err != nil {
		return nil, err
	}
	if d.Obsm, err = f.ObsmNames(); err != nil {
		return nil, err
	}
	if d.Values, err = describeX(f); err != nil {
		return nil, err
	}
	obs, err := f.Obs()
	if err != nil {
		return nil, err
	}
	for i := range obs.Columns {
		c := &obs.Columns[i]
		t := newTally(c.Name)
		for _, category := range c.Categories { // in the file's order, those without rows too
			t.counts[category] = 0
			t.order = append(t.order, category)
		}
		for row := range c.Len() {
			t.add(c.Cell(row))
		}
		description := t.description(c.Kind == anndata.Categorical)
		if c.Kind == anndata.Bool {
			description.Kind = "truth values"
		}
		d.Columns = append(d.Columns, description)
	}
	return d, nil
}

// describeX looks at the first cells of X.
func describeX(f *anndata.File) (string, error) {
	m, err := f.X()
	if err != nil {
		return "there is no X that can be read: " + err.Error(), nil
	}
	rows, cols := m.Dims()
	if rows == 0 || cols == 0 {
		return "empty", nil
	}
	stored := fmt.Sprintf("%s, %.3g %% stored", m.Format, 100*float64(m.Stored)/float64(rows)/float64(cols))
	if m.Format == anndata.Dense {
		stored = "dense"
	}
	const looked = 500
	part, err := m.Rows(0, min(looked, rows))
	if err != nil {
		return "", err
	}
	low, high, whole := 0.0, 0.0, true
	for _, v := range part.Data {
		x := float64(v)
		low, high = math.Min(low, x), math.Max(high, x)
		whole = whole && x == math.Trunc(x)
	}
	return stored + ", " + valuesText(low, high, whole), nil
}

// valuesText says what numbers between low and high look like.
func valuesText(low, high float64, whole bool) string {
	const largestLog = 30 // log1p of more than any count
	switch {
	case low < 0:
		return fmt.Sprintf("numbers from %.4g to %.4g: scaled, or coordinates", low, high)
	case high == 0:
		return "only zeros in the first cells"
	case whole:
		return fmt.Sprintf("whole numbers up to %.4g: raw counts, to be normalised and logged", high)
	case high < largestLog:
		return fmt.Sprintf("numbers up to %.4g: logged", high)
	}
	return fmt.Sprintf("numbers up to %.4g that are not whole: normalised, not logged", high)
}

func describeText(path string) (*Description, error) {
	f, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := &Description{}
	if isParquet(path) {
		_, err := withParquet(path, f, d.addParquet)
		return d, err
	}
	var tallies []*tally
	skip := 0 // row ids
	_, err = readText(f, path, func(text io.Reader, separator rune) error {
		return eachRecord(text, separator, path, func(header []string) error {
			if slices.Contains(idHeaders, strings.ToLower(header[0])) {
				skip = 1
			}
			for _, name := range header[skip:] {
				tallies = append(tallies, newTally(name))
			}
			return nil
		}, func(record []string, _ int) error {
			d.Rows++
			for i, t := range tallies {
				t.add(strings.TrimSpace(record[skip+i]))
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	d.Cols = len(tallies)
	for _, t := range tallies {
		d.Columns = append(d.Columns, t.description(false))
	}
	return d, nil
}

// addParquet describes the columns of a Parquet file; those that cannot be read
// as numbers or text are said to be so.
func (d *Description) addParquet(p *parquetFile) error {
	d.Rows = p.rows
	for i, name := range p.header {
		if name == pandasIndex || i == 0 && slices.Contains(idHeaders, strings.ToLower(name)) {
			continue
		}
		d.Cols++
		if c := p.columns[i]; !c.Leaf() || c.Repeated() || unreadType(c.Type()) != "" {
			d.Columns = append(d.Columns, ColumnDescription{Name: name, Kind: "values that are not read", Distinct: -1})
			continue
		}
		t, without := newTally(name), unsigned(p.columns[i].Type())
		err := p.each(i, func(_ int, v parquet.Value) error {
			t.add(strings.TrimSpace(cell(v, without)))
			return nil
		})
		if err != nil {
			return err
		}
		description := t.description(false)
		if p.columns[i].Type().Kind() == parquet.Boolean {
			description.Kind = "truth values"
		}
		d.Columns = append(d.Columns, description)
	}
	return nil
}

// tally counts the values of a column.
type tally struct {
	name      string
	rows      int
	missing   int
	text      bool // a value is no number
	low, high float64
	counts    map[string]int // up to maxDistinct
	order     []string       // of the values, as they came
	many      bool
}

func newTally(name string) *tally {
	return &tally{name: name, counts: map[string]int{}, low: math.Inf(1), high: math.Inf(-1)}
}

func (t *tally) add(cell string) {
	t.rows++
	if cell == "" {
		t.missing++
		return
	}
	n, known := t.counts[cell]
	if !known || n == 0 {
		x, err := readNumber(cell)
		if t.text = t.text || err != nil; err == nil {
			t.low, t.high = math.Min(t.low, x), math.Max(t.high, x)
		}
	}
	switch {
	case known:
		t.counts[cell]++
	case len(t.order) < maxDistinct:
		cell = strings.Clone(cell)
		t.counts[cell] = 1
		t.order = append(t.order, cell)
	default:
		t.many = true
	}
}

// description of what was counted; categories tells whether the file has an
// order of its own.
func (t *tally) description(categories bool) ColumnDescription {
	d := ColumnDescription{Name: t.name, Kind: "labels", Distinct: len(t.order), Missing: t.missing}
	if !t.text && t.missing < t.rows {
		d.Kind, d.Low, d.High = "numbers", t.low, t.high
	}
	if t.many {
		d.Distinct = -1
	}
	if t.many || len(t.order) > maxCategories || d.Kind == "numbers" && !categories && 2*len(t.order) > t.rows {
		return d
	}
	d.Categories = t.order
	if !categories {
		slices.SortFunc(d.Categories, compareCells)
	}
	for _, c := range d.Categories {
		d.Counts = append(d.Counts, t.counts[c])
	}
	return d
}

// compareCells orders numbers by size, and before text.
func compareCells(a, b string) int {
	x, errX := readNumber(a)
	y, errY := readNumber(b)
	switch {
	case errX == nil && errY == nil && x != y:
		if x < y {
			return -1
		}
		return 1
	case errX == nil && errY != nil:
		return -1
	case errX != nil && errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// controlNames are what the field calls rows to which nothing was done, and
// conditionNames columns that say what was, both in lower case.
var (
	controlNames   = []string{"control", "ctrl", "dmso", "vehicle", "untreated", "unstimulated", "mock", "non-targeting", "nt", "none"}
	conditionNames = []string{"dose", "dosage", "concentration", "conc", "drug", "treatment", "perturbation", "condition", "stimulus", "time", "hour", "hours", "day", "target", "gene"}
)

// guess looks for a column that has a control, or numbers of a name that the
// field gives to doses and times, and for others of such names.
func (d *Description) guess() Guess {
	var g Guess
	for _, c := range d.Columns {
		if len(c.Categories) < 2 || c.Kind == "truth values" {
			continue
		}
		control := c.controlValue()
		named := slices.Contains(conditionNames, strings.ToLower(c.Name))
		if control == "" && !named || control != "" && g.Control != "" && !named {
			continue
		}
		if g.holds(d, c) {
			continue
		}
		if g.Control == "" && control != "" {
			g.Control = c.Name + "=" + control
		}
		v := condition.Variable{Name: c.Name, Kind: condition.Unspecified}
		v.Guess(slices.DeleteFunc(slices.Clone(c.Categories), func(s string) bool { return s == control }))
		g.Conditions = append(g.Conditions, c.Name+":"+kindText(v))
	}
	return g
}

// holds tells whether a column with the same values is among the conditions.
func (g *Guess) holds(d *Description, c ColumnDescription) bool {
	return slices.ContainsFunc(d.Columns, func(other ColumnDescription) bool {
		return other.Name != c.Name && slices.Equal(other.Categories, c.Categories) && slices.Equal(other.Counts, c.Counts) &&
			slices.ContainsFunc(g.Conditions, func(text string) bool { return strings.HasPrefix(text, other.Name+":") })
	})
}

// controlValue is the category that looks like a control: one of its names, or
// the least of numbers where that is 0.
func (c *ColumnDescription) controlValue() string {
	for _, category := range c.Categories {
		if slices.Contains(controlNames, strings.ToLower(category)) {
			return category
		}
	}
	if c.Kind == "numbers" && c.Low == 0 && slices.Contains(conditionNames, strings.ToLower(c.Name)) {
		return "0"
	}
	return ""
}

// kindText is a variable's kind in the form of --condition.
func kindText(v condition.Variable) string {
	switch {
	case v.Kind == condition.Continuous && v.Scale == condition.Log:
		return "log"
	case v.Kind == condition.Continuous:
		return "continuous"
	case v.Kind == condition.Set:
		return "set"
	}
	return "categorical"
}
