package batches

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// Cloud is where one cloud's training rows stand among all rows on the device, and
// which of its rows are kept for validation.
type Cloud struct {
	offset, n  int
	cumulative []float64 // of the training rows' weights; nil: equal
	validation []int     // rows of the original matrix
	matrix     *mat.Dense
	weights    []float64
}

// canValidate says whether rows are kept and the first of them, the fewest that are ever used, weigh anything.
func (c *Cloud) canValidate() bool {
	if len(c.validation) == 0 || c.weights == nil {
		return len(c.validation) > 0
	}
	sum := 0.0
	for _, i := range c.validation[:LeastValidated] {
		sum += c.weights[i]
	}
	return sum > 0
}

// draw picks one training row, as a row on the device.
func (c *Cloud) draw(r *rand.Rand) int32 {
	if c.cumulative == nil {
		return int32(c.offset + r.IntN(c.n))
	}
	u := r.Float64() * c.cumulative[c.n-1]
	return int32(c.offset + min(c.n-1, sort.SearchFloat64s(c.cumulative, u)))
}

// Rows are the normalised training rows of clouds, one after another.
type Rows struct {
	Values []float32
	Count  int
}

// stack collects the training rows of clouds.
type stack struct {
	rows   *Rows
	norm   Normalisation
	clouds map[CloudKey]*Cloud
}

func newStack(rows *Rows, norm Normalisation) stack {
	return stack{rows: rows, norm: norm, clouds: map[CloudKey]*Cloud{}}
}

// CloudKey tells clouds apart: one matrix may stand under several conditions, with
// weights of its own under each.
type CloudKey struct {
	points  *mat.Dense
	weights *float64
}

// KeyOf a matrix and its weights, which may be nil.
func KeyOf(m *mat.Dense, weights []float64) CloudKey {
	k := CloudKey{points: m}
	if len(weights) > 0 {
		k.weights = &weights[0]
	}
	return k
}

// LeastValidated is how few rows of a cloud are worth keeping for validation.
const LeastValidated = 8

// split says which rows are kept for validation: the same of a matrix wherever it stands, so that no
// row is both learnt from and judged by.
type split struct {
	share  float64
	random *rand.Rand
	orders map[*mat.Dense][]int
}

// of a matrix: a share of its rows, at most 500, is kept; none where that were fewer than LeastValidated.
func (s split) of(m *mat.Dense) (kept, rest []int) {
	n, _ := m.Dims()
	order, known := s.orders[m]
	if !known {
		order = s.random.Perm(n)
		s.orders[m] = order
	}
	k := min(500, int(s.share*float64(n)))
	if k < LeastValidated {
		k = 0
	}
	return order[:k], order[k:]
}

// add takes a cloud, once for each matrix and weights.
func (s stack) add(m *mat.Dense, weights []float64, how split) *Cloud {
	key := KeyOf(m, weights)
	if c, ok := s.clouds[key]; ok {
		return c
	}
	kept, rest := how.of(m)
	c := &Cloud{offset: s.rows.Count, n: len(rest), validation: kept, matrix: m, weights: weights}
	_, d := m.Dims()
	row := make([]float32, d)
	sum := 0.0
	for _, i := range rest {
		s.norm.In(row, m.RawRowView(i))
		s.rows.Values = append(s.rows.Values, row...)
		if weights != nil {
			sum += weights[i]
			c.cumulative = append(c.cumulative, sum)
		}
	}
	s.rows.Count += c.n
	s.clouds[key] = c
	return c
}

// Fingerprint writes all that training draws from, for a fingerprint.
func (d *Data) Fingerprint(w io.Writer) {
	write := func(v any) { _ = binary.Write(w, binary.LittleEndian, v) } // a hash takes every byte
	for _, v := range [][]float32{d.Features, d.Sources.Values, d.Targets.Values} {
		write(v)
	}
	for _, clouds := range [][]*Cloud{d.Source, d.Target} {
		for _, c := range clouds {
			write([]int64{int64(c.offset), int64(c.n)})
			write(c.cumulative)
		}
		points, weights := d.ValidationPoints(clouds)
		write(points)
		write(weights)
	}
}
