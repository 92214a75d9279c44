package main

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ot"
	"github.com/gomonge/gomonge/ot/xla"
)

// cases prepare what is not timed and return what is.
var cases = map[string]func(task) (func() (answer, error), error){
	"exact":      exact,
	"many":       many,
	"sinkhorn":   sinkhorn,
	"clouds":     clouds,
	"compiled":   compiled,
	"divergence": divergence,
	"mmd":        mmd,
	"line":       line,
}

func (t task) pair() (x, y *mat.Dense, err error) {
	if x, err = t.cloud("x", t.N, t.D); err != nil {
		return nil, nil, err
	}
	y, err = t.cloud("y", t.M, t.D)
	return x, y, err
}

// table is the matrix of squared distances, as the others get it.
func (t task) table() (*ot.Cost, error) {
	x, y, err := t.pair()
	if err != nil {
		return nil, err
	}
	between, err := ot.SquaredEuclidean.Between(x, y)
	if err != nil {
		return nil, err
	}
	costs := mat.NewDense(t.N, t.M, nil)
	between.Rows(costs.RawMatrix().Data, 0, t.N)
	return ot.Table(costs)
}

func exact(t task) (func() (answer, error), error) {
	cost, err := t.table()
	if err != nil {
		return nil, err
	}
	return func() (answer, error) {
		p, err := ot.Exact(context.Background(), cost, nil, nil, ot.ExactOptions{})
		if err != nil {
			return answer{}, err
		}
		return answer{Value: p.Cost, Iterations: p.Pivots}, nil
	}, nil
}

func many(t task) (func() (answer, error), error) {
	x, all, err := t.pair()
	if err != nil {
		return nil, err
	}
	targets, each := make([]ot.Measure, t.Targets), t.M/t.Targets
	for k := range targets {
		targets[k] = ot.Uniform(mat.DenseCopyOf(all.Slice(k*each, (k+1)*each, 0, t.D)))
	}
	return func() (answer, error) {
		plans, err := ot.TransportMany(context.Background(), ot.SquaredEuclidean, ot.Uniform(x), targets, ot.ExactOptions{})
		if err != nil {
			return answer{}, err
		}
		var a answer
		for _, p := range plans {
			a.Value += p.Cost / float64(len(plans))
			a.Iterations += p.Pivots
		}
		return a, nil
	}, nil
}

func sinkhorn(t task) (func() (answer, error), error) {
	cost, err := t.table()
	if err != nil {
		return nil, err
	}
	return entropic(func() (*ot.Entropic, error) {
		return ot.Sinkhorn(context.Background(), cost, nil, nil, ot.SinkhornOptions{Epsilon: t.Epsilon})
	}), nil
}

func clouds(t task) (func() (answer, error), error) {
	x, y, err := t.pair()
	if err != nil {
		return nil, err
	}
	return entropic(func() (*ot.Entropic, error) {
		cost, err := ot.SquaredEuclidean.Between(x, y)
		if err != nil {
			return nil, err
		}
		return ot.Sinkhorn(context.Background(), cost, nil, nil, ot.SinkhornOptions{Epsilon: t.Epsilon})
	}), nil
}

func compiled(t task) (func() (answer, error), error) {
	x, y, err := t.pair()
	if err != nil {
		return nil, err
	}
	return entropic(func() (*ot.Entropic, error) {
		return xla.Sinkhorn(context.Background(), ot.SquaredEuclidean, ot.Uniform(x), ot.Uniform(y), xla.Options{Epsilon: t.Epsilon, Float32: t.Float32, Backend: "xla:cpu"})
	}), nil
}

func entropic(solve func() (*ot.Entropic, error)) func() (answer, error) {
	return func() (answer, error) {
		r, err := solve()
		if err != nil {
			return answer{}, err
		}
		return answer{r.Cost, r.Value, r.MarginalError, r.Iterations}, nil
	}
}

func divergence(t task) (func() (answer, error), error) {
	x, y, err := t.pair()
	if err != nil {
		return nil, err
	}
	return func() (answer, error) {
		d, err := ot.SinkhornDivergence(context.Background(), ot.HalfSquaredEuclidean, ot.Uniform(x), ot.Uniform(y), ot.SinkhornOptions{Epsilon: t.Epsilon})
		if err != nil {
			return answer{}, err
		}
		return answer{Value: d.Value, MarginalError: d.Cross.MarginalError, Iterations: d.Cross.Iterations}, nil
	}, nil
}

func mmd(t task) (func() (answer, error), error) {
	x, y, err := t.pair()
	if err != nil {
		return nil, err
	}
	kernel := metrics.RBF{Gammas: []float64{t.Gamma}, Biased: true}
	return func() (answer, error) {
		f, err := metrics.MMDSquared(ot.Uniform(x), ot.Uniform(y), kernel, metrics.Options{MaxPoints: -1, Replicates: -1})
		return answer{Value: f.Value}, err
	}, nil
}

func line(t task) (func() (answer, error), error) {
	x, y, err := t.pair()
	if err != nil {
		return nil, err
	}
	return func() (answer, error) {
		v, err := ot.OneDCost(x.RawMatrix().Data, y.RawMatrix().Data, nil, nil, 1)
		return answer{Value: v}, err
	}, nil
}
