package condot

import (
	"context"
	"math"
	"testing"

	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/backend"
)

// TestBackendsAgree: the same seed gives the same map on XLA and in pure Go, to float32's
// rounding grown over ten steps (1e-4 of the points' size).
func TestBackendsAgree(t *testing.T) {
	if e, err := backend.Get(""); err != nil || e.Pure {
		t.Skip("no XLA here to compare with")
	}
	task, err := synthetic.New(synthetic.Dose, synthetic.Options{Dim: 2, Seed: 5, SourcePoints: 100, TargetPoints: 80, TestPoints: 50})
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"amortised": {Steps: 2, Inner: 5},
		"minimax":   {Steps: 2, Inner: 5, Refine: -1, ExpectileWeight: .3},
		"primal":    {Steps: 2, Inner: 5, Objective: Primal},
		"faithful":  {Steps: 2, Inner: 5, Preset: Faithful, Init: GaussianInit, Rate: 1e-3, Encoding: Encoding{Rate: 5e-4}},
	} {
		o.Architecture, o.Batch, o.Validation = Architecture{Layers: 2, Width: 8}, 48, -1
		var carried [2][]float64
		for i, engine := range []string{"", "go"} {
			o.Backend = engine
			m, _, err := Fit(context.Background(), task.Task, o)
			if err != nil {
				t.Fatalf("%s on %q: %v", name, engine, err)
			}
			y, err := m.Gradient(nil, task.TestCloud, task.Train[2].Condition)
			if err != nil {
				t.Fatal(err)
			}
			carried[i] = y.RawMatrix().Data
		}
		worst, size := 0.0, 0.0
		for k, v := range carried[0] {
			worst = math.Max(worst, math.Abs(v-carried[1][k]))
			size = math.Max(size, math.Abs(v))
		}
		if worst > 1e-4*size {
			t.Errorf("%s: the engines' maps differ by %g at points of size %g", name, worst, size)
		}
	}
}
