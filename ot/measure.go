package ot

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Measure is a weighted cloud Σᵢ wᵢ δ(xᵢ): the points are the rows of Points.
// Weights are not negative and have any positive sum (they are used as shares
// of it); nil means equal weights. A weight of zero leaves its point out.
type Measure struct {
	Points  *mat.Dense
	Weights []float64
}

// Uniform is the cloud with equal weights.
func Uniform(points *mat.Dense) Measure { return Measure{Points: points} }

// Dims returns the number of points and of features. A nil cloud has none.
func (m Measure) Dims() (n, d int) {
	if m.Points == nil || m.Points.IsEmpty() {
		return 0, 0
	}
	return m.Points.Dims()
}

// Check reports what is wrong with the measure; name says in the error which
// of several measures it is.
func (m Measure) Check(name string) error {
	n, d := m.Dims()
	if n == 0 {
		return fmt.Errorf("ot: the %s cloud is empty: at least one point is needed", name)
	}
	for i := range n {
		row := m.Points.RawRowView(i)
		for j, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("ot: the %s cloud (%d×%d) has %v at row %d, column %d: coordinates must be finite", name, n, d, v, i, j)
			}
		}
	}
	_, err := shares(m.Weights, n, name)
	return err
}

// checkPair reports what is wrong with two measures or with taking them together.
func checkPair(source, target Measure) error {
	if err := source.Check("source"); err != nil {
		return err
	}
	if err := target.Check("target"); err != nil {
		return err
	}
	return sameFeatures(source, target)
}

func sameFeatures(source, target Measure) error {
	_, ds := source.Dims()
	_, dt := target.Dims()
	if ds != dt {
		return fmt.Errorf("ot: the source cloud has %d features and the target cloud %d: they must be the same features", ds, dt)
	}
	return nil
}

// Shares returns the weights of the measure's points scaled to sum to one.
func (m Measure) Shares() ([]float64, error) {
	n, _ := m.Dims()
	if n == 0 {
		return nil, fmt.Errorf("ot: an empty cloud has no weights")
	}
	return shares(m.Weights, n, "")
}

// MeanHalfSquared is the mean of ½‖x−x′‖² over all pairs of the measure's
// points, each with itself included: the trace of its covariance, which it does
// not need.
func (m Measure) MeanHalfSquared() (float64, error) {
	if err := m.Check("given"); err != nil {
		return 0, err
	}
	w, err := m.Shares()
	if err != nil {
		return 0, err
	}
	_, d := m.Dims()
	mean, sum := make([]float64, d), 0.0
	for i, share := range w {
		floats.AddScaled(mean, share, m.Points.RawRowView(i))
	}
	for i, share := range w {
		distance := floats.Distance(m.Points.RawRowView(i), mean, 2)
		sum += share * distance * distance
	}
	return sum, nil
}

// shares checks weights of n points and returns them scaled to sum to one.
func shares(w []float64, n int, name string) ([]float64, error) {
	if name != "" {
		name += " "
	}
	out := make([]float64, n)
	if w == nil {
		for i := range out {
			out[i] = 1 / float64(n)
		}
		return out, nil
	}
	if len(w) != n {
		return nil, fmt.Errorf("ot: %d %sweights for %d points", len(w), name, n)
	}
	largest := 0.0
	for i, v := range w {
		if v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("ot: %sweight %d is %v: weights must be finite and not negative", name, i, v)
		}
		largest = max(largest, v)
	}
	if largest == 0 {
		return nil, fmt.Errorf("ot: all %d %sweights are zero", n, name)
	}
	sum := 0.0
	for i, v := range w { // divided by the largest first, so that the sum cannot overflow
		out[i] = v / largest
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out, nil
}
