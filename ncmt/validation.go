package ncmt

import (
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/nn"
	"gonum.org/v1/gonum/stat"
)

// validation watches the energy distance of carried sources to targets, in the mean over training
// conditions, on rows kept from training. (The critic's own dual value does not serve: where its inner
// minimum is not found, and f is not concave, it praises the wildest critic.)
type validation struct {
	trainer *trainer
	p       *evaluator
	batches.Kept
	z       []float32
	seconds float64 // that one validation takes
}

func newValidation(t *trainer) (*validation, error) {
	s := &validation{trainer: t, p: &evaluator{be: t.be, t: t.t, f: t.f, o: t.o}, Kept: t.data.Kept()}
	if t.noise() > 0 {
		s.z = make([]float32, s.Conditions*s.Rows*t.o.Draws*t.o.NoiseDim)
		nn.Normal(t.o.NoiseSigma)(rand.New(rand.NewPCG(t.o.Seed, streamNoise-1)), s.z)
	}
	if _, err := s.value(); err != nil { // compiles the program before the clock starts
		return nil, err
	}
	start := time.Now()
	_, err := s.value()
	s.seconds = time.Since(start).Seconds()
	return s, err
}

// value of the averaged weights.
func (s *validation) value() (float64, error) {
	y, err := s.images(weights{s.trainer.device.State[meanT], s.trainer.device.State[meanF]})
	if err != nil {
		return 0, err
	}
	return stat.Mean(s.Energies(y), nil), nil
}

// images of the kept sources, one a point.
func (s *validation) images(w weights) ([]float32, error) {
	y, err := s.p.image(w, s.Features, s.Sources, s.z, s.Conditions, s.Rows)
	if err != nil || s.z == nil {
		return y, err
	}
	first, size := make([]float32, 0, len(s.Sources)), s.Dim*s.trainer.o.Draws
	for at := 0; at < len(y); at += size {
		first = append(first, y[at:at+s.Dim]...)
	}
	return first, nil
}

// weights of T and f on the device.
type weights struct{ t, f compute.Buffer }
