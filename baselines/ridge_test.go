package baselines

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// problem of n conditions with p numbers each and d features: codes and noisy shifts.
func ridgeProblem(n, p, d int) (codes, shifts [][]float64) {
	r := rand.New(rand.NewPCG(7, 1))
	draw := func(n, d int) [][]float64 {
		rows := make([][]float64, n)
		for i := range rows {
			rows[i] = make([]float64, d)
			for k := range rows[i] {
				rows[i][k] = r.NormFloat64()
			}
		}
		return rows
	}
	return draw(n, p), draw(n, d)
}

// The weights are those of the normal equations (PᵀP + λI)W = PᵀY, in another
// form: to rounding.
func TestRidgeNormalEquations(t *testing.T) {
	codes, shifts := ridgeProblem(9, 4, 3)
	const lambda = .7
	e, _, err := fitRidge(codes, shifts, nil, lambda)
	if err != nil {
		t.Fatal(err)
	}
	_, design, response := centred(codes, shifts)
	var gram, right, want mat.Dense
	gram.Mul(design.T(), design)
	for k := range 4 {
		gram.Set(k, k, gram.At(k, k)+lambda)
	}
	right.Mul(design.T(), response)
	if err := want.Solve(&gram, &right); err != nil {
		t.Fatal(err)
	}
	for k, slope := range e.Slopes {
		for j, v := range slope {
			if math.Abs(v-want.At(k, j)) > 1e-12 {
				t.Errorf("weight %d,%d is %g, want %g", k, j, v, want.At(k, j))
			}
		}
	}
}

// The closed form of the error of conditions left out is that of fitting to
// the others, one after the other, and the penalty chosen has the least of it.
func TestRidgeLeftOut(t *testing.T) {
	codes, shifts := ridgeProblem(9, 4, 3)
	_, design, response := centred(codes, shifts)
	var svd mat.SVD
	svd.Factorize(design, mat.SVDThin)
	var u mat.Dense
	svd.UTo(&u)
	r := ridge{u: &u, singular: svd.Values(nil), response: response}
	refitted := func(lambda float64) float64 {
		sum := 0.0
		for j := range codes {
			var c, s [][]float64
			for i := range codes {
				if i != j {
					c, s = append(c, codes[i]), append(s, shifts[i])
				}
			}
			e, _, err := fitRidge(c, s, nil, lambda)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range e.at(codes[j]) {
				sum += (v - shifts[j][k]) * (v - shifts[j][k])
			}
		}
		return sum
	}
	for _, lambda := range []float64{1e-3, .5, 20} {
		if got, want := r.leftOut(lambda), refitted(lambda); math.Abs(got-want) > 1e-10*want {
			t.Errorf("penalty %g: left-out error %g, want %g", lambda, got, want)
		}
	}
	_, chosen, err := fitRidge(codes, shifts, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, factor := range []float64{.1, 10} { // two steps of the grid
		if refitted(chosen) > refitted(chosen*factor) {
			t.Errorf("the penalty %g is chosen, %g has less error", chosen, chosen*factor)
		}
	}
}

// Equal weights, of any size, give the axes of no weights, and a weight of two
// those of a point that stands twice.
func TestLeadingAxesWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2))
	x := mat.NewDense(12, 4, nil)
	x.Apply(func(_, k int, _ float64) float64 { return float64(k+1) * r.NormFloat64() }, x)
	twice := mat.NewDense(13, 4, nil)
	twice.Copy(x)
	twice.SetRow(12, x.RawRowView(5))
	equal, double := make([]float64, 12), make([]float64, 12)
	for i := range equal {
		equal[i], double[i] = 3, .5
	}
	double[5] = 1
	for what, pair := range map[string][2]ot.Measure{
		"equal": {{Points: x, Weights: equal}, {Points: x}},
		"twice": {{Points: x, Weights: double}, {Points: twice}},
	} {
		got, err := leadingAxes([]ot.Measure{pair[0], pair[0]}, 2)
		if err != nil {
			t.Fatal(err)
		}
		want, err := leadingAxes([]ot.Measure{pair[1]}, 2)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(got, want, 1e-12) {
			t.Errorf("%s weights: axes %v, want %v", what, mat.Formatted(got), mat.Formatted(want))
		}
	}
}
