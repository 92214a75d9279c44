package sensitivity

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// TestAscending: the order is that of a stable sort, of numbers of every size, with equal ones, both zeros and NaN.
func TestAscending(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	values := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1, 1}
	for range 1000 {
		values = append(values, math.Round(10*r.NormFloat64()), r.NormFloat64()*math.Pow(10, float64(r.IntN(40)-20)))
	}
	for _, list := range [][]float64{values, {3}, {math.NaN()}, nil, {2, 2, 2}, {2, 1}} {
		var want []int
		for i, v := range list {
			if !math.IsNaN(v) {
				want = append(want, i)
			}
		}
		slices.SortStableFunc(want, func(a, b int) int {
			switch {
			case list[a] < list[b]:
				return -1
			case list[a] > list[b]:
				return 1
			}
			return 0
		})
		if got := ascending(list); !slices.Equal(got, want) {
			t.Errorf("order of %v is %v, want %v", list, got, want)
		}
	}
}

// TestOnTheLine compares costs of all exponents with those of package ot cell by cell: cells of sizes that do not divide that of all, runs in no cell, equal
// outputs; and the bound with the mean over pairs.
func TestOnTheLine(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	const n = 101
	y := mat.NewDense(n, 1, nil)
	cells := make([][]int, 4) // of 1 and 2 and of many runs
	for i := range n {
		y.Set(i, 0, 50+math.Round(8*r.NormFloat64())/4)
		switch {
		case i == 3:
			cells[0] = append(cells[0], i)
		case i == 5 || i == 90:
			cells[1] = append(cells[1], i)
		case i%7 != 0:
			cells[2+i%2] = append(cells[2+i%2], i)
		}
	}
	values := mat.Col(nil, 0, y)
	for _, p := range []float64{1, 1.5, 2, 3} {
		m, err := Options{Exponent: p}.onTheLine(y)(context.Background(), y, cells, 2)
		if err != nil {
			t.Fatal(err)
		}
		for k, cell := range cells {
			want, err := ot.OneDCost(values, picked(values, cell), nil, nil, p)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "cost", m.costs[k], want, 1e-11)
		}
		near(t, "bound", m.bound, meanPair(y, func(x, y []float64) float64 { return math.Pow(math.Abs(x[0]-y[0]), p) }), 1e-11)
		if p == 2 {
			for k, want := range advective(y, cells) {
				near(t, "advective part", m.advective[k], want, 1e-11)
			}
		}
	}
}

// BenchmarkOneD are the one-dimensional indices of three inputs, 1000 runs in 25 cells, without null levels.
func BenchmarkOneD(b *testing.B) {
	study, _, err := LinearStudy()
	if err != nil {
		b.Fatal(err)
	}
	runs, err := study.Sample(context.Background(), 1000, Random, 1)
	if err != nil {
		b.Fatal(err)
	}
	if runs, err = runs.Select("Y1"); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Indices(context.Background(), runs, Options{Method: OneD, Cells: 25, Permutations: -1}); err != nil {
			b.Fatal(err)
		}
	}
}
