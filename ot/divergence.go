package ot

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Divergence is a debiased Sinkhorn divergence with the three problems it is made of.
type Divergence struct {
	// Value is S_ε = W_ε(µ,ν) − ½W_ε(µ,µ) − ½W_ε(ν,ν), each term being the optimal
	// ⟨P,C⟩ + ε·KL(P‖a⊗b) + Penalty. It is ≥ 0, and 0 where both measures are the same.
	Value float64
	// Cross, Source and Target solve (µ,ν), (µ,µ) and (ν,ν).
	Cross, Source, Target *Entropic
}

// Converged says whether all three problems have converged.
func (d *Divergence) Converged() bool {
	return d.Cross.Converged && d.Source.Converged && d.Target.Converged
}

// SinkhornDivergence is the debiased Sinkhorn divergence between two weighted
// clouds (Genevay, Peyré and Cuturi 2018; Feydy et al. 2019) in the units of the
// ground cost: with [HalfSquaredEuclidean] and ε = blur² it is what geomloss
// calls the Sinkhorn loss with p = 2, and tends to ½W₂² as ε falls and to
// ½‖m₁−m₂‖² as it grows.
// With both taus under 1 it is the divergence of unbalanced transport (Séjourné
// et al. 2019, arXiv:1910.12958) between measures of mass 1, each term having its
// penalties. The options' Potentials are those of the target in the cross problem.
func SinkhornDivergence(ctx context.Context, ground Ground, source, target Measure, o SinkhornOptions) (*Divergence, error) {
	cross, a, b, err := betweenMeasures(ground, source, target)
	if err != nil {
		return nil, err
	}
	if err := o.complete(len(b)); err != nil {
		return nil, err
	}
	if o.SourceTau != o.TargetTau {
		return nil, fmt.Errorf("ot: source tau %v and target tau %v: a divergence has one for both sides", o.SourceTau, o.TargetTau)
	}
	d := &Divergence{}
	if d.Cross, err = Sinkhorn(ctx, cross, a, b, o); err != nil {
		return nil, err
	}
	o.Potentials = nil
	if d.Source, err = sinkhornSelf(ctx, ground, source, a, o); err != nil {
		return nil, err
	}
	if d.Target, err = sinkhornSelf(ctx, ground, target, b, o); err != nil {
		return nil, err
	}
	d.Value = d.Cross.Value - d.Source.Value/2 - d.Target.Value/2
	return d, nil
}

// betweenMeasures is the ground cost between the points of two measures, with
// the weights of both as shares.
func betweenMeasures(ground Ground, source, target Measure) (c *Cost, a, b []float64, err error) {
	if c, err = ground.Between(source.Points, target.Points); err != nil {
		return nil, nil, nil, err
	}
	if a, err = source.Shares(); err != nil {
		return nil, nil, nil, fmt.Errorf("source: %w", err)
	}
	if b, err = target.Shares(); err != nil {
		return nil, nil, nil, fmt.Errorf("target: %w", err)
	}
	return c, a, b, nil
}

// sinkhornSelf solves the problem of a measure with itself. Both potentials are
// equal and the mean of the potential and its update is a fast iteration for
// them (Feydy et al. 2019, section 3.1).
func sinkhornSelf(ctx context.Context, ground Ground, m Measure, shares []float64, o SinkhornOptions) (*Entropic, error) {
	cost, err := ground.Between(m.Points, m.Points)
	if err != nil {
		return nil, err
	}
	s, err := newScaling(cost, shares, shares, o)
	if err != nil {
		return nil, err
	}
	for _, epsilon := range s.schedule() {
		if err := s.symmetric(ctx, epsilon, epsilon == o.Epsilon); err != nil {
			return nil, fmt.Errorf("ot: Sinkhorn of %d points with themselves, after %d iterations: %w", s.n, s.iterations, err)
		}
	}
	return s.result(), nil
}

// symmetric iterates at one epsilon with u = v.
func (s *scaling) symmetric(ctx context.Context, epsilon float64, last bool) error {
	left, tolerance := annealIterations, annealTo
	if last {
		left, tolerance = s.o.MaxIterations, s.o.Tolerance/2
	}
	tau := 1.0
	if !s.source.kept() {
		tau = s.source.rho / (s.source.rho + epsilon)
	}
	for ; left > 0; left-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.eachStrip(func(worker, from, to int, _ []float64) (gap float64) {
			row := s.bufs[worker][:s.m]
			for i := from; i < to; i++ {
				s.u[i] = s.v[i]
				sum := s.softmin(row, s.bufs[worker][s.m:], i, epsilon)
				free := s.u[i] - epsilon*math.Log(sum) // −ε log Σⱼ bⱼ exp((vⱼ−cᵢⱼ)/ε)
				gap += s.a[i] * math.Abs(math.Exp((s.v[i]-free)/epsilon)-s.source.want(s.v[i]))
				s.x[i] = tau * free
			}
			return gap
		})
		s.iterations++
		if s.rowGap <= tolerance {
			break
		}
		floats.Add(s.v, s.x)
		floats.Scale(0.5, s.v)
	}
	copy(s.u, s.v)
	return nil
}
