//go:build !amd64

package vec

func mulQuads(dst, x, y []float64) { mulGo(dst, x, y) }
