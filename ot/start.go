package ot

import (
	"math"
	"slices"
)

// firstPrices are prices without negative reduced cost: from the given
// potentials v of the targets or, where v is nil, from vⱼ = minᵢ cᵢⱼ; then
// uᵢ = minⱼ cᵢⱼ − vⱼ. Points all of whose pairs are forbidden get zero.
func (s *simplex) firstPrices(v []float64) []float64 {
	price := make([]float64, s.n+s.m+1)
	if v == nil {
		v = s.columnMinima()
	}
	for j, w := range v {
		price[s.n+j] = -w
	}
	w := workers(s.workers)
	bufs := make([][]float64, w)
	inBlocks(w, s.n, rowsABlock, func(worker, _, from, to int) {
		if bufs[worker] == nil {
			bufs[worker] = make([]float64, s.m)
		}
		for i := from; i < to; i++ {
			price[i] = finite(least(s.rows(i, bufs[worker]), price[s.n:s.n+s.m]))
		}
	})
	return price
}

// least is minⱼ rowⱼ + priceⱼ.
func least(row, price []float64) float64 {
	best := math.Inf(1)
	row = row[:len(price)]
	for j, p := range price {
		if r := row[j] + p; r < best {
			best = r
		}
	}
	return best
}

// columnMinima is the smallest cost of each column of the table.
func (s *simplex) columnMinima() []float64 {
	w := workers(s.workers)
	bufs, minima := make([][]float64, w), make([][]float64, w)
	inBlocks(w, s.n, rowsABlock, func(worker, _, from, to int) {
		if bufs[worker] == nil {
			bufs[worker], minima[worker] = make([]float64, s.m), repeated(math.Inf(1), s.m)
		}
		low := minima[worker]
		for i := from; i < to; i++ {
			for j, c := range s.rows(i, bufs[worker])[:len(low)] {
				if c < low[j] {
					low[j] = c
				}
			}
		}
	})
	all := repeated(math.Inf(1), s.m)
	for _, low := range minima {
		for j, c := range low {
			all[j] = min(all[j], c)
		}
	}
	for j, c := range all {
		all[j] = finite(c)
	}
	return all
}

func repeated(v float64, n int) []float64 {
	out := make([]float64, n)
	fill(out, v)
	return out
}

func fill(x []float64, v float64) {
	for i := range x {
		x[i] = v
	}
}

// finite is v, or 0 where v is infinite.
func finite(v float64) float64 {
	if math.IsInf(v, 0) {
		return 0
	}
	return v
}

// greedy carries the units along the pool's arcs in the order of their reduced
// costs, as much as each can take, and what is left over along the cheapest
// arcs to targets that still need some. Its entries are a forest: each uses up
// a point. It reports whether all could be placed on pairs that are allowed.
func (s *simplex) greedy(supply, demand []int64, price []float64) (forest []entry, placed bool) {
	supply, demand = slices.Clone(supply), slices.Clone(demand)
	carry := func(i, j int32, c float64) {
		if f := min(supply[i], demand[j]); f > 0 {
			supply[i] -= f
			demand[j] -= f
			forest = append(forest, entry{i, int32(s.n) + j, f, c})
		}
	}
	for _, k := range s.byReducedCost(price) {
		carry(s.pool.source[k], s.pool.target[k]-int32(s.n), s.pool.cost[k])
	}
	var open []int32 // targets that need some
	for j, d := range demand {
		if d > 0 {
			open = append(open, int32(j))
		}
	}
	buf := make([]float64, s.m)
	for i := range int32(s.n) {
		if supply[i] == 0 {
			continue
		}
		row := s.rows(int(i), buf)
		for supply[i] > 0 {
			at, best := -1, math.Inf(1)
			for k, j := range open {
				if r := row[j] + price[s.n+int(j)]; r < best {
					at, best = k, r
				}
			}
			if at < 0 {
				return forest, false
			}
			j := open[at]
			carry(i, j, row[j])
			if demand[j] == 0 {
				open[at] = open[len(open)-1]
				open = open[:len(open)-1]
			}
		}
	}
	return forest, true
}

// byReducedCost is the order of the pool's arcs by reduced cost.
func (s *simplex) byReducedCost(price []float64) []int32 {
	order, reduced := make([]int32, len(s.pool.cost)), make([]float64, len(s.pool.cost))
	for k, c := range s.pool.cost {
		order[k] = int32(k)
		reduced[k] = c - price[s.pool.source[k]] + price[s.pool.target[k]]
	}
	slices.SortFunc(order, func(a, b int32) int {
		switch {
		case reduced[a] < reduced[b]:
			return -1
		case reduced[a] > reduced[b]:
			return 1
		}
		return int(a - b)
	})
	return order
}
