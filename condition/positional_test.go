package condition

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSinCos(t *testing.T) {
	// d = 4: wavelengths 2π and 2π·100.
	got, err := SinCos([]float32{9}, 0.5, 2, 4)
	want := []float32{9, float32(math.Sin(1)), float32(math.Cos(1)), float32(math.Sin(0.01)), float32(math.Cos(0.01))}
	if err != nil || !closeTo(got, want) {
		t.Errorf("SinCos = %v, %v; want %v", got, err, want)
	}
	// The inner product of two codes depends on the distance alone: Σ cos(ω_i (p−q)).
	for _, shift := range []float64{0, 3, 40} {
		a, _ := SinCos(nil, 1+shift, 1, 64)
		b, _ := SinCos(nil, 3.5+shift, 1, 64)
		dot, want := 0.0, 0.0
		for i := range a {
			dot += float64(a[i]) * float64(b[i])
		}
		for i := range 32 {
			want += math.Cos(2.5 / math.Pow(10000, float64(i)/32))
		}
		if math.Abs(dot-want) > 64*1e-7 { // 64 products of float32
			t.Errorf("shift %g: inner product %g, want %g", shift, dot, want)
		}
	}
	for _, d := range []int{0, -2, 3} {
		if got, err := SinCos(nil, 1, 1, d); err == nil || got != nil {
			t.Errorf("d = %d gives %v, %v", d, got, err)
		}
	}
	if _, err := SinCos(nil, math.Inf(1), 1, 2); err == nil {
		t.Error("an infinite scalar was encoded")
	}
}

func TestFourier(t *testing.T) {
	got, err := Fourier(nil, 0.25, []float64{0.5, 1, 4})
	h := float32(math.Sqrt2 / 2)
	if want := []float32{h, h, 1, 0, 0, 1}; err != nil || !closeTo(got, want) {
		t.Errorf("Fourier = %v, %v; want %v", got, err, want)
	}
	if got, err := Fourier(nil, math.NaN(), []float64{1}); err == nil || got != nil {
		t.Errorf("NaN gives %v, %v", got, err)
	}
}

func TestFourierFrequencies(t *testing.T) {
	a := FourierFrequencies(4000, 3, rand.NewPCG(1, 1))
	if b := FourierFrequencies(4000, 3, rand.NewPCG(1, 1)); !slices.Equal(a, b) {
		t.Error("one seed gave two answers")
	}
	sum := 0.0
	for _, f := range a {
		sum += f * f
	}
	// The mean square of n normals has relative standard deviation √(2/n) = .022: five of them.
	if ms := sum / 4000 / 9; math.Abs(ms-1) > 0.11 {
		t.Errorf("mean square is %g of sigma²", ms)
	}
	if got := FourierFrequencies(-1, 1, rand.NewPCG(1, 1)); len(got) != 0 {
		t.Errorf("-1 frequencies: %v", got)
	}
}
