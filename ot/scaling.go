package ot

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// scaling is the state of Sinkhorn's algorithm.
type scaling struct {
	n, m           int
	a, b           []float64
	source, target marginal
	cost           *Cost
	rows           rows
	o              SinkhornOptions
	u, v           []float64 // potentials absorbed so far
	kernel         []float64 // exp((u+v−c)/ε), or nil where it is not stored
	x, y           []float64 // scalings since: the plan is a x K y b
	by             []float64 // b·y
	columns        []float64 // column sums of a x K
	rowGap         float64   // L1 error of the row sums before the last update
	stale          bool      // potentials have changed but for what x and y say
	partial        [][]float64
	bufs           [][]float64
	iterations     int
}

const (
	// strips of rows have column sums of their own, which are added in order:
	// results do not depend on the number of workers.
	strips = 16
	// direct is how many times epsilon the mean cost may be for iterations to
	// start at that epsilon: annealing takes longer there.
	direct = 32
	// anneal is the factor between two epsilons of the schedule.
	anneal = 0.25
	// annealIterations are the most that are spent on an epsilon that is not the
	// last; annealTo is the error of column sums to which it is solved.
	annealIterations = 100
	annealTo         = 0.03
	// absorbAt is the scaling beyond which potentials absorb it.
	absorbAt    = 1e100
	logAbsorbAt = 230.5 // a little more than its logarithm
	// single is the number of pairs below which one goroutine is faster than several.
	single = 1 << 14
)

func newScaling(cost *Cost, a, b []float64, o SinkhornOptions) (*scaling, error) {
	if cost == nil {
		return nil, fmt.Errorf("ot: no cost given")
	}
	n, m := cost.Dims()
	if err := checkSize(n, m); err != nil {
		return nil, err
	}
	if err := o.complete(m); err != nil {
		return nil, err
	}
	s := &scaling{n: n, m: m, cost: cost, o: o, u: make([]float64, n), v: make([]float64, m),
		source: newMarginal(o.SourceTau, o.Epsilon), target: newMarginal(o.TargetTau, o.Epsilon)}
	if err := s.weigh(a, b); err != nil {
		return nil, err
	}
	copy(s.v, o.Potentials)
	s.x, s.y, s.by, s.columns = make([]float64, n), make([]float64, m), make([]float64, m), make([]float64, m)
	if n < single/m {
		s.o.Workers = 1
	}
	s.rows = cost.rows(s.o.Workers, new([]float64))
	s.partial, s.bufs = make([][]float64, strips), make([][]float64, workers(s.o.Workers))
	for k := range s.partial {
		s.partial[k] = make([]float64, m)
	}
	for k := range s.bufs {
		s.bufs[k] = make([]float64, 2*m)
	}
	return s, nil
}

// weigh checks the weights and takes them as shares or, in an unbalanced
// problem, as masses.
func (s *scaling) weigh(a, b []float64) (err error) {
	take := masses
	if !s.o.unbalanced() {
		take = shares
		if err := sameTotal(a, b); err != nil {
			return err
		}
	}
	if s.a, err = take(a, s.n, "source"); err != nil {
		return err
	}
	s.b, err = take(b, s.m, "target")
	return err
}

// store makes room for the kernel where there is memory for it.
func (s *scaling) store() {
	if s.n <= tableLimit/s.m {
		s.kernel = make([]float64, s.n*s.m)
	}
}

// schedule are the epsilons to go through: that which is asked for alone, from
// given potentials or where it is not small, otherwise down to it by annealing.
func (s *scaling) schedule() []float64 {
	if s.o.Potentials != nil {
		return []float64{s.o.Epsilon}
	}
	var out []float64
	if e := s.meanCost(); e > direct*s.o.Epsilon {
		for ; e > s.o.Epsilon && len(out) < 40; e *= anneal {
			out = append(out, e)
		}
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
			s.translate(epsilon)
			s.multiply(epsilon, omega)
		}
		gap, plain := s.update(epsilon, omega)
		s.iterations++
		done := omega == 1 && plain <= tolerance
		fresh = s.kernel == nil || s.stale || !s.inRange()
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

// inRange says whether products with the kernel are still exact enough.
func (s *scaling) inRange() bool {
	return within(s.x) && within(s.y)
}

func within(scalings []float64) bool {
	return floats.Min(scalings) > 1/absorbAt && floats.Max(scalings) < absorbAt
}
