package ot

import (
	"gonum.org/v1/gonum/mat"
)

// distances computes squared Euclidean distances between the rows of two clouds.
type distances struct {
	x, y *mat.Dense
}

func newDistances(x, y *mat.Dense) *distances { return &distances{x: x, y: y} }

// row fills dst with the squared distances of x's row i to all rows of y.
func (d *distances) row(dst []float64, i int) {
	x := d.x.RawRowView(i)
	for j := range dst {
		dst[j] = squaredDistance(x, d.y.RawRowView(j))
	}
}
