package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// WeightedMSE is Σ w_f(x̄_f − ȳ_f)² of the means of both clouds, with weights that
// sum to 1 and are proportional to the effect size |ȳ_f − control_f|: features
// that the perturbation moves count.
func WeightedMSE(predicted, observed ot.Measure, control []float64, o Options) (Figure, error) {
	if _, d := predicted.Dims(); d != len(control) {
		return Figure{}, fmt.Errorf("metrics: a control mean of %d features for clouds of %d", len(control), d)
	}
	return ofMeans("weighted_mse", o.definition("Σ w(mean x − mean y)², w ∝ |mean y − control|, Σw = 1"), predicted, observed, o, func(x, y []float64) float64 {
		sum, total := 0.0, 0.0
		for f, c := range control {
			w := math.Abs(y[f] - c)
			total += w
			sum += w * (x[f] - y[f]) * (x[f] - y[f])
		}
		return sum / total
	})
}

// CorrelationAgreement is the Pearson correlation between the feature-feature
// correlations of both clouds, over pairs of features that vary in both.
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
	return p.halved(p.figure("correlation_pearson", v, o.definition("Pearson r of feature-feature correlations")), o, value)
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

// Effects compare what a perturbation does to each feature against control.
type Effects struct {
	// Overlap is the share of the observed top features that are predicted top
	// features too.
	Overlap Figure
	// Direction is the share of the observed top features that are predicted to
	// move the way they do.
	Direction Figure
}

// DifferentialFeatures ranks features by Welch's t against the control cloud,
// in the predicted and in the observed one, and compares the top ones. Weights
// of points count as shares of a cloud of its number of points.
func DifferentialFeatures(predicted, observed, control ot.Measure, top int, o Options) (Effects, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Effects{}, err
	}
	c, err := o.pair(control, control, false)
	if err != nil {
		return Effects{}, err
	}
	if c.d != p.d {
		return Effects{}, fmt.Errorf("metrics: the control cloud has %d features and the others %d: they must be the same features", c.d, p.d)
	}
	if top < 1 || top > p.d {
		return Effects{}, fmt.Errorf("metrics: the top %d of %d features: want 1 to %d", top, p.d, p.d)
	}
	tp, err := welch(p.predicted, c.observed)
	if err != nil {
		return Effects{}, err
	}
	ty, err := welch(p.observed, c.observed)
	if err != nil {
		return Effects{}, err
	}
	chosen, shared, same := topFeatures(ty, top), 0, 0
	guessed := topFeatures(tp, top)
	for _, f := range chosen {
		if slices.Contains(guessed, f) {
			shared++
		}
		if tp[f]*ty[f] > 0 {
			same++
		}
	}
	formula := "top %d features by |Welch's t| against control"
	return Effects{
		Overlap:   p.figure("de_overlap", float64(shared)/float64(top), o.definition("share of the observed "+formula+" among the predicted", top)),
		Direction: p.figure("de_direction", float64(same)/float64(top), o.definition("share of the observed "+formula+" predicted to move alike", top)),
	}, nil
}

// welch is Welch's t of each feature; features without variance have the sign of
// their difference times infinity, or 0.
func welch(x, control ot.Measure) ([]float64, error) {
	a, err := ot.FitGaussian(x)
	if err != nil {
		return nil, err
	}
	b, err := ot.FitGaussian(control)
	if err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	m, _ := control.Dims()
	t := make([]float64, len(a.Mean))
	for f := range t {
		if d := a.Mean[f] - b.Mean[f]; d != 0 {
			t[f] = d / math.Sqrt(a.Cov.At(f, f)/math.Max(1, float64(n-1))+b.Cov.At(f, f)/math.Max(1, float64(m-1)))
		}
	}
	return t, nil
}

// topFeatures are those of largest |t|, the first ones among equals.
func topFeatures(t []float64, top int) []int {
	order := make([]int, len(t))
	for f := range order {
		order[f] = f
	}
	slices.SortStableFunc(order, func(f, g int) int {
		switch a, b := math.Abs(t[f]), math.Abs(t[g]); {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	return order[:top]
}

// Discrimination says how well predictions of several conditions are told
// apart: for each, the share of the other conditions' observed means that are
// farther from its predicted mean than its own, ties counting half; ½ is chance
// and what one prediction for all conditions gets. With cosine, distances are
// 1 − cosine of the means less reference (such as the control mean), which nil
// takes as 0; otherwise Euclidean. The interval is a bootstrap over conditions.
func Discrimination(predicted, observed []ot.Measure, reference []float64, cosine bool, o Options) (Figure, error) {
	x, y, n, err := conditionMeans(predicted, observed)
	if err != nil {
		return Figure{}, err
	}
	if len(x) < 2 {
		return Figure{}, fmt.Errorf("metrics: %d conditions cannot be told apart: at least 2 are needed", len(x))
	}
	formula, distance := "Euclidean distance of means", func(a, b []float64) float64 { return floats.Distance(a, b, 2) }
	if cosine {
		formula, distance = "cosine distance of means less reference", cosineDistance
		if reference != nil && len(reference) != len(x[0]) {
			return Figure{}, fmt.Errorf("metrics: a reference mean of %d features for clouds of %d", len(reference), len(x[0]))
		}
		for k := range x {
			if reference != nil {
				floats.Sub(x[k], reference)
				floats.Sub(y[k], reference)
			}
		}
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
	f := Unbounded("discrimination_score", stat.Mean(scores, nil), n, o.definition("share of other conditions' observed means farther from the predicted than its own, %s, mean over %d conditions", formula, len(x)))
	r, replicates := rand.New(o.stream(conditions)), make([]float64, o.replicates())
	for b := range replicates {
		for range scores {
			replicates[b] += scores[r.IntN(len(scores))] / float64(len(scores))
		}
	}
	return f.percentile(replicates), nil
}

func cosineDistance(a, b []float64) float64 {
	return 1 - floats.Dot(a, b)/(floats.Norm(a, 2)*floats.Norm(b, 2))
}

// Collapse is the mean squared distance between the predicted means of different
// conditions over that between the observed means: 1 where predictions are as
// different as they should be, near 0 where they are all alike.
func Collapse(predicted, observed []ot.Measure, o Options) (Figure, error) {
	x, y, n, err := conditionMeans(predicted, observed)
	if err != nil {
		return Figure{}, err
	}
	if len(x) < 2 {
		return Figure{}, fmt.Errorf("metrics: %d conditions have no spread: at least 2 are needed", len(x))
	}
	return Unbounded("spread_ratio", spread(x)/spread(y), n,
		o.definition("spread of the conditions' predicted means over that of the observed, squared, %d conditions", len(x))), nil
}

// spread is the sum of squared distances of all pairs.
func spread(means [][]float64) float64 {
	sum := 0.0
	for k, a := range means {
		for _, b := range means[:k] {
			d := floats.Distance(a, b, 2)
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
