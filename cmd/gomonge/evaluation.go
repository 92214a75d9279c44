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

// writeMarkdown writes the means and scores of each setting, then a table a metric, conditions in rows.
func (e *evaluation) writeMarkdown(w io.Writer) error {
	for _, t := range append(e.summaries(), e.details()...) {
		if _, err := fmt.Fprintf(w, "%s\n", t.Markdown()); err != nil {
			return err
		}
	}
	return nil
}

// text is the means and scores, with what they are said once below them; the
// files have the conditions one by one.
func (e *evaluation) text(w io.Writer) {
	for _, t := range e.summaries() {
		for _, r := range t.Rows {
			for k := range r.Figures {
				r.Figures[k].Definition, r.Figures[k].Warnings = "", nil
			}
		}
		fmt.Fprintf(w, "%s\n", t)
	}
	fmt.Fprintln(w, strings.Join(e.notes(), "\n"))
}

// notes are the definitions, and what to keep in mind, each said once.
func (e *evaluation) notes() (notes []string) {
	add := func(text string) {
		if !slices.Contains(notes, text) {
			notes = append(notes, text)
		}
	}
	definitions := map[string][]string{}
	for _, r := range e.Table {
		if d := r.Metric.Definition; r.Method != halfSplit && !slices.Contains(definitions[r.Metric.Name], d) {
			definitions[r.Metric.Name] = append(definitions[r.Metric.Name], d)
		}
	}
	for _, n := range e.metricNames() {
		if len(definitions[n]) == 0 {
			continue
		}
		text := n + ": " + definitions[n][0]
		if len(definitions[n]) > 1 {
			text += fmt.Sprintf(" (and %d like it; table.csv has each)", len(definitions[n])-1)
		}
		add(text)
	}
	for _, r := range e.Table {
		if r.Method != halfSplit {
			for _, w := range r.Metric.Warnings {
				add(r.Metric.Name + ": " + w)
			}
		}
	}
	return notes
}

// methods in the order of the table: the model, then the yardsticks.
func (e *evaluation) methods() (names []string) {
	names = []string{e.Method}
	last := false
	for _, r := range e.Table {
		last = last || r.Method == halfSplit
		if r.Method != halfSplit && !slices.Contains(names, r.Method) {
			names = append(names, r.Method)
		}
	}
	if last {
		names = append(names, halfSplit)
	}
	return names
}

// summaries have, for each setting, the means over its conditions and the normalised scores.
func (e *evaluation) summaries() (tables []metrics.Table) {
	for _, setting := range []string{inSample, heldOut, extrapolated} {
		over, baseline := 0, ""
		values := metrics.Table{Methods: e.methods(), Yardsticks: []string{halfSplit}}
		var scored []string
		for _, m := range e.Means {
			if m.Setting == setting && m.Normalised != nil && !slices.Contains(scored, m.Method) {
				scored = append(scored, m.Method)
			}
		}
		scores := metrics.Table{Methods: scored}
		for _, name := range e.metricNames() {
			value := metrics.Row{Label: name, Figures: make([]metrics.Figure, len(values.Methods)), Aim: metrics.AimOf(name)}
			score := metrics.Row{Label: name, Figures: make([]metrics.Figure, len(scored)), Aim: metrics.Higher}
			found, compared := false, false
			for _, m := range e.Means {
				if m.Setting != setting || m.Metric != name {
					continue
				}
				found, over = true, max(over, m.Conditions)
				value.Figures[slices.Index(values.Methods, m.Method)] = m.Figure
				if m.Normalised != nil {
					compared, baseline = true, m.Baseline
					score.Figures[slices.Index(scored, m.Method)] = *m.Normalised
				}
			}
			if found {
				values.Rows = append(values.Rows, value)
			}
			if compared {
				scores.Rows = append(scores.Rows, score)
			}
		}
		if len(values.Rows) == 0 {
			continue
		}
		values.Title = fmt.Sprintf("%s, mean over %s", setting, counted(over, "condition"))
		tables = append(tables, values)
		if len(scores.Rows) > 0 {
			scores.Title = fmt.Sprintf("%s, score: 0 is %s, 1 is %s", setting, baseline, halfSplit)
			tables = append(tables, scores)
		}
	}
	return tables
}

// details have a table for each metric.
func (e *evaluation) details() (tables []metrics.Table) {
	for _, name := range e.metricNames() {
		tables = append(tables, e.of(name))
	}
	return tables
}

// of is the table of one metric.
func (e *evaluation) of(name string) metrics.Table {
	t := metrics.Table{Title: name, Methods: e.methods(), Yardsticks: []string{halfSplit}}
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
