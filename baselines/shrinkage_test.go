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

// Against scikit-learn's Ledoit–Wolf estimator; testdata/ledoitwolf.py made the numbers.
func TestIntensityOfScikitLearn(t *testing.T) {
	data, err := os.ReadFile("testdata/ledoitwolf.json")
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
		m := ot.Uniform(mat.NewDense(len(c.Points), len(c.Points[0]), slices.Concat(c.Points...)))
		g, err := ot.FitGaussian(m)
		if err != nil {
			t.Fatal(err)
		}
		lambda, err := intensity(m, g)
		if err != nil || math.Abs(lambda-c.Intensity) > 1e-10 {
			t.Errorf("%d points in %d dimensions: intensity %g, %v; want %g", len(c.Points), len(c.Points[0]), lambda, err, c.Intensity)
		}
		cov := shrunk(g, lambda).Cov
		if !mat.EqualApprox(cov, mat.NewDense(len(g.Mean), len(g.Mean), slices.Concat(c.Covariance...)), 1e-10) {
			t.Errorf("%d points in %d dimensions: the shrunk covariance differs", len(c.Points), len(c.Points[0]))
		}
	}
}

// Equal weights are no weights, and points of weight zero are not there.
func TestIntensityOfWeights(t *testing.T) {
	points := [][]float64{{1, 2}, {0, 5}, {-3, 1}, {2, 2}}
	of := func(rows [][]float64, w []float64) float64 {
		m := ot.Measure{Points: mat.NewDense(len(rows), 2, slices.Concat(rows...)), Weights: w}
		g, err := ot.FitGaussian(m)
		if err != nil {
			t.Fatal(err)
		}
		lambda, err := intensity(m, g)
		if err != nil {
			t.Fatal(err)
		}
		return lambda
	}
	plain := of(points, nil)
	if got := of(points, []float64{3, 3, 3, 3}); math.Abs(got-plain) > 1e-12 {
		t.Errorf("equal weights: intensity %g, without %g", got, plain)
	}
	if got := of(append(slices.Clone(points), []float64{9, 9}), []float64{1, 1, 1, 1, 0}); math.Abs(got-plain) > 1e-12 {
		t.Errorf("a point of weight zero: intensity %g, without it %g", got, plain)
	}
	if plain <= 0 || plain > 1 {
		t.Errorf("intensity %g is not in (0, 1]", plain)
	}
	if got := of([][]float64{{1, 1}, {1, 1}}, nil); got != 1 {
		t.Errorf("equal points: intensity %g, want 1", got)
	}
}
