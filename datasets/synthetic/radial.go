package synthetic

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// radialProfile is an increasing function R of the radius and its integral:
// x ↦ R(‖x‖) x/‖x‖ is the gradient of the convex function Φ(‖x‖), Φ' = R,
// and so the optimal map to its image. With R = G⁻¹∘F, where F is the Rayleigh
// distribution 1 − exp(−r²/2) of the radius under the standard planar Gaussian
// and G that of the target, the image is the target.
type radialProfile interface {
	radius(r float64) float64
	integral(r float64) float64
}

// radial is the potential of a radial map.
type radial struct {
	profile radialProfile
}

// gradient carries each row along its ray; the origin, which has no mass, goes
// to the positive first axis.
func (p radial) gradient(x *mat.Dense) *mat.Dense {
	out := mat.DenseCopyOf(x)
	for i := range out.RawMatrix().Rows {
		row := out.RawRowView(i)
		r := math.Hypot(row[0], row[1])
		if r == 0 {
			row[0], row[1] = p.profile.radius(0), 0
			continue
		}
		s := p.profile.radius(r) / r
		row[0], row[1] = s*row[0], s*row[1]
	}
	return out
}

func (p radial) value(x *mat.Dense) []float64 {
	out := make([]float64, x.RawMatrix().Rows)
	for i := range out {
		out[i] = p.profile.integral(math.Hypot(x.At(i, 0), x.At(i, 1)))
	}
	return out
}

// radialDraw draws a point of the image of the standard Gaussian.
func radialDraw(profile radialProfile) func(*rand.Rand) (x, y float64) {
	return func(rng *rand.Rand) (x, y float64) {
		r := math.Sqrt(2 * rng.ExpFloat64())
		s, c := math.Sincos(2 * math.Pi * rng.Float64())
		return profile.radius(r) * c, profile.radius(r) * s
	}
}

// blackHole has the radius holeRadius + holeDecay·E with E exponential: as r²/2
// is exponential under F, R(r) = holeRadius + holeDecay r²/2.
type blackHole struct{}

func (blackHole) radius(r float64) float64   { return holeRadius + holeDecay*r*r/2 }
func (blackHole) integral(r float64) float64 { return holeRadius*r + holeDecay*r*r*r/6 }

// rings has equal mass in ringCount rings around the radii 1, 2, …, uniform in
// the radius over 2·ringHalfWidth: R is linear in F(r) on each ring.
type rings struct{}

// ring returns the number of the ring of source radius r, and F(r).
func (rings) ring(r float64) (k int, f float64) {
	f = -math.Expm1(-r * r / 2)
	return min(int(ringCount*f), ringCount-1), f
}

func (p rings) radius(r float64) float64 {
	k, f := p.ring(r)
	return float64(k+1) + ringHalfWidth*(2*(ringCount*f-float64(k))-1)
}

// integral adds ∫R over the rings below r and over the part of its own:
// ∫F = r − √(π/2) erf(r/√2).
func (p rings) integral(r float64) float64 {
	k, _ := p.ring(r)
	antiderivative := func(ring int, r float64) float64 {
		constant := float64(ring+1) - ringHalfWidth*(2*float64(ring)+1)
		return constant*r + 2*ringHalfWidth*ringCount*(r-math.Sqrt(math.Pi/2)*math.Erf(r/math.Sqrt2))
	}
	var sum, low float64
	for ring := range k {
		high := math.Sqrt(-2 * math.Log1p(-float64(ring+1)/ringCount))
		sum += antiderivative(ring, high) - antiderivative(ring, low)
		low = high
	}
	return sum + antiderivative(k, r) - antiderivative(k, low)
}
