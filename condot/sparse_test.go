package condot

import (
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"gonum.org/v1/gonum/mat"
)

// thin is a task with its clouds sparse.
func thin(t testing.TB, task *datasets.Task) *datasets.Task {
	t.Helper()
	made := *task
	made.Train = append([]datasets.Pair{}, task.Train...)
	seen := map[*mat.Dense]*sparse.CSR{}
	for j := range made.Train {
		p := &made.Train[j]
		for _, side := range []struct {
			from **mat.Dense
			to   **sparse.CSR
		}{{&p.Source, &p.SparseSource}, {&p.Target, &p.SparseTarget}} {
			if seen[*side.from] == nil {
				x, err := sparse.FromMatrix(*side.from)
				check(t, err)
				seen[*side.from] = x
			}
			*side.to, *side.from = seen[*side.from], nil
		}
	}
	return &made
}

// TestSparseClouds: training that makes its batches of sparse clouds ends where
// training on the same clouds with their zeros does, by every objective.
func TestSparseClouds(t *testing.T) {
	expression := thin(t, known(t, synthetic.Dose, 2).Task)
	for name, change := range map[string]func(*Options){
		"amortised": func(*Options) {},
		"minimax":   func(o *Options) { o.Refine = -1 },
		"primal":    func(o *Options) { o.Objective = Primal },
	} {
		o := tiny()
		o.Backend, o.Seed = "go", 3
		change(&o)
		var moved [2]*mat.Dense
		x := expression.Dense().Train[0].Source
		for k, task := range []*datasets.Task{expression, expression.Dense()} {
			m, _, err := Fit(t.Context(), task, o)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			moved[k], err = m.Transport(nil, x, task.Train[1].Condition)
			check(t, err)
		}
		if !mat.EqualApprox(moved[0], moved[1], 1e-4) { // float32, a few steps of Adam
			t.Errorf("%s: sparse clouds lead to another map", name)
		}
	}
	o := tiny()
	o.Init = GaussianInit
	if _, _, err := Fit(t.Context(), expression, o); err == nil || !strings.Contains(err.Error(), "these are sparse") {
		t.Errorf("a Gaussian start of sparse clouds: %v", err)
	}
}
