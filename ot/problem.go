package ot

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// problem is a transport problem without its points of weight zero.
type problem struct {
	full, cost       *Cost
	sources, targets []int // places of the points in the full problem
	a, b             []float64
	potentials       []float64
	rows             rows
}

func newProblem(cost *Cost, a, b []float64, o ExactOptions, memory *room) (*problem, error) {
	if cost == nil {
		return nil, fmt.Errorf("ot: no cost given")
	}
	n, m := cost.Dims()
	if err := checkSize(n, m); err != nil {
		return nil, err
	}
	if err := checkPotentials(o.Potentials, m); err != nil {
		return nil, err
	}
	if err := sameTotal(a, b); err != nil {
		return nil, err
	}
	p := &problem{full: cost, cost: cost, potentials: o.Potentials}
	var err error
	if p.a, err = shares(a, n, "source"); err != nil {
		return nil, err
	}
	if p.b, err = shares(b, m, "target"); err != nil {
		return nil, err
	}
	p.sources, p.a = positive(p.a)
	p.targets, p.b = positive(p.b)
	if len(p.sources) < n || len(p.targets) < m {
		p.cost = cost.part(p.sources, p.targets)
		if p.potentials != nil {
			p.potentials = picked(p.potentials, p.targets)
		}
	}
	p.rows = p.cost.rows(o.Workers, &memory.table)
	return p, nil
}

// checkSize refuses clouds whose points have no numbers in 32 bits.
func checkSize(n, m int) error {
	if n >= math.MaxInt32-m {
		return fmt.Errorf("ot: %d source and %d target points: together they must be fewer than 2³¹−1", n, m)
	}
	return nil
}

// checkPotentials refuses potentials, where any are given, of another number than m or not finite.
func checkPotentials(v []float64, m int) error {
	if v != nil && len(v) != m {
		return errCount("potentials", len(v), m)
	}
	for j, p := range v {
		if math.IsNaN(p) || math.IsInf(p, 0) {
			return fmt.Errorf("ot: potential %d is %v: potentials must be finite", j, p)
		}
	}
	return nil
}

// sameTotal refuses weights whose sums differ by more than a millionth.
func sameTotal(a, b []float64) error {
	if a == nil || b == nil {
		return nil
	}
	sa, sb := 0.0, 0.0
	for _, v := range a {
		sa += v
	}
	for _, v := range b {
		sb += v
	}
	if math.Abs(sa-sb) > 1e-6*max(sa, sb) {
		return fmt.Errorf("ot: source weights sum to %g and target weights to %g: they must have one total (a Measure's weights are scaled to it)", sa, sb)
	}
	return nil
}

// positive are the places of positive shares and those shares.
func positive(shares []float64) (at []int, kept []float64) {
	for i, v := range shares {
		if v > 0 {
			at = append(at, i)
			kept = append(kept, v)
		}
	}
	return at, kept
}

func picked(v []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for k, i := range at {
		out[k] = v[i]
	}
	return out
}

// part is the cost between some of the points.
func (c *Cost) part(sources, targets []int) *Cost {
	if c.table == nil {
		out := *c
		out.n, out.m = len(sources), len(targets)
		out.clouds = newDistances(rowsOf(c.clouds.x, sources), rowsOf(c.clouds.y, targets))
		return &out
	}
	t := mat.NewDense(len(sources), len(targets), nil)
	for k, i := range sources {
		row, from := t.RawRowView(k), c.table.RawRowView(i)
		for l, j := range targets {
			row[l] = from[j]
		}
	}
	return &Cost{n: len(sources), m: len(targets), table: t}
}

func rowsOf(x *mat.Dense, at []int) *mat.Dense {
	_, d := x.Dims()
	out := mat.NewDense(len(at), d, nil)
	for k, i := range at {
		out.SetRow(k, x.RawRowView(i))
	}
	return out
}

// rows gives access to the table's rows, filling one in memory where it is small enough.
func (c *Cost) rows(w int, memory *[]float64) rows {
	if c.table != nil {
		return func(i int, _ []float64) []float64 { return c.table.RawRowView(i) }
	}
	if c.n > tableLimit/c.m {
		return func(i int, buf []float64) []float64 {
			c.Rows(buf, i, i+1)
			return buf
		}
	}
	*memory = resized(*memory, c.n*c.m)
	table := *memory
	inBlocks(w, c.n, rowsABlock, func(_, _, from, to int) { c.Rows(table[from*c.m:], from, to) })
	return func(i int, _ []float64) []float64 { return table[i*c.m:][:c.m] }
}

// coupling reads the plan off an optimal tree and checks its duality gap.
func (p *problem) coupling(s *simplex, total int64) (*Coupling, error) {
	n, m := p.full.Dims()
	c := &Coupling{N: n, M: m, Pivots: s.pivots}
	entries := s.tree.carrying()
	slices.SortFunc(entries, func(e, f entry) int {
		return cmp.Or(cmp.Compare(e.source, f.source), cmp.Compare(e.target, f.target))
	})
	c.Source, c.Target, c.Mass = make([]int32, len(entries)), make([]int32, len(entries)), make([]float64, len(entries))
	for k, e := range entries {
		c.Source[k] = int32(p.sources[e.source])
		c.Target[k] = int32(p.targets[e.target-int32(s.n)])
		c.Mass[k] = float64(e.flow) / float64(total)
	}
	var cost, gap sum
	for k, mass := range c.Mass {
		v := mass * p.full.At(int(c.Source[k]), int(c.Target[k]))
		cost.add(v)
		gap.add(v)
	}
	p.dual(s, c)
	scale := math.Abs(cost.value())
	for k, i := range p.sources {
		gap.add(-p.a[k] * c.U[i])
		scale = max(scale, math.Abs(c.U[i]))
	}
	for k, j := range p.targets {
		gap.add(-p.b[k] * c.V[j])
		scale = max(scale, math.Abs(c.V[j]))
	}
	c.Cost, c.Gap = cost.value(), gap.value()
	if !(math.Abs(c.Gap) <= 1e-11*scale) {
		return nil, fmt.Errorf("ot: the plan costs %g, which is %g from what the potentials prove: this is a bug of the solver, please report it with the data", c.Cost, c.Gap)
	}
	return c, nil
}

// dual fills U and V: those of the tree, and for points of weight zero the
// largest that keep U[i]+V[j] ≤ c(i,j).
func (p *problem) dual(s *simplex, c *Coupling) {
	price := s.tree.price
	c.U, c.V = repeated(math.Inf(1), c.N), repeated(math.Inf(1), c.M)
	for k, j := range p.targets {
		c.V[j] = -price[s.n+k]
	}
	// A source's potential is taken as the largest that is allowed, which is the
	// tree's up to rounding: so no pair is violated by more than one rounding.
	w := workers(s.workers)
	bufs := make([][]float64, w)
	inBlocks(w, s.n, rowsABlock, func(worker, _, from, to int) {
		if bufs[worker] == nil {
			bufs[worker] = make([]float64, s.m)
		}
		for k := from; k < to; k++ {
			c.U[p.sources[k]] = least(s.rows(k, bufs[worker]), price[s.n:s.n+s.m])
		}
	})
	idle := others(p.targets, c.M)
	row := make([]float64, c.M)
	if len(idle) > 0 {
		for _, i := range p.sources {
			p.full.Rows(row, i, i+1)
			for _, j := range idle {
				c.V[j] = min(c.V[j], row[j]-c.U[i])
			}
		}
	}
	for j := range c.V {
		c.V[j] = finite(c.V[j])
	}
	for _, i := range others(p.sources, c.N) {
		p.full.Rows(row, i, i+1)
		for j := range row {
			c.U[i] = min(c.U[i], row[j]-c.V[j])
		}
		c.U[i] = finite(c.U[i])
	}
}

// others are the places below n that are not in the sorted list at.
func others(at []int, n int) []int {
	var out []int
	for i := range n {
		if len(at) > 0 && at[0] == i {
			at = at[1:]
			continue
		}
		out = append(out, i)
	}
	return out
}

// carrying are the tree's arcs with flow.
func (t *tree) carrying() []entry {
	out := make([]entry, 0, t.root)
	for v := range t.root {
		if a := t.arcs[v]; a.flow > 0 {
			e := entry{v, t.links[v].parent, a.flow, a.cost}
			if v >= t.n {
				e.source, e.target = e.target, e.source
			}
			out = append(out, e)
		}
	}
	return out
}

// sum adds numbers with the rounding of each addition carried along (Neumaier
// 1974), so that the gap shows the solver's error and not that of summing.
type sum struct{ total, lost float64 }

func (s *sum) add(v float64) {
	t := s.total + v
	if math.Abs(s.total) >= math.Abs(v) {
		s.lost += s.total - t + v
	} else {
		s.lost += v - t + s.total
	}
	s.total = t
}

func (s *sum) value() float64 { return s.total + s.lost }
