package batches

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"sort"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// Cloud is where one cloud's training rows stand among all rows on the device, and
// which of its rows are kept for validation.
type Cloud struct {
	offset, n  int
	cumulative []float64 // of the training rows' weights; nil: equal
	validation []int     // rows of the original cloud
	points     points
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

// Rows are the normalised training rows of clouds, one after another. Where clouds
// are sparse there are no Values: a batch's rows are made when they are drawn.
type Rows struct {
	Values []float32
	Count  int
	drawn  []place
}

// place is where a row stands in its cloud.
type place struct {
	points points
	row    int32
}

// points is a dense cloud or a sparse one.
type points struct {
	dense  *mat.Dense
	sparse *sparse.CSR
}

// matrix is the one of the two that there is.
func (p points) matrix() mat.Matrix {
	if p.sparse != nil {
		return p.sparse
	}
	return p.dense
}

// in writes row i, normalised.
func (p points) in(norm Normalisation, dst []float32, i int) {
	if p.sparse == nil {
		norm.In(dst, p.dense.RawRowView(i))
		return
	}
	for j, m := range norm.Mean {
		dst[j] = float32(-m / norm.Scale)
	}
	indices, data := p.sparse.Row(i)
	for k, j := range indices {
		dst[j] = float32((float64(data[k]) - norm.Mean[j]) / norm.Scale)
	}
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
	points  mat.Matrix
	weights *float64
}

// KeyOf a matrix and its weights, which may be nil.
func KeyOf(m mat.Matrix, weights []float64) CloudKey {
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
	orders map[mat.Matrix][]int
}

// of a matrix: a share of its rows, at most 500, is kept; none where that were fewer than LeastValidated.
func (s split) of(m mat.Matrix) (kept, rest []int) {
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
func (s stack) add(x points, weights []float64, how split) *Cloud {
	m := x.matrix()
	key := KeyOf(m, weights)
	if c, ok := s.clouds[key]; ok {
		return c
	}
	kept, rest := how.of(m)
	c := &Cloud{offset: s.rows.Count, n: len(rest), validation: kept, points: x, weights: weights}
	_, d := m.Dims()
	row := make([]float32, d)
	sum := 0.0
	for _, i := range rest {
		if x.sparse != nil {
			s.rows.drawn = append(s.rows.drawn, place{x, int32(i)})
		} else {
			x.in(s.norm, row, i)
			s.rows.Values = append(s.rows.Values, row...)
		}
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
	seen := map[*sparse.CSR]bool{}
	for _, clouds := range [][]*Cloud{d.Source, d.Target} {
		for _, c := range clouds {
			if x := c.points.sparse; x != nil && !seen[x] {
				seen[x] = true
				for _, start := range x.Indptr {
					write(int64(start))
				}
				write(x.Data)
				write(x.Indices)
			}
			write([]int64{int64(c.offset), int64(c.n)})
			write(c.cumulative)
		}
		points, weights := d.ValidationPoints(clouds)
		write(points)
		write(weights)
	}
}
