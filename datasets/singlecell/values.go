package singlecell

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Values says what the numbers of an expression matrix look like.
type Values string

// What [Detect] tells apart.
const (
	// Counts are whole numbers, with one above 1 among them.
	Counts Values = "raw counts"
	// Binary is nothing but 0 and 1: expressed or not, or counts of a shallow file.
	Binary Values = "zeros and ones"
	// Normalized are numbers that are not all whole and too large for
	// logarithms: normalised or corrected counts, FPKM.
	Normalized Values = "normalised counts without a logarithm"
	// Logged are numbers that are not all whole and no larger than log1p of a
	// count can be.
	Logged Values = "logarithms of normalised counts"
	// Scaled has negative numbers: standardised expression, or coordinates.
	Scaled Values = "negative numbers, so scaled expression or coordinates"
)

// largestLog is more than the log1p of any count: e³⁰ is 10¹³.
const largestLog = 30

// Detect says what the numbers of a matrix look like; Normalized and Logged are
// told apart by size alone. Numbers that are not finite are an error, as is a
// matrix without cells, genes or entries other than 0.
func Detect(x mat.Matrix) (Values, error) {
	rows, cols := x.Dims()
	if rows == 0 || cols == 0 {
		return "", fmt.Errorf("singlecell: an expression matrix of %d cells × %d genes: there must be some of both", rows, cols)
	}
	var found [parts]extremes
	eachPart(rows, func(part, from, to int) { found[part] = extremesOf(x, from, to) })
	low, high, whole := 0.0, 0.0, true
	for _, e := range found {
		if e.bad != nil {
			return "", e.bad
		}
		low, high, whole = min(low, e.low), max(high, e.high), whole && e.whole
	}
	switch {
	case low < 0:
		return Scaled, nil
	case high == 0:
		return "", fmt.Errorf("singlecell: all %d cells are without expression", rows)
	case whole && high > 1:
		return Counts, nil
	case whole:
		return Binary, nil
	case high > largestLog:
		return Normalized, nil
	}
	return Logged, nil
}

// extremes of some rows, 0 included, and the first number that is not finite.
type extremes struct {
	low, high float64
	whole     bool
	bad       error
}

func extremesOf(x mat.Matrix, from, to int) extremes {
	found := extremes{whole: true}
	var e entries
	for i := from; i < to; i++ {
		columns, values := e.read(x, i, nil)
		for k, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				found.bad = fmt.Errorf("singlecell: expression %g in cell %d, gene %d: expression is finite", v, i, columns[k])
				return found
			}
			found.low, found.high = min(found.low, v), max(found.high, v)
			found.whole = found.whole && v == math.Trunc(v)
		}
	}
	return found
}

// CheckCounts is an error where a matrix does not hold counts, raw or
// normalised, that are to be normalised and logged: it holds logarithms
// already, or negative numbers.
func CheckCounts(x mat.Matrix) error {
	found, err := Detect(x)
	if err != nil {
		return err
	}
	if found == Logged || found == Scaled {
		return fmt.Errorf("singlecell: counts are expected, and these are %s: use the layer or raw that has the counts%s", found, orLogged(found))
	}
	return nil
}

func orLogged(found Values) string {
	if found == Logged {
		return ", or go on from the logarithms as they are"
	}
	return ""
}

// CheckLogged is an error where a matrix does not hold log1p of normalised
// counts: it holds counts, or negative numbers.
func CheckLogged(x mat.Matrix) error {
	found, err := Detect(x)
	if err != nil {
		return err
	}
	switch found {
	case Counts, Normalized:
		return fmt.Errorf("singlecell: log1p of normalised counts is expected, and these are %s: call NormalizeTotal and Log1p first", found)
	case Scaled:
		return fmt.Errorf("singlecell: log1p of normalised counts is expected, and these are %s: use the layer or raw from before scaling", found)
	}
	return nil
}
