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
	stored(t, "pot.json", &cases)
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
