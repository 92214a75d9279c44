package condition

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// SinCos appends the sinusoidal positional encoding of a scalar p to dst,
// which may be nil: for i = 0 … d/2−1, with the even index first,
//
//	sin(p·scale / 10000^{2i/d}), cos(p·scale / 10000^{2i/d}).
//
// d must be positive and even, p and scale finite. Neighbouring values are
// told apart best where p·scale spans a few radians over the training range:
// with p on [0, 1] a scale of 1 leaves most columns all but constant, 10000
// makes the first ones alias. Source: Vaswani et al. 2017, Attention is all
// you need, §3.5.
func SinCos(dst []float32, p, scale float64, d int) ([]float32, error) {
	if d <= 0 || d%2 != 0 {
		return dst, fmt.Errorf("condition: a positional encoding of %d numbers: the number must be positive and even", d)
	}
	if !finite(p * scale) {
		return dst, fmt.Errorf("condition: a positional encoding of %g at scale %g: both must be finite", p, scale)
	}
	for i := range d / 2 {
		sin, cos := math.Sincos(p * scale / math.Pow(10000, float64(2*i)/float64(d)))
		dst = append(dst, float32(sin), float32(cos))
	}
	return dst, nil
}

// Fourier appends the Fourier features of a scalar p to dst, which may be nil:
// sin(2πfp), cos(2πfp) for each frequency f, in periods per unit of p.
// Frequencies are drawn by [FourierFrequencies] or chosen, such as ½, 1, 2, 4, …
// p and the frequencies must be finite. Source: Tancik et al. 2020, Fourier
// features let networks learn high frequency functions, eq. 5 with unit amplitudes.
func Fourier(dst []float32, p float64, frequencies []float64) ([]float32, error) {
	for _, f := range frequencies {
		if !finite(f * p) {
			return dst, fmt.Errorf("condition: Fourier feature of frequency %g at %g: both must be finite", f, p)
		}
	}
	for _, f := range frequencies {
		// A whole number of periods is taken off first, which keeps the phase exact.
		sin, cos := math.Sincos(2 * math.Pi * math.Mod(f*p, 1))
		dst = append(dst, float32(sin), float32(cos))
	}
	return dst, nil
}

// FourierFrequencies draws n frequencies from a normal distribution with mean
// 0 and standard deviation sigma, in periods per unit: the Gaussian features
// of Tancik et al. 2020. The larger sigma, the finer the detail.
func FourierFrequencies(n int, sigma float64, source rand.Source) []float64 {
	r := rand.New(source)
	frequencies := make([]float64, max(n, 0))
	for i := range frequencies {
		frequencies[i] = sigma * r.NormFloat64()
	}
	return frequencies
}
