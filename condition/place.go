package condition

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
)

// Place finds the coordinates of an action that is not in the embedding from
// its distances to actions that are, in their unit: the minimum over x of
//
//	Σ_i (Scale·‖x − e_i‖ − δ_i)²
//
// with the others held fixed, in the space that they span. stress is the
// relative error √(Σ(d−δ)²/Σδ²) of the new action's distances.
func (e *Embedding) Place(distances map[string]float64) (coordinates []float64, stress float64, err error) {
	if len(distances) == 0 || !(e.Scale > 0) {
		return nil, 0, fmt.Errorf("condition: placing an action needs distances to actions of an embedding")
	}
	var fixed [][]float64
	var delta []float64
	sum := 0.0
	for _, l := range sortedKeys(distances) {
		at, ok := e.Coordinates[l]
		if !ok {
			return nil, 0, fmt.Errorf("condition: %s is no action of the embedding (%s)", l, spell.Suggest(l, sortedKeys(e.Coordinates)))
		}
		d := distances[l] / e.Scale
		if !finite(d) || d < 0 {
			return nil, 0, fmt.Errorf("condition: the distance to %s is %g; distances are finite and not negative", l, distances[l])
		}
		fixed, delta = append(fixed, at), append(delta, d)
		sum += d * d
	}
	if !finite(sum) || slices.ContainsFunc(fixed, func(x []float64) bool { return len(x) != len(fixed[0]) }) {
		return nil, 0, fmt.Errorf("condition: placing an action: the embedding's coordinates differ in length, or the distances are too large")
	}
	f, err := frameOf(fixed)
	if err != nil {
		return nil, 0, err
	}
	var z []float64
	best := math.Inf(1)
	for _, start := range f.starts(delta) {
		if moved, s := descend(start, f.points, delta); s < best {
			z, best = moved, s
		}
	}
	coordinates = f.lift(z)
	if sum == 0 {
		return coordinates, 0, nil
	}
	return coordinates, math.Sqrt(best / sum), nil
}

// frame is the space that fixed points span: their mean, the principal axes in
// which they vary (p×r), and the points in these axes.
type frame struct {
	mean   []float64
	axes   *mat.Dense
	sizes  []float64 // singular values of the points in each axis
	points [][]float64
}

func frameOf(fixed [][]float64) (*frame, error) {
	n, p := len(fixed), len(fixed[0])
	f := &frame{mean: make([]float64, p), points: make([][]float64, n)}
	for _, e := range fixed {
		for k, v := range e {
			f.mean[k] += v / float64(n)
		}
	}
	x := mat.NewDense(n, p, nil)
	for i, e := range fixed {
		for k, v := range e {
			x.Set(i, k, v-f.mean[k])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThin) {
		return nil, fmt.Errorf("condition: placing an action: the span of the embedding did not converge")
	}
	var axes, turned mat.Dense
	svd.VTo(&axes)
	rank := svd.Rank(1e-6) // axes that are rounding of coordinates are left out
	f.sizes = svd.Values(nil)[:rank]
	if rank > 0 {
		f.axes = mat.DenseCopyOf(axes.Slice(0, p, 0, rank))
		turned.Mul(x, f.axes)
	}
	for i := range f.points {
		f.points[i] = make([]float64, rank)
		for k := range rank {
			f.points[i][k] = turned.At(i, k)
		}
	}
	return f, nil
}

// lift turns coordinates in the frame into those of the embedding.
func (f *frame) lift(z []float64) []float64 {
	x := slices.Clone(f.mean)
	for k := range x {
		for a, v := range z {
			x[k] += f.axes.At(k, a) * v
		}
	}
	return x
}

// starts are points to descend from: Gower's solution, exact where the
// distances can be realised, the mean, and the nearest fixed points, a little
// towards the mean so that no direction is lost.
func (f *frame) starts(delta []float64) [][]float64 {
	order := make([]int, len(delta))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(delta[a], delta[b]) })
	starts := [][]float64{f.gower(delta), make([]float64, len(f.sizes))}
	const nearest = 8
	for _, i := range order[:min(nearest, len(order))] {
		start := slices.Clone(f.points[i])
		for k := range start {
			start[k] *= 0.9
		}
		starts = append(starts, start)
	}
	return starts
}

// gower adds a point to a configuration X from its squared distances δ²:
// x = ½ (XᵀX)⁻¹Xᵀ(diag(XXᵀ) − δ²), where XᵀX is diagonal in the frame. Source:
// Gower 1968, Adding a point to vector diagrams in multivariate analysis.
func (f *frame) gower(delta []float64) []float64 {
	z := make([]float64, len(f.sizes))
	for i, point := range f.points {
		norm := 0.0
		for _, v := range point {
			norm += v * v
		}
		for k, v := range point {
			z[k] += v * (norm - delta[i]*delta[i]) / (2 * f.sizes[k] * f.sizes[k])
		}
	}
	return z
}

// descend lowers the stress of one point by x ← mean_i(e_i + δ_i u_i), with u_i
// the direction from e_i to x: SMACOF with the other points fixed.
func descend(x []float64, fixed [][]float64, delta []float64) ([]float64, float64) {
	n := float64(len(fixed))
	total := 0.0
	for _, d := range delta {
		total += d * d
	}
	last := math.Inf(1)
	for range maxGuttman {
		next := make([]float64, len(x))
		stress := 0.0
		for i, e := range fixed {
			d := distance(x, e)
			stress += (d - delta[i]) * (d - delta[i])
			pull := 0.0
			if d > 0 {
				pull = delta[i] / d
			}
			for k := range next {
				next[k] += (e[k] + pull*(x[k]-e[k])) / n
			}
		}
		if last-stress <= stressTolerance*total {
			return x, stress
		}
		last, x = stress, next
	}
	return x, last
}
