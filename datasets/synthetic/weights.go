package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/stat/distuv"
)

// basisSize is the number K of basis functions of the kinds with weights.
func basisSize(kind Kind) int {
	if kind == Combination {
		return 6
	}
	return 4
}

// hill is the saturating dose response cʰ/(cʰ + c50ʰ).
func hill(c, c50, h float64) float64 {
	p := math.Pow(c, h)
	return p / (p + math.Pow(c50, h))
}

// doseWeights switch between basis functions along the dose: two rise, one
// falls, one goes up and down; the quadratic part shrinks.
func doseWeights(c condition.Value) (weights, error) {
	t := c[0].Number
	if t < 0 {
		return weights{}, fmt.Errorf("synthetic: dose %g: it is not negative", t)
	}
	early := hill(t, 0.4, 4)
	return weights{
		quadratic: 0.1 + 0.25*(1-early),
		alpha: []float64{
			early,
			0.8 * hill(t, 0.7, 6),
			0.3 * (1 + math.Cos(2*math.Pi*(t-0.3))),
			0.9 * (1 - early),
		},
	}, nil
}

// categories and actions are the labels of Mix and Combination.
var (
	categories = []string{"b0", "b1", "b2"}
	actions    = []string{"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"}
)

// responses are the amplitudes and half-effect doses of a category, one of each
// for every basis function.
type responses struct {
	amplitude, c50 []float64
}

// drawResponses draws the responses of each category.
func drawResponses(k int, rng *rand.Rand) []responses {
	table := make([]responses, len(categories))
	for i := range table {
		table[i] = responses{uniforms(k, 0.1, 1, rng), uniforms(k, 0.25, 0.7, rng)}
	}
	return table
}

// mixWeights gives each category a Hill response of its own in every basis function.
func mixWeights(table []responses) func(condition.Value) (weights, error) {
	return func(c condition.Value) (weights, error) {
		r := table[slices.Index(categories, c[0].Labels[0])]
		t := c[1].Number
		if t < 0 {
			return weights{}, fmt.Errorf("synthetic: dose %g: it is not negative", t)
		}
		w := weights{alpha: make([]float64, len(r.c50))}
		var mean float64
		for j := range w.alpha {
			h := hill(t, r.c50[j], 3)
			w.alpha[j] = r.amplitude[j] * h
			mean += h / float64(len(r.c50))
		}
		w.quadratic = 0.2 + 0.5*(1-mean)
		return w, nil
	}
}

// effects are the weights of single actions, and what each pair i < j of
// actions adds to the sum of its members.
type effects struct {
	single [][]float64
	pair   [][][]float64
}

// drawEffects draws gamma weights of the actions and half-normal interactions
// of about a third of their size.
func drawEffects(k int, rng *rand.Rand) effects {
	gamma := distuv.Gamma{Alpha: 0.7, Beta: 1 / 0.45, Src: rng}
	e := effects{make([][]float64, len(actions)), make([][][]float64, len(actions))}
	for i := range actions {
		e.single[i] = make([]float64, k)
		for n := range k {
			e.single[i][n] = gamma.Rand()
		}
		e.pair[i] = make([][]float64, len(actions))
		for j := i + 1; j < len(actions); j++ {
			e.pair[i][j] = make([]float64, k)
			for n := range k {
				e.pair[i][j][n] = 0.12 * math.Abs(rng.NormFloat64())
			}
		}
	}
	return e
}

// combinationWeights add up over the actions of a set and the pairs in it.
func combinationWeights(e effects) func(condition.Value) (weights, error) {
	return func(c condition.Value) (weights, error) {
		set := slices.Compact(slices.Sorted(slices.Values(c[0].Labels)))
		if len(set) == 0 {
			return weights{}, fmt.Errorf("synthetic: empty set of actions: the task has sets of one or more of %v", actions)
		}
		w := weights{quadratic: 0.3, alpha: make([]float64, len(e.single[0]))}
		for n, a := range set {
			i := slices.Index(actions, a)
			add(w.alpha, e.single[i])
			for _, b := range set[n+1:] {
				add(w.alpha, e.pair[i][slices.Index(actions, b)])
			}
		}
		return w, nil
	}
}

func add(dst, v []float64) {
	for i := range dst {
		dst[i] += v[i]
	}
}

func uniforms(n int, low, high float64, rng *rand.Rand) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = low + (high-low)*rng.Float64()
	}
	return out
}
