package plots_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

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

// Cells of one combination, and what three methods predict, on an embedding.
func ExampleEmbeddings() {
	rng := rand.New(rand.NewPCG(7, 1))
	two := func(x, y float64, n int) *mat.Dense {
		m := mat.NewDense(n, 2, nil)
		m.Stack(gaussian(rng, n/2, -3, 1, .8, .5, .4), gaussian(rng, n-n/2, x, y, .5, .7, 0))
		return m
	}
	observed := two(2, -1, 1500)
	x, y := plots.Axis{Label: "UMAP 1"}, plots.Axis{Label: "UMAP 2"}
	fig, err := plots.Embeddings(x, y, 3,
		plots.EmbeddingPanel{Title: "KLF1+MAP2K6", Method: "condot", Observed: observed, Predicted: two(2.1, -.9, 300)},
		plots.EmbeddingPanel{Title: "KLF1+MAP2K6", Method: "icnn", Observed: observed, Predicted: gaussian(rng, 300, 0, 0, 1.5, .6, 0)},
		plots.EmbeddingPanel{Title: "KLF1+MAP2K6", Method: "cpa", Observed: observed, Predicted: gaussian(rng, 300, -2.5, 1, .5, .5, 0)})
	compare("embeddings", fig, err)
	// Output: as in testdata/embeddings.png
}

// Twelve single actions, the pairs of them that were measured, and three splits.
func ExampleMeasured() {
	actions := []string{"BAK1", "CEBPA", "CEBPB", "CEBPE", "CNN1", "ETS2", "FOXA1", "FOXF1", "KLF1", "MAP2K3", "MAP2K6", "SPI1"}
	var measured []plots.MeasuredPair
	for i, a := range actions {
		measured = append(measured, plots.MeasuredPair{A: a, B: a, Test: a == "BAK1" || a == "FOXF1"})
		for j := range i {
			if (i*7+j*5)%6 == 0 {
				measured = append(measured, plots.MeasuredPair{A: a, B: actions[j], Test: (i+j)%3 == 0})
			}
		}
	}
	fig, err := plots.Measured(actions, measured, []plots.SplitSize{{"split 1", 55, 28}, {"split 3", 29, 54}, {"split 5", 4, 79}})
	compare("measured", fig, err)
	// Output: as in testdata/measured.png
}

// Income per head in three years of two scenarios: without damages, with them, and as the map has it.
func ExampleRidges() {
	rng := rand.New(rand.NewPCG(8, 1))
	draws := func(middle, spread float64) []float64 {
		v := make([]float64, 165)
		for i := range v {
			v[i] = middle * math.Exp(spread*rng.NormFloat64())
		}
		return v
	}
	var panels []plots.RidgePanel
	for k, scenario := range []string{"SSP1", "SSP5"} {
		p := plots.RidgePanel{Title: scenario}
		for i, year := range []string{"2030", "2060", "2090"} {
			rich := 12 * math.Pow(1.6+.4*float64(k), float64(i))
			loss := math.Pow(.8-.2*float64(k), float64(i))
			p.Rows = append(p.Rows, plots.RidgeRow{Label: year, Samples: []plots.Sample{
				{Name: "source", Values: draws(rich, .9)}, {Name: "truth", Values: draws(rich*loss, 1)}, {Name: "ncmt", Values: draws(rich*loss*1.05, 1)}}})
		}
		panels = append(panels, p)
	}
	fig, err := plots.Ridges(plots.Axis{Label: "GDP per head", Unit: "1000 US$", Log: true}, panels...)
	compare("ridges", fig, err)
	// Output: as in testdata/ridges.png
}

// Sensitivity indices of five inputs by two estimators, and what an input without influence reaches.
func ExampleBars() {
	values := func(factor, half float64) (list []plots.Interval) {
		for _, v := range []float64{.08, .61, .03, .27} {
			list = append(list, plots.Interval{Value: factor * v, Low: factor*v - half, High: factor*v + half})
		}
		return append(list, plots.Interval{Value: math.NaN()})
	}
	fig, err := plots.Bars(plots.Axis{Label: "OT-based sensitivity index"}, []string{"discount rate", "climate sensitivity", "elasticity", "population growth", "decoupling"},
		plots.Threshold{Name: "irrelevant input", Value: .05},
		plots.IntervalsSeries{Name: "exact", Values: values(1, .02)}, plots.IntervalsSeries{Name: "neural", Values: values(.95, .03)})
	compare("bars", fig, err)
	// Output: as in testdata/bars.png
}

// Sensitivity indices of three inputs over the years, by two estimators.
func ExampleHeatMaps() {
	var years []string
	for year := 2020; year <= 2100; year += 10 {
		years = append(years, fmt.Sprint(year))
	}
	panel := func(name string, factor float64) plots.HeatMapPanel {
		p := plots.HeatMapPanel{Title: name, Rows: []string{"climate sensitivity", "discount rate", "population"}, Columns: years, Values: make([][]float64, 3)}
		for j := range years {
			t := float64(j) / float64(len(years)-1)
			for i, v := range []float64{.8 * t, .3 - .2*t, .5 * (1 - t)} {
				p.Values[i] = append(p.Values[i], factor*v)
			}
		}
		return p
	}
	neural := panel("neural", .9)
	neural.Values[2][8] = math.NaN()
	fig, err := plots.HeatMaps(plots.Axis{Label: "year"}, plots.Axis{}, plots.Axis{Label: "index", Max: 1}, panel("exact", 1), neural)
	compare("heatmaps", fig, err)
	// Output: as in testdata/heatmaps.png
}
