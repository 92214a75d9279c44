package metrics

import (
	"context"
	"encoding/binary"
	"math"
	"testing"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// cloudOf reads points of d features from bytes: the first half of them as
// float64 of any kind, where kind is odd, else as small integers, which make
// ties, equal points and constant features.
func cloudOf(raw []byte, d int, odd bool) *mat.Dense {
	var x []float64
	if odd {
		for ; len(raw) >= 8; raw = raw[8:] {
			x = append(x, math.Float64frombits(binary.LittleEndian.Uint64(raw)))
		}
	} else {
		for _, b := range raw {
			x = append(x, float64(int8(b)/16))
		}
	}
	n := min(len(x)/d, 40)
	if n == 0 {
		return &mat.Dense{}
	}
	return mat.NewDense(n, d, x[:n*d])
}

// FuzzMetrics gives every metric clouds of any numbers: NaN, infinities, huge and
// tiny ones, one point, equal points, constant features. Each returns an error or
// figures whose interval, if there is one, is of finite numbers in order; none
// panics or hangs.
func FuzzMetrics(f *testing.F) {
	nan, inf, huge := make([]byte, 32), make([]byte, 32), make([]byte, 64)
	binary.LittleEndian.PutUint64(nan[8:], math.Float64bits(math.NaN()))
	binary.LittleEndian.PutUint64(inf[16:], math.Float64bits(math.Inf(1)))
	for k := range 8 {
		binary.LittleEndian.PutUint64(huge[8*k:], math.Float64bits(math.Ldexp(float64(k%3)-1, 600*(k%2))))
	}
	f.Add([]byte{}, []byte{1, 2}, uint8(1), false)
	f.Add([]byte{0, 16}, []byte{32, 48}, uint8(2), false)                           // one point each
	f.Add([]byte{0, 16, 0, 32, 0, 48}, []byte{32, 48, 32, 48}, uint8(2), false)     // a constant feature
	f.Add(make([]byte, 30), make([]byte, 24), uint8(3), false)                      // all points equal
	f.Add(nan, []byte("sixteen bytes ofsixteen bytes of"), uint8(2), true)          // NaN
	f.Add([]byte("sixteen bytes ofsixteen bytes of"), inf, uint8(2), true)          // +Inf
	f.Add(huge, huge[:32], uint8(2), true)                                          // squares overflow
	f.Add([]byte("twelve bytes"), []byte("and some more bytes"), uint8(4), false)   // plain
	f.Add([]byte("0123456789abcdef0123456789abcdef"), []byte{9}, uint8(16), false)  // no observed point
	f.Add([]byte("a longer row of bytes"), []byte("another one"), uint8(255), true) // no point at all
	f.Fuzz(func(t *testing.T, a, b []byte, width uint8, odd bool) {
		ctx := context.Background()
		d := int(width)%8 + 1
		x, y := ot.Uniform(cloudOf(a, d, odd)), ot.Uniform(cloudOf(b, d, odd))
		o := Options{Replicates: 24, Seed: 1}
		var all []Figure
		for _, p := range Presets() {
			figures, _ := p.Evaluate(ctx, x, y, o)
			all = append(all, figures...)
		}
		effects, _ := Panel.Perturbation(x, y, Reference{Control: x}, o)
		across, _ := Panel.Across([]ot.Measure{x, y}, []ot.Measure{y, x}, Reference{Control: x}, o)
		all = append(append(all, effects...), across...)
		keep := func(g Figure, err error) {
			if err == nil {
				all = append(all, g)
			}
		}
		keep(W2Squared(ctx, x, y, o))
		keep(BuresW2Squared(x, y, o))
		keep(BuresUVP(x, y, o))
		keep(OutOfSupport(x.Points, y.Points, o))
		keep(MongeGap(ctx, x.Points, y.Points, nil, 0, o))
		keep(DebiasedMongeGap(ctx, x.Points, y.Points, nil, 1, o))
		keep(MonotonicityViolations(x.Points, y.Points, o))
		keep(CycleViolations(x.Points, y.Points, 3, o))
		keep(L2UVP(x.Points, y.Points, nil, o))
		keep(Cosine(x.Points, y.Points, y.Points, nil, o))
		for _, g := range all {
			if g.Name == "" || g.Definition == "" {
				t.Errorf("a figure without a name or a definition: %+v", g)
			}
			if g.HasInterval() && !(g.Low <= g.High) || math.IsInf(g.Low, 0) || math.IsInf(g.High, 0) {
				t.Errorf("the interval of %s is [%v, %v]", g.Name, g.Low, g.High)
			}
		}
	})
}
