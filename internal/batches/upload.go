package batches

import (
	"math/bits"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/train"
)

// Placed is the data in the device's memory: source rows, target rows, features of the conditions.
type Placed struct {
	Buffers [3]compute.Buffer
	Shapes  [3]shapes.Shape
	values  []float32 // of the rows fetched last
}

// Upload places the data on the device; of sparse clouds no rows, but room for those that a
// call of Fetch brings.
func (d *Data) Upload(be compute.Backend) (p Placed, err error) {
	dim := len(d.Normalisation.Mean)
	for i, a := range []struct {
		values     []float32
		rows, cols int
	}{{d.Sources.Values, d.Sources.Count, dim}, {d.Targets.Values, d.Targets.Count, dim}, {d.Features, len(d.Source), d.FeatureCount}} {
		if i < 2 && d.sparse() {
			a.rows, a.values = d.Room, make([]float32, d.Room*dim)
		}
		rows := roomFor(a.rows)
		values := append(slices.Clone(a.values), make([]float32, (rows-a.rows)*a.cols)...)
		p.Shapes[i] = shapes.Make(dtypes.Float32, rows, a.cols)
		if p.Buffers[i], err = train.Upload(be, values, rows, a.cols); err != nil {
			train.Free(p.Buffers[:]...)
			return p, err
		}
	}
	return p, nil
}

// sparse tells whether rows are made when they are drawn.
func (d *Data) sparse() bool { return d.Sources.drawn != nil }

// Fetch brings the rows of sparse clouds that the next program reads to the device, in the
// place of the last ones, and renumbers them; each list is one of an input. Rows of dense clouds are there.
func (p *Placed) Fetch(be compute.Backend, d *Data, sources, targets [][]int32) error {
	if !d.sparse() {
		return nil
	}
	for side, lists := range [][][]int32{sources, targets} {
		if len(lists) == 0 {
			continue
		}
		rows, dim := p.Shapes[side].Dimensions[0], p.Shapes[side].Dimensions[1]
		if p.values == nil {
			p.values = make([]float32, rows*dim)
		}
		from, at := []*Rows{&d.Sources, &d.Targets}[side], 0
		for _, list := range lists {
			for k, row := range list {
				drawn := from.drawn[row]
				drawn.points.in(d.Normalisation, p.values[at*dim:(at+1)*dim], int(drawn.row))
				list[k] = int32(at)
				at++
			}
		}
		fetched, err := train.Upload(be, p.values, rows, dim)
		if err != nil {
			return err
		}
		train.Free(p.Buffers[side])
		p.Buffers[side] = fetched
	}
	return nil
}

// roomFor n rows is the next power of two, and of large numbers the next multiple of 2¹⁶: trainings on
// clouds of about one size share their programs. Rows beyond n are never drawn.
func roomFor(n int) int {
	const large = 1 << 16
	if n > large {
		return (n + large - 1) / large * large
	}
	return 1 << bits.Len(uint(n-1))
}
