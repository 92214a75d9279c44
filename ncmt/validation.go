package ncmt

import (
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"
)

// validation watches the dual value of f on held-out rows of training conditions,
// E_y f(y) + E_x min_y (k(x,y) − f(y)), which no f exceeds the transport cost with. The inner minimum is
// sought from T's image. The value kept is its negative: lower is better.
type validation struct {
	trainer *trainer
	p       *evaluator
	v, x, y []float32
	wx, wy  []float64
	z       []float32
	c, n    int
	seconds float64 // that one validation takes
}

func newValidation(t *trainer) (*validation, error) {
	d := t.data
	s := &validation{trainer: t, p: &evaluator{be: t.be, t: t.t, f: t.f, o: t.o}, c: len(d.ValidationIndex), n: d.ValidationRows, v: d.ValidationFeatures()}
	s.x, s.wx = d.ValidationPoints(d.Source)
	s.y, s.wy = d.ValidationPoints(d.Target)
	if t.noise() > 0 {
		s.z = make([]float32, s.c*s.n*t.o.Draws*t.o.NoiseDim)
		nn.Normal(t.o.NoiseSigma)(rand.New(rand.NewPCG(t.o.Seed, streamNoise-1)), s.z)
	}
	if _, err := s.value(); err != nil { // compiles the programs before the clock starts
		return nil, err
	}
	start := time.Now()
	_, err := s.value()
	s.seconds = time.Since(start).Seconds()
	return s, err
}

// value of the averaged weights.
func (s *validation) value() (float64, error) {
	w := weights{s.trainer.device.State[meanT], s.trainer.device.State[meanF]}
	fy, err := s.p.potential(w, s.v, s.y, s.c, s.n)
	if err != nil {
		return 0, err
	}
	transform, err := s.p.transform(w, s.v, s.x, s.z, s.c, s.n)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for i := range fy {
		sum -= s.wy[i]*float64(fy[i]) + s.wx[i]*float64(transform[i])
	}
	return sum / float64(len(fy)), nil
}

// weights of T and f on the device.
type weights struct{ t, f compute.Buffer }

// free gives their memory back.
func (w weights) free() { train.Free(w.t, w.f) }
