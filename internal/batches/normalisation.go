package batches

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Normalisation is the shift and the one scale that bring all clouds to mean 0 and
// mean coordinate variance 1: x' = (x − Mean)/Scale for source and target alike. One
// scalar scale and one shift keep optimal maps optimal and the identity the identity.
type Normalisation struct {
	Mean  []float64 `json:"mean"`
	Scale float64   `json:"scale"`
}

func newNormalisation(clouds []points) (Normalisation, error) {
	_, d := clouds[0].matrix().Dims()
	mean, square, n := make([]float64, d), make([]float64, d), 0.0
	for _, c := range clouds { // every cloud has the same weight
		rows, _ := c.matrix().Dims()
		c.each(func(j int, x float64) { mean[j] += x / float64(rows) })
		n++
	}
	floats.Scale(1/n, mean)
	for _, c := range clouds {
		rows, _ := c.matrix().Dims()
		without := make([]float64, d) // rows where the coordinate is not stored
		for j := range without {
			without[j] = float64(rows)
		}
		c.each(func(j int, x float64) {
			square[j] += (x - mean[j]) * (x - mean[j]) / float64(rows)
			without[j]--
		})
		for j, zeros := range without {
			square[j] += zeros / float64(rows) * mean[j] * mean[j]
		}
	}
	scale := math.Sqrt(floats.Sum(square) / n / float64(d))
	if scale == 0 || math.IsNaN(scale) || math.IsInf(scale, 0) {
		return Normalisation{}, fmt.Errorf("the clouds have a spread of %g: all points are equal or not finite", scale)
	}
	return Normalisation{Mean: mean, Scale: scale}, nil
}

// each calls f with the coordinates of all points: those stored of sparse ones.
func (p points) each(f func(j int, x float64)) {
	rows, _ := p.matrix().Dims()
	for i := range rows {
		if p.sparse != nil {
			p.sparse.DoRowNonZero(i, func(_, j int, x float64) { f(j, x) })
			continue
		}
		for j, x := range p.dense.RawRowView(i) {
			f(j, x)
		}
	}
}

// In writes the normalised row to dst.
func (n Normalisation) In(dst []float32, row []float64) {
	for j, x := range row {
		dst[j] = float32((x - n.Mean[j]) / n.Scale)
	}
}

// Out writes the row in the user's units to dst.
func (n Normalisation) Out(dst []float64, row []float32) {
	for j, x := range row {
		dst[j] = float64(x)*n.Scale + n.Mean[j]
	}
}

// Check says why a normalisation that was read from a file is none of points of d features.
func (n Normalisation) Check(d int) error {
	if len(n.Mean) != d {
		return fmt.Errorf("the normalisation has %d means for %d features", len(n.Mean), d)
	}
	for _, x := range append([]float64{n.Scale}, n.Mean...) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("the normalisation holds %g", x)
		}
	}
	if !(n.Scale > 0) {
		return fmt.Errorf("the normalisation's scale is %g; it is positive", n.Scale)
	}
	return nil
}
