package baselines_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// On the line the sample quantiles of clouds of as many points match point by
// point, weights do what repeating points does, and a monotone image between
// two trained doses is the mean of theirs.
func TestQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 8))
	source := normal(99, 1, r)
	image := func(f func(float64) float64) func() datasets.Pair {
		return func() datasets.Pair {
			y := moved(source, 0)
			y.Apply(func(_, _ int, v float64) float64 { return f(v) }, y)
			return datasets.Pair{Source: source, Target: y}
		}
	}
	task := newTask(t, "line", []condition.Variable{{Name: "dose"}}, 1, map[string]func() datasets.Pair{
		"0": image(math.Exp), "1": image(func(v float64) float64 { return v * v * v }),
	})
	m := fit(t, "quantile", task)
	for text, f := range map[string]func(float64) float64{
		"0": math.Exp, "1": func(v float64) float64 { return v * v * v },
		"0.25": func(v float64) float64 { return .75*math.Exp(v) + .25*v*v*v },
	} {
		want := mat.DenseCopyOf(source)
		want.Apply(func(_, _ int, v float64) float64 { return f(v) }, want)
		// Quantile levels and weights of interpolation round at 1e-15 and err by 1e-6.
		if off := distance(carry(t, m, source, parse(t, task, text)), want); off > 1e-4 {
			t.Errorf("dose %s is off by %g", text, off)
		}
	}
	least, most := slices.Min(source.RawMatrix().Data), slices.Max(source.RawMatrix().Data)
	beyond := carry(t, m, mat.NewDense(2, 1, []float64{least - 2, most + 3}), parse(t, task, "0"))
	if want := mat.NewDense(2, 1, []float64{math.Exp(least) - 2, math.Exp(most) + 3}); distance(beyond, want) > 1e-9 {
		t.Errorf("beyond the ends: %v, want %v", mat.Formatted(beyond), mat.Formatted(want))
	}
}

// An atom of the source goes to the mean of its mass, with weights or repeated points.
func TestQuantilesOfAtoms(t *testing.T) {
	variables := []condition.Variable{{Name: "drug", Kind: condition.Categorical}}
	column := func(v ...float64) *mat.Dense { return mat.NewDense(len(v), 1, v) }
	for name, p := range map[string]datasets.Pair{
		"repeated": {Source: column(0, 0, 0, 5), Target: column(3, 1, 2, 10)},
		"weighted": {Source: column(0, 5, 99), Target: column(1, 2, 3, 10), SourceWeights: []float64{3, 1, 0}},
	} {
		task := newTask(t, name, variables, 1, map[string]func() datasets.Pair{"p": func() datasets.Pair { return p }})
		y := carry(t, fit(t, "quantile", task), column(5, 6), parse(t, task, "p"))
		if name == "repeated" {
			y = carry(t, fit(t, "quantile", task), column(0, 5, 6), parse(t, task, "p"))
			if math.Abs(y.At(0, 0)-2) > 1e-12 {
				t.Errorf("%s: the atom goes to %g, want 2", name, y.At(0, 0))
			}
			y = mat.DenseCopyOf(y.Slice(1, 3, 0, 1))
		}
		if distance(y, column(10, 11)) > 1e-12 {
			t.Errorf("%s: 5 and 6 go to %v, want 10 and 11", name, mat.Formatted(y))
		}
	}
}
