package sensitivity

import (
	"context"
	"encoding/binary"
	"math"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// measured are the distances between all outputs and those of each cell.
type measured struct {
	// bound is the cost between two independent runs, E k(Y,Y′), or what else the method divides by.
	bound float64
	// costs and, where the method has that part, advective: a number a cell.
	costs, advective []float64
	// unsolved cells, of Sinkhorn: those that did not converge.
	unsolved int
}

// measure of a method: y are N×K outputs, cells lists of their rows; rows in no cell count as outputs all the same.
type measure func(ctx context.Context, y *mat.Dense, cells [][]int, workers int) (measured, error)

// measure of the options' method; whole are the outputs of the study.
func (o Options) measure(whole *mat.Dense) measure {
	switch o.Method {
	case Sinkhorn:
		return o.entropic
	case Gaussian:
		return gaussian
	case OneD:
		return o.onTheLine(whole)
	case FirstOrder:
		return firstOrder
	}
	return o.exact
}

// exact solves a transport problem a cell.
func (o Options) exact(ctx context.Context, y *mat.Dense, cells [][]int, workers int) (measured, error) {
	var m measured
	all, parts := merged(y, cells)
	if o.Cost != nil {
		return o.exactTables(ctx, y, all, parts, workers)
	}
	m.bound, m.advective, m.costs = 2*totalVariance(y), advective(y, cells), make([]float64, len(parts))
	whole := moments(y)
	err := forEach(workers, len(parts), func(k int) error {
		plan, err := ot.Transport(ctx, ot.SquaredEuclidean, all, parts[k], ot.ExactOptions{Workers: 1, Potentials: startPotentials(whole, parts[k].Points)})
		if err == nil {
			m.costs[k] = plan.Cost
		}
		return err
	})
	return m, err
}

// exactTables is exact for a cost of the user's.
func (o Options) exactTables(ctx context.Context, y *mat.Dense, all ot.Measure, parts []ot.Measure, workers int) (measured, error) {
	m := measured{costs: make([]float64, len(parts)), bound: meanPair(y, o.Cost)}
	err := forEach(workers, len(parts), func(k int) error {
		cost, err := ot.TableOf(all.Points, parts[k].Points, o.Cost)
		if err != nil {
			return err
		}
		plan, err := ot.Exact(ctx, cost, all.Weights, parts[k].Weights, ot.ExactOptions{Workers: 1})
		if err == nil {
			m.costs[k] = plan.Cost
		}
		return err
	})
	return m, err
}

// entropic solves an entropic transport problem a cell.
func (o Options) entropic(ctx context.Context, y *mat.Dense, cells [][]int, workers int) (measured, error) {
	m := measured{costs: make([]float64, len(cells))}
	if o.Cost == nil {
		m.bound, m.advective = 2*totalVariance(y), advective(y, cells)
	} else {
		m.bound = meanPair(y, o.Cost)
	}
	all, parts := merged(y, cells)
	epsilon := o.Epsilon * o.largestCost(all.Points)
	unsolved := make([]bool, len(cells))
	err := forEach(workers, len(cells), func(k int) error {
		plan, err := o.sinkhorn(ctx, all, parts[k], epsilon)
		if err == nil {
			m.costs[k], unsolved[k] = plan.Cost, !plan.Converged
		}
		return err
	})
	for _, u := range unsolved {
		if u {
			m.unsolved++
		}
	}
	return m, err
}

func (o Options) sinkhorn(ctx context.Context, x, y ot.Measure, epsilon float64) (*ot.Entropic, error) {
	cost, err := ot.SquaredEuclidean.Between(x.Points, y.Points)
	if o.Cost != nil {
		cost, err = ot.TableOf(x.Points, y.Points, o.Cost)
	}
	if err != nil {
		return nil, err
	}
	return ot.Sinkhorn(ctx, cost, x.Weights, y.Weights, ot.SinkhornOptions{Epsilon: epsilon, Workers: 1})
}

// largestCost between two rows.
func (o Options) largestCost(y *mat.Dense) (largest float64) {
	n, _ := y.Dims()
	for i := range n {
		a := y.RawRowView(i)
		for j := range i {
			if o.Cost != nil {
				largest = max(largest, o.Cost(a, y.RawRowView(j)))
				continue
			}
			sum := 0.0
			for k, v := range y.RawRowView(j) {
				sum += (v - a[k]) * (v - a[k])
			}
			largest = max(largest, sum)
		}
	}
	return largest
}

// firstOrder measures how far a cell's mean is from that of all.
func firstOrder(_ context.Context, y *mat.Dense, cells [][]int, _ int) (measured, error) {
	a := advective(y, cells)
	return measured{bound: totalVariance(y), costs: a}, nil
}

// totalVariance is tr Cov Y, with n−1.
func totalVariance(y *mat.Dense) (sum float64) {
	n, k := y.Dims()
	column := make([]float64, n)
	for j := range k {
		sum += stat.Variance(mat.Col(column, j, y), nil)
	}
	return sum
}

// advective is ‖E Y − E[Y|cell]‖² of each cell.
func advective(y *mat.Dense, cells [][]int) []float64 {
	n, k := y.Dims()
	whole, mean := make([]float64, k), make([]float64, k)
	for i := range n {
		floats.AddScaled(whole, 1/float64(n), y.RawRowView(i))
	}
	out := make([]float64, len(cells))
	for m, cell := range cells {
		clear(mean)
		for _, i := range cell {
			floats.AddScaled(mean, 1/float64(len(cell)), y.RawRowView(i))
		}
		d := floats.Distance(mean, whole, 2)
		out[m] = d * d
	}
	return out
}

// meanPair is the mean cost over pairs of different rows.
func meanPair(y *mat.Dense, cost func(x, y []float64) float64) float64 {
	n, _ := y.Dims()
	sum := 0.0
	for i := range n {
		row := 0.0
		for j := range i {
			row += cost(y.RawRowView(i), y.RawRowView(j))
		}
		sum += row
	}
	return 2 * sum / float64(n) / float64(n-1)
}

// merging pays where at most this share of the outputs differ: weights that are not equal cost the solver time.
const merging = .5

// merged are the measures of all rows and of each cell's; where many rows are equal, as those of a
// discrete output are, they become one point with weight.
func merged(y *mat.Dense, cells [][]int) (all ot.Measure, parts []ot.Measure) {
	n, _ := y.Dims()
	at, rows := map[string]int{}, []int{} // the points that differ, and a row of each
	point := make([]int, n)
	var bytes []byte
	for i := range n {
		bytes = bytes[:0]
		for _, v := range y.RawRowView(i) {
			bytes = binary.LittleEndian.AppendUint64(bytes, math.Float64bits(v+0)) // −0 is 0
		}
		key := string(bytes)
		if _, known := at[key]; !known {
			at[key] = len(rows)
			rows = append(rows, i)
			if float64(len(rows)) > merging*float64(n) {
				return apart(y, cells)
			}
		}
		point[i] = at[key]
	}
	weighted := func(list []int) ot.Measure {
		weights, points := map[int]float64{}, []int{}
		for _, i := range list {
			if weights[point[i]] == 0 {
				points = append(points, point[i])
			}
			weights[point[i]]++
		}
		m := ot.Measure{Points: takeRows(y, picked(rows, points))}
		for _, p := range points {
			m.Weights = append(m.Weights, weights[p])
		}
		return m
	}
	every := make([]int, n)
	for i := range every {
		every[i] = i
	}
	for _, cell := range cells {
		parts = append(parts, weighted(cell))
	}
	return weighted(every), parts
}

// apart are the measures with a point a row.
func apart(y *mat.Dense, cells [][]int) (all ot.Measure, parts []ot.Measure) {
	for _, cell := range cells {
		parts = append(parts, ot.Uniform(takeRows(y, cell)))
	}
	return ot.Uniform(y), parts
}
