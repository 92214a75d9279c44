package ot

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Ground says what it costs to carry a unit of mass from x to y. It is part of
// every result's meaning: halving the ground cost halves the transport cost.
type Ground int

const (
	// SquaredEuclidean is ‖x−y‖²; its optimal transport cost is W₂².
	SquaredEuclidean Ground = iota
	// HalfSquaredEuclidean is ½‖x−y‖², the cost that potentials of transport
	// maps belong to; its optimal transport cost is ½W₂².
	HalfSquaredEuclidean
	// Euclidean is ‖x−y‖; its optimal transport cost is W₁.
	Euclidean
)

// String is the formula of the ground cost.
func (g Ground) String() string {
	switch g {
	case SquaredEuclidean:
		return "‖x−y‖²"
	case HalfSquaredEuclidean:
		return "½‖x−y‖²"
	case Euclidean:
		return "‖x−y‖"
	}
	return fmt.Sprintf("Ground(%d)", int(g))
}

// of turns a squared distance into the cost.
func (g Ground) of(squared float64) float64 {
	switch g {
	case HalfSquaredEuclidean:
		return squared / 2
	case Euclidean:
		return math.Sqrt(squared)
	}
	return squared
}

// Cost is an n×m table of the cost of carrying a unit of mass from source
// point i to target point j: either numbers held in memory or a ground cost of
// two clouds, computed where it is needed.
type Cost struct {
	n, m   int
	table  *mat.Dense // held numbers, or nil
	ground Ground
	clouds *distances
}

// Table is a cost given as numbers, rows for source points and columns for
// target points. +Inf forbids a pair; NaN and −Inf are refused. The matrix is
// kept, not copied.
func Table(costs *mat.Dense) (*Cost, error) {
	if costs == nil || costs.IsEmpty() {
		return nil, fmt.Errorf("ot: the cost table is empty")
	}
	n, m := costs.Dims()
	for i := range n {
		for j, v := range costs.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, -1) {
				return nil, fmt.Errorf("ot: cost %v at row %d, column %d: costs must be numbers, or +Inf for a pair that is forbidden", v, i, j)
			}
		}
	}
	return &Cost{n: n, m: m, table: costs}, nil
}

// TableOf is a cost given as a function of two points, evaluated once for each pair.
func TableOf(source, target *mat.Dense, cost func(x, y []float64) float64) (*Cost, error) {
	if err := checkPair(Uniform(source), Uniform(target)); err != nil {
		return nil, err
	}
	n, _ := source.Dims()
	m, _ := target.Dims()
	t := mat.NewDense(n, m, nil)
	for i := range n {
		row, x := t.RawRowView(i), source.RawRowView(i)
		for j := range row {
			row[j] = cost(x, target.RawRowView(j))
		}
	}
	return Table(t)
}

// Between is the ground cost between the points of two clouds. No table is
// held: a solver fills one where it fits in memory.
func (g Ground) Between(source, target *mat.Dense) (*Cost, error) {
	if err := checkPair(Uniform(source), Uniform(target)); err != nil {
		return nil, err
	}
	return g.between(source, target)
}

// between is Between for clouds that have been checked.
func (g Ground) between(source, target *mat.Dense) (*Cost, error) {
	if g < SquaredEuclidean || g > Euclidean {
		return nil, fmt.Errorf("ot: unknown ground cost %v", g)
	}
	n, _ := source.Dims()
	m, _ := target.Dims()
	return &Cost{n: n, m: m, ground: g, clouds: newDistances(source, target)}, nil
}

// Dims returns the numbers of source and target points.
func (c *Cost) Dims() (n, m int) { return c.n, c.m }

// At is the cost from source point i to target point j. For a ground cost it
// is summed over the differences of coordinates, so equal points cost exactly 0.
func (c *Cost) At(i, j int) float64 {
	if c.table != nil {
		return c.table.At(i, j)
	}
	return c.ground.of(squaredDistance(c.clouds.x.RawRowView(i), c.clouds.y.RawRowView(j)))
}

// Rows fills dst, of length at least (to−from)·m, with rows from ≤ i < to of
// the table. Costs of clouds may differ from At in their last bits.
func (c *Cost) Rows(dst []float64, from, to int) {
	if c.table != nil {
		for i := from; i < to; i++ {
			copy(dst[(i-from)*c.m:][:c.m], c.table.RawRowView(i))
		}
		return
	}
	dst = dst[:(to-from)*c.m]
	c.clouds.rows(dst, from, to)
	switch c.ground {
	case HalfSquaredEuclidean:
		for k := range dst {
			dst[k] *= 0.5
		}
	case Euclidean:
		for k, v := range dst {
			dst[k] = math.Sqrt(v)
		}
	}
}

func squaredDistance(x, y []float64) float64 {
	sum := 0.0
	for k, v := range x {
		d := v - y[k]
		sum += d * d
	}
	return sum
}
