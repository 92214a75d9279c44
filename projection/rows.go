package projection

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// rows reads a matrix row by row, by stored entries where it is sparse.
type rows struct {
	n, d   int
	sparse bool
	each   func(i int, f func(j int, v float64))
}

func rowsOf(x mat.Matrix) rows {
	r := rows{}
	r.n, r.d = x.Dims()
	switch x := x.(type) {
	case mat.RowNonZeroDoer:
		r.sparse = true
		r.each = func(i int, f func(j int, v float64)) {
			x.DoRowNonZero(i, func(_, j int, v float64) { f(j, v) })
		}
	case mat.RawRowViewer:
		r.each = func(i int, f func(j int, v float64)) {
			for j, v := range x.RawRowView(i) {
				f(j, v)
			}
		}
	default:
		r.each = func(i int, f func(j int, v float64)) {
			for j := range r.d {
				f(j, x.At(i, j))
			}
		}
	}
	return r
}

// moments are the mean of each feature and the sum of the features' variances,
// in two passes.
func (r rows) moments() (mean []float64, total float64, err error) {
	mean = make([]float64, r.d)
	for i := range r.n {
		r.each(i, func(j int, v float64) {
			if (math.IsNaN(v) || math.IsInf(v, 0)) && err == nil {
				err = fmt.Errorf("projection: %g in row %d, column %d: points are finite", v, i, j)
			}
			mean[j] += v / float64(r.n)
		})
	}
	if err != nil {
		return nil, 0, err
	}
	var zero float64 // squared norm of the mean: the squared distance of a row without entries
	for _, m := range mean {
		zero += m * m
	}
	for i := range r.n {
		square := zero
		r.each(i, func(j int, v float64) { square += v * (v - 2*mean[j]) })
		total += max(0, square)
	}
	total /= float64(r.n - 1)
	if total <= 1e-28*zero { // rounding of equal rows
		total = 0
	}
	return mean, total, nil
}

// mostFormed is the number of features up to which the covariance is formed.
const mostFormed = 4096

// smallSpectrum is the size up to which the full spectrum of a covariance is
// faster than the iteration.
const smallSpectrum = 512

// leading returns the k leading eigenvalues of the covariance and the
// eigenvectors in rows.
func (r rows) leading(mean []float64, k int) ([]float64, *mat.Dense, error) {
	if r.d > mostFormed {
		return lanczos(r.d, k, func(dst, v []float64) { r.multiply(dst, v, mean) })
	}
	c := r.covariance(mean)
	if r.d <= smallSpectrum || 3*k > r.d {
		return fullSpectrum(c, k)
	}
	return lanczos(r.d, k, func(dst, v []float64) {
		mat.NewVecDense(r.d, dst).MulVec(c, mat.NewVecDense(r.d, v))
	})
}

// covariance is Σ(x−m)(x−m)ᵀ/(n−1).
func (r rows) covariance(mean []float64) *mat.SymDense {
	if r.sparse {
		return r.sparseCovariance(mean)
	}
	centred := mat.NewDense(r.n, r.d, nil)
	for i := range r.n {
		row := centred.RawRowView(i)
		r.each(i, func(j int, v float64) { row[j] = v - mean[j] })
	}
	var c mat.SymDense
	c.SymOuterK(1/float64(r.n-1), centred.T())
	return &c
}

// sparseCovariance sums over the pairs of entries of each row about the origin
// and moves the sum to the mean.
func (r rows) sparseCovariance(mean []float64) *mat.SymDense {
	c := mat.NewSymDense(r.d, nil)
	raw := c.RawSymmetric()
	values := make([]float64, r.d)
	for i := range r.n {
		indices := r.scatter(i, values)
		for a, j := range indices {
			v, row := values[j], raw.Data[j*raw.Stride:]
			for _, l := range indices[a:] {
				row[l] += v * values[l]
			}
		}
	}
	n := float64(r.n)
	for i := range r.d {
		for j := i; j < r.d; j++ {
			c.SetSym(i, j, (c.At(i, j)-n*mean[i]*mean[j])/(n-1))
		}
	}
	return c
}

// scatter writes the entries of row i to their places in values and returns
// the places in order.
func (r rows) scatter(i int, values []float64) []int {
	var indices []int
	r.each(i, func(j int, v float64) {
		indices = append(indices, j)
		values[j] = v
	})
	if !slices.IsSorted(indices) {
		slices.Sort(indices)
	}
	return indices
}

// multiply sets dst to the covariance times v without forming it.
func (r rows) multiply(dst, v, mean []float64) {
	clear(dst)
	var offset, sum float64
	for j, m := range mean {
		offset += m * v[j]
	}
	for i := range r.n {
		t := -offset
		r.each(i, func(j int, x float64) { t += x * v[j] })
		r.each(i, func(j int, x float64) { dst[j] += t * x })
		sum += t
	}
	for j, m := range mean {
		dst[j] = (dst[j] - sum*m) / float64(r.n-1)
	}
}
