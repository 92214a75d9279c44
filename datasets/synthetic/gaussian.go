package synthetic

import (
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// gaussian is a Gaussian of mean 0 and mean coordinate variance 1.
type gaussian struct {
	covariance *mat.Dense
	factor     *mat.Dense // covariance = factor·factorᵀ
}

// newGaussian draws the axes of the covariance and its eigenvalues, which lie
// within a factor e² of each other.
func newGaussian(dim int, rng *rand.Rand) *gaussian {
	q := orthogonal(dim, rng)
	ev := uniforms(dim, -1, 1, rng)
	var sum float64
	for i := range ev {
		ev[i] = math.Exp(ev[i])
		sum += ev[i]
	}
	root := make([]float64, dim)
	for i := range ev {
		ev[i] *= float64(dim) / sum
		root[i] = math.Sqrt(ev[i])
	}
	return &gaussian{covariance: withSpectrum(q, ev), factor: scaledColumns(q, root)}
}

func (g *gaussian) sample(n int, rng *rand.Rand) *mat.Dense {
	d, _ := g.factor.Dims()
	var x mat.Dense
	x.Mul(normal(n, d, rng), g.factor.T())
	return &x
}

// affine is the family of maps s(A(c)x + m(c) − shift) with
// A(c) = Q diag(exp(l₀ + l₁c)) Qᵀ, symmetric and positive definite, hence the
// gradient of a convex quadratic.
type affine struct {
	axes               *mat.Dense
	logLow, logSlope   []float64
	drift, oscillation []float64
	scale              float64
	shift              []float64
}

func newAffine(dim int, rng *rand.Rand) *affine {
	f := &affine{
		axes:     orthogonal(dim, rng),
		logLow:   uniforms(dim, -0.7, 0.3, rng),
		logSlope: uniforms(dim, -1, 1, rng),
		scale:    1,
		shift:    make([]float64, dim),
	}
	f.drift = normal(1, dim, rng).RawRowView(0)
	f.oscillation = normal(1, dim, rng).RawRowView(0)
	return f
}

func (f *affine) at(c condition.Value) (convex, error) {
	return f.quadratic(c[0].Number), nil
}

func (f *affine) images(x *mat.Dense, conditions []condition.Value) ([]*mat.Dense, error) {
	return separateImages(f, x, conditions)
}

// quadratic returns the potential of dose t.
func (f *affine) quadratic(t float64) *quadratic {
	p := &quadratic{axes: f.axes, eigenvalues: make([]float64, len(f.logLow)), m: make([]float64, len(f.shift))}
	for i := range p.eigenvalues {
		p.eigenvalues[i] = f.scale * math.Exp(f.logLow[i]+f.logSlope[i]*t)
		p.m[i] = f.scale * (f.drift[i]*t + f.oscillation[i]*math.Sin(math.Pi*t) - f.shift[i])
	}
	return p
}

// quadratic is ½⟨x, Ax⟩ + ⟨m, x⟩ with A = axes·diag(eigenvalues)·axesᵀ.
type quadratic struct {
	axes        *mat.Dense
	eigenvalues []float64
	m           []float64
}

func (p *quadratic) gradient(x *mat.Dense) *mat.Dense {
	var y mat.Dense
	y.Mul(x, withSpectrum(p.axes, p.eigenvalues))
	for i := range y.RawMatrix().Rows {
		row := y.RawRowView(i)
		for j, v := range p.m {
			row[j] += v
		}
	}
	return &y
}

func (p *quadratic) value(x *mat.Dense) []float64 {
	y := p.gradient(x) // Ax + m, so that ⟨x, Ax⟩/2 + ⟨m, x⟩ = ⟨x, y + m⟩/2
	out := make([]float64, x.RawMatrix().Rows)
	for i := range out {
		row := x.RawRowView(i)
		out[i] = (dot(row, y.RawRowView(i)) + dot(row, p.m)) / 2
	}
	return out
}

// inverse returns A⁻¹(y − m) of each row of y.
func (p *quadratic) inverse(y *mat.Dense) *mat.Dense {
	reciprocal := make([]float64, len(p.eigenvalues))
	for i, v := range p.eigenvalues {
		reciprocal[i] = 1 / v
	}
	centred := mat.DenseCopyOf(y)
	for i := range centred.RawMatrix().Rows {
		row := centred.RawRowView(i)
		for j, v := range p.m {
			row[j] -= v
		}
	}
	var x mat.Dense
	x.Mul(centred, withSpectrum(p.axes, reciprocal))
	return &x
}

// w2Squared is E‖(A−I)x + m‖² = ‖m‖² + tr((A−I)Σ(A−I)) for x of mean 0.
func (p *quadratic) w2Squared(covariance *mat.Dense) float64 {
	gain := make([]float64, len(p.eigenvalues))
	for i, v := range p.eigenvalues {
		gain[i] = (v - 1) * (v - 1)
	}
	var product mat.Dense
	product.Mul(withSpectrum(p.axes, gain), covariance)
	return dot(p.m, p.m) + mat.Trace(&product)
}

// withSpectrum is q·diag(values)·qᵀ.
func withSpectrum(q *mat.Dense, values []float64) *mat.Dense {
	var out mat.Dense
	out.Mul(scaledColumns(q, values), q.T())
	return &out
}

// scaledColumns is q·diag(values).
func scaledColumns(q *mat.Dense, values []float64) *mat.Dense {
	out := mat.DenseCopyOf(q)
	out.Apply(func(_, j int, v float64) float64 { return v * values[j] }, out)
	return out
}

// orthogonal draws an orthogonal matrix.
func orthogonal(dim int, rng *rand.Rand) *mat.Dense {
	var qr mat.QR
	qr.Factorize(normal(dim, dim, rng))
	var q mat.Dense
	qr.QTo(&q)
	return &q
}
