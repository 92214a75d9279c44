package ot

import (
	"context"
	"fmt"
	"math"

	"github.com/gomonge/gomonge/internal/vec"
	"gonum.org/v1/gonum/floats"
)

// SinkhornOptions are the options of [Sinkhorn] and [SinkhornDivergence].
type SinkhornOptions struct {
	// Epsilon weighs the entropy, in the units of the cost. It must be positive.
	Epsilon float64
	// Tolerance is the L1 error of the marginals at which to stop; 0 means 1e−6.
	Tolerance float64
	// MaxIterations of row and column updates; 0 means 10 000.
	MaxIterations int
	// Potentials of the target points to start from, such as V of an earlier
	// solve; nil anneals epsilon from the mean cost down.
	Potentials []float64
	// Workers is the number of goroutines; 0 means all cores.
	Workers int
}

func (o *SinkhornOptions) complete(m int) error {
	switch {
	case !(o.Epsilon > 0) || math.IsInf(o.Epsilon, 1):
		return fmt.Errorf("ot: epsilon %v: want a positive number in the units of the cost", o.Epsilon)
	case o.Tolerance < 0 || math.IsNaN(o.Tolerance):
		return fmt.Errorf("ot: tolerance %v: want a positive number, or 0 for 1e-6", o.Tolerance)
	case o.MaxIterations < 0:
		return fmt.Errorf("ot: at most %d iterations: want a positive number, or 0 for 10000", o.MaxIterations)
	case o.Potentials != nil && len(o.Potentials) != m:
		return errCount("potentials", len(o.Potentials), m)
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-6
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = 10_000
	}
	return nil
}

// Entropic is the solution of an entropic transport problem: the plan is
// Pᵢⱼ = aᵢbⱼ exp((Uᵢ+Vⱼ−cᵢⱼ)/ε).
type Entropic struct {
	// Epsilon as it was used, in the units of the cost.
	Epsilon float64
	// U and V are the potentials. A point of weight zero has one too: the formula
	// of its plan's row or column holds for it.
	U, V []float64
	// Cost is ⟨P,C⟩, without entropy.
	Cost float64
	// KL is KL(P‖a⊗b).
	KL float64
	// Value is the dual objective Σ aᵢUᵢ + Σ bⱼVⱼ − ε(ΣP − 1): a lower bound of
	// the optimal ⟨P,C⟩ + ε·KL(P‖a⊗b), and that itself once the marginals are met.
	Value float64
	// Converged says whether MarginalError is within the tolerance.
	Converged bool
	// MarginalError is Σᵢ|Σⱼ Pᵢⱼ − aᵢ| + Σⱼ|Σᵢ Pᵢⱼ − bⱼ|.
	MarginalError float64
	// Iterations of row and column updates, annealing included.
	Iterations int
}

// Sinkhorn minimises ⟨P,C⟩ + ε·KL(P‖a⊗b) over the plans with row sums a and
// column sums b. Weights are as in [Exact].
//
// Potentials are kept in the log domain. Between absorptions the updates are
// products with the kernel exp((u+v−c)/ε), stored where it fits in memory and
// computed row by row where it does not (Schmitzer 2019). An answer that has not
// converged is returned all the same, with Converged false and the error that
// is left; only a context that ends gives an error.
func Sinkhorn(ctx context.Context, cost *Cost, a, b []float64, o SinkhornOptions) (*Entropic, error) {
	s, err := newScaling(cost, a, b, o)
	if err != nil {
		return nil, err
	}
	s.store()
	for _, epsilon := range s.schedule() {
		last := epsilon == o.Epsilon
		if err := s.stage(ctx, epsilon, last); err != nil {
			return nil, fmt.Errorf("ot: Sinkhorn between %d and %d points, after %d iterations: %w", s.n, s.m, s.iterations, err)
		}
	}
	return s.result(), nil
}

// scaling is the state of Sinkhorn's algorithm.
type scaling struct {
	n, m       int
	a, b       []float64
	cost       *Cost
	rows       rows
	o          SinkhornOptions
	u, v       []float64 // potentials absorbed so far
	kernel     []float64 // exp((u+v−c)/ε), or nil where it is not stored
	x, y       []float64 // scalings since: the plan is a x K y b
	by         []float64 // b·y
	columns    []float64 // column sums of a x K
	rowGap     float64   // L1 error of the row sums before the last update
	partial    [][]float64
	bufs       [][]float64
	iterations int
}

const (
	// strips of rows have column sums of their own, which are added in order:
	// results do not depend on the number of workers.
	strips = 16
	// anneal is the factor between two epsilons of the schedule.
	anneal = 0.25
	// annealIterations are the most that are spent on an epsilon that is not the
	// last; annealTo is the error of column sums to which it is solved.
	annealIterations = 100
	annealTo         = 0.03
	// absorbAt is the scaling beyond which potentials absorb it.
	absorbAt = 1e100
	// single is the number of pairs below which one goroutine is faster than several.
	single = 1 << 14
)

func newScaling(cost *Cost, a, b []float64, o SinkhornOptions) (*scaling, error) {
	if cost == nil {
		return nil, fmt.Errorf("ot: no cost given")
	}
	n, m := cost.Dims()
	if err := o.complete(m); err != nil {
		return nil, err
	}
	if err := sameTotal(a, b); err != nil {
		return nil, err
	}
	s := &scaling{n: n, m: m, cost: cost, o: o, u: make([]float64, n), v: make([]float64, m)}
	var err error
	if s.a, err = shares(a, n, "source"); err != nil {
		return nil, err
	}
	if s.b, err = shares(b, m, "target"); err != nil {
		return nil, err
	}
	copy(s.v, o.Potentials)
	s.x, s.y, s.by, s.columns = make([]float64, n), make([]float64, m), make([]float64, m), make([]float64, m)
	if n*m < single {
		s.o.Workers = 1
	}
	s.rows = cost.rows(s.o.Workers)
	s.partial, s.bufs = make([][]float64, strips), make([][]float64, workers(s.o.Workers))
	for k := range s.partial {
		s.partial[k] = make([]float64, m)
	}
	for k := range s.bufs {
		s.bufs[k] = make([]float64, 2*m)
	}
	return s, nil
}

// store makes room for the kernel where there is memory for it.
func (s *scaling) store() {
	if s.n <= tableLimit/s.m {
		s.kernel = make([]float64, s.n*s.m)
	}
}

// schedule are the epsilons to go through: from the mean cost down to the one
// that is asked for, or that one alone from given potentials.
func (s *scaling) schedule() []float64 {
	if s.o.Potentials != nil {
		return []float64{s.o.Epsilon}
	}
	var out []float64
	for e := s.meanCost(); e > s.o.Epsilon && len(out) < 40; e *= anneal {
		out = append(out, e)
	}
	return append(out, s.o.Epsilon)
}

// meanCost is the mean of the finite costs of some rows.
func (s *scaling) meanCost() float64 {
	sum, count := 0.0, 0
	buf := make([]float64, s.m)
	for i := 0; i < s.n; i += 1 + s.n/32 {
		for _, c := range s.rows(i, buf) {
			if !math.IsInf(c, 1) {
				sum += c
				count++
			}
		}
	}
	return sum / float64(max(1, count))
}

// stage iterates at one epsilon.
func (s *scaling) stage(ctx context.Context, epsilon float64, last bool) error {
	left, tolerance := annealIterations, annealTo
	if last {
		left, tolerance = s.o.MaxIterations, s.o.Tolerance
	}
	pace, omega := newPace(), 1.0
	for fresh := true; left > 0; left-- {
		if s.iterations%64 == 0 || s.kernel == nil {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if fresh {
			if err := s.absorb(epsilon, omega); err != nil {
				return err
			}
		} else {
			s.multiply(omega)
		}
		gap, plain := s.update(omega)
		s.iterations++
		done := omega == 1 && plain <= tolerance
		fresh = s.kernel == nil || !s.inRange()
		if fresh || done || left == 1 {
			s.collect(epsilon)
		}
		if done {
			return nil
		}
		if last {
			omega = pace.next(gap)
		}
	}
	return nil
}

// absorb makes the kernel of the potentials as they are, the row scalings that
// meet all row sums, and its column sums.
func (s *scaling) absorb(epsilon, omega float64) error {
	s.eachStrip(func(worker, from, to int, columns []float64) (gap float64) {
		row := s.bufs[worker][:s.m]
		for i := from; i < to; i++ {
			if s.kernel != nil {
				row = s.kernel[i*s.m:][:s.m]
			}
			sum := s.softmin(row, s.bufs[worker][s.m:], i, epsilon)
			gap += s.a[i] * math.Abs(sum-1)
			s.x[i] = relaxed(1/sum, omega)
			floats.AddScaled(columns, s.a[i]*s.x[i], row)
		}
		return gap
	})
	for j := range s.y {
		s.y[j] = 1
	}
	for i, x := range s.x {
		if x == 0 && s.a[i] > 0 {
			return fmt.Errorf("all pairs of source point %d are forbidden (cost +Inf)", i)
		}
	}
	return s.rescue()
}

// multiply renews the row scalings for the column scalings as they are.
func (s *scaling) multiply(omega float64) {
	floats.MulTo(s.by, s.b, s.y)
	s.eachStrip(func(_, from, to int, columns []float64) (gap float64) {
		for i := from; i < to; i++ {
			row := s.kernel[i*s.m:][:s.m]
			sum := s.x[i] * floats.Dot(row, s.by)
			gap += s.a[i] * math.Abs(sum-1)
			s.x[i] *= relaxed(1/sum, omega)
			floats.AddScaled(columns, s.a[i]*s.x[i], row)
		}
		return gap
	})
}

// eachStrip calls f for the strips of rows and adds up their column sums and
// the row errors that f returns.
func (s *scaling) eachStrip(f func(worker, from, to int, columns []float64) float64) {
	size := (s.n + strips - 1) / strips
	var gaps [strips]float64
	inBlocks(s.o.Workers, s.n, size, func(worker, strip, from, to int) {
		clear(s.partial[strip])
		gaps[strip] = f(worker, from, to, s.partial[strip])
	})
	clear(s.columns)
	s.rowGap = 0
	for k := range (s.n + size - 1) / size {
		floats.Add(s.columns, s.partial[k])
		s.rowGap += gaps[k]
	}
}

// update renews the column scalings. It returns the L1 error of the row sums
// before their update plus that of the column sums before this one, and the
// latter alone, which is a bound of the error after two plain updates.
func (s *scaling) update(omega float64) (both, columns float64) {
	for j, c := range s.columns {
		sum := s.y[j] * c
		columns += s.b[j] * math.Abs(sum-1)
		if sum > 0 {
			s.y[j] *= relaxed(1/sum, omega)
		}
	}
	return s.rowGap + columns, columns
}

// collect adds the scalings to the potentials.
func (s *scaling) collect(epsilon float64) {
	for i, x := range s.x {
		if x > 0 {
			s.u[i] += epsilon * math.Log(x)
		}
	}
	for j, y := range s.y {
		s.v[j] += epsilon * math.Log(y)
	}
}

// result evaluates the plan of the potentials from its definition.
func (s *scaling) result() *Entropic {
	r := &Entropic{Epsilon: s.o.Epsilon, U: s.u, V: s.v, Iterations: s.iterations}
	costs, errs, mass := make([]float64, s.n), make([]float64, s.n), make([]float64, s.n)
	s.eachStrip(func(worker, from, to int, columns []float64) float64 {
		plan := s.bufs[worker][:s.m]
		for i := from; i < to; i++ {
			row := s.rows(i, s.bufs[worker][s.m:])
			s.exponents(plan, row, s.u[i], s.o.Epsilon)
			vec.Exp(plan, plan)
			for j, p := range plan {
				p *= s.a[i] * s.b[j]
				plan[j] = p
				mass[i] += p
				if p > 0 { // a forbidden pair costs +Inf and carries nothing
					costs[i] += p * row[j]
				}
			}
			errs[i] = math.Abs(mass[i] - s.a[i])
			floats.Add(columns, plan)
		}
		return 0
	})
	total := floats.Sum(mass)
	r.Cost, r.MarginalError = floats.Sum(costs), floats.Sum(errs)
	r.KL = -r.Cost
	r.Value = -r.Epsilon * (total - 1)
	for i, u := range s.u {
		r.KL += mass[i] * u
		r.Value += s.a[i] * u
	}
	for j, v := range s.v {
		r.MarginalError += math.Abs(s.columns[j] - s.b[j])
		r.KL += s.columns[j] * v
		r.Value += s.b[j] * v
	}
	r.KL /= r.Epsilon
	r.Converged = r.MarginalError <= s.o.Tolerance
	return r
}

// inRange says whether products with the kernel are still exact enough.
func (s *scaling) inRange() bool {
	low, high := math.Inf(1), 0.0
	for _, list := range [2][]float64{s.x, s.y} {
		for _, v := range list {
			if v < low {
				low = v
			}
			if v > high {
				high = v
			}
		}
	}
	return low > 1/absorbAt && high < absorbAt
}
