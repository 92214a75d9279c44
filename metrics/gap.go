package metrics

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Potentials are the values of a pair of Kantorovich potentials for the cost
// ½‖x−y‖²: U at the points of the source, V at those of the target. They may
// differ by any constant, but U(x) + V(y) ≤ ½‖x−y‖² makes them a bound.
type Potentials struct {
	U, V []float64
}

// slack is how far potentials may exceed the cost, as a share of it, by rounding alone.
const slack = 1e-9

// DualityGap is what a map costs beyond what its potentials prove to be needed:
// E ½‖x−Tx‖² − (E U(x) + E V(y)). Potentials with U + V ≤ c prove that
// ½W₂²(µ,ν) ≥ E U + E V; so a gap of 0 says, of a map that carries µ to ν, that
// it is optimal. The gap of a map that misses ν can be negative. The rows of
// image are the images of source's. Potentials that exceed the cost of a pair of
// points by more than rounding are no bound, which is a warning with the share of
// such pairs and the most by which they do. The interval is a bootstrap over the
// points of both clouds.
func DualityGap(ctx context.Context, source ot.Measure, image *mat.Dense, target ot.Measure, p Potentials, o Options) (Figure, error) {
	o.MaxPoints = -1
	if _, err := o.carried(source.Points, image, source.Weights); err != nil {
		return Figure{}, err
	}
	q, err := o.pair(source, target, false)
	if err != nil {
		return Figure{}, err
	}
	if len(p.U) != q.n || len(p.V) != q.m {
		return Figure{}, fmt.Errorf("metrics: %d and %d potentials for %d source and %d target points", len(p.U), len(p.V), q.n, q.m)
	}
	for _, v := range [][]float64{p.U, p.V} {
		for i, w := range v {
			if math.IsNaN(w) || math.IsInf(w, 0) {
				return Figure{}, fmt.Errorf("metrics: potential %d is %v: potentials must be finite", i, w)
			}
		}
	}
	a, err := source.Shares()
	if err != nil {
		return Figure{}, err
	}
	b, err := target.Shares()
	if err != nil {
		return Figure{}, err
	}
	terms := make([]float64, q.n) // ½‖x−Tx‖² − U(x)
	for i := range terms {
		d := floats.Distance(source.Points.RawRowView(i), image.RawRowView(i), 2)
		terms[i] = d*d/2 - p.U[i]
	}
	f := q.figure("duality_gap", floats.Dot(a, terms)-floats.Dot(b, p.V), o.definition("E c(x,Tx) − (E U(x) + E V(y)), cost ½‖x−y‖²"))
	exceeded, err := p.exceeding(ctx, source, target)
	if err != nil {
		return Figure{}, err
	}
	if exceeded != "" {
		f.Warnings = append(f.Warnings, exceeded)
	}
	r, replicates := rand.New(o.stream(resampling)), make([]float64, o.replicates())
	for k := range replicates {
		x, y := counts(r, q.n), counts(r, q.m)
		floats.Mul(x, a)
		floats.Mul(y, b)
		replicates[k] = floats.Dot(x, terms)/floats.Sum(x) - floats.Dot(y, p.V)/floats.Sum(y)
	}
	return f.percentile(replicates), nil
}

// exceeding says at which share of pairs U + V is above the cost, and by how
// much; "" where it is at none.
func (p Potentials) exceeding(ctx context.Context, source, target ot.Measure) (string, error) {
	cost, err := ot.HalfSquaredEuclidean.Between(source.Points, target.Points)
	if err != nil {
		return "", err
	}
	n, m := cost.Dims()
	row := make([]float64, m)
	count, most := 0, 0.0
	for i := range n {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		cost.Rows(row, i, i+1)
		for j, c := range row {
			if over := p.U[i] + p.V[j] - c; over > slack*(c+math.Abs(p.U[i])+math.Abs(p.V[j])) {
				count++
				most = max(most, over)
			}
		}
	}
	if count == 0 {
		return "", nil
	}
	return fmt.Sprintf("the potentials exceed the cost at %.2g %% of pairs, by up to %.3g: they prove no bound", 100*float64(count)/float64(n)/float64(m), most), nil
}
