package umap

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Trustworthiness says how far the k nearest neighbours in y (n×e) are neighbours in x (n×d) too, from 0 to 1:
// 1 − 2/(nk(2n−3k−1)) Σ (r−k), over the neighbours in y whose rank r among the neighbours in x is beyond k
// (Venna and Kaski 2001). k must be less than half of n. It takes time in n² log n.
func Trustworthiness(x, y *mat.Dense, k int) (float64, error) {
	for _, m := range []*mat.Dense{x, y} {
		if err := check(m); err != nil {
			return 0, err
		}
	}
	n, d := x.Dims()
	m, e := y.Dims()
	if m != n || k < 1 || 2*k >= n {
		return 0, fmt.Errorf("umap: trustworthiness of the %d nearest of %d points in the other space's %d: want as many points, and fewer neighbours than half of them", k, n, m)
	}
	penalties := make([]int, n)
	inRanges(0, n, func(from, to int) {
		type far struct {
			square float64
			j      int
		}
		order, rank, dist := make([]far, n), make([]int, n), make([]float64, n)
		places, least := make([]int32, k), make([]float64, k)
		for i := from; i < to; i++ {
			for j := range n {
				order[j] = far{square(x.RawRowView(i)[:d], x.RawRowView(j)[:d]), j}
				dist[j] = square(y.RawRowView(i)[:e], y.RawRowView(j)[:e])
			}
			order[i].square = -1 // a point is its own neighbour of rank 0
			slices.SortFunc(order, func(a, b far) int { return cmp.Or(cmp.Compare(a.square, b.square), a.j-b.j) })
			for r, f := range order {
				rank[f.j] = r
			}
			smallest(dist, i, places, least)
			for _, j := range places {
				penalties[i] += max(0, rank[j]-k)
			}
		}
	})
	sum := 0
	for _, p := range penalties {
		sum += p
	}
	return 1 - 2*float64(sum)/(float64(n)*float64(k)*float64(2*n-3*k-1)), nil
}

func square(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += (v - b[i]) * (v - b[i])
	}
	return s
}
