package ot

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestExactForbiddenPairs(t *testing.T) {
	inf := math.Inf(1)
	// The cheap pairs would leave the last row without a place.
	c := mat.NewDense(3, 3, []float64{
		1, 2, inf,
		1, inf, 5,
		3, inf, inf,
	})
	if got := solved(t, table(t, c), nil, nil, ExactOptions{}).Cost; math.Abs(got-(2+5+3)/3.0) > 1e-14 {
		t.Errorf("cost %v, want 10/3", got)
	}
	c.Set(1, 2, inf)
	_, err := Exact(context.Background(), table(t, c), nil, nil, ExactOptions{})
	if err == nil || !strings.Contains(err.Error(), "no plan exists on the allowed pairs") {
		t.Errorf("infeasible problem: error %v", err)
	}
	r := rng(10)
	feasible := 0
	for range 300 {
		n := 2 + r.IntN(7)
		c := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				c.Set(i, j, r.Float64())
				if r.IntN(3) > 0 {
					c.Set(i, j, inf)
				}
			}
		}
		want := bestPermutation(c)
		p, err := Exact(context.Background(), table(t, c), nil, nil, ExactOptions{})
		switch {
		case math.IsInf(want, 1):
			if err == nil {
				t.Fatal("a plan was found on forbidden pairs")
			}
		case err != nil:
			t.Fatalf("no plan found where one costs %v: %v", want, err)
		default:
			feasible++
			certify(t, table(t, c), nil, nil, p)
			if math.Abs(p.Cost-want) > 1e-13 {
				t.Fatalf("cost %v, want %v", p.Cost, want)
			}
		}
	}
	if feasible < 30 {
		t.Fatalf("only %d of 300 problems had a plan", feasible)
	}
}

func TestExactBadInput(t *testing.T) {
	c := table(t, mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}))
	nan := math.NaN()
	for _, k := range []struct {
		a, b []float64
		o    ExactOptions
		want string
	}{
		{[]float64{1}, nil, ExactOptions{}, "1 source weights for 2 points"},
		{nil, []float64{1, -1, 1}, ExactOptions{}, "target weight 1 is -1"},
		{[]float64{1, nan}, nil, ExactOptions{}, "source weight 1 is NaN"},
		{[]float64{0, 0}, nil, ExactOptions{}, "all 2 source weights are zero"},
		{[]float64{1, 1}, []float64{1, 1, 1}, ExactOptions{}, "source weights sum to 2 and target weights to 3"},
		{nil, nil, ExactOptions{Potentials: []float64{1}}, "1 potentials: want 3"},
		{nil, nil, ExactOptions{Potentials: []float64{1, nan, 0}}, "potential 1 is NaN"},
	} {
		_, err := Exact(context.Background(), c, k.a, k.b, k.o)
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v, want one with %q", err, k.want)
		}
	}
	if _, err := Table(mat.NewDense(1, 2, []float64{1, nan})); err == nil || !strings.Contains(err.Error(), "row 0, column 1") {
		t.Errorf("NaN cost: %v", err)
	}
	if _, err := Exact(context.Background(), nil, nil, nil, ExactOptions{}); err == nil {
		t.Error("no cost: no error")
	}
	x := mat.NewDense(2, 2, []float64{1, 2, 3, nan})
	if _, err := SquaredEuclidean.Between(x, x); err == nil || !strings.Contains(err.Error(), "row 1, column 1") {
		t.Errorf("NaN point: %v", err)
	}
	if _, err := SquaredEuclidean.Between(mat.NewDense(1, 2, nil), mat.NewDense(1, 3, nil)); err == nil || !strings.Contains(err.Error(), "2 features and the target cloud 3") {
		t.Errorf("features: %v", err)
	}
	if _, err := W2Squared(context.Background(), Measure{}, Uniform(mat.NewDense(1, 3, nil))); err == nil || !strings.Contains(err.Error(), "source cloud is empty") {
		t.Errorf("empty cloud: %v", err)
	}
}

func TestExactStopsWhenCancelled(t *testing.T) {
	r := rng(11)
	x, y := gaussianCloud(r, 400, 2, 1, 0), gaussianCloud(r, 400, 2, 1, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := W2Squared(ctx, Uniform(x), Uniform(y)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func FuzzExact(f *testing.F) {
	f.Add(uint8(2), uint8(3), []byte{1, 2, 3, 4, 5, 6, 1, 1, 1, 1, 1})
	f.Add(uint8(3), uint8(3), []byte{255, 0, 255, 0, 9, 9})
	f.Fuzz(func(t *testing.T, rows, cols uint8, data []byte) {
		n, m := int(rows%9)+1, int(cols%9)+1
		at := func(k int) float64 {
			if len(data) == 0 {
				return 1
			}
			return float64(data[k%len(data)])
		}
		c := mat.NewDense(n, m, nil)
		for i := range n {
			for j := range m {
				c.Set(i, j, at(i*m+j))
				if at(i*m+j) == 255 {
					c.Set(i, j, math.Inf(1))
				}
			}
		}
		a, b := make([]float64, n), make([]float64, m)
		sa, sb := 0.0, 0.0
		for i := range a {
			a[i] = math.Mod(at(n*m+i), 5)
			sa += a[i]
		}
		for j := range b {
			b[j] = math.Mod(at(n*m+n+j), 5)
			sb += b[j]
		}
		if sa == 0 || sb == 0 {
			return
		}
		for j := range b {
			b[j] *= sa / sb
		}
		p, err := Exact(context.Background(), table(t, c), a, b, ExactOptions{})
		if err == nil {
			certify(t, table(t, c), a, b, p)
		} else if !strings.Contains(err.Error(), "no plan exists") {
			t.Fatal(err)
		}
	})
}
