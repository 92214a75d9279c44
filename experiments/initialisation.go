package experiments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// InitialisationOptions of [Initialisation]; the zero value is a sound default.
type InitialisationOptions struct {
	// Steps of training (see [condot.Options]); 0 means 300, on the pure-Go engine 30.
	Steps int
	// Points of the clouds that distances are measured between; 0 means 500.
	Points int
	// Seeds is how many times the experiment is repeated, from Seed on; 0 means 3. The figure's
	// points are those of the first.
	Seeds int
	Seed  uint64
	// Quick is a small and short run of the same code.
	Quick bool
	// Backend names the engine, as [condot.Options] has it.
	Backend string
	// Checkpoint is a folder, which is made, for what is finished and for the trainings under way; with Resume an
	// experiment of the same options goes on from there, to the same bits. "" keeps nothing before the end.
	Checkpoint string
	Resume     bool
	// Progress is told how the experiment goes.
	Progress func(Progress)
}

func (o InitialisationOptions) withDefaults(pure bool) (InitialisationOptions, error) {
	if o.Steps < 0 || o.Points < 0 || o.Seeds < 0 {
		return o, fmt.Errorf("experiments: %d steps, %d points, %d seeds: none is negative", o.Steps, o.Points, o.Seeds)
	}
	steps, points, seeds := 300, 500, 3
	if o.Quick {
		steps, points, seeds = 60, 200, 1
	}
	if pure {
		steps /= 10
	}
	setDefault(&o.Steps, steps)
	setDefault(&o.Points, points)
	setDefault(&o.Seeds, seeds)
	if o.Points < 2 {
		return o, fmt.Errorf("experiments: distances between clouds of %d points: at least 2", o.Points)
	}
	return o, nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// starts are the initialisations in the order of the paper's figure.
var starts = []condot.Init{condot.GaussianInit, condot.IdentityInit, condot.VanillaInit}

// startNames are how figures name them; package plots knows the looks.
var startNames = map[condot.Init]string{
	condot.GaussianInit: "CondOT (Gaussian)", condot.IdentityInit: "CondOT (identity)", condot.VanillaInit: "CondOT (vanilla)",
}

// Directions in which points are carried.
const (
	forward  = "forward"  // ∇g, source to target
	backward = "backward" // ∇f, target to source
)

// station is where the maps of one fit stood at one step.
type station struct {
	Step int
	// Distance W₂² from the carried cloud to the cloud that it should be, by direction.
	Distance map[string]float64
}

// trajectory is one fit and what was seen of it.
type trajectory struct {
	init condot.Init
	seed uint64
	trace
}

// trace is what is seen of a fit, in the form in which it is kept: its stations, the test points as carried at step 0
// and after training, and W₂² then of several pairs of test clouds, all by direction.
type trace struct {
	Stations       []station
	Before, After  map[string]*mat.Dense
	Initial, Final map[string][]float64
	Warnings       []warning
}

// clouds are points that no fit has seen.
type clouds struct{ source, target *mat.Dense }

// testClouds is how many pairs of test clouds the figures before and after training are means over.
const testClouds = 5

// Initialisation compares the starts of CondOT's potentials (section 4 of the paper; its figure 8): the
// Gaussian approximation of the map, the identity, and random weights. It trains each on the cloud of
// the figure, and measures how far carried points are from where they should be, with ∇g from source to target
// (forward) and with ∇f back (backward), from iteration 0 to the end of training.
//
// Distances are exact W₂² (without ½) between clouds of equally many points that training never saw.
// Two clouds of the same law are not at distance 0 from each other; the table has that floor as the
// method "observed".
func Initialisation(ctx context.Context, o InitialisationOptions) (*Result, error) {
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(engine.Pure); err != nil {
		return nil, err
	}
	t := newTeller(o.Progress)
	r := &Result{Experiment: "initialisation", Engine: engine.Description}
	if engine.Pure {
		r.warn("", fmt.Sprintf("the pure-Go engine computes: %d steps of training, a tenth of what XLA does by default", o.Steps))
	}
	study := &initialisation{o: o, teller: t}
	if err := study.draw(); err != nil {
		return nil, err
	}
	var fits []fit
	for s := range uint64(o.Seeds) {
		for _, init := range starts {
			tr := &trajectory{init: init, seed: o.Seed + s}
			study.trajectories = append(study.trajectories, tr)
			fits = append(fits, fit{fmt.Sprintf("condot-%s, seed %d", init, tr.seed), o.Steps, func(ctx context.Context, kept *drawer, progress func(train.Progress)) error {
				return study.train(ctx, tr, kept, progress)
			}, &tr.trace})
		}
	}
	keep, err := newKeeper(o.Checkpoint, o.Resume, study.fingerprint(engine.Description))
	if err != nil {
		return nil, err
	}
	if err := runFits(ctx, t, engine, keep, fits); err != nil {
		return nil, err
	}
	if err := study.report(ctx, r); err != nil {
		return nil, err
	}
	r.Seconds = t.seconds()
	return r, nil
}

// initialisation is the state of the experiment.
type initialisation struct {
	o            InitialisationOptions
	teller       *teller
	task         *synthetic.Task
	condition    condition.Value
	tests        []clouds
	trajectories []*trajectory
}

// draw makes the task and the test clouds.
func (s *initialisation) draw() (err error) {
	points := 4 * s.o.Points
	if s.task, err = synthetic.New(synthetic.Figure8, synthetic.Options{Seed: s.o.Seed, SourcePoints: points, TargetPoints: points, TestPoints: 2}); err != nil {
		return err
	}
	s.condition = s.task.Conditions[0].Value
	for k := range uint64(testClouds) {
		var c clouds
		if c.source, err = s.task.SampleSource(s.o.Points, rand.NewPCG(s.o.Seed, 1000+2*k)); err != nil {
			return err
		}
		if c.target, err = s.task.SampleTarget(s.o.Points, s.condition, rand.NewPCG(s.o.Seed, 1001+2*k)); err != nil {
			return err
		}
		s.tests = append(s.tests, c)
	}
	return nil
}

// fingerprint names all that a resumed experiment's numbers follow from.
func (s *initialisation) fingerprint(engine string) string {
	o := s.o
	o.Progress, o.Backend, o.Checkpoint, o.Resume = nil, "", "", false
	clouds := []*mat.Dense{s.task.Train[0].Source, s.task.Train[0].Target}
	for _, c := range s.tests {
		clouds = append(clouds, c.source, c.target)
	}
	return fingerprintOf(engine, o, clouds...)
}

// train fits one start and watches it.
func (s *initialisation) train(ctx context.Context, tr *trajectory, kept *drawer, progress func(train.Progress)) error {
	o, err := kept.training(s.training(tr))
	if err != nil {
		return err
	}
	if o.Resume { // what was seen is kept whenever something is, and so never behind the weights
		if o.Resume, err = kept.load(traceFile, &tr.trace); err != nil {
			return err
		}
	}
	o.Progress = progress
	o.Watch = func(step int, m *condot.Model) error { return s.watch(ctx, tr, kept, step, m) }
	m, report, err := condot.Fit(ctx, s.task.Task, o)
	warnings, err := lenient(m != nil, err)
	if err != nil || ctx.Err() != nil {
		return err
	}
	tr.Warnings = warningsOf(fmt.Sprintf("%s start, seed %d", tr.init, tr.seed), append(warnings, report.Warnings...)...)
	tr.After, tr.Final, err = s.measure(ctx, m, s.tests)
	return err
}

// training is the options of one start's networks. The last weights are served, not the best: where training goes is the
// question here.
func (s *initialisation) training(tr *trajectory) condot.Options {
	o := condot.Options{Init: tr.init, Steps: s.o.Steps, Batch: 256, Validation: -1, Seed: tr.seed, Backend: s.o.Backend}
	if s.o.Quick {
		o = small(o)
	}
	return o
}

// watch notes where the maps are, instead of what was noted of later steps before training went back.
func (s *initialisation) watch(ctx context.Context, tr *trajectory, kept *drawer, step int, m *condot.Model) error {
	tests := s.tests[:1]
	if step == 0 {
		tests = s.tests
	}
	carried, distances, err := s.measure(ctx, m, tests)
	if err != nil {
		return err
	}
	if step == 0 {
		tr.Before, tr.Initial = carried, distances
	}
	tr.Stations = slices.DeleteFunc(tr.Stations, func(at station) bool { return at.Step >= step })
	tr.Stations = append(tr.Stations, station{step, map[string]float64{forward: distances[forward][0], backward: distances[backward][0]}})
	return kept.save(traceFile, tr.trace)
}

// measure carries the test clouds both ways and compares them with those that they should be. carried
// are the points of the first pair.
func (s *initialisation) measure(ctx context.Context, m *condot.Model, tests []clouds) (carried map[string]*mat.Dense, distances map[string][]float64, err error) {
	carried, distances = map[string]*mat.Dense{}, map[string][]float64{}
	for _, c := range tests {
		for direction, way := range map[string]struct {
			carry    func(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error)
			from, to *mat.Dense
		}{forward: {m.Gradient, c.source, c.target}, backward: {m.Inverse, c.target, c.source}} {
			y, err := way.carry(nil, way.from, s.condition)
			if err != nil {
				return nil, nil, err
			}
			w, err := ot.W2Squared(ctx, ot.Uniform(y), ot.Uniform(way.to))
			if err != nil {
				return nil, nil, fmt.Errorf("%s map: %w", direction, err)
			}
			distances[direction] = append(distances[direction], w)
			if carried[direction] == nil {
				carried[direction] = y
			}
		}
	}
	return carried, distances, nil
}

// floor is W₂² between two clouds of the same law, each of the test clouds with the next.
func (s *initialisation) floor(ctx context.Context) (map[string][]float64, error) {
	floor := map[string][]float64{}
	for k, c := range s.tests {
		next := s.tests[(k+1)%len(s.tests)]
		for direction, pair := range map[string][2]*mat.Dense{forward: {c.target, next.target}, backward: {c.source, next.source}} {
			w, err := ot.W2Squared(ctx, ot.Uniform(pair[0]), ot.Uniform(pair[1]))
			if err != nil {
				return nil, err
			}
			floor[direction] = append(floor[direction], w)
		}
	}
	return floor, nil
}

// report fills the result.
func (s *initialisation) report(ctx context.Context, r *Result) error {
	floor, err := s.floor(ctx)
	if err != nil {
		return err
	}
	o := s.o
	r.Notes = append(r.Notes, fmt.Sprintf("%s: one narrow Gaussian to eight on a circle, %d training points a cloud, %d test points; %d steps of training, %d seeds; engine %s",
		s.task.Name, 4*o.Points, o.Points, o.Steps, o.Seeds, r.Engine))
	for _, direction := range []string{forward, backward} {
		r.Table = append(r.Table, Row{Data: "figure8", Series: direction, Method: "observed", Setting: InSample, Metric: s.distance(floor[direction], "two clouds of the same law")})
	}
	for _, tr := range s.trajectories {
		r.warned(tr.Warnings...)
		r.Table = append(r.Table, s.rows(tr)...)
	}
	r.Summary = s.summaries()
	r.Sheets = append(r.Sheets, s.sheet(floor))
	r.Drawings, err = s.drawings(floor)
	return err
}

const w2Definition = "W₂² (exact, without ½) between equally many carried and observed points that training never saw"

// distance is a mean over test clouds with its standard error's 95 % interval.
func (s *initialisation) distance(values []float64, what string) metrics.Figure {
	mean, half := meanInterval(values)
	return metrics.Figure{Name: "w2squared", Value: mean, Low: mean - half, High: mean + half, N: s.o.Points,
		Definition: fmt.Sprintf("%s; %s; mean and 95 %% t interval over %d pairs of clouds", w2Definition, what, len(values))}
}

// rows of a trajectory: each checkpoint from one pair of test clouds, step 0 and the served model from all.
func (s *initialisation) rows(tr *trajectory) (rows []Row) {
	for _, direction := range []string{forward, backward} {
		row := Row{Data: "figure8", Series: direction, Replicate: "seed " + strconv.FormatUint(tr.seed, 10), Method: "condot-" + string(tr.init), Setting: InSample}
		add := func(at string, m metrics.Figure) {
			row.Condition, row.Metric = at, m
			rows = append(rows, row)
		}
		add("start", s.distance(tr.Initial[direction], "at iteration 0"))
		for _, c := range tr.Stations[1:] {
			d := c.Distance[direction]
			add("step="+strconv.Itoa(c.Step), metrics.Unbounded("w2squared", d, s.o.Points, w2Definition))
		}
		add("trained", s.distance(tr.Final[direction], "of the model that training serves"))
	}
	return rows
}
