package vec

// Mul sets dst[i] = x[i]·y[i]; any of them may be the same slice. x and dst are
// at least as long as y.
func Mul(dst, x, y []float64) {
	dst, x = dst[:len(y)], x[:len(y)]
	whole := len(y) &^ 3
	mulQuads(dst[:whole], x[:whole], y[:whole])
	mulGo(dst[whole:], x[whole:], y[whole:])
}

func mulGo(dst, x, y []float64) {
	for i, v := range y {
		dst[i] = x[i] * v
	}
}
