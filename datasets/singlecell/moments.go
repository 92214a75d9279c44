package singlecell

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// eachEntry calls f on the entries of row i: those stored of a sparse matrix,
// all of a dense one.
func eachEntry(x mat.Matrix, i int, f func(j int, v float64)) {
	switch x := x.(type) {
	case *sparse.CSR:
		indices, data := x.Row(i)
		for k, j := range indices {
			f(int(j), float64(data[k]))
		}
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

// transform changes the entries of a row, from src into dst; it leaves 0 at 0.
type transform func(dst, src []float64)

// entries are the columns of the stored entries of a row and their values.
type entries struct {
	columns []int32
	values  []float64
	changed []float64
}

// read fills e with row i of x; values are after f, unless that is nil.
func (e *entries) read(x mat.Matrix, i int, f transform) (columns []int32, values []float64) {
	if sparseX, ok := x.(*sparse.CSR); ok {
		indices, data := sparseX.Row(i)
		e.values = e.values[:0]
		for _, v := range data {
			e.values = append(e.values, float64(v))
		}
		columns = indices
	} else {
		e.columns, e.values = e.columns[:0], e.values[:0]
		eachEntry(x, i, func(j int, v float64) {
			e.columns, e.values = append(e.columns, int32(j)), append(e.values, v)
		})
		columns = e.columns
	}
	if f == nil {
		return columns, e.values
	}
	if cap(e.changed) < len(e.values) {
		e.changed = make([]float64, 2*len(e.values))
	}
	f(e.changed[:len(e.values)], e.values)
	return columns, e.changed[:len(e.values)]
}

// sums of every column over some rows: of entries, of squares, and the number
// of entries that were stored (where they are counted about a centre).
type sums struct{ first, second, stored []float64 }

// sumColumns goes once over the rows, after f. centre nil is the origin, about
// which squares of a sparse matrix are rounded to float32, as scanpy's are.
func sumColumns(x mat.Matrix, rows []int, f transform, centre []float64) sums {
	_, cols := x.Dims()
	_, single := x.(*sparse.CSR)
	byPart := make([]sums, parts)
	eachPart(len(rows), func(part, from, to int) {
		s := sums{make([]float64, cols), make([]float64, cols), make([]float64, cols)}
		var e entries
		for _, i := range rows[from:to] {
			columns, values := e.read(x, i, f)
			switch {
			case centre != nil:
				for k, j := range columns {
					d := values[k] - centre[j]
					s.second[j] += d * d
					s.stored[j]++
				}
			case single:
				for k, j := range columns {
					v := values[k]
					s.first[j] += v
					s.second[j] += float64(float32(v) * float32(v))
				}
			default:
				for k, j := range columns {
					v := values[k]
					s.first[j] += v
					s.second[j] += v * v
				}
			}
		}
		byPart[part] = s
	})
	total := byPart[0]
	for _, s := range byPart[1:] {
		for j := range cols {
			total.first[j] += s.first[j]
			total.second[j] += s.second[j]
			total.stored[j] += s.stored[j]
		}
	}
	return total
}

// cancels is the share of the mean square below which a variance, taken as its
// difference from the squared mean, is summed anew about the mean.
const cancels = 1e-4

// moments are the mean and the variance (denominator n−1) of every column over
// the rows given, after f (nil: as they are), which leaves 0 at 0.
func moments(x mat.Matrix, rows []int, f transform) (mean, variance []float64) {
	s := sumColumns(x, rows, f, nil)
	n := float64(len(rows))
	mean, variance = s.first, s.second
	again := false
	for j := range mean {
		mean[j] /= n
		square := variance[j]
		variance[j] -= n * mean[j] * mean[j]
		again = again || variance[j] < cancels*square
	}
	if again {
		about := sumColumns(x, rows, f, mean)
		for j := range variance {
			variance[j] = about.second[j] + (n-about.stored[j])*mean[j]*mean[j]
		}
	}
	if n > 1 {
		for j := range variance {
			variance[j] /= n - 1
		}
	}
	return mean, variance
}
