package datasets

import (
	"math"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// TestMixture: clouds of a task are all dense or all sparse.
func TestMixture(t *testing.T) {
	thin := func(m *mat.Dense) *sparse.CSR {
		x, err := sparse.FromMatrix(m)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for name, spoil := range map[string]func(*Task){
		"target": func(t *Task) { p := &t.Train[0]; p.SparseTarget, p.Target = thin(p.Target), nil },
		"source": func(t *Task) { p := &t.Train[1]; p.SparseSource, p.Source = thin(p.Source), nil },
		"both sides": func(t *Task) {
			p := &t.Train[1]
			p.SparseSource, p.SparseTarget, p.Source, p.Target = thin(p.Source), thin(p.Target), nil, nil
		},
		"held out": func(t *Task) { p := &t.HeldOut[0]; p.SparseTarget, p.Target = thin(p.Target), nil },
	} {
		task := numbered(t, 3, 4, 4)
		task.Train, task.HeldOut = task.Train[:2], task.Train[2:]
		spoil(task)
		if err := task.ValidateEither(); err == nil || !strings.Contains(err.Error(), "is dense and another sparse") {
			t.Errorf("%s: error %v", name, err)
		}
		if err := task.Dense().ValidateEither(); err != nil {
			t.Errorf("%s, made dense: %v", name, err)
		}
	}
}

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
