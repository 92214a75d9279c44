package synthetic

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// source draws points of µ.
type source interface {
	sample(n int, rng *rand.Rand) *mat.Dense
}

// normal fills a matrix with independent standard Gaussian entries.
func normal(rows, cols int, rng *rand.Rand) *mat.Dense {
	data := make([]float64, rows*cols)
	for i := range data {
		data[i] = rng.NormFloat64()
	}
	return mat.NewDense(rows, cols, data)
}

// unitRows scales every row of m to norm 1.
func unitRows(m *mat.Dense) {
	rows, _ := m.Dims()
	for i := range rows {
		row := m.RawRowView(i)
		norm := math.Sqrt(dot(row, row))
		for j := range row {
			row[j] /= norm
		}
	}
}

func dot(a, b []float64) float64 {
	var s float64
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// mixture is a Gaussian mixture of three equal components with centres c_k and
// factors M_k (covariance M_k M_kᵀ), of mean 0 and mean coordinate variance 1.
type mixture struct {
	dim     int
	centres [3][]float64
	factors [3]*mat.Dense
}

// factorSize is the norm of each row of a component's factor before scaling.
const factorSize = 0.4

func newMixture(dim int, rng *rand.Rand) *mixture {
	m := &mixture{dim: dim}
	m.drawCentres(rng)
	for k := range m.factors {
		m.factors[k] = normal(dim, dim, rng)
		unitRows(m.factors[k])
		m.factors[k].Scale(factorSize, m.factors[k])
	}
	m.standardise()
	return m
}

// drawCentres puts a permutation of −1, 0, 1 into each coordinate of the three
// centres; in the plane, where two permutations may coincide, a fixed triangle.
func (m *mixture) drawCentres(rng *rand.Rand) {
	if m.dim == 2 {
		m.centres = [3][]float64{{-1, 0}, {0, 1}, {1, -1}}
		return
	}
	for k := range m.centres {
		m.centres[k] = make([]float64, m.dim)
	}
	for j := range m.dim {
		for k, p := range rng.Perm(3) {
			m.centres[k][j] = float64(p - 1)
		}
	}
}

// standardise moves the mean to 0 and scales to a mean coordinate variance of 1.
func (m *mixture) standardise() {
	var total float64
	for j := range m.dim {
		mean := (m.centres[0][j] + m.centres[1][j] + m.centres[2][j]) / 3
		for k := range m.centres {
			m.centres[k][j] -= mean
		}
	}
	for k := range m.centres {
		data := m.factors[k].RawMatrix().Data
		total += (dot(m.centres[k], m.centres[k]) + dot(data, data)) / 3
	}
	s := 1 / math.Sqrt(total/float64(m.dim))
	for k := range m.centres {
		for j := range m.centres[k] {
			m.centres[k][j] *= s
		}
		m.factors[k].Scale(s, m.factors[k])
	}
}

// sample draws the Gaussian part and the component of all points first, then
// multiplies each component's points by its factor in one product.
func (m *mixture) sample(n int, rng *rand.Rand) *mat.Dense {
	z := normal(n, m.dim, rng)
	var members [3][]int
	for i := range n {
		k := rng.IntN(3)
		members[k] = append(members[k], i)
	}
	for k, rows := range members {
		if len(rows) == 0 {
			continue
		}
		part := mat.NewDense(len(rows), m.dim, nil)
		for i, r := range rows {
			copy(part.RawRowView(i), z.RawRowView(r))
		}
		var image mat.Dense
		image.Mul(part, m.factors[k].T())
		for i, r := range rows {
			row := z.RawRowView(r)
			for j, v := range image.RawRowView(i) {
				row[j] = v + m.centres[k][j]
			}
		}
	}
	return z
}

// blob is a Gaussian with mean 0 and covariance σ²I.
type blob struct {
	dim   int
	sigma float64
}

func (b blob) sample(n int, rng *rand.Rand) *mat.Dense {
	z := normal(n, b.dim, rng)
	z.Scale(b.sigma, z)
	return z
}
