package ot

// The network simplex moves whole units, so that zero flow is exactly zero and
// ties are seen as ties. massUnits is the total that arbitrary weights are
// rounded to: a share is off by at most 2⁻⁶¹ of the whole (one unit for shares
// below that).
const massUnits = int64(1) << 60

// units turns two lists of positive shares, each summing to one, into whole
// units with one total. Equal weights on both sides stay exactly equal.
func units(a, b []float64) (ua, ub []int64, total int64) {
	if allEqual(a) && allEqual(b) {
		n, m := int64(len(a)), int64(len(b))
		g := gcd(n, m)
		return constant(len(a), m/g), constant(len(b), n/g), n / g * m
	}
	return rounded(a), rounded(b), massUnits
}

func allEqual(w []float64) bool {
	for _, v := range w {
		if v != w[0] {
			return false
		}
	}
	return true
}

func constant(n int, v int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// rounded turns shares into positive units that sum to massUnits: what
// rounding leaves over goes to the largest share.
func rounded(w []float64) []int64 {
	out := make([]int64, len(w))
	left, largest := massUnits, 0
	for i, v := range w {
		out[i] = max(1, int64(v*float64(massUnits)+0.5))
		left -= out[i]
		if v > w[largest] {
			largest = i
		}
	}
	out[largest] += left
	return out
}
