package sensitivity

import (
	"context"
	"math"
	"slices"
	"sync"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// onTheLine couples equal quantiles. For p = 2 the order of all outputs gives that of every cell; that of whole, the outputs of the
// study, is found once for all inputs.
func (o Options) onTheLine(whole *mat.Dense) measure {
	ofWhole := sync.OnceValue(func() *quantiles { return newQuantiles(mat.Col(nil, 0, whole)) })
	return func(_ context.Context, y *mat.Dense, cells [][]int, workers int) (measured, error) {
		if o.Exponent != 2 {
			return o.powers(mat.Col(nil, 0, y), cells, workers)
		}
		var q *quantiles
		if y == whole {
			q = ofWhole()
		} else {
			q = newQuantiles(mat.Col(nil, 0, y))
		}
		return measured{bound: 2 * totalVariance(y), costs: q.costs(cells), advective: advective(y, cells)}, nil
	}
}

// powers are the costs for other exponents.
func (o Options) powers(values []float64, cells [][]int, workers int) (measured, error) {
	m := measured{bound: meanPower(values, o.Exponent), costs: make([]float64, len(cells))}
	err := forEach(workers, len(cells), func(k int) (err error) {
		m.costs[k], err = ot.OneDCost(values, picked(values, cells[k]), nil, nil, o.Exponent)
		return err
	})
	return m, err
}

// meanPower is the mean of |y−y′|ᵖ over pairs of different values.
func meanPower(values []float64, p float64) float64 {
	n := float64(len(values))
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	sum := 0.0
	if p == 1 { // Gini's mean difference
		for i, v := range sorted {
			sum += (2*float64(i) + 1 - n) * v
		}
		return 2 * sum / n / (n - 1)
	}
	for i, v := range sorted {
		row := 0.0
		for _, w := range sorted[:i] {
			row += math.Pow(v-w, p)
		}
		sum += row
	}
	return 2 * sum / n / (n - 1)
}

// quantiles of one output: W₂² to a cell is E Y² + E Y²|cell − 2∫ F⁻¹ F⁻¹|cell, and the cell's quantile
// function is constant on n pieces, over which that of all outputs has a known integral.
type quantiles struct {
	values   []float64 // of the runs, less their mean
	rank     []int     // of the runs, from 0 on
	integral []float64 // ∫₀^{i/N} F⁻¹
	sorted   []float64
	squares  float64 // E Y²
}

func newQuantiles(values []float64) *quantiles {
	n := len(values)
	q := &quantiles{values: make([]float64, n), rank: make([]int, n), integral: make([]float64, n+1), sorted: make([]float64, n)}
	mean := stat.Mean(values, nil)
	order := make([]int, n)
	for i, v := range values {
		order[i], q.values[i] = i, v-mean
	}
	slices.SortFunc(order, func(a, b int) int {
		switch x, y := values[a], values[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return a - b
	})
	for k, i := range order {
		q.rank[i], q.sorted[k] = k, q.values[i]
		q.integral[k+1] = q.integral[k] + q.values[i]/float64(n)
		q.squares += q.values[i] * q.values[i] / float64(n)
	}
	return q
}

// upTo is ∫₀^{part/parts} F⁻¹.
func (q *quantiles) upTo(part, parts int) float64 {
	n := len(q.sorted)
	k := part * n / parts
	if k == n {
		return q.integral[n]
	}
	return q.integral[k] + (float64(part*n%parts)/float64(parts)/float64(n))*q.sorted[k]
}

func (q *quantiles) costs(cells [][]int) []float64 {
	out := make([]float64, len(cells))
	var ranks []int
	for m, cell := range cells {
		ranks = ranks[:0]
		for _, i := range cell {
			ranks = append(ranks, q.rank[i])
		}
		slices.Sort(ranks)
		n, sum, before := len(ranks), q.squares, 0.0
		for j, k := range ranks {
			v, after := q.sorted[k], q.upTo(j+1, n)
			sum += v * (v/float64(n) - 2*(after-before))
			before = after
		}
		out[m] = max(0, sum)
	}
	return out
}
