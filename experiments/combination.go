package experiments

import (
	"context"
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/internal/backend"
)

// CombinationOptions of [Combination]; the zero value is the simulated screen in all six splits.
type CombinationOptions struct {
	// Screen is the user's own cells (see [singlecell.ReadNorman]): the condition is one set of actions, such as
	// KLF1+MAP2K6. Nil means a simulated screen, or with Norman the part of that of Norman et al. (2019) that ships.
	Screen *singlecell.Screen
	Norman bool

	// Splits are numbers of pairs to train on; the other pairs, of which both actions are measured alone too, are held
	// out. Nil means the paper's six, in proportion to the pairs there are. A negative number stands for none of them:
	// unknown actions alone.
	Splits []int
	// Unknown actions are held out in a trial of their own, alone and in all pairs; nil means four drawn at random, of
	// Norman's screen the paper's BAK1, FOXF1, MAP2K6 and MAP4K3 as far as they are there.
	Unknown []string
	// Methods compared, by their keys ([CombinationMethods]); nil means all.
	Methods []string
	// Projections that methods work in: "pca", "autoencoder"; nil means both, with Quick pca.
	Projections []string
	// Seeds is how many screens are drawn, or how often cells and pairs are split, from Seed on; 0 means 1.
	Seeds int
	Seed  uint64

	// Steps of a network's training (see [condot.Options]); 0 means 100, and on the pure-Go engine 10.
	Steps int
	// Components are the dimensions of the latent space; 0 means 50, with Quick 10.
	Components int
	// Genes kept (highly variable ones), 0 means 1000; and Markers of a condition that metrics compare, 0 means 50.
	Genes, Markers int

	// Quick is a small and short run of the same code.
	Quick bool
	// Backend names the engine, as [condot.Options] has it.
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

// Projections that methods can work in.
const (
	pcaProjection  = "pca"
	autoProjection = "autoencoder"
)

func (o CombinationOptions) withDefaults(pure bool) (CombinationOptions, error) {
	if o.Seeds < 0 || o.Steps < 0 || o.Components < 0 || o.Genes < 0 || o.Markers < 0 {
		return o, fmt.Errorf("experiments: %d seeds, %d steps, %d components, %d genes, %d markers: none is negative", o.Seeds, o.Steps, o.Components, o.Genes, o.Markers)
	}
	if o.Norman && o.Screen != nil {
		return o, fmt.Errorf("experiments: cells are given, and Norman's are asked for: one of the two")
	}
	steps, components, projections := combinationSteps, 50, []string{pcaProjection, autoProjection}
	if o.Quick {
		steps, components, projections = quickSteps, 10, projections[:1]
	}
	if pure {
		steps = max(1, steps/10)
	}
	if o.Projections == nil {
		o.Projections = projections
	}
	for i, p := range o.Projections {
		if p != pcaProjection && p != autoProjection || slices.Contains(o.Projections[:i], p) {
			return o, fmt.Errorf("experiments: projection %q: pca and autoencoder are known, each once", p)
		}
	}
	setDefault(&o.Seeds, 1)
	setDefault(&o.Steps, steps)
	setDefault(&o.Components, components)
	setDefault(&o.Genes, 1000)
	setDefault(&o.Markers, 50)
	return o, nil
}

// combinationSteps of training by default, on XLA; the pure-Go engine takes a tenth.
const combinationSteps = 100

// combinationMethods are the methods of the experiment, in the order of tables.
var combinationMethods = []method{
	{key: multiHot, label: "CondOT, multi-hot", trainings: one, fit: condotSets(condot.MultiHot)},
	{key: deepSet, label: "CondOT, deep set of mode of action", trainings: one, embedded: true, fit: condotSets(condot.DeepSet)},
	{key: "icnn", label: "ICNN OT (all conditions)", trainings: one, fit: baselineFit("icnn")},
	{key: "cpa", label: "CPA", trainings: one, fit: fitCPA},
	{key: "ridge", label: "ridge on 10 components", trainings: none, fit: baselineFit("ridge")},
	{key: "additive", label: "additive", trainings: none, fit: baselineFit("additive")},
	{key: "mean", label: "mean shift", trainings: none, fit: baselineFit("mean")},
	{key: "identity", label: "identity", trainings: none, fit: baselineFit("identity")},
}

// Keys of CondOT with its two combinators.
const (
	multiHot = "condot-multi-hot"
	deepSet  = "condot-deep-set"
)

// CombinationMethods are the methods that [Combination] compares, as tables name them.
func CombinationMethods() []string { return keysOf(combinationMethods) }

// condotSets trains CondOT with a combinator of sets of actions.
func condotSets(c condot.Combinator) fitter {
	fit := condotFit(condot.IdentityInit)
	return func(ctx context.Context, task *datasets.Task, o condot.Options) (carrier, []string, error) {
		o.Encoding.Combinator = c
		return fit(ctx, task, o)
	}
}

// Combination learns maps from control cells to those under single actions and pairs of them, and compares predictions with
// cells that were measured (Bunne et al. 2022, section 5.3): known actions, whose test cells no method saw; unknown
// ones, of which methods know how far their cells are from those of others; and pairs that were never trained on, in splits
// that train on fewer and fewer. CondOT with multi-hot codes, and with a deep set of mode-of-action coordinates,
// meets simple rivals, ICNN OT and CPA; what a method cannot answer is n/a.
//
// Cells of trained conditions are cut into training cells (80 %) and test cells, those of held-out ones in halves: one to
// be judged by, the other the ceiling. Training cells alone fix normalisation, genes and projection. Predictions
// are decoded and compared on the genes most affected by the condition, with equally many cells on both sides and the same
// cells for all methods.
//
// It returns tables of every split with intervals over held-out pairs, and the paper's figures 5, 6, 7 and 12.
func Combination(ctx context.Context, o CombinationOptions) (*Result, error) {
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(engine.Pure); err != nil {
		return nil, err
	}
	chosen, err := chosenMethods(combinationMethods, o.Methods)
	if err != nil {
		return nil, err
	}
	e := &combination{screen: newScreen("combination", o.Seed, chosen, o.Progress, engine), o: o}
	e.training, e.models, e.bootstraps = e.trainingOf, o.Models, -1
	if engine.Pure {
		e.result.warn("", pureWarning(o.Steps))
	}
	if err := e.prepare(ctx); err != nil {
		return nil, err
	}
	o.Screen, o.Progress, o.Backend, o.Models, o.Checkpoint, o.Resume = nil, nil, "", "", "", false
	if err := e.screen.run(ctx, engine, e.o.Checkpoint, e.o.Resume, o); err != nil {
		return nil, err
	}
	e.collect()
	if err := e.report(ctx); err != nil {
		return nil, err
	}
	e.result.Seconds = e.teller.seconds()
	return e.result, nil
}

// combination is the state of the experiment.
type combination struct {
	*screen
	o      CombinationOptions
	splits []pairSplit
}

// pairSplit is one trial's plan, the same for every seed and projection.
type pairSplit struct {
	// name in tables; train and test are how many pairs are trained on and held out.
	name        string
	train, test int
	unknown     bool // holds actions out, instead of pairs
}

// trainingOf is the options of a method's networks: each step sees points of up to 16 conditions.
func (e *combination) trainingOf(t *trial, _ method) condot.Options {
	o := condot.Options{Steps: e.o.Steps, Batch: 256, Conditions: 16, Seed: e.seed, Backend: e.o.Backend}
	if t.few() { // few cells are learned by heart soon, as in dosage
		o.Steps, o.Validation = max(1, o.Steps/2), .2
	}
	if e.o.Quick {
		o.Validation = -1
		o = small(o)
	}
	return o
}

// gather makes the series of a seed.
func (e *combination) gather(seed uint64) (*series, error) {
	switch {
	case e.o.Screen != nil:
		return screened(baseName(e.o.Screen.File), e.o.Screen, e.o.Screen.Schema.Names(), nil)
	case e.o.Norman:
		task, err := singlecell.Norman()
		if err != nil {
			return nil, err
		}
		s, err := taskSeries("norman", "", task)
		if err == nil {
			s.expression = true
		}
		return s, err
	}
	return combinationSeries(seed, e.o.Quick)
}

// actionsOf a condition.
func actionsOf(v condition.Value) []string { return v[0].Labels }
