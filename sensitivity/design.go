package sensitivity

import (
	"fmt"
	"math/bits"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Design is how points are spread over the unit cube.
type Design string

const (
	// Random points are independent.
	Random Design = "random"
	// LatinHypercube has one point in each of n slices of every coordinate (McKay, Beckman and Conover 1979).
	LatinHypercube Design = "latin-hypercube"
	// SobolSequence is that low-discrepancy sequence, scrambled by random lower triangular matrices and a
	// digital shift (Matoušek 1998). Powers of two are its best numbers of points.
	SobolSequence Design = "sobol-sequence"
)

// Designs are all of them.
func Designs() []Design { return []Design{SobolSequence, LatinHypercube, Random} }

// Uniform draws n points of the unit cube of d dimensions, inside it, a point a row. "" means SobolSequence.
func (g Design) Uniform(n, d int, seed uint64) (*mat.Dense, error) {
	if n < 1 || d < 1 {
		return nil, fmt.Errorf("sensitivity: %d points in %d dimensions: want one of each at least", n, d)
	}
	setDefault(&g, SobolSequence)
	if err := oneOf("design", g, Designs()); err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(seed, streamDesign))
	u := mat.NewDense(n, d, nil)
	switch g {
	case SobolSequence:
		if most := len(directions) + 1; d > most {
			return nil, fmt.Errorf("sensitivity: a Sobol' sequence in %d dimensions: there are directions for %d; take design %s", d, most, LatinHypercube)
		}
		for j := range d {
			newCoordinate(j).scrambled(r).fill(u, j, r.Uint64()>>(64-sobolBits))
		}
	case LatinHypercube:
		for j := range d {
			for i, slice := range r.Perm(n) {
				u.Set(i, j, min((float64(slice)+open(r))/float64(n), 1-0x1p-53)) // the sum rounds
			}
		}
	default:
		for i := range n {
			for j := range d {
				u.Set(i, j, open(r))
			}
		}
	}
	return u, nil
}

// open is uniform in (0,1), the ends apart: of 52 bits, as with 53 the last half step would round to 1.
func open(r *rand.Rand) float64 { return (float64(r.Uint64()>>12) + .5) / (1 << 52) }

// sobolBits of each coordinate.
const sobolBits = 52

// coordinate is one dimension of a Sobol' sequence: its direction numbers, the first bit being the highest of sobolBits.
type coordinate [sobolBits]uint64

// newCoordinate follows from a primitive polynomial x^s + a₁x^{s−1} + … + 1 by mₖ = 2a₁mₖ₋₁ ⊕ … ⊕ 2^s mₖ₋ₛ ⊕ mₖ₋ₛ.
func newCoordinate(j int) coordinate {
	var m, v [sobolBits]uint64
	if j == 0 {
		for k := range m {
			m[k] = 1
		}
	} else {
		polynomial, first := directions[j-1][0], directions[j-1][1:]
		s := len(first)
		copy(m[:], first)
		for k := s; k < sobolBits; k++ {
			m[k] = m[k-s]
			for i := 1; i <= s; i++ {
				if polynomial>>(s-i)&1 == 1 {
					m[k] ^= m[k-i] << i
				}
			}
		}
	}
	for k := range m {
		v[k] = m[k] << (sobolBits - 1 - k)
	}
	return v
}

// scrambled multiplies the digits by a random lower triangular matrix with ones on its diagonal.
func (v coordinate) scrambled(r *rand.Rand) coordinate {
	var rows coordinate // row i: which digits the i-th digit is the sum of
	for i := range rows {
		own := uint64(1) << (sobolBits - 1 - i)
		above := ^(own<<1 - 1) & (1<<sobolBits - 1)
		rows[i] = own | r.Uint64()&above
	}
	var out coordinate
	for k, digits := range v {
		for i, row := range rows {
			out[k] |= uint64(bits.OnesCount64(digits&row)&1) << (sobolBits - 1 - i)
		}
	}
	return out
}

// fill writes the coordinate of n points, in the order of Gray's code from the shift on, to column j.
func (v coordinate) fill(u *mat.Dense, j int, shift uint64) {
	n, _ := u.Dims()
	x := shift
	for i := range n {
		u.Set(i, j, (float64(x)+.5)/(1<<sobolBits))
		x ^= v[bits.TrailingZeros64(uint64(i)+1)]
	}
}
