package condot

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// strata draws count samples of n points each from the rows of a cloud with shares w. The
// rows are put in an order in which neighbours are near; the k-th of n equal parts of the
// mass along it gives one point to each sample, and different ones to different samples
// where the parts hold enough of them. In expectation a sample with equal weights is the
// cloud, as one drawn at random is, but its parts have their right masses.
func strata(cloud *mat.Dense, w []float64, n, count int, r *rand.Rand) [][]int {
	rows := make([]int, len(w))
	for i := range rows {
		rows[i] = i
	}
	sortNear(cloud, rows)
	end := make([]float64, len(rows)) // of each row's mass, along the order
	sum := 0.0
	for i, row := range rows {
		sum += w[row]
		end[i] = sum
	}
	draws := make([][]int, count)
	for k := range n {
		for part, s := range r.Perm(count) {
			at := (float64(k) + (float64(part)+r.Float64())/float64(count)) / float64(n) * sum
			i, found := slices.BinarySearch(end, at)
			if found { // at is where row i ends
				i++
			}
			draws[s] = append(draws[s], rows[min(i, len(rows)-1)])
		}
	}
	return draws
}

// sortNear orders rows as the leaves of a k-d tree: halves along the feature of largest
// spread, again and again.
func sortNear(cloud *mat.Dense, rows []int) {
	if len(rows) < 3 {
		return
	}
	j := widest(cloud, rows)
	slices.SortFunc(rows, func(a, b int) int {
		return cmp.Or(cmp.Compare(cloud.At(a, j), cloud.At(b, j)), cmp.Compare(a, b))
	})
	sortNear(cloud, rows[:len(rows)/2])
	sortNear(cloud, rows[len(rows)/2:])
}

// widest is the feature of largest variance among the rows.
func widest(cloud *mat.Dense, rows []int) int {
	_, d := cloud.Dims()
	sum, square := make([]float64, d), make([]float64, d)
	first := cloud.RawRowView(rows[0]) // differences from it lose no digits
	for _, row := range rows {
		for j, x := range cloud.RawRowView(row) {
			x -= first[j]
			sum[j] += x
			square[j] += x * x
		}
	}
	best, spread := 0, 0.0
	for j := range d {
		if s := square[j] - sum[j]*sum[j]/float64(len(rows)); s > spread {
			best, spread = j, s
		}
	}
	return best
}
