package ot

import (
	"fmt"
	"math"
)

// marginal is what holds the sums of one side of an entropic plan to its
// weights: an equality or, where rho is finite, the penalty ρ·KL(sums‖weights).
type marginal struct{ rho float64 }

// newMarginal is the side of τ = ρ/(ρ+ε).
func newMarginal(tau, epsilon float64) marginal {
	if tau == 1 {
		return marginal{math.Inf(1)}
	}
	return marginal{epsilon * tau / (1 - tau)}
}

// mostWanted is the logarithm of the most that a potential calls for, as a share
// of its point's weight.
const mostWanted = 600

func (k marginal) kept() bool { return math.IsInf(k.rho, 1) }

// want is the share of its weight that a potential calls for: exp(−u/ρ), by
// the condition of optimality between the penalty and its potential. It stays a
// number: times a weight of zero it is zero.
func (k marginal) want(u float64) float64 {
	if k.kept() {
		return 1
	}
	return math.Exp(min(-u/k.rho, mostWanted))
}

// factor is what an update multiplies a point's scaling by, given its potential
// u and the point's sum as a share of its weight: (want/sum)^τ, with
// which the sum becomes what the new potential calls for. It stays within
// the range of scalings; a sum that has underflowed is left alone.
func (k marginal) factor(u, sum, epsilon float64) float64 {
	if k.kept() {
		return 1 / sum
	}
	if sum == 0 {
		return 1
	}
	tau := k.rho / (k.rho + epsilon)
	return math.Exp(max(-logAbsorbAt, min(logAbsorbAt, -tau*(u/k.rho+math.Log(sum)))))
}

// dual is the side's term of the dual objective, for a unit of weight.
func (k marginal) dual(u float64) float64 {
	if k.kept() {
		return u
	}
	return -k.rho * math.Expm1(min(-u/k.rho, mostWanted))
}

// forbidden is the error of a point of weight w none of whose pairs is allowed.
func (k marginal) forbidden(side string, point int, w float64) error {
	if k.kept() {
		return fmt.Errorf("all pairs of %s point %d are forbidden (cost +Inf)", side, point)
	}
	return fmt.Errorf("all pairs of %s point %d are forbidden (cost +Inf): leave the point out: its mass is lost at the price ρ·%g = %g", side, point, w, k.rho*w)
}

// penalty is the price of a sum at a point of weight w.
func (k marginal) penalty(sum, w float64) float64 {
	if k.kept() || w == 0 {
		return 0
	}
	share := sum / w
	switch {
	case share == 0:
		return k.rho * w
	case share < 0.5:
		return k.rho * w * (share*math.Log(share) - share + 1)
	}
	excess := (sum - w) / w // near 0 its digits count
	return k.rho * w * ((1+excess)*math.Log1p(excess) - excess)
}

// masses checks weights of n points and returns a copy of them as they are.
func masses(w []float64, n int, name string) ([]float64, error) {
	out, err := shares(w, n, name)
	if err != nil || w == nil {
		return out, err
	}
	total := 0.0
	for _, v := range w {
		total += v
	}
	if math.IsInf(total, 1) {
		return nil, fmt.Errorf("ot: the sum of the %s weights overflows", name)
	}
	copy(out, w)
	return out, nil
}

// translate moves mass between both sides' potentials, u+λ and v−λ, which leaves
// the plan as it is, by the λ that is best for the dual objective. Without it
// an error along that direction dies out only by τ² an iteration (Séjourné,
// Vialard and Peyré 2022, arXiv:2201.00730).
func (s *scaling) translate(epsilon float64) {
	if s.source.kept() && s.target.kept() {
		return
	}
	source := s.called(s.source, s.a, s.u, s.x, epsilon)
	target := s.called(s.target, s.b, s.v, s.y, epsilon)
	lambda := (math.Log(source) - math.Log(target)) / (1/s.source.rho + 1/s.target.rho)
	if math.IsNaN(lambda) || math.IsInf(lambda, 0) {
		return // nothing to move, or too far off to say
	}
	for i := range s.u {
		s.u[i] += lambda
	}
	for j := range s.v {
		s.v[j] -= lambda
	}
}

// called is the mass that the potentials of a side call for.
func (s *scaling) called(k marginal, weights, absorbed, scalings []float64, epsilon float64) float64 {
	total := 0.0
	for i, w := range weights {
		if w > 0 {
			total += w * k.want(absorbed[i]+epsilon*math.Log(scalings[i]))
		}
	}
	return total
}
