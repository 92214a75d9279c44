package main

import (
	"context"
	"fmt"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ncmt"
	"gonum.org/v1/gonum/mat"
)

// fitted is what a method makes of a task.
type fitted interface {
	Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error)
	// Check says what cannot be asked of it, and warns of what is beyond its training.
	Check(c condition.Value) (warnings []string, err error)
	Save(folder string) error
}

// training is what fit tells every method.
type training struct {
	steps      int
	seconds    float64
	seed       uint64
	backend    string
	devices    int
	checkpoint string
	resume     bool
	progress   func(train.Progress)
}

// method is a way to make a map of a task.
type method struct {
	name, about string
	// options returns a pointer to the method's options at their zero values; nil: it has none.
	options func() any
	// explained names the texts of optionHelp on them.
	explained string
	// fit returns no report where nothing is trained step by step.
	fit func(ctx context.Context, task *datasets.Task, options any, t training) (fitted, *train.Report, error)
	// trains says that the method takes steps on a backend, and leaves checkpoints.
	trains bool
	// spreads says that several devices can share its batches.
	spreads bool
	// sparse says that it trains on sparse clouds, a batch at a time.
	sparse bool
}

func methods() []method {
	list := []method{{
		name: "condot", about: "CondOT: partially input-convex potentials (Bunne, Krause and Cuturi 2022)",
		options: func() any { return &condot.Options{} }, explained: "networks", fit: fitCondot, trains: true, spreads: true, sparse: true,
	}, {
		name: "ncmt", about: "NCTM: neural conditional transport maps, a map against a critic (arXiv:2505.15808)",
		options: func() any { return &ncmt.Options{} }, explained: "ncmt", fit: fitNCMT, trains: true, spreads: true, sparse: true,
	}}
	for _, b := range baselines.Methods() {
		m := method{name: b.Name, about: b.Description, trains: b.Trains, fit: fitBaseline(b)}
		switch {
		case b.Name == "cpa":
			m.options, m.explained = func() any { return &baselines.CPAOptions{} }, "cpa"
		case b.Trains:
			m.options, m.explained, m.spreads = func() any { return &condot.Options{} }, "networks", true
		case b.Samples:
			m.options, m.explained = func() any { return &sampleOptions{} }, "samples"
		case b.Name == "ridge":
			m.options, m.explained = func() any { return &baselines.RidgeOptions{} }, "ridge"
		}
		list = append(list, m)
	}
	return list
}

// sampleOptions are the options of a baseline that is solved on a sample.
type sampleOptions struct{ Points int }

func fitBaseline(b baselines.Method) func(context.Context, *datasets.Task, any, training) (fitted, *train.Report, error) {
	return func(ctx context.Context, task *datasets.Task, options any, t training) (fitted, *train.Report, error) {
		o := baselines.Options{Seed: t.seed}
		switch given := options.(type) {
		case *sampleOptions:
			o.Points = given.Points
		case *baselines.RidgeOptions:
			o.Ridge = *given
		case *condot.Options:
			o.ICNN = t.of(*given)
		case *baselines.CPAOptions:
			o.CPA = *given
			o.CPA.Steps, o.CPA.Seconds, o.CPA.Seed, o.CPA.Backend = t.steps, t.seconds, t.seed, t.backend
			o.CPA.Checkpoint, o.CPA.Resume, o.CPA.Progress = t.checkpoint, t.resume, t.progress
		}
		m, err := baselines.Fit(ctx, b.Name, task, o)
		if err != nil {
			return nil, nil, err
		}
		switch m := m.(type) {
		case *baselines.ICNN:
			return m, sum(m.Reports()), nil
		case *baselines.CPA:
			return m, m.Report, nil
		}
		return m, nil, nil
	}
}

// sum is the report of several trainings, one after the other: without curves where there is more than one.
func sum(reports []*train.Report) *train.Report {
	if len(reports) == 1 {
		return reports[0]
	}
	total := &train.Report{}
	for _, r := range reports {
		total.Steps += r.Steps
		total.Planned += r.Planned
		total.Seconds += r.Seconds
		total.Compile += r.Compile
		total.Reason = r.Reason
	}
	total.PerSecond = float64(total.Steps) / total.Seconds
	return total
}

// of are the options with what the flags say.
func (t training) of(o condot.Options) condot.Options {
	o.Steps, o.Seconds, o.Seed, o.Backend, o.Devices = t.steps, t.seconds, t.seed, t.backend, t.devices
	o.Checkpoint, o.Resume, o.Progress = t.checkpoint, t.resume, t.progress
	return o
}

func fitCondot(ctx context.Context, task *datasets.Task, options any, t training) (fitted, *train.Report, error) {
	m, report, err := condot.Fit(ctx, task, t.of(*options.(*condot.Options)))
	if m == nil {
		return nil, report, err
	}
	return m, report, err
}

func fitNCMT(ctx context.Context, task *datasets.Task, options any, t training) (fitted, *train.Report, error) {
	o := *options.(*ncmt.Options)
	o.Steps, o.Seconds, o.Seed, o.Backend, o.Devices = t.steps, t.seconds, t.seed, t.backend, t.devices
	o.Checkpoint, o.Resume, o.Progress = t.checkpoint, t.resume, t.progress
	m, report, err := ncmt.Fit(ctx, task, o)
	if m == nil {
		return nil, report, err
	}
	return m, report, err
}

func methodNames() []string {
	var names []string
	for _, m := range methods() {
		names = append(names, m.name)
	}
	return names
}

// spreading are the methods whose batches several devices can share.
func spreading() (names []string) {
	for _, m := range methods() {
		if m.spreads {
			names = append(names, m.name)
		}
	}
	return names
}

// methodNamed finds a method, or says which are near.
func methodNamed(name string) (method, error) {
	for _, m := range methods() {
		if m.name == name {
			return m, nil
		}
	}
	return method{}, fmt.Errorf("--method %q is no method (%s)", name, spell.Suggest(name, methodNames()))
}

// optionsUsed are a map's options with its defaults filled in, where it knows them.
func optionsUsed(m fitted, asked any) any {
	switch m := m.(type) {
	case *condot.Model:
		return &m.Options
	case *ncmt.Model:
		return &m.Options
	case *baselines.Ridge:
		return &m.Options
	case *baselines.CPA:
		return &m.Options
	}
	return asked
}
