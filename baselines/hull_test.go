package baselines

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// mean of points by weights.
func mean(points [][]float64, w []float64) []float64 {
	p := make([]float64, len(points[0]))
	for j, q := range points {
		floats.AddScaled(p, w[j], q)
	}
	return p
}

// On the line the weights are those of linear interpolation between the two
// neighbours, and outside they stay at the end. The lifted coordinate moves
// the mean by lift² of the range at most.
func TestHullWeightsOnTheLine(t *testing.T) {
	points := [][]float64{{.8}, {.05}, {.2}, {.5}, {.35}, {.65}, {.81}}
	for _, c := range []struct {
		at   float64
		want []float64
	}{
		{.275, []float64{0, 0, .5, 0, .5, 0, 0}},
		{.06, []float64{0, 14. / 15, 1. / 15, 0, 0, 0, 0}},
		{.725, []float64{.5, 0, 0, 0, 0, .5, 0}},
		{.803, []float64{.7, 0, 0, 0, 0, 0, .3}},
		{.5, []float64{0, 0, 0, 1, 0, 0, 0}},
		{-3, []float64{0, 1, 0, 0, 0, 0, 0}},
		{40, []float64{0, 0, 0, 0, 0, 0, 1}},
	} {
		got := hullWeights(points, []float64{c.at})
		if !floats.EqualApprox(got, c.want, 1e-5) {
			t.Errorf("at %g: weights %.6f, want %.6f", c.at, got, c.want)
		}
	}
}

// Against scipy's Delaunay triangulation inside the hull and a quadratic
// program outside; testdata/hull.py made the numbers.
func TestHullWeightsOfScipy(t *testing.T) {
	data, err := os.ReadFile("testdata/hull.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Points  [][]float64 `json:"points"`
		Inside  [][]float64 `json:"inside"`
		Weights [][]float64 `json:"weights"`
		Outside [][]float64 `json:"outside"`
		Nearest [][]float64 `json:"nearest"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		d := len(c.Points[0])
		for i, p := range c.Inside {
			if got := hullWeights(c.Points, p); !floats.EqualApprox(got, c.Weights[i], 1e-5) {
				t.Errorf("d=%d, inside point %d: weights %.5f, want %.5f", d, i, got, c.Weights[i])
			} else if off := floats.Distance(mean(c.Points, got), p, 2); off > 1e-5 {
				t.Errorf("d=%d, inside point %d: the mean is off by %g", d, i, off)
			}
		}
		for i, p := range c.Outside {
			// The projection's own solver stops at 1e-6 or so.
			if got := mean(c.Points, hullWeights(c.Points, p)); floats.Distance(got, c.Nearest[i], 2) > 2e-5 {
				t.Errorf("d=%d, outside point %d: nearest point of the hull %.6f, want %.6f", d, i, got, c.Nearest[i])
			}
		}
	}
}

// Whatever the points, the weights are a convex combination that satisfies the
// optimality condition of the projection: ⟨x, pⱼ⟩ ≥ ⟨x, x⟩.
func TestLeastNormIsOptimal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for trial := range 300 {
		n, d := 1+r.IntN(40), 1+r.IntN(12)
		rows := make([][]float64, n)
		for j := range rows {
			rows[j] = make([]float64, d)
			for k := range rows[j] {
				switch trial % 3 {
				case 0:
					rows[j][k] = r.NormFloat64()
				case 1:
					rows[j][k] = float64(r.IntN(3)) - 1 // many equal and dependent rows
				default:
					rows[j][k] = 2 + r.NormFloat64()/10
				}
			}
		}
		w := leastNorm(rows)
		if math.Abs(floats.Sum(w)-1) > 1e-12 || floats.Min(w) < 0 {
			t.Fatalf("trial %d: weights %v", trial, w)
		}
		x := mean(rows, w)
		for j, row := range rows {
			if floats.Dot(x, row) < floats.Dot(x, x)-1e-9*float64(d) {
				t.Errorf("trial %d (%d×%d): row %d improves on the point found: %g < %g", trial, n, d, j, floats.Dot(x, row), floats.Dot(x, x))
			}
		}
	}
}
