package condot

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// chooseMap decides which forward map a model serves: the refined one, unless over the rows
// kept from training it carries the sources farther from the targets in energy distance than
// ∇g does, by more than two standard errors over the conditions. Where nothing was kept from
// training the refined one is served. Without an f, as after the primal training, there is only ∇g.
func (t *trainer) chooseMap(m *Model) error {
	if t.o.Objective == Primal {
		return nil
	}
	m.Refined = true
	s := t.validate
	if s == nil {
		return nil
	}
	_, gradient, err := m.potentials.evaluate(m.potentials.g, m.potentials.gw, s.v, s.x, s.c, s.n)
	if err != nil {
		return err
	}
	refined, _, _, err := m.potentials.conjugate(m.potentials.f, m.potentials.fw, s.v, s.x, gradient, s.c, s.n)
	if err != nil {
		return err
	}
	worse := floats.SubTo(make([]float64, s.c), s.energies(refined), s.energies(gradient))
	mean, sd := stat.MeanStdDev(worse, nil)
	if s.c == 1 {
		sd = 0
	}
	m.Refined = mean <= 2*sd/math.Sqrt(float64(s.c))
	return nil
}

// energies are, for each validated condition, the energy distance 2E‖a−y‖ − E‖a−a'‖ of
// carried points a to the targets y, without the targets' own term.
func (s *validation) energies(carried []float32) []float64 {
	d, out := s.p.f.dim, make([]float64, s.c)
	for c := range s.c {
		a, y := carried[c*s.n*d:(c+1)*s.n*d], s.y[c*s.n*d:(c+1)*s.n*d]
		wa, wy := s.wx[c*s.n:(c+1)*s.n], s.wy[c*s.n:(c+1)*s.n]
		out[c] = 2*meanDistance(a, y, wa, wy, d) - meanDistance(a, a, wa, wa, d)
	}
	return out
}

func meanDistance(a, b []float32, wa, wb []float64, d int) float64 {
	sum, weight := 0.0, 0.0
	for i := range wa {
		for j := range wb {
			square := 0.0
			for k := range d {
				e := float64(a[i*d+k] - b[j*d+k])
				square += e * e
			}
			sum += wa[i] * wb[j] * math.Sqrt(square)
			weight += wa[i] * wb[j]
		}
	}
	return sum / weight
}
