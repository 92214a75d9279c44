package climate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// TaskOptions of [World.Task]; the zero value is a sound default.
type TaskOptions struct {
	// Damage; "" means BHM. Warming; "" means AR6.
	Damage  Damage
	Warming Warming
	// Draws of the uncertain for training, and TestDraws for all that is compared; 0 means 100 each.
	Draws, TestDraws int
	// Years of the conditions; nil means 2020 to 2100 by 10, of which 2030 and 2060 are held out under every
	// SSP, and 2080 and 2090 under the last SSP but one, where the next three fields are nil.
	Years []int
	// HeldOutYears are not trained on under any SSP, nor HeldOutBlockYears under HeldOutSSP.
	HeldOutYears      []int
	HeldOutSSP        string
	HeldOutBlockYears []int
	// BaseYear of the source: GDP per capita in that year. 0 means that of the condition's own year,
	// without damages.
	BaseYear int
	// LocalWarming adds the country's temperature as a second feature.
	LocalWarming bool
	// PopulationWeights weighs rows by the people of the country in the condition's year.
	PopulationWeights bool
	Seed              uint64
}

// RowID says what a row of every cloud is.
type RowID struct{ Country, Draw int }

// Task is a task whose rows have names: row k of every cloud of Train is the country and draw Rows[k], of HeldOut
// and Test TestRows[k]. HeldOut and Test are of draws that are not in Train.
type Task struct {
	*datasets.Task
	World          *World
	Rows, TestRows []RowID
	// Block tells which held-out pairs are of the held-out SSP and years; the others are of held-out years.
	Block []bool
	// Population of the test rows in each pair, millions: by the key of the condition.
	Population map[string][]float64
	Options    TaskOptions
}

// Names of the condition's variables.
const (
	Pathway = "ssp"
	Year    = "year"
)

// Condition of an SSP and a year in a task of this package.
func Condition(ssp string, year int) condition.Value {
	return condition.Value{{Labels: []string{ssp}}, {Number: float64(year)}}
}

func (o *TaskOptions) setDefaults(w *World) error {
	if o.Damage == "" {
		o.Damage = BHM
	}
	if o.Warming == "" {
		o.Warming = AR6
	}
	if o.Draws == 0 {
		o.Draws = 100
	}
	if o.TestDraws == 0 {
		o.TestDraws = 100
	}
	if o.Years == nil {
		o.Years = []int{2020, 2030, 2040, 2050, 2060, 2070, 2080, 2090, 2100}
		if o.HeldOutYears == nil {
			o.HeldOutYears = []int{2030, 2060}
		}
		if o.HeldOutSSP == "" && o.HeldOutBlockYears == nil {
			o.HeldOutSSP, o.HeldOutBlockYears = w.SSPs[max(0, len(w.SSPs)-2)], []int{2080, 2090}
		}
	}
	return o.check(w)
}

func (o *TaskOptions) check(w *World) error {
	last := w.Years[len(w.Years)-1]
	if o.Draws < 1 || o.TestDraws < 1 {
		return fmt.Errorf("climate: %d draws and %d test draws; at least one each", o.Draws, o.TestDraws)
	}
	for _, y := range o.Years {
		if y <= firstYear || y > last {
			return fmt.Errorf("climate: year %d; from %d to %d is possible", y, firstYear+1, last)
		}
	}
	for _, y := range slices.Concat(o.HeldOutYears, o.HeldOutBlockYears) {
		if !slices.Contains(o.Years, y) {
			return fmt.Errorf("climate: %d is held out, but is none of the years %v", y, o.Years)
		}
	}
	if (len(o.HeldOutBlockYears) > 0) != (o.HeldOutSSP != "") {
		return fmt.Errorf("climate: a held-out block of SSP %q and the years %v: name both, or neither", o.HeldOutSSP, o.HeldOutBlockYears)
	}
	if o.HeldOutSSP != "" {
		if _, err := w.pathway(o.HeldOutSSP); err != nil {
			return err
		}
	}
	if o.BaseYear != 0 && (o.BaseYear < firstYear || o.BaseYear > last) {
		return fmt.Errorf("climate: base year %d; from %d to %d is possible", o.BaseYear, firstYear, last)
	}
	return nil
}

// Task makes the task from log GDP per capita without damages to that with damages.
func (w *World) Task(o TaskOptions) (*Task, error) {
	if err := w.Validate(); err != nil {
		return nil, err
	}
	if err := o.setDefaults(w); err != nil {
		return nil, err
	}
	variables := []condition.Variable{{Name: Pathway, Kind: condition.Categorical}, {Name: Year, Kind: condition.Continuous}}
	t := &Task{World: w, Options: o, Population: map[string][]float64{},
		Task: &datasets.Task{Name: w.Name + ", damages " + string(o.Damage), Features: []string{"log_gdp_per_capita"}, Schema: condition.Schema{Variables: variables}}}
	if o.LocalWarming {
		t.Features = append(t.Features, "temperature")
	}
	var err error
	if t.Rows, err = w.addPairs(t, o.Draws, 0, func(p datasets.Pair, block, held bool) {
		if !held && !block {
			t.Train = append(t.Train, p)
		}
	}); err != nil {
		return nil, err
	}
	if t.TestRows, err = w.addPairs(t, o.TestDraws, 1, func(p datasets.Pair, block, held bool) {
		if held || block {
			t.HeldOut, t.Block = append(t.HeldOut, p), append(t.Block, !held)
		} else {
			t.Test = append(t.Test, p)
		}
	}); err != nil {
		return nil, err
	}
	if len(t.Train) == 0 {
		return nil, fmt.Errorf("climate: all conditions are held out: years %v, %s %v of %v", o.HeldOutYears, o.HeldOutSSP, o.HeldOutBlockYears, o.Years)
	}
	if err := t.Schema.Fit(datasets.Conditions(t.Train)); err != nil {
		return nil, err
	}
	return t, t.Validate()
}

// addPairs projects some draws under every SSP and hands on a pair for each SSP and year.
func (w *World) addPairs(t *Task, draws int, stream uint64, add func(p datasets.Pair, block, held bool)) ([]RowID, error) {
	o := t.Options
	drawn, err := w.Draws(o.Damage, draws, rand.NewPCG(o.Seed, stream))
	if err != nil {
		return nil, err
	}
	var rows []RowID
	for k := range drawn {
		for i := range w.Countries {
			rows = append(rows, RowID{i, k})
		}
	}
	for _, ssp := range w.SSPs {
		a, err := w.annual(ssp, o.Warming)
		if err != nil {
			return nil, err
		}
		var paths []*Projection
		for _, d := range drawn {
			p, err := w.project(a, o.Damage, d)
			if err != nil {
				return nil, err
			}
			paths = append(paths, p)
		}
		for _, year := range o.Years {
			pair := datasets.Pair{Condition: Condition(ssp, year), Source: t.cloud(rows, paths, year, false), Target: t.cloud(rows, paths, year, true)}
			people := make([]float64, len(rows))
			for r, id := range rows {
				people[r] = a.population.At(id.Country, year-firstYear)
			}
			if o.PopulationWeights {
				pair.SourceWeights, pair.TargetWeights = people, people
			}
			if stream == 1 {
				t.Population[t.Schema.Key(pair.Condition)] = people
			}
			add(pair, ssp == o.HeldOutSSP && slices.Contains(o.HeldOutBlockYears, year), slices.Contains(o.HeldOutYears, year))
		}
	}
	return rows, nil
}

// cloud of a year, with or without damages.
func (t *Task) cloud(rows []RowID, paths []*Projection, year int, damaged bool) *mat.Dense {
	if !damaged && t.Options.BaseYear != 0 {
		year = t.Options.BaseYear
	}
	x := mat.NewDense(len(rows), len(t.Features), nil)
	for r, id := range rows {
		p := paths[id.Draw]
		income, temperature := p.Undamaged, t.World.Countries[id.Country].Temperature
		if damaged {
			income, temperature = p.Damaged, p.Temperature.At(id.Country, year-firstYear)
		}
		x.Set(r, 0, math.Log(income.At(id.Country, year-firstYear)))
		if t.Options.LocalWarming {
			x.Set(r, 1, temperature)
		}
	}
	return x
}
