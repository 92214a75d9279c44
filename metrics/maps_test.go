package metrics

import (
	"math"
	"testing"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// T(x) = 2x+1 on the line. The right map scores 0 and 1; identity scores
// 100·E(x+1)²/(4·Var x); a map that moves the other way has cosine −1.
func TestMapMetricsClosedForms(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{-3, -1, 1, 3}) // mean 0, variance 5
	truth, opposite := mat.NewDense(4, 1, nil), mat.NewDense(4, 1, nil)
	for i := range 4 {
		v := x.At(i, 0)
		truth.Set(i, 0, 2*v+1)
		opposite.Set(i, 0, v-(v+1))
	}
	for _, k := range []struct {
		what string
		f    Figure
		want float64
	}{
		{"right map's UVP", must(t)(L2UVP(truth, truth, nil, bare)), 0},
		{"identity's UVP", must(t)(L2UVP(x, truth, nil, bare)), 100 * 6 / 20.0},
		{"right map's cosine", must(t)(Cosine(x, truth, truth, nil, bare)), 1},
		{"opposite map's cosine", must(t)(Cosine(x, opposite, truth, nil, bare)), -1},
		// ‖Δm‖² = 1, (σ₁−σ₂)² = 5(1−2)² = 5, tr Cov = 20.
		{"identity's Bures-UVP", must(t)(BuresUVP(ot.Uniform(x), ot.Uniform(truth), bare)), 100 * 6 / 20.0},
	} {
		if math.Abs(k.f.Value-k.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", k.what, k.f.Value, k.want)
		}
	}
	if f := must(t)(Cosine(x, x, truth, nil, bare)); !math.IsNaN(f.Value) {
		t.Errorf("cosine of a map that moves nothing is %v", f.Value)
	}
	// All weight on the points ±1: E(x+1)² = 2, Var T = 4.
	if f := must(t)(L2UVP(x, truth, []float64{0, 1, 1, 0}, bare)); math.Abs(f.Value-50) > 1e-12 {
		t.Errorf("weighted UVP %v, want 50", f.Value)
	}
}

func TestMapIntervals(t *testing.T) {
	r := rng(30)
	x := normalCloud(r, 300, 3, 1, 0)
	truth, got := mat.DenseCopyOf(x), mat.NewDense(300, 3, nil)
	truth.Scale(2, truth)
	for i := range 300 {
		for k := range 3 {
			got.Set(i, k, truth.At(i, k)+0.4*r.NormFloat64())
		}
	}
	// E‖T̂−T‖² = 3·.16 and tr Cov = 3·4.
	f := must(t)(L2UVP(got, truth, nil, Options{}))
	if !(f.Low < 4 && 4 < f.High) || f.High-f.Low > 2 || f.N != 300 {
		t.Errorf("UVP %v, want an interval about 4", f)
	}
	if c := must(t)(Cosine(x, got, truth, nil, Options{})); !(c.Low < c.Value && c.Value < c.High && c.High <= 1.001) {
		t.Errorf("cosine %v", c)
	}
	if _, err := Cosine(nil, got, truth, nil, Options{}); err == nil {
		t.Error("cosine without the points that were carried: no error")
	}
}

func TestPearsonDelta(t *testing.T) {
	// Means (1,2,3) and (2,4,7) over the reference (1,1,1): (0,1,2) and (1,3,6).
	p, y := ot.Uniform(mat.NewDense(1, 3, []float64{1, 2, 3})), ot.Uniform(mat.NewDense(1, 3, []float64{2, 4, 7}))
	f := must(t)(PearsonDelta(p, y, []float64{1, 1, 1}, bare))
	if want := 5 / math.Sqrt(2*38.0/3); math.Abs(f.Value-want) > 1e-14 {
		t.Errorf("Pearson Δ %v, want %v", f.Value, want)
	}
	if g := must(t)(MeansPearsonSquared(p, y, bare)); math.Abs(g.Value-f.Value*f.Value) > 1e-14 {
		t.Errorf("squared Pearson %v: a constant reference does not change r = %v", g.Value, f.Value)
	}
}
