package experiments

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/projection"
)

// parts that the cells of a condition are cut into: one is set aside.
const parts = 5

// fewCells of a cloud is where every part is set aside in turn.
const fewCells = 100

// gather collects the series that the options ask for.
func (d *dosage) gather() ([]*series, error) {
	o := d.o
	var list []*series
	if o.Screen != nil {
		return d.gatherScreen()
	}
	if o.Task != nil {
		for s := range uint64(o.Seeds) {
			one, err := taskSeries(o.Task.Name, o.Unit, o.Task)
			if err != nil {
				return nil, err
			}
			if o.Counts {
				if err := one.asCounts(); err != nil {
					return nil, err
				}
			}
			one.replicate = "seed " + strconv.FormatUint(o.Seed+s, 10)
			list = append(list, one)
			if one.few() {
				one.replicate = ""
				break
			}
		}
		return list, nil
	}
	size, drugs := synthetic.ScreenOptions{}, synthetic.ScreenDrugs
	if o.Quick {
		size, drugs = synthetic.ScreenOptions{Genes: 1000, VehicleCells: 600, CellsPerDose: 250}, drugs[:1]
	}
	for s := range uint64(o.Seeds) {
		screens, err := screenSeries(o.Seed+s, size, drugs)
		if err != nil {
			return nil, err
		}
		list = append(list, screens...)
	}
	for _, name := range d.shipped() {
		one, err := shippedSeries(name)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// gatherScreen makes a series of each drug of the user's screen.
func (d *dosage) gatherScreen() (list []*series, err error) {
	drugs, is := drugsOf(d.o.Screen)
	for s := range uint64(d.o.Seeds) {
		for _, drug := range drugs {
			one, err := screened(baseName(d.o.Screen.File), d.o.Screen, []string{doseVariable}, func(v condition.Value) bool { return is(v, drug) })
			if err != nil {
				return nil, err
			}
			one.name, one.unit, one.replicate = drug, d.o.Unit, "seed "+strconv.FormatUint(d.o.Seed+s, 10)
			list = append(list, one)
		}
	}
	return list, nil
}

// shipped names the measured data that is part of a run without a task.
func (d *dosage) shipped() []string {
	switch {
	case d.o.all():
		return []string{"hsmm", "dasatinib"}
	case slices.Equal(d.o.Folds, []string{"one"}), slices.Equal(d.o.Folds, []string{"none"}):
		return []string{"hsmm"}
	}
	return nil // patterns name doses of the screen
}

// cellFolds is how many parts small data are cut into; each is set aside in turn. Of very few cells fewer can be made.
func (d *dosage) cellFolds(s *series) int {
	k := 3
	switch {
	case d.o.all():
		k = 5
	case d.o.Quick:
		k = 2
	}
	if most := max(2, s.fewest()/2); most < k {
		d.result.warn(s.label(), fmt.Sprintf("the smallest cloud has %d cells: all are cut into %d folds instead of %d", s.fewest(), most, k))
		k = most
	}
	return k
}

// prepare makes the trials: splits, genes, projections and tasks.
func (d *dosage) prepare(ctx context.Context) error {
	d.teller.stageIs("making the data")
	list, err := d.gather()
	if err != nil {
		return err
	}
	for i, s := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.teller.stageIs(s.label() + ": genes and components")
		if err := d.prepareSeries(ctx, s, uint64(i)); err != nil {
			return err
		}
	}
	for _, data := range d.data() {
		if d.portraits[data], err = d.portrays(data); err != nil {
			return err
		}
	}
	return nil
}

func (d *dosage) prepareSeries(ctx context.Context, s *series, at uint64) error {
	k, first, components := parts, true, d.o.Components
	if s.few() {
		k, first, components = d.cellFolds(s), false, (components+1)/2
	}
	splits, err := s.splits(k, first, rand.NewPCG(d.o.Seed, 1<<32+at))
	if err != nil {
		return err
	}
	folds, err := d.foldsOf(s)
	if err != nil {
		return err
	}
	for _, sp := range splits {
		var trials []*trial
		for _, c := range folds {
			t := &trial{series: s, split: sp}
			if c >= 0 {
				t.heldOut, t.asked = []int{c}, []int{c}
			} else {
				t.asked = s.all()
			}
			if err := t.choose(d.o.Genes); err != nil {
				return fmt.Errorf("%s: %w", t.label(), err)
			}
			if err := t.project(ctx, components, projection.AutoencoderOptions{}); err != nil {
				return fmt.Errorf("%s: %w", t.label(), err)
			}
			if err := t.buildTask(); err != nil {
				return fmt.Errorf("%s: %w", t.label(), err)
			}
			trials = append(trials, t)
		}
		if err := setRuler(trials, d.o.Markers); err != nil {
			return fmt.Errorf("%s: %w", s.label(), err)
		}
		for _, t := range trials {
			if err := t.lookUp(); err != nil {
				return fmt.Errorf("%s: %w", t.label(), err)
			}
			d.result.warned(t.warnings...)
		}
		d.trials = append(d.trials, trials...)
	}
	return nil
}

// few says whether a cloud has so few cells that one split of them says little.
func (s *series) few() bool { return s.fewest() < fewCells }

// fewest is the number of cells of the smallest cloud.
func (s *series) fewest() int {
	least := math.MaxInt
	for _, rows := range s.sources {
		least = min(least, len(rows))
	}
	for _, m := range s.conditions {
		least = min(least, len(m.rows))
	}
	return least
}

// all are the numbers of the conditions.
func (s *series) all() []int {
	list := make([]int, len(s.conditions))
	for c := range list {
		list[c] = c
	}
	return list
}

// keys of all conditions.
func (s *series) keys() []string {
	keys := make([]string, len(s.conditions))
	for c := range keys {
		keys[c] = s.key(c)
	}
	return keys
}
