package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// MeanDifference is ‖mean x − mean y‖, the ℓ₂(PS) of perturbation signatures in
// the CondOT paper, where the features are 50 marker genes: the signature's
// control mean cancels. Its interval is a bootstrap over the points of both clouds.
func MeanDifference(predicted, observed ot.Measure, o Options) (Figure, error) {
	formula := o.definition("‖mean x − mean y‖")
	return ofMeans("l2_ps", formula, predicted, observed, o, func(x, y []float64) float64 { return floats.Distance(x, y, 2) })
}

// MeansPearson is the Pearson correlation r, over features, of the means of both
// clouds, which is printed as R² in some papers; MeansPearsonSquared is its
// square and MeansR2 the coefficient of determination.
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
		total := stat.Variance(y, nil) * float64(len(y)-1)
		d := floats.Distance(x, y, 2)
		return 1 - d*d/total
	})
}

// PearsonDelta is the Pearson correlation over features of mean x − reference
// and mean y − reference: with the mean of the control cloud as the reference it
// is high for any prediction that has the shift common to all perturbations;
// with the mean of all perturbed clouds it is not. what names the reference in
// the definition.
func PearsonDelta(predicted, observed ot.Measure, reference []float64, what string, o Options) (Figure, error) {
	if _, d := predicted.Dims(); d != len(reference) {
		return Figure{}, fmt.Errorf("metrics: a reference mean of %d features for clouds of %d", len(reference), d)
	}
	formula := o.definition("Pearson r over features of mean x − %s and mean y − %s", what, what)
	return ofMeans("pearson_delta", formula, predicted, observed, o, func(x, y []float64) float64 {
		dx, dy := make([]float64, len(x)), make([]float64, len(y))
		return pearson(floats.SubTo(dx, x, reference), floats.SubTo(dy, y, reference))
	})
}

// pearson is NaN where one side does not vary.
func pearson(x, y []float64) float64 {
	if len(x) < 2 {
		return math.NaN()
	}
	return stat.Correlation(x, y, nil)
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
	out := p.figure(name, f(weightedMean(p.predicted.Points, x), weightedMean(p.observed.Points, y)), definition)
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
