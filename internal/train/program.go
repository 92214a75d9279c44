// Package train compiles and runs the steps that train a network on flat
// parameter vectors, and holds what every training run shares: the optimiser,
// the learning-rate schedule, checkpoints, and the loop that watches for
// divergence, interruption and the clock.
package train

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// Program is one compiled graph with its inputs in a fixed order.
type Program struct {
	name string
	be   compute.Backend
	exe  compute.Executable
	in   int
	// devices that run it at the same time.
	devices int
}

// Compile builds and compiles a graph; build declares parameters in the order
// of Run's inputs and returns the outputs. Panics of the graph library come
// back as errors. For [Devices] the graph is that of each of them.
func Compile(be compute.Backend, name string, build func(g *graph.Graph) []*graph.Node) (p *Program, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("building the graph %q: %v", name, r)
		}
	}()
	g, devices := graph.NewGraph(be, name), deviceCount(be)
	if devices > 1 {
		if err := spread(g, devices); err != nil {
			return nil, fmt.Errorf("the graph %q on %d devices: %w", name, devices, err)
		}
	}
	outs := build(g)
	if err := g.Compile(outs...); err != nil {
		return nil, fmt.Errorf("compiling the graph %q: %w", name, err)
	}
	return &Program{name: name, be: be, exe: g.Executable(), in: g.NumParameters(), devices: devices}, nil
}

// Run executes the program. Inputs whose donate flag is set are given up: their
// memory may hold the outputs. Panics of the backend come back as errors.
func (p *Program) Run(in []compute.Buffer, donate []bool) (out []compute.Buffer, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("running %q: %v", p.name, r)
		}
	}()
	if len(in) != p.in {
		return nil, fmt.Errorf("program %q takes %d inputs, got %d", p.name, p.in, len(in))
	}
	if p.devices > 1 {
		out, err = p.runOnAll(in, donate)
	} else {
		out, err = p.exe.Execute(onFirst(in), donate, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("running %q: %w", p.name, err)
	}
	return out, nil
}

// Close frees the compiled program.
func (p *Program) Close() { p.exe.Finalize() }

// Upload copies a flat slice of float32 or int32 to the device, or to all [Devices].
func Upload[T float32 | int32](be compute.Backend, v []T, dims ...int) (compute.Buffer, error) {
	return uploadTo(be, 0, v, dims)
}

func uploadTo[T float32 | int32](be compute.Backend, device compute.DeviceNum, v []T, dims []int) (compute.Buffer, error) {
	dtype := dtypes.Float32
	if _, ok := any(v).([]int32); ok {
		dtype = dtypes.Int32
	}
	b, err := be.BufferFromFlatData(device, v, shapes.Make(dtype, dims...))
	if err != nil {
		return nil, fmt.Errorf("copying %v to the device: %w", dims, err)
	}
	return b, nil
}

// Download copies a float32 buffer to dst, which must have its size.
func Download(dst []float32, b compute.Buffer) error {
	shape, err := b.Shape()
	if err != nil {
		return fmt.Errorf("copying from the device: %w", err)
	}
	if shape.DType != dtypes.Float32 || shape.Size() != len(dst) {
		return fmt.Errorf("copying from the device: %d numbers were asked for, it holds %s", len(dst), shape)
	}
	if err := b.ToFlatData(dst); err != nil {
		return fmt.Errorf("copying from the device: %w", err)
	}
	return nil
}

// Free finalizes buffers; nil ones are skipped.
func Free(bs ...compute.Buffer) {
	for _, b := range bs {
		if b != nil {
			_ = b.Finalize()
		}
	}
}
