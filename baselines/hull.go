package baselines

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// lift weighs the spread of the points that stand for p against missing p: so
// small that missing it never pays.
const lift = 1e-3

// hullWeights are weights w ≥ 0 with Σ w = 1 of points whose mean Σ wⱼpⱼ is p
// or, outside of their convex hull, the hull's point nearest to p, and of such
// weights those with the least Σ wⱼ‖pⱼ−p‖². Inside the hull these are the
// barycentric coordinates of p in its simplex of the Delaunay triangulation,
// which is what minimises that sum (Rajan 1994, theorem 1).
//
// Both aims in one are a minimum-norm point: min ‖Σ wⱼ(pⱼ−p, lift·‖pⱼ−p‖²)‖²
// over the simplex, which Wolfe's method (1976) finds in finitely many steps.
func hullWeights(points [][]float64, p []float64) []float64 {
	rows := make([][]float64, len(points))
	scale := 0.0
	for _, q := range points {
		scale = max(scale, squaredDistance(q, p))
	}
	scale = math.Sqrt(scale)
	for j, q := range points {
		row := make([]float64, len(p)+1)
		floats.SubTo(row[:len(p)], q, p)
		floats.Scale(1/max(scale, math.SmallestNonzeroFloat64), row[:len(p)])
		row[len(p)] = lift * floats.Dot(row[:len(p)], row[:len(p)])
		rows[j] = row
	}
	return leastNorm(rows)
}

// leastNorm are the weights of the point of least norm in the convex hull of
// the rows (Wolfe, Finding the nearest point in a polytope, Mathematical
// Programming 11, 1976). The norm falls with each step, so it ends.
func leastNorm(rows [][]float64) []float64 {
	first := shortest(rows)
	c := corral{rows: rows, at: []int{first}, w: []float64{1}}
	for x := c.point(); ; {
		square := floats.Dot(x, x)
		next, least := -1, square*(1-1e-9)
		for j, row := range rows {
			if v := floats.Dot(x, row); v < least {
				next, least = j, v
			}
		}
		if next < 0 || slices.Contains(c.at, next) {
			break
		}
		closer, ok := c.with(next)
		if !ok {
			break
		}
		if x = closer.point(); floats.Dot(x, x) >= square {
			break // rounding alone is left
		}
		c = closer
	}
	w := make([]float64, len(rows))
	for k, j := range c.at {
		w[j] = c.w[k]
	}
	return w
}

func shortest(rows [][]float64) int {
	at := 0
	for j, row := range rows {
		if floats.Dot(row, row) < floats.Dot(rows[at], rows[at]) {
			at = j
		}
	}
	return at
}

// corral is a set of affinely independent rows with positive weights.
type corral struct {
	rows [][]float64
	at   []int
	w    []float64
}

// point is Σ w·row.
func (c corral) point() []float64 {
	x := make([]float64, len(c.rows[0]))
	for k, j := range c.at {
		floats.AddScaled(x, c.w[k], c.rows[j])
	}
	return x
}

// with is the corral of the face of least norm that has room for row j. It is
// not ok where rounding makes the rows dependent.
func (c corral) with(j int) (closer corral, ok bool) {
	c.at, c.w = append(slices.Clone(c.at), j), append(slices.Clone(c.w), 0)
	for {
		v, ok := c.affine()
		if !ok {
			return c, false
		}
		theta, leaving := 1.0, -1
		for k, value := range v {
			if value > 1e-12 {
				continue
			}
			if t := c.w[k] / (c.w[k] - value); leaving < 0 || t < theta {
				theta, leaving = t, k
			}
		}
		if leaving < 0 {
			c.w = v
			return c, true
		}
		for k := range c.w {
			c.w[k] += theta * (v[k] - c.w[k])
		}
		c.at, c.w = slices.Delete(c.at, leaving, leaving+1), slices.Delete(c.w, leaving, leaving+1)
		floats.Scale(1/floats.Sum(c.w), c.w)
	}
}

// affine are the weights, of any sign, of the point of least norm among all
// Σ v·row with Σ v = 1: the solution of (G + 𝟏𝟏ᵀ)v ∝ 𝟏 for the Gram matrix G.
func (c corral) affine() ([]float64, bool) {
	n := len(c.at)
	gram := mat.NewSymDense(n, nil)
	for k := range n {
		for l := range k + 1 {
			gram.SetSym(k, l, 1+floats.Dot(c.rows[c.at[k]], c.rows[c.at[l]]))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return nil, false
	}
	ones := make([]float64, n)
	floats.AddConst(1, ones)
	var v mat.VecDense
	if err := chol.SolveVecTo(&v, mat.NewVecDense(n, ones)); err != nil {
		return nil, false // so near to dependent that the solution means nothing
	}
	w := mat.Col(nil, 0, &v)
	floats.Scale(1/floats.Sum(w), w)
	return w, true
}
