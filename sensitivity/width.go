package sensitivity

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// leastRegressed runs are in a cell that says how outputs follow from the input there.
const leastRegressed = 4

// hasWidth says whether the method's distances are such that what the cells' width does to them can be told from covariances.
func (o Options) hasWidth() bool {
	switch o.Method {
	case Exact:
		return o.Cost == nil
	case OneD:
		return o.Exponent == 2
	}
	return o.Method != Sinkhorn
}

// width is what the index of an input loses by the width of its cells. As variances add up, E‖m−m_X‖² + E tr Cov(Y|X) = tr Cov Y, an index of squared
// distances is 1 − E T_X / tr Cov Y with T_X the largest mean of ⟨Y−m, Y′−m_X⟩ that a coupling of all outputs and of those given X has; of
// normal laws that is tr(S^½ S_X S^½)^½. A cell's S_X is too large by what its outputs' mean moves across it. The residuals of a linear
// regression on the input have the covariance at a point; the difference that this makes to T, taken as of normal laws, is the
// width's. It is of second order in the width, so that normal laws do for it where they would not for the index.
func (s *estimation) width(in Input, p *Partition) (float64, error) {
	if in.Categorical() {
		return 0, nil
	}
	whole, n, sum, small := moments(s.y), 0, 0.0, 0
	for _, cell := range p.Cells {
		n += len(cell)
		if len(cell) < leastRegressed {
			small++
			continue
		}
		lost, err := s.o.lost(whole, takeRows(s.y, cell), picked(in.Values, cell))
		if err != nil {
			return 0, err
		}
		sum += float64(len(cell)) * lost
	}
	if small > 0 {
		s.result.warn(fmt.Sprintf("input %s: %d of %d cells have fewer than %d runs: the limit is given nothing back for their width", in.Name, small, len(p.Cells), leastRegressed))
	}
	return sum / float64(n) / mat.Trace(whole.Cov), nil
}

// lost is what a cell's T loses at a point of it, for first order E tr Cov(Y|X) in its place.
func (o Options) lost(whole ot.Gaussian, y *mat.Dense, x []float64) (float64, error) {
	within := moments(y)
	at, ok := residualCovariance(within.Mean, y, x)
	if !ok {
		return 0, nil
	}
	spread := mat.Trace(within.Cov) - mat.Trace(at)
	if o.Method == FirstOrder {
		return spread, nil
	}
	a, err := ot.Bures(whole, within)
	if err != nil {
		return 0, err
	}
	b, err := ot.Bures(whole, ot.Gaussian{Mean: within.Mean, Cov: at})
	return (spread - a.Covariance + b.Covariance) / 2, err
}

// residualCovariance of outputs about their regression on x, with n−2. There is none where x has one value.
func residualCovariance(mean []float64, y *mat.Dense, x []float64) (*mat.SymDense, bool) {
	n, d := y.Dims()
	x = slices.Clone(x)
	floats.AddConst(-stat.Mean(x, nil), x)
	if scale := floats.Norm(x, math.Inf(1)); scale > 0 && !math.IsInf(scale, 1) {
		floats.Scale(1/scale, x) // so that squares neither overflow nor vanish
	} else {
		return nil, false
	}
	slope, residuals := make([]float64, d), mat.DenseCopyOf(y)
	for i, v := range x {
		row := residuals.RawRowView(i)
		floats.Sub(row, mean)
		floats.AddScaled(slope, v, row)
	}
	floats.Scale(1/floats.Dot(x, x), slope)
	for i, v := range x {
		floats.AddScaled(residuals.RawRowView(i), -v, slope)
	}
	cov := mat.NewSymDense(d, nil)
	cov.SymOuterK(1/float64(n-2), residuals.T())
	return cov, true
}
