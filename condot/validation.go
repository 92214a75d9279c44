package condot

import (
	"time"

	"github.com/gomlx/compute"
	"github.com/gomonge/gomonge/internal/batches"
)

// validation watches the semi-dual value E_ν f + E_µ f* on held-out rows of training
// conditions; the optimal f minimises it. f* is evaluated by the refined conjugate.
type validation struct {
	p       *potentials
	trainer *trainer
	batches.Kept
	seconds float64 // that one validation takes
}

func newValidation(t *trainer) (*validation, error) {
	s := &validation{p: newPotentials(t.be, t.g, t.f), trainer: t, Kept: t.data.Kept()}
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
	return s.semiDual(s.trainer.device.State[meanG], s.trainer.device.State[meanF])
}

func (s *validation) semiDual(g, f compute.Buffer) (float64, error) {
	fy, _, err := s.p.evaluate(s.p.f, f, s.Features, s.Targets, s.Conditions, s.Rows)
	if err != nil {
		return 0, err
	}
	_, start, err := s.p.evaluate(s.p.g, g, s.Features, s.Sources, s.Conditions, s.Rows)
	if err != nil {
		return 0, err
	}
	at, residual, _, err := s.p.conjugate(s.p.f, f, s.Features, s.Sources, start, s.Conditions, s.Rows)
	if err != nil {
		return 0, err
	}
	fx, _, err := s.p.evaluate(s.p.f, f, s.Features, at, s.Conditions, s.Rows)
	if err != nil {
		return 0, err
	}
	sum, d := 0.0, s.p.f.dim
	for i := range fy {
		inner := 0.0
		for k := range d {
			inner += float64(s.Sources[i*d+k]) * float64(at[i*d+k])
		}
		// A conjugate that was missed by the residual r is too low by about ½⟨r, ∇T·r⟩, and in
		// normalised units ∇T is about 1. It is an estimate, to compare steps of one training by:
		// the bound ‖r‖²/(2α) of [Model.Certify] would let the flattest place of f decide.
		sum += s.TargetWeights[i]*float64(fy[i]) + s.SourceWeights[i]*(inner-float64(fx[i])+.5*float64(residual[i]))
	}
	return sum / float64(len(fy)), nil
}
