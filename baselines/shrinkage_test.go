package baselines

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// Against scikit-learn's OAS estimator; testdata/oas.py made the numbers.
func TestIntensityOfScikitLearn(t *testing.T) {
	data, err := os.ReadFile("testdata/oas.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Points     [][]float64 `json:"points"`
		Intensity  float64     `json:"intensity"`
		Covariance [][]float64 `json:"covariance"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		n, d := len(c.Points), len(c.Points[0])
		g, err := ot.FitGaussian(ot.Uniform(mat.NewDense(n, d, slices.Concat(c.Points...))))
		if err != nil {
			t.Fatal(err)
		}
		rho := intensity(g.Cov, float64(n))
		if math.Abs(rho-c.Intensity) > 1e-12 {
			t.Errorf("%d points in %d dimensions: intensity %g, want %g", n, d, rho, c.Intensity)
		}
		if !mat.EqualApprox(shrunk(g, rho).Cov, mat.NewDense(d, d, slices.Concat(c.Covariance...)), 1e-12) {
			t.Errorf("%d points in %d dimensions: the shrunk covariance differs", n, d)
		}
	}
	if rho := intensity(mat.NewDiagDense(3, []float64{2, 2, 2}), 1e9); rho != 1 {
		t.Errorf("a multiple of the identity: intensity %g, want 1", rho)
	}
}

// Points of weight zero are not there, and equal weights are no weights.
func TestEffectivePoints(t *testing.T) {
	for _, c := range []struct {
		weights []float64
		n       float64
	}{{[]float64{3, 3, 3, 3, 0}, 4}, {[]float64{1, 0, 0}, 1}, {[]float64{2, 1}, 9. / 5}} {
		w, err := ot.Measure{Points: mat.NewDense(len(c.weights), 1, nil), Weights: c.weights}.Shares()
		if err != nil {
			t.Fatal(err)
		}
		if n := effectivePoints(w); math.Abs(n-c.n) > 1e-12 {
			t.Errorf("weights %v: %g effective points, want %g", c.weights, n, c.n)
		}
	}
}

// The larger intensity of the two clouds counts, whichever it is, and a cloud
// of enough points has none.
func TestShrinkageOfPairs(t *testing.T) {
	few := ot.Uniform(mat.NewDense(5, 3, []float64{0, 0, 0, 1, 0, 0, 9, 1, 0, 4, 0, 1, 5, 0, 0}))
	fewer := ot.Uniform(mat.NewDense(4, 3, []float64{0, 0, 0, 9, 1, 0, 4, 0, 1, 5, 0, 0}))
	many := ot.Uniform(mat.NewDense(6, 3, []float64{0, 0, 0, 0, 1, 0, 4, 0, 1, 4, 2, 3, 5, 0, 0, 0, 5, 0}))
	of := func(source, target ot.Measure) (float64, float64) {
		p, errP := ot.FitGaussian(source)
		q, errQ := ot.FitGaussian(target)
		rho, n, err := shrinkage(source, target, p, q)
		if errP != nil || errQ != nil || err != nil {
			t.Fatal(errP, errQ, err)
		}
		return rho, n
	}
	one, _ := of(many, few)
	other, _ := of(many, fewer)
	if !(one > 0 && one < other && other < 1) {
		t.Fatalf("intensities %g and %g: the fewer points the more", one, other)
	}
	for _, c := range []struct {
		source, target ot.Measure
		rho, n         float64
	}{{many, many, 0, 6}, {few, many, one, 5}, {few, fewer, other, 4}, {fewer, few, other, 4}} {
		if rho, n := of(c.source, c.target); rho != c.rho || math.Abs(n-c.n) > 1e-12 {
			t.Errorf("intensity %g of %g points; want %g of %g", rho, n, c.rho, c.n)
		}
	}
}
