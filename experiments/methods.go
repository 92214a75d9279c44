package experiments

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

// carrier is what the experiments ask of a fitted method.
type carrier interface {
	// Transport carries the points of x, a cloud of the source, to condition c.
	Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error)
	// Save writes it to a folder.
	Save(folder string) error
}

// method is a rival of a comparison.
type method struct {
	// key in tables for programs, label in those for people.
	key, label string
	// trainings is how many networks are trained on n conditions; 0 of what has a closed form.
	trainings func(n int) int
	// embedded methods are given the trial's task with coordinates of actions.
	embedded bool
	fit      fitter
}

// fitter fits a method to a task, with the options of its networks.
type fitter func(ctx context.Context, task *datasets.Task, o condot.Options) (m carrier, warnings []string, err error)

// methods of the dosage experiment, in the order of tables.
var methods = []method{
	{key: "condot-identity", label: "CondOT (identity start)", trainings: one, fit: condotFit(condot.IdentityInit)},
	{key: "condot-gaussian", label: "CondOT (Gaussian start)", trainings: one, fit: condotFit(condot.GaussianInit)},
	{key: "icnn", label: "ICNN OT (all conditions)", trainings: one, fit: baselineFit("icnn")},
	{key: "cpa", label: "CPA", trainings: one, fit: fitCPA},
	{key: "icnn-per-condition", label: "ICNN OT (per condition)", trainings: each, fit: baselineFit("icnn-per-condition")},
	{key: "affine", label: "affine Gaussian (interpolated)", trainings: none, fit: baselineFit("affine")},
	{key: "affine-per-condition", label: "affine Gaussian (per condition)", trainings: none, fit: baselineFit("affine-per-condition")},
	{key: "affine-pooled", label: "affine Gaussian (pooled)", trainings: none, fit: baselineFit("affine-pooled")},
	{key: "nearest", label: "affine Gaussian (nearest)", trainings: none, fit: baselineFit("nearest")},
	{key: "ridge", label: "ridge on 10 components", trainings: none, fit: baselineFit("ridge")},
	{key: "mean", label: "mean shift", trainings: none, fit: baselineFit("mean")},
	{key: "identity", label: "identity", trainings: none, fit: baselineFit("identity")},
}

func one(int) int    { return 1 }
func each(n int) int { return n }
func none(int) int   { return 0 }

// condotFit trains CondOT from a start.
func condotFit(init condot.Init) fitter {
	return func(ctx context.Context, task *datasets.Task, o condot.Options) (carrier, []string, error) {
		o.Init = init
		m, report, err := condot.Fit(ctx, task, o)
		warnings, err := lenient(m != nil, err)
		if err != nil {
			return nil, nil, err
		}
		return conditioned{m}, append(warnings, report.Warnings...), nil
	}
}

// conditioned is CondOT with no answer, instead of an error, for conditions that its schema has no code for.
type conditioned struct{ model *condot.Model }

func (m conditioned) report() *train.Report { return m.model.Report }

func (m conditioned) Save(folder string) error { return m.model.Save(folder) }

func (m conditioned) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	if _, err := m.model.Check(c); err != nil {
		return nil, &baselines.NotApplicableError{Method: condot.Method, Condition: m.model.Schema().Format(c), Err: err}
	}
	return m.model.Transport(dst, x, c)
}

// baselineFit fits the baseline of that name. Of several trainings in a row, the progress is that of all.
func baselineFit(name string) fitter {
	return func(ctx context.Context, task *datasets.Task, o condot.Options) (carrier, []string, error) {
		o.Progress = chained(o.Progress)
		m, err := baselines.Fit(ctx, name, task, baselines.Options{Seed: o.Seed, ICNN: o})
		if err != nil {
			return nil, nil, err
		}
		return m, m.Trained().Warnings(), nil
	}
}

// cpaRounds are the rounds that CPA takes for one of the maps: its own are cheaper, and by default it takes several times
// as many.
const cpaRounds = 3

// fitCPA trains the compositional perturbation autoencoder with what the options of networks say.
func fitCPA(ctx context.Context, task *datasets.Task, o condot.Options) (carrier, []string, error) {
	own := baselines.CPAOptions{Steps: cpaRounds * o.Steps, Batch: o.Batch, Validation: o.Validation, Seed: o.Seed, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume}
	if tell := o.Progress; tell != nil {
		own.Progress = func(p train.Progress) {
			p.Step /= cpaRounds
			tell(p)
		}
	}
	m, err := baselines.Fit(ctx, "cpa", task, baselines.Options{CPA: own})
	if err != nil {
		return nil, nil, err
	}
	return m, m.Trained().Warnings(), nil
}

// trainingOf is the options of a method's networks on a trial. Few cells are learned by heart soon: they get half the
// steps, and a fifth of them tells when to stop. Networks that have a condition to themselves get half the steps too. Each step
// sees as many conditions as the smallest fold has, so that in-sample and held-out trainings are alike.
func (d *dosage) trainingOf(t *trial, m method) condot.Options {
	o := condot.Options{Steps: d.o.Steps, Batch: 256, Conditions: max(1, len(t.conditions)-1), Seed: d.o.Seed, Backend: d.o.Backend}
	if t.few() {
		o.Steps, o.Batch, o.Validation = o.Steps/2, 128, .2
	} else if d.o.Quick {
		o.Validation = -1
	}
	if m.trainings(2) > 1 {
		o.Steps, o.Batch = o.Steps/2, 128
	}
	o.Steps = max(1, o.Steps)
	if d.o.Quick {
		o = small(o)
	}
	return o
}

// small makes the networks of a quick run: what takes it longest is compiling them.
func small(o condot.Options) condot.Options {
	o.Architecture.Layers, o.Architecture.Width, o.Refine = 2, 32, 3
	return o
}

// trainsOn says whether a method is asked of a trial: a quick run trains no networks on data of few cells, and none for
// each condition.
func (d *dosage) trainsOn(t *trial, m method) bool {
	n := m.trainings(2)
	return !d.o.Quick || n == 0 || n == 1 && !t.few()
}

// chained counts the steps of trainings that follow each other as one.
func chained(tell func(train.Progress)) func(train.Progress) {
	if tell == nil {
		return nil
	}
	before, last := 0, 0
	return func(p train.Progress) {
		if p.Step < last {
			before += last
		}
		last = p.Step
		p.Step += before
		tell(p)
	}
}

// notApplicable says that a method has no answer for a condition, which tables print as n/a.
func notApplicable(err error) bool {
	var none *baselines.NotApplicableError
	return errors.As(err, &none)
}

// chosenMethods are those of the keys, in the order of tables; all for no keys.
func chosenMethods(all []method, keys []string) ([]method, error) {
	if len(keys) == 0 {
		return all, nil
	}
	for _, k := range keys {
		if known := keysOf(all); !slices.Contains(known, k) {
			return nil, fmt.Errorf("experiments: unknown method %q (%s)", k, spell.Suggest(k, known))
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(m method) bool { return !slices.Contains(keys, m.key) }), nil
}

// MethodKeys are the methods that [Dosage] compares, as tables name them.
func MethodKeys() []string { return keysOf(methods) }

func keysOf(list []method) []string {
	keys := make([]string, len(list))
	for i, m := range list {
		keys[i] = m.key
	}
	return keys
}

// labelOf a method or yardstick in tables for people.
func labelOf(key string) string {
	for _, m := range slices.Concat(methods, combinationMethods, covariateMethods) {
		if m.key == key {
			return m.label
		}
	}
	for _, y := range yardsticks {
		if y.key == key {
			return y.label
		}
	}
	return key
}
