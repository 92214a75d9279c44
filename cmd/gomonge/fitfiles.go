package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/gomonge/gomonge/internal/train"
	"github.com/jedib0t/go-pretty/v6/table"
)

// Files of a run of fit beside config.json.
const (
	reportFile = "report.json"
	logFile    = "log.jsonl"
)

// writeFit writes what fit found out, apart from the model.
func writeFit(r *runner, result *fitResult) error {
	files := []struct{ name, text string }{{"conditions.csv", result.table().RenderCSV() + "\n"}}
	if result.Evaluation != nil {
		if err := result.Evaluation.write(r.run); err != nil {
			return err
		}
	}
	if result.Report != nil {
		log, err := logLines(result.Report)
		if err != nil {
			return err
		}
		files = append(files, struct{ name, text string }{logFile, log})
		if err := r.run.WriteJSON(reportFile, result.Report); err != nil {
			return err
		}
	}
	for _, f := range files {
		err := r.run.Write(f.name, func(w io.Writer) error {
			_, err := io.WriteString(w, f.text)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// logLines is a line of JSON for every step that has values.
func logLines(report *train.Report) (string, error) {
	lines := map[int]map[string]any{}
	at := func(step int) map[string]any {
		if lines[step] == nil {
			lines[step] = map[string]any{"step": step}
		}
		return lines[step]
	}
	for _, p := range report.Losses {
		for i, name := range report.LossNames {
			at(p.Step)["loss_"+name] = p.Value[i]
		}
	}
	for _, p := range report.Validation {
		at(p.Step)["validation"] = p.Value[0]
	}
	steps := make([]int, 0, len(lines))
	for step := range lines {
		steps = append(steps, step)
	}
	slices.Sort(steps)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for _, step := range steps {
		if err := e.Encode(lines[step]); err != nil {
			return "", fmt.Errorf("the log of training: %w", err)
		}
	}
	return b.String(), nil
}

// table of the conditions.
func (r *fitResult) table() table.Writer {
	t := newTable("condition", "setting", "source points", "target points")
	for _, c := range r.Conditions {
		t.AppendRow(table.Row{c.Condition, c.Setting, c.Source, c.Target})
	}
	return t
}

// text is what fit prints.
func (r *fitResult) text(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", r.table().Render())
	if r.Evaluation != nil {
		r.Evaluation.text(w)
		fmt.Fprintln(w)
	}
	if r.Report != nil {
		fmt.Fprintln(w, reportText(r.Report))
	}
	fmt.Fprintf(w, "model: %s\n", r.Model)
}

// reportText says in a few lines how training went.
func reportText(r *train.Report) string {
	text := fmt.Sprintf("%d steps in %.1f s (%.3g a second), %s; compiled in %.1f s", r.Steps, r.Seconds, r.PerSecond, r.Reason, r.Compile)
	if n := len(r.Validation); n > 0 {
		text += fmt.Sprintf("\nvalidation %.5g at the end", r.Validation[n-1].Value[0])
		for _, p := range r.Validation {
			if p.Step == r.Best {
				text += fmt.Sprintf(", %.5g at step %d, which is served", p.Value[0], r.Best)
				break
			}
		}
	}
	return text
}

// withoutCurve is a report with the last of its losses alone.
func withoutCurve(r *train.Report) *train.Report {
	if r == nil {
		return nil
	}
	short := *r
	short.Losses = short.Losses[max(0, len(short.Losses)-1):]
	return &short
}
