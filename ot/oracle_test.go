package ot

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// stream is the generator of testdata/clouds.py.
type stream uint32

func (s *stream) u() float64 {
	*s = *s*1664525 + 1013904223
	return float64(*s) / (1 << 32)
}

func drawnCloud(seed uint32, n, d int, scale, shift float64) *mat.Dense {
	s := stream(seed)
	x := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			x.Set(i, j, shift+scale*2*(s.u()+s.u()+s.u()-1.5))
		}
	}
	return x
}

func drawnWeights(seed uint32, n int) []float64 {
	s := stream(seed)
	w, sum := make([]float64, n), 0.0
	for i := range w {
		w[i] = 0.05 + s.u()
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// stored reads the numbers that the script of the same name has made.
func stored(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// The same optimum as POT's network simplex, to the rounding of the cost matrix.
func TestExactAgainstPOT(t *testing.T) {
	var cases []struct {
		Name, Metric string
		N, M, D      int
		Weighted     bool
		Value        float64
	}
	stored(t, "pot_exact.json", &cases)
	for _, k := range cases {
		source := Measure{Points: drawnCloud(1, k.N, k.D, 1, 0)}
		target := Measure{Points: drawnCloud(2, k.M, k.D, 1.2, 0.5)}
		if k.Weighted {
			source.Weights, target.Weights = drawnWeights(3, k.N), drawnWeights(4, k.M)
		}
		ground := map[string]Ground{"sqeuclidean": SquaredEuclidean, "euclidean": Euclidean}[k.Metric]
		p, err := Transport(context.Background(), ground, source, target, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(p.Cost-k.Value) > 1e-12*k.Value {
			t.Errorf("%s, %s: cost %.17g, POT %.17g", k.Name, k.Metric, p.Cost, k.Value)
		}
	}
	if len(cases) < 10 {
		t.Errorf("only %d stored cases", len(cases))
	}
}

func drawnPair(n, m, d int, weighted bool) (source, target Measure) {
	source, target = Measure{Points: drawnCloud(1, n, d, 1, 0)}, Measure{Points: drawnCloud(2, m, d, 1.2, 0.5)}
	if weighted {
		source.Weights, target.Weights = drawnWeights(3, n), drawnWeights(4, m)
	}
	return source, target
}

// OTT's reg_ot_cost, primal_cost and debiased divergence; both sides are solved
// to a marginal error of 1e−10, which times the potentials is the tolerance.
func TestSinkhornAgainstOTT(t *testing.T) {
	var cases []struct {
		Name                             string
		N, M, D                          int
		Weighted                         bool
		Epsilon, Value, Cost, Divergence float64
	}
	stored(t, "ott.json", &cases)
	for _, k := range cases {
		source, target := drawnPair(k.N, k.M, k.D, k.Weighted)
		d, err := SinkhornDivergence(context.Background(), SquaredEuclidean, source, target,
			SinkhornOptions{Epsilon: k.Epsilon, Tolerance: 1e-10, MaxIterations: 200_000})
		if err != nil {
			t.Fatal(err)
		}
		if !d.Converged() {
			t.Errorf("%s: not converged", k.Name)
		}
		for _, v := range []struct {
			what      string
			got, want float64
		}{{"value", d.Cross.Value, k.Value}, {"cost", d.Cross.Cost, k.Cost}, {"divergence", d.Value, k.Divergence}} {
			if math.Abs(v.got-v.want) > 1e-8*(1+math.Abs(v.want)) {
				t.Errorf("%s: %s %.12g, OTT %.12g", k.Name, v.what, v.got, v.want)
			}
		}
	}
	if len(cases) != 3 {
		t.Errorf("%d stored cases, want 3", len(cases))
	}
}

// geomloss does not iterate to convergence: annealing in steps of .99² it stops
// within 5e−4 of the limit, which TestSinkhornAgainstOTT pins down.
func TestSinkhornDivergenceAgainstGeomloss(t *testing.T) {
	var cases []struct {
		Name        string
		N, M, D     int
		Weighted    bool
		Blur, Value float64
	}
	stored(t, "geomloss.json", &cases)
	for _, k := range cases {
		source, target := drawnPair(k.N, k.M, k.D, k.Weighted)
		d, err := SinkhornDivergence(context.Background(), HalfSquaredEuclidean, source, target, SinkhornOptions{Epsilon: k.Blur * k.Blur})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(d.Value-k.Value) > 5e-4*k.Value {
			t.Errorf("%s: divergence %.9g, geomloss %.9g", k.Name, d.Value, k.Value)
		}
	}
	if len(cases) != 2 {
		t.Errorf("%d stored cases, want 2", len(cases))
	}
}
