package ot

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

const (
	// climbSteps are the most steps uphill from one start.
	climbSteps = 500
	// climbGain is the relative gain below which a climb ends.
	climbGain = 1e-12
	// climbShortest is the shortest step that is tried before a climb ends.
	climbShortest = 1e-10
)

// MaxSlicedW2Squared is the largest W₂² between projections of two clouds on a
// line, and the unit vector along that line (Deshpande et al. 2019): the
// direction in which the clouds differ most. For clouds that differ by a shift δ it is
// ‖δ‖² along δ.
//
// The value as a function of the direction has several local maxima. It is
// climbed from the line through both means and from as many random directions
// as starts says; the best summit is returned. So the value is a lower bound of
// the true maximum, attained at the direction.
func MaxSlicedW2Squared(source, target Measure, starts int, src rand.Source) (value float64, direction []float64, err error) {
	if err := checkPair(source, target); err != nil {
		return 0, nil, err
	}
	if starts < 0 {
		return 0, nil, fmt.Errorf("ot: %d random directions to start from: want 0 or more", starts)
	}
	s := projections{source: source, target: target}
	if s.a, err = source.Shares(); err != nil {
		return 0, nil, err
	}
	if s.b, err = target.Shares(); err != nil {
		return 0, nil, err
	}
	_, d := source.Dims()
	axes := unitVectors(rand.New(src), starts+1, d)
	if mean, norm := s.meanDifference(); norm > 0 {
		axes[0] = mean
	}
	values := make([]float64, len(axes))
	err = forEach(0, len(axes), func(_, k int) (err error) {
		axes[k], values[k], err = s.climb(axes[k])
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	best := 0
	for k, v := range values {
		if v > values[best] {
			best = k
		}
	}
	return values[best], axes[best], nil
}

// projections are two clouds, to be looked at along lines.
type projections struct {
	source, target Measure
	a, b           []float64
}

// meanDifference is the unit vector from the target's mean to the source's, and
// the distance of both.
func (s projections) meanDifference() (unit []float64, norm float64) {
	_, d := s.source.Dims()
	unit = make([]float64, d)
	for i, w := range s.a {
		floats.AddScaled(unit, w, s.source.Points.RawRowView(i))
	}
	for j, w := range s.b {
		floats.AddScaled(unit, -w, s.target.Points.RawRowView(j))
	}
	norm = floats.Norm(unit, 2)
	if norm > 0 {
		floats.Scale(1/norm, unit)
	}
	return unit, norm
}

// along is W₂² of the projections on an axis, and its gradient: for the plan
// P of the projections Σ P 2(x−y)⟨x−y,axis⟩ (Danskin's theorem).
func (s projections) along(axis []float64) (value float64, gradient []float64, err error) {
	p, err := OneD(projected(s.source.Points, axis), projected(s.target.Points, axis), s.a, s.b, 2)
	if err != nil {
		return 0, nil, err
	}
	gradient = make([]float64, len(axis))
	for k, mass := range p.Mass {
		x, y := s.source.Points.RawRowView(int(p.Source[k])), s.target.Points.RawRowView(int(p.Target[k]))
		apart := 0.0
		for f, v := range axis {
			apart += (x[f] - y[f]) * v
		}
		for f := range gradient {
			gradient[f] += 2 * mass * apart * (x[f] - y[f])
		}
	}
	return p.Cost, gradient, nil
}

// climb goes uphill on the sphere by gradient steps that are halved until they
// gain something.
func (s projections) climb(axis []float64) (at []float64, value float64, err error) {
	value, gradient, err := s.along(axis)
	for step, n := 1.0, 0; err == nil && n < climbSteps && value > 0; n++ {
		next := make([]float64, len(axis))
		// By Euler's theorem 2·value is the gradient's part along the axis: with
		// step 1 the next axis is the gradient's direction.
		floats.AddScaledTo(next, gradient, 2*value*(1/step-1), axis)
		norm := floats.Norm(next, 2)
		floats.Scale(1/norm, next)
		higher, slope, err := s.along(next)
		if err != nil {
			return nil, 0, err
		}
		if higher <= value {
			if step /= 2; step < climbShortest {
				break
			}
			continue
		}
		gain := higher - value
		axis, value, gradient, step = next, higher, slope, min(1, 2*step)
		if gain <= climbGain*value {
			break
		}
	}
	return axis, value, err
}
