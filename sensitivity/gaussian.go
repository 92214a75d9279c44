package sensitivity

import (
	"context"
	"fmt"

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

// Parts are an index and the two parts that it has for the squared distance.
type Parts struct {
	// Total is Advective + Diffusive.
	Total float64
	// Advective is what the mean does, half of Sobol' index of first order (summed over the outputs);
	// Diffusive what the rest of the law does.
	Advective, Diffusive float64
}

// LinearGaussian are the indices of Y = A·X for X normal with covariance cov: all laws are Gaussian, and
// that of Y given Xᵢ = x has the mean c·x/cov_ii and, whatever x is, the covariance A·cov·Aᵀ − c·cᵀ/cov_ii with c = A·cov·eᵢ.
func LinearGaussian(a mat.Matrix, cov mat.Symmetric) ([]Parts, error) {
	k, d := a.Dims()
	if cov.SymmetricDim() != d {
		return nil, fmt.Errorf("sensitivity: a %d×%d matrix and a covariance of %d inputs", k, d, cov.SymmetricDim())
	}
	var ac, acat mat.Dense
	ac.Mul(a, cov)
	acat.Mul(&ac, a.T())
	whole := ot.Gaussian{Mean: make([]float64, k), Cov: mat.NewSymDense(k, nil)}
	for i := range k {
		for j := range i + 1 {
			whole.Cov.SetSym(i, j, (acat.At(i, j)+acat.At(j, i))/2)
		}
	}
	bound := 2 * mat.Trace(whole.Cov)
	if !(bound > 0) {
		return nil, fmt.Errorf("sensitivity: the outputs do not vary: tr A·Cov·Aᵀ is %g", bound/2)
	}
	out := make([]Parts, d)
	for i := range d {
		variance := cov.At(i, i)
		if !(variance > 0) {
			return nil, fmt.Errorf("sensitivity: input %d has the variance %g: want a positive one", i+1, variance)
		}
		c := mat.VecDenseCopyOf(ac.ColView(i))
		given := ot.Gaussian{Mean: make([]float64, k), Cov: mat.NewSymDense(k, nil)}
		given.Cov.SymRankOne(whole.Cov, -1/variance, c)
		w, err := ot.Bures(whole, given)
		if err != nil {
			return nil, err
		}
		mean := mat.Dot(c, c) / variance
		out[i] = Parts{(mean + w.Covariance) / bound, mean / bound, w.Covariance / bound}
	}
	return out, nil
}
