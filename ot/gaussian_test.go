package ot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func randomGaussian(r *rand.Rand, d int) Gaussian {
	a := gaussianCloud(r, d, d, 1, 0)
	cov := mat.NewSymDense(d, nil)
	cov.SymOuterK(1, a)
	mean := make([]float64, d)
	for k := range mean {
		mean[k] = r.NormFloat64()
	}
	return Gaussian{mean, cov}.Shrunk(0.1)
}

// The same distance and map as POT's ot.gaussian, to the rounding of two
// different routes to a matrix root.
func TestGaussianAgainstPOT(t *testing.T) {
	var cases []struct {
		D         int
		W2Squared float64 `json:"w2squared"`
		A, B      []float64
	}
	stored(t, "pot_gaussian.json", &cases)
	for _, k := range cases {
		g, err := FitGaussian(Uniform(drawnCloud(1, 60, k.D, 1, 0)))
		if err != nil {
			t.Fatal(err)
		}
		h, _ := FitGaussian(Measure{drawnCloud(2, 50, k.D, 1.2, 0.5), drawnWeights(4, 50)})
		w, err := Bures(g, h)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(w.W2Squared()-k.W2Squared) > 1e-11*k.W2Squared {
			t.Errorf("d=%d: W₂² %v, POT %v", k.D, w.W2Squared(), k.W2Squared)
		}
		m, err := GaussianMap(g, h)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(m.A, mat.NewDense(k.D, k.D, k.A), 1e-11) {
			t.Errorf("d=%d: another map than POT's", k.D)
		}
		at0, _ := m.Transport(nil, mat.NewDense(1, k.D, nil))
		if !mat.EqualApprox(at0, mat.NewDense(1, k.D, k.B), 1e-11) {
			t.Errorf("d=%d: 0 goes to %v, POT %v", k.D, at0.RawRowView(0), k.B)
		}
	}
	if len(cases) != 3 {
		t.Errorf("%d stored cases, want 3", len(cases))
	}
}

// Covariances that commute: the Bures part is Σ(√λ₁−√λ₂)².
func TestBuresClosedForms(t *testing.T) {
	g := Gaussian{[]float64{0, 0, 0}, mat.NewSymDense(3, []float64{4, 0, 0, 0, 9, 0, 0, 0, 0})}
	h := Gaussian{[]float64{1, 2, -2}, mat.NewSymDense(3, []float64{1, 0, 0, 0, 25, 0, 0, 0, 16})}
	got, err := Bures(g, h)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Mean-9) > 1e-14 || math.Abs(got.Covariance-(1+4+16)) > 1e-12 {
		t.Errorf("parts %+v, want 9 and 21", got)
	}
	// Σ_Y=[[15,7.5],[7.5,33]] against itself less cc'/S for the first input of
	// the linear Gaussian model with A=[4 −2 1; 2 5 −1]: its diffusive part is
	// .198140111355 of twice the total variance 96.
	y := mat.NewSymDense(2, []float64{15, 7.5, 7.5, 33})
	c := []float64{3.5, 4} // A·S·e₁ with unit variances and correlations ½
	rest := mat.NewSymDense(2, []float64{15 - c[0]*c[0], 7.5 - c[0]*c[1], 7.5 - c[0]*c[1], 33 - c[1]*c[1]})
	got, err = Bures(Gaussian{[]float64{0, 0}, y}, Gaussian{[]float64{0, 0}, rest})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Covariance/96-0.198140111355) > 1e-12 {
		t.Errorf("diffusive part %.12f, want .198140111355", got.Covariance/96)
	}
	same, _ := Bures(Gaussian{[]float64{1, 1}, y}, Gaussian{[]float64{1, 1}, y})
	if same.W2Squared() > 1e-13 {
		t.Errorf("W₂² to itself is %v", same.W2Squared())
	}
}

// The map carries the first law to the second and costs W₂².
func TestGaussianMap(t *testing.T) {
	r := rng(21)
	g, h := randomGaussian(r, 5), randomGaussian(r, 5)
	m, err := GaussianMap(g, h)
	if err != nil {
		t.Fatal(err)
	}
	if m.SourceRidge != 0 || m.TargetRidge != 0 {
		t.Errorf("regular covariances were changed: %v, %v", m.SourceRidge, m.TargetRidge)
	}
	var carried mat.Dense
	carried.Product(m.A, g.Cov, m.A)
	if !mat.EqualApprox(&carried, h.Cov, 1e-9) {
		t.Error("AΣ₁A is not Σ₂")
	}
	x := gaussianCloud(r, 10, 5, 1, 0)
	y, err := m.Transport(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	back, err := GaussianMap(h, g)
	if err != nil {
		t.Fatal(err)
	}
	if y, err = back.Transport(y, y); err != nil || !mat.EqualApprox(x, y, 1e-9) {
		t.Error("the map back is not the inverse", err)
	}
	mean := mat.NewDense(1, 5, append([]float64(nil), g.Mean...))
	if mean, _ = m.Transport(nil, mean); !mat.EqualApprox(mean, mat.NewDense(1, 5, h.Mean), 1e-12) {
		t.Error("the mean is not carried to the mean")
	}
	// E‖T(X)−X‖² = ‖Δm‖² + tr((A−I)Σ₁(A−I)).
	var less mat.Dense
	less.CloneFrom(m.A)
	for k := range 5 {
		less.Set(k, k, less.At(k, k)-1)
	}
	var moved mat.Dense
	moved.Product(&less, g.Cov, &less)
	w, _ := Bures(g, h)
	if cost := w.Mean + mat.Trace(&moved); math.Abs(cost-w.W2Squared()) > 1e-9*cost {
		t.Errorf("the map costs %v, W₂² is %v", cost, w.W2Squared())
	}
}

// Fewer points than dimensions: covariances are singular, the map says so and
// scales the directions that neither cloud has by the ratio of their sizes.
func TestGaussianMapSingular(t *testing.T) {
	x := mat.NewDense(3, 4, []float64{1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0})
	y := mat.DenseCopyOf(x)
	y.Scale(3, y)
	g, err := FitGaussian(Uniform(x))
	if err != nil {
		t.Fatal(err)
	}
	h, _ := FitGaussian(Uniform(y))
	m, err := GaussianMap(g, h)
	if err != nil {
		t.Fatal(err)
	}
	if m.SourceRidge <= 0 || m.TargetRidge <= 0 {
		t.Error("no ridge is reported for singular covariances")
	}
	for k := range 4 {
		for l := range 4 {
			want := 0.0
			if k == l {
				want = 3
			}
			if math.Abs(m.A.At(k, l)-want) > 1e-9 {
				t.Errorf("A[%d,%d] = %v, want %v", k, l, m.A.At(k, l), want)
			}
		}
	}
	point, _ := FitGaussian(Uniform(mat.NewDense(1, 4, nil)))
	if _, err := GaussianMap(point, h); err == nil || !strings.Contains(err.Error(), "no variance") {
		t.Errorf("map from a point: %v", err)
	}
	if _, err := Bures(g, Gaussian{[]float64{0}, mat.NewSymDense(1, []float64{1})}); err == nil {
		t.Error("Gaussians of different dimensions: no error")
	}
}

func TestFitGaussianWeights(t *testing.T) {
	// A point of weight 2 counts as two points.
	twice, err := FitGaussian(Uniform(mat.NewDense(3, 2, []float64{1, 2, 1, 2, 4, -1})))
	if err != nil {
		t.Fatal(err)
	}
	weighted, err := FitGaussian(Measure{mat.NewDense(2, 2, []float64{1, 2, 4, -1}), []float64{2, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(twice.Cov, weighted.Cov, 1e-14) || math.Abs(twice.Mean[0]-2) > 1e-15 || math.Abs(twice.Cov.At(0, 0)-2) > 1e-14 {
		t.Errorf("%+v, weighted %+v", twice, weighted)
	}
	mean, err := Measure{mat.NewDense(2, 2, []float64{1, 2, 4, -1}), []float64{2, 1}}.MeanHalfSquared()
	if err != nil || math.Abs(mean-mat.Trace(weighted.Cov)) > 1e-14 {
		t.Errorf("mean of ½‖x−x′‖² %v, %v; trace %v", mean, err, mat.Trace(weighted.Cov))
	}
}

func ExampleGaussianMap() {
	source := Gaussian{Mean: []float64{0, 0}, Cov: mat.NewSymDense(2, []float64{1, 0, 0, 4})}
	target := Gaussian{Mean: []float64{5, 0}, Cov: mat.NewSymDense(2, []float64{9, 0, 0, 4})}
	w, _ := Bures(source, target)
	fmt.Printf("means %.0f, covariances %.0f, W₂² %.0f\n", w.Mean, w.Covariance, w.W2Squared())
	m, _ := GaussianMap(source, target)
	y, _ := m.Transport(nil, mat.NewDense(1, 2, []float64{1, 1}))
	fmt.Printf("(1, 1) goes to (%.0f, %.0f)\n", y.At(0, 0), y.At(0, 1))
	// Output:
	// means 25, covariances 4, W₂² 29
	// (1, 1) goes to (8, 1)
}
