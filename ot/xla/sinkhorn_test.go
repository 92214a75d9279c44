package xla

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/ot"
)

func cloud(seed uint64, n, d int, scale, shift float64) *mat.Dense {
	r := rand.New(rand.NewPCG(seed, 1))
	x := mat.NewDense(n, d, nil)
	for i := range n {
		for f := range d {
			x.Set(i, f, shift+scale*r.NormFloat64())
		}
	}
	return x
}

func weights(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 2))
	w := make([]float64, n)
	for i := range w {
		w[i] = r.ExpFloat64()
		if i%7 == 3 {
			w[i] = 0
		}
	}
	return w
}

// needXLA skips where the tests are to run in pure Go.
func needXLA(t *testing.T) *backend.Engine {
	t.Helper()
	engine, err := backend.Get("")
	if err != nil {
		t.Fatal(err)
	}
	if engine.Pure {
		t.Skip("no XLA: " + engine.Why)
	}
	return engine
}

func inGo(t *testing.T, ground ot.Ground, source, target ot.Measure, o ot.SinkhornOptions) *ot.Entropic {
	t.Helper()
	cost, err := ground.Between(source.Points, target.Points)
	if err != nil {
		t.Fatal(err)
	}
	a, err := source.Shares()
	if err != nil {
		t.Fatal(err)
	}
	b, err := target.Shares()
	if err != nil {
		t.Fatal(err)
	}
	r, err := ot.Sinkhorn(context.Background(), cost, a, b, o)
	if err != nil || !r.Converged {
		t.Fatalf("package ot: %+v, %v", r, err)
	}
	return r
}

// Package ot's answer, solved to 1e−9 where this is solved to 1e−7: what is left of
// the difference is potentials (of the order of the cost) times marginal error.
func TestSinkhornIsThatOfOt(t *testing.T) {
	needXLA(t)
	source, target := ot.Measure{Points: cloud(1, 90, 4, 1, 3), Weights: weights(1, 90)}, ot.Measure{Points: cloud(2, 70, 4, 1.2, 3.5), Weights: weights(2, 70)}
	for _, ground := range []ot.Ground{ot.SquaredEuclidean, ot.HalfSquaredEuclidean, ot.Euclidean} {
		for _, epsilon := range []float64{5, 0.5, 0.1} {
			want := inGo(t, ground, source, target, ot.SinkhornOptions{Epsilon: epsilon, Tolerance: 1e-9})
			got, err := Sinkhorn(context.Background(), ground, source, target, Options{Epsilon: epsilon, Tolerance: 1e-7})
			if err != nil {
				t.Fatal(err)
			}
			if !got.Converged || got.MarginalError > 1e-7 {
				t.Errorf("%v, ε=%v: not converged: %g", ground, epsilon, got.MarginalError)
			}
			for _, v := range []struct {
				what      string
				got, want float64
			}{{"value", got.Value, want.Value}, {"cost", got.Cost, want.Cost}, {"KL", got.KL, want.KL}, {"mass", got.Mass, 1}} {
				if math.Abs(v.got-v.want) > 1e-5*v.want {
					t.Errorf("%v, ε=%v: %s %.9g, package ot %.9g", ground, epsilon, v.what, v.got, v.want)
				}
			}
			if ground != ot.SquaredEuclidean {
				continue
			}
			// Costs are up to 600 ε at the last, where rounding leaves an error of about
			// 1e−4 in the marginals and as much, relative, in the cost.
			single, err := Sinkhorn(context.Background(), ground, source, target, Options{Epsilon: epsilon, Float32: true})
			if err != nil {
				t.Fatal(err)
			}
			if single.MarginalError > 3e-4 || math.Abs(single.Value-want.Value) > 1e-5*want.Value || math.Abs(single.Cost-want.Cost) > 5e-4*want.Cost {
				t.Errorf("ε=%v, float32: value %.9g and cost %.9g (error %g), package ot %.9g and %.9g", epsilon, single.Value, single.Cost, single.MarginalError, want.Value, want.Cost)
			}
		}
	}
}

// Without a table of costs on the device, with a start from given potentials,
// and a stop before the end.
func TestSinkhornWays(t *testing.T) {
	engine := needXLA(t)
	source, target := ot.Uniform(cloud(3, 80, 3, 1, 0)), ot.Uniform(cloud(4, 80, 3, 1.3, 0.5))
	o := Options{Epsilon: 0.3, Tolerance: 1e-8}
	held, err := Sinkhorn(context.Background(), ot.SquaredEuclidean, source, target, o)
	if err != nil {
		t.Fatal(err)
	}
	equal, err := source.Shares()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.complete(80); err != nil {
		t.Fatal(err)
	}
	p := problem{ground: ot.SquaredEuclidean, source: source.Points, target: target.Points, a: equal, b: equal, schedule: []float64{o.Epsilon}}
	fly, err := solve[float64](context.Background(), engine.Backend, p, o)
	if err != nil {
		t.Fatal(err)
	}
	if !fly.Converged || math.Abs(fly.Value-held.Value) > 1e-7*held.Value {
		t.Errorf("costs computed anew: value %v (converged %v), held %v", fly.Value, fly.Converged, held.Value)
	}
	o.Potentials = held.V
	warm, err := Sinkhorn(context.Background(), ot.SquaredEuclidean, source, target, o)
	if err != nil {
		t.Fatal(err)
	}
	if warm.Iterations > 3 || math.Abs(warm.Value-held.Value) > 1e-7*held.Value {
		t.Errorf("from the optimal potentials it took %d iterations to %v, want %v", warm.Iterations, warm.Value, held.Value)
	}
	short, err := Sinkhorn(context.Background(), ot.SquaredEuclidean, source, target, Options{Epsilon: 0.3, MaxIterations: 3})
	if err != nil || short.Converged || short.MarginalError < 1e-6 || short.Iterations != 3 {
		t.Errorf("after three iterations: %+v, %v", short, err)
	}
}

// Clouds far apart with outliers: neither the exponentials of single precision nor
// the scalings between absorptions stay in its range.
func TestSinkhornExtremeScales(t *testing.T) {
	needXLA(t)
	x, y := cloud(5, 40, 2, 1, 0), cloud(6, 40, 2, 1, 10)
	x.Set(7, 1, -60)
	y.Set(3, 0, 80)
	source, target := ot.Uniform(x), ot.Uniform(y)
	want := inGo(t, ot.SquaredEuclidean, source, target, ot.SinkhornOptions{Epsilon: 2})
	for _, single := range []bool{false, true} {
		for _, start := range [][]float64{nil, make([]float64, 40)} {
			got, err := Sinkhorn(context.Background(), ot.SquaredEuclidean, source, target, Options{Epsilon: 2, Float32: single, Potentials: start, Tolerance: 1e-3})
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.Value-want.Value) > 1e-4*want.Value {
				t.Errorf("float32 %v, start given %v: value %v (error %g), package ot %v", single, start != nil, got.Value, got.MarginalError, want.Value)
			}
		}
	}
}

// Points of weight zero near each other and far from all mass change nothing.
func TestSinkhornWeightZero(t *testing.T) {
	needXLA(t)
	m := ot.Measure{Points: mat.NewDense(2, 1, []float64{0, 1000}), Weights: []float64{1, 0}}
	for _, single := range []bool{false, true} {
		got, err := Sinkhorn(context.Background(), ot.HalfSquaredEuclidean, m, m, Options{Epsilon: 1, Float32: single})
		if err != nil {
			t.Fatal(err)
		}
		// In single precision costs of 500 000 are rounded by .03; those of the mass are 0, the cloud's mean being 500.
		if !got.Converged || math.Abs(got.Value) > 0.1 || !single && math.Abs(got.Value) > 1e-6 {
			t.Errorf("float32 %v: %+v, want a value of 0", single, got)
		}
	}
}

func TestSinkhornBadInput(t *testing.T) {
	x := ot.Uniform(mat.NewDense(2, 1, []float64{0, 1}))
	wide := ot.Uniform(mat.NewDense(1, 2, []float64{0, 1}))
	for _, k := range []struct {
		target ot.Measure
		o      Options
		want   string
	}{
		{x, Options{}, "epsilon 0"},
		{x, Options{Epsilon: math.NaN()}, "epsilon NaN"},
		{x, Options{Epsilon: 1, Tolerance: -1}, "tolerance -1"},
		{x, Options{Epsilon: 1, MaxIterations: -1}, "at most -1 iterations"},
		{x, Options{Epsilon: 1, Potentials: []float64{1}}, "1 potentials: want 2"},
		{x, Options{Epsilon: 1, Potentials: []float64{1, math.Inf(1)}}, "potential 1 is +Inf"},
		{wide, Options{Epsilon: 1}, "1 features and the target cloud 2"},
		{ot.Measure{}, Options{Epsilon: 1}, "target cloud is empty"},
		{ot.Measure{Points: x.Points, Weights: []float64{-1, 2}}, Options{Epsilon: 1}, "target: ot: weight 0 is -1"},
		{x, Options{Epsilon: 1, Backend: "go"}, "this package needs XLA; ot.Sinkhorn computes the same"},
		{x, Options{Epsilon: 1, Backend: "xls"}, "no backend"},
	} {
		if _, err := Sinkhorn(context.Background(), ot.SquaredEuclidean, x, k.target, k.o); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v, want one with %q", err, k.want)
		}
	}
	needXLA(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Sinkhorn(ctx, ot.SquaredEuclidean, x, x, Options{Epsilon: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func ExampleSinkhorn() {
	x := ot.Uniform(mat.NewDense(3, 1, []float64{0, 1, 2}))
	y := ot.Uniform(mat.NewDense(3, 1, []float64{4, 5, 6}))
	r, err := Sinkhorn(context.Background(), ot.SquaredEuclidean, x, y, Options{Epsilon: 0.5})
	if err != nil { // there is no XLA here
		cost, err := ot.SquaredEuclidean.Between(x.Points, y.Points)
		if err != nil {
			fmt.Println(err)
			return
		}
		if r, err = ot.Sinkhorn(context.Background(), cost, nil, nil, ot.SinkhornOptions{Epsilon: 0.5}); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("cost %.3f, converged: %t\n", r.Cost, r.Converged)
	// Output: cost 16.150, converged: true
}
