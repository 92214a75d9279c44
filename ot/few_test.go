package ot

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Narrow problems, which start from augmenting paths: each is certified, and
// the same as what the simplex finds from scratch. Either side is the longer one; costs
// tie, are negative or forbidden; weights are equal, arbitrary or partly zero.
func TestExactNarrow(t *testing.T) {
	r := rng(50)
	fromPaths := 0
	for trial := range 120 {
		m := 1 + r.IntN(6)
		n := fewRatio*m + r.IntN(60)
		c := mat.NewDense(n, m, nil)
		for i := range n {
			for j := range m {
				switch trial % 4 {
				case 0:
					c.Set(i, j, r.NormFloat64())
				case 1:
					c.Set(i, j, float64(r.IntN(3)))
				case 2:
					c.Set(i, j, 1e6*math.Abs(float64(i)-20*float64(j)))
				case 3:
					c.Set(i, j, r.ExpFloat64())
					if j > 0 && r.IntN(4) == 0 {
						c.Set(i, j, math.Inf(1))
					}
				}
			}
		}
		var a, b []float64
		if trial%3 > 0 {
			a, b = randomWeights(r, n, trial%3 == 1), randomWeights(r, m, trial%5 == 0)
		}
		if trial%4 == 3 { // a plan exists: everything may go to the first target
			b = make([]float64, m)
			b[0] = 1
			for j := 1; j < m; j++ {
				b[j] = 0.1 * r.Float64() / float64(m)
				b[0] -= b[j]
			}
		}
		if trial%2 == 1 {
			c, a, b = mat.DenseCopyOf(c.T()), b, a
		}
		p, err := Exact(context.Background(), table(t, c), a, b, ExactOptions{})
		if err != nil {
			t.Fatalf("trial %d: %v", trial, err)
		}
		certify(t, table(t, c), a, b, p)
		if p.Pivots == 0 {
			fromPaths++
		}
		if want := bySimplexAlone(t, table(t, c), a, b); math.Abs(p.Cost-want) > 1e-12*(1+math.Abs(want)) {
			t.Fatalf("trial %d: cost %v, by the simplex alone %v", trial, p.Cost, want)
		}
	}
	if fromPaths < 60 {
		t.Errorf("only %d of 120 problems were solved by augmenting paths", fromPaths)
	}
}

// bySimplexAlone solves a problem whose short side is repeated, with its weight
// divided, until it is as long as the other: it is not narrow and has the same optimum.
func bySimplexAlone(t *testing.T, c *Cost, a, b []float64) float64 {
	t.Helper()
	n, m := c.Dims()
	copies := (max(n, m) + min(n, m) - 1) / min(n, m)
	repeat := func(w []float64, k int) []float64 {
		full, err := shares(w, k, "")
		if err != nil {
			t.Fatal(err)
		}
		return scaled(slices.Repeat(full, copies), 1/float64(copies))
	}
	wide := mat.NewDense(n, m*copies, nil)
	if n < m {
		wide = mat.NewDense(n*copies, m, nil)
	}
	rows, cols := wide.Dims()
	for i := range rows {
		for j := range cols {
			wide.Set(i, j, c.At(i%n, j%m))
		}
	}
	if n < m {
		a = repeat(a, n)
	} else {
		b = repeat(b, m)
	}
	return solved(t, table(t, wide), a, b, ExactOptions{}).Cost
}

// Workers and company change nothing but the time.
func TestTransportManyIsTransport(t *testing.T) {
	r := rng(51)
	source := Measure{gaussianCloud(r, 200, 3, 1, 0), randomWeights(r, 200, true)}
	targets := make([]Measure, 12)
	for k := range targets {
		n := 3 + 5*k
		targets[k] = Measure{gaussianCloud(r, n, 3, 1.2, 0.3), randomWeights(r, n, k%3 == 0)}
	}
	for _, o := range []ExactOptions{{}, {Workers: 1}, {Workers: 5}} {
		many, err := TransportMany(context.Background(), SquaredEuclidean, source, targets, o)
		if err != nil {
			t.Fatal(err)
		}
		for k, p := range many {
			alone, err := Transport(context.Background(), SquaredEuclidean, source, targets[k], o)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(alone.Mass, p.Mass) || !slices.Equal(alone.Target, p.Target) || !slices.Equal(alone.U, p.U) || !slices.Equal(alone.V, p.V) {
				t.Errorf("target %d with %d workers: not what Transport gives", k, o.Workers)
			}
		}
	}
}

func TestTransportManyBadInput(t *testing.T) {
	good := Uniform(mat.NewDense(2, 2, []float64{1, 2, 3, 4}))
	for _, k := range []struct {
		source Measure
		target Measure
		want   string
	}{
		{Measure{}, good, "the source cloud is empty"},
		{good, Measure{}, "target cloud 1: ot: the target cloud is empty"},
		{good, Uniform(mat.NewDense(1, 3, nil)), "target cloud 1: ot: the source cloud has 2 features and the target cloud 3"},
		{good, Measure{good.Points, []float64{1, -1}}, "target cloud 1: ot: target weight 1 is -1"},
		{good, Uniform(mat.NewDense(1, 2, []float64{1, math.NaN()})), "target cloud 1: ot: the target cloud (1×2) has NaN at row 0, column 1"},
	} {
		out, err := TransportMany(context.Background(), SquaredEuclidean, k.source, []Measure{good, k.target}, ExactOptions{})
		wantError(t, err, k.want)
		if out != nil {
			t.Errorf("plans %v beside the error", out)
		}
	}
	_, err := TransportMany(context.Background(), Ground(9), good, []Measure{good}, ExactOptions{})
	wantError(t, err, "unknown ground cost Ground(9)")
}
