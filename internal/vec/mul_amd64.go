package vec

//go:noescape
func mulAVX(dst, x, y *float64, quads int)

func mulQuads(dst, x, y []float64) {
	if !vectorised {
		mulGo(dst, x, y)
		return
	}
	if len(y) > 0 {
		mulAVX(&dst[0], &x[0], &y[0], len(y)/4)
	}
}
