package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Both implementations stay within 2 units in the last place of math.Exp, which
// is itself within 1 of the truth; outside ±708 they do what is documented.
func TestExp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	src := make([]float64, 10_003)
	for i := range src {
		src[i] = -720 + 1440*r.Float64()
		if i%2 == 0 {
			src[i] = -r.ExpFloat64()
		}
	}
	copy(src, []float64{0, math.Copysign(0, -1), math.Inf(-1), math.Inf(1), math.NaN(), -708, 709, 1, -1, math.Ln2 / 2})
	for name, exp := range map[string]func(dst, src []float64){"Exp": Exp, "expGo": expGo} {
		dst := make([]float64, len(src))
		exp(dst, src)
		for i, v := range src {
			want := math.Exp(min(v, expHigh))
			switch {
			case v < expLow:
				want = 0
			case math.IsNaN(v):
				if !math.IsNaN(dst[i]) {
					t.Errorf("%s(NaN) = %v", name, dst[i])
				}
				continue
			}
			if math.Abs(dst[i]-want) > 2*0x1p-52*want {
				t.Errorf("%s(%v) = %v, want %v", name, v, dst[i], want)
			}
		}
		same := append([]float64(nil), src...)
		exp(same, same)
		for i := range same {
			if same[i] != dst[i] && !math.IsNaN(src[i]) {
				t.Fatalf("%s in place gives %v for %v, not %v", name, same[i], src[i], dst[i])
			}
		}
	}
}

func TestSquaredDistances(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for trial := range 200 {
		n, d, rows := 1+r.IntN(30), 1+r.IntN(20), 1+trial%4
		draw := func(n int) [][]float64 {
			x := make([][]float64, n)
			for i := range x {
				x[i] = make([]float64, d)
				for k := range x[i] {
					x[i][k] = r.NormFloat64()
				}
			}
			return x
		}
		x, y := draw(rows), draw(n)
		copy(y[n/2], x[0])
		p := Pack(n, d, func(i int) []float64 { return y[i] })
		dst, plain := make([]float64, rows*n), make([]float64, tileRows*tileCols)
		p.SquaredDistances(dst, x, make([]float64, Scratch(d)))
		for i := range x {
			for j := range y {
				want := 0.0
				for k := range d {
					want += (x[i][k] - y[j][k]) * (x[i][k] - y[j][k])
				}
				if math.Abs(dst[i*n+j]-want) > 1e-15*float64(d)*want {
					t.Fatalf("n=%d d=%d: distance (%d,%d) is %v, want %v", n, d, i, j, dst[i*n+j], want)
				}
			}
		}
		if dst[n/2] != 0 {
			t.Fatalf("equal points are at %v", dst[n/2])
		}
		packed := make([]float64, tileRows*d)
		for k, v := range x[0] {
			packed[k*tileRows] = v
		}
		squaresGo(plain, tileCols, packed, p.panels[:tileCols*d])
		for j := range min(n, tileCols) {
			if math.Abs(plain[j]-dst[j]) > 1e-15*float64(d)*plain[j] {
				t.Fatalf("plain Go gives %v, Points %v", plain[j], dst[j])
			}
		}
	}
}

func BenchmarkExp(b *testing.B) {
	x, y := make([]float64, 1000), make([]float64, 1000)
	for i := range x {
		x[i] = -float64(i) / 100
	}
	for b.Loop() {
		Exp(y, x)
	}
}

func BenchmarkSquaredDistances(b *testing.B) {
	d, n := 50, 1000
	row := make([]float64, d)
	p := Pack(n, d, func(int) []float64 { return row })
	dst, scratch := make([]float64, 4*n), make([]float64, Scratch(d))
	for b.Loop() {
		p.SquaredDistances(dst, [][]float64{row, row, row, row}, scratch)
	}
}
