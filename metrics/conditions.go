package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
)

// OverConditions is the mean of one metric over conditions. Its interval is a
// bootstrap over conditions, the units that a claim about new conditions rests
// on; N is the smallest number of points among them. Figures that are not
// numbers are left out and counted in a warning.
func OverConditions(figures []Figure, o Options) (Figure, error) {
	if len(figures) == 0 {
		return Figure{}, fmt.Errorf("metrics: no figures to average")
	}
	first := figures[0]
	out := Figure{Name: first.Name, Low: math.NaN(), High: math.NaN(), N: first.N}
	var values []float64
	seen := map[string]bool{}
	for _, f := range figures {
		if f.Name != first.Name {
			return Figure{}, fmt.Errorf("metrics: %s and %s cannot be averaged", first.Name, f.Name)
		}
		out.N = min(out.N, f.N)
		if !math.IsNaN(f.Value) {
			values = append(values, f.Value)
		}
		for _, w := range f.Warnings {
			if !seen[w] {
				seen[w] = true
				out.Warnings = append(out.Warnings, w)
			}
		}
	}
	out.Definition = fmt.Sprintf("mean over %d conditions of %s", len(values), first.Definition)
	if left := len(figures) - len(values); left > 0 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("%d of %d conditions have no value", left, len(figures)))
	}
	if len(values) == 0 {
		out.Value = math.NaN()
		return out, nil
	}
	out.Value = stat.Mean(values, nil)
	replicates := make([]float64, o.replicates())
	if len(values) < 2 {
		return out, nil
	}
	r := rand.New(o.stream(conditions))
	for b := range replicates {
		for range values {
			replicates[b] += values[r.IntN(len(values))] / float64(len(values))
		}
	}
	return out.percentile(replicates), nil
}

// Normalised is where a value lies between that of a baseline, 0, and that of a
// ceiling such as another half of the observed points, 1. Above 1 it is better
// than the ceiling, below 0 worse than the baseline. The interval is the
// value's, carried over: baseline and ceiling are taken as they are.
func Normalised(value, baseline, ceiling Figure) (Figure, error) {
	if value.Name != baseline.Name || value.Name != ceiling.Name {
		return Figure{}, fmt.Errorf("metrics: a score of %s between a baseline of %s and a ceiling of %s", value.Name, baseline.Name, ceiling.Name)
	}
	span := ceiling.Value - baseline.Value
	scale := func(v float64) float64 { return (v - baseline.Value) / span }
	out := Unbounded(value.Name+"_normalised", scale(value.Value), value.N,
		"(value − baseline)/(ceiling − baseline) of "+value.Definition, value.Warnings...)
	if span == 0 {
		out.Value = math.NaN()
		out.Warnings = append(out.Warnings, "baseline and ceiling are equal")
		return out, nil
	}
	if value.HasInterval() {
		low, high := scale(value.Low), scale(value.High)
		out.Low, out.High = min(low, high), max(low, high)
	}
	return out, nil
}
