package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/metrics"
	"github.com/jedib0t/go-pretty/v6/table"
)

// evaluation is what evaluate found.
type evaluation struct {
	Model    string   `json:"model"`
	Method   string   `json:"method"`
	Preset   string   `json:"preset"`
	Out      string   `json:"out"`
	Table    []judged `json:"table"`
	Means    []mean   `json:"means"`
	Warnings []string `json:"warnings"`
	Seconds  float64  `json:"seconds"`
}

// write writes the files of the run: table.csv, table.md and metrics.json.
func (e *evaluation) write(run *rundir.Run) error {
	if err := run.Write("table.csv", e.writeCSV); err != nil {
		return err
	}
	if err := run.Write("table.md", e.writeMarkdown); err != nil {
		return err
	}
	return run.WriteJSON("metrics.json", e)
}

// writeCSV writes a line a figure.
func (e *evaluation) writeCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	lines := [][]string{{"method", "setting", "condition", "metric", "value", "low", "high", "n", "definition", "warnings"}}
	number := func(v float64) string {
		if math.IsNaN(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	for _, r := range e.Table {
		m := r.Metric
		lines = append(lines, []string{r.Method, r.Setting, r.Condition, m.Name, number(m.Value), number(m.Low), number(m.High),
			strconv.Itoa(m.N), m.Definition, strings.Join(m.Warnings, "; ")})
	}
	if err := c.WriteAll(lines); err != nil {
		return err
	}
	return c.Error()
}

// writeMarkdown writes a table a metric, conditions in rows, and the means.
func (e *evaluation) writeMarkdown(w io.Writer) error {
	for _, name := range e.metricNames() {
		if _, err := fmt.Fprintf(w, "%s\n", e.of(name).Markdown()); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "## Means over conditions\n\n%s\n", e.averages().RenderMarkdown())
	return err
}

// of is the table of one metric.
func (e *evaluation) of(name string) metrics.Table {
	t := metrics.Table{Title: name, Methods: slices.Compact([]string{e.Method, unmoved})}
	rows := map[string]int{}
	for _, r := range e.Table {
		if r.Metric.Name != name {
			continue
		}
		label := fmt.Sprintf("%s (%s)", r.Condition, r.Setting)
		at, known := rows[label]
		if !known {
			at = len(t.Rows)
			rows[label] = at
			t.Rows = append(t.Rows, metrics.Row{Label: label, Figures: make([]metrics.Figure, len(t.Methods)), Aim: metrics.AimOf(name)})
		}
		t.Rows[at].Figures[slices.Index(t.Methods, r.Method)] = r.Metric
	}
	return t
}

func (e *evaluation) text(w io.Writer) {
	fmt.Fprintf(w, "%s\n± is half of the 95 %% interval\n\n%s\n\n%s\n", e.figures().Render(), e.averages().Render(), strings.Join(e.notes(""), "\n"))
}

// short is a figure with half of its interval's width.
func short(f metrics.Figure) string {
	text := valueText(f.Value)
	if f.HasInterval() {
		text += " ±" + strconv.FormatFloat((f.High-f.Low)/2, 'g', 2, 64)
	}
	return text
}

func valueText(v float64) string { return metrics.Unbounded("", v, 0, "").String() }

// metricNames in the order of the table.
func (e *evaluation) metricNames() (names []string) {
	for _, r := range e.Table {
		if !slices.Contains(names, r.Metric.Name) {
			names = append(names, r.Metric.Name)
		}
	}
	return names
}

// figures has a row for each method under each condition.
func (e *evaluation) figures() table.Writer {
	names := e.metricNames()
	header := []any{"condition", "setting", "method"}
	for _, n := range names {
		header = append(header, n)
	}
	t := newTable(header...)
	var row table.Row
	for i, r := range e.Table {
		if i == 0 || r.Method != e.Table[i-1].Method || r.Condition != e.Table[i-1].Condition {
			row = emptyRow(len(header))
			row[0], row[1], row[2] = r.Condition, r.Setting, r.Method
		}
		row[3+slices.Index(names, r.Metric.Name)] = short(r.Metric)
		if i == len(e.Table)-1 || r.Method != e.Table[i+1].Method || r.Condition != e.Table[i+1].Condition {
			t.AppendRow(row)
		}
	}
	return t
}

// averages has the means over the conditions of each setting.
func (e *evaluation) averages() table.Writer {
	names := e.metricNames()
	header := []any{"mean over", "setting", "method"}
	for _, n := range names {
		header = append(header, n)
	}
	t := newTable(header...)
	for _, setting := range []string{inSample, heldOut, extrapolated} {
		for _, method := range slices.Compact([]string{e.Method, unmoved}) {
			row := emptyRow(len(header))
			most := 0
			for _, m := range e.Means {
				if m.Method == method && m.Setting == setting {
					most = max(most, m.Conditions)
					row[3+slices.Index(names, m.Metric)] = valueText(m.Mean)
				}
			}
			if most > 0 {
				row[0], row[1], row[2] = counted(most, "condition"), setting, method
				t.AppendRow(row)
			}
		}
	}
	return t
}

// emptyRow has no figures yet.
func emptyRow(n int) table.Row {
	row := make(table.Row, n)
	for i := range row {
		row[i] = "n/a"
	}
	return row
}

// notes are the definitions, and what to keep in mind, each said once.
func (e *evaluation) notes(bullet string) []string {
	var notes []string
	add := func(text string) {
		if text = bullet + text; !slices.Contains(notes, text) {
			notes = append(notes, text)
		}
	}
	definitions := map[string][]string{}
	for _, r := range e.Table {
		if d := r.Metric.Definition; !slices.Contains(definitions[r.Metric.Name], d) {
			definitions[r.Metric.Name] = append(definitions[r.Metric.Name], d)
		}
	}
	for _, n := range e.metricNames() {
		text := n + ": " + definitions[n][0]
		if len(definitions[n]) > 1 {
			text += fmt.Sprintf(" (and %d like it; table.csv has each)", len(definitions[n])-1)
		}
		add(text)
	}
	for _, r := range e.Table {
		for _, w := range r.Metric.Warnings {
			add(r.Metric.Name + ": " + w)
		}
	}
	return notes
}
