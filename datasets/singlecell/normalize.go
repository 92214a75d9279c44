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
	var worst [parts]error
	eachPart(rows, func(part, from, to int) {
		var e entries
		for i := from; i < to && worst[part] == nil; i++ {
			columns, values := e.read(x, i, nil)
			total, low := 0.0, 0.0
			for _, v := range values {
				total += v
				low = min(low, v)
			}
			if totals[i] = total; !(low >= 0) || math.IsInf(total, 0) || math.IsNaN(total) {
				worst[part] = badCount(i, columns, values)
			}
		}
	})
	for _, err := range worst {
		if err != nil {
			return nil, err
		}
	}
	return totals, nil
}

// badCount is the error for the first entry of a row that is no count.
func badCount(i int, columns []int32, values []float64) error {
	for k, v := range values {
		if !(v >= 0 && !math.IsInf(v, 1)) {
			return fmt.Errorf("singlecell: count %g in cell %d, gene %d: counts are finite and not negative", v, i, columns[k])
		}
	}
	return fmt.Errorf("singlecell: the counts of cell %d have no finite sum", i)
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
	totals, err := Totals(matrixOf(counts))
	if err != nil {
		return err
	}
	eachPart(len(totals), func(_, from, to int) {
		for i := from; i < to; i++ {
			if totals[i] == 0 {
				continue
			}
			switch x := any(counts).(type) {
			case *sparse.CSR:
				_, data := x.Row(i)
				factor := float32(totals[i]) / float32(target)
				for k := range data {
					data[k] /= factor
				}
			case *mat.Dense:
				row := x.RawRowView(i)
				for j := range row {
					row[j] /= totals[i] / target
				}
			}
		}
	})
	return nil
}

// matrixOf is the matrix that an Expression is.
func matrixOf[E Expression](x E) mat.Matrix { return any(x).(mat.Matrix) }

// Log1p replaces every entry by log(1 + entry), in place. It is an error, and
// nothing is replaced, if an entry is negative.
func Log1p[E Expression](x E) error {
	m := matrixOf(x)
	rows, _ := m.Dims()
	for _, err := range checkParts(m, rows) {
		if err != nil {
			return err
		}
	}
	eachPart(rows, func(_, from, to int) {
		switch x := any(x).(type) {
		case *sparse.CSR:
			var known logarithms
			for i := from; i < to; i++ {
				_, data := x.Row(i)
				for k, v := range data {
					data[k] = known.log1p(v)
				}
			}
		case *mat.Dense:
			for i := from; i < to; i++ {
				row := x.RawRowView(i)
				for j, v := range row {
					row[j] = math.Log1p(v)
				}
			}
		}
	})
	return nil
}

// checkParts finds negative entries.
func checkParts(x mat.Matrix, rows int) (worst [parts]error) {
	eachPart(rows, func(part, from, to int) {
		var e entries
		for i := from; i < to && worst[part] == nil; i++ {
			columns, values := e.read(x, i, nil)
			for k, v := range values {
				if v < 0 {
					worst[part] = fmt.Errorf("singlecell: log1p of %g in cell %d, gene %d: entries are not negative", v, i, columns[k])
				}
			}
		}
	})
	return worst
}

// logarithms remembers log1p of some numbers: normalised counts of a cell are
// multiples of one number, and few of them differ.
type logarithms struct {
	of, are [256]float32
}

func (l *logarithms) log1p(v float32) float32 {
	bits := math.Float32bits(v)
	at := (bits ^ bits>>8 ^ bits>>16) % uint32(len(l.of))
	if l.of[at] != v {
		l.of[at], l.are[at] = v, float32(math.Log1p(float64(v)))
	}
	return l.are[at]
}
