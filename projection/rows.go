package projection

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
)

// compressed is a matrix of sparse rows that lends its arrays.
type compressed interface {
	Row(i int) (columns []int32, entries []float32)
}

// rows reads a matrix row by row, by stored entries where it is sparse.
type rows struct {
	n, d   int
	sparse bool
	each   func(i int, f func(j int, v float64))
	arrays compressed // nil for others
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
		r.arrays, _ = x.(compressed)
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

// entries of a row, as read fills them.
type entries struct {
	columns []int32
	values  []float64
}

// read fills e with the entries of row i, in any order of the columns. The
// columns may be the matrix's own.
func (r rows) read(i int, e *entries) {
	e.values = e.values[:0]
	if r.arrays != nil {
		columns, data := r.arrays.Row(i)
		e.columns = columns
		e.values = slices.Grow(e.values, len(data))[:len(data)]
		for k, v := range data {
			e.values[k] = float64(v)
		}
		return
	}
	e.columns = e.columns[:0]
	r.each(i, func(j int, v float64) {
		e.columns, e.values = append(e.columns, int32(j)), append(e.values, v)
	})
}

// parts is into how many parts rows are cut for sums. It does not depend on the
// machine, so that sums do not either.
const parts = 8

// eachPart calls f for parts of the numbers 0 to n−1, as many at once as there
// are cores.
func eachPart(n int, f func(part, from, to int)) {
	var next atomic.Int32
	var all sync.WaitGroup
	for range min(parts, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for p := int(next.Add(1)) - 1; p < parts; p = int(next.Add(1)) - 1 {
				f(p, n*p/parts, n*(p+1)/parts)
			}
		})
	}
	all.Wait()
}

// sumParts adds up what f computes of each part.
func sumParts(n, width int, f func(sum []float64, from, to int)) []float64 {
	byPart := make([][]float64, parts)
	eachPart(n, func(part, from, to int) {
		byPart[part] = make([]float64, width)
		f(byPart[part], from, to)
	})
	total := byPart[0]
	for _, sum := range byPart[1:] {
		for j, v := range sum {
			total[j] += v
		}
	}
	return total
}

// moments are the mean of each feature and the sum of the features' variances,
// in two passes.
func (r rows) moments() (mean []float64, total float64, err error) {
	mean = sumParts(r.n, r.d, func(sum []float64, from, to int) {
		var e entries
		for i := from; i < to; i++ {
			r.read(i, &e)
			for k, j := range e.columns {
				sum[j] += e.values[k]
			}
		}
	})
	for j := range mean {
		if math.IsNaN(mean[j]) || math.IsInf(mean[j], 0) {
			return nil, 0, r.notFinite()
		}
		mean[j] /= float64(r.n)
	}
	var zero float64 // squared norm of the mean: the squared distance of a row without entries
	for _, m := range mean {
		zero += m * m
	}
	total = sumParts(r.n, 1, func(sum []float64, from, to int) {
		var e entries
		for i := from; i < to; i++ {
			r.read(i, &e)
			square := zero
			for k, j := range e.columns {
				v := e.values[k]
				square += v * (v - 2*mean[j])
			}
			sum[0] += max(0, square)
		}
	})[0]
	total /= float64(r.n - 1)
	if total <= 1e-28*zero { // rounding of equal rows
		total = 0
	}
	return mean, total, nil
}

// notFinite finds the first number that is not finite, or a sum that overflowed.
func (r rows) notFinite() (err error) {
	for i := 0; i < r.n && err == nil; i++ {
		r.each(i, func(j int, v float64) {
			if (math.IsNaN(v) || math.IsInf(v, 0)) && err == nil {
				err = fmt.Errorf("projection: %g in row %d, column %d: points are finite", v, i, j)
			}
		})
	}
	if err == nil {
		err = fmt.Errorf("projection: points whose sum is not finite")
	}
	return err
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

// multiply sets dst to the covariance times v without forming it.
func (r rows) multiply(dst, v, mean []float64) {
	var offset float64
	for j, m := range mean {
		offset += m * v[j]
	}
	sums := sumParts(r.n, r.d+1, func(sum []float64, from, to int) {
		var e entries
		for i := from; i < to; i++ {
			r.read(i, &e)
			t := -offset
			for k, j := range e.columns {
				t += e.values[k] * v[j]
			}
			for k, j := range e.columns {
				sum[j] += t * e.values[k]
			}
			sum[r.d] += t
		}
	})
	for j, m := range mean {
		dst[j] = (sums[j] - sums[r.d]*m) / float64(r.n-1)
	}
}
