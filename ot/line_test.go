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

// Sums of a few hundred terms: equal to rounding.
func TestOneDAgainstScipyAndPOT(t *testing.T) {
	var cases []struct {
		N, M     int
		Weighted bool
		P, Value float64
	}
	stored(t, "line.json", &cases)
	if len(cases) != 6 {
		t.Fatalf("%d stored cases, want 6", len(cases))
	}
	for _, k := range cases {
		source, target := drawnPair(k.N, k.M, 1, k.Weighted)
		got, err := OneDCost(source.Points.RawMatrix().Data, target.Points.RawMatrix().Data, source.Weights, target.Weights, k.P)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got-k.Value) > 1e-12*k.Value {
			t.Errorf("n=%d, m=%d, weighted %v, p=%v: %.17g, stored %.17g", k.N, k.M, k.Weighted, k.P, got, k.Value)
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

// Along the shift both clouds differ by all of it, along other directions by less.
func TestMaxSlicedShift(t *testing.T) {
	r := rng(33)
	x := gaussianCloud(r, 100, 6, 1, 0)
	y := mat.DenseCopyOf(x)
	delta := []float64{0.2, -0.4, 0, 0.1, 0, 0.3}
	for i := range 100 {
		for f, v := range delta {
			y.Set(i, f, y.At(i, f)+v)
		}
	}
	w := randomWeights(r, 100, true)
	got, axis, err := MaxSlicedW2Squared(Measure{x, w}, Measure{y, w}, 3, rng(1))
	if err != nil {
		t.Fatal(err)
	}
	want := 0.04 + 0.16 + 0.01 + 0.09
	if math.Abs(got-want) > 1e-12 {
		t.Errorf("value %v, want ‖δ‖² = %v", got, want)
	}
	for f, v := range delta {
		if math.Abs(math.Abs(axis[f])-math.Abs(v)/math.Sqrt(want)) > 1e-6 {
			t.Errorf("direction %v, want that of %v", axis, delta)
		}
	}
}

// In the plane all directions can be looked at; with a tolerance of the second
// order in their spacing of π/2000.
func TestMaxSlicedAgainstAllDirections(t *testing.T) {
	r := rng(34)
	for trial := range 10 {
		x, y := gaussianCloud(r, 40, 2, 1, 0), gaussianCloud(r, 30, 2, 1, 0.1)
		for i := range 40 { // two lumps, so that there are several local maxima
			x.Set(i, trial%2, x.At(i, trial%2)*2+float64(4*(i%2)))
		}
		source, target := Measure{x, randomWeights(r, 40, false)}, Measure{y, nil}
		got, axis, err := MaxSlicedW2Squared(source, target, 8, rng(uint64(trial)))
		if err != nil {
			t.Fatal(err)
		}
		along := func(axis []float64) float64 {
			v, err := OneDCost(projected(x, axis), projected(y, axis), source.Weights, nil, 2)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		best := 0.0
		for k := range 2000 {
			sin, cos := math.Sincos(math.Pi * float64(k) / 2000)
			best = max(best, along([]float64{cos, sin}))
		}
		if got < best*(1-1e-9) || got > best*(1+1e-4) {
			t.Errorf("trial %d: value %v, the best of 2000 directions %v", trial, got, best)
		}
		if v := along(axis); math.Abs(v-got) > 1e-12*got {
			t.Errorf("trial %d: value %v, along its direction %v", trial, got, v)
		}
	}
}

func TestSlicedBadInput(t *testing.T) {
	x, y := Uniform(mat.NewDense(2, 2, []float64{1, 2, 3, 4})), Uniform(mat.NewDense(2, 3, nil))
	_, _, err := MaxSlicedW2Squared(x, y, 1, rng(1))
	wantError(t, err, "2 features and the target cloud 3")
	_, _, err = MaxSlicedW2Squared(x, Measure{}, 1, rng(1))
	wantError(t, err, "target cloud is empty")
	_, _, err = MaxSlicedW2Squared(x, x, -1, rng(1))
	wantError(t, err, "-1 random directions")
	_, _, err = SlicedW2Squared(x, y, 1, rng(1))
	wantError(t, err, "2 features and the target cloud 3")
	_, _, err = SlicedW2Squared(x, x, 0, rng(1))
	wantError(t, err, "0 directions")
	if v, _, err := MaxSlicedW2Squared(x, x, 1, rng(1)); v != 0 || err != nil {
		t.Errorf("a cloud to itself: %v, %v", v, err)
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
