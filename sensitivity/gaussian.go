package sensitivity

import (
	"context"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// gaussian is W₂² between Gaussians with the moments of all outputs and of each cell's.
func gaussian(_ context.Context, y *mat.Dense, cells [][]int, workers int) (measured, error) {
	whole := moments(y)
	m := measured{bound: 2 * mat.Trace(whole.Cov), costs: make([]float64, len(cells)), advective: make([]float64, len(cells))}
	err := forEach(workers, len(cells), func(k int) error {
		w, err := ot.Bures(whole, moments(takeRows(y, cells[k])))
		m.costs[k], m.advective[k] = w.W2Squared(), w.Mean
		return err
	})
	return m, err
}

// moments are the mean and the covariance of rows, with n−1; of one row, which has no spread, 0.
func moments(y *mat.Dense) ot.Gaussian {
	n, d := y.Dims()
	g := ot.Gaussian{Mean: make([]float64, d), Cov: mat.NewSymDense(d, nil)}
	column := make([]float64, n)
	for j := range d {
		g.Mean[j] = stat.Mean(mat.Col(column, j, y), nil)
	}
	if n > 1 {
		stat.CovarianceMatrix(g.Cov, y, nil)
	}
	return g
}
