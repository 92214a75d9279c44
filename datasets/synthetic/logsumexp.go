package synthetic

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// logSumExp is the convex function τ log Σ_i exp((⟨w_i, x⟩ + b_i)/τ): a smooth
// maximum of affine functions. Its gradient is the mean of the w_i under the
// softmax of the exponents.
type logSumExp struct {
	w   *mat.Dense // m×d
	b   []float64
	tau float64
}

// newLogSumExp draws max(6, d) directions of norm √d, so that the displacement
// of a coordinate does not depend on the dimension.
func newLogSumExp(dim int, rng *rand.Rand) *logSumExp {
	m := max(6, dim)
	s := math.Sqrt(float64(dim))
	p := &logSumExp{w: normal(m, dim, rng), b: make([]float64, m), tau: 0.2 * s}
	if dim == 2 {
		p.tau = 0.1 * s
	}
	unitRows(p.w)
	p.w.Scale(s, p.w)
	for i := range p.b {
		p.b[i] = 0.5 * s * rng.NormFloat64()
	}
	return p
}

// logits are the exponents (⟨w_i, x⟩ + b_i)/τ of every row of x.
func (p *logSumExp) logits(x *mat.Dense) *mat.Dense {
	var l mat.Dense
	l.Mul(x, p.w.T())
	rows, _ := l.Dims()
	for r := range rows {
		row := l.RawRowView(r)
		for i := range row {
			row[i] = (row[i] + p.b[i]) / p.tau
		}
	}
	return &l
}

// value returns the function at every row of x.
func (p *logSumExp) value(x *mat.Dense) []float64 {
	l := p.logits(x)
	out := make([]float64, x.RawMatrix().Rows)
	for r := range out {
		largest, sum := expShifted(l.RawRowView(r))
		out[r] = p.tau * (largest + math.Log(sum))
	}
	return out
}

// gradient returns ∇ at every row of x.
func (p *logSumExp) gradient(x *mat.Dense) *mat.Dense {
	l := p.logits(x)
	rows, _ := l.Dims()
	for r := range rows {
		row := l.RawRowView(r)
		_, sum := expShifted(row)
		for i := range row {
			row[i] /= sum
		}
	}
	var g mat.Dense
	g.Mul(l, p.w)
	return &g
}

// expShifted replaces l by exp(l − max l) and returns the maximum and the sum.
func expShifted(l []float64) (largest, sum float64) {
	largest = math.Inf(-1)
	for _, v := range l {
		largest = math.Max(largest, v)
	}
	for i, v := range l {
		l[i] = math.Exp(v - largest)
		sum += l[i]
	}
	return largest, sum
}
