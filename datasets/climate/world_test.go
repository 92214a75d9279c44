package climate

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func synthetic(t testing.TB, n int) *World {
	t.Helper()
	w, err := Synthetic(n, rand.NewPCG(1, 7))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Synthetic countries have the quantiles of the tables and their correlations, to four standard errors; growth
// under an SSP has its mean.
func TestSynthetic(t *testing.T) {
	const n = 4000
	w := synthetic(t, n)
	s, err := readSummary()
	if err != nil {
		t.Fatal(err)
	}
	columns := make([][]float64, 4)
	growth := make([]float64, n)
	for i, c := range w.Countries {
		columns[0] = append(columns[0], c.Temperature)
		columns[1] = append(columns[1], math.Log(w.Income[0][i][0]))
		columns[2] = append(columns[2], math.Log(w.Population[0][i][0]))
		columns[3] = append(columns[3], c.Pattern)
		growth[i] = math.Log(w.Income[4][i][7]/w.Income[4][i][6]) / 5
	}
	for k, column := range columns {
		slices.Sort(column)
		for q, u := range s.Levels[1 : len(s.Levels)-1] {
			below := float64(slices.IndexFunc(column, func(x float64) bool { return x > s.Quantiles[k][q+1] })) / n
			if math.Abs(below-u) > 4*math.Sqrt(u*(1-u)/n) {
				t.Errorf("variable %d: a share of %g is below the quantile of %g", k, below, u)
			}
		}
	}
	if mean := stat.Mean(growth, nil); math.Abs(mean-s.Income.Mean[4][6]) > .001 {
		t.Errorf("growth of 2040 to 2045 under SSP5 is %g, want %g", mean, s.Income.Mean[4][6])
	}
	temperature, pattern := make([]float64, n), make([]float64, n)
	for i, c := range w.Countries {
		temperature[i], pattern[i] = c.Temperature, c.Pattern
	}
	if r := stat.Correlation(temperature, pattern, nil); r > -.3 || r < -.6 { // of the scores -.44
		t.Errorf("hot countries and their warming correlate by %g", r)
	}
	if !slices.Equal(synthetic(t, 5).Countries, synthetic(t, 5).Countries) {
		t.Error("countries of one seed differ")
	}
}

// Without warming nothing is lost, and GDP per capita is that of the table.
func TestProjectWithoutEffect(t *testing.T) {
	w := synthetic(t, 30)
	for _, d := range Damages() {
		draw, err := w.Best(d)
		if err != nil {
			t.Fatal(err)
		}
		clear(draw.Warming)
		p, err := w.Project("SSP3", d, AR6, draw)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(p.Damaged, p.Undamaged, 1e-12) {
			t.Errorf("%s: losses without warming", d)
		}
		for i := range w.Countries {
			for k, year := range w.Years {
				if got, want := p.Undamaged.At(i, p.Column(year)), w.Income[2][i][k]; math.Abs(got/want-1) > 1e-12 {
					t.Fatalf("country %d in %d has %g, the table %g", i, year, got, want)
				}
			}
		}
	}
}

// A country of steady growth η that warms by a steady rate loses by the product of its growth factors,
// here made apart; a damage in levels takes its share of the year.
func TestProjectByHand(t *testing.T) {
	path := []float64{10, 10 * math.Pow(1.02, 90)}
	w := &World{Countries: []Country{{"HOT", "hot", 25, 1.2}, {"MID", "mild", 10, .9}}, SSPs: []string{"SSP1"}, Years: []int{2010, 2100},
		Income: [][][]float64{{path, path}}, Population: [][][]float64{{{1, 2}, {5, 5}}}}
	draw := Draw{[]float64{.0127184, -.0004871}, []float64{1, 1.5}, []float64{0, .1}, []float64{0, .01}}
	p, err := w.Project("SSP1", BHM, Linear85, draw)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range w.Countries {
		y := 10 * math.Exp(draw.Level[i])
		for year := 2011; year <= 2100; year++ {
			now := c.Temperature + c.Pattern*draw.Warming[i]*3.6606*float64(year-2010)/90
			y *= 1.02 + draw.Growth[i] + .0127184*(now-c.Temperature) - .0004871*(now*now-c.Temperature*c.Temperature)
		}
		if got := p.Damaged.At(i, 90); math.Abs(got/y-1) > 1e-12 {
			t.Errorf("%s has %g, want %g", c.ISO3, got, y)
		}
	}
	if got := p.Population.At(0, 45); math.Abs(got-math.Sqrt2) > 1e-12 {
		t.Errorf("population halfway from 1 to 2 is %g", got)
	}
	draw.Coefficients = []float64{.00236}
	if p, err = w.Project("SSP1", DICE, AR6, draw); err != nil {
		t.Fatal(err)
	}
	warming := 1 + 1.25*(.7+.1*49.5/40) // AR6 in 2100, by the mean of the countries' factors 1 and 1.5
	want := (1 - .00236*warming*warming) / (1 - .00236)
	if got := p.Damaged.At(1, 90) / p.Undamaged.At(1, 90); math.Abs(got-want) > 1e-12 {
		t.Errorf("DICE leaves %g, want %g", got, want)
	}
	// A model that warms one country faster than another has one globe: damages that follow from it are alike.
	draw.Warming[0], draw.Warming[1] = draw.Warming[0]-.4, draw.Warming[1]+.4
	if p, err = w.Project("SSP1", DICE, AR6, draw); err != nil {
		t.Fatal(err)
	}
	for i := range w.Countries {
		if got := p.Damaged.At(i, 90) / p.Undamaged.At(i, 90); math.Abs(got-want) > 1e-12 {
			t.Errorf("DICE leaves country %d %g, want %g", i, got, want)
		}
	}
}

// Best estimates of warming at the middle of their periods, and what there is no path for.
func TestWarming(t *testing.T) {
	for _, c := range []struct {
		ssp  string
		year int
		want float64
	}{{"SSP5", 2010, 0}, {"SSP5", 2050, .6 + .8*19.5/20}, {"SSP1", 2100, .8 + .1*9.5/40}, {"SSP3", 2020, .5 * 10 / 20.5}} {
		if got, err := AR6.since(c.ssp, c.year); err != nil || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s in %d: %g, want %g (%v)", c.ssp, c.year, got, c.want, err)
		}
	}
}

// What cannot be projected.
func TestProjectBadInput(t *testing.T) {
	w := synthetic(t, 4)
	best, err := w.Best(BHM)
	if err != nil {
		t.Fatal(err)
	}
	ruin, err := w.Best(BHM)
	if err != nil {
		t.Fatal(err)
	}
	ruin.Coefficients = []float64{-2, 0}
	other := *w
	other.SSPs = []string{"A", "B", "C", "D", "E"}
	broken := *w
	broken.Income = slices.Clone(w.Income)
	broken.Income[1] = [][]float64{{1}, {1}, {1}, {1}}
	models, resamples, endless := *w, *w, *w
	models.Models = [][]float64{{1, 1, 1, 1}, {1, 1}}
	resamples.Resamples = map[Damage][][]float64{BHM: {{.01, -.0005}, {.01}}}
	endless.Models = [][]float64{{1, 1, math.NaN(), 1}}
	for want, f := range map[string]func() error{
		"model 2 has 2 count":  models.Validate,
		"S003 warms by NaN":    endless.Validate,
		"bhm has 1 coefficien": resamples.Validate,
		`no pathway "SSP9"`:    func() error { _, err := w.Project("SSP9", BHM, AR6, best); return err },
		`no damage "bmh"`:      func() error { _, err := w.Project("SSP1", "bmh", AR6, best); return err },
		`no warming "hot"`:     func() error { _, err := w.Project("SSP1", BHM, "hot", best); return err },
		"a draw of 2 coeffi":   func() error { _, err := w.Project("SSP1", Dell, AR6, Draw{Coefficients: []float64{1, 2}}); return err },
		"collapses in 2032":    func() error { _, err := w.Project("SSP5", BHM, AR6, ruin); return err },
		`path of warming for`:  func() error { _, err := other.Project("A", BHM, AR6, best); return err },
		"has 1 years, there":   func() error { return broken.Validate() },
		"1 synthetic":          func() error { _, err := Synthetic(1, rand.NewPCG(1, 1)); return err },
		"0 draws":              func() error { _, err := w.Draws(BHM, 0, rand.NewPCG(1, 1)); return err },
		"no damage":            func() error { _, err := w.Draws("x", 3, rand.NewPCG(1, 1)); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// A hundred draws stand for the distribution: warming and the effect on a hot country have their means
// to a tenth of what independent draws would be off.
func TestDraws(t *testing.T) {
	w := synthetic(t, 8)
	const n = 100
	for seed := range uint64(5) {
		draws, err := w.Draws(BHM, n, rand.NewPCG(seed, 1))
		if err != nil {
			t.Fatal(err)
		}
		warming, effect, spread := 0.0, 0.0, 0.0
		for _, d := range draws {
			warming += d.Warming[3] / n
			effect += (d.Coefficients[0] + 50*d.Coefficients[1]) / n
			for _, x := range d.Growth {
				spread += x * x / n / 8
			}
		}
		if math.Abs(warming-1) > .4*modelSpread/math.Sqrt(n) {
			t.Errorf("seed %d: mean warming %g, want 1", seed, warming)
		}
		if want := .0130358827 - 50*.0004957542; math.Abs(effect-want) > .4*.0035/math.Sqrt(n) {
			t.Errorf("seed %d: mean effect %g, want %g", seed, effect, want)
		}
		if math.Abs(math.Sqrt(spread)/growthSpread-1) > 4/math.Sqrt(2*8*n) {
			t.Errorf("seed %d: spread of growth %g", seed, math.Sqrt(spread))
		}
	}
}
