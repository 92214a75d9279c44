package ot

import (
	"math"

	"github.com/gomonge/gomonge/internal/vec"
	"gonum.org/v1/gonum/floats"
)

// absorb makes the kernel of the potentials as they are, the row scalings that
// meet all row sums, and its column sums.
func (s *scaling) absorb(epsilon, omega float64) error {
	s.stale = false
	fill(s.x, 1)
	fill(s.y, 1)
	if s.iterations > 0 {
		s.translate(epsilon)
	}
	s.eachStrip(func(worker, from, to int, columns []float64) (gap float64) {
		row := s.bufs[worker][:s.m]
		for i := from; i < to; i++ {
			if s.kernel != nil {
				row = s.kernel[i*s.m:][:s.m]
			}
			sum := s.softmin(row, s.bufs[worker][s.m:], i, epsilon)
			if math.IsInf(sum, 1) {
				s.x[i] = 0 // all its pairs are forbidden
				continue
			}
			gap += s.a[i] * math.Abs(sum-s.source.want(s.u[i]))
			s.x[i] = relaxed(s.source.factor(s.u[i], sum, epsilon), omega)
			floats.AddScaled(columns, s.a[i]*s.x[i], row)
		}
		return gap
	})
	for i, x := range s.x {
		if x == 0 && s.a[i] > 0 {
			return s.source.forbidden("source", i, s.a[i])
		}
	}
	return s.rescue(epsilon)
}

// multiply renews the row scalings for the column scalings as they are.
func (s *scaling) multiply(epsilon, omega float64) {
	floats.MulTo(s.by, s.b, s.y)
	s.eachStrip(func(_, from, to int, columns []float64) (gap float64) {
		for i := from; i < to; i++ {
			row := s.kernel[i*s.m:][:s.m]
			sum := s.x[i] * floats.Dot(row, s.by)
			factor, want := 1/sum, 1.0
			if !s.source.kept() {
				u := s.u[i] + epsilon*math.Log(s.x[i])
				factor, want = s.source.factor(u, sum, epsilon), s.source.want(u)
			}
			gap += s.a[i] * math.Abs(sum-want)
			s.x[i] *= relaxed(factor, omega)
			floats.AddScaled(columns, s.a[i]*s.x[i], row)
		}
		return gap
	})
}

// eachStrip calls f for the strips of rows and adds up their column sums and
// the row errors that f returns.
func (s *scaling) eachStrip(f func(worker, from, to int, columns []float64) float64) {
	size := (s.n + strips - 1) / strips
	var gaps [strips]float64
	inBlocks(s.o.Workers, s.n, size, func(worker, strip, from, to int) {
		clear(s.partial[strip])
		gaps[strip] = f(worker, from, to, s.partial[strip])
	})
	clear(s.columns)
	s.rowGap = 0
	for k := range (s.n + size - 1) / size {
		floats.Add(s.columns, s.partial[k])
		s.rowGap += gaps[k]
	}
}

// update renews the column scalings. It returns the L1 error of the row sums
// before their update plus that of the column sums before this one, and the
// latter alone, which is a bound of the error after two plain updates.
func (s *scaling) update(epsilon, omega float64) (both, columns float64) {
	for j, c := range s.columns {
		sum, want := s.y[j]*c, 1.0
		factor := 1 / sum
		if !s.target.kept() {
			v := s.v[j] + epsilon*math.Log(s.y[j])
			factor, want = s.target.factor(v, sum, epsilon), s.target.want(v)
		}
		columns += s.b[j] * math.Abs(sum-want)
		if sum > 0 {
			s.y[j] *= relaxed(factor, omega)
		}
	}
	return s.rowGap + columns, columns
}

// plan gives the row sums of the plan and the costs of its rows, and leaves its
// column sums in columns. It uses the kernel where there is one.
func (s *scaling) plan() (sums, costs []float64) {
	sums, costs = make([]float64, s.n), make([]float64, s.n)
	floats.MulTo(s.by, s.b, s.y)
	s.eachStrip(func(worker, from, to int, columns []float64) float64 {
		plan := s.bufs[worker][:s.m]
		for i := from; i < to; i++ {
			row := s.rows(i, s.bufs[worker][s.m:])
			weight, weights := s.a[i], s.b
			if s.kernel != nil {
				copy(plan, s.kernel[i*s.m:])
				weight, weights = s.a[i]*s.x[i], s.by
			} else {
				s.exponents(plan, row, s.u[i], s.o.Epsilon)
				vec.Exp(plan, plan)
			}
			for j, p := range plan {
				p *= weight * weights[j]
				plan[j] = p
				sums[i] += p
				if p > 0 { // a forbidden pair costs +Inf and carries nothing
					costs[i] += p * row[j]
				}
			}
			floats.Add(columns, plan)
		}
		return 0
	})
	return sums, costs
}
