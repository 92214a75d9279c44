package ot

import (
	"sync"

	"github.com/gomonge/gomonge/internal/vec"
	"gonum.org/v1/gonum/mat"
)

// distances computes squared Euclidean distances between the rows of two clouds.
type distances struct {
	x, y    *mat.Dense
	packed  *vec.Points
	scratch sync.Pool // of *[]float64
}

func newDistances(x, y *mat.Dense) *distances {
	m, d := y.Dims()
	t := &distances{x: x, y: y, packed: vec.Pack(m, d, y.RawRowView)}
	t.scratch.New = func() any {
		s := make([]float64, vec.Scratch(d))
		return &s
	}
	return t
}

// rows fills dst, row by row, with the squared distances of x's rows
// from ≤ i < to to all rows of y.
func (t *distances) rows(dst []float64, from, to int) {
	scratch := t.scratch.Get().(*[]float64)
	defer t.scratch.Put(scratch)
	m := t.packed.Len()
	var four [4][]float64
	for ; from < to; from += len(four) {
		few := four[:min(len(four), to-from)]
		for r := range few {
			few[r] = t.x.RawRowView(from + r)
		}
		t.packed.SquaredDistances(dst, few, *scratch)
		dst = dst[len(few)*m:]
	}
}
