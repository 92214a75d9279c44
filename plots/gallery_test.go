package plots_test

import (
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/plots"
)

// The error of two methods at each of 60 perturbations against that of CondOT.
func ExamplePaired() {
	rng := rand.New(rand.NewPCG(5, 1))
	group := func(name string, n int, factor float64) plots.PairedGroup {
		g := plots.PairedGroup{Name: name}
		for range n {
			v := 4 + 8*rng.Float64()
			g.X, g.Y = append(g.X, v), append(g.Y, v*factor*(1+.1*rng.NormFloat64()))
		}
		return g
	}
	unknown := group("unknown", 4, 1)
	unknown.Y[3] = math.NaN() // the method cannot answer
	x := plots.Axis{Label: "Wε of CondOT", Unit: "log-expression²"}
	fig, err := plots.Paired(
		plots.PairedPanel{Title: "ICNN OT", X: x, Y: plots.Axis{Label: "Wε of ICNN OT", Unit: "log-expression²"},
			Groups: []plots.PairedGroup{group("known", 40, 1.2), group("combination", 16, 1.3), group("unknown", 4, 1.1)}},
		plots.PairedPanel{Title: "CPA", X: x, Y: plots.Axis{Label: "Wε of CPA", Unit: "log-expression²"},
			Groups: []plots.PairedGroup{group("known", 40, 1.05), group("combination", 16, 1.1), unknown}})
	compare("paired", fig, err)
	// Output: as in testdata/paired.png
}

// Two errors on unseen pairs against the number of pairs in training.
func ExampleLines_splits() {
	pairs := []float64{4, 16, 29, 42, 55}
	series := func(name string, first, last, half float64) plots.Series {
		s := plots.Series{Name: name, X: pairs}
		for i := range pairs {
			v := first + (last-first)*float64(i)/float64(len(pairs)-1)
			s.Y, s.Low, s.High = append(s.Y, v), append(s.Low, v-half), append(s.High, v+half)
		}
		return s
	}
	x := plots.Axis{Label: "training pairs", Ticks: pairs}
	fig, err := plots.Lines(
		plots.LinesPanel{Title: "unseen pairs", X: x, Y: plots.Axis{Label: "Wε", Unit: "log-expression²"}, Series: []plots.Series{
			series("CondOT (multi-hot)", 9.2, 8.1, .3), series("CondOT (deep set)", 9.5, 7.9, .4), series("CPA", 11, 10.1, .6), series("additive", 9.4, 9.3, .2), series("ridge", 9.9, 9, .3)}},
		plots.LinesPanel{Title: "unseen pairs", X: x, Y: plots.Axis{Label: "MMD²"}, Series: []plots.Series{
			series("CondOT (multi-hot)", .021, .015, .002), series("CondOT (deep set)", .023, .014, .002), series("CPA", .04, .036, .005), series("additive", .024, .023, .002), series("ridge", .03, .027, .002)}})
	compare("splits", fig, err)
	// Output: as in testdata/splits.png
}

// One gene's densities in three cell lines, in sample above held out.
func ExampleDensities_covariates() {
	rng := rand.New(rand.NewPCG(6, 1))
	draws := func(mean, sd float64) []float64 {
		v := make([]float64, 400)
		for i := range v {
			v[i] = mean + sd*rng.NormFloat64()
		}
		return v
	}
	x := plots.Axis{Label: "expression of MT2A", Unit: "log1p", Min: -1, Max: 6}
	var rows []plots.DensityRow
	for k, setting := range []string{"in sample", "held out"} {
		row := plots.DensityRow{Label: setting}
		for c, line := range []string{"A549", "MCF7", "K562"} {
			shift := .5 + .9*float64(c)
			row.Panels = append(row.Panels, plots.DensityPanel{Title: line, X: x, Samples: []plots.Sample{
				{Name: "source", Values: draws(1.5, .5)},
				{Name: "target", Values: draws(1.5+shift, .6)},
				{Name: "condot", Values: draws(1.5+shift*(1-.15*float64(k)), .6)},
				{Name: "icnn-pooled", Values: draws(2.9, .8)},
				{Name: "cpa", Values: draws(1.5+.6*shift, .5)},
			}})
		}
		rows = append(rows, row)
	}
	fig, err := plots.Densities(rows...)
	compare("covariates", fig, err)
	// Output: as in testdata/covariates.png
}

// Separation of the output by the value of each of three inputs, with 95 % intervals and the index, its mean.
func ExampleLinesGrid() {
	var panels []plots.LinesPanel
	for k, input := range []string{"climate sensitivity", "discount rate", "elasticity", "population growth"} {
		s, index := plots.Series{Name: "exact"}, plots.Series{Name: "index"}
		for i := range 11 {
			u := float64(i) / 10
			v := math.Pow(math.Abs(2*u-1), 2) / float64(1+2*k)
			s.X, s.Y = append(s.X, 1+4*u), append(s.Y, v)
			s.Low, s.High = append(s.Low, math.Max(0, v-.04)), append(s.High, v+.04)
		}
		index.X, index.Y = []float64{1, 5}, []float64{.4 / float64(1+2*k), .4 / float64(1+2*k)}
		x := plots.Axis{Label: input, Unit: []string{"°C", "% / year", "", "% / year"}[k]}
		panels = append(panels, plots.LinesPanel{X: x, Y: plots.Axis{Label: "separation / 2V"}, Series: []plots.Series{s, index}})
	}
	fig, err := plots.LinesGrid(3, panels...)
	compare("separations", fig, err)
	// Output: as in testdata/separations.png
}
