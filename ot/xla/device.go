package xla

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/gomonge/gomonge/internal/train"
)

// upload copies numbers to the device, in its precision. After an error it does nothing.
func (s *solver[T]) upload(v []float64, dims ...int) compute.Buffer {
	if s.err != nil {
		return nil
	}
	flat := make([]T, len(v))
	for i, x := range v {
		flat[i] = T(x)
	}
	b, err := s.be.BufferFromFlatData(0, flat, shapes.Make(dtypes.FromGenericsType[T](), dims...))
	s.err = err
	return b
}

// run executes a program; after an error it returns nil.
func (s *solver[T]) run(p *train.Program, in ...compute.Buffer) []compute.Buffer {
	if s.err != nil {
		return nil
	}
	out, err := p.Run(in, nil)
	s.err = err
	return out
}

// take copies outputs to the host and frees them.
func (s *solver[T]) take(out []compute.Buffer, to ...[]float64) {
	for k, b := range out {
		flat := make([]T, len(to[k]))
		if s.err == nil {
			s.err = b.ToFlatData(flat)
		}
		for i, x := range flat {
			to[k][i] = float64(x)
		}
	}
	train.Free(out...)
}

func (s *solver[T]) free() {
	train.Free(s.input...)
	train.Free(s.weights[:]...)
	train.Free(s.logs[:]...)
	train.Free(s.kernel)
}
