package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// L2UVP is the unexplained variance of a map whose answer is known:
// 100·E‖T̂(x)−T(x)‖² / tr Cov(T(x)), in percent (Korotin et al. 2021). The rows of
// predicted and truth are images of the same points, whose weights may be nil.
// Its interval is a bootstrap over points.
func L2UVP(predicted, truth *mat.Dense, weights []float64, o Options) (Figure, error) {
	m, err := newImages(nil, predicted, truth, weights)
	if err != nil {
		return Figure{}, err
	}
	return m.figure("l2_uvp", o.definition("100·E‖T̂−T‖²/tr Cov(T), %%"), o, m.unexplained), nil
}

// Cosine is the cosine similarity of displacements,
// Σ⟨T̂−x,T−x⟩ / √(Σ‖T̂−x‖²·Σ‖T−x‖²): 1 for the right map, not a number for one
// that moves nothing. The rows of source are the points that were carried. Its interval is
// a bootstrap over points.
func Cosine(source, predicted, truth *mat.Dense, weights []float64, o Options) (Figure, error) {
	if source == nil {
		return Figure{}, fmt.Errorf("metrics: the cosine of displacements needs the points that were carried")
	}
	m, err := newImages(source, predicted, truth, weights)
	if err != nil {
		return Figure{}, err
	}
	return m.figure("cosine", o.definition("Σ⟨T̂−x,T−x⟩/√(Σ‖T̂−x‖²·Σ‖T−x‖²)"), o, m.cosine), nil
}

// BuresUVP is 100·W₂²/tr Cov(ν) in percent, with W₂² (no factor ½) between the
// Gaussians with the moments of the predicted and of the true images: blind to
// all but means and covariances, and comparable between unpaired clouds. Its
// interval is of the delete-half jackknife.
func BuresUVP(predicted, truth ot.Measure, o Options) (Figure, error) {
	p, err := o.pair(predicted, truth, false)
	if err != nil {
		return Figure{}, err
	}
	value := func(x, y ot.Measure, _ int) (float64, error) {
		g, err := ot.FitGaussian(x)
		if err != nil {
			return 0, err
		}
		h, err := ot.FitGaussian(y)
		if err != nil {
			return 0, err
		}
		w, err := ot.Bures(g, h)
		return 100 * w.W2Squared() / mat.Trace(h.Cov), err
	}
	v, err := value(p.predicted, p.observed, 0)
	if err != nil {
		return Figure{}, err
	}
	return p.halved(p.figure("bures_uvp", v, o.definition("100·W₂²(Gaussians with the moments)/tr Cov(ν), %%")).explained(), o, value)
}

// images are the sums over points that map metrics are ratios of.
type images struct {
	n                 int
	weights           []float64
	errors            []float64 // ‖T̂−T‖²
	inner, got, asked []float64 // ⟨T̂−x,T−x⟩, ‖T̂−x‖², ‖T−x‖²
	squares           []float64 // ‖T−mean T‖², the mean over all points
}

func newImages(source, predicted, truth *mat.Dense, weights []float64) (*images, error) {
	named := ot.Measure{Points: truth, Weights: weights}
	if err := named.Check("true"); err != nil {
		return nil, err
	}
	if err := ot.Uniform(predicted).Check("predicted"); err != nil {
		return nil, err
	}
	w, err := named.Shares()
	if err != nil {
		return nil, err
	}
	n, d := truth.Dims()
	for what, x := range map[string]*mat.Dense{"source": source, "predicted": predicted} {
		if x == nil {
			continue
		}
		if r, c := x.Dims(); r != n || c != d {
			return nil, fmt.Errorf("metrics: the %s cloud is %d×%d and the true images are %d×%d: rows must be the same points", what, r, c, n, d)
		}
	}
	m := &images{n: n, weights: w, errors: make([]float64, n), squares: make([]float64, n)}
	mean := weightedMean(truth, w)
	for i := range n {
		p, t := predicted.RawRowView(i), truth.RawRowView(i)
		for k := range t {
			m.errors[i] += (p[k] - t[k]) * (p[k] - t[k])
			m.squares[i] += (t[k] - mean[k]) * (t[k] - mean[k])
		}
	}
	if source != nil {
		m.inner, m.got, m.asked = make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			x, p, t := source.RawRowView(i), predicted.RawRowView(i), truth.RawRowView(i)
			for k := range x {
				m.inner[i] += (p[k] - x[k]) * (t[k] - x[k])
				m.got[i] += (p[k] - x[k]) * (p[k] - x[k])
				m.asked[i] += (t[k] - x[k]) * (t[k] - x[k])
			}
		}
	}
	return m, nil
}

// unexplained is the L²-UVP for weights w. The variance is taken about the mean
// over all points also where w are a replicate's: the difference is of order 1/n.
func (m *images) unexplained(w []float64) float64 {
	return 100 * dot(w, m.errors) / dot(w, m.squares)
}

func (m *images) cosine(w []float64) float64 {
	return dot(w, m.inner) / math.Sqrt(dot(w, m.got)*dot(w, m.asked))
}

func dot(w, v []float64) float64 {
	sum := 0.0
	for i, x := range v {
		sum += w[i] * x
	}
	return sum
}

// figure is value at the weights with a bootstrap over points.
func (m *images) figure(name, definition string, o Options, value func(w []float64) float64) Figure {
	var warnings []string
	if m.n < fewPoints {
		warnings = append(warnings, fmt.Sprintf("only %d points", m.n))
	}
	f := Unbounded(name, value(m.weights), m.n, definition, warnings...).explained()
	replicates := make([]float64, o.replicates())
	r := rand.New(o.stream(resampling))
	for b := range replicates {
		w := counts(r, m.n)
		for i := range w {
			w[i] *= m.weights[i]
		}
		replicates[b] = value(w)
	}
	return f.percentile(replicates)
}
