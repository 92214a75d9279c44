package experiments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/datasets/climate"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

// HeldOutBlock is the setting of conditions that were never trained on, and whose neighbours in time were not either
// under their SSP.
const HeldOutBlock = "held-out-block"

// Sources of the climate experiment: GDP per capita without damages of the condition's own year, or of one base year.
const (
	sourceBase = "base-year"
	sourceOwn  = "own-year"
)

// ClimateOptions of [Climate]; the zero value is a sound default.
type ClimateOptions struct {
	// World of countries, such as [climate.Read] makes of the public tables; nil means synthetic countries.
	World *climate.World
	// Countries that are synthetic; 0 means 48.
	Countries int
	// Damage and Warming; "" means [climate.BHM] and [climate.AR6].
	Damage  climate.Damage
	Warming climate.Warming
	// Draws of what is uncertain, for training and as many for comparison; 0 means 100.
	Draws int
	// Sources of the maps: "base-year", "own-year" or both; nil means both, with Quick the first.
	Sources []string
	// BaseYear of the first; 0 means 2020.
	BaseYear int
	// LocalWarming adds the temperature of the country as a second feature.
	LocalWarming bool
	// Weighted trains on, and measures distances between, people instead of countries: rows count by population.
	Weighted bool
	// Poverty is the line of GDP per capita under which the poor are counted, in 10³ $; 0 means 2.
	Poverty float64

	// Methods compared, by their keys ([ClimateMethods]); nil means all.
	Methods []string
	// Steps of training NCTM (see [ncmt.Options]); 0 means 4000, with Quick 10, on the pure-Go engine a tenth. CondOT, whose
	// steps take some ten times as long, takes a tenth of them.
	Steps int
	// Seeds is how many networks of NCTM and of each of its variants are trained on the first source, from Seed on; 0 means 3,
	// with Quick 1. On other sources NCTM is trained once, and its variants are not.
	Seeds int
	Seed  uint64
	// Quick is a small and short run of the same code.
	Quick bool
	// Backend names the engine, as [ncmt.Options] has it.
	Backend string
	// Models is a folder, which is made, for the fitted methods; "" keeps none.
	Models string
	// Checkpoint is a folder, which is made, for what is finished and for the trainings under way; with Resume an
	// experiment of the same options goes on from there, to the same bits. "" keeps nothing before the end.
	Checkpoint string
	Resume     bool
	// Progress is told how the experiment goes.
	Progress func(Progress)
}

func (o ClimateOptions) withDefaults(pure bool) (ClimateOptions, error) {
	if o.Countries < 0 || o.Draws < 0 || o.Steps < 0 || o.Seeds < 0 || !(o.Poverty >= 0) {
		return o, fmt.Errorf("experiments: %d countries, %d draws, %d steps, %d seeds, a poverty line of %g: none is negative", o.Countries, o.Draws, o.Steps, o.Seeds, o.Poverty)
	}
	countries, draws, steps, seeds, sources := 48, 100, 4000, 3, []string{sourceBase, sourceOwn}
	if o.Quick {
		countries, draws, steps, seeds, sources = 12, 10, 10, 1, sources[:1]
	}
	if pure {
		steps /= 10
	}
	setDefault(&o.Countries, countries)
	setDefault(&o.Draws, draws)
	setDefault(&o.Steps, steps)
	setDefault(&o.Seeds, seeds)
	setDefault(&o.BaseYear, 2020)
	setDefault(&o.Poverty, 2)
	if o.Sources == nil {
		o.Sources = sources
	}
	if o.Methods == nil {
		o.Methods = ClimateMethods()
		if o.Quick {
			o.Methods = slices.DeleteFunc(o.Methods, func(key string) bool { return climateMethodOf(key).change != nil })
		}
	}
	for _, list := range []struct {
		what         string
		words, known []string
	}{{"source", o.Sources, []string{sourceBase, sourceOwn}}, {"method", o.Methods, ClimateMethods()}} {
		for i, w := range list.words {
			if !slices.Contains(list.known, w) {
				return o, fmt.Errorf("experiments: no %s %q (%s)", list.what, w, spell.Suggest(w, list.known))
			}
			if slices.Contains(list.words[:i], w) {
				return o, fmt.Errorf("experiments: the %s %q is asked for twice", list.what, w)
			}
		}
	}
	return o, nil
}

// climateStudy is the state of the experiment.
type climateStudy struct {
	o      ClimateOptions
	teller *teller
	result *Result
	trials []*climateTrial
	judged []*climateJudgement
}

// climateTrial is the task of one source.
type climateTrial struct {
	source string
	data   string // as tables name it
	*climate.Task
	// questions are the conditions that methods are asked, with the truth.
	questions []question
}

// climateJudgement is what one method made of one trial.
type climateJudgement struct {
	trial  *climateTrial
	method climateMethod
	seed   uint64
	climateVerdict
}

// name of a judgement's training.
func (j *climateJudgement) name() string {
	text := j.trial.source + ": " + j.method.key
	if j.method.network {
		text += fmt.Sprintf(", seed %d", j.seed)
	}
	return text
}

// Climate learns maps from the GDP per capita of countries without damages by warming to that with them, a
// condition for each SSP and year, and compares what they predict with draws that were not trained on: in sample; of
// years held out under every SSP; and of a block of years held out under one SSP. NCTM, with pre-training and with
// each encoding of the year, and CondOT meet simple rivals.
//
// On the line the exact answer is known by quantiles: distances to it are exact, and the interpolated quantiles
// stand in the table as what the draws allow under conditions trained on. With a second feature distances are of
// drawn rows, and what a perfect prediction has stands in the table. Beside distances it reports what economists read off
// such distributions, of map and truth: the Gini coefficient, the income of the poorest tenth, and the share of
// people under a poverty line, all weighted by population.
//
// A map carries distributions. Rows keep the identity of country and draw, so that a country's path can be
// read off, which is right as far as damages keep the order of incomes.
func Climate(ctx context.Context, o ClimateOptions) (*Result, error) {
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(engine.Pure); err != nil {
		return nil, err
	}
	s := &climateStudy{o: o, teller: newTeller(o.Progress), result: &Result{Experiment: "climate", Engine: engine.Description}}
	if engine.Pure {
		s.result.warn("", pureWarning(o.Steps))
	}
	s.teller.stageIs("projecting countries")
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	keep, err := newKeeper(o.Checkpoint, o.Resume, s.fingerprint())
	if err != nil {
		return nil, err
	}
	if err := runFits(ctx, s.teller, engine, keep, s.fits()); err != nil {
		return nil, err
	}
	if err := s.report(); err != nil {
		return nil, err
	}
	s.result.Seconds = s.teller.seconds()
	return s.result, nil
}

// prepare makes the world and the trials.
func (s *climateStudy) prepare(ctx context.Context) error {
	world := s.o.World
	if world == nil {
		var err error
		if world, err = climate.Synthetic(s.o.Countries, rand.NewPCG(s.o.Seed, 0)); err != nil {
			return err
		}
	}
	for _, source := range s.o.Sources {
		o := climate.TaskOptions{Damage: s.o.Damage, Warming: s.o.Warming, Draws: s.o.Draws, TestDraws: s.o.Draws,
			LocalWarming: s.o.LocalWarming, PopulationWeights: s.o.Weighted, Seed: s.o.Seed}
		data := fmt.Sprintf("%s, without damages in the same year", world.Name)
		if source == sourceBase {
			o.BaseYear = s.o.BaseYear
			data = fmt.Sprintf("%s, from %d", world.Name, s.o.BaseYear)
		}
		task, err := world.Task(o)
		if err != nil {
			return err
		}
		t := &climateTrial{source: source, data: data, Task: task}
		if err := t.ask(ctx, s.o.Poverty); err != nil {
			return err
		}
		s.trials = append(s.trials, t)
	}
	return nil
}

// fingerprint names all that a resumed experiment's numbers follow from.
func (s *climateStudy) fingerprint() string {
	o := s.o
	o.World, o.Progress, o.Backend, o.Models, o.Checkpoint, o.Resume = nil, nil, "", "", "", false
	var clouds []*mat.Dense
	for _, t := range s.trials {
		for _, p := range t.Train {
			clouds = append(clouds, p.Source, p.Target)
		}
		for _, q := range t.questions {
			clouds = append(clouds, q.pair.Source, q.pair.Target, mat.NewDense(1, len(q.people), q.people))
		}
	}
	return fingerprintOf(s.result.Engine, o, clouds...)
}

// fits are the trainings of all methods on all trials, networks first.
func (s *climateStudy) fits() (list []fit) {
	for _, networks := range []bool{true, false} {
		for _, t := range s.trials {
			for _, key := range s.o.Methods {
				m := climateMethodOf(key)
				if m.network != networks || m.change != nil && t != s.trials[0] {
					continue
				}
				seeds, rounds := 1, 0
				if m.network {
					rounds = s.o.Steps
				}
				if m.repeated && t == s.trials[0] {
					seeds = s.o.Seeds
				}
				for k := range uint64(seeds) {
					j := &climateJudgement{trial: t, method: m, seed: s.o.Seed + k}
					s.judged = append(s.judged, j)
					list = append(list, fit{j.name(), rounds, func(ctx context.Context, kept *drawer, progress func(train.Progress)) error {
						return s.fitAndJudge(ctx, j, kept, progress)
					}, &j.climateVerdict})
				}
			}
		}
	}
	return list
}
