package ot

import (
	"context"
	"fmt"
	"math"
	"testing"
)

// Standard normal points against 1.2 times such points + ½ in 50 dimensions,
// cost matrix included.
func BenchmarkExact(b *testing.B) {
	for _, n := range []int{500, 1000, 2000, 4000} {
		r := rng(1)
		x, y := Uniform(gaussianCloud(r, n, 50, 1, 0)), Uniform(gaussianCloud(r, n, 50, 1.2, 0.5))
		wx, wy := Measure{x.Points, randomWeights(r, n, false)}, Measure{y.Points, randomWeights(r, n, false)}
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := W2Squared(context.Background(), x, y); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("weighted,n=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := W2Squared(context.Background(), wx, wy); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// 1000 points against each of 75 parts of 40 of them.
func BenchmarkTransportMany(b *testing.B) {
	r := rng(2)
	source := Uniform(gaussianCloud(r, 1000, 50, 1, 0))
	targets := make([]Measure, 75)
	for k := range targets {
		targets[k], _, _ = Subsample(source, 40, rng(uint64(k)))
	}
	for b.Loop() {
		if _, err := TransportMany(context.Background(), SquaredEuclidean, source, targets, ExactOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOneD(b *testing.B) {
	r := rng(3)
	x, y := make([]float64, 100_000), make([]float64, 100_000)
	for i := range x {
		x[i], y[i] = r.NormFloat64(), 0.3+1.2*r.NormFloat64()
	}
	for b.Loop() {
		if v, err := OneDCost(x, y, nil, nil, 1); err != nil || math.IsNaN(v) {
			b.Fatal(v, err)
		}
	}
}
