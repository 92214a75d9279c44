package experiments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/projection"
	"gonum.org/v1/gonum/mat"
)

// lineSeries is one drug of a simulated screen with the cell line as a covariate. With unseen, conditions are doses alone, pooled
// over the other lines, and again those of the unseen line.
func lineSeries(seed uint64, quick bool, unseen string) (*series, error) {
	o := synthetic.ScreenOptions{Seed: seed}
	if quick {
		o = synthetic.ScreenOptions{Seed: seed, Genes: 950, VehicleCells: 450, CellsPerDose: 240}
	}
	screen, err := synthetic.NewScreen(o)
	if err != nil {
		return nil, err
	}
	drug := synthetic.ScreenDrugs[0]
	s := &series{data: "generator", name: drug, unit: "nM", features: screen.Genes, counts: screen.Counts,
		schema: condition.Schema{Variables: []condition.Variable{{Name: "cell_line", Kind: condition.Categorical}, {Name: doseVariable, Kind: condition.Continuous, Scale: condition.Log}}}}
	rows := func(dose float64, is func(line string) bool) []int {
		return slices.DeleteFunc(screen.Rows(drug, dose), func(i int) bool { return !is(screen.Cells[i].Line) })
	}
	add := func(unseenOnes bool, value func(dose float64) condition.Value, is func(line string) bool) {
		s.sources = append(s.sources, rows(0, is))
		for _, dose := range synthetic.ScreenDoses {
			s.conditions = append(s.conditions, measured{value(dose), len(s.sources) - 1, rows(dose, is), unseenOnes})
		}
	}
	if unseen == "" {
		for _, line := range synthetic.ScreenLines {
			add(false, func(dose float64) condition.Value { return condition.Value{{Labels: []string{line}}, {Number: dose}} }, func(l string) bool { return l == line })
		}
	} else {
		s.schema.Variables = s.schema.Variables[1:]
		value := func(dose float64) condition.Value { return condition.Value{{Number: dose}} }
		add(false, value, func(l string) bool { return l != unseen })
		add(true, value, func(l string) bool { return l == unseen })
	}
	s.truth = func(rows []int, c condition.Value, target float64, columns []int) (*mat.Dense, error) {
		dose := 0.0
		if c != nil {
			dose = c[len(c)-1].Number
		}
		return screen.Counterfactual(rows, drug, dose, target, columns)
	}
	return s, nil
}

// gather makes the series of a seed: with the covariate, and, where there is an unseen population, with that (else nil).
func (e *covariate) gather(seed uint64) (all, withNew *series, err error) {
	switch {
	case e.o.Screen != nil:
		return e.gatherScreen()
	case e.o.Task != nil:
		return e.gatherTask()
	}
	if all, err = lineSeries(seed, e.o.Quick, ""); err == nil {
		withNew, err = lineSeries(seed, e.o.Quick, synthetic.ScreenLines[1])
	}
	return all, withNew, err
}

// gatherTask makes series of a task's cells and of those that are unseen.
func (e *covariate) gatherTask() (all, withNew *series, err error) {
	if all, err = taskSeries(e.o.Task.Name, "", e.o.Task); err != nil {
		return nil, nil, err
	}
	if e.o.Unseen != nil {
		if err := e.o.Unseen.Validate(); err != nil {
			return nil, nil, err
		}
		if withNew, err = pairsSeries(e.o.Task, slices.Concat(e.o.Task.Train, e.o.Task.HeldOut), slices.Concat(e.o.Unseen.Train, e.o.Unseen.HeldOut)); err != nil {
			return nil, nil, err
		}
	}
	for _, s := range []*series{all, withNew} {
		if s != nil && e.o.Counts {
			if err := s.asCounts(); err != nil {
				return nil, nil, err
			}
		}
	}
	return all, withNew, nil
}

// gatherScreen makes series of one drug of a screen by cell type and dose; a cell type is the unseen population.
func (e *covariate) gatherScreen() (all, withNew *series, err error) {
	names, is := drugsOf(e.o.Screen)
	drug := e.o.Drug
	switch {
	case len(names) == 1 && names[0] == "": // which the reader has chosen
	case len(names) == 1 && drug == "":
		drug = names[0]
	case drug == "":
		return nil, nil, fmt.Errorf("experiments: %s has %d drugs: name one (%s)", e.o.Screen.File, len(names), spell.Suggest("", names))
	case !slices.Contains(names, drug):
		return nil, nil, fmt.Errorf("experiments: %s has no drug %q (%s)", e.o.Screen.File, drug, spell.Suggest(drug, names))
	}
	if e.o.Screen.Column(typeVariable) == nil {
		return nil, nil, fmt.Errorf("experiments: %s has no cell types, which are the covariate here", e.o.Screen.File)
	}
	keep := func(v condition.Value) bool { return is(v, drug) }
	data := baseName(e.o.Screen.File)
	if all, err = screened(data, e.o.Screen, []string{typeVariable, doseVariable}, keep); err != nil {
		return nil, nil, err
	}
	all.name, all.unit = drug, "nM"
	at := slices.Index(e.o.Screen.Schema.Names(), typeVariable)
	if at < 0 {
		return all, nil, nil // one type, of which the conditions say nothing
	}
	var types []string
	for _, m := range all.conditions {
		types = addNew(types, m.value[labelled(all.schema)].Labels[0])
	}
	slices.Sort(types)
	unseen := types[len(types)/2]
	withNew, err = withNewType(data, e, keep, at, unseen)
	return all, withNew, err
}

// withNewType pools doses over the cell types that are seen, and has those of the unseen one again.
func withNewType(data string, e *covariate, keep func(condition.Value) bool, at int, unseen string) (*series, error) {
	types := e.o.Screen.Column(typeVariable)
	var parts [2]*series
	for i := range parts {
		mine := func(label string) bool { return (label == unseen) == (i == 1) }
		one, err := screened(data, e.o.Screen, []string{doseVariable}, func(v condition.Value) bool { return keep(v) && mine(v[at].Labels[0]) })
		if err != nil {
			return nil, err
		}
		one.sources[0] = slices.DeleteFunc(one.sources[0], func(row int) bool { return !mine(types[row]) })
		parts[i] = one
	}
	s := parts[0]
	s.name, s.unit = e.o.Drug, "nM"
	s.sources = append(s.sources, parts[1].sources...)
	for _, m := range parts[1].conditions {
		m.source, m.unseen = 1, true
		s.conditions = append(s.conditions, m)
	}
	return s, nil
}

// prepare makes the trials: in sample, one condition of every label held out, and an unseen source.
func (e *covariate) prepare(ctx context.Context) error {
	for i := range uint64(e.o.Seeds) {
		seed := e.o.Seed + i
		e.teller.stageIs("making the data")
		all, withNew, err := e.gather(seed)
		if err != nil {
			return err
		}
		at := labelled(all.schema)
		if at < 0 {
			return fmt.Errorf("experiments: %s: no variable of the conditions (%s) is a label, such as the cell type: gomonge dosage is for doses and times alone", all.label(), strings.Join(all.schema.Names(), ", "))
		}
		var trials []*trial
		for _, kind := range []string{InSample, HeldOut, NewSource} {
			t, err := e.trial(kind, all, withNew, at, seed)
			if err != nil {
				return err
			}
			if t != nil {
				trials = append(trials, t)
			}
		}
		if err := e.prepareTrials(ctx, trials); err != nil {
			return err
		}
		e.trials = append(e.trials, trials...)
	}
	return e.portrays()
}

// trial of a kind; nil where the data have none.
func (e *covariate) trial(kind string, all, withNew *series, at int, seed uint64) (*trial, error) {
	s := all
	if kind == NewSource {
		s = withNew
	}
	if s == nil {
		return nil, nil
	}
	s.replicate = fmt.Sprintf("seed %d", seed)
	cut, err := s.splits(parts, true, rand.NewPCG(seed, 1<<38))
	if err != nil {
		return nil, err
	}
	t := &trial{series: s, split: cut[0]}
	switch kind {
	case InSample:
		t.asked = s.all()
		return t, nil
	case HeldOut:
		t.heldOut = oneOfEach(s, at)
		if len(t.heldOut) == 0 {
			e.result.warn(s.label(), "conditions are labels alone, or too few: none is held out, for a label that was never trained has no code")
			return nil, nil
		}
	case NewSource:
		for c, m := range s.conditions {
			if m.unseen {
				t.heldOut = append(t.heldOut, c)
				t.sourceTest[m.source] = s.sources[m.source] // none of them is trained on
			}
		}
	}
	t.asked = t.heldOut
	t.split = halved(t.split, t.heldOut, rand.New(rand.NewPCG(seed, 1<<39)))
	return t, nil
}

// oneOfEach are the numbers of one condition of every label, another one for each, so that all else of it is trained
// on under other labels.
func oneOfEach(s *series, at int) (held []int) {
	of := map[string][]int{}
	var labels []string
	for c, m := range s.conditions {
		label := m.value[at].Labels[0]
		of[label] = append(of[label], c)
		labels = addNew(labels, label)
	}
	slices.Sort(labels)
	if len(labels) < 2 {
		return nil
	}
	for i, label := range labels {
		if list := of[label]; len(list) > 2 {
			held = append(held, list[(i+1)%len(list)])
		}
	}
	return held
}

// prepareTrials fixes by training cells all that they fix.
func (e *covariate) prepareTrials(ctx context.Context, trials []*trial) error {
	for _, t := range trials {
		e.teller.stageIs(t.label() + ": genes and components")
		if err := t.choose(e.o.Genes); err != nil {
			return fmt.Errorf("%s: %w", t.label(), err)
		}
		if err := t.project(ctx, e.o.Components, projection.AutoencoderOptions{}); err != nil {
			return fmt.Errorf("%s: %w", t.label(), err)
		}
		if err := t.buildTask(); err != nil {
			return fmt.Errorf("%s: %w", t.label(), err)
		}
	}
	if err := setRuler(trials, e.o.Markers); err != nil {
		return err
	}
	for _, t := range trials {
		if err := t.lookUp(); err != nil {
			return fmt.Errorf("%s: %w", t.label(), err)
		}
		e.result.warned(t.warnings...)
	}
	return ctx.Err()
}

// pairsSeries is pairs of clouds as one series, some of them of an unseen population.
func pairsSeries(task *datasets.Task, seen, unseen []datasets.Pair) (*series, error) {
	s, err := stacked(task, slices.Concat(seen, unseen))
	if err != nil {
		return nil, err
	}
	for c := range s.conditions {
		s.conditions[c].unseen = c >= len(seen)
	}
	s.data = task.Name
	return s, nil
}
