package singlecell

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// Expression is a matrix of cells × genes: sparse with float32 arithmetic, as
// scanpy has it, or dense with float64.
type Expression interface {
	*sparse.CSR | *mat.Dense
}

// Totals are the sums of counts of each cell.
func Totals(x mat.Matrix) ([]float64, error) {
	rows, cols := x.Dims()
	if rows == 0 || cols == 0 {
		return nil, errors.New("singlecell: a count matrix without cells or genes")
	}
	totals := make([]float64, rows)
	for i := range totals {
		var err error
		eachEntry(x, i, func(j int, v float64) {
			if err == nil && !(v >= 0 && !math.IsInf(v, 1)) {
				err = fmt.Errorf("singlecell: count %g in cell %d, gene %d: counts are finite and not negative", v, i, j)
			}
			totals[i] += v
		})
		if err != nil {
			return nil, err
		}
	}
	return totals, nil
}

// MedianTotal is the median total count of the cells that have counts: the
// target of [NormalizeTotal] that a set of training cells fixes.
func MedianTotal(counts mat.Matrix) (float64, error) {
	totals, err := Totals(counts)
	if err != nil {
		return 0, err
	}
	totals = slices.DeleteFunc(totals, func(v float64) bool { return v == 0 })
	if len(totals) == 0 {
		return 0, errors.New("singlecell: all cells are without counts")
	}
	slices.Sort(totals)
	n := len(totals)
	return (totals[(n-1)/2] + totals[n/2]) / 2, nil
}

// NormalizeTotal divides the counts of each cell by its total and multiplies
// them by target, in place: scanpy's normalize_total. Cells without counts stay
// as they are.
func NormalizeTotal[E Expression](counts E, target float64) error {
	if !(target > 0) || math.IsInf(target, 1) {
		return fmt.Errorf("singlecell: target total %g: it is positive and finite", target)
	}
	switch x := any(counts).(type) {
	case *sparse.CSR:
		totals, err := Totals(x)
		if err != nil {
			return err
		}
		for i, total := range totals {
			if total == 0 {
				continue
			}
			_, data := x.Row(i)
			factor := float32(total) / float32(target)
			for k := range data {
				data[k] /= factor
			}
		}
	case *mat.Dense:
		totals, err := Totals(x)
		if err != nil {
			return err
		}
		for i, total := range totals {
			if total == 0 {
				continue
			}
			row := x.RawRowView(i)
			for j := range row {
				row[j] /= total / target
			}
		}
	}
	return nil
}

// Log1p replaces every entry by log(1 + entry), in place.
func Log1p[E Expression](x E) error {
	switch x := any(x).(type) {
	case *sparse.CSR:
		for k, v := range x.Data {
			if v < 0 {
				return fmt.Errorf("singlecell: log1p of %g: entries are not negative", v)
			}
			x.Data[k] = float32(math.Log1p(float64(v)))
		}
	case *mat.Dense:
		raw := x.RawMatrix()
		for i := range raw.Rows {
			for j, v := range x.RawRowView(i) {
				if v < 0 {
					return fmt.Errorf("singlecell: log1p of %g in row %d, column %d: entries are not negative", v, i, j)
				}
				raw.Data[i*raw.Stride+j] = math.Log1p(v)
			}
		}
	}
	return nil
}
