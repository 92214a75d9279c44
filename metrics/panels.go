package metrics

import (
	"math"
	"math/bits"

	"github.com/gomonge/gomonge/internal/vec"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

const (
	// rowsAtOnce is the block of rows that one goroutine works on.
	rowsAtOnce = 128
	// atOnce is how many rows' distances are computed side by side.
	atOnce = 4
)

// panels are the points of a cloud in groups of rowsAtOnce, laid out for
// distances: a group and the values made of it stay in the cache.
type panels struct {
	points *mat.Dense
	groups []*vec.Points
}

func newPanels(x *mat.Dense) *panels {
	n, d := x.Dims()
	p := &panels{points: x}
	for from := 0; from < n; from += rowsAtOnce {
		p.groups = append(p.groups, vec.Pack(min(rowsAtOnce, n-from), d, func(i int) []float64 { return x.RawRowView(from + i) }))
	}
	return p
}

// tile is what one goroutine works with.
type tile struct {
	few     [atOnce][]float64 // rows of the first cloud
	values  []float64         // of the kernel, a row of the group for each of few
	scratch []float64
	packing []float64
}

func newTile(d int) *tile {
	return &tile{values: make([]float64, atOnce*rowsAtOnce), scratch: make([]float64, 3*atOnce*rowsAtOnce), packing: make([]float64, vec.Scratch(d))}
}

// rows calls do for each of the rows from ≤ i < to of x with the kernel's values
// between that point and those of group g of y.
func (k kernel) rows(t *tile, x, y *panels, from, to, g int, do func(i int, values []float64)) {
	group := y.groups[g]
	m := group.Len()
	for ; from < to; from += atOnce {
		few := t.few[:min(atOnce, to-from)]
		for r := range few {
			few[r] = x.points.RawRowView(from + r)
		}
		values := t.values[:len(few)*m]
		group.SquaredDistances(values, few, t.packing)
		k.apply(values, t.scratch)
		for r := range few {
			do(from+r, values[r*m:][:m])
		}
	}
}

// between returns K·w for the kernel between the points of x and of y, and keeps
// K in table unless it is nil.
func (k kernel) between(table *mat.Dense, x, y *panels, w []float64, workers int) []float64 {
	n, d := x.points.Dims()
	out := make([]float64, n)
	inParallel(workers, len(x.groups), func(block int) {
		t := newTile(d)
		from, to := block*rowsAtOnce, min(n, (block+1)*rowsAtOnce)
		for g := range y.groups {
			at := g * rowsAtOnce
			k.rows(t, x, y, from, to, g, func(i int, values []float64) {
				out[i] += floats.Dot(values, w[at:][:len(values)])
				if table != nil {
					copy(table.RawRowView(i)[at:], values)
				}
			})
		}
	})
	return out
}

// within is between of a cloud and itself: what lies left of a block of rows on
// the diagonal is taken from above it.
func (k kernel) within(table *mat.Dense, x *panels, w []float64, workers int) []float64 {
	n, d := x.points.Dims()
	parts := make([][]float64, len(x.groups))
	inParallel(workers, len(x.groups), func(block int) {
		t := newTile(d)
		from, to := block*rowsAtOnce, min(n, (block+1)*rowsAtOnce)
		sums := make([]float64, n-from)
		parts[block] = sums
		for g := block; g < len(x.groups); g++ {
			at := g * rowsAtOnce
			k.rows(t, x, x, from, to, g, func(i int, values []float64) {
				sums[i-from] += floats.Dot(values, w[at:][:len(values)])
				if g > block {
					floats.AddScaled(sums[at-from:][:len(values)], w[i], values)
				}
				if table != nil {
					copy(table.RawRowView(i)[at:], values)
				}
			})
		}
	})
	out := make([]float64, n)
	for block, sums := range parts {
		floats.Add(out[block*rowsAtOnce:], sums)
	}
	if table != nil {
		mirror(table)
	}
	return out
}

// mirror copies what lies above the blocks on the diagonal to below it.
func mirror(t *mat.Dense) {
	n, _ := t.Dims()
	for i := rowsAtOnce; i < n; i++ {
		row := t.RawRowView(i)
		for j := range i / rowsAtOnce * rowsAtOnce {
			row[j] = t.At(j, i)
		}
	}
}

// kernel turns squared distances into values of a kernel, in place; scratch is
// three times as long. at0 is the value at distance 0.
type kernel struct {
	at0   float64
	apply func(squared, scratch []float64)
}

// mostPower is the largest power of a bandwidth's kernel that another's is taken as.
const mostPower = 16

// rbf is the mean over γ of exp(−γ‖x−y‖²), for ascending γ. Where a bandwidth is
// a small whole multiple of the one before, its kernel is that power of the
// other's: exp(−rγs) = exp(−γs)ʳ, with r times the rounding error.
func rbf(gammas []float64) kernel {
	share := 1 / float64(len(gammas))
	powers := make([]int, len(gammas)) // 0: an exponential of its own
	for k := range gammas[1:] {
		ratio := gammas[k+1] / gammas[k]
		if whole := math.Round(ratio); whole <= mostPower && math.Abs(ratio-whole) < 1e-14 {
			powers[k+1] = int(whole)
		}
	}
	return kernel{at0: 1, apply: func(squared, scratch []float64) {
		n := len(squared)
		part, sum, base := scratch[:n], scratch[n:][:n], scratch[2*n:][:n]
		clear(sum)
		for g, gamma := range gammas {
			if powers[g] > 0 {
				raise(part, base, powers[g])
			} else {
				vec.Exp(part, floats.ScaleTo(part, -gamma, squared))
			}
			floats.Add(sum, part)
		}
		floats.ScaleTo(squared, share, sum)
	}}
}

// raise sets values to their power ≥ 1, bit by bit; base is as long.
func raise(values, base []float64, power int) {
	copy(base, values)
	for bit := bits.Len(uint(power)) - 2; bit >= 0; bit-- {
		vec.Mul(values, values, values)
		if power>>bit&1 == 1 {
			vec.Mul(values, values, base)
		}
	}
}

// negativeDistance is −‖x−y‖, whose squared discrepancy is the energy distance.
func negativeDistance() kernel {
	return kernel{apply: func(squared, _ []float64) {
		for k, s := range squared {
			squared[k] = -math.Sqrt(s)
		}
	}}
}
