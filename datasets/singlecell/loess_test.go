package singlecell

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLoessOfQuadratic: local quadratic regression leaves a quadratic as it is,
// and so do the cubic polynomials between vertices; points may be equal and in
// any order. (Values of skmisc's loess are in TestScanpyOnPBMC.)
func TestLoessOfQuadratic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	x, y := make([]float64, 400), make([]float64, 400)
	for i := range x {
		x[i] = math.Round(20*r.NormFloat64()) / 10
		y[i] = 1 + 2*x[i] - x[i]*x[i]/2
	}
	fitted, err := loess(x, y)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range fitted {
		if math.Abs(v-y[i]) > 1e-9 { // of values up to 20, over neighbourhoods of width 0.1 in the middle
			t.Errorf("at %g: %g, want %g", x[i], v, y[i])
		}
	}
	if _, err := loess(x[:13], y[:13]); err == nil {
		t.Error("13 points")
	}
	if _, err := loess(make([]float64, 50), make([]float64, 50)); err == nil {
		t.Error("equal points")
	}
}
