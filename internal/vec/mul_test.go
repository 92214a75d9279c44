package vec

import "testing"

// The vectorised product is that of plain Go to the last bit, in place too.
func TestMul(t *testing.T) {
	for n := range 23 {
		x, y, want := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			x[i], y[i] = 1/float64(i+3), float64(i*i)-7.25
			want[i] = x[i] * y[i]
		}
		Mul(x, x, y)
		for i := range n {
			if x[i] != want[i] {
				t.Fatalf("product %d of %d is %v, want %v", i, n, x[i], want[i])
			}
		}
	}
}
