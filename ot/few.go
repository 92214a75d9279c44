package ot

import (
	"context"
	"math"
)

// few solves a transportation problem with many sources and few targets by
// shortest augmenting paths between the targets. Every source starts at the
// target of smallest reduced cost; then, while some targets hold more than they
// need, units move along the shortest path from one of those to one that needs more:
// from target j to k the length is that of the source at j which moves most
// cheaply, minᵢ cᵢₖ − cᵢⱼ, in reduced costs (Edmonds and Karp 1972; Tomizawa 1971).
type few struct {
	n, m     int
	cost     []float64 // n×m
	v        []float64 // potentials of the targets
	excess   []int64   // what a target holds more than it needs
	at       [][]place // the sources that each target holds something of
	move     []float64 // m×m: the cheapest move of a source at j to k, without potentials
	mover    []int32   // m×m: that source
	distance []float64
	before   []int32 // the target before on the shortest path, −1 at its start
	settled  []bool
	order    []int32 // settled targets, in order
	root     []int32 // where the shortest path starts
	done     []bool  // a path from this target has been found
	ends     []int32 // where the paths that were found end
}

// place is what a target holds of a source.
type place struct {
	source int32
	units  int64
}

const (
	// fewRatio times as many points on one side as on the other, which has at
	// most fewPoints, make augmenting paths faster than pivots: 2 to 5 times for
	// equal weights in 50 dimensions, as fast for arbitrary ones in the plane.
	fewRatio  = 16
	fewPoints = 64
	// fewPaths times the number of points are the most paths that are tried:
	// whole units of arbitrary weights could need many more.
	fewPaths = 4
)

// reset makes room for a problem of n sources and m targets.
func (f *few) reset(n, m int) {
	f.n, f.m = n, m
	f.v, f.distance = resized(f.v, m), resized(f.distance, m)
	f.excess, f.before, f.order, f.settled = resized(f.excess, m), resized(f.before, m), resized(f.order, m), resized(f.settled, m)
	f.root, f.done = resized(f.root, m), resized(f.done, m)
	clear(f.done)
	f.move, f.mover = resized(f.move, m*m), resized(f.mover, m*m)
	for len(f.at) < m {
		f.at = append(f.at, nil)
	}
	for j := range f.at {
		f.at[j] = f.at[j][:0]
	}
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// solve moves all units to where they are needed. It reports whether it came to
// an end within the number of paths that it may take.
func (f *few) solve(ctx context.Context, supply, demand []int64) bool {
	for j, d := range demand {
		f.excess[j] = -d
		fill(f.move[j*f.m:][:f.m], math.Inf(1))
	}
	for i, units := range supply {
		best, low := -1, math.Inf(1)
		for j, c := range f.cost[i*f.m:][:f.m] {
			if r := c - f.v[j]; r < low {
				best, low = j, r
			}
		}
		if best < 0 {
			return false // all its pairs are forbidden
		}
		f.excess[best] += units
		f.put(int32(best), int32(i), units)
	}
	for paths := 0; ; paths += len(f.ends) {
		if found := f.search(); !found {
			break
		}
		if paths > fewPaths*(f.n+f.m) || ctx.Err() != nil {
			return false
		}
	}
	for _, e := range f.excess {
		if e != 0 {
			return false // the rest cannot go anywhere on allowed pairs
		}
	}
	return true
}

// search finds shortest paths from targets that hold too much to targets that
// hold too little, at most one from each of the former, moves the potentials so that
// those paths have length 0, and sends what they can take: paths from different
// targets have none in common. It reports whether there were any.
func (f *few) search() bool {
	waiting, j := 0, -1 // targets with too much from which no path has been found yet, and one of them
	for k, e := range f.excess {
		f.distance[k], f.before[k], f.root[k], f.settled[k] = math.Inf(1), -1, int32(k), false
		if e > 0 {
			f.distance[k] = 0
			waiting++
			j = k
		}
	}
	f.order, f.ends = f.order[:0], f.ends[:0]
	for waiting > 0 && j >= 0 {
		f.settled[j] = true
		f.order = append(f.order, int32(j))
		if root := f.root[j]; f.excess[j] < 0 && !f.done[root] {
			f.done[root] = true
			f.ends = append(f.ends, int32(j))
			waiting--
		}
		j = f.relax(j, f.distance[j])
	}
	if len(f.ends) == 0 {
		return false
	}
	farthest := f.distance[f.ends[len(f.ends)-1]]
	for _, k := range f.order {
		f.v[k] += min(0, f.distance[k]-farthest)
	}
	for _, k := range f.ends {
		f.done[f.root[k]] = false
		f.send(k)
	}
	return true
}

// relax shortens the ways to other targets by way of j at distance low and
// returns the nearest one that is not settled, −1 if none can be reached.
func (f *few) relax(j int, low float64) (nearest int) {
	base, v, distance, settled, root := low+f.v[j], f.v, f.distance[:f.m], f.settled[:f.m], f.root[j]
	nearest, least := -1, math.Inf(1)
	for k, move := range f.move[j*f.m:][:f.m] {
		if settled[k] {
			continue
		}
		d := distance[k]
		if way := max(low, base+move-v[k]); way < d {
			d = way
			distance[k], f.before[k], f.root[k] = d, int32(j), root
		}
		if d < least {
			nearest, least = k, d
		}
	}
	return nearest
}

// send moves as much as the path that ends at target k can take.
func (f *few) send(end int32) {
	units := -f.excess[end]
	for k := end; ; {
		j := f.before[k]
		if j < 0 {
			units = min(units, f.excess[k])
			f.excess[k] -= units
			break
		}
		units = min(units, f.held(j, f.mover[int(j)*f.m+int(k)]))
		k = j
	}
	f.excess[end] += units
	for k := end; f.before[k] >= 0; k = f.before[k] {
		j := f.before[k]
		i := f.mover[int(j)*f.m+int(k)]
		f.take(j, i, units)
		f.put(k, i, units)
	}
}

// held is what target j holds of source i.
func (f *few) held(j, i int32) int64 {
	for _, p := range f.at[j] {
		if p.source == i {
			return p.units
		}
	}
	return 0
}

// put adds units of source i to target j.
func (f *few) put(j, i int32, units int64) {
	for k, p := range f.at[j] {
		if p.source == i {
			f.at[j][k].units += units
			return
		}
	}
	f.at[j] = append(f.at[j], place{i, units})
	row := f.cost[int(i)*f.m:][:f.m]
	move, mover := f.move[int(j)*f.m:][:f.m], f.mover[int(j)*f.m:][:f.m]
	here := row[j]
	for k, c := range row {
		if d := c - here; d < move[k] {
			move[k], mover[k] = d, i
		}
	}
}

// take removes units of source i from target j.
func (f *few) take(j, i int32, units int64) {
	list := f.at[j]
	for k := range list {
		if list[k].source != i {
			continue
		}
		if list[k].units -= units; list[k].units > 0 {
			return
		}
		list[k] = list[len(list)-1]
		f.at[j] = list[:len(list)-1]
		break
	}
	for k, who := range f.mover[int(j)*f.m:][:f.m] {
		if who == i {
			f.renew(int(j), k)
		}
	}
}

// renew looks for the cheapest move from target j to k.
func (f *few) renew(j, k int) {
	best, low := int32(-1), math.Inf(1)
	for _, p := range f.at[j] {
		row := f.cost[int(p.source)*f.m:]
		if d := row[k] - row[j]; d < low {
			best, low = p.source, d
		}
	}
	f.move[j*f.m+k], f.mover[j*f.m+k] = low, best
}
