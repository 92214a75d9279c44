package projection

import (
	"errors"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// fullSpectrum takes the k largest eigenvalues of all.
func fullSpectrum(c *mat.SymDense, k int) ([]float64, *mat.Dense, error) {
	var e mat.EigenSym
	if !e.Factorize(c, true) {
		return nil, nil, errors.New("projection: the eigenvalues of the covariance were not found")
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	d := c.SymmetricDim()
	all := e.Values(nil)
	values, out := make([]float64, k), mat.NewDense(k, d, nil)
	for i := range k {
		values[i] = max(0, all[d-1-i])
		mat.Col(out.RawRowView(i), d-1-i, &vectors)
	}
	return values, out, nil
}

// residualTolerance of the iteration, relative to the largest eigenvalue.
const residualTolerance = 1e-11

// lanczos finds the k largest eigenvalues of a symmetric positive semi-definite
// operator on d numbers, by Lanczos's iteration with full reorthogonalisation
// (Golub and Van Loan, Matrix Computations, §10.1 and §10.3). The start is the
// same in every call; the result does not depend on it beyond the tolerance.
func lanczos(d, k int, multiply func(dst, v []float64)) ([]float64, *mat.Dense, error) {
	rng := rand.New(rand.NewPCG(1, 1))
	var basis [][]float64
	var diagonal, beside []float64
	next := fresh(d, basis, rng)
	for check := min(d, 2*k+20); ; check = min(d, check+check/2) {
		for len(basis) < check {
			basis = append(basis, next)
			w := make([]float64, d)
			multiply(w, next)
			diagonal = append(diagonal, dot(w, next))
			norm := orthogonalise(w, basis)
			if norm <= 1e-14*math.Abs(diagonal[0]) { // an invariant subspace: go on in its complement
				norm, w = 0, fresh(d, basis, rng)
			} else {
				for j := range w {
					w[j] /= norm
				}
			}
			beside, next = append(beside, norm), w
		}
		values, ritz, err := tridiagonal(diagonal, beside)
		if err != nil {
			return nil, nil, err
		}
		if len(basis) == d || converged(values, ritz, beside[len(beside)-1], k) {
			return values[:k], combine(basis, ritz, k), nil
		}
	}
}

// fresh draws a unit vector orthogonal to the basis; nil if the basis is full.
func fresh(d int, basis [][]float64, rng *rand.Rand) []float64 {
	if len(basis) >= d {
		return nil
	}
	v := make([]float64, d)
	for j := range v {
		v[j] = rng.NormFloat64()
	}
	norm := orthogonalise(v, basis)
	for j := range v {
		v[j] /= norm
	}
	return v
}

// orthogonalise takes the basis out of w, twice against rounding, and returns
// the norm that is left.
func orthogonalise(w []float64, basis [][]float64) float64 {
	for range 2 {
		for _, b := range basis {
			s := dot(w, b)
			for j, v := range b {
				w[j] -= s * v
			}
		}
	}
	return math.Sqrt(dot(w, w))
}

// tridiagonal returns the eigenvalues, falling, and eigenvectors in columns of
// the projected operator.
func tridiagonal(diagonal, beside []float64) ([]float64, *mat.Dense, error) {
	m := len(diagonal)
	t := mat.NewSymDense(m, nil)
	for i := range m {
		t.SetSym(i, i, diagonal[i])
		if i > 0 {
			t.SetSym(i-1, i, beside[i-1])
		}
	}
	values, vectors, err := fullSpectrum(t, m)
	if err != nil {
		return nil, nil, err
	}
	return values, mat.DenseCopyOf(vectors.T()), nil
}

// converged compares the residuals β|s_mi| of the k leading Ritz vectors.
func converged(values []float64, ritz *mat.Dense, beta float64, k int) bool {
	m, _ := ritz.Dims()
	for i := range k {
		if beta*math.Abs(ritz.At(m-1, i)) > residualTolerance*values[0] {
			return false
		}
	}
	return true
}

// combine forms the k leading Ritz vectors, in rows.
func combine(basis [][]float64, ritz *mat.Dense, k int) *mat.Dense {
	out := mat.NewDense(k, len(basis[0]), nil)
	for i := range k {
		row := out.RawRowView(i)
		for b, v := range basis {
			s := ritz.At(b, i)
			for j := range row {
				row[j] += s * v[j]
			}
		}
	}
	return out
}

func dot(a, b []float64) float64 {
	var s float64
	for i, v := range a {
		s += v * b[i]
	}
	return s
}
