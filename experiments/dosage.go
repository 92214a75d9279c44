package experiments

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/internal/backend"
)

// DosageOptions of [Dosage]; the zero value is the experiment that ends in about two minutes on two
// cores with XLA.
type DosageOptions struct {
	// Task is the user's own cells: sources and targets under conditions of one number (and labels, if
	// there are any), of which held-out pairs count as the others. Counts says that its features are raw counts, which are
	// normalised and logged; else they are taken as they stand. Nil means the simulated screen and measured data that ships.
	Task   *datasets.Task
	Counts bool
	// Screen is cells in the layout of sci-Plex instead (see [singlecell.ReadSciPlex]), each drug a replicate, with cell
	// types pooled.
	Screen *singlecell.Screen
	// Unit of the condition's number, for axes.
	Unit string

	// Folds are the conditions held out, each in a fold of its own beside the in-sample one: nothing or
	// "one" (the middle condition), "all" (each in turn), "none", or patterns such as dose=100. Patterns
	// without a Task are doses of the screen, and measured data is left out.
	Folds []string
	// Methods compared, by their keys ([MethodKeys]); nil means all.
	Methods []string
	// Seeds is how many screens are drawn, or how often a Task's cells are split, from Seed on; 0 means 1,
	// with Folds "all" 3. Small data are cut into folds of cells instead.
	Seeds int
	Seed  uint64

	// Steps of a network's training (see [condot.Options]); 0 means 60, and on the pure-Go engine 6. Half as many are taken
	// on clouds of fewer than 100 cells, and by networks that have a condition to themselves.
	Steps int
	// Components are the dimensions of the latent space (principal components); 0 means 16. Half as many are taken where a
	// cloud has fewer than 100 cells.
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

// all says whether every condition is held out in turn.
func (o DosageOptions) all() bool { return slices.Equal(o.Folds, []string{"all"}) }

func (o DosageOptions) withDefaults(pure bool) (DosageOptions, error) {
	if o.Seeds < 0 || o.Steps < 0 || o.Components < 0 || o.Genes < 0 || o.Markers < 0 {
		return o, fmt.Errorf("experiments: %d seeds, %d steps, %d components, %d genes, %d markers: none is negative", o.Seeds, o.Steps, o.Components, o.Genes, o.Markers)
	}
	if len(o.Folds) == 0 {
		o.Folds = []string{"one"}
	}
	seeds, steps, components := 1, dosageSteps, 16
	if o.all() {
		seeds = 3
	}
	if o.Quick {
		seeds, steps, components = 1, quickSteps, 8
	}
	if pure {
		steps = max(1, steps/10)
	}
	setDefault(&o.Seeds, seeds)
	setDefault(&o.Steps, steps)
	setDefault(&o.Components, components)
	setDefault(&o.Genes, 1000)
	setDefault(&o.Markers, 50)
	return o, nil
}

// Steps of training by default, on XLA; the pure-Go engine takes a tenth.
const (
	dosageSteps = 60
	quickSteps  = 10
)

// Dosage learns maps from untreated cells to those under a dose of a drug (or at a time), and compares
// predictions with cells that were measured (Bunne et al. 2022, section 5.1): in sample, where every
// condition was trained on and its test cells were not, and held out, where the condition was never
// trained on. CondOT, from both starts of the paper, meets simple rivals, some of them strong.
//
// Cells of each condition are cut into training cells (80 %) and test cells. Training cells alone fix
// the normalisation, the highly variable genes and the principal components that methods work in.
// Predictions are decoded and compared with the test cells on marker genes, with equally many cells on both sides
// and the same cells for all methods. Yardsticks stand beside them: other cells of the same condition, as they are and
// after a round trip through the components, and, for the screen, the known counterfactual.
//
// It returns the figures of the paper's Table 1 and 2, with the paper's own numbers beside them, and its figures 4a and 9.
func Dosage(ctx context.Context, o DosageOptions) (*Result, error) {
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(engine.Pure); err != nil {
		return nil, err
	}
	chosen, err := chosenMethods(methods, o.Methods)
	if err != nil {
		return nil, err
	}
	d := &dosage{screen: newScreen("dosage", o.Seed, chosen, o.Progress, engine), o: o}
	d.training, d.trains, d.models = d.trainingOf, d.trainsOn, o.Models
	if engine.Pure {
		d.result.warn("", pureWarning(o.Steps))
	}
	if err := d.prepare(ctx); err != nil {
		return nil, err
	}
	o.Task, o.Screen, o.Progress, o.Backend, o.Models, o.Checkpoint, o.Resume = nil, nil, nil, "", "", "", false
	if err := d.run(ctx, engine, d.o.Checkpoint, d.o.Resume, o); err != nil {
		return nil, err
	}
	if err := d.report(); err != nil {
		return nil, err
	}
	d.result.Seconds = d.teller.seconds()
	return d.result, nil
}

// dosage is the state of the experiment.
type dosage struct {
	*screen
	o DosageOptions
}

// words that stand for folds, each on its own.
var foldWords = []string{"one", "all", "none"}

// foldsOf are the numbers of the conditions to hold out, −1 (none) first.
func (d *dosage) foldsOf(s *series) ([]int, error) {
	n := len(s.conditions)
	folds := []int{-1}
	word := ""
	for _, text := range d.o.Folds {
		if slices.Contains(foldWords, text) {
			word = text
		}
	}
	switch {
	case word != "" && len(d.o.Folds) > 1:
		return nil, fmt.Errorf("experiments: folds %s: %s stands alone", strings.Join(d.o.Folds, ", "), word)
	case word == "none":
		return folds, nil
	case word != "" && n < 3:
		d.result.warn(s.label(), "no condition is held out: beside it two are needed to train on, and there is only "+strings.Join(s.keys(), ", "))
		return folds, nil
	case word == "one":
		return append(folds, (n-1)/2), nil
	case word == "all":
		for c := range n {
			folds = append(folds, c)
		}
		return folds, nil
	}
	for _, text := range d.o.Folds {
		found, err := s.matching(text)
		if err != nil {
			return nil, err
		}
		if n < 3 {
			return nil, fmt.Errorf("experiments: fold %q: beside it two conditions are needed to train on, and %s has only %s", text, s.label(), strings.Join(s.keys(), ", "))
		}
		for _, c := range found {
			if !slices.Contains(folds, c) {
				folds = append(folds, c)
			}
		}
	}
	return folds, nil
}

// matching are the numbers of the conditions that a pattern means, one at least.
func (s *series) matching(pattern string) (found []int, err error) {
	p, err := s.schema.ParsePattern(pattern)
	if err != nil && !strings.Contains(pattern, "=") {
		return nil, fmt.Errorf("experiments: fold %q is neither one of %s nor a condition of %s (they are %s)", pattern, strings.Join(foldWords, ", "), s.label(), strings.Join(s.keys(), ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("experiments: fold %q: %w (the conditions are %s)", pattern, err, strings.Join(s.keys(), ", "))
	}
	for c, m := range s.conditions {
		if p.Matches(m.value) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("experiments: fold %q is no condition of %s (they are %s)", pattern, s.label(), strings.Join(s.keys(), ", "))
	}
	return found, nil
}
