// Package vec has the two loops over pairs of points that optimal transport and
// kernel metrics spend their time in: squared distances and exponentials. On
// amd64 with AVX2 and FMA they are vectorised; elsewhere they are plain Go. The
// last bits of a result may differ between the two.
package vec

import "math"

const (
	// tileRows × tileCols squared distances are computed together.
	tileRows = 4
	tileCols = 8
)

// Points are the rows of a matrix, laid out so that eight of them are handled at once.
type Points struct {
	n, d   int
	panels []float64 // for each group of tileCols points: coordinate by coordinate
}

// Pack lays out n points of d coordinates; point(i) is the i-th.
func Pack(n, d int, point func(i int) []float64) *Points {
	p := &Points{n: n, d: d, panels: make([]float64, (n+tileCols-1)/tileCols*tileCols*d)}
	for i := range n {
		panel := p.panels[i/tileCols*tileCols*d:]
		for k, v := range point(i)[:d] {
			panel[k*tileCols+i%tileCols] = v
		}
	}
	return p
}

// Len is the number of points.
func (p *Points) Len() int { return p.n }

// SquaredDistances fills dst, row by row, with ‖x−p‖² for up to four points x
// and all points p; dst has at least len(x)·p.Len() numbers. Distances are sums
// of squared differences: equal points are at 0 exactly. scratch has room for
// Scratch(d) numbers.
func (p *Points) SquaredDistances(dst []float64, x [][]float64, scratch []float64) {
	packed := scratch[:tileRows*p.d]
	tile := scratch[tileRows*p.d:][:tileRows*tileCols]
	clear(packed)
	for r, row := range x {
		for k, v := range row[:p.d] {
			packed[k*tileRows+r] = v
		}
	}
	for from := 0; from < p.n; from += tileCols {
		panel := p.panels[from*p.d:][:tileCols*p.d]
		if len(x) == tileRows && from+tileCols <= p.n {
			squares(dst[from:], p.n, packed, panel)
			continue
		}
		squares(tile, tileCols, packed, panel)
		for r := range x {
			copy(dst[r*p.n+from:][:min(tileCols, p.n-from)], tile[r*tileCols:])
		}
	}
}

// Scratch is the room that SquaredDistances of points of d coordinates needs.
func Scratch(d int) int { return tileRows*d + tileRows*tileCols }

// squaresGo fills a tile of dst, whose rows are stride apart.
func squaresGo(dst []float64, stride int, x, y []float64) {
	var acc [tileRows * tileCols]float64
	for len(x) >= tileRows && len(y) >= tileCols {
		for r, v := range x[:tileRows] {
			a := acc[r*tileCols:][:tileCols]
			for c, w := range y[:tileCols] {
				a[c] += (v - w) * (v - w)
			}
		}
		x, y = x[tileRows:], y[tileCols:]
	}
	for r := range tileRows {
		copy(dst[r*stride:], acc[r*tileCols:][:tileCols])
	}
}

// Exp sets dst[i] = exp(src[i]); they may be the same slice. Arguments under
// −708 give 0 and those over 709 give exp(709): no result is denormal or
// infinite. NaN stays NaN.
func Exp(dst, src []float64) {
	dst = dst[:len(src)]
	whole := len(src) &^ 3
	expQuads(dst[:whole], src[:whole])
	if whole < len(src) {
		var quad [4]float64
		copy(quad[:], src[whole:])
		expQuads(quad[:], quad[:])
		copy(dst[whole:], quad[:])
	}
}

func expGo(dst, src []float64) {
	for i, v := range src {
		if v < expLow {
			dst[i] = 0
			continue
		}
		dst[i] = math.Exp(min(v, expHigh))
	}
}

const (
	expLow  = -708
	expHigh = 709
)
