package ot

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func entropic(t testing.TB, c *Cost, a, b []float64, o SinkhornOptions) *Entropic {
	t.Helper()
	r, err := Sinkhorn(context.Background(), c, a, b, o)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Converged {
		t.Fatalf("not converged: error %g after %d iterations", r.MarginalError, r.Iterations)
	}
	// The optimum's two sides: equal up to potentials times marginal error.
	scale := 0.0
	for _, v := range slices.Concat(r.U, r.V) {
		scale = max(scale, math.Abs(v))
	}
	if gap := r.Cost + r.Epsilon*r.KL + r.Penalty - r.Value; math.Abs(gap) > 2*(scale+r.Epsilon)*max(r.MarginalError, 1e-14) {
		t.Fatalf("⟨P,C⟩+ε·KL+penalty − dual = %g with a marginal error of %g", gap, r.MarginalError)
	}
	return r
}

// Two points each, uniform, costs 0 on the diagonal and 1 off it: by symmetry
// P₁₁ = ½/(1+e^{−1/ε}).
func TestSinkhornTwoPoints(t *testing.T) {
	c := table(t, mat.NewDense(2, 2, []float64{0, 1, 1, 0}))
	for _, epsilon := range []float64{0.01, 0.1, 1, 10} {
		r := entropic(t, c, nil, nil, SinkhornOptions{Epsilon: epsilon, Tolerance: 1e-13})
		off := 0.5 / (1 + math.Exp(1/epsilon))
		diagonal := 0.5 - off
		kl := 2 * (diagonal*math.Log(4*diagonal) + off*math.Log(4*off))
		if math.Abs(r.Cost-2*off) > 1e-14 || math.Abs(r.KL-kl) > 1e-12 {
			t.Errorf("ε=%v: cost %v and KL %v, want %v and %v", epsilon, r.Cost, r.KL, 2*off, kl)
		}
	}
}

// One target point: every plan is the product of its marginals.
func TestSinkhornOnePoint(t *testing.T) {
	c := table(t, mat.NewDense(3, 1, []float64{1, 5, 9}))
	r := entropic(t, c, []float64{0.5, 0.25, 0.25}, nil, SinkhornOptions{Epsilon: 0.3})
	if math.Abs(r.Cost-4) > 1e-14 || math.Abs(r.KL) > 1e-13 || math.Abs(r.Value-4) > 1e-13 {
		t.Errorf("%+v, want cost and value 4 and KL 0", r)
	}
}

// As ε falls the plan's cost falls to the exact one, which is never undercut,
// and the value is a lower bound of cost + ε·log of the number of points.
func TestSinkhornTendsToExact(t *testing.T) {
	r := rng(40)
	x, y := gaussianCloud(r, 80, 3, 1, 0), gaussianCloud(r, 70, 3, 1.3, 0.5)
	c, err := SquaredEuclidean.Between(x, y)
	if err != nil {
		t.Fatal(err)
	}
	exact := solved(t, c, nil, nil, ExactOptions{}).Cost
	before := math.Inf(1)
	for _, epsilon := range []float64{1, 0.3, 0.1, 0.03} {
		s := entropic(t, c, nil, nil, SinkhornOptions{Epsilon: epsilon, MaxIterations: 100_000})
		over := s.Cost - exact
		if over < -1e-5 || over > before || over > epsilon*math.Log(80*70) {
			t.Errorf("ε=%v: ⟨P,C⟩ is %g above the optimum, before %g", epsilon, over, before)
		}
		before = over
	}
	if before > 0.01*exact {
		t.Errorf("at the last epsilon still %g above the optimum %g", before, exact)
	}
}

// Shapes and weights of all kinds, zero weights among them.
func TestSinkhornManyCases(t *testing.T) {
	r := rng(41)
	for trial := range 200 {
		n, m := 1+r.IntN(30), 1+r.IntN(30)
		c := mat.NewDense(n, m, nil)
		scale := math.Pow(10, float64(r.IntN(13)-6))
		for i := range n {
			for j := range m {
				c.Set(i, j, scale*r.NormFloat64())
			}
		}
		var a, b []float64
		if trial%2 > 0 {
			a, b = randomWeights(r, n, trial%4 == 1), randomWeights(r, m, trial%3 == 1)
		}
		entropic(t, table(t, c), a, b, SinkhornOptions{Epsilon: scale * (0.05 + r.Float64())})
	}
}

// An outlier 10⁴ times as far away as the rest, and an epsilon that makes every
// plain exponential of −c/ε vanish.
func TestSinkhornExtremeScales(t *testing.T) {
	r := rng(42)
	x, y := gaussianCloud(r, 40, 2, 1, 0), gaussianCloud(r, 40, 2, 1, 100)
	y.Set(3, 0, 1e4)
	x.Set(7, 1, -1e4)
	c, err := SquaredEuclidean.Between(x, y)
	if err != nil {
		t.Fatal(err)
	}
	exact := solved(t, c, nil, nil, ExactOptions{}).Cost
	s := entropic(t, c, nil, nil, SinkhornOptions{Epsilon: 1})
	if s.Cost < exact*(1-1e-6) || s.Cost > exact+math.Log(1600) {
		t.Errorf("⟨P,C⟩ = %v, exact %v", s.Cost, exact)
	}
	cold := entropic(t, c, nil, nil, SinkhornOptions{Epsilon: 1, Potentials: make([]float64, 40)})
	if math.Abs(cold.Value-s.Value) > 1e-6*s.Value {
		t.Errorf("without annealing %v, with it %v", cold.Value, s.Value)
	}
}

// onTheFly is Sinkhorn as it runs where neither costs nor kernel are stored.
func onTheFly(t *testing.T, c *Cost, o SinkhornOptions) *Entropic {
	t.Helper()
	s, err := newScaling(c, nil, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	s.rows = func(i int, buf []float64) []float64 {
		c.Rows(buf, i, i+1)
		return buf
	}
	for _, epsilon := range s.schedule() { // without store: no kernel is kept
		if err := s.stage(context.Background(), epsilon, epsilon == o.Epsilon); err != nil {
			t.Fatal(err)
		}
	}
	return s.result()
}

func TestSinkhornOnTheFlyAndWorkers(t *testing.T) {
	r := rng(43)
	x, y := gaussianCloud(r, 210, 3, 1, 0), gaussianCloud(r, 190, 3, 1.3, 0.5)
	c, err := HalfSquaredEuclidean.Between(x, y)
	if err != nil {
		t.Fatal(err)
	}
	o := SinkhornOptions{Epsilon: 0.05, Tolerance: 1e-10}
	stored := entropic(t, c, nil, nil, o)
	fly := onTheFly(t, c, o)
	if !fly.Converged || math.Abs(fly.Value-stored.Value) > 1e-9*stored.Value {
		t.Errorf("on the fly %v (converged %v), stored %v", fly.Value, fly.Converged, stored.Value)
	}
	o.Workers = 1
	if one := entropic(t, c, nil, nil, o); one.Value != stored.Value || !slices.Equal(one.U, stored.U) {
		t.Error("the answer depends on the number of workers")
	}
	o.Potentials = stored.V
	if warm := entropic(t, c, nil, nil, o); warm.Iterations > 3 || math.Abs(warm.Value-stored.Value) > 1e-9 {
		t.Errorf("from the optimal potentials it took %d iterations to %v", warm.Iterations, warm.Value)
	}
}

func TestSinkhornForbiddenPairs(t *testing.T) {
	inf := math.Inf(1)
	c := table(t, mat.NewDense(2, 2, []float64{1, inf, 2, 3}))
	r := entropic(t, c, []float64{0.3, 0.7}, []float64{0.6, 0.4}, SinkhornOptions{Epsilon: 0.1})
	// The only plan: .3 at (0,0), .3 at (1,0), .4 at (1,1).
	if math.Abs(r.Cost-(0.3+0.6+1.2)) > 1e-6 {
		t.Errorf("cost %v, want 2.1", r.Cost)
	}
	for _, k := range []struct {
		costs []float64
		want  string
	}{{[]float64{inf, inf, 2, 3}, "source point 0"}, {[]float64{inf, 1, inf, 2}, "target point 0"}} {
		_, err := Sinkhorn(context.Background(), table(t, mat.NewDense(2, 2, k.costs)), nil, nil, SinkhornOptions{Epsilon: 1})
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v, want one with %q", err, k.want)
		}
	}
}

func TestSinkhornBadInput(t *testing.T) {
	c := table(t, mat.NewDense(2, 2, []float64{0, 1, 1, 0}))
	for _, k := range []struct {
		o    SinkhornOptions
		want string
	}{
		{SinkhornOptions{}, "epsilon 0"},
		{SinkhornOptions{Epsilon: -1}, "epsilon -1"},
		{SinkhornOptions{Epsilon: math.NaN()}, "epsilon NaN"},
		{SinkhornOptions{Epsilon: 1, Tolerance: -1}, "tolerance -1"},
		{SinkhornOptions{Epsilon: 1, Potentials: []float64{1}}, "1 potentials: want 2"},
		{SinkhornOptions{Epsilon: 1, MaxIterations: -1}, "at most -1 iterations"},
	} {
		if _, err := Sinkhorn(context.Background(), c, nil, nil, k.o); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v, want one with %q", err, k.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Sinkhorn(ctx, c, nil, nil, SinkhornOptions{Epsilon: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// Too few iterations are no error, but said.
	r, err := Sinkhorn(context.Background(), table(t, mat.NewDense(2, 3, []float64{0, 1, 5, 1, 0, 2})), nil, nil, SinkhornOptions{Epsilon: 0.02, MaxIterations: 1})
	if err != nil || r.Converged || r.MarginalError < 1e-6 {
		t.Errorf("after one iteration: %+v, %v", r, err)
	}
}

// S_ε(µ, µ shifted by δ) = ½‖δ‖² for the cost ½‖x−y‖² and any ε: the shift
// separates from the plan. And S_ε(µ,µ) = 0.
func TestSinkhornDivergenceOfShift(t *testing.T) {
	r := rng(44)
	x := gaussianCloud(r, 120, 3, 1, 0)
	y := mat.DenseCopyOf(x)
	for i := range 120 {
		y.Set(i, 1, y.At(i, 1)+2)
	}
	w := randomWeights(r, 120, false)
	for _, epsilon := range []float64{0.05, 0.5, 5} {
		o := SinkhornOptions{Epsilon: epsilon, Tolerance: 2e-6} // potentials are of the order of 1
		d, err := SinkhornDivergence(context.Background(), HalfSquaredEuclidean, Measure{x, w}, Measure{y, w}, o)
		if err != nil {
			t.Fatal(err)
		}
		if !d.Converged() || math.Abs(d.Value-2) > 2e-6 {
			t.Errorf("ε=%v: divergence %v (converged %v), want 2", epsilon, d.Value, d.Converged())
		}
		same, err := SinkhornDivergence(context.Background(), HalfSquaredEuclidean, Measure{x, w}, Measure{x, w}, o)
		if err != nil || math.Abs(same.Value) > 2e-6 {
			t.Errorf("ε=%v: divergence of a cloud from itself %v, %v", epsilon, same.Value, err)
		}
	}
}

func ExampleSinkhornDivergence() {
	x := mat.NewDense(3, 1, []float64{0, 1, 2})
	y := mat.NewDense(3, 1, []float64{4, 5, 6})
	d, err := SinkhornDivergence(context.Background(), HalfSquaredEuclidean, Uniform(x), Uniform(y), SinkhornOptions{Epsilon: 0.1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f, converged: %t\n", d.Value, d.Converged())
	// Output: 8.0000, converged: true
}

func BenchmarkSinkhorn(b *testing.B) {
	for _, n := range []int{1000, 2000} {
		r := rng(45)
		c, err := SquaredEuclidean.Between(gaussianCloud(r, n, 50, 1, 0), gaussianCloud(r, n, 50, 1.2, 0.5))
		if err != nil {
			b.Fatal(err)
		}
		for _, share := range []float64{0.1, 0.01} {
			b.Run(fmt.Sprintf("n=%d,eps=%v", n, share), func(b *testing.B) {
				for b.Loop() {
					if _, err := Sinkhorn(context.Background(), c, nil, nil, SinkhornOptions{Epsilon: share * 134}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
