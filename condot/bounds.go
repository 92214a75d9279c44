package condot

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// lower fills in the lower bound, the mean of a(x) = ‖x‖² − 2f*(x) over the source plus that
// of b(y) = ‖y‖² − 2f(y) over the target, for normalised x and y, where W₂² is smaller by
// Scale². It returns a and b, in the units of the data squared.
func (m *Model) lower(ctx context.Context, c *Certificate, pair datasets.Pair, wx, wy []float64) (a, b []float64, err error) {
	v, err := m.encoder.features(pair.Condition)
	if err != nil {
		return nil, nil, err
	}
	m.device.Lock()
	defer m.device.Unlock()
	if c.Convexity, err = m.convexity(v); err != nil {
		return nil, nil, err
	}
	a, gaps, err := m.conjugates(ctx, v, pair.Source, c.Convexity)
	if err != nil {
		return nil, nil, err
	}
	if b, err = m.valuesOfF(ctx, v, pair.Target); err != nil {
		return nil, nil, err
	}
	s2 := m.norm.Scale * m.norm.Scale
	floats.Scale(s2, a)
	floats.Scale(s2, b)
	meanA, va := meanAndVariance(a, wx)
	meanB, vb := meanAndVariance(b, wy)
	c.Lower = Bound{meanA + meanB, math.Sqrt(va + vb), len(wx), len(wy)}
	c.Slack = 2 * s2 * floats.Dot(gaps, wx)
	return a, b, nil
}

// convexity is α = min_j softplus(s_j(c)), the smallest curvature of f's diagonal term; the
// network beside it is convex where its weights W^z are not negative.
func (m *Model) convexity(v []float32) (float64, error) {
	f := m.potentials.f
	for _, p := range f.layout.Params {
		for _, w := range m.fParams[p.Offset : p.Offset+p.Size] {
			if p.NonNegative && !(w >= 0) {
				return 0, fmt.Errorf("condot: %w: its weights %s, which must not be negative, hold %g", ErrNotConvex, p.Name, w)
			}
		}
	}
	if f.curvature == nil {
		return 0, fmt.Errorf("condot: %w: it has no quadratic term beside the network (quadratic %q)", ErrNotConvex, f.arch.Quadratic)
	}
	prog, err := m.potentials.program("convexity", 1, 1, func(gr *Graph, vn, _ *Node) []*Node {
		w := f.layout.Split(Parameter(gr, "w", train.Vector(f.layout.Size)))
		return []*Node{ReduceAllMin(f.curvature(w, vn))}
	})
	if err != nil {
		return 0, err
	}
	out, err := m.potentials.run(prog, [][]float32{v, make([]float32, f.dim)}, [][]int{{1, len(v)}, {1, 1, f.dim}}, m.potentials.fw)
	if err != nil {
		return 0, err
	}
	if alpha := float64(out[0][0]); alpha > 0 {
		return alpha, nil
	}
	return 0, fmt.Errorf("condot: %w: the smallest curvature of its quadratic term under this condition is %g", ErrNotConvex, out[0][0])
}

const (
	// conjugateRounds is how often the conjugates of a certificate are refined at most.
	conjugateRounds = 20
	// conjugateGap is the mean of ‖x−∇f(ŷ)‖²/(2α), in normalised units and for each
	// coordinate, below which refining ends: a coordinate's variance is 1 there.
	conjugateGap = 1e-5
)

// conjugates returns ‖x‖² − 2·(upper bound of f*(x)) at the normalised rows of the cloud, and
// the part ‖x−∇f(ŷ)‖²/(2α) of the bound.
func (m *Model) conjugates(ctx context.Context, v []float32, cloud *mat.Dense, alpha float64) (values, gaps []float64, err error) {
	p, d := m.potentials, len(m.Features)
	err = batches.Chunks(m.norm, cloud, func(_, n int, x []float32) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, y, err := p.evaluate(p.g, p.gw, v, x, 1, batches.Chunk)
		if err != nil {
			return err
		}
		var residual []float32
		last := math.Inf(1)
		for range conjugateRounds {
			if y, residual, _, err = p.conjugate(p.f, p.fw, v, x, y, 1, batches.Chunk); err != nil {
				return err
			}
			mean := 0.0
			for _, r := range residual[:n] {
				mean += float64(r) / float64(n)
			}
			if mean/(2*alpha) < conjugateGap*float64(d) || !(mean < .9*last) {
				break
			}
			last = mean
		}
		// The values come from one more evaluation at ŷ, not from the loop's.
		fy, slope, err := p.evaluate(p.f, p.fw, v, y, 1, batches.Chunk)
		if err != nil {
			return err
		}
		for i := range n {
			square, inner, r := 0.0, 0.0, 0.0
			for k := i * d; k < (i+1)*d; k++ {
				a, b, c := float64(x[k]), float64(y[k]), float64(slope[k])
				square, inner, r = square+a*a, inner+a*b, r+(a-c)*(a-c)
			}
			gap := r / (2 * alpha)
			gaps = append(gaps, gap)
			values = append(values, square-2*(inner-float64(fy[i])+gap))
		}
		return nil
	})
	return values, gaps, err
}

// valuesOfF returns ‖y‖² − 2f(y) at the normalised rows of the cloud.
func (m *Model) valuesOfF(ctx context.Context, v []float32, cloud *mat.Dense) (values []float64, err error) {
	p, d := m.potentials, len(m.Features)
	err = batches.Chunks(m.norm, cloud, func(_, n int, y []float32) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		fy, _, err := p.evaluate(p.f, p.fw, v, y, 1, batches.Chunk)
		if err != nil {
			return err
		}
		for i := range n {
			square := 0.0
			for _, a := range y[i*d : (i+1)*d] {
				square += float64(a) * float64(a)
			}
			values = append(values, square-2*float64(fy[i]))
		}
		return nil
	})
	return values, err
}

// meanAndVariance are the mean of values with shares w (which sum to 1) and the variance
// of that mean, Σw²(v−mean)², with n−1 for n where the shares are equal.
func meanAndVariance(values, w []float64) (mean, variance float64) {
	for i, v := range values {
		mean += w[i] * v
	}
	for i, v := range values {
		variance += w[i] * w[i] * (v - mean) * (v - mean)
	}
	n := float64(len(values))
	return mean, variance * n / (n - 1)
}

// sampleGap is the mean duality gap of samples, exact transport cost less the dual value with
// a and b the values of the dual functions at the rows of source and target, and the standard
// error of the upper bound that it gives.
//
// Samples are stratified: unbiased, which is all that the bound asks of them, with much less
// noise than random ones where clouds fall into clusters. Their spread says what drawing them
// adds. What the rows themselves leave open follows from the central limit theorem of
// empirical transport costs around their expectation: the number of rows times the variance
// tends to the variance of the optimal potentials (del Barrio & Loubes 2019, "Central limit
// theorems for empirical transportation cost in general dimension").
func sampleGap(ctx context.Context, source, target ot.Measure, wx, wy, a, b []float64, o CertifyOptions) (gap, se float64, err error) {
	r := rand.New(rand.NewPCG(o.Seed, 0))
	nx, ny := min(o.SamplePoints, len(wx)/samples), min(o.SamplePoints, len(wy)/samples)
	drawX, drawY := strata(source.Points, wx, nx, samples, r), strata(target.Points, wy, ny, samples, r)
	gaps, limit := make([]float64, samples), 0.0
	for k := range samples {
		x, y := ot.Uniform(picked(source.Points, drawX[k])), ot.Uniform(picked(target.Points, drawY[k]))
		plan, err := ot.Transport(ctx, ot.SquaredEuclidean, x, y, ot.ExactOptions{})
		if err != nil {
			return 0, 0, fmt.Errorf("condot: the upper bound: %w", err)
		}
		gaps[k] = plan.Cost
		for _, i := range drawX[k] {
			gaps[k] -= a[i] / float64(nx)
		}
		for _, j := range drawY[k] {
			gaps[k] -= b[j] / float64(ny)
		}
		limit += (stat.Variance(plan.U, nil)*concentration(wx) + stat.Variance(plan.V, nil)*concentration(wy)) / samples
	}
	mean, variance := stat.MeanVariance(gaps, nil)
	return mean, math.Sqrt(limit + variance/samples), nil
}

// concentration of shares is Σw², one over the effective number of points.
func concentration(w []float64) float64 { return floats.Dot(w, w) }

// picked is the cloud of some rows.
func picked(cloud *mat.Dense, rows []int) *mat.Dense {
	_, d := cloud.Dims()
	p := mat.NewDense(len(rows), d, nil)
	for i, row := range rows {
		p.SetRow(i, cloud.RawRowView(row))
	}
	return p
}
