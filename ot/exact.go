package ot

import (
	"context"
	"fmt"
)

// ExactOptions are the options of [Exact]; the zero value is the default.
type ExactOptions struct {
	// Potentials of the target points to start from, such as V of the coupling
	// of a similar problem; nil starts from a thinned version of the problem. They
	// change the time that a solve takes and which of several optima it finds.
	Potentials []float64
	// Workers is the number of goroutines; 0 means all cores.
	Workers int
}

// tableLimit is the largest table of costs, in numbers, that is held in memory
// for costs of clouds (512 MiB); above it rows are computed whenever they are priced.
const tableLimit = 1 << 26

// Exact solves the discrete optimal transport problem: the plan P ≥ 0 with
// row sums a and column sums b that minimises Σ P·c. Weights are shares: nil
// means equal ones, others must be non-negative and have one total on both
// sides, which is taken as 1. Points of weight zero get no mass but potentials.
//
// The method is the primal network simplex on strongly feasible trees with
// column generation, in exact whole units of mass: it cannot cycle, it ends at
// an optimum of degenerate problems too, and the duality gap that it returns
// proves so. With at least 16 times as many points on one side as on the other it starts from
// the plan that augmenting paths find. Weights that are not all equal are rounded to 2⁻⁶⁰ of the total.
// The plan is the same for any number of workers.
//
// It fails with the context's error when cancelled and says so when forbidden
// pairs (cost +Inf) leave no plan.
func Exact(ctx context.Context, cost *Cost, a, b []float64, o ExactOptions) (*Coupling, error) {
	return exact(ctx, cost, a, b, o, &room{})
}

func exact(ctx context.Context, cost *Cost, a, b []float64, o ExactOptions, memory *room) (*Coupling, error) {
	p, err := newProblem(cost, a, b, o, memory)
	if err != nil {
		return nil, err
	}
	s := &simplex{n: len(p.sources), m: len(p.targets), workers: o.Workers, rows: p.rows, room: memory}
	supply, demand, total := units(p.a, p.b)
	placed, err := s.solve(ctx, supply, demand, p.potentials)
	if err == nil && !placed {
		err = s.solveForbidden(ctx, supply, demand)
	}
	if err != nil {
		return nil, fmt.Errorf("ot: exact transport between %d and %d points, after %d pivots: %w", s.n, s.m, s.pivots, err)
	}
	return p.coupling(s, total)
}

func errCount(what string, got, want int) error {
	return fmt.Errorf("ot: %d %s: want %d", got, what, want)
}
