package ot

import (
	"context"
	"fmt"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
)

// W2Squared is W₂²(source, target) = min Σ P‖x−y‖², without a factor ½, by
// [Exact]. Weights are scaled to total mass 1.
func W2Squared(ctx context.Context, source, target Measure) (float64, error) {
	c, err := Transport(ctx, SquaredEuclidean, source, target, ExactOptions{})
	if err != nil {
		return 0, err
	}
	return c.Cost, nil
}

// Transport is [Exact] between two weighted clouds for a ground cost. The
// weights are scaled to total mass 1.
func Transport(ctx context.Context, ground Ground, source, target Measure, o ExactOptions) (*Coupling, error) {
	cost, a, b, err := betweenMeasures(ground, source, target)
	if err != nil {
		return nil, err
	}
	return Exact(ctx, cost, a, b, o)
}

// TransportMany is [Transport] from one source to each of many targets, one
// target a core at a time: memory is that of as many tables as there are cores.
// Each result is that of Transport alone, with the same potentials to start from.
func TransportMany(ctx context.Context, ground Ground, source Measure, targets []Measure, o ExactOptions) ([]*Coupling, error) {
	if err := source.Check("source"); err != nil {
		return nil, err
	}
	a, err := source.Shares()
	if err != nil {
		return nil, err
	}
	single := o
	single.Workers = 1
	out, memory := make([]*Coupling, len(targets)), make([]room, workers(o.Workers))
	err = forEach(o.Workers, len(targets), func(worker, k int) (err error) {
		cost, b, err := ground.to(source, targets[k])
		if err == nil {
			out[k], err = exact(ctx, cost, a, b, single, &memory[worker])
		}
		if err != nil {
			return fmt.Errorf("target cloud %d: %w", k, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// to is the ground cost from a source that has been checked to a target, and
// the target's shares.
func (g Ground) to(source, target Measure) (*Cost, []float64, error) {
	if err := target.Check("target"); err != nil {
		return nil, nil, err
	}
	if err := sameFeatures(source, target); err != nil {
		return nil, nil, err
	}
	cost, err := g.between(source.Points, target.Points)
	if err != nil {
		return nil, nil, err
	}
	b, err := target.Shares()
	return cost, b, err
}

// PairwiseW2Squared is the symmetric table of W₂², without a factor ½, between
// all pairs of clouds, with zeros on the diagonal: what an embedding of
// perturbations by their effects is made of. Pairs are solved on all cores.
func PairwiseW2Squared(ctx context.Context, clouds []Measure) (*mat.SymDense, error) {
	n := len(clouds)
	if n == 0 {
		return nil, fmt.Errorf("ot: no clouds to compare")
	}
	type pair struct{ i, j int }
	var pairs []pair
	for i := range n {
		for j := range i {
			pairs = append(pairs, pair{j, i})
		}
	}
	out := mat.NewSymDense(n, nil)
	w2 := make([]float64, len(pairs))
	err := forEach(0, len(pairs), func(_, k int) error {
		p := pairs[k]
		c, err := Transport(ctx, SquaredEuclidean, clouds[p.i], clouds[p.j], ExactOptions{Workers: 1})
		if err != nil {
			return fmt.Errorf("clouds %d and %d: %w", p.i, p.j, err)
		}
		w2[k] = c.Cost
		return nil
	})
	if err != nil {
		return nil, err
	}
	for k, p := range pairs {
		out.SetSym(p.i, p.j, w2[k])
	}
	return out, nil
}

// forEach calls f for k = 0…n−1 from several goroutines, which it numbers, and returns the error of
// the least k that failed; after an error no further calls are started.
func forEach(w, n int, f func(worker, k int) error) error {
	var failed atomic.Bool
	errs := make([]error, n)
	inBlocks(w, n, 1, func(worker, k, _, _ int) {
		if failed.Load() {
			return
		}
		if errs[k] = f(worker, k); errs[k] != nil {
			failed.Store(true)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
