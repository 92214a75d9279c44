package condot

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// chooseMap decides which forward map a model serves: the refined one, unless over the rows
// kept from training it carries the sources farther from the targets in energy distance than
// ∇g does, by more than two standard errors over the conditions. Where nothing was kept from
// training the refined one is served. Without an f, as after the primal training, there is only ∇g, and the
// paper's preset serves no other.
func (t *trainer) chooseMap(m *Model) error {
	if t.o.Objective == Primal || t.o.Preset == Faithful {
		return nil
	}
	m.Refined = true
	s := t.validate
	if s == nil {
		return nil
	}
	_, gradient, err := m.potentials.evaluate(m.potentials.g, m.potentials.gw, s.Features, s.Sources, s.Conditions, s.Rows)
	if err != nil {
		return err
	}
	refined, _, _, err := m.potentials.conjugate(m.potentials.f, m.potentials.fw, s.Features, s.Sources, gradient, s.Conditions, s.Rows)
	if err != nil {
		return err
	}
	worse := floats.SubTo(make([]float64, s.Conditions), s.Energies(refined), s.Energies(gradient))
	mean, sd := stat.MeanStdDev(worse, nil)
	if s.Conditions == 1 {
		sd = 0
	}
	m.Refined = mean <= 2*sd/math.Sqrt(float64(s.Conditions))
	return nil
}
