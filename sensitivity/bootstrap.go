package sensitivity

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

const (
	// innerReplicates of each replicate, for the studentized interval.
	innerReplicates = 25
	// jackknifeGroups of runs are left out in turn, for the BCa interval.
	jackknifeGroups = 50
	// leastSide is the share of replicates that the BCa interval needs on each side of the estimate.
	leastSide = .025
)

// strata are rows that are drawn from each on their own: the cells, and what is in none.
type strata struct {
	y     *mat.Dense
	cells [][]int
	rest  []int
}

func newStrata(y *mat.Dense, cells [][]int) strata {
	n, _ := y.Dims()
	in := make([]bool, n)
	for _, cell := range cells {
		for _, i := range cell {
			in[i] = true
		}
	}
	s := strata{y: y, cells: cells}
	for i, taken := range in {
		if !taken {
			s.rest = append(s.rest, i)
		}
	}
	return s
}

// choose makes the strata of the rows that pick returns of each.
func (s strata) choose(pick func(rows []int) []int) strata {
	var rows []int
	cells := make([][]int, len(s.cells))
	for k, cell := range s.cells {
		for _, i := range pick(cell) {
			cells[k] = append(cells[k], len(rows))
			rows = append(rows, i)
		}
	}
	rows = append(rows, pick(s.rest)...)
	return newStrata(takeRows(s.y, rows), cells)
}

// resample draws with replacement.
func (s strata) resample(r *rand.Rand) strata {
	return s.choose(func(rows []int) []int {
		drawn := make([]int, len(rows))
		for k := range drawn {
			drawn[k] = rows[r.IntN(len(rows))]
		}
		return drawn
	})
}

// without leaves out every groups-th row, from the g-th on, but none that its cell would be empty without.
func (s strata) without(g, groups int) strata {
	k := 0
	return s.choose(func(rows []int) []int {
		var kept []int
		for i, row := range rows {
			if k++; k%groups != g || i == len(rows)-1 && kept == nil {
				kept = append(kept, row)
			}
		}
		return kept
	})
}

// bootstrap fills the intervals of an index; values are its statistics.
func (s *estimation) bootstrap(ctx context.Context, x *Index, number int, p *Partition, values []float64) error {
	if s.o.Replicates == 0 {
		return nil
	}
	whole := newStrata(s.y, p.Cells)
	statistics := func(t strata) ([]float64, error) {
		m, err := s.measure(ctx, t.y, t.cells, 1)
		if err != nil {
			return nil, err
		}
		return m.statistics(sizes(t.cells)), nil
	}
	b := replicates{kind: s.o.Interval, alpha: (1 - s.o.Confidence) / 2, drawn: make([][]float64, s.o.Replicates), errors: make([][]float64, s.o.Replicates)}
	err := forEach(s.o.Workers, s.o.Replicates, func(k int) (err error) {
		r := rand.New(rand.NewPCG(s.o.Seed, streamBootstrap+uint64(number)<<20+uint64(k)))
		drawn := whole.resample(r)
		if b.drawn[k], err = statistics(drawn); err == nil && b.kind == Studentized {
			b.errors[k], err = innerErrors(drawn, r, statistics)
		}
		s.step(x.Input)
		return err
	})
	if err == nil && b.kind == BCa {
		b.left = make([][]float64, jackknifeGroups)
		err = forEach(s.o.Workers, jackknifeGroups, func(g int) (err error) {
			b.left[g], err = statistics(whole.without(g, jackknifeGroups))
			return err
		})
	}
	if err != nil {
		return err
	}
	if lopsided := b.lopsided(values); lopsided > 0 {
		s.result.warn(fmt.Sprintf("input %s: %d of its %d estimates have almost all replicates on one side, or too skewed a law, and no BCa interval: take another kind", x.Input, lopsided, len(values)))
	}
	x.Interval, x.AdvectiveInterval, x.DiffusiveInterval = b.interval(values, 0), b.interval(values, 1), b.interval(values, 2)
	for k := range x.Separations {
		x.Separations[k].Interval = b.interval(values, 3+k)
	}
	return nil
}

// innerErrors are the standard deviations of the statistics over replicates of a replicate.
func innerErrors(drawn strata, r *rand.Rand, statistics func(strata) ([]float64, error)) ([]float64, error) {
	var inner [][]float64
	for range innerReplicates {
		v, err := statistics(drawn.resample(r))
		if err != nil {
			return nil, err
		}
		inner = append(inner, v)
	}
	out := make([]float64, len(inner[0]))
	for j := range out {
		out[j] = stat.StdDev(columnOf(inner, j), nil)
	}
	return out, nil
}

func columnOf(rows [][]float64, j int) []float64 {
	out := make([]float64, len(rows))
	for k, row := range rows {
		out[k] = row[j]
	}
	return out
}

// replicates of a vector of statistics, and what their intervals need.
type replicates struct {
	kind   IntervalKind
	alpha  float64     // the share left out on each side
	drawn  [][]float64 // a replicate a row
	errors [][]float64 // of each replicate, for the studentized interval
	left   [][]float64 // with groups of runs left out, for the BCa interval
}

// interval of the j-th statistic.
func (b replicates) interval(values []float64, j int) Interval {
	theta, drawn := values[j], columnOf(b.drawn, j)
	if math.IsNaN(theta) {
		return noInterval
	}
	mean, sd := stat.MeanStdDev(drawn, nil)
	out := Interval{Bias: mean - theta, StandardError: sd}
	slices.Sort(drawn)
	switch b.kind {
	case Normal:
		z := distuv.UnitNormal.Quantile(1 - b.alpha)
		out.Low, out.High = theta-out.Bias-z*sd, theta-out.Bias+z*sd
	case Basic:
		out.Low, out.High = 2*theta-quantile(drawn, 1-b.alpha), 2*theta-quantile(drawn, b.alpha)
	case Percentile:
		out.Low, out.High = quantile(drawn, b.alpha), quantile(drawn, 1-b.alpha)
	case BCa:
		low, high := b.shifted(drawn, theta, j, b.alpha), b.shifted(drawn, theta, j, 1-b.alpha)
		switch {
		case drawn[0] == theta && drawn[len(drawn)-1] == theta: // the statistic does not vary
			out.Low, out.High = theta, theta
		case math.IsNaN(low) || math.IsNaN(high):
			out.Low, out.High = math.NaN(), math.NaN()
		default:
			out.Low, out.High = quantile(drawn, low), quantile(drawn, high)
		}
	case Studentized:
		var t []float64
		for k, row := range b.drawn {
			if e := b.errors[k][j]; e > 0 {
				t = append(t, (row[j]-theta)/e)
			}
		}
		if len(t) == 0 { // the statistic does not vary
			return Interval{theta, theta, out.Bias, sd}
		}
		slices.Sort(t)
		out.Low, out.High = theta-sd*quantile(t, 1-b.alpha), theta-sd*quantile(t, b.alpha)
	}
	return out
}

// shifted is the share of the replicates at which the BCa interval has an end (Efron 1987, eq. 3.9): Φ(z₀ + (z₀+z)/(1−a(z₀+z))).
// It is NaN where less than leastSide of the replicates are on one side of the estimate, so that they do not say what z₀ is, and where the
// denominator is not positive.
func (b replicates) shifted(sorted []float64, theta float64, j int, alpha float64) float64 {
	below := 0
	for _, v := range sorted {
		if v < theta {
			below++
		}
	}
	n := float64(len(sorted))
	if side := min(float64(below), n-float64(below)); side < leastSide*n {
		return math.NaN()
	}
	z0 := distuv.UnitNormal.Quantile(float64(below) / n)
	left := columnOf(b.left, j)
	mean, squares, cubes := stat.Mean(left, nil), 0.0, 0.0
	for _, v := range left {
		squares += (mean - v) * (mean - v)
		cubes += (mean - v) * (mean - v) * (mean - v)
	}
	a := 0.0
	if squares > 0 {
		a = cubes / 6 / math.Pow(squares, 1.5)
	}
	z := z0 + distuv.UnitNormal.Quantile(alpha)
	if 1-a*z <= 0 {
		return math.NaN()
	}
	return distuv.UnitNormal.CDF(z0 + z/(1-a*z))
}

// lopsided counts the statistics that have no BCa interval though they have replicates.
func (b replicates) lopsided(values []float64) (count int) {
	if b.kind != BCa {
		return 0
	}
	for j, v := range values {
		if !math.IsNaN(v) && math.IsNaN(b.interval(values, j).Low) {
			count++
		}
	}
	return count
}

// quantile of sorted values at p: the (R+1)p-th, between two of them linear.
func quantile(sorted []float64, p float64) float64 {
	n := len(sorted)
	at := p*float64(n+1) - 1
	k := int(math.Floor(at))
	switch {
	case k < 0:
		return sorted[0]
	case k >= n-1:
		return sorted[n-1]
	}
	return sorted[k] + (at-float64(k))*(sorted[k+1]-sorted[k])
}
