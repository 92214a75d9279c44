package singlecell

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// seuratBins is the number of bins of equal width of the mean.
const seuratBins = 20

// madScale makes the median absolute deviation of a normal sample its standard
// deviation: the 3/4 quantile of the standard normal distribution.
const madScale = 0.6744897501960817

// normalizeSeurat standardises dispersions within bins of equal width of the
// mean, by mean and standard deviation of those that are numbers. A gene alone
// in its bin gets 1.
func normalizeSeurat(genes []Variability) {
	for _, bin := range binned(genes, equalWidth(genes)) {
		d := numbers(genes, bin)
		mean, deviation := stat.MeanStdDev(d, nil)
		if len(d) == 1 {
			mean, deviation = 0, d[0]
		}
		for _, j := range bin {
			genes[j].Normalized = (genes[j].Dispersion - mean) / deviation
		}
	}
}

// normalizeCellRanger standardises dispersions within bins between the
// percentiles 10, 15, …, 100 of the mean, by median and median absolute deviation.
func normalizeCellRanger(genes []Variability) {
	for _, bin := range binned(genes, percentiles(genes)) {
		d := numbers(genes, bin)
		centre := median(d)
		away := make([]float64, len(d))
		for i, v := range d {
			away[i] = math.Abs(v - centre)
		}
		deviation := median(away) / madScale
		for _, j := range bin {
			genes[j].Normalized = (genes[j].Dispersion - centre) / deviation
		}
	}
}

// binned sorts genes into the bins (edge_k, edge_k+1] of their mean.
func binned(genes []Variability, edges []float64) [][]int {
	bins := make([][]int, len(edges)-1)
	for j, g := range genes {
		k, _ := slices.BinarySearch(edges, g.Mean) // the first edge that is not below
		k = min(max(k-1, 0), len(bins)-1)
		bins[k] = append(bins[k], j)
	}
	return slices.DeleteFunc(bins, func(b []int) bool { return len(b) == 0 })
}

// equalWidth are the edges of pandas.cut: equal steps from the least to the
// largest mean, the first edge a thousandth of the range lower.
func equalWidth(genes []Variability) []float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, g := range genes {
		low, high = math.Min(low, g.Mean), math.Max(high, g.Mean)
	}
	if low == high {
		spread := 0.001 * math.Abs(low)
		low, high = low-spread, high+spread
	}
	edges := make([]float64, seuratBins+1)
	step := (high - low) / seuratBins
	for k := range edges {
		edges[k] = low + float64(k)*step
	}
	edges[seuratBins] = high
	edges[0] -= 0.001 * (high - low)
	return edges
}

// percentiles are −∞, the percentiles 10, 15, …, 100 of the mean with linear
// interpolation, and ∞. Equal percentiles, where scanpy stops, are one edge.
func percentiles(genes []Variability) []float64 {
	means := make([]float64, len(genes))
	for j, g := range genes {
		means[j] = g.Mean
	}
	slices.Sort(means)
	edges := []float64{math.Inf(-1)}
	for p := 10; p <= 100; p += 5 {
		at := float64(p) / 100 * float64(len(means)-1)
		k := min(int(at), len(means)-1)
		above := min(k+1, len(means)-1)
		edges = append(edges, interpolate(means[k], means[above], at-float64(k)))
	}
	return slices.Compact(append(edges, math.Inf(1)))
}

// interpolate rounds as NumPy does, from the nearer end.
func interpolate(a, b, t float64) float64 {
	if t >= 0.5 {
		return b - (b-a)*(1-t)
	}
	return a + (b-a)*t
}

// numbers are the dispersions of a bin that are numbers.
func numbers(genes []Variability, bin []int) []float64 {
	var out []float64
	for _, j := range bin {
		if d := genes[j].Dispersion; !math.IsNaN(d) {
			out = append(out, d)
		}
	}
	return out
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(v))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
