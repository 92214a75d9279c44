package metrics

import (
	"context"
	"fmt"
	"math"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// mostHalves is how many pairs of random half clouds an interval of a transport
// distance is made of; a bootstrap's hundreds would cost too much.
const mostHalves = 12

// fewestHalved is the number of points below which half a cloud says too little.
const fewestHalved = 8

// W2Squared is the exact W₂², without a factor ½, between the clouds as they
// are. Of finite samples of one law it is above 0: compare it with the value of
// two halves of the observed. The interval is of the delete-half jackknife.
func W2Squared(ctx context.Context, predicted, observed ot.Measure, o Options) (Figure, error) {
	f, _, err := W2SquaredCoupling(ctx, predicted, observed, o)
	return f, err
}

// W2SquaredCoupling is [W2Squared] with the optimal plan between the points that
// it was computed from, all of them unless the options leave some out.
func W2SquaredCoupling(ctx context.Context, predicted, observed ot.Measure, o Options) (Figure, *ot.Coupling, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, nil, err
	}
	c, err := ot.Transport(ctx, ot.SquaredEuclidean, p.predicted, p.observed, ot.ExactOptions{Workers: o.Workers})
	if err != nil {
		return Figure{}, nil, err
	}
	f, err := p.halved(p.figure("w2squared", c.Cost, o.definition("W₂², exact, cost ‖x−y‖²")), o, func(x, y ot.Measure, workers int) (float64, error) {
		c, err := ot.Transport(ctx, ot.SquaredEuclidean, x, y, ot.ExactOptions{Workers: workers})
		if err != nil {
			return 0, err
		}
		return c.Cost, nil
	})
	return f, c, err
}

// W1 is the exact W₁, the area between the distribution functions, of clouds on
// the line: of one feature. The interval is of the delete-half jackknife.
func W1(predicted, observed ot.Measure, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	if p.d != 1 {
		return Figure{}, fmt.Errorf("metrics: W₁ on the line of clouds of %d features: want 1", p.d)
	}
	value := func(x, y ot.Measure, _ int) (float64, error) {
		a, err := x.Shares()
		if err != nil {
			return 0, err
		}
		b, err := y.Shares()
		if err != nil {
			return 0, err
		}
		return ot.OneDCost(mat.Col(nil, 0, x.Points), mat.Col(nil, 0, y.Points), a, b, 1)
	}
	v, err := value(p.predicted, p.observed, 0)
	if err != nil {
		return Figure{}, err
	}
	return p.halved(p.figure("w1", v, o.definition("W₁ on the line, exact, cost |x−y|")), o, value)
}

// SlicedW2Squared is the mean of W₂² between projections of the clouds on random
// directions, the same ones for one seed. In d dimensions a shift δ has the value
// ‖δ‖²/d. The interval is of the delete-half jackknife and does not count the
// choice of directions.
func SlicedW2Squared(predicted, observed ot.Measure, directions int, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	value := func(x, y ot.Measure, _ int) (float64, error) {
		v, _, err := ot.SlicedW2Squared(x, y, directions, o.stream(projecting))
		return v, err
	}
	v, err := value(p.predicted, p.observed, 0)
	if err != nil {
		return Figure{}, err
	}
	return p.halved(p.figure("sliced_w2squared", v, o.definition("mean W₂² of projections on %d random directions", directions)), o, value)
}

// BuresW2Squared is W₂² between the Gaussians with the means and covariances of
// the clouds, a lower bound of W₂² that needs few points. The interval is of
// the delete-half jackknife.
func BuresW2Squared(predicted, observed ot.Measure, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	value := func(x, y ot.Measure, _ int) (float64, error) {
		g, err := ot.FitGaussian(x)
		if err != nil {
			return 0, err
		}
		h, err := ot.FitGaussian(y)
		if err != nil {
			return 0, err
		}
		w, err := ot.Bures(g, h)
		return w.W2Squared(), err
	}
	v, err := value(p.predicted, p.observed, 0)
	if err != nil {
		return Figure{}, err
	}
	f := p.figure("bures_w2squared", v, o.definition("W₂² of the Gaussians with the clouds' moments, cost ‖x−y‖²"))
	return p.halved(f, o, value)
}

// SinkhornDivergence is the debiased Sinkhorn divergence at a given ε, in the
// units of the ground cost. The interval is of the delete-half jackknife.
func SinkhornDivergence(ctx context.Context, predicted, observed ot.Measure, ground ot.Ground, epsilon float64, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	return p.sinkhornDivergence(ctx, ground, epsilon, fmt.Sprintf("ε=%.6g", epsilon), o)
}

func (p pair) sinkhornDivergence(ctx context.Context, ground ot.Ground, epsilon float64, origin string, o Options) (Figure, error) {
	value := func(x, y ot.Measure, workers int) (*ot.Divergence, error) {
		return ot.SinkhornDivergence(ctx, ground, x, y, ot.SinkhornOptions{Epsilon: epsilon, MaxIterations: sinkhornIterations, Workers: workers})
	}
	d, err := value(p.predicted, p.observed, o.Workers)
	if err != nil {
		return Figure{}, err
	}
	var warnings []string
	if !d.Converged() {
		warnings = append(warnings, notConverged(max(d.Cross.MarginalError, d.Source.MarginalError, d.Target.MarginalError)))
	}
	f := p.figure("sinkhorn_divergence", d.Value, o.definition("debiased Sinkhorn divergence, cost %v, %s", ground, origin), warnings...)
	return p.halved(f, o, func(x, y ot.Measure, workers int) (float64, error) {
		d, err := value(x, y, workers)
		if err != nil {
			return 0, err
		}
		return d.Value, nil
	})
}

// sinkhornIterations is four times what [ot.SinkhornOptions] does by default: clouds of few points at the paper's small ε are
// often a little over the tolerance then.
const sinkhornIterations = 40_000

func notConverged(marginalError float64) string {
	return fmt.Sprintf("Sinkhorn has not converged: marginal error %.1e", marginalError)
}

// EntropicCost is min ⟨P,C⟩ + ε·KL(P‖a⊗b) at a given ε, OTT's reg_ot_cost, in
// the units of the ground cost, which its name tells: w_eps_kl for ‖x−y‖²,
// w_eps_kl_half for ½‖x−y‖², w_eps_kl_euclidean for ‖x−y‖. It is not 0 between
// equal clouds. The interval is of the delete-half jackknife.
func EntropicCost(ctx context.Context, predicted, observed ot.Measure, ground ot.Ground, epsilon float64, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	return p.entropicCost(ctx, ground, epsilon, o)
}

func (p pair) entropicCost(ctx context.Context, ground ot.Ground, epsilon float64, o Options) (Figure, error) {
	value := func(x, y ot.Measure, workers int) (*ot.Entropic, error) {
		c, err := ground.Between(x.Points, y.Points)
		if err != nil {
			return nil, err
		}
		return entropic(ctx, c, x, y, ot.SinkhornOptions{Epsilon: epsilon, MaxIterations: sinkhornIterations, Workers: workers})
	}
	r, err := value(p.predicted, p.observed, o.Workers)
	if err != nil {
		return Figure{}, err
	}
	var warnings []string
	if !r.Converged {
		warnings = append(warnings, notConverged(r.MarginalError))
	}
	size := fmt.Sprintf("n=%d, m=%d", p.n, p.m)
	if p.n == p.m {
		size = fmt.Sprintf("n=m=%d", p.n)
	}
	name := map[ot.Ground]string{ot.SquaredEuclidean: "w_eps_kl", ot.HalfSquaredEuclidean: "w_eps_kl_half", ot.Euclidean: "w_eps_kl_euclidean"}[ground]
	f := p.figure(name, r.Value, o.definition("min ⟨P,C⟩ + ε·KL(P‖a⊗b), cost %v, ε=%.6g, %s", ground, epsilon, size), warnings...)
	return p.halved(f, o, func(x, y ot.Measure, workers int) (float64, error) {
		r, err := value(x, y, workers)
		if err != nil {
			return 0, err
		}
		return r.Value, nil
	})
}

// EntropicCosts are the two entropic transport costs that the CondOT paper's
// numbers may be read as, with the cost ‖x−y‖² and n = m points:
//
//   - w_eps_kl = ⟨P,C⟩ + ε·KL(P‖a⊗b), OTT's reg_ot_cost, which they are;
//   - w_eps_eq17 = ⟨P,C⟩ − εH(P) with H(P) = −Σ P(log P − 1), the paper's
//     equation (17), lower by ε(log n + log m) + ε for equal weights, and so
//     dependent on the number of points.
//
// The intervals are of the delete-half jackknife.
func EntropicCosts(ctx context.Context, predicted, observed ot.Measure, epsilon float64, o Options) ([]Figure, error) {
	p, err := o.pair(predicted, observed, true)
	if err != nil {
		return nil, err
	}
	f, err := p.entropicCost(ctx, ot.SquaredEuclidean, epsilon, o)
	if err != nil {
		return nil, err
	}
	a, err := p.predicted.Shares()
	if err != nil {
		return nil, err
	}
	b, err := p.observed.Shares()
	if err != nil {
		return nil, err
	}
	// −εH(P) = ε·KL(P‖a⊗b) + ε(Σ a log a + Σ b log b) − ε.
	shift := epsilon * (negentropy(a) + negentropy(b) - 1)
	g := f
	g.Name, g.Value, g.Low, g.High = "w_eps_eq17", f.Value+shift, f.Low+shift, f.High+shift
	g.Definition = o.definition("min ⟨P,C⟩ − ε·H(P), H = −Σ P(log P − 1), cost ‖x−y‖², ε=%.6g, n=m=%d", epsilon, p.n)
	return []Figure{f, g}, nil
}

// negentropy is Σ w log w.
func negentropy(w []float64) float64 {
	sum := 0.0
	for _, v := range w {
		if v > 0 {
			sum += v * math.Log(v)
		}
	}
	return sum
}

func entropic(ctx context.Context, c *ot.Cost, x, y ot.Measure, o ot.SinkhornOptions) (*ot.Entropic, error) {
	a, err := x.Shares()
	if err != nil {
		return nil, err
	}
	b, err := y.Shares()
	if err != nil {
		return nil, err
	}
	return ot.Sinkhorn(ctx, c, a, b, o)
}

// halved gives the figure an interval from the values of random halves of both
// clouds, which are computed side by side.
func (p pair) halved(f Figure, o Options, value func(x, y ot.Measure, workers int) (float64, error)) (Figure, error) {
	count := min(mostHalves, o.replicates())
	if min(p.n, p.m) < fewestHalved || count < 2 {
		return f, nil
	}
	src := o.stream(halving)
	type halves struct{ x, y ot.Measure }
	drawn := make([]halves, count)
	for k := range drawn {
		var err error
		if drawn[k].x, _, err = ot.Subsample(p.predicted, p.n/2, src); err != nil {
			return f, err
		}
		if drawn[k].y, _, err = ot.Subsample(p.observed, p.m/2, src); err != nil {
			return f, err
		}
	}
	values, errs := make([]float64, count), make([]error, count)
	inParallel(o.Workers, count, func(k int) { values[k], errs[k] = value(drawn[k].x, drawn[k].y, 1) })
	for _, err := range errs {
		if err != nil {
			return f, err
		}
	}
	return f.within(values), nil
}
