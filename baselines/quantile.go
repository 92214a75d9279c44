package baselines

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// Quantile is the monotone map between clouds on the line, x ↦ Q_ν(F_µ(x)),
// which is the optimal one (Villani 2003, theorem 2.18). It is linear between
// matched quantiles and a shift beyond the outermost. Interpolated between
// conditions it stays monotone, hence optimal.
type Quantile struct {
	family[monotone]
}

// monotone is linear through the points (From, To), both ascending, From strictly.
type monotone struct {
	From []float64 `json:"from"`
	To   []float64 `json:"to"`
}

// levels is the largest number of quantiles that are matched.
const levels = 1000

// FitQuantile matches the quantiles of each training condition, or of all
// together: those of every point up to 1000, so that clouds of as many points
// each are matched point by point. A task of more than one feature is a [NotApplicableError].
func FitQuantile(_ context.Context, task *datasets.Task, reach Reach) (*Quantile, error) {
	f, err := newFamily[monotone]("quantile", task, reach)
	if err != nil {
		return nil, err
	}
	if d := task.Dim(); d != 1 {
		return nil, &NotApplicableError{Method: f.Method, Err: fmt.Errorf("quantiles are matched on the line; clouds have %d features", d)}
	}
	sources, targets, err := endsOf(task, reach)
	if err != nil {
		return nil, err
	}
	for j := range sources {
		m, err := matchQuantiles(sources[j], targets[j])
		if err != nil {
			return nil, fmt.Errorf("baselines: %s: %s: %w", f.Method, f.label(j), err)
		}
		f.maps = append(f.maps, m)
	}
	return &Quantile{f}, nil
}

func matchQuantiles(source, target ot.Measure) (monotone, error) {
	x, err := newQuantiles(source)
	if err != nil {
		return monotone{}, err
	}
	y, err := newQuantiles(target)
	if err != nil {
		return monotone{}, err
	}
	k := min(levels, max(len(x.value), len(y.value)))
	m := monotone{From: make([]float64, k), To: make([]float64, k)}
	for i := range k {
		u := (float64(i) + .5) / float64(k)
		m.From[i], m.To[i] = x.at(u), y.at(u)
	}
	return m.distinct(), nil
}

// distinct joins knots of equal From, which stand for mass in one point: it
// goes to the mean of where the quantiles would send it.
func (m monotone) distinct() monotone {
	var out monotone
	for i := 0; i < len(m.From); {
		j, sum := i, 0.0
		for ; j < len(m.From) && m.From[j] == m.From[i]; j++ {
			sum += m.To[j]
		}
		out.From, out.To = append(out.From, m.From[i]), append(out.To, sum/float64(j-i))
		i = j
	}
	return out
}

func (m monotone) carry(x *mat.Dense) (*mat.Dense, error) {
	y := mat.DenseCopyOf(x)
	y.Apply(func(_, _ int, v float64) float64 { return m.at(v) }, y)
	return y, nil
}

// at is the image of a point.
func (m monotone) at(v float64) float64 {
	last := len(m.From) - 1
	i := sort.SearchFloat64s(m.From, v)
	switch {
	case i == 0:
		return v + m.To[0] - m.From[0]
	case i > last:
		return v + m.To[last] - m.From[last]
	}
	return linear(m.From[i-1], m.From[i], m.To[i-1], m.To[i], v)
}

// linear is the line through (a, p) and (b, q) at x, b > a.
func linear(a, b, p, q, x float64) float64 {
	t := (x - a) / (b - a)
	return (1-t)*p + t*q
}

// quantiles of a weighted cloud on the line: the k-th smallest value stands at
// the middle of its share of the mass, and between them values are linear
// (Hazen's rule for equal weights).
type quantiles struct{ value, level []float64 }

func newQuantiles(m ot.Measure) (quantiles, error) {
	w, err := m.Shares()
	if err != nil {
		return quantiles{}, err
	}
	var order []int
	for i, share := range w {
		if share > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(m.Points.At(i, 0), m.Points.At(j, 0)) })
	var q quantiles
	below := 0.0
	for _, i := range order {
		q.value = append(q.value, m.Points.At(i, 0))
		q.level = append(q.level, below+w[i]/2)
		below += w[i]
	}
	return q, nil
}

// at is the quantile of level u.
func (q quantiles) at(u float64) float64 {
	last := len(q.level) - 1
	i := sort.SearchFloat64s(q.level, u)
	switch {
	case i == 0:
		return q.value[0]
	case i > last:
		return q.value[last]
	}
	return linear(q.level[i-1], q.level[i], q.value[i-1], q.value[i], u)
}
