package condot

import "math"

// chooseMap decides which forward map a model serves: the refined one if, over the rows
// kept from training, it carries the sources nearer to the targets in energy distance than
// ∇g does. Where nothing was kept from training the refined one is served. Without an
// f, as after the primal training, there is only ∇g.
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
	m.Refined = s.energy(refined) <= s.energy(gradient)
	return nil
}

// energy is the energy distance 2E‖a−y‖ − E‖a−a'‖ of carried points a to the targets y,
// without the targets' own term, in the mean over the validated conditions.
func (s *validation) energy(carried []float32) float64 {
	d, sum := s.p.f.dim, 0.0
	for c := range s.c {
		a, y := carried[c*s.n*d:(c+1)*s.n*d], s.y[c*s.n*d:(c+1)*s.n*d]
		wa, wy := s.wx[c*s.n:(c+1)*s.n], s.wy[c*s.n:(c+1)*s.n]
		sum += 2*meanDistance(a, y, wa, wy, d) - meanDistance(a, a, wa, wa, d)
	}
	return sum / float64(s.c)
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
