package ot

import (
	"context"
	"math"
)

// simplex solves a transportation problem in whole units by the primal network
// simplex method with column generation: pivots choose among a pool of a few
// arcs for each point, which stays in the cache, and only when that pool has
// nothing more to offer are all n·m arcs priced, on all cores, and the best of
// those with negative reduced cost join the pool. It is done when there are none.
// (Shortlists: Gottschlich and Schuhmacher 2014, doi:10.1371/journal.pone.0110214.)
type simplex struct {
	n, m    int
	rows    rows
	workers int
	tree    *tree
	pool    pool
	blocks  []pool // what the blocks of rows found in the last pricing
	cursor  int
	tol     float64 // reduced costs above −tol count as zero
	pivots  int
	room    *room
}

// pool is a list of arcs.
type pool struct {
	source, target []int32 // target nodes n…n+m−1
	cost           []float64
}

// entry is an arc with flow.
type entry struct {
	source, target int32
	flow           int64
	cost           float64
}

// room is memory that one solve after another can use.
type room struct {
	table []float64
	few   few
}

// rows gives row i of the cost table: its own storage, or computed into buf.
type rows func(i int, buf []float64) []float64

const (
	// rowsABlock rows are priced at a time by one worker.
	rowsABlock = 32
	// cancelEvery pivots the context is asked.
	cancelEvery = 1 << 12
)

// solve finds an optimal tree for the given supply and demand, starting from
// potentials v of the targets or, where v is nil, from those of a thinned
// problem; a narrow problem starts from the plan that augmenting paths find. It reports whether a first plan on allowed pairs was found.
func (s *simplex) solve(ctx context.Context, supply, demand []int64, v []float64) (placed bool, err error) {
	if s.narrow(ctx, supply, demand, v) {
		return true, s.optimise(ctx)
	}
	if v == nil {
		if v, err = s.coarse(ctx, supply, demand); err != nil {
			return false, err
		}
	}
	price := s.firstPrices(v)
	s.tree = &tree{price: price}
	s.fill(ctx, s.shortlist(), math.Inf(1))
	if err := ctx.Err(); err != nil {
		return false, err
	}
	forest, placed := s.greedy(supply, demand, price)
	if !placed {
		return false, nil
	}
	s.tree = newTree(s.n, s.m, forest, price)
	return true, s.optimise(ctx)
}

// optimise pivots until no arc of the table has negative reduced cost.
func (s *simplex) optimise(ctx context.Context) error {
	s.steady()
	for first := true; ; first = false {
		before := s.pivots
		if err := s.drain(ctx); err != nil {
			return err
		}
		s.steady()
		// Arcs that pricing offered and the pool refuses differ by rounding alone.
		if !first && s.pivots == before || s.fill(ctx, s.shortlist(), -2*s.tol) == 0 {
			return ctx.Err()
		}
	}
}

// drain pivots until no arc of the pool has negative reduced cost.
func (s *simplex) drain(ctx context.Context) error {
	block := max(32, int(math.Sqrt(float64(len(s.pool.cost)))))
	for {
		k := s.entering(block)
		if k < 0 {
			return nil
		}
		s.tree.pivot(s.pool.source[k], s.pool.target[k], s.pool.cost[k])
		s.pivots++
		if s.pivots%cancelEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			s.steady()
		}
	}
}

// entering is the arc of the pool with the smallest reduced cost in the first
// block, going round from where the last search ended, that has a negative
// one; −1 if there is none (block search, Bonneel et al. 2011 and LEMON).
func (s *simplex) entering(block int) int {
	total := len(s.pool.cost)
	source, target, cost := s.pool.source[:total], s.pool.target[:total], s.pool.cost
	price := s.tree.price
	best, at := -s.tol, -1
	k := min(s.cursor, total)
	for seen := 0; seen < total && at < 0; {
		if k == total {
			k = 0
		}
		end := min(k+block, total)
		seen += end - k
		for ; k < end; k++ {
			if r := cost[k] - price[source[k]] + price[target[k]]; r < best {
				best, at = r, k
			}
		}
	}
	s.cursor = k
	return at
}

// steady recomputes the prices and sets the tolerance to what rounding them
// can make of a zero.
func (s *simplex) steady() {
	s.tree.reprice()
	largest := 0.0
	for _, p := range s.tree.price[:s.n+s.m] {
		largest = max(largest, math.Abs(p))
	}
	s.tol = 0x1p-46 * largest
}
