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

// Reference is what the effects of perturbations are measured against.
type Reference struct {
	// Control is the cloud without a perturbation.
	Control ot.Measure
	// Perturbed is the mean, of each feature, over all perturbed conditions; nil
	// leaves out the figure that needs it.
	Perturbed []float64
}

// topShown is how many of the features that a perturbation moves most are
// looked at, at most half of all.
const topShown = 20

// Perturbation are the preset's figures of one condition against control: for
// [Panel] pearson_delta, on all features, on the top 20 and against the mean of
// the perturbed; weighted_mse; de_overlap and de_direction of the top 20; and
// correlation_pearson. Of fewer than 40 features the top ones are half; clouds
// of fewer than 4 features, where correlations over features say nothing, and
// other presets have none of them.
func (p Preset) Perturbation(predicted, observed ot.Measure, r Reference, o Options) ([]Figure, error) {
	_, d := observed.Dims()
	if p != Panel || d < 4 {
		return nil, nil
	}
	if err := r.Control.Check("control"); err != nil {
		return nil, err
	}
	mean, _, err := meanAndVariance(r.Control)
	if err != nil {
		return nil, err
	}
	var c collector
	top := min(topShown, d/2)
	c.add(PearsonDelta(predicted, observed, mean, o))
	c.add(PearsonDeltaTop(predicted, observed, r.Control, top, o))
	if r.Perturbed != nil {
		c.add(PearsonDeltaPerturbed(predicted, observed, r.Perturbed, o))
	}
	c.add(WeightedMSE(predicted, observed, mean, o))
	e, err := DifferentialFeatures(predicted, observed, r.Control, top, o)
	c.all([]Figure{e.Overlap, e.Direction}, err)
	c.add(CorrelationAgreement(predicted, observed, o))
	return c.named(p)
}

// Across are the preset's figures of all conditions together, a predicted and an
// observed cloud of each: for [Panel] discrimination_l2, discrimination_cosine of
// effects against control, and spread_ratio. Other presets and fewer than 2
// conditions have none of them.
func (p Preset) Across(predicted, observed []ot.Measure, r Reference, o Options) ([]Figure, error) {
	if p != Panel || len(observed) < 2 {
		return nil, nil
	}
	var c collector
	c.add(Discrimination(predicted, observed, o))
	if r.Control.Points != nil {
		mean, _, err := meanAndVariance(r.Control)
		if err != nil {
			return nil, err
		}
		c.add(DiscriminationCosine(predicted, observed, mean, o))
	}
	c.add(Collapse(predicted, observed, o))
	return c.named(p)
}

// MeanOfMeans is the mean over clouds of their means, each cloud counting the same.
func MeanOfMeans(clouds []ot.Measure) ([]float64, error) {
	var sum []float64
	for k, m := range clouds {
		mean, _, err := meanAndVariance(m)
		if err != nil {
			return nil, fmt.Errorf("cloud %d: %w", k, err)
		}
		if sum == nil {
			sum = make([]float64, len(mean))
		}
		if len(mean) != len(sum) {
			return nil, fmt.Errorf("metrics: cloud %d has %d features and cloud 0 has %d", k, len(mean), len(sum))
		}
		floats.AddScaled(sum, 1/float64(len(clouds)), mean)
	}
	return sum, nil
}

// CorrelationAgreement is the Pearson correlation between the feature-feature
// correlations of both clouds, over pairs of features that vary in both. Its
// interval is of the delete-half jackknife.
func CorrelationAgreement(predicted, observed ot.Measure, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	value := func(x, y ot.Measure, _ int) (float64, error) {
		a, err := ot.FitGaussian(x)
		if err != nil {
			return 0, err
		}
		b, err := ot.FitGaussian(y)
		if err != nil {
			return 0, err
		}
		ca, cb := correlations(a.Cov, b.Cov)
		return pearson(ca, cb), nil
	}
	v, err := value(p.predicted, p.observed, 0)
	if err != nil {
		return Figure{}, err
	}
	f := p.figure("correlation_pearson", v, o.definition("Pearson r of feature-feature correlations")).explained()
	return p.halved(f, o, value)
}

// correlations are those of the pairs of features that vary in both covariances.
func correlations(a, b *mat.SymDense) (ca, cb []float64) {
	for f := range a.SymmetricDim() {
		for g := range f {
			sa, sb := a.At(f, f)*a.At(g, g), b.At(f, f)*b.At(g, g)
			if sa > 0 && sb > 0 {
				ca = append(ca, a.At(f, g)/math.Sqrt(sa))
				cb = append(cb, b.At(f, g)/math.Sqrt(sb))
			}
		}
	}
	return ca, cb
}

// Discrimination says how well predictions of several conditions are told
// apart: for each, the share of the other conditions' observed means that are
// farther from its predicted mean than its own, ties counting half; ½ is chance
// and what one prediction for all conditions gets. Distances are Euclidean. The
// interval is a bootstrap over conditions.
func Discrimination(predicted, observed []ot.Measure, o Options) (Figure, error) {
	x, y, n, err := conditionMeans(predicted, observed)
	if err != nil {
		return Figure{}, err
	}
	return discrimination("discrimination_l2", "Euclidean distance of means", x, y, n,
		func(a, b []float64) float64 { return floats.Distance(a, b, 2) }, o)
}

// DiscriminationCosine is [Discrimination] by the distance 1 − cosine of means
// less a reference, such as the control mean. A mean that is the reference is
// at 1 from all others.
func DiscriminationCosine(predicted, observed []ot.Measure, reference []float64, o Options) (Figure, error) {
	x, y, n, err := conditionMeans(predicted, observed)
	if err != nil {
		return Figure{}, err
	}
	if len(x) > 0 && len(reference) != len(x[0]) {
		return Figure{}, fmt.Errorf("metrics: a reference mean of %d features for clouds of %d", len(reference), len(x[0]))
	}
	for k := range x {
		floats.Sub(x[k], reference)
		floats.Sub(y[k], reference)
	}
	return discrimination("discrimination_cosine", "cosine distance of means less reference", x, y, n, cosineDistance, o)
}

func discrimination(name, formula string, x, y [][]float64, n int, distance func(a, b []float64) float64, o Options) (Figure, error) {
	if len(x) < 2 {
		return Figure{}, fmt.Errorf("metrics: %d conditions cannot be told apart: at least 2 are needed", len(x))
	}
	scores := make([]float64, len(x))
	for k := range x {
		own := distance(x[k], y[k])
		for l := range y {
			switch d := distance(x[k], y[l]); {
			case l == k:
			case d > own:
				scores[k]++
			case d == own:
				scores[k] += 0.5
			}
		}
		scores[k] /= float64(len(y) - 1)
	}
	f := Unbounded(name, stat.Mean(scores, nil), n, o.definition("share of other conditions' observed means farther from the predicted than its own, %s, mean over %d conditions", formula, len(x)))
	f = f.overConditions(len(x), o, func(chosen []int) float64 { return stat.Mean(picked(scores, chosen), nil) })
	if f.HasInterval() {
		f.Low, f.High = max(0, f.Low), min(1, f.High)
	}
	return f, nil
}

func cosineDistance(a, b []float64) float64 {
	norms := floats.Norm(a, 2) * floats.Norm(b, 2)
	if norms == 0 {
		return 1
	}
	return 1 - floats.Dot(a, b)/norms
}

// Collapse is the mean squared distance between the predicted means of different
// conditions over that between the observed means: 1 where predictions are as
// different as they should be, near 0 where they are all alike. The interval is
// a bootstrap over conditions.
func Collapse(predicted, observed []ot.Measure, o Options) (Figure, error) {
	x, y, n, err := conditionMeans(predicted, observed)
	if err != nil {
		return Figure{}, err
	}
	if len(x) < 2 {
		return Figure{}, fmt.Errorf("metrics: %d conditions have no spread: at least 2 are needed", len(x))
	}
	ratio := func(chosen []int) float64 {
		total := spread(y, chosen)
		if total == 0 {
			return math.NaN()
		}
		return spread(x, chosen) / total
	}
	all := make([]int, len(x))
	for k := range all {
		all[k] = k
	}
	f := Unbounded("spread_ratio", ratio(all), n,
		o.definition("spread of the conditions' predicted means over that of the observed, squared, %d conditions", len(x)))
	return f.explained().overConditions(len(x), o, ratio), nil
}

// overConditions gives a figure of n conditions its interval, a bootstrap over them.
func (f Figure) overConditions(n int, o Options, value func(chosen []int) float64) Figure {
	r, replicates := rand.New(o.stream(conditions)), make([]float64, o.replicates())
	chosen := make([]int, n)
	for b := range replicates {
		for k := range chosen {
			chosen[k] = r.IntN(n)
		}
		replicates[b] = value(chosen)
	}
	return f.percentile(replicates)
}

// spread is the sum of squared distances of all pairs of the chosen.
func spread(means [][]float64, chosen []int) float64 {
	sum := 0.0
	for i, k := range chosen {
		for _, l := range chosen[:i] {
			d := floats.Distance(means[k], means[l], 2)
			sum += d * d
		}
	}
	return sum
}

// conditionMeans are the means of the clouds of all conditions and the smallest
// number of points among them.
func conditionMeans(predicted, observed []ot.Measure) (x, y [][]float64, n int, err error) {
	if len(predicted) != len(observed) {
		return nil, nil, 0, fmt.Errorf("metrics: %d predicted and %d observed clouds: want one of each for each condition", len(predicted), len(observed))
	}
	for k := range predicted {
		p, err := Options{MaxPoints: -1}.pair(predicted[k], observed[k], false)
		if err != nil {
			return nil, nil, 0, fmt.Errorf("condition %d: %w", k, err)
		}
		if k > 0 && p.d != len(x[0]) {
			return nil, nil, 0, fmt.Errorf("metrics: condition %d has %d features and condition 0 has %d", k, p.d, len(x[0]))
		}
		a, err := p.predicted.Shares()
		if err != nil {
			return nil, nil, 0, err
		}
		b, err := p.observed.Shares()
		if err != nil {
			return nil, nil, 0, err
		}
		x, y = append(x, weightedMean(p.predicted.Points, a)), append(y, weightedMean(p.observed.Points, b))
		if k == 0 || min(p.n, p.m) < n {
			n = min(p.n, p.m)
		}
	}
	return x, y, n, nil
}
