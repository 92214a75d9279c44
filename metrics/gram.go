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
	xx, yy, xy *mat.Dense
	x, y       []float64 // the clouds' weights
	at0        float64
	unbiased   bool // leave out pairs of a point with itself
}

func newGram(p pair, k kernel, unbiased bool, workers int) (*gram, error) {
	g := &gram{at0: k.at0, unbiased: unbiased}
	var err error
	if g.x, err = p.predicted.Shares(); err != nil {
		return nil, err
	}
	if g.y, err = p.observed.Shares(); err != nil {
		return nil, err
	}
	if g.xx, err = values(p.predicted.Points, p.predicted.Points, k, workers); err != nil {
		return nil, err
	}
	if g.yy, err = values(p.observed.Points, p.observed.Points, k, workers); err != nil {
		return nil, err
	}
	g.xy, err = values(p.predicted.Points, p.observed.Points, k, workers)
	return g, err
}

// values is the table of the kernel between the rows of x and of y.
func values(x, y *mat.Dense, k kernel, workers int) (*mat.Dense, error) {
	cost, err := ot.SquaredEuclidean.Between(x, y)
	if err != nil {
		return nil, err
	}
	n, m := cost.Dims()
	out := mat.NewDense(n, m, nil)
	inParallel(workers, (n+rowsAtOnce-1)/rowsAtOnce, func(block int) {
		from, to := block*rowsAtOnce, min(n, (block+1)*rowsAtOnce)
		scratch := make([]float64, 2*m)
		part := out.RawMatrix().Data[from*m : to*m]
		cost.Rows(part, from, to)
		for ; len(part) > 0; part = part[m:] {
			k.apply(part[:m], scratch)
		}
	})
	return out, nil
}

// rowsAtOnce is the block of a table that one goroutine fills.
const rowsAtOnce = 32

// squared is the discrepancy for given weights of the points, which need not
// be shares.
func (g *gram) squared(x, y []float64) float64 {
	return g.combine(x, y, times(g.xx, x), times(g.yy, y), times(g.xy, y))
}

func times(k *mat.Dense, w []float64) []float64 {
	n, _ := k.Dims()
	out := make([]float64, n)
	for i := range out {
		out[i] = floats.Dot(k.RawRowView(i), w)
	}
	return out
}

// combine puts the discrepancy together from Kxx·x, Kyy·y and Kxy·y.
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
