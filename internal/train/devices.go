package train

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/compute/shapes"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// Devices is a backend on which one training runs on several devices at once. What is uploaded to it stands on each
// of them, apart from the parts of batches ([Uploads.IntParts]); a program compiled for it runs on all at the same
// time, each on its part of the batch; and [Adam] steps along the mean of their gradients, so that the states
// on the devices stay the same to the bit and are those of one device that takes the whole batch, but for rounding.
//
// XLA's own partitioner, which is told which axis of the inputs is split and does the rest (Shardy), is not left to
// do this: behind the first reshape that joins conditions and points it lets every device compute the whole batch.
type Devices struct {
	compute.Backend
	// Count of devices, the first ones of the backend.
	Count int
}

// OnDevices is be where one device is asked for (0 counts as 1), else the first so many devices of it.
func OnDevices(be compute.Backend, count int) (compute.Backend, error) {
	switch there := be.NumDevices(); {
	case count < 0:
		return nil, fmt.Errorf("devices is %d; it is a number from 1", count)
	case count <= 1:
		return be, nil
	case be.Name() != "xla":
		return nil, fmt.Errorf("devices is %d; pure Go computes on 1, an XLA backend can have more", count)
	case count > there:
		return nil, fmt.Errorf("devices is %d; this backend has %d (%s)", count, there, be.DeviceDescription(0))
	}
	return Devices{be, count}, nil
}

// deviceCount is how many devices run the programs of be.
func deviceCount(be compute.Backend) int {
	if d, several := be.(Devices); several {
		return d.Count
	}
	return 1
}

// BufferFromFlatData copies the values to every device, whatever the first argument says.
func (d Devices) BufferFromFlatData(_ compute.DeviceNum, values any, shape shapes.Shape) (compute.Buffer, error) {
	return d.each(func(device compute.DeviceNum) (compute.Buffer, error) {
		return d.Backend.BufferFromFlatData(device, values, shape)
	})
}

// each is the buffer that upload makes on each device.
func (d Devices) each(upload func(device compute.DeviceNum) (compute.Buffer, error)) (compute.Buffer, error) {
	var all onAll
	for device := range d.Count {
		b, err := upload(compute.DeviceNum(device))
		if err != nil {
			Free(all.copies...)
			return nil, err
		}
		all.copies = append(all.copies, b)
	}
	all.Buffer = all.copies[0]
	return &all, nil
}

// onAll is a buffer that stands on every device; it is read from the first.
type onAll struct {
	compute.Buffer
	copies []compute.Buffer
}

// Finalize gives all copies up.
func (b *onAll) Finalize() error {
	var errs []error
	for _, c := range b.copies {
		errs = append(errs, c.Finalize())
	}
	return errors.Join(errs...)
}

// copiesOf a buffer, one a device.
func copiesOf(b compute.Buffer) []compute.Buffer {
	if all, ok := b.(*onAll); ok {
		return all.copies
	}
	return []compute.Buffer{b}
}

// onFirst are the buffers as a program of one device reads them.
func onFirst(in []compute.Buffer) []compute.Buffer {
	for i, b := range in {
		if _, ok := b.(*onAll); ok {
			first := make([]compute.Buffer, len(in))
			copy(first, in[:i])
			for k := i; k < len(in); k++ {
				first[k] = copiesOf(in[k])[0]
			}
			return first
		}
	}
	return in
}

// together is held while a program runs on several devices. Two of them that waited for each other's sums,
// begun in another order on another device, would wait for ever.
var together sync.Mutex

// runOnAll is Run on several devices; outputs stand on all of them.
func (p *Program) runOnAll(in []compute.Buffer, donate []bool) ([]compute.Buffer, error) {
	var each []compute.Buffer // of the first device, of the second, ...
	var gives []bool
	for device := range p.devices {
		for i, b := range in {
			copies := copiesOf(b)
			if len(copies) != p.devices {
				return nil, fmt.Errorf("input %d stands on %d of %d devices", i, len(copies), p.devices)
			}
			each = append(each, copies[device])
		}
		gives = append(gives, donate...)
	}
	together.Lock()
	defer together.Unlock()
	out, err := p.exe.Execute(each, gives, 0)
	if err != nil {
		return nil, err
	}
	count := len(out) / p.devices
	joined := make([]compute.Buffer, count)
	for i := range joined {
		all := &onAll{Buffer: out[i]}
		for device := range p.devices {
			all.copies = append(all.copies, out[device*count+i])
		}
		joined[i] = all
	}
	return joined, nil
}

// spread makes g the program of every device, each of which has inputs of its own.
func spread(g *Graph, devices int) error {
	mesh, err := distributed.NewDeviceMesh([]int{devices}, []string{"batch"})
	if err != nil {
		return err
	}
	return g.SetSPMD(mesh)
}

// meanOfDevices is the mean of what each device makes x of its part of the batch.
func meanOfDevices(x *Node) *Node {
	g := x.Graph()
	n := g.NumDevices()
	if n <= 1 {
		return x
	}
	return DivScalar(g.Distributed().AllReduceOne(x, compute.ReduceOpSum), float64(n))
}
