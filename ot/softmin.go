package ot

import (
	"math"

	"github.com/gomonge/gomonge/internal/vec"
	"gonum.org/v1/gonum/floats"
)

// softmin fills row i of the kernel, exp((uᵢ+vⱼ−cᵢⱼ)/ε), and returns its sum with
// the weights b. Where that is too large or too small a number, uᵢ is first
// brought to −ε log Σⱼ bⱼ exp((vⱼ−cᵢⱼ)/ε).
func (s *scaling) softmin(row, buf []float64, i int, epsilon float64) float64 {
	costs := s.rows(i, buf)
	s.exponents(row, costs, s.u[i], epsilon)
	vec.Exp(row, row)
	sum := floats.Dot(row, s.b)
	if sum > 1e-50 && sum < 1e50 {
		return sum
	}
	s.exponents(row, costs, 0, epsilon)
	largest := math.Inf(-1)
	for j, t := range row {
		if t > largest && s.b[j] > 0 {
			largest = t
		}
	}
	if math.IsInf(largest, -1) { // all pairs of a source are forbidden
		clear(row)
		return math.Inf(1)
	}
	shift := -largest
	if !s.source.kept() {
		shift *= s.source.rho / (s.source.rho + epsilon)
		shift = min(shift, logAbsorbAt-largest) // so far that the row does not overflow
	}
	s.u[i] = epsilon * shift
	for j := range row {
		row[j] += shift
	}
	vec.Exp(row, row)
	return floats.Dot(row, s.b)
}

// exponents fills row with (u+vⱼ−cᵢⱼ)/ε.
func (s *scaling) exponents(row, costs []float64, u, epsilon float64) {
	inverse := 1 / epsilon
	v := s.v[:len(row)]
	costs = costs[:len(row)]
	for j := range row {
		row[j] = (u + v[j] - costs[j]) * inverse
	}
}

// lost is the column sum below which a column of the kernel has underflowed.
const lost = 1e-250

// rescue gives columns that have underflowed the potentials that an update of
// them makes of minᵢ cᵢⱼ − uᵢ, with which they have not.
func (s *scaling) rescue(epsilon float64) error {
	var columns []int
	for j, c := range s.columns {
		if c < lost {
			columns = append(columns, j)
		}
	}
	if columns == nil {
		return nil
	}
	best := repeated(math.Inf(1), len(columns))
	buf := make([]float64, s.m)
	for i := range s.n {
		row := s.rows(i, buf)
		for k, j := range columns {
			if s.a[i] > 0 {
				best[k] = min(best[k], row[j]-s.u[i])
			}
		}
	}
	for k, j := range columns {
		if math.IsInf(best[k], 1) {
			if s.b[j] > 0 {
				return s.target.forbidden("target", j, s.b[j])
			}
			continue
		}
		if !s.target.kept() {
			best[k] *= s.target.rho / (s.target.rho + epsilon)
		}
		if math.Abs(s.v[j]-best[k]) > epsilon {
			s.v[j], s.stale = best[k], true
		}
		s.columns[j] = 0
	}
	return nil
}
