package sensitivity

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// onTheLine couples equal quantiles. The order of all outputs gives that of every cell's, so that they are sorted once, and those of
// whole, the outputs of the study, once for all inputs.
func (o Options) onTheLine(whole *mat.Dense) measure {
	ofWhole := sync.OnceValue(func() *quantiles { return newQuantiles(mat.Col(nil, 0, whole), o.Exponent) })
	return func(_ context.Context, y *mat.Dense, cells [][]int, workers int) (measured, error) {
		var q *quantiles
		if y == whole {
			q = ofWhole()
		} else {
			q = newQuantiles(mat.Col(nil, 0, y), o.Exponent)
		}
		if o.Exponent == 2 {
			return q.squared(cells), nil
		}
		return q.powers(cells, o.Exponent, workers), nil
	}
}

// quantiles of one output.
type quantiles struct {
	order    []int     // the runs by their output
	sorted   []float64 // their outputs, less the mean
	integral []float64 // ∫₀^{i/N} F⁻¹, N+1 numbers, for the exponent 2
	squares  float64   // E Y², the mean taken away
	bound    float64   // the mean of |y−y′|ᵖ over pairs of different runs
}

func newQuantiles(values []float64, p float64) *quantiles {
	n := len(values)
	q := &quantiles{order: ascending(values), sorted: make([]float64, n), integral: make([]float64, n+1)}
	mean := stat.Mean(values, nil)
	for k, i := range q.order {
		v := values[i] - mean
		q.sorted[k] = v
		q.integral[k+1] = q.integral[k] + v/float64(n)
		q.squares += v * v / float64(n)
	}
	if q.bound = 2 * q.squares * float64(n) / float64(n-1); p != 2 {
		q.bound = meanPower(q.sorted, p)
	}
	return q
}

// meanPower is the mean of |y−y′|ᵖ over pairs of different ones of sorted values.
func meanPower(sorted []float64, p float64) float64 {
	n := float64(len(sorted))
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

// owners are the numbers of the runs' cells, −1 of those in none.
func owners(runs int, cells [][]int) []int32 {
	list := make([]int32, runs)
	for i := range list {
		list[i] = -1
	}
	for m, cell := range cells {
		for _, i := range cell {
			list[i] = int32(m)
		}
	}
	return list
}

// climb is how far a cell's quantiles have been followed: its j-th value has the shares (j−1)/n to j/n, and these end at the share
// (at + rest/n)/N of all runs.
type climb struct {
	n, at, rest        int
	reached, sum, mean float64 // ∫ F⁻¹ so far; what the cell adds to E Y²; its mean
}

// squared are the costs for the exponent 2. W₂² to a cell is E Y² + E Y²|cell − 2∫ F⁻¹ F⁻¹|cell, and the cell's quantile function is
// constant on n pieces, over which that of all outputs has a known integral. One pass over the runs by their output meets the values of every cell in order.
func (q *quantiles) squared(cells [][]int) measured {
	runs := len(q.order)
	owner, climbs := owners(runs, cells), make([]climb, len(cells))
	for m, cell := range cells {
		climbs[m].n = len(cell)
	}
	for k, i := range q.order {
		if owner[i] < 0 {
			continue
		}
		c := &climbs[owner[i]]
		c.at += runs / c.n
		if c.rest += runs % c.n; c.rest >= c.n {
			c.at, c.rest = c.at+1, c.rest-c.n
		}
		n, v := float64(c.n), q.sorted[k]
		reached := q.integral[c.at]
		if c.rest > 0 {
			reached += float64(c.rest) / n / float64(runs) * q.sorted[c.at]
		}
		c.sum += v * (v/n - 2*(reached-c.reached))
		c.mean += v / n
		c.reached = reached
	}
	m := measured{bound: q.bound, costs: make([]float64, len(cells)), advective: make([]float64, len(cells))}
	for k, c := range climbs {
		m.costs[k], m.advective[k] = max(0, q.squares+c.sum), c.mean*c.mean
	}
	return m
}

// powers are the costs for other exponents.
func (q *quantiles) powers(cells [][]int, p float64, workers int) measured {
	values := make([][]float64, len(cells))
	owner := owners(len(q.order), cells)
	for k, i := range q.order {
		if m := owner[i]; m >= 0 {
			values[m] = append(values[m], q.sorted[k])
		}
	}
	m := measured{bound: q.bound, costs: make([]float64, len(cells))}
	_ = forEach(workers, len(cells), func(k int) error { // which cannot fail
		m.costs[k] = powerCost(q.sorted, values[k], p)
		return nil
	})
	return m
}

// powerCost is the cost |x−y|ᵖ between equal quantiles of two sorted clouds. Masses are counted in shares of 1/(N·n).
func powerCost(x, y []float64, p float64) (cost float64) {
	left, right := len(y), len(x) // of the points i and j
	for i, j := 0, 0; i < len(x) && j < len(y); {
		mass := min(left, right)
		if d := math.Abs(x[i] - y[j]); p == 1 {
			cost += float64(mass) * d
		} else {
			cost += float64(mass) * math.Pow(d, p)
		}
		if left -= mass; left == 0 {
			i, left = i+1, len(y)
		}
		if right -= mass; right == 0 {
			j, right = j+1, len(x)
		}
	}
	return cost / float64(len(x)) / float64(len(y))
}
