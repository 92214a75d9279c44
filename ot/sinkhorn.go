package ot

import (
	"context"
	"fmt"
	"math"
)

// SinkhornOptions are the options of [Sinkhorn] and [SinkhornDivergence].
type SinkhornOptions struct {
	// Epsilon weighs the entropy, in the units of the cost. It must be positive.
	Epsilon float64
	// SourceTau and TargetTau under 1 let the plan's row and column sums differ
	// from the weights, at the price of ρ·KL(sums‖weights) with τ = ρ/(ρ+ε), that is
	// ρ = ετ/(1−τ). 0 means 1: the sums are the weights. Where either is under 1,
	// weights are masses and not shares: see [Sinkhorn].
	SourceTau, TargetTau float64
	// Tolerance is the MarginalError at which to stop; 0 means 1e−6.
	Tolerance float64
	// MaxIterations of row and column updates; 0 means 10 000.
	MaxIterations int
	// Potentials of the target points to start from, such as V of an earlier
	// solve; nil starts from zero or, for an epsilon that is small beside the mean
	// cost, anneals it from there.
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
	}
	if err := checkPotentials(o.Potentials, m); err != nil {
		return err
	}
	for _, side := range []struct {
		name string
		tau  *float64
	}{{"source", &o.SourceTau}, {"target", &o.TargetTau}} {
		if !(*side.tau >= 0 && *side.tau <= 1) {
			return fmt.Errorf("ot: %s tau %v: want ρ/(ρ+ε), a number between 0 and 1, or 0 for 1", side.name, *side.tau)
		}
		if *side.tau == 0 {
			*side.tau = 1
		}
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-6
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = 10_000
	}
	return nil
}

// unbalanced says whether either side's sums may differ from its weights.
func (o *SinkhornOptions) unbalanced() bool { return o.SourceTau < 1 || o.TargetTau < 1 }

// Entropic is the solution of an entropic transport problem: the plan is
// Pᵢⱼ = aᵢbⱼ exp((Uᵢ+Vⱼ−cᵢⱼ)/ε).
type Entropic struct {
	// Epsilon as it was used, in the units of the cost.
	Epsilon float64
	// U and V are the potentials. Potentials of points of weight zero need not have
	// converged.
	U, V []float64
	// Cost is ⟨P,C⟩, without entropy.
	Cost float64
	// KL is KL(P‖a⊗b) = ΣP log(P/a⊗b) − ΣP + ΣaΣb.
	KL float64
	// Mass is ΣP: 1, up to the marginal error, unless a tau is under 1.
	Mass float64
	// Penalty is ρ·KL of the row sums from a plus ρ·KL of the column sums from b,
	// over the sides whose tau is under 1.
	Penalty float64
	// Value is the dual objective, Σ aᵢUᵢ + Σ bⱼVⱼ − ε(ΣP − ΣaΣb); for a side with a
	// tau under 1 its first sum is Σ aᵢ ρ(1−exp(−Uᵢ/ρ)). It is a lower bound of the optimal
	// ⟨P,C⟩ + ε·KL(P‖a⊗b) + Penalty, and that itself once MarginalError is 0.
	Value float64
	// Converged says whether MarginalError is within the tolerance.
	Converged bool
	// MarginalError is Σᵢ|Σⱼ Pᵢⱼ − aᵢ| + Σⱼ|Σᵢ Pᵢⱼ − bⱼ|. For a side with a tau under
	// 1, what the potentials call for, aᵢ exp(−Uᵢ/ρ), stands for the weights.
	MarginalError float64
	// Iterations of row and column updates, annealing included.
	Iterations int
}

// Sinkhorn minimises ⟨P,C⟩ + ε·KL(P‖a⊗b) over the plans with row sums a and
// column sums b. Weights are as in [Exact].
//
// With a tau under 1 on either side it solves the unbalanced problem instead,
// which adds ρ·KL(sums‖weights) for each such side and does not hold the sums to
// the weights (Chizat et al. 2018, doi:10.1090/mcom/3303). Weights are then masses:
// they are used as they are, both sides may have different totals, and nil
// means 1/n each.
//
// Potentials are kept in the log domain. Between absorptions the updates are
// products with the kernel exp((u+v−c)/ε), stored where it fits in memory and
// computed row by row where it does not (Schmitzer 2019). An answer that has not
// converged is returned all the same, with Converged false and the error that
// is left. Allowed pairs that leave no plan, by Hall's theorem, show in the same
// way. Errors are of bad input, of points all of whose pairs are forbidden, and
// of a context that ends.
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

// result evaluates the plan of the potentials from its definition.
func (s *scaling) result() *Entropic {
	r := &Entropic{Epsilon: s.o.Epsilon, U: s.u, V: s.v, Iterations: s.iterations}
	sums, costs := s.plan()
	var totalA, totalB float64
	inner := 0.0 // Σ P (U+V−C)
	for i, u := range s.u {
		r.Mass += sums[i]
		r.Cost += costs[i]
		inner += sums[i] * u
		totalA += s.a[i]
		r.MarginalError += math.Abs(sums[i] - s.a[i]*s.source.want(u))
		r.Value += s.a[i] * s.source.dual(u)
		r.Penalty += s.source.penalty(sums[i], s.a[i])
	}
	for j, v := range s.v {
		inner += s.columns[j] * v
		totalB += s.b[j]
		r.MarginalError += math.Abs(s.columns[j] - s.b[j]*s.target.want(v))
		r.Value += s.b[j] * s.target.dual(v)
		r.Penalty += s.target.penalty(s.columns[j], s.b[j])
	}
	excess := r.Mass - totalA*totalB
	r.KL = (inner-r.Cost)/r.Epsilon - excess
	r.Value -= r.Epsilon * excess
	r.Converged = r.MarginalError <= s.o.Tolerance
	return r
}
