package ot

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// A cloud shifted by δ is carried by the shift: W₂² = ‖δ‖², W₁ = ‖δ‖, and
// each point goes to its own image.
func TestExactShift(t *testing.T) {
	r := rng(5)
	x := gaussianCloud(r, 300, 4, 1, 0)
	delta := []float64{0.3, -2, 0.1, 1}
	y := mat.DenseCopyOf(x)
	for i := range 300 {
		for j, v := range delta {
			y.Set(i, j, y.At(i, j)+v)
		}
	}
	want := 0.0
	for _, v := range delta {
		want += v * v
	}
	w := randomWeights(r, 300, false)
	for _, g := range []struct {
		ground Ground
		want   float64
	}{{SquaredEuclidean, want}, {HalfSquaredEuclidean, want / 2}, {Euclidean, math.Sqrt(want)}} {
		p, err := Transport(context.Background(), g.ground, Measure{x, w}, Measure{y, w}, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(p.Cost-g.want) > 1e-12*g.want {
			t.Errorf("%v: cost %v, want %v", g.ground, p.Cost, g.want)
		}
	}
	p, _ := Transport(context.Background(), SquaredEuclidean, Measure{x, w}, Measure{y, w}, ExactOptions{})
	image, err := p.Barycentric(y)
	if err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(image, y, 1e-12) {
		t.Error("the barycentric projection is not the shift")
	}
	same, err := W2Squared(context.Background(), Measure{x, w}, Measure{x, w})
	if err != nil || same != 0 {
		t.Errorf("W₂² of a cloud to itself is %v, %v: want exactly 0", same, err)
	}
}

// On the line gonum's quantile formula for W₁ is an independent answer.
func TestExactOnTheLine(t *testing.T) {
	r := rng(6)
	for trial := range 20 {
		n, m := 1+r.IntN(200), 1+r.IntN(200)
		x, y := gaussianCloud(r, n, 1, 1, 0), gaussianCloud(r, m, 1, 2, 1)
		a, b := randomWeights(r, n, false), randomWeights(r, m, false)
		p, err := Transport(context.Background(), Euclidean, Measure{x, a}, Measure{y, b}, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		xs, ys := x.RawMatrix().Data, y.RawMatrix().Data
		want := wassersteinGonum(xs, a, ys, b)
		if math.Abs(p.Cost-want) > 1e-12*(1+want) {
			t.Fatalf("trial %d: W₁ %v, gonum %v", trial, p.Cost, want)
		}
	}
}

func wassersteinGonum(x, a, y, b []float64) float64 {
	sorted := func(x, w []float64) ([]float64, []float64) {
		at := make([]int, len(x))
		for i := range at {
			at[i] = i
		}
		slices.SortFunc(at, func(i, j int) int {
			if x[i] < x[j] {
				return -1
			}
			return 1
		})
		return picked(x, at), picked(w, at)
	}
	x, a = sorted(x, a)
	y, b = sorted(y, b)
	// ∫|F−G|, with gonum's empirical distribution function.
	all := slices.Concat(x, y)
	slices.Sort(all)
	sum := 0.0
	for k := 0; k+1 < len(all); k++ {
		sum += math.Abs(stat.CDF(all[k], stat.Empirical, x, a)-stat.CDF(all[k], stat.Empirical, y, b)) * (all[k+1] - all[k])
	}
	return sum
}

func TestExactIsTheSameForAnyWorkersAndStart(t *testing.T) {
	r := rng(8)
	x, y := gaussianCloud(r, 500, 3, 1, 0), gaussianCloud(r, 450, 3, 1.2, 0.4)
	c, err := SquaredEuclidean.Between(x, y)
	if err != nil {
		t.Fatal(err)
	}
	one, two := solved(t, c, nil, nil, ExactOptions{Workers: 1}), solved(t, c, nil, nil, ExactOptions{Workers: 3})
	if !slices.Equal(one.Mass, two.Mass) || !slices.Equal(one.Target, two.Target) || !slices.Equal(one.U, two.U) {
		t.Error("the plan depends on the number of workers")
	}
	warm := solved(t, c, nil, nil, ExactOptions{Potentials: one.V})
	if math.Abs(warm.Cost-one.Cost) > 1e-14*one.Cost {
		t.Errorf("warm start: cost %v, cold %v", warm.Cost, one.Cost)
	}
	if warm.Pivots > one.Pivots/2 {
		t.Errorf("a start from the optimal potentials took %d pivots, a cold one %d", warm.Pivots, one.Pivots)
	}
	far := repeated(0, 450)
	for j := range far {
		far[j] = 100 * r.NormFloat64()
	}
	if bad := solved(t, c, nil, nil, ExactOptions{Potentials: far}); math.Abs(bad.Cost-one.Cost) > 1e-13*one.Cost {
		t.Errorf("start from wrong potentials: cost %v, want %v", bad.Cost, one.Cost)
	}
}

func TestExactRowsOnTheFly(t *testing.T) {
	r := rng(9)
	x, y := gaussianCloud(r, 300, 6, 1, 0), gaussianCloud(r, 280, 6, 1.2, 0.4)
	c, _ := SquaredEuclidean.Between(x, y)
	want := solved(t, c, nil, nil, ExactOptions{})
	p, err := newProblem(c, nil, nil, ExactOptions{}, &room{})
	if err != nil {
		t.Fatal(err)
	}
	s := &simplex{n: 300, m: 280, room: &room{}, rows: func(i int, buf []float64) []float64 {
		c.Rows(buf, i, i+1)
		return buf
	}}
	p.rows = s.rows
	supply, demand, total := units(p.a, p.b)
	if _, err := s.solve(context.Background(), supply, demand, nil); err != nil {
		t.Fatal(err)
	}
	got, err := p.coupling(s, total)
	if err != nil {
		t.Fatal(err)
	}
	certify(t, c, nil, nil, got)
	if !slices.Equal(got.Mass, want.Mass) || !slices.Equal(got.Target, want.Target) {
		t.Error("rows computed on the fly give another plan than a table in memory")
	}
}
