package umap

import (
	"context"
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/gomonge/gomonge/internal/vec"
)

// Settings of the search for neighbours by descent.
const (
	trees         = 8     // of the forest that it starts from
	leafSize      = 128   // points of a leaf, compared with each other
	mostJoined    = 30    // neighbours of each kind that are joined at a point
	pointsAtOnce  = 8_192 // whose comparisons are made before any counts
	pointsAPiece  = 64    // whose comparisons one list holds
	leastImproved = 1e-3  // share of all neighbours: with fewer improved in a pass, it ends
)

// descent improves lists of neighbours by comparing the neighbours of each point, in both directions, with each
// other (Dong, Moses and Li 2011): a neighbour's neighbour is likely a neighbour. What it finds does not depend on the number of workers.
type descent struct {
	x       *mat.Dense
	k       int
	seed    uint64
	workers int

	indices []int32   // n·k, nearest first; −1 where there is none yet
	squares []float64 // squared distances
	fresh   []bool    // not joined yet
}

// proposal is a pair of points and their squared distance.
type proposal struct {
	i, j   int32
	square float64
}

// descend finds the nearest points of each point but itself: nearly all of them.
func descend(ctx context.Context, x *mat.Dense, o Options) (near, error) {
	n, _ := x.Dims()
	d := &descent{x: x, k: o.Neighbours - 1, seed: o.Seed, workers: o.Workers}
	d.indices, d.squares, d.fresh = make([]int32, n*d.k), make([]float64, n*d.k), make([]bool, n*d.k)
	for e := range d.indices {
		d.indices[e], d.squares[e] = -1, math.Inf(1)
	}
	for tree := range trees {
		if err := ctx.Err(); err != nil {
			return near{}, err
		}
		d.compareLeaves(d.leaves(tree))
	}
	for pass := range max(5, bits.Len(uint(n))) { // a bound: it ends before where neighbourhoods are found at all
		if err := ctx.Err(); err != nil {
			return near{}, err
		}
		if float64(d.pass(pass)) < leastImproved*float64(n*d.k) {
			break
		}
	}
	out := near{k: d.k, own: true, indices: d.indices, distances: d.squares}
	for e, s := range d.squares {
		out.distances[e] = math.Sqrt(s)
	}
	return out, out.fill(ctx, x, o.Workers)
}

// fill finds exactly, among all points of x, the neighbours of those whose lists have room left.
func (n near) fill(ctx context.Context, x *mat.Dense, workers int) error {
	var open []int
	for i := range len(n.indices) / n.k {
		if n.indices[(i+1)*n.k-1] < 0 {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return nil
	}
	_, d := x.Dims()
	points := mat.NewDense(len(open), d, nil)
	for r, i := range open {
		points.SetRow(r, x.RawRowView(i))
	}
	found, err := nearest(ctx, points, x, n.k+1, false, workers) // the point itself, or one equal to it, among them
	if err != nil {
		return err
	}
	for r, i := range open {
		e := i * n.k
		for f := r * found.k; f < (r+1)*found.k && e < (i+1)*n.k; f++ {
			if j := found.indices[f]; int(j) != i {
				n.indices[e], n.distances[e] = j, found.distances[f]
				e++
			}
		}
	}
	return nil
}

// leaves splits the points by hyperplanes halfway between two that are drawn at random, until few are left on a side.
func (d *descent) leaves(tree int) (list [][]int32) {
	n, _ := d.x.Dims()
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	draws := newStream(d.seed, -1-tree, 0)
	for stack := [][]int32{all}; len(stack) > 0; {
		part := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if len(part) <= leafSize {
			list = append(list, part)
			continue
		}
		middle := d.split(part, &draws)
		stack = append(stack, part[:middle], part[middle:])
	}
	return list
}

// split orders the part by the sides of a hyperplane and returns where the second begins; where one side
// would be nearly empty, as among equal points, it halves the part at random, so that not the same of them meet in every tree.
func (d *descent) split(part []int32, draws *stream) int {
	a := draws.below(uint64(len(part)))
	b := (a + 1 + draws.below(uint64(len(part)-1))) % uint64(len(part))
	p, q := d.x.RawRowView(int(part[a])), d.x.RawRowView(int(part[b]))
	normal, offset := make([]float64, len(p)), 0.0
	for c, v := range p {
		normal[c] = v - q[c]
		offset += normal[c] * (v + q[c]) / 2
	}
	side := make([]bool, len(part))
	inRanges(d.workers, len(part), func(from, to int) {
		for k := from; k < to; k++ {
			s := -offset
			for c, v := range d.x.RawRowView(int(part[k])) {
				s += normal[c] * v
			}
			side[k] = s > 0
		}
	})
	ordered := make([]int32, 0, len(part))
	for k, i := range part {
		if side[k] {
			ordered = append(ordered, i)
		}
	}
	middle := len(ordered)
	if middle < len(part)/20 || middle > len(part)-len(part)/20 {
		for k := len(part) - 1; k > 0; k-- {
			other := draws.below(uint64(k + 1))
			part[k], part[other] = part[other], part[k]
		}
		return len(part) / 2
	}
	for k, i := range part {
		if !side[k] {
			ordered = append(ordered, i)
		}
	}
	copy(part, ordered)
	return middle
}

// compareLeaves compares the points of each leaf with each other.
func (d *descent) compareLeaves(leaves [][]int32) {
	const atOnce = pointsAtOnce / leafSize
	for from := 0; from < len(leaves); from += atOnce {
		some := leaves[from:min(len(leaves), from+atOnce)]
		lists := make([][]proposal, len(some))
		inRanges(d.workers, len(some), func(from, to int) {
			for l := from; l < to; l++ {
				lists[l] = d.compare(nil, some[l], len(some[l]))
			}
		})
		d.accept(lists)
	}
}

// compare appends the pairs of the points in which one of the first few takes part and that would be among the
// nearest of one of the two.
func (d *descent) compare(list []proposal, points []int32, first int) []proposal {
	_, dim := d.x.Dims()
	packed := vec.Pack(len(points), dim, func(i int) []float64 { return d.x.RawRowView(int(points[i])) })
	dst, scratch := make([]float64, rowsAtOnce*len(points)), make([]float64, vec.Scratch(dim))
	rows := make([][]float64, 0, rowsAtOnce)
	for from := 0; from < first; from += rowsAtOnce {
		rows = rows[:0]
		for a := from; a < min(first, from+rowsAtOnce); a++ {
			rows = append(rows, d.x.RawRowView(int(points[a])))
		}
		packed.SquaredDistances(dst, rows, scratch)
		for r := range rows {
			a := from + r
			i, worst := points[a], d.squares[(int(points[a])+1)*d.k-1]
			for b := a + 1; b < len(points); b++ {
				if s := dst[r*len(points)+b]; s < worst || s < d.squares[(int(points[b])+1)*d.k-1] {
					list = append(list, proposal{i, points[b], s})
				}
			}
		}
	}
	return list
}

// accept puts the proposals into the lists of both points, in order; it returns how many places they took.
func (d *descent) accept(lists [][]proposal) int {
	n := len(d.indices) / d.k
	shares := make([]int, n) // by the first point of a worker's range
	inRanges(d.workers, n, func(from, to int) {
		taken := 0
		for _, list := range lists {
			for _, p := range list {
				if i := int(p.i); i >= from && i < to && d.insert(i, p.j, p.square) {
					taken++
				}
				if j := int(p.j); j >= from && j < to && d.insert(j, p.i, p.square) {
					taken++
				}
			}
		}
		shares[from] = taken
	})
	total := 0
	for _, s := range shares {
		total += s
	}
	return total
}

// insert puts j into the list of i if it is near enough and not there.
func (d *descent) insert(i int, j int32, square float64) bool {
	indices, squares, fresh := d.indices[i*d.k:(i+1)*d.k], d.squares[i*d.k:(i+1)*d.k], d.fresh[i*d.k:(i+1)*d.k]
	last := d.k - 1
	if square >= squares[last] || i == int(j) || slices.Contains(indices, j) {
		return false
	}
	p := last
	for p > 0 && squares[p-1] > square {
		indices[p], squares[p], fresh[p] = indices[p-1], squares[p-1], fresh[p-1]
		p--
	}
	indices[p], squares[p], fresh[p] = j, square, true
	return true
}

// pass joins the neighbourhood of each point and returns how many places in the lists changed.
func (d *descent) pass(number int) (improved int) {
	n := len(d.indices) / d.k
	news, olds := d.candidates(number)
	for from := 0; from < n; from += pointsAtOnce {
		some := min(n, from+pointsAtOnce) - from
		lists := make([][]proposal, (some+pointsAPiece-1)/pointsAPiece)
		inRanges(d.workers, len(lists), func(a, b int) {
			var points []int32
			for piece := a; piece < b; piece++ {
				for i := from + piece*pointsAPiece; i < min(from+some, from+(piece+1)*pointsAPiece); i++ {
					points = append(points[:0], news.of(i)...)
					first := len(points)
					for _, j := range olds.of(i) {
						if !slices.Contains(points[:first], j) {
							points = append(points, j)
						}
					}
					if first > 0 && len(points) > 1 {
						lists[piece] = d.compare(lists[piece], points, first)
					}
				}
			}
		})
		improved += d.accept(lists)
	}
	return improved
}

// candidates are the points that are joined at each point: its neighbours and those whose neighbour it is, at
// most 30 that are new since the last pass and 30 others, drawn at random. New ones that are drawn are no
// longer new.
func (d *descent) candidates(pass int) (news, olds reservoir) {
	n := len(d.indices) / d.k
	news, olds = newReservoir(n), newReservoir(n)
	draws := newStream(d.seed, -1-trees-pass, 0)
	for i := range n {
		for e := i * d.k; e < (i+1)*d.k; e++ {
			j := d.indices[e]
			if j < 0 {
				continue
			}
			to, priority := &olds, draws.next()
			if d.fresh[e] {
				to = &news
			}
			to.offer(i, j, priority)
			to.offer(int(j), int32(i), priority)
		}
	}
	inRanges(d.workers, n, func(from, to int) {
		for i := from; i < to; i++ {
			for e := i * d.k; e < (i+1)*d.k; e++ {
				if d.fresh[e] && slices.Contains(news.of(i), d.indices[e]) {
					d.fresh[e] = false
				}
			}
		}
	})
	return news, olds
}

// reservoir keeps for each point the offers of least priority, a sample without replacement.
type reservoir struct {
	points     []int32
	priorities []uint64
	sizes      []int32
}

func newReservoir(n int) reservoir {
	return reservoir{make([]int32, n*mostJoined), make([]uint64, n*mostJoined), make([]int32, n)}
}

func (r reservoir) of(i int) []int32 { return r.points[i*mostJoined:][:r.sizes[i]] }

func (r reservoir) offer(i int, j int32, priority uint64) {
	have := int(r.sizes[i])
	points, priorities := r.points[i*mostJoined:][:mostJoined], r.priorities[i*mostJoined:][:mostJoined]
	if slices.Contains(points[:have], j) {
		return
	}
	if have < mostJoined {
		points[have], priorities[have] = j, priority
		r.sizes[i]++
		return
	}
	worst := 0
	for k, p := range priorities {
		if p > priorities[worst] {
			worst = k
		}
	}
	if priority < priorities[worst] {
		points[worst], priorities[worst] = j, priority
	}
}
