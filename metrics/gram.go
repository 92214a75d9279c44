package metrics

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

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

// mostKept is the number of kernel values that a bootstrap may keep, in 2 GiB.
const mostKept = 1 << 28

// tables is the number of kernel values between all points of the pair.
func (p pair) tables() int { return p.n*p.n + p.m*p.m + p.n*p.m }

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
	x, y := newPanels(p.predicted.Points), newPanels(p.observed.Points)
	g.ofX = k.within(g.xx, x, g.x, workers)
	g.ofY = k.within(g.yy, y, g.y, workers)
	g.across = k.between(g.xy, x, y, g.y, workers)
	return g, nil
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
