package synthetic

import (
	"fmt"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// geodesic is McCann's displacement interpolation (McCann 1997) between µ and
// the image of the map of end: ψ_t(x) = ½(1−t)‖x‖² + tψ(x), so that
// T_t(x) = (1−t)x + tT(x) and W₂(µ, ν_t) = t W₂(µ, ν_1).
type geodesic struct {
	end convex
}

// endWeights are the weights of the potential at time 1, and endDisplacement
// the mean displacement of every coordinate from time 0 to time 1.
var (
	endWeights      = weights{quadratic: 0.1, alpha: []float64{0.9, 0.7, 0.5, 0.3}}
	endDisplacement = 0.5
)

func (g *geodesic) at(c condition.Value) (convex, error) {
	t := c[0].Number
	if t < 0 || t > 1 {
		return nil, fmt.Errorf("synthetic: time %g: it is between 0 (source) and 1 (target)", t)
	}
	return geodesicPotential{t, g.end}, nil
}

func (g *geodesic) images(x *mat.Dense, conditions []condition.Value) ([]*mat.Dense, error) {
	end := g.end.gradient(x)
	out := make([]*mat.Dense, len(conditions))
	for i, c := range conditions {
		if _, err := g.at(c); err != nil {
			return nil, err
		}
		out[i] = between(x, end, c[0].Number)
	}
	return out, nil
}

// geodesicPotential is ψ_t.
type geodesicPotential struct {
	t   float64
	end convex
}

func (p geodesicPotential) gradient(x *mat.Dense) *mat.Dense {
	return between(x, p.end.gradient(x), p.t)
}

func (p geodesicPotential) value(x *mat.Dense) []float64 {
	out := p.end.value(x)
	for i := range out {
		row := x.RawRowView(i)
		out[i] = (1-p.t)/2*dot(row, row) + p.t*out[i]
	}
	return out
}

// between is (1−t)x + ty.
func between(x, y *mat.Dense, t float64) *mat.Dense {
	n, d := x.Dims()
	out := mat.NewDense(n, d, nil)
	for i := range n {
		row := out.RawRowView(i)
		to := y.RawRowView(i)
		for j, v := range x.RawRowView(i) {
			row[j] = (1-t)*v + t*to[j]
		}
	}
	return out
}
