package plots

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// bandwidth is Silverman's rule for a Gaussian kernel, 0.9 min(s, IQR/1.34) n^(−1/5) (Density Estimation
// for Statistics and Data Analysis, 1986, eq. 3.31). With weights, n is (Σw)²/Σw², Kish's effective size.
// Where the quartiles are equal, as they are for a feature that is mostly zero, s alone counts. A sample
// without spread has bandwidth 0.
func bandwidth(values, weights []float64) float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return a - b
	})
	x, w := make([]float64, len(order)), make([]float64, len(order))
	var sum, squares float64
	for k, i := range order {
		x[k], w[k] = values[i], 1
		if weights != nil {
			w[k] = weights[i]
		}
		sum += w[k]
		squares += w[k] * w[k]
	}
	mean := stat.Mean(x, w)
	variance := 0.0
	for i, v := range x {
		variance += w[i] * (v - mean) * (v - mean)
	}
	n := sum * sum / squares
	if n <= 1 {
		return 0
	}
	scale := math.Sqrt(variance / sum * n / (n - 1))
	if iqr := stat.Quantile(0.75, stat.LinInterp, x, w) - stat.Quantile(0.25, stat.LinInterp, x, w); iqr > 0 {
		scale = min(scale, iqr/1.34)
	}
	return 0.9 * scale * math.Pow(n, -0.2)
}

// density is Σ wᵢ φ((t−xᵢ)/h) / (h Σ wᵢ) at each t of at, with φ the standard normal density.
func density(values, weights []float64, h float64, at []float64) []float64 {
	out := make([]float64, len(at))
	total := 0.0
	for i, v := range values {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		total += w
		for k, t := range at {
			u := (t - v) / h
			if u > -8 && u < 8 { // beyond, φ is below 1e-14
				out[k] += w * math.Exp(-u*u/2)
			}
		}
	}
	c := 1 / (total * h * math.Sqrt(2*math.Pi))
	for k := range out {
		out[k] *= c
	}
	return out
}
