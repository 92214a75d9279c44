package ot

import "gonum.org/v1/gonum/mat"

// Coupling is an optimal plan between n source and m target points of total
// mass 1, with the potentials that prove it optimal.
type Coupling struct {
	// N and M are the numbers of source and target points.
	N, M int
	// Source[k] and Target[k] are the points of the k-th entry of the plan and
	// Mass[k] > 0 what it carries; at most N+M−1 entries, in order of source,
	// then target.
	Source, Target []int32
	Mass           []float64
	// U and V are Kantorovich potentials: U[i]+V[j] ≤ c(i,j) for all pairs, with
	// equality, up to rounding, where the plan carries mass. They are unique
	// only up to a constant, and less than that in a degenerate problem.
	U, V []float64
	// Cost is Σ Mass·c over the plan, in the units of the cost that was given.
	Cost float64
	// Gap is Cost − (Σᵢ aᵢUᵢ + Σⱼ bⱼVⱼ): the true optimum is in [Cost−Gap, Cost].
	// Only rounding makes it differ from 0.
	Gap float64
	// Pivots is how many steps the simplex method took, not counting those
	// that found it a starting point.
	Pivots int
}

// Dense is the plan as an n×m matrix.
func (c *Coupling) Dense() *mat.Dense {
	plan := mat.NewDense(c.N, c.M, nil)
	for k, mass := range c.Mass {
		i, j := int(c.Source[k]), int(c.Target[k])
		plan.Set(i, j, plan.At(i, j)+mass)
	}
	return plan
}

// Barycentric is the barycentric projection of the plan: row i is the mean of
// the target points that source point i is carried to, weighted by mass. A
// source point without mass stays at NaN: nothing says where it goes.
func (c *Coupling) Barycentric(target *mat.Dense) (*mat.Dense, error) {
	m, d := Uniform(target).Dims()
	if m != c.M {
		return nil, errCount("target points", m, c.M)
	}
	out, mass := mat.NewDense(c.N, d, nil), make([]float64, c.N)
	for k, w := range c.Mass {
		i := int(c.Source[k])
		mass[i] += w
		row := out.RawRowView(i)
		for f, y := range target.RawRowView(int(c.Target[k])) {
			row[f] += w * y
		}
	}
	for i, w := range mass {
		row := out.RawRowView(i)
		for f := range row {
			row[f] /= w // 0/0 is NaN
		}
	}
	return out, nil
}

// Interpolate is the displacement interpolation at time t, from the source at
// t=0 to the target at t=1: one point (1−t)x+ty for each entry of the plan, with
// its mass (McCann 1997). It is a geodesic of W₂ when the coupling is optimal
// for the squared Euclidean cost.
func (c *Coupling) Interpolate(source, target *mat.Dense, t float64) (Measure, error) {
	n, d := Uniform(source).Dims()
	m, e := Uniform(target).Dims()
	switch {
	case n != c.N:
		return Measure{}, errCount("source points", n, c.N)
	case m != c.M:
		return Measure{}, errCount("target points", m, c.M)
	case d != e:
		return Measure{}, errCount("features of the target", e, d)
	}
	points := mat.NewDense(len(c.Mass), d, nil)
	for k := range c.Mass {
		x, y := source.RawRowView(int(c.Source[k])), target.RawRowView(int(c.Target[k]))
		row := points.RawRowView(k)
		for f := range row {
			row[f] = (1-t)*x[f] + t*y[f]
		}
	}
	return Measure{Points: points, Weights: append([]float64(nil), c.Mass...)}, nil
}
