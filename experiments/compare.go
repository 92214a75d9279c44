package experiments

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ncmt"
	"gonum.org/v1/gonum/mat"
)

// ComparisonOptions of [Comparison]; the zero value is a sound default.
type ComparisonOptions struct {
	// Kinds of the tasks and their Dim; nil means dose, mix, combination, gaussian and vectors (with Quick dose and mix), and 0 means 16,
	// with Quick 2.
	Kinds []synthetic.Kind
	Dim   int
	// Methods by name, in this order: condot, ncmt or a baseline (see [baselines.Methods]); nil means [ComparedMethods].
	Methods []string
	// Steps of training of each network; 0 means 800, with Quick 20, on the pure-Go engine 10.
	Steps int
	Seed  uint64
	// Quick is a small and short run of the same code.
	Quick bool
	// Backend, Checkpoint, Resume and Progress are as in [AblationOptions].
	Backend    string
	Checkpoint string
	Resume     bool
	Progress   func(Progress)
}

// ComparedMethods are what [Comparison] compares where nothing else is asked for.
func ComparedMethods() []string {
	return []string{condot.Method, ncmt.Method, "icnn", "affine", "nearest", "mean-interpolated", "additive", "ridge", "identity"}
}

func (o ComparisonOptions) withDefaults(pure bool) (ComparisonOptions, error) {
	if o.Steps < 0 || o.Dim < 0 {
		return o, fmt.Errorf("experiments: %d steps, %d dimensions: none is negative", o.Steps, o.Dim)
	}
	dim, steps, kinds := 16, 800, []synthetic.Kind{synthetic.Dose, synthetic.Mix, synthetic.Combination, synthetic.Gaussian, synthetic.Vectors}
	if o.Quick {
		dim, steps, kinds = 2, 20, kinds[:2]
	}
	if pure {
		steps = 10
	}
	setDefault(&o.Dim, dim)
	setDefault(&o.Steps, steps)
	if o.Kinds == nil {
		o.Kinds = kinds
	}
	if o.Methods == nil {
		o.Methods = ComparedMethods()
		if o.Quick {
			o.Methods = slices.DeleteFunc(o.Methods, func(m string) bool { return m == "icnn" })
		}
	}
	known := append([]string{condot.Method, ncmt.Method}, baselines.Names()...)
	for i, m := range o.Methods {
		if !slices.Contains(known, m) {
			return o, fmt.Errorf("experiments: unknown method %q (%s)", m, spell.Suggest(m, known))
		}
		if slices.Contains(o.Methods[:i], m) {
			return o, fmt.Errorf("experiments: the method %q is asked for twice", m)
		}
	}
	return o, nil
}

// compared is what was found of one method on one task.
type compared struct {
	Rows     []Row
	Seconds  float64
	Warnings []warning
	// Points are where the shown condition's test points are carried; nil where the method has no answer.
	Points []float64
}

// methodComparison is the state of the experiment.
type methodComparison struct {
	o     ComparisonOptions
	tasks []*synthetic.Task
}

// Comparison trains CondOT, NCTM and baselines on the same training clouds of tasks whose optimal maps are known, and measures by how much each
// misses them under trained, held-out and extrapolated conditions. A method that has no answer for a condition is n/a under the splits
// that have such.
func Comparison(ctx context.Context, o ComparisonOptions) (*Result, error) {
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(engine.Pure); err != nil {
		return nil, err
	}
	c := &methodComparison{o: o}
	sizes := synthetic.Options{Dim: o.Dim, Seed: o.Seed}
	if o.Quick {
		sizes.SourcePoints, sizes.TargetPoints, sizes.TestPoints = 500, 400, 200
	}
	var clouds []*mat.Dense
	for _, kind := range o.Kinds {
		task, err := synthetic.New(kind, sizes)
		if err != nil {
			return nil, err
		}
		c.tasks, clouds = append(c.tasks, task), append(clouds, task.Train[0].Source, task.Train[0].Target)
	}
	found := make([]compared, len(c.tasks)*len(o.Methods))
	var fits []fit
	for k := range found {
		task, method := c.tasks[k/len(o.Methods)], o.Methods[k%len(o.Methods)]
		fits = append(fits, fit{fmt.Sprintf("%s, %s", task.Kind, method), c.rounds(task, method), func(ctx context.Context, kept *drawer, progress func(train.Progress)) error {
			return c.train(ctx, task, method, kept, progress, &found[k])
		}, &found[k]})
	}
	settings := o
	settings.Progress, settings.Backend, settings.Checkpoint, settings.Resume = nil, "", "", false
	seconds, err := runKept(ctx, engine, o.Progress, o.Checkpoint, o.Resume, fingerprintOf(engine.Description, settings, clouds...), fits)
	if err != nil {
		return nil, err
	}
	r := &Result{Experiment: "compare", Engine: engine.Description}
	if err := c.report(r, found); err != nil {
		return nil, err
	}
	r.Seconds = seconds
	return r, nil
}

// rounds that a method trains on a task.
func (c *methodComparison) rounds(task *synthetic.Task, method string) int {
	if method == condot.Method || method == ncmt.Method {
		return c.o.Steps
	}
	all := baselines.Methods()
	i := slices.IndexFunc(all, func(m baselines.Method) bool { return m.Name == method })
	if !all[i].Trains {
		return 0
	}
	if method == "icnn" {
		return c.o.Steps
	}
	return c.o.Steps * len(task.Train)
}

// train fits a method to a task and judges it.
func (c *methodComparison) train(ctx context.Context, task *synthetic.Task, method string, kept *drawer, progress func(train.Progress), into *compared) error {
	*into = compared{}
	where := fmt.Sprintf("%s, %s", task.Kind, method)
	m, seconds, warnings, err := c.fit(ctx, task, method, kept, progress)
	if notApplicable(err) {
		into.Warnings = warningsOf(where, err.Error())
		return nil
	}
	if err != nil || ctx.Err() != nil {
		return err
	}
	into.Seconds = seconds
	into.Warnings = warningsOf(where, warnings...)
	return c.judge(task, method, m, into)
}

// fit trains the method; seconds are those of training alone.
func (c *methodComparison) fit(ctx context.Context, task *synthetic.Task, method string, kept *drawer, progress func(train.Progress)) (m carrier, seconds float64, warnings []string, err error) {
	state, resume, err := kept.state(0)
	if err != nil {
		return nil, 0, nil, err
	}
	switch method {
	case condot.Method:
		o := condot.Options{Steps: c.o.Steps, Seed: c.o.Seed, Backend: c.o.Backend, Progress: progress, Checkpoint: state, Resume: resume}
		if c.o.Quick {
			o = small(o)
		}
		model, report, err := condot.Fit(ctx, task.Task, o)
		if warnings, err = lenient(model != nil, err); err != nil {
			return nil, 0, nil, err
		}
		return conditioned{model}, report.Seconds, append(warnings, report.Warnings...), nil
	case ncmt.Method:
		o := ncmt.Options{Steps: c.o.Steps, Seed: c.o.Seed, Backend: c.o.Backend, Progress: progress, Checkpoint: state, Resume: resume}
		if c.o.Quick {
			o = smallNCTM(o)
		}
		model, report, err := ncmt.Fit(ctx, task.Task, o)
		if warnings, err = lenient(model != nil, err); err != nil {
			return nil, 0, nil, err
		}
		return model, report.Seconds, append(warnings, report.Warnings...), nil
	}
	o := condot.Options{Steps: c.o.Steps, Seed: c.o.Seed, Backend: c.o.Backend}
	if c.o.Quick {
		o = small(o)
	}
	o.Progress = chained(progress)
	baseline, err := baselines.Fit(ctx, method, task.Task, baselines.Options{Seed: c.o.Seed, ICNN: o})
	if err != nil {
		return nil, 0, nil, err
	}
	return baseline, math.NaN(), baseline.Warnings(), nil
}

// smallNCTM makes the networks of a quick run.
func smallNCTM(o ncmt.Options) ncmt.Options {
	o.Batch, o.Pretrain, o.Validation = 120, 50, -1
	o.Architecture = ncmt.Architecture{Width: 16, Encoder: 1, Decoder: 1, CriticDecoder: 1, Hidden: 16}
	return o
}

// Extrapolated conditions lie beyond the trained ones.
const extrapolated = "extrapolated"

var settingOf = map[synthetic.Split]string{synthetic.Train: InSample, synthetic.HeldOut: HeldOut, synthetic.Extrapolated: extrapolated}

// judge holds a map against the exact ones.
func (c *methodComparison) judge(task *synthetic.Task, method string, m carrier, into *compared) error {
	shown := c.shown(task)
	for _, condition := range task.Conditions {
		truth, err := task.Map(nil, task.TestCloud, condition.Value)
		if errors.Is(err, synthetic.ErrUnknownMap) {
			continue
		}
		if err != nil {
			return err
		}
		row := Row{Data: string(task.Kind), Replicate: fmt.Sprint(c.o.Seed), Method: method, Setting: settingOf[condition.Split], Condition: task.Schema.Format(condition.Value)}
		carried, err := m.Transport(nil, task.TestCloud, condition.Value)
		switch {
		case notApplicable(err):
			row.Metric = metrics.Unbounded(uvp, math.NaN(), 0, "", err.Error())
		case err != nil:
			return err
		default:
			if row.Metric, err = metrics.L2UVP(carried, truth, nil, metrics.Options{Seed: c.o.Seed}); err != nil {
				return err
			}
			if row.Condition == shown {
				into.Points = slices.Clone(mat.DenseCopyOf(carried).RawMatrix().Data)
			}
		}
		into.Rows = append(into.Rows, row)
	}
	return nil
}

// shown is the condition that a task's picture is drawn of: the first that is held out, else the last.
func (c *methodComparison) shown(task *synthetic.Task) string {
	i := slices.IndexFunc(task.Conditions, func(k synthetic.Condition) bool { return k.Split == synthetic.HeldOut })
	if i < 0 {
		i = len(task.Conditions) - 1
	}
	return task.Schema.Format(task.Conditions[i].Value)
}
