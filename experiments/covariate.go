package experiments

import (
	"context"
	"fmt"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/internal/backend"
)

// CovariateOptions of [Covariate]; the zero value is the simulated screen of three cell lines.
type CovariateOptions struct {
	// Task is the user's own cells: sources and targets under conditions, of which one variable at least is a label, such
	// as the cell type. Counts says that its features are raw counts, else they are taken as they stand. Unseen has cells of
	// another population under the same conditions, another donor's, say: no method sees them, and their sources are carried
	// too; nil leaves that out.
	Task, Unseen *datasets.Task
	Counts       bool
	// Screen is cells in the layout of sci-Plex instead (see [singlecell.ReadSciPlex]), of one Drug ("" where there is one).
	Screen *singlecell.Screen
	Drug   string

	// Methods compared, by their keys ([CovariateMethods]); nil means all.
	Methods []string
	// Seeds is how many screens are drawn, or how often cells are split, from Seed on; 0 means 1.
	Seeds int
	Seed  uint64

	// Steps of a network's training (see [condot.Options]); 0 means 60, and on the pure-Go engine 6.
	Steps int
	// Components are the dimensions of the latent space (principal components); 0 means 16, with Quick 8.
	Components int
	// Genes kept of counts (highly variable ones), 0 means 1000; and Markers that metrics compare, 0 means 50.
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

func (o CovariateOptions) withDefaults(pure bool) (CovariateOptions, error) {
	if o.Seeds < 0 || o.Steps < 0 || o.Components < 0 || o.Genes < 0 || o.Markers < 0 {
		return o, fmt.Errorf("experiments: %d seeds, %d steps, %d components, %d genes, %d markers: none is negative", o.Seeds, o.Steps, o.Components, o.Genes, o.Markers)
	}
	if o.Task != nil && o.Screen != nil || o.Unseen != nil && o.Task == nil {
		return o, fmt.Errorf("experiments: cells are a task's, beside which there may be unseen ones, or a screen's")
	}
	steps, components := dosageSteps, 16
	if o.Quick {
		steps, components = quickSteps, 8
	}
	if pure {
		steps = max(1, steps/10)
	}
	setDefault(&o.Seeds, 1)
	setDefault(&o.Steps, steps)
	setDefault(&o.Components, components)
	setDefault(&o.Genes, 1000)
	setDefault(&o.Markers, 50)
	return o, nil
}

// covariateMethods are the methods of the experiment, in the order of tables.
var covariateMethods = []method{
	{key: "condot-identity", label: "CondOT (identity start)", trainings: one, fit: condotFit(condot.IdentityInit)},
	{key: "condot-gaussian", label: "CondOT (Gaussian start)", trainings: one, fit: condotFit(condot.GaussianInit)},
	{key: "icnn", label: "ICNN OT (all conditions)", trainings: one, fit: baselineFit("icnn")},
	{key: "cpa", label: "CPA", trainings: one, fit: fitCPA},
	{key: "affine", label: "affine Gaussian (interpolated)", trainings: none, fit: baselineFit("affine")},
	{key: "affine-pooled", label: "affine Gaussian (pooled)", trainings: none, fit: baselineFit("affine-pooled")},
	{key: "ridge", label: "ridge on 10 components", trainings: none, fit: baselineFit("ridge")},
	{key: "additive", label: "additive", trainings: none, fit: baselineFit("additive")},
	{key: "mean", label: "mean shift", trainings: none, fit: baselineFit("mean")},
	{key: "identity", label: "identity", trainings: none, fit: baselineFit("identity")},
}

// CovariateMethods are the methods that [Covariate] compares, as tables name them.
func CovariateMethods() []string { return keysOf(covariateMethods) }

// Covariate learns maps that depend on a label of the cells, such as their cell line, and compares predictions with cells
// that were measured (Bunne et al. 2022, section 5.2), each label's source being its own untreated cells: in sample;
// held out, where a label was trained on under other doses only (so there is more than the label in a condition); and for
// a new source: a population, such as another donor or a cell line, of which no method saw any cell. A cell line that was
// never trained has no code, so there conditions are the rest: the dose.
//
// Cells are cut into training cells (80 %) and test cells, those of held-out conditions in halves, one of which is judged
// by. Training cells alone fix normalisation, genes and principal components. Predictions are decoded and
// compared on marker genes, with equally many cells on both sides and the same cells for all methods.
//
// It returns the figures of the paper's Table 1 (its last columns), with the paper's own numbers beside them, and
// figure 4b: one gene's marginal densities in each cell line.
func Covariate(ctx context.Context, o CovariateOptions) (*Result, error) {
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(engine.Pure); err != nil {
		return nil, err
	}
	chosen, err := chosenMethods(covariateMethods, o.Methods)
	if err != nil {
		return nil, err
	}
	e := &covariate{screen: newScreen("covariate", o.Seed, chosen, o.Progress, engine), o: o}
	e.training, e.models = e.trainingOf, o.Models
	e.trains = e.trainsOn
	if o.Quick {
		e.bootstraps = -1
	}
	if engine.Pure {
		e.result.warn("", pureWarning(o.Steps))
	}
	if err := e.prepare(ctx); err != nil {
		return nil, err
	}
	o.Task, o.Unseen, o.Screen, o.Progress, o.Backend, o.Models, o.Checkpoint, o.Resume = nil, nil, nil, nil, "", "", "", false
	if err := e.run(ctx, engine, e.o.Checkpoint, e.o.Resume, o); err != nil {
		return nil, err
	}
	e.collect()
	if err := e.report(); err != nil {
		return nil, err
	}
	e.result.Seconds = e.teller.seconds()
	return e.result, nil
}

// covariate is the state of the experiment.
type covariate struct {
	*screen
	o CovariateOptions
}

// trainingOf is the options of a method's networks; each step sees points of up to 16 conditions.
func (e *covariate) trainingOf(t *trial, _ method) condot.Options {
	o := condot.Options{Steps: e.o.Steps, Batch: 256, Conditions: min(16, len(t.task.Train)), Seed: e.seed, Backend: e.o.Backend}
	if t.few() { // few cells are learned by heart soon, as in dosage
		o.Steps, o.Validation = max(1, o.Steps/2), .2
	}
	if e.o.Quick {
		o.Validation = -1
		o = small(o)
	}
	return o
}

// trainsOn says whether a method is asked of a trial: a quick run trains the networks of one start alone but in sample, for what
// takes it longest is compiling them.
func (e *covariate) trainsOn(t *trial, m method) bool {
	return !e.o.Quick || m.trainings(1) == 0 || m.key == "condot-identity" || t.heldOut == nil && m.key != "condot-gaussian"
}

// labelled is the variable that holds the covariate: the first that is a label; −1 for none.
func labelled(s condition.Schema) int {
	for i, v := range s.Variables {
		if v.Kind == condition.Categorical || v.Kind == condition.Vector {
			return i
		}
	}
	return -1
}
