package experiments

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ncmt"
	"github.com/gomonge/gomonge/sensitivity"
	"gonum.org/v1/gonum/mat"
)

// SensitivityOptions of [Sensitivity]; the zero value is the linear study with exact indices.
type SensitivityOptions struct {
	// Data are the user's runs, named DataName; nil means Study, one of [SensitivityStudies] ("" means linear).
	Data     *sensitivity.Runs
	DataName string
	Study    string
	// Runs drawn of a study; 0 means 4000, with Quick 300. Design; "" means scrambled Sobol' points.
	Runs   int
	Design sensitivity.Design
	// Methods, of [SensitivityMethods]; nil means exact. The first one's indices rank the inputs.
	Methods []string
	// Indices are the options of estimates from cells; their Method is that of Methods. The seed, progress and whether
	// outputs are scaled for a study are the experiment's.
	Indices sensitivity.Options
	// Steps of the neural method's training; 0 means 600, with Quick 20.
	Steps int
	// Convergence trains the neural map with and without pre-training and follows its costs.
	Convergence bool
	// Sizes are numbers of runs at which exact, and where it is among Methods neural, indices are timed.
	Sizes []int
	// Bias follows the first method's indices of a study with a closed form over numbers of runs and of cells, for Seeds samples each; 0 means
	// 10, with Quick 3. Samples are independent runs unless Design says otherwise.
	Bias  bool
	Seeds int

	Seed  uint64
	Quick bool
	// Backend names the engine of the neural method, as [ncmt.Options] has it.
	Backend string
	// Checkpoint is a folder, which is made, for what is finished and for the trainings under way; with Resume an
	// experiment of the same options goes on from there. "" keeps nothing before the end.
	Checkpoint string
	Resume     bool
	// Progress is told how the experiment goes.
	Progress func(Progress)
}

// neural and sobol are methods beside those of package sensitivity.
const (
	neuralMethod = "neural"
	sobolMethod  = "sobol"
)

// SensitivityMethods are exact, sinkhorn, gaussian, 1d (of every output on its own), neural (one trained map) and
// sobol: first and total order where a study can be run with independent inputs, else first order from the runs.
func SensitivityMethods() []string {
	return []string{string(sensitivity.Exact), string(sensitivity.Sinkhorn), string(sensitivity.Gaussian), string(sensitivity.OneD), neuralMethod, sobolMethod}
}

func (o SensitivityOptions) withDefaults() (SensitivityOptions, error) {
	runs, steps, cells, seeds := 4000, 600, 0, 10
	if o.Quick {
		runs, steps, cells, seeds = 300, 20, 6, 3
		setDefault(&o.Indices.Permutations, 3)
	}
	setDefault(&o.Runs, runs)
	setDefault(&o.Steps, steps)
	setDefault(&o.Seeds, seeds)
	setDefault(&o.Indices.Cells, cells)
	setDefault(&o.Study, "linear")
	if o.Methods == nil {
		o.Methods = []string{string(sensitivity.Exact)}
	}
	for i, m := range o.Methods {
		if !slices.Contains(SensitivityMethods(), m) {
			return o, fmt.Errorf("experiments: there is no method %q (%s)", m, spell.Suggest(m, SensitivityMethods()))
		}
		if slices.Contains(o.Methods[:i], m) {
			return o, fmt.Errorf("experiments: method %s is asked for twice", m)
		}
	}
	switch {
	case o.Runs < 4:
		return o, fmt.Errorf("experiments: %d runs: want 4 at least", o.Runs)
	case o.Steps < 0:
		return o, fmt.Errorf("experiments: %d steps: want a positive number", o.Steps)
	case o.Bias:
		if err := o.checkBias(); err != nil {
			return o, err
		}
	}
	for _, n := range o.Sizes {
		if n < 4 {
			return o, fmt.Errorf("experiments: indices from %d runs: want 4 at least", n)
		}
		if o.Data != nil {
			return o, fmt.Errorf("experiments: sizes are drawn of a study, and these are given runs: leave one out")
		}
	}
	return o, nil
}

// sensed is what one method found.
type sensed struct {
	// Found are the indices, one result for all outputs or, of method 1d, one for each.
	Found []*sensitivity.Result
	Sobol *sensitivity.SobolResult
	// Maps are indices of single outputs, of the study's paths.
	Maps []*sensitivity.Map
	// Curves of the neural map at ranks, an input each.
	Curves [][]ncmt.Estimate
	// Steps and Separations of all cells that were watched in training.
	Steps       []int
	Separations [][]float64
	Warnings    []warning
	Seconds     float64
}

// sensing is the state of the experiment.
type sensing struct {
	o       SensitivityOptions
	subject *subject
	teller  *teller
	result  *Result
	found   map[string]*sensed
	names   []string // of what was found, in order
	// biasNames are those of the estimates of bias among them.
	biasNames []string
}

// Sensitivity estimates how much each input of a model matters for its outputs, from the user's runs or those of a built-in study, by one method
// or several, with intervals and the level that an input without influence would reach. The neural
// method learns one map for all inputs; beside exact transport its costs are compared with those of the simplex for every input
// and cell.
func Sensitivity(ctx context.Context, o SensitivityOptions) (*Result, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	s := &sensing{o: o, teller: newTeller(o.Progress), found: map[string]*sensed{}, result: &Result{Experiment: "sensitivity", Engine: engine.Description}}
	s.teller.stageIs("drawing runs")
	if s.subject, err = o.subject(ctx); err != nil {
		return nil, err
	}
	keep, err := newKeeper(o.Checkpoint, o.Resume, s.fingerprint(engine.Description))
	if err != nil {
		return nil, err
	}
	fits, err := s.fits(ctx)
	if err != nil {
		return nil, err
	}
	if err := runFits(ctx, s.teller, engine, keep, fits); err != nil {
		return nil, err
	}
	if engine.Pure && slices.Contains(o.Methods, neuralMethod) {
		s.result.warn("", "the pure-Go engine trained the neural map: XLA is many times as fast")
	}
	if err := s.report(); err != nil {
		return nil, err
	}
	s.result.Seconds = s.teller.seconds()
	return s.result, nil
}

// fingerprint names all that a resumed experiment's numbers follow from.
func (s *sensing) fingerprint(engine string) string {
	o := s.o
	o.Data, o.Progress, o.Backend, o.Checkpoint, o.Resume = nil, nil, "", "", false
	o.Indices.Workers, o.Indices.Progress = 0, nil // on which numbers do not depend
	inputs := ""
	var numbers []float64
	for _, in := range s.subject.runs.Inputs {
		inputs += fmt.Sprintf("%q %q ", in.Name, in.Labels)
		numbers = append(numbers, in.Values...)
	}
	inputs += fmt.Sprintf("%q", s.subject.runs.OutputNames)
	values := mat.NewDense(len(numbers)+1, 1, append(numbers, 0))
	return fingerprintOf(engine, struct {
		Options string
		Inputs  string
	}{fmt.Sprintf("%+v", o), inputs}, s.subject.runs.Outputs, values)
}

// add a fit under a name.
func (s *sensing) add(fits []fit, name string, rounds int, run func(ctx context.Context, d *drawer, progress func(train.Progress), into *sensed) error) []fit {
	into := &sensed{}
	s.found[name] = into
	s.names = append(s.names, name)
	return append(fits, fit{name, rounds, func(ctx context.Context, d *drawer, progress func(train.Progress)) error {
		start := time.Now()
		err := run(ctx, d, progress, into)
		into.Seconds = time.Since(start).Seconds()
		return err
	}, into})
}

// fits are the methods, what is timed and the trainings that are compared.
func (s *sensing) fits(ctx context.Context) (fits []fit, err error) {
	for _, m := range s.o.Methods {
		switch m {
		case neuralMethod:
			fits = s.add(fits, m, s.o.Steps, s.neural(s.subject.runs, s.o.Convergence, 0))
		case sobolMethod:
			fits = s.add(fits, m, 0, s.sobol)
		case string(sensitivity.OneD):
			fits = s.add(fits, m, 0, s.single)
		default:
			fits = s.add(fits, m, 0, s.joint(sensitivity.Method(m), s.subject.runs, s.o.Indices))
		}
	}
	if s.o.Convergence {
		if !slices.Contains(s.o.Methods, neuralMethod) || !slices.Contains(s.o.Methods, string(sensitivity.Exact)) {
			return nil, fmt.Errorf("experiments: convergence compares the neural method with exact: name both methods")
		}
		fits = s.add(fits, withoutPretraining, s.o.Steps, s.neural(s.subject.runs, true, -1))
	}
	if s.o.Bias {
		if fits, err = s.biasFits(fits); err != nil {
			return nil, err
		}
	}
	for _, n := range s.o.Sizes {
		runs, err := s.subject.study.Sample(ctx, n, s.o.Design, s.o.Seed)
		if err != nil {
			return nil, err
		}
		once := s.o.Indices
		once.Permutations, once.Replicates = -1, 0
		fits = s.add(fits, timedName(sensitivity.Exact, n), 0, s.joint(sensitivity.Exact, runs, once))
		if slices.Contains(s.o.Methods, neuralMethod) {
			fits = s.add(fits, timedName(sensitivity.Learned, n), s.o.Steps, s.neural(runs, false, 0))
		}
	}
	return fits, nil
}

// withoutPretraining names the neural map that starts from random weights.
const withoutPretraining = "neural, no pre-training"

func timedName(m sensitivity.Method, n int) string { return fmt.Sprintf("%s, %d runs", m, n) }

// options of an estimate from cells.
func (s *sensing) options(name string, m sensitivity.Method, o sensitivity.Options) sensitivity.Options {
	o.Method, o.Seed, o.Scale = m, s.o.Seed, o.Scale || s.subject.scale
	o.Progress = func(p sensitivity.Progress) {
		s.teller.stageIs(fmt.Sprintf("%s: %s, %d of %d estimates", name, p.Input, p.Done, p.Total))
	}
	return o
}

// joint indices of all outputs.
func (s *sensing) joint(m sensitivity.Method, runs *sensitivity.Runs, o sensitivity.Options) func(context.Context, *drawer, func(train.Progress), *sensed) error {
	return func(ctx context.Context, _ *drawer, _ func(train.Progress), into *sensed) error {
		r, err := sensitivity.Indices(ctx, runs, s.options(string(m), m, o))
		if err == nil {
			into.Found, into.Warnings = []*sensitivity.Result{r}, warningsOf("", r.Warnings...)
		}
		return err
	}
}

// single indices, of every output on its own, and maps of them over paths.
func (s *sensing) single(ctx context.Context, _ *drawer, _ func(train.Progress), into *sensed) error {
	o := s.options(string(sensitivity.OneD), sensitivity.OneD, s.o.Indices)
	for _, name := range s.subject.runs.OutputNames {
		one, err := s.subject.runs.Select(name)
		if err != nil {
			return err
		}
		r, err := sensitivity.Indices(ctx, one, o)
		if err != nil {
			return fmt.Errorf("output %s: %w", name, err)
		}
		into.Found = append(into.Found, r)
		into.Warnings = append(into.Warnings, warningsOf("output "+name, r.Warnings...)...)
	}
	o.Permutations = -1 // maps show no null levels
	for _, p := range s.subject.paths {
		m, err := sensitivity.NewMap(ctx, p.runs, o)
		if err != nil {
			return fmt.Errorf("%s: %w", p.title, err)
		}
		into.Maps = append(into.Maps, m)
		into.Warnings = append(into.Warnings, warningsOf(p.title, m.Warnings...)...)
	}
	return nil
}

// sobol indices of the model, or of first order from the runs.
func (s *sensing) sobol(ctx context.Context, d *drawer, progress func(train.Progress), into *sensed) error {
	study := s.subject.study
	if study == nil || study.Correlation != nil {
		return s.joint(sensitivity.FirstOrder, s.subject.runs, s.o.Indices)(ctx, d, progress, into)
	}
	replicates := s.o.Indices.Replicates
	setDefault(&replicates, -1)
	r, err := study.Sobol(ctx, sensitivity.SobolOptions{N: int(math.Exp2(math.Round(math.Log2(float64(s.o.Runs))))), Design: s.o.Design,
		Replicates: replicates, Confidence: s.o.Indices.Confidence, Seed: s.o.Seed})
	into.Sobol = r
	return err
}

// curveRanks are where the neural map's separations are drawn.
const curveRanks = 99

// neural trains one map; with watched its separations are followed. pretrain is that of [ncmt.Options].
func (s *sensing) neural(runs *sensitivity.Runs, watched bool, pretrain int) func(context.Context, *drawer, func(train.Progress), *sensed) error {
	return func(ctx context.Context, d *drawer, progress func(train.Progress), into *sensed) error {
		o := sensitivity.NeuralOptions{Cells: s.o.Indices.Cells, Scale: s.o.Indices.Scale || s.subject.scale, Seed: s.o.Seed,
			Map: ncmt.Options{Steps: s.o.Steps, Pretrain: pretrain, Seed: s.o.Seed, Backend: s.o.Backend, Progress: progress}}
		if s.o.Quick {
			o.Map.Batch, o.Map.Validation, o.Points = 96, -1, 64
			o.Map.Architecture = ncmt.Architecture{Width: 16, Encoder: 1, Decoder: 1, CriticDecoder: 1, Hidden: 16}
			setDefault(&o.Map.Pretrain, 20)
		}
		var err error
		if o.Map.Checkpoint, o.Map.Resume, err = d.state(0); err != nil {
			return err
		}
		if watched {
			if _, err := d.load(traceFile, into); err != nil {
				return err
			}
			o.Watch = func(step int, separations []float64) error {
				for len(into.Steps) > 0 && into.Steps[len(into.Steps)-1] >= step { // steps that are done again
					into.Steps, into.Separations = into.Steps[:len(into.Steps)-1], into.Separations[:len(into.Steps)-1]
				}
				into.Steps, into.Separations = append(into.Steps, step), append(into.Separations, separations)
				return d.save(traceFile, into)
			}
		}
		n, err := sensitivity.FitNeural(ctx, runs, o)
		warnings, err := lenient(n != nil, err)
		if err != nil || ctx.Err() != nil {
			return err
		}
		r, err := n.Result()
		if err != nil {
			return err
		}
		into.Found, into.Warnings = []*sensitivity.Result{r}, warningsOf("neural map", append(warnings, r.Warnings...)...)
		if o.Map.Resume {
			into.Warnings = append(into.Warnings, warning{"neural map", "the training was resumed: its seconds are those of the last part alone"})
		}
		ranks := make([]float64, curveRanks)
		for k := range ranks {
			ranks[k] = float64(k+1) / (curveRanks + 1)
		}
		for _, in := range runs.Inputs {
			curve, err := n.Curve(in.Name, ranks)
			if err != nil {
				return err
			}
			into.Curves = append(into.Curves, curve)
		}
		return nil
	}
}
