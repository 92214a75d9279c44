package climate

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// A task holds out the years and the block that it says, keeps the identity of rows in all
// clouds, and its log GDP per capita is that of projections.
func TestTask(t *testing.T) {
	w := synthetic(t, 12)
	task, err := w.Task(TaskOptions{Draws: 3, TestDraws: 2, LocalWarming: true, PopulationWeights: true, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	if len(task.Train) != 5*7-2 || len(task.Test) != len(task.Train) || len(task.HeldOut) != 5*2+2 || len(task.Rows) != 36 || len(task.TestRows) != 24 || task.Dim() != 2 {
		t.Fatalf("%d, %d and %d pairs, %d and %d rows", len(task.Train), len(task.Test), len(task.HeldOut), len(task.Rows), len(task.TestRows))
	}
	blocks := 0
	for k, p := range task.HeldOut {
		ssp, year := p.Condition[0].Labels[0], int(p.Condition[1].Number)
		if task.Block[k] {
			blocks++
			if ssp != "SSP4" || year != 2080 && year != 2090 {
				t.Errorf("%s %d is in the block", ssp, year)
			}
		} else if year != 2030 && year != 2060 {
			t.Errorf("%s %d is held out", ssp, year)
		}
	}
	if blocks != 2 {
		t.Errorf("%d conditions in the block", blocks)
	}
	for _, p := range task.Test {
		people := task.Population[task.Schema.Key(p.Condition)]
		if !slices.Equal(people, p.SourceWeights) || !slices.Equal(people, p.TargetWeights) {
			t.Fatal("weights are not the population")
		}
		for r, id := range task.TestRows {
			if p.Source.At(r, 1) != w.Countries[id.Country].Temperature || p.Target.At(r, 1) <= p.Source.At(r, 1) {
				t.Fatalf("row %d is not country %d", r, id.Country)
			}
		}
	}
	again, err := w.Task(TaskOptions{Draws: 3, TestDraws: 2, LocalWarming: true, PopulationWeights: true, Seed: 5})
	if err != nil || !mat.Equal(again.Train[7].Target, task.Train[7].Target) {
		t.Errorf("tasks of one seed differ (%v)", err)
	}
	if slices.Equal(task.Train[0].Source.RawMatrix().Data[:24], task.Test[0].Source.RawMatrix().Data[:24]) {
		t.Error("training and test draws are the same")
	}
}

// A source of a base year is one for all years of an SSP, that of the condition's own year is not.
func TestBaseYear(t *testing.T) {
	w := synthetic(t, 6)
	base, err := w.Task(TaskOptions{Draws: 2, TestDraws: 1, BaseYear: 2020})
	if err != nil {
		t.Fatal(err)
	}
	own, err := w.Task(TaskOptions{Draws: 2, TestDraws: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(base.Train[0].Source, base.Train[3].Source) || mat.Equal(own.Train[0].Source, own.Train[3].Source) {
		t.Error("base years are not what they should be")
	}
	if !mat.Equal(base.Train[3].Target, own.Train[3].Target) || !mat.Equal(base.Train[0].Source, own.Train[0].Source) {
		t.Error("targets depend on the base year")
	}
}

// Damages by the main estimate widen the world: of 60 countries in SSP5, the hottest lose and the coldest gain.
func TestWhoLoses(t *testing.T) {
	w := synthetic(t, 60)
	best, err := w.Best(BHM)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Project("SSP5", BHM, AR6, best)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range w.Countries {
		change := math.Log(p.Damaged.At(i, 90) / p.Undamaged.At(i, 90))
		if c.Temperature > 24 && change > -1 || c.Temperature < 8 && change < .2 {
			t.Errorf("a country of %.1f °C changes by %.2f in logs", c.Temperature, change)
		}
	}
}

// What is no task.
func TestTaskBadInput(t *testing.T) {
	w := synthetic(t, 4)
	for want, o := range map[string]TaskOptions{
		"-1 draws":                    {Draws: -1},
		"year 2010":                   {Years: []int{2010, 2050}, HeldOutYears: []int{2050}},
		"2045 is held out":            {HeldOutYears: []int{2045}},
		`no pathway "SSP6"`:           {HeldOutSSP: "SSP6", HeldOutBlockYears: []int{2050}},
		"base year 1990":              {BaseYear: 1990},
		"name both":                   {HeldOutSSP: "SSP2"},
		"block of SSP \"\"":           {HeldOutBlockYears: []int{2050}},
		`no damage "stern"`:           {Damage: "stern"},
		`no warming "rcp26"`:          {Warming: "rcp26"},
		"all conditions are held out": {Years: []int{2050}, HeldOutYears: []int{2050}},
	} {
		if _, err := w.Task(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
