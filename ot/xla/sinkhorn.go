package xla

import (
	"context"
	"fmt"
	"math"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/ot"
)

// Options are the options of [Sinkhorn].
type Options struct {
	// Epsilon weighs the entropy, in the units of the ground cost. It must be positive.
	Epsilon float64
	// Tolerance is the L1 error of the marginals at which to stop; 0 means 1e−6, or
	// 1e−4 in single precision.
	Tolerance float64
	// MaxIterations of row and column updates; 0 means 10 000.
	MaxIterations int
	// Potentials of the target points to start from; nil starts from zero or, for
	// an epsilon that is small beside the mean cost, anneals it from there.
	Potentials []float64
	// Float32 computes in single precision: see the package's comment.
	Float32 bool
	// Backend is "xla", "xla:cpu", "xla:cuda" or the path of a plugin; empty takes the
	// best that is there.
	Backend string
}

func (o *Options) complete(m int) error {
	switch {
	case !(o.Epsilon > 0) || math.IsInf(o.Epsilon, 1):
		return fmt.Errorf("ot/xla: epsilon %v: want a positive number in the units of the cost", o.Epsilon)
	case o.Tolerance < 0 || math.IsNaN(o.Tolerance):
		return fmt.Errorf("ot/xla: tolerance %v: want a positive number, or 0 for the default", o.Tolerance)
	case o.MaxIterations < 0:
		return fmt.Errorf("ot/xla: at most %d iterations: want a positive number, or 0 for 10000", o.MaxIterations)
	case o.Potentials != nil && len(o.Potentials) != m:
		return fmt.Errorf("ot/xla: %d potentials: want %d", len(o.Potentials), m)
	}
	for j, v := range o.Potentials {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("ot/xla: potential %d is %v: potentials must be finite", j, v)
		}
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-6
		if o.Float32 {
			o.Tolerance = 1e-4
		}
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = 10_000
	}
	return nil
}

// Sinkhorn is the balanced [ot.Sinkhorn] between two weighted clouds for a ground cost, with
// iterations that run on XLA's device without coming back to the host. Weights
// are scaled to total mass 1.
//
// Each epsilon begins with an update of both sides in the log domain; what
// follows are scalings of the kernel exp((u+v−c)/ε), which the potentials absorb
// when they leave the range of the numbers (Schmitzer 2019). The device holds
// one table of n·m numbers for the kernel and, up to 2²⁶ of them, one for the costs.
func Sinkhorn(ctx context.Context, ground ot.Ground, source, target ot.Measure, o Options) (*ot.Entropic, error) {
	cost, err := ground.Between(source.Points, target.Points)
	if err != nil {
		return nil, err
	}
	a, err := source.Shares()
	if err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	b, err := target.Shares()
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	if err := o.complete(len(b)); err != nil {
		return nil, err
	}
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, fmt.Errorf("ot/xla: %w", err)
	}
	if engine.Pure {
		return nil, fmt.Errorf("ot/xla: the engine is %s (%s): this package needs XLA; ot.Sinkhorn computes the same without it", engine.Name, engine.Why)
	}
	p := problem{ground: ground, source: source.Points, target: target.Points, a: a, b: b,
		schedule: epsilons(cost, o), held: len(a) <= heldCosts/len(b)}
	if o.Float32 {
		return solve[float32](ctx, engine.Backend, p, o)
	}
	return solve[float64](ctx, engine.Backend, p, o)
}

// epsilons are those to go through, as in package ot: the one that is asked for
// alone or, where it is small, the mean cost and what leads down from it.
func epsilons(cost *ot.Cost, o Options) []float64 {
	const direct, anneal = 32, 0.25
	var list []float64
	if e := meanCost(cost); o.Potentials == nil && e > direct*o.Epsilon {
		for ; e > o.Epsilon && len(list) < 40; e *= anneal {
			list = append(list, e)
		}
	}
	return append(list, o.Epsilon)
}

// meanCost is the mean of some rows.
func meanCost(cost *ot.Cost) float64 {
	n, m := cost.Dims()
	row, sum, count := make([]float64, m), 0.0, 0
	for i := 0; i < n; i += 1 + n/32 {
		cost.Rows(row, i, i+1)
		for _, c := range row {
			sum += c
		}
		count += m
	}
	return sum / float64(count)
}
