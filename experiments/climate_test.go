package experiments

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/climate"
)

// closedClimate is an experiment without networks.
func closedClimate() ClimateOptions {
	return ClimateOptions{Quick: true, Methods: []string{"quantile", "affine", "mean", "identity"}, Sources: []string{sourceBase, sourceOwn}, Backend: "go"}
}

// What methods with a closed form must show: quantiles are the exact answer up to other draws, and better
// than affine maps, these better than one shift; the identity is off by what the world lost.
func TestClimate(t *testing.T) {
	o := closedClimate()
	o.Countries, o.Draws = 30, 40
	r, err := Climate(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Sheets) != 6 || len(r.Drawings) != 8 {
		t.Errorf("%d sheets, %d drawings", len(r.Sheets), len(r.Drawings))
	}
	for _, setting := range climateSettings {
		for _, data := range []string{"synthetic countries, from 2020", "synthetic countries, without damages in the same year"} {
			mean := func(method, metric string) float64 {
				v := r.summary(data, method, setting, "", metric).Mean
				if math.IsNaN(v) {
					t.Errorf("no %s of %s in %s, %s", metric, method, setting, data)
				}
				return v
			}
			// Within the same year the affine map is as near as 40 draws of 30 countries can tell.
			least := map[bool]float64{true: 1, false: 1.1}[strings.HasSuffix(data, "2020")]
			if q, a, m := mean("quantile", wTwo), mean("affine", wTwo), mean("mean", wTwo); !(q < least*a && a < m) {
				t.Errorf("%s, %s: W₂ %g of quantiles, %g affine, %g of a shift", data, setting, q, a, m)
			}
			if one, two, rmse := mean("affine", wOne), mean("affine", wTwo), mean("affine", mapError); !(one < two && math.Abs(rmse/two-1) < 1e-9) {
				t.Errorf("%s: W₁ %g, W₂ %g, distance from the exact map %g, which of a monotone map is W₂", setting, one, two, rmse)
			}
		}
	}
	if _, sheets := written(t, r); !strings.Contains(sheets, "Gini") {
		t.Error("the sheets have no Gini coefficient")
	}
}

// Figures show the methods that were asked for, whichever they are; of a method without answers there are none.
func TestClimateFigures(t *testing.T) {
	for methods, figures := range map[string]int{"identity": 4, "ridge": 4, "quantile": 0, "quantile identity": 4, "nearest plan mean ridge additive identity": 4} {
		r, err := Climate(context.Background(), ClimateOptions{Quick: true, LocalWarming: true, Methods: strings.Fields(methods), Backend: "go"})
		if err != nil {
			t.Errorf("%s: %v", methods, err)
			continue
		}
		if len(r.Drawings) != figures {
			t.Errorf("%s: %d figures, want %d", methods, len(r.Drawings), figures)
		}
	}
}

// In the plane rows are drawn: the sheet says what a perfect prediction has, and nobody is far below it.
func TestClimateFloor(t *testing.T) {
	// One pathway has all three settings; rows are more than are drawn.
	world, err := climate.Synthetic(12, rand.NewPCG(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	world.SSPs, world.Income, world.Population = world.SSPs[:1], world.Income[:1], world.Population[:1]
	r, err := Climate(context.Background(), ClimateOptions{World: world, Quick: true, Draws: 120, LocalWarming: true, Methods: []string{"affine", "identity"}, Backend: "go"})
	if err != nil {
		t.Fatal(err)
	}
	rows := r.Sheets[0].Rows
	if last := rows[len(rows)-1]; last[0] != "truth against itself" {
		t.Errorf("last row %q", last)
	}
	const data = "synthetic countries, from 2020"
	for _, setting := range climateSettings {
		floor, affine, identity := r.summary(data, "affine", setting, "", wFloor).Mean, r.summary(data, "affine", setting, "", wTwo).Mean, r.summary(data, "identity", setting, "", wTwo).Mean
		if !(floor > 0 && .8*floor < affine && floor < identity) {
			t.Errorf("%s: a floor of %g, W₂ %g of affine maps and %g of the identity", setting, floor, affine, identity)
		}
	}
}

// An experiment that was interrupted goes on to the same bits.
func TestClimateGoesOn(t *testing.T) {
	o := closedClimate()
	folder, models := filepath.Join(t.TempDir(), "checkpoint"), t.TempDir()
	goesOn(t, folder, func(ctx context.Context, checkpoint string, resume bool, progress func(Progress)) (*Result, error) {
		o := o
		o.Checkpoint, o.Resume, o.Progress = checkpoint, resume, progress
		if resume {
			o.Models = models
		}
		return Climate(ctx, o)
	})
	o.Checkpoint, o.Resume = folder, true
	o.Poverty = 3
	if _, err := Climate(context.Background(), o); err == nil || !strings.Contains(err.Error(), "other data, settings") {
		t.Errorf("checkpoints of another poverty line are taken: %v", err)
	}
}

// Networks are trained, a few steps each, in two dimensions and with weights, and kept with their log.
func TestClimateTrains(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles networks")
	}
	o := ClimateOptions{Quick: true, Steps: 1, Countries: 4, Draws: 4, LocalWarming: true, Weighted: true, Methods: []string{"ncmt", "ncmt-positional", "condot", "quantile", "mean"}, Models: t.TempDir(), Backend: "go"}
	r, err := Climate(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for key, answers := range map[string]bool{"ncmt": true, "ncmt-positional": true, "condot": true, "mean": true, "quantile": false} {
		if v := r.summary("synthetic countries, from 2020", key, HeldOut, "", wTwo).Mean; math.IsNaN(v) == answers {
			t.Errorf("%s: W₂ %g", key, v)
		}
	}
	saved, err := filepath.Glob(filepath.Join(o.Models, "*", "*", "model.json"))
	if err != nil || len(saved) != 4 || len(r.Log) < 3 {
		t.Errorf("models %q, %d lines of the log (%v)", saved, len(r.Log), err)
	}
}

// Inequality by hand: two people with 1, one with 4.
func TestInequality(t *testing.T) {
	q := inequalityOf([]float64{math.Log(4), 0}, []float64{1, 2}, 2)
	if math.Abs(q.gini-1./3) > 1e-12 || math.Abs(q.tail-1) > 1e-12 || math.Abs(q.share-2./3) > 1e-12 {
		t.Errorf("%+v, want a Gini of 1/3, a tail of 1 and a share of 2/3", q)
	}
	// Nine in a hundred have 1, the rest 10: the poorest tenth has 1.9 in the mean.
	q = inequalityOf([]float64{0, math.Log(10)}, []float64{9, 91}, 1)
	if math.Abs(q.tail-1.9) > 1e-12 || q.share != 0 {
		t.Errorf("a tail of %g, a share of %g", q.tail, q.share)
	}
	// A lognormal law has the Gini coefficient erf(σ/2); 20000 equal steps of its quantiles reach it to 1e-4.
	logs, people := make([]float64, 20000), make([]float64, 20000)
	for i := range logs {
		logs[i], people[i] = .8*math.Sqrt2*math.Erfinv(2*(float64(i)+.5)/20000-1), 3
	}
	if q := inequalityOf(logs, people, 1); math.Abs(q.gini-math.Erf(.4)) > 1e-4 || math.Abs(q.share-.5) > 1e-12 {
		t.Errorf("a Gini of %g, want %g; a share of %g", q.gini, math.Erf(.4), q.share)
	}
}

// Quantiles of weighted values are those of values that stand there as often.
func TestQuantileOf(t *testing.T) {
	for _, u := range quantileLevels {
		if got, want := quantileOf([]float64{5, 1, 3}, []float64{2, 1, 3}, u), quantileOf([]float64{1, 3, 3, 3, 5, 5}, nil, u); got != want {
			t.Errorf("quantile %g is %g, want %g", u, got, want)
		}
	}
}

// What cannot be done.
func TestClimateBadInput(t *testing.T) {
	lonely, err := climate.Synthetic(2, rand.NewPCG(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	lonely.SSPs = []string{"A", "B", "C", "D", "E"}
	for want, o := range map[string]ClimateOptions{
		"-1 draws":              {Draws: -1},
		`no source "base"`:      {Sources: []string{"base"}},
		`no method "quantiles"`: {Methods: []string{"quantiles"}},
		"asked for twice":       {Methods: []string{"mean", "mean"}},
		`no damage "stern"`:     {Damage: "stern"},
		"base year 1900":        {BaseYear: 1900},
		"no path of warming":    {World: lonely},
		"a poverty line of NaN": {Poverty: math.NaN()},
	} {
		o.Quick, o.Backend = true, "go"
		if _, err := Climate(context.Background(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
