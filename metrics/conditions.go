package metrics

import (
	"fmt"
	"math"
	"slices"

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
	if len(values) < 2 {
		return out, nil
	}
	return out.overConditions(len(values), o, func(chosen []int) float64 { return stat.Mean(picked(values, chosen), nil) }), nil
}

// Normalised is where the mean of a metric over conditions lies between that of
// a baseline, 0, and that of a ceiling such as another half of the observed
// points, 1: (value − baseline)/(ceiling − baseline), each the mean over
// conditions. Above 1 it is better than the ceiling, below 0 worse than the
// baseline. The three have a figure for each condition, in one order; conditions
// where one is no number are left out of all. The interval is a bootstrap over
// conditions, which draws the three together; of one condition it is the
// value's, with baseline and ceiling taken as they are.
func Normalised(values, baselines, ceilings []Figure, o Options) (Figure, error) {
	if len(values) == 0 || len(values) != len(baselines) || len(values) != len(ceilings) {
		return Figure{}, fmt.Errorf("metrics: a score of %d values between %d baselines and %d ceilings: want one of each for each condition", len(values), len(baselines), len(ceilings))
	}
	first := values[0]
	out := Unbounded(first.Name+"_normalised", math.NaN(), first.N, "(value − baseline)/(ceiling − baseline) of "+first.Definition)
	var v, b, c []float64
	kept := first
	for k := range values {
		if values[k].Name != first.Name || baselines[k].Name != first.Name || ceilings[k].Name != first.Name {
			return Figure{}, fmt.Errorf("metrics: a score of %s between a baseline of %s and a ceiling of %s", values[k].Name, baselines[k].Name, ceilings[k].Name)
		}
		if x := []float64{values[k].Value, baselines[k].Value, ceilings[k].Value}; !slices.ContainsFunc(x, math.IsNaN) {
			v, b, c = append(v, x[0]), append(b, x[1]), append(c, x[2])
			kept = values[k]
		}
		out.N = min(out.N, values[k].N)
	}
	if left := len(values) - len(v); left > 0 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("%d of %d conditions have no value", left, len(values)))
	}
	if len(v) == 0 {
		return out, nil
	}
	all := make([]int, len(v))
	for k := range all {
		all[k] = k
	}
	score := func(chosen []int) float64 {
		base := stat.Mean(picked(b, chosen), nil)
		span := stat.Mean(picked(c, chosen), nil) - base
		if span == 0 {
			return math.NaN()
		}
		return (stat.Mean(picked(v, chosen), nil) - base) / span
	}
	out.Value = score(all)
	if gain := stat.Mean(c, nil) - stat.Mean(b, nil); gain == 0 || AimOf(first.Name) == Lower && gain > 0 || AimOf(first.Name) == Higher && gain < 0 {
		out.Warnings = append(out.Warnings, "the ceiling is no better than the baseline: the score says nothing")
	}
	if len(v) > 1 {
		return out.overConditions(len(v), o, score), nil
	}
	if kept.HasInterval() && !math.IsNaN(out.Value) {
		low, high := (kept.Low-b[0])/(c[0]-b[0]), (kept.High-b[0])/(c[0]-b[0])
		out.Low, out.High = min(low, high), max(low, high)
	}
	return out, nil
}
