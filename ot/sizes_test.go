package ot

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Clouds whose points have no numbers in 32 bits are refused before any memory is asked for.
func TestTooManyPoints(t *testing.T) {
	huge := &Cost{n: math.MaxInt32 - 3, m: 3}
	_, err := Exact(context.Background(), huge, nil, nil, ExactOptions{})
	wantError(t, err, "together they must be fewer than 2³¹−1")
	_, err = Sinkhorn(context.Background(), huge, nil, nil, SinkhornOptions{Epsilon: 1})
	wantError(t, err, "together they must be fewer than 2³¹−1")
}

// More pairs than 2³¹: no index overflows. All points of the target are one, so
// every plan costs the mean distance to it.
func TestMorePairsThan32Bits(t *testing.T) {
	if testing.Short() {
		t.Skip("prices 2·10⁹ pairs several times")
	}
	n, m := 1<<11, 1<<20+7
	r := rng(60)
	x := gaussianCloud(r, n, 1, 1, 0)
	y := mat.NewDense(m, 1, nil)
	c, err := SquaredEuclidean.Between(x, y)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for i := range n {
		want += x.At(i, 0) * x.At(i, 0) / float64(n)
	}
	got := entropic(t, c, nil, nil, SinkhornOptions{Epsilon: 5})
	if math.Abs(got.Cost-want) > 1e-9*want {
		t.Errorf("cost %v, want %v", got.Cost, want)
	}
}

// FuzzSinkhorn looks for panics, endless loops and wrong answers: whatever has
// converged has a plan whose objective is that of the dual.
func FuzzSinkhorn(f *testing.F) {
	f.Add(uint8(2), uint8(3), uint8(10), uint8(0), []byte{1, 2, 3, 4, 5, 6, 1, 1, 1, 1, 1})
	f.Add(uint8(3), uint8(3), uint8(1), uint8(200), []byte{255, 0, 255, 0, 9, 9})
	f.Add(uint8(4), uint8(2), uint8(255), uint8(20), []byte{7, 250, 3})
	f.Add(uint8(0), uint8(0), uint8(0), uint8(1), []byte{0, 1, 1})
	f.Add(uint8(1), uint8(1), uint8(0), uint8(244), []byte{0, 254, 254, 0, 1, 5, 1, 1})
	f.Fuzz(func(t *testing.T, rows, cols, epsilon, tau uint8, data []byte) {
		if len(data) == 0 {
			return
		}
		n, m := int(rows%9)+1, int(cols%9)+1
		at := func(k int) float64 { return float64(data[k%len(data)]) }
		gain := 0.0
		if tau%16 == 0 || tau/16 == 0 { // the mass of one side is kept, so that plans cannot overflow
			gain = 100
		}
		c, forbidden := mat.NewDense(n, m, nil), false
		for i := range n {
			for j := range m {
				c.Set(i, j, at(i*m+j)-gain)
				if at(i*m+j) == 255 {
					c.Set(i, j, math.Inf(1))
					forbidden = true
				}
			}
		}
		a, b := make([]float64, n), make([]float64, m)
		for i := range a {
			a[i] = math.Mod(at(n*m+i), 5)
		}
		for j := range b {
			b[j] = math.Mod(at(n*m+n+j), 5)
		}
		o := SinkhornOptions{Epsilon: (float64(epsilon) + 1) / 10, SourceTau: float64(tau%16) / 16, TargetTau: float64(tau/16) / 16, MaxIterations: 2000, Workers: 1}
		if tau == 0 {
			a, b = nil, nil
		}
		s, err := Sinkhorn(context.Background(), table(t, c), a, b, o)
		if err != nil {
			if !forbidden && strings.Contains(err.Error(), "forbidden") {
				t.Fatalf("no pair is forbidden: %v", err)
			}
			return // no weights or those of different sums, forbidden rows or columns
		}
		if math.IsNaN(s.Value) || math.IsNaN(s.MarginalError) {
			t.Fatalf("not a number: %+v", s)
		}
		if !s.Converged {
			return // a plan at the edge of what is allowed
		}
		scale := 1.0
		for _, v := range append(append([]float64(nil), s.U...), s.V...) {
			scale = max(scale, math.Abs(v))
		}
		if gap := s.Cost + s.Epsilon*s.KL + s.Penalty - s.Value; !(math.Abs(gap) <= 4*(scale+s.Epsilon)*max(s.MarginalError, 1e-12*max(1, s.Mass))) {
			t.Fatalf("objective less dual %g with a marginal error of %g: %+v", gap, s.MarginalError, s)
		}
	})
}
