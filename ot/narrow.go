package ot

import "context"

// narrow solves a problem with far more points on one side than on the other by
// augmenting paths ([few]) and grows the tree from their plan. The simplex then
// has only to see that it is optimal. It reports false where the paths do not
// apply or give no tree, which leaves everything to the simplex.
func (s *simplex) narrow(ctx context.Context, supply, demand []int64, v []float64) bool {
	long, short := max(s.n, s.m), min(s.n, s.m)
	if short > fewPoints || long < fewRatio*short || long > tableLimit/short {
		return false
	}
	f := &s.room.few
	f.reset(long, short)
	s.fillFew(f, v)
	if s.n < s.m {
		supply, demand = demand, supply
	}
	if !f.solve(ctx, supply, demand) {
		return false
	}
	forest, isForest := s.fewPlan(f)
	if !isForest {
		return false
	}
	price := make([]float64, s.n+s.m+1)
	s.fewPrices(f, price)
	s.tree = newTree(s.n, s.m, forest, price)
	return true
}

// fillFew fills the costs, with the shorter side as columns, and the first
// potentials: the given ones, where they are of that side, or the least costs.
func (s *simplex) fillFew(f *few, v []float64) {
	f.cost = resized(f.cost, f.n*f.m)
	buf := make([]float64, s.m)
	for i := range s.n {
		row := s.rows(i, buf)[:s.m]
		if s.n >= s.m {
			copy(f.cost[i*f.m:], row)
			continue
		}
		for j, c := range row {
			f.cost[j*f.m+i] = c
		}
	}
	if v != nil && s.n >= s.m {
		copy(f.v, v)
		return
	}
	copy(f.v, f.cost[:f.m])
	for i := 1; i < f.n; i++ {
		for j, c := range f.cost[i*f.m:][:f.m] {
			f.v[j] = min(f.v[j], c)
		}
	}
	for j := range f.v {
		f.v[j] = finite(f.v[j])
	}
}

// fewPlan are the entries of the plan and whether they are a forest; they may
// have a cycle where costs tie.
func (s *simplex) fewPlan(f *few) (forest []entry, isForest bool) {
	forest = make([]entry, 0, s.n+s.m)
	piece := make([]int32, s.n+s.m) // union–find
	for v := range piece {
		piece[v] = int32(v)
	}
	find := func(v int32) int32 {
		for piece[v] != v {
			piece[v] = piece[piece[v]]
			v = piece[v]
		}
		return v
	}
	for j := range f.m {
		for _, p := range f.at[j] {
			e := entry{source: p.source, target: int32(s.n + j), flow: p.units, cost: f.cost[int(p.source)*f.m+j]}
			if s.n < s.m {
				e.source, e.target = int32(j), int32(s.n)+p.source
			}
			a, b := find(e.source), find(e.target)
			if a == b {
				return nil, false
			}
			piece[a] = b
			forest = append(forest, e)
		}
	}
	return forest, true
}

// fewPrices turns the potentials of the shorter side, and the largest that they
// leave to the other, into prices.
func (s *simplex) fewPrices(f *few, price []float64) {
	short, long, sign := price[s.n:s.n+s.m], price[:s.n], 1.0
	if s.n < s.m {
		short, long, sign = long, short, -1
	}
	for j, v := range f.v {
		short[j] = -sign * v
	}
	for i := range long {
		least := f.cost[i*f.m] - f.v[0]
		for j, c := range f.cost[i*f.m:][:f.m] {
			least = min(least, c-f.v[j])
		}
		long[i] = sign * least
	}
}
