package metrics

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// counts draws n points of n with replacement and returns how often each came.
func counts(r *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for range n {
		out[r.IntN(n)]++
	}
	return out
}

// percentile sets the figure's interval from bootstrap replicates of its value:
// their 2.5 and 97.5 % quantiles, moved by the replicates' bias so that they lie
// about the value.
func (f Figure) percentile(replicates []float64) Figure {
	finite := slices.DeleteFunc(slices.Clone(replicates), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(finite) < 20 || math.IsNaN(f.Value-f.Value) { // NaN or infinite
		return f
	}
	slices.Sort(finite)
	mean := stat.Mean(finite, nil)
	if math.IsInf(mean, 0) {
		return f // the sum overflows
	}
	f.Low = f.Value + stat.Quantile(0.025, stat.LinInterp, finite, nil) - mean
	f.High = max(f.Low, f.Value+stat.Quantile(0.975, stat.LinInterp, finite, nil)-mean)
	return f
}

// within sets the interval to value ± t·s, s the standard deviation of values of
// random halves: the delete-half jackknife, whose variance needs no rescaling
// (Shao and Wu 1989).
func (f Figure) within(halves []float64) Figure {
	s := stat.StdDev(halves, nil)
	if len(halves) < 2 || math.IsNaN(s) || math.IsNaN(f.Value-f.Value) {
		return f
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(halves) - 1)}.Quantile(0.975)
	f.Low, f.High = f.Value-t*s, f.Value+t*s
	return f
}
