package condot

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/safetensors"
	"github.com/gomonge/gomonge/internal/train"
)

// The training state: parameters and Adam moments of g and f, and their averages.
const (
	gNow = iota
	gFirst
	gSecond
	fNow
	fFirst
	fSecond
	meanG
	meanF
	stateCount
)

var stateNames = [stateCount]string{"g", "g_first", "g_second", "f", "f_first", "f_second", "g_mean", "f_mean"}

// device is what stays in the device's memory during a run.
type device struct {
	be             compute.Backend
	state          [stateCount]compute.Buffer
	length         [stateCount]int
	floorG, floorF compute.Buffer
	data           [3]compute.Buffer // source points, target points, features of the conditions
	dataShapes     [3]shapes.Shape
	loss           []compute.Buffer // of the last round
}

func vector(n int) shapes.Shape { return shapes.Make(dtypes.Float32, n) }

func (v *device) upload(be compute.Backend, d *prepared, g, f *network, gp, fp, gFloor []float32) error {
	v.be = be
	for i := range v.state {
		params := gp
		if i >= fNow && i <= fSecond || i == meanF {
			params = fp
		}
		start := params
		if i == gFirst || i == gSecond || i == fFirst || i == fSecond {
			start = make([]float32, len(params))
		}
		v.length[i] = len(params)
		if err := put(be, &v.state[i], start, len(start)); err != nil {
			return err
		}
	}
	if err := put(be, &v.floorG, gFloor, len(gp)); err != nil {
		return err
	}
	if err := put(be, &v.floorF, f.layout.Floor(), len(fp)); err != nil {
		return err
	}
	for i, a := range []struct {
		points     []float32
		rows, cols int
	}{{d.sources.rows, d.sources.count, g.dim}, {d.targets.rows, d.targets.count, g.dim}, {d.features, len(d.source), d.featureCount}} {
		rows := roomFor(a.rows)
		points := append(slices.Clone(a.points), make([]float32, (rows-a.rows)*a.cols)...)
		v.dataShapes[i] = shapes.Make(dtypes.Float32, rows, a.cols)
		if err := put(be, &v.data[i], points, rows, a.cols); err != nil {
			return err
		}
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

func put[T float32 | int32](be compute.Backend, to *compute.Buffer, v []T, dims ...int) (err error) {
	*to, err = train.Upload(be, v, dims...)
	return err
}

// losses of the last round.
func (v *device) losses() ([]float64, error) {
	out := make([]float64, len(v.loss))
	for i, b := range v.loss {
		var x [1]float32
		if err := train.Download(x[:], b); err != nil {
			return nil, err
		}
		out[i] = float64(x[0])
	}
	return out, nil
}

// keepLoss replaces the losses of the last round.
func (v *device) keepLoss(losses ...compute.Buffer) {
	train.Free(v.loss...)
	v.loss = losses
}

func (v *device) snapshot() ([]safetensors.Array, error) {
	arrays := make([]safetensors.Array, stateCount)
	for i, b := range v.state {
		n := v.length[i]
		arrays[i] = safetensors.Array{Name: stateNames[i], Dims: []int{n}, Data: make([]float32, n)}
		if err := train.Download(arrays[i].Data, b); err != nil {
			return nil, err
		}
	}
	return arrays, nil
}

func (v *device) restore(arrays []safetensors.Array) error {
	byName := map[string][]float32{}
	for _, a := range arrays {
		byName[a.Name] = a.Data
	}
	for i := range v.state {
		x := byName[stateNames[i]]
		if len(x) != v.length[i] {
			return fmt.Errorf("the checkpoint's array %q has %d numbers, this model %d", stateNames[i], len(x), v.length[i])
		}
		train.Free(v.state[i])
		if err := put(v.be, &v.state[i], x, len(x)); err != nil {
			return err
		}
	}
	return nil
}

// call runs a program on buffers that stay and on fresh inputs that are freed after it.
// The first donated ones are given up; their places are taken by the first outputs.
func (v *device) call(p *train.Program, donated []*compute.Buffer, kept []compute.Buffer, fresh ...compute.Buffer) (rest []compute.Buffer, err error) {
	defer train.Free(fresh...)
	in := make([]compute.Buffer, 0, len(donated)+len(kept)+len(fresh))
	donate := make([]bool, cap(in))
	for i, b := range donated {
		in = append(in, *b)
		donate[i] = true
	}
	in = append(append(in, kept...), fresh...)
	out, err := p.Run(in, donate)
	if err != nil {
		return nil, err
	}
	for i, b := range donated {
		*b = out[i]
	}
	return out[len(donated):], nil
}

// all the state, to be donated.
func (v *device) all() []*compute.Buffer {
	out := make([]*compute.Buffer, stateCount)
	for i := range v.state {
		out[i] = &v.state[i]
	}
	return out
}
