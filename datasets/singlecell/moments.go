package singlecell

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// eachEntry calls f on the entries of row i: those stored of a sparse matrix,
// all of a dense one.
func eachEntry(x mat.Matrix, i int, f func(j int, v float64)) {
	switch x := x.(type) {
	case mat.RowNonZeroDoer:
		x.DoRowNonZero(i, func(_, j int, v float64) { f(j, v) })
	case mat.RawRowViewer:
		for j, v := range x.RawRowView(i) {
			f(j, v)
		}
	default:
		_, cols := x.Dims()
		for j := range cols {
			f(j, x.At(i, j))
		}
	}
}

// allRows are the numbers 0, 1, … of x's rows.
func allRows(x mat.Matrix) []int {
	n, _ := x.Dims()
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// moments are the mean and the variance (denominator n−1) of every column over
// the rows given, after f, which leaves 0 at 0. The variance is a second pass
// of squared differences from the mean.
func moments(x mat.Matrix, rows []int, f func(float64) float64) (mean, variance []float64) {
	_, cols := x.Dims()
	n := float64(len(rows))
	mean, variance = make([]float64, cols), make([]float64, cols)
	stored := make([]float64, cols)
	for _, i := range rows {
		eachEntry(x, i, func(j int, v float64) {
			mean[j] += f(v)
			stored[j]++
		})
	}
	for j := range mean {
		mean[j] /= n
	}
	for _, i := range rows {
		eachEntry(x, i, func(j int, v float64) {
			d := f(v) - mean[j]
			variance[j] += d * d
		})
	}
	for j := range variance {
		variance[j] += (n - stored[j]) * mean[j] * mean[j]
		if n > 1 {
			variance[j] /= n - 1
		}
	}
	return mean, variance
}

// checkLogged reports a matrix that cannot hold log-expression.
func checkLogged(x mat.Matrix) error {
	rows, cols := x.Dims()
	if rows == 0 || cols == 0 {
		return errors.New("singlecell: an expression matrix without cells or genes")
	}
	for i := range rows {
		var err error
		eachEntry(x, i, func(j int, v float64) {
			if v < 0 && err == nil {
				err = fmt.Errorf("singlecell: expression %g in cell %d, gene %d: counts and their logarithms are not negative", v, i, j)
			}
			if v > largestLog && err == nil {
				err = fmt.Errorf("singlecell: expression %g in cell %d, gene %d: these are counts where log1p of normalised counts is expected", v, i, j)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// largestLog is more than the log1p of any count.
const largestLog = 50
