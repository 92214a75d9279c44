package experiments

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ncmt"
	"gonum.org/v1/gonum/stat"
)

// AblationOptions of [Ablation]; the zero value is a sound default.
type AblationOptions struct {
	// On names what is trained on, one of [AblationGrounds]; "" means synthetic.
	On string
	// Kind of the synthetic task and its Dim; "" means dose, and 0 means 16, with Quick 2.
	Kind synthetic.Kind
	Dim  int
	// Steps of training of every variant (see [ncmt.Options]); 0 means 400, with Quick 20, on the pure-Go engine 10.
	Steps int
	// Seeds is how many networks are trained of each variant, from Seed on, on one task; 0 means 3, with Quick 2.
	Seeds int
	Seed  uint64
	// Variants by name, in this order; nil means all, with Quick three.
	Variants []string
	// Quick is a small and short run of the same code.
	Quick bool
	// Backend names the engine, as [ncmt.Options] has it.
	Backend string
	// Checkpoint is a folder, which is made, for what is finished and for the trainings under way; with Resume an
	// experiment of the same options goes on from there, to the same bits. "" keeps nothing before the end.
	Checkpoint string
	Resume     bool
	// Progress is told how the experiment goes.
	Progress func(Progress)
}

func (o AblationOptions) withDefaults(pure bool) (AblationOptions, error) {
	if o.Steps < 0 || o.Dim < 0 || o.Seeds < 0 {
		return o, fmt.Errorf("experiments: %d steps, %d dimensions, %d seeds: none is negative", o.Steps, o.Dim, o.Seeds)
	}
	setDefault(&o.On, onSynthetic)
	if !slices.Contains(AblationGrounds(), o.On) {
		return o, fmt.Errorf("experiments: ablation on %q: it is on one of %q", o.On, AblationGrounds())
	}
	if o.On != onSynthetic && (o.Kind != "" || o.Dim != 0) {
		return o, fmt.Errorf("experiments: ablation on %s: a kind of task and a dimension belong to %s", o.On, onSynthetic)
	}
	setDefault(&o.Kind, synthetic.Dose)
	dim, steps, seeds := 16, 400, 3
	if o.Quick {
		dim, steps, seeds = 2, 20, 2
		if o.Variants == nil {
			o.Variants = []string{"hypernetwork", "low-rank", "film"}
		}
	}
	if pure {
		steps = 10
	}
	setDefault(&o.Dim, dim)
	setDefault(&o.Steps, steps)
	setDefault(&o.Seeds, seeds)
	if o.Variants == nil {
		for _, v := range variants {
			if !v.separate || o.On == onSynthetic { // elsewhere there are too many conditions
				o.Variants = append(o.Variants, v.name)
			}
		}
	}
	for i, v := range o.Variants {
		if slices.Contains(o.Variants[:i], v) {
			return o, fmt.Errorf("experiments: the variant %q is asked for twice", v)
		}
		if !slices.Contains(AblationVariants(), v) {
			return o, fmt.Errorf("experiments: there is no variant %q; known: %q", v, AblationVariants())
		}
	}
	return o, nil
}

// variant is NCTM with one thing changed.
type variant struct {
	name   string
	change func(*ncmt.Options)
	// separate trains a network of its own for each condition, without the others' points.
	separate bool
}

// variants are the rows of the ablation: the base first.
var variants = []variant{
	{name: "hypernetwork", change: func(*ncmt.Options) {}},
	{name: "hypernetwork of 128 units", change: func(o *ncmt.Options) { o.Architecture.Hidden = 128 }},
	{name: "low-rank", change: func(o *ncmt.Options) { o.Architecture.Module = ncmt.LowRank }},
	{name: "film", change: func(o *ncmt.Options) { o.Architecture.Module = ncmt.FiLM }},
	{name: "adain", change: func(o *ncmt.Options) { o.Architecture.Module = ncmt.AdaIN }},
	{name: "concatenation", change: func(o *ncmt.Options) { o.Architecture.Module = ncmt.Concatenation }},
	{name: "attention", change: func(o *ncmt.Options) { o.Architecture.Module = ncmt.Attention }},
	{name: "separate networks", change: func(*ncmt.Options) {}, separate: true},
	{name: "positional encoding", change: func(o *ncmt.Options) { o.Conditions.Encoding = ncmt.PositionalEncoding }},
	{name: "Fourier features", change: func(o *ncmt.Options) { o.Conditions.Encoding = ncmt.FourierEncoding }},
	{name: "shared embedding", change: func(o *ncmt.Options) { o.Conditions.Shared = true }},
	{name: "no pre-training", change: func(o *ncmt.Options) { o.Pretrain = -1 }},
	{name: "critic pre-trained too", change: func(o *ncmt.Options) { o.PretrainCritic = 500 }},
	{name: "decoders 8 and 3", change: func(o *ncmt.Options) { o.Architecture.Decoder = 8 }},
	{name: "decoders 2 and 2", change: func(o *ncmt.Options) { o.Architecture.Decoder, o.Architecture.CriticDecoder = 2, 2 }},
	{name: "one map step a round", change: func(o *ncmt.Options) { o.Inner = 1 }},
	{name: "ten map steps a round", change: func(o *ncmt.Options) { o.Inner = 10 }},
	{name: "no expectile", change: func(o *ncmt.Options) { o.ExpectileWeight = -1 }},
	{name: "not orthogonal", change: func(o *ncmt.Options) { o.Architecture.NoOrthogonal = true }},
	{name: "no residual", change: func(o *ncmt.Options) { o.Architecture.NoResidual = true }},
	{name: "no layer norm", change: func(o *ncmt.Options) { o.Architecture.NoNorm = true }},
}

// AblationVariants are the names of what [Ablation] compares: the base, which is NCTM with its default
// options, first.
func AblationVariants() (names []string) {
	for _, v := range variants {
		names = append(names, v.name)
	}
	return names
}

// ablated is what was found of one variant with one seed.
type ablated struct {
	Rows               []Row
	Parameters         int
	Seconds, PerSecond float64
	Warnings           []warning
}

// ablation is the state of the experiment.
type ablation struct {
	o AblationOptions
	*ground
}

// Ablation trains NCTM with one thing changed at a time on a task whose answer is known, several seeds
// each, and compares the maps' errors, their numbers of parameters and the time that training takes.
// All variants take equally many rounds; the table has the seconds.
func Ablation(ctx context.Context, o AblationOptions) (*Result, error) {
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(engine.Pure); err != nil {
		return nil, err
	}
	a := &ablation{o: o}
	if a.ground, err = grounds[o.On](ctx, o); err != nil {
		return nil, err
	}
	found := make([]ablated, len(o.Variants)*o.Seeds)
	var fits []fit
	for i, name := range o.Variants {
		v := variants[slices.Index(AblationVariants(), name)]
		for s := range o.Seeds {
			into := &found[i*o.Seeds+s]
			fits = append(fits, fit{fmt.Sprintf("%s, seed %d", name, o.Seed+uint64(s)), a.rounds(v), func(ctx context.Context, kept *drawer, progress func(train.Progress)) error {
				return a.train(ctx, v, o.Seed+uint64(s), kept, progress, into)
			}, into})
		}
	}
	seconds, err := runKept(ctx, engine, o.Progress, o.Checkpoint, o.Resume, a.fingerprint(engine.Description), fits)
	if err != nil {
		return nil, err
	}
	r := &Result{Experiment: "ablation", Engine: engine.Description}
	if engine.Pure {
		r.warn("", fmt.Sprintf("the pure-Go engine computes: %d rounds of training", o.Steps))
	}
	if err := a.report(r, found); err != nil {
		return nil, err
	}
	r.Seconds = seconds
	return r, nil
}

// fingerprint names all that a resumed experiment's numbers follow from.
func (a *ablation) fingerprint(engine string) string {
	o := a.o
	o.Progress, o.Backend, o.Checkpoint, o.Resume = nil, "", "", false
	return fingerprintOf(engine, o, a.task.Train[0].Source, a.task.Train[0].Target)
}

// rounds that a variant trains.
func (a *ablation) rounds(v variant) int {
	if v.separate {
		return a.o.Steps * len(a.task.Train)
	}
	return a.o.Steps
}

// options of a variant.
func (a *ablation) options(v variant, seed uint64) ncmt.Options {
	o := ncmt.Options{Steps: a.o.Steps, Seed: seed, Backend: a.o.Backend}
	if a.o.Quick {
		o = smallNCTM(o)
	}
	if a.adapt != nil {
		a.adapt(&o)
	}
	v.change(&o)
	return o
}

// train fits a variant and judges it under every condition that it can answer.
func (a *ablation) train(ctx context.Context, v variant, seed uint64, kept *drawer, progress func(train.Progress), into *ablated) error {
	tasks := []*datasets.Task{a.task}
	if v.separate {
		tasks = nil
		for _, p := range a.task.Train {
			one := *a.task
			one.Train = []datasets.Pair{p}
			tasks = append(tasks, &one)
		}
	}
	*into = ablated{}
	for k, task := range tasks {
		o := a.options(v, seed)
		o.Progress = func(p train.Progress) { p.Step += k * a.o.Steps; progress(p) }
		var err error
		if o.Checkpoint, o.Resume, err = kept.state(k); err != nil {
			return err
		}
		m, report, err := ncmt.Fit(ctx, task, o)
		warnings, err := lenient(m != nil, err)
		if err != nil || ctx.Err() != nil {
			return err
		}
		ofMap, ofCritic := m.Parameters()
		into.Parameters += ofMap + ofCritic
		into.Seconds += report.Seconds
		into.PerSecond = report.PerSecond
		into.Warnings = append(into.Warnings, warningsOf(fmt.Sprintf("%s, seed %d", v.name, seed), append(warnings, report.Warnings...)...)...)
		answers := func(condition.Value) bool { return true }
		if v.separate {
			answers = func(c condition.Value) bool { return a.trainedOn(m, c) }
		}
		rows, err := a.judge(ctx, m, answers)
		if err != nil {
			return err
		}
		for _, row := range rows {
			row.Data, row.Replicate, row.Method = a.task.Name, fmt.Sprint(seed), v.name
			into.Rows = append(into.Rows, row)
		}
	}
	return nil
}

// trainedOn says whether a model saw a condition.
func (a *ablation) trainedOn(m *ncmt.Model, c condition.Value) bool {
	return slices.ContainsFunc(m.Conditions, func(seen condition.Value) bool { return a.task.Schema.Key(seen) == a.task.Schema.Key(c) })
}

// errors of a variant in one setting, in the ground's metric: the mean over conditions, a value a seed.
func (a *ablation) errors(found []ablated, setting string) (values []float64) {
	for _, f := range found {
		var all []float64
		for _, row := range f.Rows {
			if row.Setting == setting && row.Metric.Name == a.metric {
				all = append(all, row.Metric.Value)
			}
		}
		if len(all) > 0 {
			values = append(values, stat.Mean(all, nil))
		}
	}
	if values == nil {
		return []float64{math.NaN()}
	}
	return values
}
