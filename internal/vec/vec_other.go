//go:build !amd64

package vec

func squares(dst []float64, stride int, x, y []float64) { squaresGo(dst, stride, x, y) }

func expQuads(dst, src []float64) { expGo(dst, src) }
