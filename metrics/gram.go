package metrics

import (
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/internal/vec"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// kernel turns squared distances into values of a kernel, in place; scratch is
// twice as long. at0 is the value at distance 0.
type kernel struct {
	at0   float64
	apply func(squared, scratch []float64)
}

// rbf is the mean over γ of exp(−γ‖x−y‖²).
func rbf(gammas []float64) kernel {
	share := 1 / float64(len(gammas))
	return kernel{at0: 1, apply: func(squared, scratch []float64) {
		// The squares are still needed when the first values are there: the sum
		// grows in a copy of its own.
		sum := scratch[len(squared):]
		clear(sum)
		part := scratch[:len(squared)]
		for _, gamma := range gammas {
			for k, s := range squared {
				part[k] = -gamma * s
			}
			vec.Exp(part, part)
			floats.AddScaled(sum, share, part)
		}
		copy(squared, sum)
	}}
}

// negativeDistance is −‖x−y‖, whose squared discrepancy is the energy distance.
func negativeDistance() kernel {
	return kernel{apply: func(squared, _ []float64) {
		for k, s := range squared {
			squared[k] = -math.Sqrt(s)
		}
	}}
}

// gram holds the values of a kernel between all points of two clouds, from
// which the squared discrepancy E k(x,x′) + E k(y,y′) − 2 E k(x,y) follows for
// any weights of the points.
type gram struct {
	x, y     []float64 // the clouds' weights
	at0      float64
	unbiased bool // leave out pairs of a point with itself
	// Kxx·x, Kyy·y and Kxy·y.
	ofX, ofY, across []float64
	// The tables themselves, where a bootstrap needs them.
	xx, yy, xy *mat.Dense
}

func newGram(p pair, k kernel, unbiased, keep bool, workers int) (*gram, error) {
	g := &gram{at0: k.at0, unbiased: unbiased}
	var err error
	if g.x, err = p.predicted.Shares(); err != nil {
		return nil, err
	}
	if g.y, err = p.observed.Shares(); err != nil {
		return nil, err
	}
	if keep {
		g.xx, g.yy, g.xy = mat.NewDense(p.n, p.n, nil), mat.NewDense(p.m, p.m, nil), mat.NewDense(p.n, p.m, nil)
	}
	x, y := p.predicted.Points, p.observed.Points
	if g.ofX, err = k.within(g.xx, x, g.x, workers); err != nil {
		return nil, err
	}
	if g.ofY, err = k.within(g.yy, y, g.y, workers); err != nil {
		return nil, err
	}
	g.across, err = k.between(g.xy, x, y, g.y, workers)
	return g, err
}

// rowsAtOnce is the block of a table that one goroutine fills.
const rowsAtOnce = 64

// between returns K·w for the kernel between the rows of x and of y, and keeps K
// in table unless it is nil.
func (k kernel) between(table *mat.Dense, x, y *mat.Dense, w []float64, workers int) ([]float64, error) {
	cost, err := ot.SquaredEuclidean.Between(x, y)
	if err != nil {
		return nil, err
	}
	n, m := cost.Dims()
	out := make([]float64, n)
	inParallel(workers, (n+rowsAtOnce-1)/rowsAtOnce, func(block int) {
		from, to := block*rowsAtOnce, min(n, (block+1)*rowsAtOnce)
		part := make([]float64, (to-from)*m)
		if table != nil {
			part = table.RawMatrix().Data[from*m : to*m]
		}
		cost.Rows(part, from, to)
		scratch := make([]float64, 2*m)
		for i := from; i < to; i++ {
			row := part[(i-from)*m:][:m]
			k.apply(row, scratch)
			out[i] = floats.Dot(row, w)
		}
	})
	return out, nil
}

// within is between of a cloud and itself: what lies left of a block of rows on
// the diagonal is taken from above it.
func (k kernel) within(table *mat.Dense, x *mat.Dense, w []float64, workers int) ([]float64, error) {
	n, d := x.Dims()
	blocks := (n + rowsAtOnce - 1) / rowsAtOnce
	parts, errs := make([][]float64, blocks), make([]error, blocks)
	inParallel(workers, blocks, func(block int) {
		from, to := block*rowsAtOnce, min(n, (block+1)*rowsAtOnce)
		m := n - from
		var cost *ot.Cost
		if cost, errs[block] = ot.SquaredEuclidean.Between(x.Slice(from, to, 0, d).(*mat.Dense), x.Slice(from, n, 0, d).(*mat.Dense)); errs[block] != nil {
			return
		}
		rows, scratch, sums := make([]float64, (to-from)*m), make([]float64, 2*m), make([]float64, m)
		cost.Rows(rows, 0, to-from)
		for i := range to - from {
			row := rows[i*m:][:m]
			k.apply(row, scratch)
			sums[i] += floats.Dot(row, w[from:])
			floats.AddScaled(sums[to-from:], w[from+i], row[to-from:])
			if table != nil {
				copy(table.RawRowView(from + i)[from:], row)
			}
		}
		parts[block] = sums
	})
	out := make([]float64, n)
	for block, sums := range parts {
		if errs[block] != nil {
			return nil, errs[block]
		}
		floats.Add(out[block*rowsAtOnce:], sums)
	}
	if table != nil {
		mirror(table)
	}
	return out, nil
}

// mirror copies what lies above the blocks on the diagonal to below it.
func mirror(t *mat.Dense) {
	n, _ := t.Dims()
	for i := rowsAtOnce; i < n; i++ {
		row := t.RawRowView(i)
		for j := range i / rowsAtOnce * rowsAtOnce {
			row[j] = t.At(j, i)
		}
	}
}

// squared is the discrepancy of the clouds as they are weighted.
func (g *gram) squared() float64 { return g.combine(g.x, g.y, g.ofX, g.ofY, g.across) }

// combine puts the discrepancy together from weights and Kxx·x, Kyy·y and Kxy·y.
func (g *gram) combine(x, y, xx, yy, xy []float64) float64 {
	return g.own(x, xx) + g.own(y, yy) - 2*floats.Dot(x, xy)/(floats.Sum(x)*floats.Sum(y))
}

// own is E k(x,x′) of a cloud with weights w, given K·w.
func (g *gram) own(w, kw []float64) float64 {
	total, sum := floats.Sum(w), floats.Dot(w, kw)
	if !g.unbiased {
		return sum / (total * total)
	}
	squares := floats.Dot(w, w)
	return (sum - g.at0*squares) / (total*total - squares)
}

// bootstrap are replicates of the discrepancy with points drawn anew from both
// clouds. Draws of the same point count as one point with more weight, so that
// the unbiased form leaves out all pairs of a point with itself.
func (g *gram) bootstrap(replicates int, src rand.Source) []float64 {
	n, m := len(g.x), len(g.y)
	r := rand.New(src)
	x, y := mat.NewDense(n, replicates, nil), mat.NewDense(m, replicates, nil)
	for b := range replicates {
		for i, c := range counts(r, n) {
			x.Set(i, b, c*g.x[i])
		}
		for j, c := range counts(r, m) {
			y.Set(j, b, c*g.y[j])
		}
	}
	var xx, yy, xy mat.Dense
	xx.Mul(g.xx, x)
	yy.Mul(g.yy, y)
	xy.Mul(g.xy, y)
	out := make([]float64, replicates)
	for b := range out {
		col := func(t *mat.Dense) []float64 { return mat.Col(nil, b, t) }
		out[b] = g.combine(col(x), col(y), col(&xx), col(&yy), col(&xy))
	}
	return out
}
