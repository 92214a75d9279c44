package condot

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/backend"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestCUDA holds a GPU, where there is one, against the CPU: the potentials and their gradients, one g- and f-step and
// ten of each training (1e-4 of the points' size, as between the engines of the CPU), and on the GPU itself a training
// that is cut and resumed against one in one go, to the same bits.
func TestCUDA(t *testing.T) {
	if _, err := backend.Get("xla:cuda"); err != nil {
		t.Skipf("no CUDA here: %v", err)
	}
	task, err := synthetic.New(synthetic.Dose, synthetic.Options{Dim: 2, Seed: 5, SourcePoints: 100, TargetPoints: 80, TestPoints: 50})
	check(t, err)
	c := task.Train[2].Condition
	fit := func(o Options) *Model {
		o.Architecture, o.Batch, o.Validation = Architecture{Layers: 2, Width: 8}, 48, -1
		m, _, err := Fit(context.Background(), task.Task, o)
		check(t, err)
		return m
	}
	near := func(name string, got, want []float64) {
		if worst, size := floats.Distance(got, want, math.Inf(1)), floats.Norm(want, math.Inf(1)); !(worst <= 1e-4*size) {
			t.Errorf("%s: GPU and CPU differ by %g at values of size %g", name, worst, size)
		}
	}
	for name, o := range map[string]Options{"one step": {Steps: 1, Inner: 1, Refine: -1}, "amortised": {Steps: 2, Inner: 5}, "minimax": {Steps: 2, Inner: 5, Refine: -1}, "primal": {Steps: 2, Inner: 5, Objective: Primal}} {
		var values [2][]float64
		var gradients [2]*mat.Dense
		for i, engine := range []string{"xla:cuda", "xla:cpu"} {
			o.Backend = engine
			m := fit(o)
			values[i], err = m.Potential(task.TestCloud, c)
			check(t, err)
			gradients[i], err = m.Gradient(nil, task.TestCloud, c)
			check(t, err)
		}
		near(name+": potential", values[0], values[1])
		near(name+": gradient", gradients[0].RawMatrix().Data, gradients[1].RawMatrix().Data)
	}
	o := Options{Steps: 4, Inner: 2, Backend: "xla:cuda"}
	whole := fit(o)
	o.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
	ctx, cancel := context.WithCancel(context.Background())
	cut := o
	cut.Architecture, cut.Batch, cut.Validation = Architecture{Layers: 2, Width: 8}, 48, -1
	cut.Watch = func(step int, _ *Model) error {
		if step == 2 {
			cancel()
		}
		return nil
	}
	_, _, err = Fit(ctx, task.Task, cut)
	check(t, err)
	o.Resume = true
	resumed := fit(o)
	a, err := whole.Gradient(nil, task.TestCloud, c)
	check(t, err)
	b, err := resumed.Gradient(nil, task.TestCloud, c)
	check(t, err)
	if !mat.Equal(a, b) {
		t.Error("a resumed training on the GPU ends elsewhere")
	}
}
