package metrics

import (
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// MeanDifference is ‖mean x − mean y‖: the ℓ₂(PS) of perturbation signatures in
// the CondOT paper, where the features are 50 marker genes, CMonge's drug
// signature and CellOT's l2-means. A signature is a mean less the control's,
// which cancels. Its interval is a bootstrap over the points of both clouds.
func MeanDifference(predicted, observed ot.Measure, o Options) (Figure, error) {
	formula := o.definition("‖mean x − mean y‖")
	return ofMeans("l2_ps", formula, predicted, observed, o, func(x, y []float64) float64 { return floats.Distance(x, y, 2) })
}

// MeansPearson is the Pearson correlation r, over features, of the means of both
// clouds, which CellOT prints as R²; MeansPearsonSquared is its square, CMonge's
// R², and MeansR2 the coefficient of determination, CellFlow's. Intervals of the
// three are a bootstrap over the points of both clouds; without features that
// vary they have no value.
func MeansPearson(predicted, observed ot.Measure, o Options) (Figure, error) {
	return ofMeans("means_pearson", o.definition("Pearson r of means over features"), predicted, observed, o, pearson)
}

// MeansPearsonSquared is the square of [MeansPearson], blind to scale and offset.
func MeansPearsonSquared(predicted, observed ot.Measure, o Options) (Figure, error) {
	return ofMeans("means_pearson_squared", o.definition("squared Pearson r of means over features"), predicted, observed, o,
		func(x, y []float64) float64 { r := pearson(x, y); return r * r })
}

// MeansR2 is the coefficient of determination 1 − Σ(ȳ−x̄)²/Σ(ȳ−mean ȳ)² of the
// observed means by the predicted ones, over features (scikit-learn's r2_score).
func MeansR2(predicted, observed ot.Measure, o Options) (Figure, error) {
	return ofMeans("means_r2", o.definition("r2_score of means over features"), predicted, observed, o, func(x, y []float64) float64 {
		if len(y) < 2 || !varies(y) {
			return math.NaN()
		}
		total := stat.Variance(y, nil) * float64(len(y)-1)
		d := floats.Distance(x, y, 2)
		return 1 - d*d/total
	})
}

// StdsPearson is the Pearson correlation r, over features, of the standard
// deviations in both clouds, which CellOT calls r2-stds. Its interval is of the
// delete-half jackknife.
func StdsPearson(predicted, observed ot.Measure, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	value := func(x, y ot.Measure, _ int) (float64, error) {
		_, a, err := meanAndVariance(x)
		if err != nil {
			return 0, err
		}
		_, b, err := meanAndVariance(y)
		if err != nil {
			return 0, err
		}
		for f := range a {
			a[f], b[f] = math.Sqrt(a[f]), math.Sqrt(b[f])
		}
		return pearson(a, b), nil
	}
	v, err := value(p.predicted, p.observed, 0)
	if err != nil {
		return Figure{}, err
	}
	return p.halved(p.figure("stds_pearson", v, o.definition("Pearson r of standard deviations over features")).explained(), o, value)
}

// meanAndVariance of each feature, with the weights as shares.
func meanAndVariance(m ot.Measure) (mean, variance []float64, err error) {
	w, err := m.Shares()
	if err != nil {
		return nil, nil, err
	}
	mean = weightedMean(m.Points, w)
	variance = make([]float64, len(mean))
	for i, v := range w {
		for f, x := range m.Points.RawRowView(i) {
			variance[f] += v * (x - mean[f]) * (x - mean[f])
		}
	}
	return mean, variance, nil
}

// pearson is NaN where one side does not vary, apart from rounding.
func pearson(x, y []float64) float64 {
	if len(x) < 2 || !varies(x) || !varies(y) {
		return math.NaN()
	}
	return stat.Correlation(x, y, nil)
}

// varies says whether numbers differ by more than the rounding of their sums.
func varies(x []float64) bool {
	return floats.Max(x)-floats.Min(x) > 1e-13*max(math.Abs(floats.Max(x)), math.Abs(floats.Min(x)))
}

// ofMeans is a figure that depends on the weighted means of both clouds alone.
func ofMeans(name, definition string, predicted, observed ot.Measure, o Options, f func(x, y []float64) float64) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	x, err := p.predicted.Shares()
	if err != nil {
		return Figure{}, err
	}
	y, err := p.observed.Shares()
	if err != nil {
		return Figure{}, err
	}
	out := p.figure(name, f(weightedMean(p.predicted.Points, x), weightedMean(p.observed.Points, y)), definition).explained()
	b := o.replicates()
	if b == 0 {
		return out, nil
	}
	r := rand.New(o.stream(resampling))
	xs, ys := bootstrapMeans(p.predicted.Points, x, b, r), bootstrapMeans(p.observed.Points, y, b, r)
	replicates := make([]float64, b)
	for k := range replicates {
		replicates[k] = f(xs.RawRowView(k), ys.RawRowView(k))
	}
	return out.percentile(replicates), nil
}

// explained warns where a figure has no value; an infinite one is none.
func (f Figure) explained() Figure {
	if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
		f.Value = math.NaN()
		f.Warnings = append(f.Warnings, "undefined: what it divides by is 0")
	}
	return f
}

func weightedMean(x *mat.Dense, w []float64) []float64 {
	_, d := x.Dims()
	out := make([]float64, d)
	for i, v := range w {
		floats.AddScaled(out, v, x.RawRowView(i))
	}
	floats.Scale(1/floats.Sum(w), out)
	return out
}

// bootstrapMeans has the mean of points drawn anew in each row.
func bootstrapMeans(x *mat.Dense, w []float64, replicates int, r *rand.Rand) *mat.Dense {
	n, d := x.Dims()
	draws := mat.NewDense(replicates, n, nil)
	for b := range replicates {
		row := counts(r, n)
		floats.Mul(row, w)
		if sum := floats.Sum(row); sum > 0 {
			floats.Scale(1/sum, row)
		}
		draws.SetRow(b, row)
	}
	out := mat.NewDense(replicates, d, nil)
	out.Mul(draws, x)
	return out
}
