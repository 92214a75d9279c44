package nn

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Orthogonal draws gain times a matrix [rows, cols] whose rows or columns, whichever are fewer, are
// orthonormal, uniformly among all such (Saxe et al. 2014).
func Orthogonal(rows, cols int, gain float64) Init {
	return func(r *rand.Rand, v []float32) {
		long, short := max(rows, cols), min(rows, cols)
		a := mat.NewDense(long, short, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return r.NormFloat64() }, a)
		var qr mat.QR
		qr.Factorize(a)
		var q, upper mat.Dense
		qr.QTo(&q)
		qr.RTo(&upper)
		for j := range short { // signs that make the distribution uniform
			sign := gain
			if upper.At(j, j) < 0 {
				sign = -gain
			}
			for i := range long {
				x := float32(sign * q.At(i, j))
				if rows >= cols {
					v[i*cols+j] = x
				} else {
					v[j*cols+i] = x
				}
			}
		}
	}
}
