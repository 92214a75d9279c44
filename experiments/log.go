package experiments

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/gomonge/gomonge/internal/train"
)

// LogLine is one point of the curves of a training.
type LogLine struct {
	// Fit is what was trained: the data and the method.
	Fit  string `json:"fit"`
	Step int    `json:"step"`
	// Losses by name, and the validation, which is lower for better maps, under "validation".
	Losses map[string]float64 `json:"losses"`
}

// logOf are the curves of a fitted method that has some, in order of steps.
func logOf(name string, fitted carrier) (lines []LogLine) {
	trained, has := fitted.(interface{ report() *train.Report })
	if !has || trained.report() == nil {
		return nil
	}
	r := trained.report()
	at := func(step int) map[string]float64 {
		i := slices.IndexFunc(lines, func(l LogLine) bool { return l.Step == step })
		if i < 0 {
			i = len(lines)
			lines = append(lines, LogLine{name, step, map[string]float64{}})
		}
		return lines[i].Losses
	}
	for _, p := range r.Losses {
		for i, loss := range r.LossNames {
			at(p.Step)[loss] = p.Value[i]
		}
	}
	for _, p := range r.Validation {
		at(p.Step)["validation"] = p.Value[0]
	}
	slices.SortStableFunc(lines, func(a, b LogLine) int { return a.Step - b.Step })
	return lines
}

// writeLog writes the log, one JSON object a line.
func (r *Result) writeLog(w io.Writer) error {
	e := json.NewEncoder(w)
	for _, line := range r.Log {
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
