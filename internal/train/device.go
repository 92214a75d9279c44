package train

import (
	"fmt"

	"github.com/gomlx/compute"

	"github.com/gomonge/gomonge/internal/safetensors"
)

// Device is a training's state in the device's memory, or in that of several [Devices]: flat arrays by name,
// which programs take and give back, and the losses of the last round.
type Device struct {
	Backend compute.Backend
	State   []compute.Buffer
	names   []string
	lengths []int
	losses  []compute.Buffer
}

// NewDevice places the start of each array.
func NewDevice(be compute.Backend, names []string, start [][]float32) (*Device, error) {
	d := &Device{Backend: be, names: names}
	for _, v := range start {
		b, err := Upload(be, v, len(v))
		if err != nil {
			Free(d.State...)
			return nil, err
		}
		d.State, d.lengths = append(d.State, b), append(d.lengths, len(v))
	}
	return d, nil
}

// Losses of the last round: of several devices the means, since each has that of its part of the batch.
func (d *Device) Losses() ([]float64, error) {
	out := make([]float64, len(d.losses))
	for i, b := range d.losses {
		copies := copiesOf(b)
		for _, c := range copies {
			var x [1]float32
			if err := Download(x[:], c); err != nil {
				return nil, err
			}
			out[i] += float64(x[0]) / float64(len(copies))
		}
	}
	return out, nil
}

// KeepLosses replaces the losses of the last round.
func (d *Device) KeepLosses(losses ...compute.Buffer) {
	Free(d.losses...)
	d.losses = losses
}

// Snapshot copies the state from the device.
func (d *Device) Snapshot() ([]safetensors.Array, error) {
	arrays := make([]safetensors.Array, len(d.State))
	for i, b := range d.State {
		n := d.lengths[i]
		arrays[i] = safetensors.Array{Name: d.names[i], Dims: []int{n}, Data: make([]float32, n)}
		if err := Download(arrays[i].Data, b); err != nil {
			return nil, err
		}
	}
	return arrays, nil
}

// Restore puts a snapshot back.
func (d *Device) Restore(arrays []safetensors.Array) error {
	byName := map[string][]float32{}
	for _, a := range arrays {
		byName[a.Name] = a.Data
	}
	for i := range d.State {
		x := byName[d.names[i]]
		if len(x) != d.lengths[i] {
			return fmt.Errorf("the checkpoint's array %q has %d numbers, this model %d", d.names[i], len(x), d.lengths[i])
		}
		b, err := Upload(d.Backend, x, len(x))
		if err != nil {
			return err
		}
		Free(d.State[i])
		d.State[i] = b
	}
	return nil
}

// Call runs a program on arrays of the state, on buffers that stay, and on uploads, which are freed
// after it. The arrays of the state given are donated; their places are taken by the first outputs, and
// the others are returned.
func (d *Device) Call(p *Program, state []int, kept []compute.Buffer, u *Uploads) (rest []compute.Buffer, err error) {
	defer u.free()
	if u.err != nil {
		return nil, u.err
	}
	in := make([]compute.Buffer, 0, len(state)+len(kept)+len(u.buffers))
	donate := make([]bool, cap(in))
	for i, k := range state {
		in = append(in, d.State[k])
		donate[i] = true
	}
	in = append(append(in, kept...), u.buffers...)
	out, err := p.Run(in, donate)
	if err != nil {
		return nil, err
	}
	for i, k := range state {
		d.State[k] = out[i]
	}
	return out[len(state):], nil
}

// Uploads are a call's fresh inputs, in order, with the first error of all.
type Uploads struct {
	be      compute.Backend
	buffers []compute.Buffer
	err     error
}

// NewUploads is for one call.
func NewUploads(be compute.Backend) *Uploads { return &Uploads{be: be} }

// Ints adds an array of int32.
func (u *Uploads) Ints(v []int32, dims ...int) { upload(u, v, dims) }

// Floats adds an array of float32.
func (u *Uploads) Floats(v []float32, dims ...int) { upload(u, v, dims) }

func upload[T float32 | int32](u *Uploads, v []T, dims []int) {
	if u.err != nil {
		return
	}
	b, err := Upload(u.be, v, dims...)
	if err != nil {
		u.err = err
		return
	}
	u.buffers = append(u.buffers, b)
}

// IntParts adds an array of int32 of which each device gets a part: v is cut into blocks of equal length, and of
// every block the first device gets the first share, the next the second, and so on. The dims are a part's. One device
// gets all of v.
func (u *Uploads) IntParts(v []int32, blocks int, dims ...int) { uploadParts(u, v, blocks, dims) }

// FloatParts is IntParts of float32.
func (u *Uploads) FloatParts(v []float32, blocks int, dims ...int) { uploadParts(u, v, blocks, dims) }

func uploadParts[T float32 | int32](u *Uploads, v []T, blocks int, dims []int) {
	d, several := u.be.(Devices)
	if !several || u.err != nil {
		upload(u, v, dims)
		return
	}
	share := len(v) / blocks / d.Count
	if share == 0 || share*blocks*d.Count != len(v) {
		u.err = fmt.Errorf("%d numbers in %d blocks cannot be shared among %d devices", len(v), blocks, d.Count)
		return
	}
	b, err := d.each(func(device compute.DeviceNum) (compute.Buffer, error) {
		part := make([]T, 0, blocks*share)
		for at := int(device) * share; at < len(v); at += d.Count * share {
			part = append(part, v[at:at+share]...)
		}
		return uploadTo(d.Backend, device, part, dims)
	})
	if err != nil {
		u.err = err
		return
	}
	u.buffers = append(u.buffers, b)
}

func (u *Uploads) free() {
	Free(u.buffers...)
	u.buffers = nil
}

// Evaluate runs a program on uploads, then weights, and downloads its one output.
func Evaluate(p *Program, u *Uploads, weights ...compute.Buffer) ([]float32, error) {
	defer u.free()
	if u.err != nil {
		return nil, u.err
	}
	out, err := p.Run(append(append([]compute.Buffer{}, u.buffers...), weights...), nil)
	if err != nil {
		return nil, err
	}
	defer Free(out...)
	shape, err := out[0].Shape()
	if err != nil {
		return nil, err
	}
	v := make([]float32, shape.Size())
	return v, Download(v, out[0])
}
