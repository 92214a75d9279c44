package ot

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// SlicedW2Squared is the mean of W₂² between projections of two clouds on the
// given number of random directions (Rabin et al. 2011), with the standard
// error of that mean over directions. In d dimensions a shift δ has the value ‖δ‖²/d.
func SlicedW2Squared(source, target Measure, directions int, src rand.Source) (value, standardError float64, err error) {
	if err := checkPair(source, target); err != nil {
		return 0, 0, err
	}
	if directions < 1 {
		return 0, 0, fmt.Errorf("ot: %d directions: at least one is needed", directions)
	}
	a, err := source.Shares()
	if err != nil {
		return 0, 0, err
	}
	b, err := target.Shares()
	if err != nil {
		return 0, 0, err
	}
	_, d := source.Dims()
	axes := unitVectors(rand.New(src), directions, d)
	w2 := make([]float64, directions)
	err = forEach(0, directions, func(_, k int) (err error) {
		w2[k], err = OneDCost(projected(source.Points, axes[k]), projected(target.Points, axes[k]), a, b, 2)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	for _, v := range w2 {
		value += v / float64(directions)
	}
	if directions == 1 {
		return value, math.NaN(), nil
	}
	for _, v := range w2 {
		standardError += (v - value) * (v - value)
	}
	return value, math.Sqrt(standardError / float64(directions-1) / float64(directions)), nil
}

// unitVectors are independent directions, uniform on the sphere.
func unitVectors(r *rand.Rand, n, d int) [][]float64 {
	out := make([][]float64, n)
	for k := range out {
		norm := 0.0
		for norm == 0 {
			out[k], norm = make([]float64, d), 0
			for f := range out[k] {
				out[k][f] = r.NormFloat64()
				norm += out[k][f] * out[k][f]
			}
		}
		for f := range out[k] {
			out[k][f] /= math.Sqrt(norm)
		}
	}
	return out
}

func projected(x *mat.Dense, axis []float64) []float64 {
	n, _ := x.Dims()
	out := make([]float64, n)
	for i := range out {
		for f, v := range x.RawRowView(i) {
			out[i] += v * axis[f]
		}
	}
	return out
}
