package datasets

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestValidate(t *testing.T) {
	for say, spoil := range map[string]func(*Task){
		"no training pairs": func(t *Task) { t.Train = nil },
		"condition 1 stands twice among the training conditions": func(t *Task) { t.Train[0].Condition = t.Train[1].Condition },
		"is a held-out condition and a training one":             func(t *Task) { t.HeldOut = t.Train[:1] },
		"source: there is no cloud":                              func(t *Task) { t.Train[0].Source = nil },
		"a cloud of 1 point":                                     func(t *Task) { t.Train[0].Target = mat.NewDense(1, 1, nil) },
		"2 columns for the 1 features":                           func(t *Task) { t.Train[0].Target = mat.NewDense(3, 2, nil) },
		"point 1, feature x is NaN":                              func(t *Task) { t.Train[1].Target.Set(1, 0, math.NaN()) },
		"3 weights for 4 points":                                 func(t *Task) { t.Train[1].TargetWeights = make([]float64, 3) },
		"weight 0 is -1":                                         func(t *Task) { t.Train[1].TargetWeights = []float64{-1, 1, 1, 1} },
		"named twice":                                            func(t *Task) { t.Schema.Variables = append(t.Schema.Variables, t.Schema.Variables...) },
	} {
		task := numbered(t, 3, 4, 4)
		task.Test = task.Train[:1]
		if err := task.Validate(); err != nil {
			t.Fatal(err)
		}
		spoil(task)
		if err := task.Validate(); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("Validate: %v; want an error with %q", err, say)
		}
	}
}
