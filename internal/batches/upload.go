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
}

// Upload places the data on the device.
func (d *Data) Upload(be compute.Backend) (p Placed, err error) {
	dim := len(d.Normalisation.Mean)
	for i, a := range []struct {
		values     []float32
		rows, cols int
	}{{d.Sources.Values, d.Sources.Count, dim}, {d.Targets.Values, d.Targets.Count, dim}, {d.Features, len(d.Source), d.FeatureCount}} {
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

// roomFor n rows is the next power of two, and of large numbers the next multiple of 2¹⁶: trainings on
// clouds of about one size share their programs. Rows beyond n are never drawn.
func roomFor(n int) int {
	const large = 1 << 16
	if n > large {
		return (n + large - 1) / large * large
	}
	return 1 << bits.Len(uint(n-1))
}
