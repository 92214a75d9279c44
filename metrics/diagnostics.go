package metrics

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// MongeGap is what a map spends beyond the optimum for its own image,
// E c(x,Tx) − W(µ,T#µ) with the cost ½‖x−y‖² and the exact optimum: 0 where the
// map is optimal for the points that it was given, whatever its target (Uscidda
// and Cuturi 2023). The rows of image are the images of the rows of source. With
// epsilon > 0 the optimum is the entropic one, W_ε(µ,T#µ) with ε·KL, which is
// cheaper to compute and makes the gap too small by up to that term.
func MongeGap(ctx context.Context, source, image *mat.Dense, weights []float64, epsilon float64, o Options) (Figure, error) {
	w, err := pairedShares(source, image, weights)
	if err != nil {
		return Figure{}, err
	}
	if epsilon < 0 || math.IsNaN(epsilon) {
		return Figure{}, fmt.Errorf("metrics: epsilon %v: want a positive number, or 0 for the exact optimum", epsilon)
	}
	rows := o.choose(len(w))
	x, y := ot.Measure{Points: part(source, rows), Weights: picked(w, rows)}, ot.Measure{Points: part(image, rows), Weights: picked(w, rows)}
	var warnings []string
	if len(rows) < len(w) {
		warnings = append(warnings, fmt.Sprintf("%d of %d points, chosen at random", len(rows), len(w)))
	}
	spent, total := 0.0, floats.Sum(x.Weights)
	for k := range rows {
		d := floats.Distance(x.Points.RawRowView(k), y.Points.RawRowView(k), 2)
		spent += x.Weights[k] / total * d * d / 2
	}
	if epsilon == 0 {
		c, err := ot.Transport(ctx, ot.HalfSquaredEuclidean, x, y, ot.ExactOptions{Workers: o.Workers})
		if err != nil {
			return Figure{}, err
		}
		return Unbounded("monge_gap", spent-c.Cost, len(rows), o.definition("E c(x,Tx) − min ⟨P,C⟩, exact, cost ½‖x−y‖²"), warnings...), nil
	}
	cost, err := ot.HalfSquaredEuclidean.Between(x.Points, y.Points)
	if err != nil {
		return Figure{}, err
	}
	r, err := entropic(ctx, cost, x, y, ot.SinkhornOptions{Epsilon: epsilon, Workers: o.Workers})
	if err != nil {
		return Figure{}, err
	}
	if !r.Converged {
		warnings = append(warnings, notConverged(r.MarginalError))
	}
	return Unbounded("monge_gap", spent-r.Value, len(rows), o.definition("E c(x,Tx) − min(⟨P,C⟩ + ε·KL), cost ½‖x−y‖², ε=%.6g", epsilon), warnings...), nil
}

// MonotonicityViolations is the share of pairs of points with
// ⟨x−x′, Tx−Tx′⟩ < 0. The gradient of a convex function has none: it is
// monotone, which is its cyclical monotonicity for cycles of two.
func MonotonicityViolations(source, image *mat.Dense, o Options) (Figure, error) {
	w, err := pairedShares(source, image, nil)
	if err != nil {
		return Figure{}, err
	}
	rows := o.choose(len(w))
	if len(rows) < 2 {
		return Figure{}, fmt.Errorf("metrics: %d points have no pairs: at least 2 are needed", len(rows))
	}
	violated := make([]int, len(rows))
	inParallel(o.Workers, len(rows), func(k int) {
		x, tx := source.RawRowView(rows[k]), image.RawRowView(rows[k])
		for _, i := range rows[:k] {
			z, tz := source.RawRowView(i), image.RawRowView(i)
			inner := 0.0
			for f := range x {
				inner += (x[f] - z[f]) * (tx[f] - tz[f])
			}
			if inner < 0 {
				violated[k]++
			}
		}
	})
	total := 0
	for _, v := range violated {
		total += v
	}
	n := len(rows)
	return Unbounded("monotonicity_violations", float64(total)/float64(n*(n-1)/2), n, o.definition("share of pairs with ⟨x−x′,Tx−Tx′⟩ < 0")), nil
}

// neighbourOrder is which nearest neighbour the support of a cloud is judged by.
const neighbourOrder = 5

// OutOfSupport is the share of points farther from a reference cloud, such as
// the training points, than 95 % of the reference's own points are from the
// others, both measured to the fifth nearest neighbour: .05 is what points of
// the reference's own law have.
func OutOfSupport(points, reference *mat.Dense, o Options) (Figure, error) {
	p, err := o.pair(ot.Uniform(points), ot.Uniform(reference), false)
	if err != nil {
		return Figure{}, err
	}
	if p.m <= neighbourOrder {
		return Figure{}, fmt.Errorf("metrics: a reference of %d points has no %dth neighbours", p.m, neighbourOrder)
	}
	own, err := neighbourDistances(p.observed.Points, p.observed.Points, neighbourOrder+1, o.Workers) // a point is its own nearest
	if err != nil {
		return Figure{}, err
	}
	slices.Sort(own)
	bound := own[min(len(own)-1, int(0.95*float64(len(own))))]
	far, err := neighbourDistances(p.predicted.Points, p.observed.Points, neighbourOrder, o.Workers)
	if err != nil {
		return Figure{}, err
	}
	outside := 0
	for _, d := range far {
		if d > bound {
			outside++
		}
	}
	f := p.figure("out_of_support", float64(outside)/float64(p.n),
		o.definition("share of points farther from the reference than 95 %% of its own, by the distance to neighbour %d", neighbourOrder))
	f.N = p.n
	return f, nil
}

// neighbourDistances are the squared distances of the rows of x to their k-th
// nearest rows of y.
func neighbourDistances(x, y *mat.Dense, k, workers int) ([]float64, error) {
	cost, err := ot.SquaredEuclidean.Between(x, y)
	if err != nil {
		return nil, err
	}
	n, m := cost.Dims()
	out := make([]float64, n)
	inParallel(workers, (n+rowsAtOnce-1)/rowsAtOnce, func(block int) {
		from, to := block*rowsAtOnce, min(n, (block+1)*rowsAtOnce)
		rows := make([]float64, (to-from)*m)
		cost.Rows(rows, from, to)
		for i := from; i < to; i++ {
			row := rows[(i-from)*m:][:m]
			slices.Sort(row)
			out[i] = row[k-1]
		}
	})
	return out, nil
}

// pairedShares checks points and their images and returns the points' weights.
func pairedShares(source, image *mat.Dense, weights []float64) ([]float64, error) {
	m := ot.Measure{Points: source, Weights: weights}
	if err := m.Check("source"); err != nil {
		return nil, err
	}
	if err := ot.Uniform(image).Check("carried"); err != nil {
		return nil, err
	}
	n, d := source.Dims()
	if r, c := image.Dims(); r != n || c != d {
		return nil, fmt.Errorf("metrics: %d points of %d features and %d images of %d: rows must be the same points", n, d, r, c)
	}
	return m.Shares()
}

// choose picks the rows to use of n.
func (o Options) choose(n int) []int {
	most := o.most(n)
	rows := rand.New(o.stream(choosing)).Perm(n)[:min(n, most)]
	slices.Sort(rows)
	return rows
}

func part(x *mat.Dense, rows []int) *mat.Dense {
	_, d := x.Dims()
	out := mat.NewDense(len(rows), d, nil)
	for k, i := range rows {
		out.SetRow(k, x.RawRowView(i))
	}
	return out
}

func picked(v []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for k, i := range at {
		out[k] = v[i]
	}
	return out
}
