package vec

import (
	"math"

	"golang.org/x/sys/cpu"
)

var vectorised = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// expTable holds the constants of exp in lanes of four: bounds, log₂e, ln 2 in
// two parts, then 1/k! for k = 13 … 0, with which the series is exact to under
// half a unit in the last place on |r| ≤ ½ ln 2.
var expTable = func() (t [19][4]float64) {
	values := []float64{expLow, expHigh, math.Log2E, 0x1.62e42fefa38p-1, 0x1.ef35793c7673p-45}
	for k, factorial := 13, 6227020800.0; k >= 0; k-- {
		values = append(values, 1/factorial)
		factorial /= max(1, float64(k))
	}
	for i, v := range values {
		t[i] = [4]float64{v, v, v, v}
	}
	return t
}()

//go:noescape
func squaresAVX(dst *float64, stride int, x, y *float64, d int)

//go:noescape
func expAVX(dst, src *float64, quads int, table *[19][4]float64)

func squares(dst []float64, stride int, x, y []float64) {
	if !vectorised || len(x) == 0 {
		squaresGo(dst, stride, x, y)
		return
	}
	_, _ = dst[(tileRows-1)*stride+tileCols-1], y[len(x)/tileRows*tileCols-1]
	squaresAVX(&dst[0], stride, &x[0], &y[0], len(x)/tileRows)
}

func expQuads(dst, src []float64) {
	if !vectorised {
		expGo(dst, src)
		return
	}
	if len(src) > 0 {
		_ = dst[len(src)-1]
		expAVX(&dst[0], &src[0], len(src)/4, &expTable)
	}
}
