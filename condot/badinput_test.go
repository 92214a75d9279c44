package condot

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"gonum.org/v1/gonum/mat"
)

// TestBadTasks: what cannot be trained on is an error that says why, never a panic.
func TestBadTasks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	fine := normalCloud(r, 30, 2, 1, 0, 0)
	one := normalCloud(r, 1, 2, 1, 0, 0)
	constant := mat.NewDense(30, 2, nil)
	broken := mat.DenseCopyOf(fine)
	broken.Set(4, 1, math.NaN())
	for name, c := range map[string]struct {
		source, target *mat.Dense
		change         func(p *datasets.Pair)
		wanted         string
	}{
		"no source":       {nil, fine, nil, ""},
		"an empty cloud":  {&mat.Dense{}, fine, nil, ""},
		"one row":         {fine, one, nil, "1"},
		"constant clouds": {constant, constant, nil, "spread"},
		"NaN":             {fine, broken, nil, "NaN"},
		"widths":          {fine, normalCloud(r, 30, 3, 1, 0, 0, 0), nil, "3"},
		"few weights":     {fine, fine, func(p *datasets.Pair) { p.SourceWeights = []float64{1} }, "weight"},
		"negative weight": {fine, fine, func(p *datasets.Pair) { p.TargetWeights = make([]float64, 30); p.TargetWeights[0] = -1 }, "weight"},
		"zero weights":    {fine, fine, func(p *datasets.Pair) { p.TargetWeights = make([]float64, 30) }, "weight"},
	} {
		task := plain(fine, fine)
		task.Train[0].Source, task.Train[0].Target = c.source, c.target
		if c.change != nil {
			c.change(&task.Train[0])
		}
		o := tiny()
		o.Backend = "go"
		m, _, err := Fit(context.Background(), task, o)
		if err == nil || m != nil || !strings.Contains(err.Error(), c.wanted) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.wanted)
		}
	}
	// A source or target that is a single place is odd, and trains.
	o := tiny()
	o.Backend = "go"
	if _, _, err := Fit(context.Background(), plain(fine, constant), o); err != nil {
		t.Errorf("a target that is one place: %v", err)
	}
}

// TestBadOptions: likewise for options.
func TestBadOptions(t *testing.T) {
	task := plain(normalCloud(rand.New(rand.NewPCG(1, 1)), 30, 2, 1, 0, 0), normalCloud(rand.New(rand.NewPCG(2, 1)), 30, 2, 1, 0, 0))
	for wanted, change := range map[string]func(o *Options){
		"random":  func(o *Options) { o.Init = "random" },
		"abacus":  func(o *Options) { o.Backend = "xla:abacus" },
		"steps":   func(o *Options) { o.Steps = -1 },
		"seconds": func(o *Options) { o.Steps, o.Seconds = 5, 5 },
		"rate":    func(o *Options) { o.Rate = math.NaN() },
		"EMA":     func(o *Options) { o.EMA = 1 },
		"resume":  func(o *Options) { o.Resume = true },
		"nowhere": func(o *Options) { o.Resume, o.Checkpoint = true, "nowhere" },
		"":        func(o *Options) { o.Architecture.Width = -4 },
	} {
		o := tiny()
		o.Backend = "go"
		change(&o)
		if m, _, err := Fit(context.Background(), task, o); err == nil || m != nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%q: %v", wanted, err)
		}
	}
}

// TestBadQuestions: clouds and conditions that a model cannot carry are errors.
func TestBadQuestions(t *testing.T) {
	task := setTask(t, "actions:set")
	o := tiny()
	o.Backend = "go"
	m, _ := unbegun(t, task, o)
	x, c := task.Train[0].Source, task.Train[0].Condition
	broken := mat.DenseCopyOf(x)
	broken.Set(5, 1, math.Inf(1))
	for name, ask := range map[string]func() error{
		"nil":           func() error { _, err := m.Transport(nil, nil, c); return err },
		"empty":         func() error { _, err := m.Transport(nil, &mat.Dense{}, c); return err },
		"columns":       func() error { _, err := m.Transport(nil, mat.NewDense(2, 3, nil), c); return err },
		"infinite":      func() error { _, err := m.Inverse(nil, broken, c); return err },
		"destination":   func() error { _, err := m.Transport(mat.NewDense(2, 2, nil), x, c); return err },
		"no condition":  func() error { _, err := m.Transport(nil, x, nil); return err },
		"never trained": func() error { _, err := m.Transport(nil, x, condition.Value{{Labels: []string{"z"}}}); return err },
		"potential":     func() error { _, err := m.Potential(broken, c); return err },
	} {
		if err := ask(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := m.Check(condition.Value{{Labels: []string{"z"}}}); err == nil || !strings.Contains(err.Error(), "never trained") {
		t.Errorf("an action never trained: %v", err)
	}
	dose, _ := unbegun(t, known(t, synthetic.Dose, 2).Task, o)
	warnings, err := dose.Check(condition.Value{{Number: .95}})
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "extrapolates") {
		t.Errorf("a dose beyond the trained ones: %q, %v", warnings, err)
	}
	if warnings, err = dose.Check(condition.Value{{Number: .4}}); err != nil || len(warnings) > 0 {
		t.Errorf("a dose between the trained ones: %q, %v", warnings, err)
	}
}
