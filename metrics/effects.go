package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
)

// PearsonDelta is the Pearson correlation over features of what the perturbation
// does, mean x − control and mean y − control. Any prediction that has the shift
// common to all perturbations scores high: read it beside [PearsonDeltaPerturbed].
// Its interval is a bootstrap over the points of both clouds, as those of its variants.
func PearsonDelta(predicted, observed ot.Measure, control []float64, o Options) (Figure, error) {
	return pearsonDelta("pearson_delta", "control mean", predicted, observed, control, nil, o)
}

// PearsonDeltaPerturbed is [PearsonDelta] with the mean over all perturbed
// conditions in the place of the control's, which takes out the shift common to
// all of them (Systema, Viñas Torné et al. 2025). A prediction of just that mean
// has no value or one near 0.
func PearsonDeltaPerturbed(predicted, observed ot.Measure, perturbed []float64, o Options) (Figure, error) {
	return pearsonDelta("pearson_delta_perturbed", "mean of the perturbed", predicted, observed, perturbed, nil, o)
}

// PearsonDeltaTop is [PearsonDelta] over the top features that the perturbation
// moves, ranked as in [DifferentialFeatures] in the observed cloud.
func PearsonDeltaTop(predicted, observed, control ot.Measure, top int, o Options) (Figure, error) {
	e, err := o.effects(predicted, observed, control)
	if err != nil {
		return Figure{}, err
	}
	if top < 2 || top > e.d {
		return Figure{}, fmt.Errorf("metrics: a correlation over the top %d of %d features: want 2 to %d", top, e.d, e.d)
	}
	_, t, err := e.statistics(e.predicted, e.observed)
	if err != nil {
		return Figure{}, err
	}
	name, what := fmt.Sprintf("pearson_delta_top%d", top), fmt.Sprintf("control mean, the observed top %d features by |Welch's t|", top)
	return pearsonDelta(name, what, predicted, observed, e.mean, topFeatures(t, top), o)
}

// pearsonDelta takes all features where none are named.
func pearsonDelta(name, what string, predicted, observed ot.Measure, reference []float64, features []int, o Options) (Figure, error) {
	if _, d := predicted.Dims(); d != len(reference) {
		return Figure{}, fmt.Errorf("metrics: a reference mean of %d features for clouds of %d", len(reference), d)
	}
	formula := o.definition("Pearson r over features of mean x − r and mean y − r, r=%s", what)
	return ofMeans(name, formula, predicted, observed, o, func(x, y []float64) float64 {
		dx, dy := make([]float64, len(x)), make([]float64, len(y))
		floats.SubTo(dx, x, reference)
		floats.SubTo(dy, y, reference)
		if features != nil {
			dx, dy = picked(dx, features), picked(dy, features)
		}
		return pearson(dx, dy)
	})
}

// WeightedMSE is Σ w_f(x̄_f − ȳ_f)² of the means of both clouds, with weights that
// sum to 1 and are proportional to the effect size |ȳ_f − control_f|: features
// that the perturbation moves count. Its interval is a bootstrap over the points
// of both clouds.
func WeightedMSE(predicted, observed ot.Measure, control []float64, o Options) (Figure, error) {
	if _, d := predicted.Dims(); d != len(control) {
		return Figure{}, fmt.Errorf("metrics: a control mean of %d features for clouds of %d", len(control), d)
	}
	return ofMeans("weighted_mse", o.definition("Σ w(mean x − mean y)², w ∝ |mean y − control mean|, Σw = 1"), predicted, observed, o, func(x, y []float64) float64 {
		sum, total := 0.0, 0.0
		for f, c := range control {
			w := math.Abs(y[f] - c)
			total += w
			sum += w * (x[f] - y[f]) * (x[f] - y[f])
		}
		return sum / total
	})
}

// Effects compare what a perturbation does to each feature against control.
// Intervals are of the delete-half jackknife, the control taken as it is.
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
	e, err := o.effects(predicted, observed, control)
	if err != nil {
		return Effects{}, err
	}
	if top < 1 || top > e.d {
		return Effects{}, fmt.Errorf("metrics: the top %d of %d features: want 1 to %d", top, e.d, e.d)
	}
	formula := fmt.Sprintf("top %d features by |Welch's t| against control", top)
	overlap, err := e.compared("de_overlap", "share of the observed "+formula+" among the predicted", top, o, shared)
	if err != nil {
		return Effects{}, err
	}
	direction, err := e.compared("de_direction", "share of the observed "+formula+" predicted to move alike", top, o, alike)
	return Effects{overlap, direction}, err
}

// effects are two clouds that are compared, and the control's moments.
type effects struct {
	pair
	mean, variance []float64
	control        int // its number of points
}

func (o Options) effects(predicted, observed, control ot.Measure) (*effects, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return nil, err
	}
	if err := control.Check("control"); err != nil {
		return nil, err
	}
	e := &effects{pair: p}
	var d int
	if e.control, d = control.Dims(); d != p.d {
		return nil, fmt.Errorf("metrics: the control cloud has %d features and the others %d: they must be the same features", d, p.d)
	}
	e.mean, e.variance, err = meanAndVariance(control)
	return e, err
}

// statistics are Welch's t of each feature against the control, of both clouds.
func (e *effects) statistics(x, y ot.Measure) (tx, ty []float64, err error) {
	if tx, err = e.welch(x); err != nil {
		return nil, nil, err
	}
	ty, err = e.welch(y)
	return tx, ty, err
}

// welch is Welch's t of each feature; features without variance have the sign of
// their difference times infinity, or 0.
func (e *effects) welch(x ot.Measure) ([]float64, error) {
	mean, variance, err := meanAndVariance(x)
	if err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	t := make([]float64, len(mean))
	for f := range t {
		if d := mean[f] - e.mean[f]; d != 0 {
			t[f] = d / math.Sqrt(variance[f]/math.Max(1, float64(n-1))+e.variance[f]/math.Max(1, float64(e.control-1)))
		}
	}
	return t, nil
}

// compared is a share of top features, with its interval.
func (e *effects) compared(name, formula string, top int, o Options, share func(tx, ty []float64, top int) float64) (Figure, error) {
	value := func(x, y ot.Measure, _ int) (float64, error) {
		tx, ty, err := e.statistics(x, y)
		if err != nil {
			return 0, err
		}
		return share(tx, ty, top), nil
	}
	v, err := value(e.predicted, e.observed, 0)
	if err != nil {
		return Figure{}, err
	}
	return e.halved(e.figure(name, v, o.definition("%s", formula)), o, value)
}

// shared is the share of the top features of y among those of x.
func shared(tx, ty []float64, top int) float64 {
	guessed, both := topFeatures(tx, top), 0
	for _, f := range topFeatures(ty, top) {
		if slices.Contains(guessed, f) {
			both++
		}
	}
	return float64(both) / float64(top)
}

// alike is the share of the top features of y that x moves the same way.
func alike(tx, ty []float64, top int) float64 {
	same := 0
	for _, f := range topFeatures(ty, top) {
		if tx[f] > 0 && ty[f] > 0 || tx[f] < 0 && ty[f] < 0 {
			same++
		}
	}
	return float64(same) / float64(top)
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
