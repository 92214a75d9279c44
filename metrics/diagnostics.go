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
// cheaper to compute and makes the gap too small by at least that term, and by
// at most ε·KL of an optimal plan (≤ ε·log n for equal weights): see
// [DebiasedMongeGap]. The interval is of the delete-half jackknife.
func MongeGap(ctx context.Context, source, image *mat.Dense, weights []float64, epsilon float64, o Options) (Figure, error) {
	if epsilon < 0 || math.IsNaN(epsilon) {
		return Figure{}, fmt.Errorf("metrics: epsilon %v: want a positive number, or 0 for the exact optimum", epsilon)
	}
	if epsilon == 0 {
		return mongeGap("monge_gap", o.definition("E c(x,Tx) − min ⟨P,C⟩, exact, cost ½‖x−y‖²"), source, image, weights, o,
			func(x, y ot.Measure, workers int) (float64, string, error) {
				c, err := ot.Transport(ctx, ot.HalfSquaredEuclidean, x, y, ot.ExactOptions{Workers: workers})
				if err != nil {
					return 0, "", err
				}
				return c.Cost, "", nil
			})
	}
	return mongeGap("monge_gap", o.definition("E c(x,Tx) − min(⟨P,C⟩ + ε·KL), cost ½‖x−y‖², ε=%.6g", epsilon), source, image, weights, o,
		func(x, y ot.Measure, workers int) (float64, string, error) {
			cost, err := ot.HalfSquaredEuclidean.Between(x.Points, y.Points)
			if err != nil {
				return 0, "", err
			}
			r, err := entropic(ctx, cost, x, y, ot.SinkhornOptions{Epsilon: epsilon, MaxIterations: sinkhornIterations, Workers: workers})
			if err != nil {
				return 0, "", err
			}
			if !r.Converged {
				return r.Value, notConverged(r.MarginalError), nil
			}
			return r.Value, "", nil
		})
}

// DebiasedMongeGap is [MongeGap] with the debiased Sinkhorn divergence in the
// place of the optimum, E c(x,Tx) − S_ε(µ,T#µ): 0 for a shift whatever ε, and
// nearer to the exact gap than the entropic one.
func DebiasedMongeGap(ctx context.Context, source, image *mat.Dense, weights []float64, epsilon float64, o Options) (Figure, error) {
	return mongeGap("monge_gap_debiased", o.definition("E c(x,Tx) − debiased Sinkhorn divergence, cost ½‖x−y‖², ε=%.6g", epsilon), source, image, weights, o,
		func(x, y ot.Measure, workers int) (float64, string, error) {
			d, err := ot.SinkhornDivergence(ctx, ot.HalfSquaredEuclidean, x, y, ot.SinkhornOptions{Epsilon: epsilon, MaxIterations: sinkhornIterations, Workers: workers})
			if err != nil {
				return 0, "", err
			}
			if !d.Converged() {
				return d.Value, notConverged(max(d.Cross.MarginalError, d.Source.MarginalError, d.Target.MarginalError)), nil
			}
			return d.Value, "", nil
		})
}

// mongeGap is what the map spends less what optimum says; optimum may warn.
func mongeGap(name, definition string, source, image *mat.Dense, weights []float64, o Options,
	optimum func(x, y ot.Measure, workers int) (float64, string, error)) (Figure, error) {
	c, err := o.carried(source, image, weights)
	if err != nil {
		return Figure{}, err
	}
	gap := func(rows []int, workers int) (float64, string, error) {
		x, y := ot.Measure{Points: part(source, rows), Weights: picked(c.weights, rows)}, ot.Measure{Points: part(image, rows), Weights: picked(c.weights, rows)}
		least, warning, err := optimum(x, y, workers)
		spent, total := 0.0, floats.Sum(x.Weights)
		for k := range rows {
			d := floats.Distance(x.Points.RawRowView(k), y.Points.RawRowView(k), 2)
			spent += x.Weights[k] / total * d * d / 2
		}
		return spent - least, warning, err
	}
	v, warning, err := gap(c.rows, o.Workers)
	if err != nil {
		return Figure{}, err
	}
	f := Unbounded(name, v, len(c.rows), definition, c.warnings...)
	if warning != "" {
		f.Warnings = append(f.Warnings, warning)
	}
	return c.halved(f, o, func(rows []int) (float64, error) {
		v, _, err := gap(rows, 1)
		return v, err
	})
}

// MonotonicityViolations is the share of pairs of points with
// ⟨x−x′, Tx−Tx′⟩ < 0. The gradient of a convex function has none: it is
// monotone, which is its cyclical monotonicity for cycles of two;
// [CycleViolations] has longer ones. The interval is of the delete-half jackknife.
func MonotonicityViolations(source, image *mat.Dense, o Options) (Figure, error) {
	c, err := o.carried(source, image, nil)
	if err != nil {
		return Figure{}, err
	}
	if len(c.rows) < 2 {
		return Figure{}, fmt.Errorf("metrics: %d point has no pairs: at least 2 are needed", len(c.rows))
	}
	share := func(rows []int, workers int) float64 {
		violated := make([]int, len(rows))
		inParallel(workers, len(rows), func(k int) {
			x, tx := source.RawRowView(rows[k]), image.RawRowView(rows[k])
			for _, i := range rows[:k] {
				if inner(x, source.RawRowView(i), tx, image.RawRowView(i)) < 0 {
					violated[k]++
				}
			}
		})
		total := 0
		for _, v := range violated {
			total += v
		}
		return float64(total) / float64(len(rows)*(len(rows)-1)/2)
	}
	f := Unbounded("monotonicity_violations", share(c.rows, o.Workers), len(c.rows), o.definition("share of pairs with ⟨x−x′,Tx−Tx′⟩ < 0"), c.warnings...)
	return c.halved(f, o, func(rows []int) (float64, error) { return share(rows, 1), nil })
}

// inner is ⟨x−z, tx−tz⟩.
func inner(x, z, tx, tz []float64) float64 {
	sum := 0.0
	for f := range x {
		sum += (x[f] - z[f]) * (tx[f] - tz[f])
	}
	return sum
}

// cyclesDrawn is how many random cycles are looked at.
const cyclesDrawn = 10_000

// CycleViolations is the share of random cycles x₁ … x_k of distinct points, of
// the given length, that could be served for less in turn: Σ⟨xᵢ, Txᵢ−Txᵢ₊₁⟩ < 0.
// An optimal map has none of any length (Rockafellar 1966); a rotation by a right
// angle has none of length 2 and half of those of length 3. Cycles are drawn
// independently; the interval is Wilson's for a share and says nothing of the
// choice of points.
func CycleViolations(source, image *mat.Dense, length int, o Options) (Figure, error) {
	c, err := o.carried(source, image, nil)
	if err != nil {
		return Figure{}, err
	}
	if length < 2 || length > len(c.rows) {
		return Figure{}, fmt.Errorf("metrics: cycles of %d of %d points: want 2 to %d", length, len(c.rows), len(c.rows))
	}
	r, cycle, violated := rand.New(o.stream(repeating)), make([]int, length), 0
	for range cyclesDrawn {
		draw(r, c.rows, cycle)
		sum, size := 0.0, 0.0
		for k, i := range cycle {
			// Points less the first of the cycle leave the sum as it is and keep rounding small.
			term := cycleTerm(source.RawRowView(i), source.RawRowView(cycle[0]), image.RawRowView(i), image.RawRowView(cycle[(k+1)%length]))
			sum, size = sum+term, size+math.Abs(term)
		}
		if sum < -1e-12*size { // less is rounding
			violated++
		}
	}
	p := float64(violated) / cyclesDrawn
	f := Unbounded("cycle_violations", p, len(c.rows), o.definition("share of %d random cycles of %d points with Σ⟨xᵢ,Txᵢ−Txᵢ₊₁⟩ < 0", cyclesDrawn, length), c.warnings...)
	const z = 1.96
	centre, half := p+z*z/(2*cyclesDrawn), z*math.Sqrt(p*(1-p)/cyclesDrawn+z*z/(4*cyclesDrawn*cyclesDrawn))
	f.Low, f.High = min(p, (centre-half)/(1+z*z/cyclesDrawn)), max(p, (centre+half)/(1+z*z/cyclesDrawn))
	return f, nil
}

// cycleTerm is ⟨x−z, tx−ty⟩.
func cycleTerm(x, z, tx, ty []float64) float64 {
	sum := 0.0
	for f := range x {
		sum += (x[f] - z[f]) * (tx[f] - ty[f])
	}
	return sum
}

// draw chooses different rows for a cycle.
func draw(r *rand.Rand, rows, cycle []int) {
	for k := range cycle {
		for {
			cycle[k] = rows[r.IntN(len(rows))]
			if !slices.Contains(cycle[:k], cycle[k]) {
				break
			}
		}
	}
}

// carried are points and their images, and the rows of both that are used.
type carried struct {
	weights  []float64
	rows     []int
	warnings []string
}

// carried checks points and their images, and chooses among them.
func (o Options) carried(source, image *mat.Dense, weights []float64) (*carried, error) {
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
	w, err := m.Shares()
	if err != nil {
		return nil, err
	}
	c := &carried{weights: w, rows: rand.New(o.stream(choosing)).Perm(n)[:min(n, o.most(n))]}
	slices.Sort(c.rows)
	if len(c.rows) < n {
		c.warnings = append(c.warnings, fmt.Sprintf("%d of %d points, chosen at random", len(c.rows), n))
	}
	if len(c.rows) < fewPoints {
		c.warnings = append(c.warnings, fmt.Sprintf("only %d points", len(c.rows)))
	}
	return c, nil
}

// halved gives the figure an interval from the values of random halves of the rows.
func (c *carried) halved(f Figure, o Options, value func(rows []int) (float64, error)) (Figure, error) {
	count := min(mostHalves, o.replicates())
	if len(c.rows) < fewestHalved || count < 2 {
		return f, nil
	}
	r, drawn := rand.New(o.stream(halving)), make([][]int, count)
	for k := range drawn {
		drawn[k] = picked(c.rows, r.Perm(len(c.rows))[:len(c.rows)/2])
		slices.Sort(drawn[k])
	}
	values, errs := make([]float64, count), make([]error, count)
	inParallel(o.Workers, count, func(k int) { values[k], errs[k] = value(drawn[k]) })
	for _, err := range errs {
		if err != nil {
			return f, err
		}
	}
	return f.within(values), nil
}

func part(x *mat.Dense, rows []int) *mat.Dense {
	_, d := x.Dims()
	out := mat.NewDense(len(rows), d, nil)
	for k, i := range rows {
		out.SetRow(k, x.RawRowView(i))
	}
	return out
}

func picked[T any](v []T, at []int) []T {
	out := make([]T, len(at))
	for k, i := range at {
		out[k] = v[i]
	}
	return out
}
