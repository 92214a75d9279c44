package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/ot"
	"github.com/gomonge/gomonge/projection"
	"gonum.org/v1/gonum/mat"
)

// Ridge shifts points by what a linear model of low rank says of the
// condition: the linear baseline of perturbation benchmarks (Ahlmann-Eltze,
// Huber and Anders 2025), which there is Y ≈ GWPᵀ + b with principal
// components of the expression in G (10 by default), embeddings of the
// perturbations in P, the mean b over training conditions, and W by ridge
// regression.
//
// Here Y has the shifts δ of the training conditions (target mean less source
// mean), P their encoding about its mean (multi-hot actions, labels, scaled
// numbers), G the leading principal components V of the training points, so that
//
//	δ(c) = b + Vᵀ Wᵀ (p(c) − p̄),  W = argmin Σⱼ‖V(δⱼ − b) − Wᵀ(pⱼ − p̄)‖² + λ‖W‖².
//
// b is kept in all features. V has orthonormal rows: a penalty on its side would
// only scale W, and there is none. A condition that has no encoding, such as an
// action that was never trained, is a [NotApplicableError]; an action that has
// coordinates ([condition.Vector]) is answered by them.
type Ridge struct {
	Training
	// Options with what was settled: the components there are and the penalty chosen.
	Options RidgeOptions
	effects mainEffects
}

// RidgeOptions of [FitRidge].
type RidgeOptions struct {
	// Components is the number of principal components of the training points
	// that shifts are predicted in; 0 means 10, and there are no more than features or points less one.
	Components int `json:"components"`
	// Lambda is the penalty λ on squared weights, in units of the encoding's; 0
	// chooses the one of least squared error, within the components, of conditions left out one
	// at a time: 21 values from 1e-8 to 100 times the encoding's largest squared singular value.
	Lambda float64 `json:"lambda"`
}

// FitRidge fits the model to the shifts of the training conditions.
func FitRidge(_ context.Context, task *datasets.Task, o RidgeOptions) (*Ridge, error) {
	t, err := newTraining("ridge", task)
	if err != nil {
		return nil, err
	}
	if o.Components < 0 || !(o.Lambda >= 0) || math.IsInf(o.Lambda, 0) {
		return nil, fmt.Errorf("baselines: ridge: %d components and a penalty of %g: neither may be negative", o.Components, o.Lambda)
	}
	if o.Components == 0 {
		o.Components = 10
	}
	sources, targets, err := endsOf(task, PerCondition)
	if err != nil {
		return nil, err
	}
	shifts, err := differences(sources, targets)
	if err != nil {
		return nil, err
	}
	codes, err := t.positions()
	if err != nil {
		return nil, err
	}
	axes, err := leadingAxes(slices.Concat(sources, targets), o.Components)
	if err != nil {
		return nil, fmt.Errorf("baselines: ridge: %w", err)
	}
	m := &Ridge{Training: t, Options: o}
	if axes != nil {
		m.Options.Components, _ = axes.Dims()
	} else {
		m.Options.Components = task.Dim()
	}
	m.effects, m.Options.Lambda, err = fitRidge(codes, shifts, axes, o.Lambda)
	return m, err
}

// fitRidge regresses shifts on codes within the axes (in rows; nil: all), with
// the penalty lambda or, if that is 0, the one that leaving out chooses.
func fitRidge(codes, shifts [][]float64, axes *mat.Dense, lambda float64) (mainEffects, float64, error) {
	e, design, response := centred(codes, shifts)
	if design == nil || mat.Norm(design, 2) == 0 {
		return e, lambda, nil
	}
	if axes != nil {
		var scores mat.Dense
		scores.Mul(response, axes.T())
		response = &scores
	}
	var svd mat.SVD
	if !svd.Factorize(design, mat.SVDThin) {
		return e, 0, errors.New("baselines: ridge: the singular values of the encoded conditions could not be found")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	r := ridge{u: &u, singular: svd.Values(nil), response: response}
	if lambda == 0 {
		lambda = r.choose()
	}
	var rotated, weights mat.Dense
	rotated.Mul(u.T(), response)
	for k, s := range r.singular {
		row := rotated.RawRowView(k)
		for j := range row {
			row[j] *= s / (s*s + lambda)
		}
	}
	weights.Mul(&v, &rotated)
	if axes != nil {
		var full mat.Dense
		full.Mul(&weights, axes)
		weights = full
	}
	for k := range e.Slopes {
		copy(e.Slopes[k], weights.RawRowView(k))
	}
	return e, lambda, nil
}

// ridge is a regression with a free intercept: the left singular vectors and the
// singular values of the centred design, and the centred response.
type ridge struct {
	u        *mat.Dense
	singular []float64
	response *mat.Dense
}

// choose is the penalty of least error of conditions left out.
func (r ridge) choose() float64 {
	best, least := 0.0, math.Inf(1)
	for half := -16; half <= 4; half++ {
		lambda := r.singular[0] * r.singular[0] * math.Pow(10, float64(half)/2)
		if e := r.leftOut(lambda); e < least*(1-1e-9) { // two conditions left out tell nothing: the least penalty, not rounding
			best, least = lambda, e
		}
	}
	return best
}

// leftOut is the squared error of each condition predicted from the others,
// summed: that of a linear smoother is its residual over 1 − hⱼⱼ, where H =
// 11ᵀ/n + U diag(s²/(s²+λ)) Uᵀ has the intercept's part (Golub, Heath and Wahba 1979).
func (r ridge) leftOut(lambda float64) float64 {
	n, k := r.response.Dims()
	var fitted, rotated mat.Dense
	rotated.Mul(r.u.T(), r.response)
	for a, s := range r.singular {
		row := rotated.RawRowView(a)
		for j := range row {
			row[j] *= s * s / (s*s + lambda)
		}
	}
	fitted.Mul(r.u, &rotated)
	sum := 0.0
	for j := range n {
		leverage := 1 / float64(n)
		for a, s := range r.singular {
			leverage += r.u.At(j, a) * r.u.At(j, a) * s * s / (s*s + lambda)
		}
		for c := range k {
			e := (r.response.At(j, c) - fitted.At(j, c)) / (1 - leverage)
			sum += e * e
		}
	}
	return sum
}

// leadingAxes are the leading principal components of the points of clouds, in
// rows; nil where there are no more features than those. Each distinct cloud counts
// once, by its number of points, and weights count within it.
func leadingAxes(clouds []ot.Measure, components int) (*mat.Dense, error) {
	_, d := clouds[0].Dims()
	if components >= d {
		return nil, nil
	}
	once, _ := distinct(clouds)
	points, err := stacked(once)
	if err != nil {
		return nil, err
	}
	n, _ := points.Dims()
	pca, err := projection.FitPCA(points, min(components, n-1))
	if err != nil {
		return nil, err
	}
	return pca.Components(), nil
}

// stacked is clouds as one, for their covariance: the points or, where there
// are weights, √w(x − m) and its negative, whose mean is 0.
func stacked(clouds []ot.Measure) (*mat.Dense, error) {
	rows, weighted := 0, false
	for _, m := range clouds {
		n, _ := m.Dims()
		rows += n
		weighted = weighted || m.Weights != nil
	}
	_, d := clouds[0].Dims()
	points, weights := mat.NewDense(rows, d, nil), make([]float64, 0, rows)
	for _, m := range clouds {
		shares, err := m.Shares()
		if err != nil {
			return nil, err
		}
		for i, w := range shares {
			points.SetRow(len(weights), m.Points.RawRowView(i))
			weights = append(weights, w*float64(len(shares)))
		}
	}
	if !weighted {
		return points, nil
	}
	mean, err := meanOf(ot.Measure{Points: points, Weights: weights})
	if err != nil {
		return nil, err
	}
	both := mat.NewDense(2*rows, d, nil)
	for i, w := range weights {
		for k, v := range points.RawRowView(i) {
			both.Set(i, k, math.Sqrt(w)*(v-mean[k]))
			both.Set(rows+i, k, -both.At(i, k))
		}
	}
	return both, nil
}

// Transport shifts the points of x, an n×d cloud of the source; dst may be nil or x.
func (m *Ridge) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	return m.shifted(dst, x, c, m.shift)
}

// Check says what Transport would say of c, and warns of numbers beyond the
// training range and of labels that only their coordinates place.
func (m *Ridge) Check(c condition.Value) (warnings []string, err error) {
	if _, err := m.shift(c); err != nil {
		return nil, err
	}
	return m.schema.Check(c)
}

// shift of a condition.
func (m *Ridge) shift(c condition.Value) (shift, error) {
	if _, err := m.index(c); err != nil {
		return nil, err
	}
	code, err := m.position(c)
	if err != nil {
		return nil, m.notApplicable(c, err)
	}
	return m.effects.at(code), nil
}
