package experiments

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/internal/atomicfile"
)

// Write puts the result into a folder, which is made if it is not there: figures/NAME.svg and
// figures/NAME.png of every drawing, table.csv (every figure, one a line), log.jsonl (the curves of
// trainings, if there are any), table.md (the sheets), report.html (of several chapters) and, last,
// metrics.json (the form of [Result.MarshalJSON], with paths relative to the folder). Each file is
// whole or not there.
func (r *Result) Write(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "figures"), 0o777); err != nil {
		return fmt.Errorf("experiments: %w", err)
	}
	r.Folder = ""
	for _, d := range r.Drawings {
		for _, ext := range []string{".svg", ".png"} {
			if err := d.Figure.Write(filepath.Join(dir, "figures", d.Name+ext)); err != nil {
				return err
			}
		}
	}
	if err := atomicfile.Write(filepath.Join(dir, "table.csv"), r.writeCSV); err != nil {
		return err
	}
	if len(r.Log) > 0 {
		if err := atomicfile.Write(filepath.Join(dir, "log.jsonl"), r.writeLog); err != nil {
			return err
		}
	}
	if err := atomicfile.Write(filepath.Join(dir, "table.md"), func(w io.Writer) error {
		_, err := io.WriteString(w, r.Markdown())
		return err
	}); err != nil {
		return err
	}
	if r.Chapters != nil {
		if err := atomicfile.Write(filepath.Join(dir, "report.html"), r.writeHTML); err != nil {
			return err
		}
	}
	err := atomicfile.Write(filepath.Join(dir, "metrics.json"), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(r)
	})
	if err == nil {
		r.Folder = dir
	}
	return err
}

var csvHeader = []string{"data", "series", "replicate", "method", "setting", "condition", "metric", "value", "low", "high", "n", "definition", "warnings"}

func (r *Result) writeCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write(csvHeader); err != nil {
		return err
	}
	for _, row := range r.Table {
		m := row.Metric
		if err := c.Write([]string{row.Data, row.Series, row.Replicate, row.Method, row.Setting, row.Condition,
			m.Name, cell(m.Value), cell(m.Low), cell(m.High), strconv.Itoa(m.N), m.Definition, strings.Join(m.Warnings, "; ")}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// cell is empty for NaN: a figure without an interval.
func cell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Markdown is the sheets, one after the other, with notes, warnings and figures.
func (r *Result) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# gomonge %s\n\n", r.Experiment)
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "- %s\n", n)
	}
	for _, s := range r.Sheets {
		b.WriteString("\n" + s.Markdown())
	}
	if len(r.Warnings) > 0 {
		b.WriteString("\n## Warnings\n\n")
		for _, w := range r.Warnings {
			fmt.Fprintf(&b, "- %s\n", w)
		}
	}
	if len(r.Drawings) > 0 {
		b.WriteString("\n## Figures\n")
		for _, d := range r.Drawings {
			fmt.Fprintf(&b, "\n![%s](figures/%s.svg)\n\n%s\n", d.Name, d.Name, d.Caption)
		}
	}
	return b.String()
}
