package ot

import (
	"context"
	"fmt"
	"math"
)

// solveForbidden solves a problem some of whose pairs are forbidden (cost
// +Inf), where no first plan came about greedily. A first solve, with cost 1
// for forbidden pairs and 0 for the others, finds an allowed plan or proves
// that there is none; the second starts from its entries.
func (s *simplex) solveForbidden(ctx context.Context, supply, demand []int64) error {
	first := &simplex{n: s.n, m: s.m, workers: s.workers, room: &room{}, rows: func(i int, buf []float64) []float64 {
		if len(buf) < s.m {
			buf = make([]float64, s.m)
		}
		for j, c := range s.rows(i, buf) {
			buf[j] = 0
			if math.IsInf(c, 1) {
				buf[j] = 1
			}
		}
		return buf
	}}
	if _, err := first.solve(ctx, supply, demand, nil); err != nil {
		return err
	}
	forest := first.tree.carrying()
	buf := make([]float64, s.m)
	for k, e := range forest {
		if e.cost > 0 {
			return fmt.Errorf("no plan exists on the allowed pairs: their costs other than +Inf leave mass of source point %d, among others, without a place", e.source)
		}
		forest[k].cost = s.rows(int(e.source), buf)[e.target-int32(s.n)]
	}
	s.tree = newTree(s.n, s.m, forest, s.firstPrices(nil))
	return s.optimise(ctx)
}
