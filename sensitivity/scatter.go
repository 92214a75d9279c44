package sensitivity

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// scattered chooses n rows that spread as all do: rows are halved at the median of the column that varies most
// among them, halves again, until there are n groups of almost equal size, and one row of each is drawn.
func scattered(y *mat.Dense, n int, seed uint64) []int {
	total, _ := y.Dims()
	rows := make([]int, total)
	for i := range rows {
		rows[i] = i
	}
	return scatter(y, rows, n, rand.New(rand.NewPCG(seed, streamPoints)), nil)
}

// scatter appends n of the rows, of which there are as many at least.
func scatter(y *mat.Dense, rows []int, n int, r *rand.Rand, out []int) []int {
	if n == 1 {
		return append(out, rows[r.IntN(len(rows))])
	}
	_, d := y.Dims()
	column, most := 0, -1.0
	for j := range d {
		values := make([]float64, len(rows))
		for k, i := range rows {
			values[k] = y.At(i, j)
		}
		if v := stat.PopVariance(values, nil); v > most {
			column, most = j, v
		}
	}
	slices.SortFunc(rows, func(a, b int) int { return cmp.Compare(y.At(a, column), y.At(b, column)) })
	left := n / 2
	at := min(max(len(rows)*left/n, left), len(rows)-(n-left))
	return scatter(y, rows[at:], n-left, r, scatter(y, rows[:at], left, r, out))
}
