package ot

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Subsample chooses n points of a cloud at random without replacement, all
// points alike likely, and returns them with their weights and their rows in
// ascending order. A cloud of n points or fewer is returned as it is.
func Subsample(m Measure, n int, src rand.Source) (Measure, []int, error) {
	size, d := m.Dims()
	if size == 0 || n <= 0 {
		return Measure{}, nil, fmt.Errorf("ot: cannot choose %d points of %d", n, size)
	}
	if m.Weights != nil && len(m.Weights) != size {
		return Measure{}, nil, errCount("weights", len(m.Weights), size)
	}
	rows := make([]int, size)
	for i := range rows {
		rows[i] = i
	}
	if n >= size {
		return m, rows, nil
	}
	r := rand.New(src)
	for k := range n { // Fisher–Yates, as far as it is needed
		other := k + r.IntN(size-k)
		rows[k], rows[other] = rows[other], rows[k]
	}
	rows = rows[:n]
	slices.Sort(rows)
	out := Measure{Points: mat.NewDense(n, d, nil)}
	for k, i := range rows {
		out.Points.SetRow(k, m.Points.RawRowView(i))
	}
	if m.Weights != nil {
		out.Weights = picked(m.Weights, rows)
		if _, err := shares(out.Weights, n, "chosen"); err != nil {
			return Measure{}, nil, err
		}
	}
	return out, rows, nil
}
