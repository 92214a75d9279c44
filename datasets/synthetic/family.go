package synthetic

import (
	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// convex is a convex function of the points in the rows of x.
type convex interface {
	// value is the function at each row, n values.
	value(x *mat.Dense) []float64
	// gradient is the map ∇ψ of each row, n×d.
	gradient(x *mat.Dense) *mat.Dense
}

// family gives the potential of each condition.
type family interface {
	at(c condition.Value) (convex, error)
	// images carries the points x under several conditions, doing once what
	// the conditions share.
	images(x *mat.Dense, conditions []condition.Value) ([]*mat.Dense, error)
}

// separateImages is images for a family whose conditions share nothing.
func separateImages(f family, x *mat.Dense, conditions []condition.Value) ([]*mat.Dense, error) {
	out := make([]*mat.Dense, len(conditions))
	for i, c := range conditions {
		potential, err := f.at(c)
		if err != nil {
			return nil, err
		}
		out[i] = potential.gradient(x)
	}
	return out, nil
}

// weights are the coefficients a(c) and α_k(c) of one condition.
type weights struct {
	quadratic float64
	alpha     []float64
}

// smooth is the family ψ_c(x) = s(½ a(c)‖x‖² + Σ α_k(c) ψ_k(x) − ⟨x, shift⟩):
// one scale s and one shift for all conditions leave every map optimal.
type smooth struct {
	basis []*logSumExp
	weigh func(c condition.Value) (weights, error)
	scale float64
	shift []float64
}

func (f *smooth) at(c condition.Value) (convex, error) {
	w, err := f.weigh(c)
	if err != nil {
		return nil, err
	}
	return &smoothPotential{family: f, weights: w}, nil
}

func (f *smooth) images(x *mat.Dense, conditions []condition.Value) ([]*mat.Dense, error) {
	gradients := f.gradients(x)
	out := make([]*mat.Dense, len(conditions))
	for i, c := range conditions {
		w, err := f.weigh(c)
		if err != nil {
			return nil, err
		}
		out[i] = f.combine(x, gradients, w)
	}
	return out, nil
}

// gradients of the basis functions at the rows of x, which conditions share.
func (f *smooth) gradients(x *mat.Dense) []*mat.Dense {
	out := make([]*mat.Dense, len(f.basis))
	for k, p := range f.basis {
		out[k] = p.gradient(x)
	}
	return out
}

// combine returns the map of one condition from the gradients of the basis.
func (f *smooth) combine(x *mat.Dense, gradients []*mat.Dense, w weights) *mat.Dense {
	n, d := x.Dims()
	out := mat.NewDense(n, d, nil)
	for i := range n {
		row := out.RawRowView(i)
		for j, v := range x.RawRowView(i) {
			row[j] = w.quadratic*v - f.shift[j]
		}
		for k, g := range gradients {
			for j, v := range g.RawRowView(i) {
				row[j] += w.alpha[k] * v
			}
		}
		for j := range row {
			row[j] *= f.scale
		}
	}
	return out
}

// smoothPotential is one member of a smooth family.
type smoothPotential struct {
	family  *smooth
	weights weights
}

func (p *smoothPotential) gradient(x *mat.Dense) *mat.Dense {
	return p.family.combine(x, p.family.gradients(x), p.weights)
}

func (p *smoothPotential) value(x *mat.Dense) []float64 {
	n, _ := x.Dims()
	out := make([]float64, n)
	for i := range out {
		row := x.RawRowView(i)
		out[i] = p.weights.quadratic/2*dot(row, row) - dot(row, p.family.shift)
	}
	for k, b := range p.family.basis {
		for i, v := range b.value(x) {
			out[i] += p.weights.alpha[k] * v
		}
	}
	for i := range out {
		out[i] *= p.family.scale
	}
	return out
}
