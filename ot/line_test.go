package ot

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The quantile coupling against the network simplex, for several exponents,
// with ties, zero weights and both sizes; certify proves its potentials too.
func TestOneDAgainstExact(t *testing.T) {
	r := rng(30)
	for trial := range 200 {
		n, m := 1+r.IntN(25), 1+r.IntN(25)
		x, y := make([]float64, n), make([]float64, m)
		for i := range x {
			x[i] = r.NormFloat64()
			if trial%2 == 0 {
				x[i] = float64(r.IntN(5))
			}
		}
		for j := range y {
			y[j] = 2*r.NormFloat64() + 1
			if trial%2 == 0 {
				y[j] = float64(r.IntN(7))
			}
		}
		var a, b []float64
		if trial%3 > 0 {
			a, b = randomWeights(r, n, trial%3 == 1), randomWeights(r, m, trial%3 == 2)
		}
		for _, p := range []float64{1, 1.5, 2, 3} {
			cost, err := TableOf(mat.NewDense(n, 1, x), mat.NewDense(m, 1, y), func(x, y []float64) float64 { return power(x[0]-y[0], p) })
			if err != nil {
				t.Fatal(err)
			}
			got, err := OneD(x, y, a, b, p)
			if err != nil {
				t.Fatal(err)
			}
			certify(t, cost, a, b, got)
			want, err := Exact(context.Background(), cost, a, b, ExactOptions{})
			if err != nil {
				t.Fatal(err)
			}
			alone, err := OneDCost(x, y, a, b, p)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.Cost-want.Cost) > 1e-12*(1+want.Cost) || math.Abs(alone-want.Cost) > 1e-12*(1+want.Cost) {
				t.Fatalf("trial %d, p=%v: %v and %v, network simplex %v", trial, p, got.Cost, alone, want.Cost)
			}
		}
	}
}

func TestOneDBadInput(t *testing.T) {
	x := []float64{1, 2}
	for _, k := range []struct {
		x, a []float64
		p    float64
		want string
	}{
		{x, nil, 0.5, "finite p ≥ 1"},
		{x, nil, math.NaN(), "finite p ≥ 1"},
		{nil, nil, 1, "source cloud is empty"},
		{[]float64{1, math.Inf(1)}, nil, 1, "source point 1 is +Inf"},
		{x, []float64{1}, 1, "1 source weights for 2 points"},
	} {
		if _, err := OneD(k.x, x, k.a, nil, k.p); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v, want one with %q", err, k.want)
		}
	}
}

// A shift's sliced W₂² is ‖δ‖²/d: the value lies within five standard errors.
func TestSlicedShift(t *testing.T) {
	r := rng(31)
	x := gaussianCloud(r, 200, 5, 1, 0)
	y := mat.DenseCopyOf(x)
	for i := range 200 {
		y.Set(i, 0, y.At(i, 0)+3)
	}
	got, se, err := SlicedW2Squared(Uniform(x), Uniform(y), 400, rng(1))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got-9.0/5) > 5*se || se > 0.2 {
		t.Errorf("sliced W₂² %v ± %v, want 1.8", got, se)
	}
	again, _, _ := SlicedW2Squared(Uniform(x), Uniform(y), 400, rng(1))
	if again != got {
		t.Error("the same seed gives another value")
	}
}

func TestSubsample(t *testing.T) {
	r := rng(32)
	m := Measure{gaussianCloud(r, 50, 2, 1, 0), randomWeights(r, 50, false)}
	times := make([]int, 50)
	for seed := range uint64(2000) {
		part, rows, err := Subsample(m, 10, rng(seed))
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range rows {
			times[i]++
			if k > 0 && rows[k-1] >= i {
				t.Fatal("rows are not ascending")
			}
			if part.Points.At(k, 1) != m.Points.At(i, 1) || part.Weights[k] != m.Weights[i] {
				t.Fatal("a point does not have its own coordinates and weight")
			}
		}
	}
	for i, k := range times { // binomial(2000, 1/5): mean 400, standard deviation 18
		if k < 400-5*18 || k > 400+5*18 {
			t.Errorf("row %d was chosen %d times of 2000, want about 400", i, k)
		}
	}
	whole, rows, err := Subsample(m, 70, rng(1))
	if err != nil || whole.Points != m.Points || len(rows) != 50 {
		t.Error("a small cloud is not returned as it is")
	}
	if _, _, err := Subsample(m, 0, rng(1)); err == nil {
		t.Error("no points asked for: no error")
	}
}

func ExampleOneD() {
	plan, err := OneD([]float64{0, 10}, []float64{1, 2, 12}, nil, nil, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("W₁ = %.4f\n", plan.Cost)
	// Output: W₁ = 2.6667
}
