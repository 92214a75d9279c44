package metrics

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// A shift is optimal for its image: the gap is 0. Exchanging 0 and 1 costs ½ each
// and leaves the cloud as it is: the gap is ½.
func TestMongeGap(t *testing.T) {
	ctx := context.Background()
	x := normalCloud(rng(50), 200, 2, 1, 0)
	shifted := mat.NewDense(200, 2, nil)
	shifted.Apply(func(_, _ int, v float64) float64 { return v + 3 }, x)
	if f := must(t)(MongeGap(ctx, x, shifted, nil, 0, bare)); math.Abs(f.Value) > 1e-12 {
		t.Errorf("gap of a shift %v", f.Value)
	}
	// A gradient of a convex function, with weights.
	grown, w := mat.NewDense(200, 2, nil), make([]float64, 200)
	grown.Apply(func(_, _ int, v float64) float64 { return v + math.Exp(v) }, x)
	for i := range w {
		w[i] = float64(1 + i%3)
	}
	if f := must(t)(MongeGap(ctx, x, grown, w, 0, bare)); math.Abs(f.Value) > 1e-11 {
		t.Errorf("gap of a monotone map %v", f.Value)
	}
	two, swapped := mat.NewDense(2, 1, []float64{0, 1}), mat.NewDense(2, 1, []float64{1, 0})
	f := must(t)(MongeGap(ctx, two, swapped, nil, 0, bare))
	if math.Abs(f.Value-0.5) > 1e-15 {
		t.Errorf("gap of an exchange %v, want ½", f.Value)
	}
	// The entropic gap is smaller, by at most ε times the largest possible KL, log 2.
	e := must(t)(MongeGap(ctx, two, swapped, nil, 0.1, bare))
	if e.Value > f.Value || e.Value < f.Value-0.1*math.Log(2) {
		t.Errorf("entropic gap %v of %v", e.Value, f.Value)
	}
	if _, err := MongeGap(ctx, x, two, nil, 0, bare); err == nil || !strings.Contains(err.Error(), "same points") {
		t.Errorf("images of other points: %v", err)
	}
}

func TestMonotonicityViolations(t *testing.T) {
	x := normalCloud(rng(51), 300, 3, 1, 0)
	up, down := mat.NewDense(300, 3, nil), mat.NewDense(300, 3, nil)
	up.Apply(func(_, j int, v float64) float64 { return v * v * v }, x)
	down.Scale(-1, x)
	for _, k := range []struct {
		image *mat.Dense
		want  float64
	}{{x, 0}, {up, 0}, {down, 1}} {
		if f := must(t)(MonotonicityViolations(x, k.image, Options{MaxPoints: 100})); f.Value != k.want || f.N != 100 {
			t.Errorf("share of violations %v of %d points, want %v", f.Value, f.N, k.want)
		}
	}
}

// Points of the reference's law are outside with probability about .05: of 1000
// points the share has a standard deviation of about .01, counting that of the
// reference's own quantile.
func TestOutOfSupport(t *testing.T) {
	r := rng(52)
	reference := normalCloud(r, 1000, 2, 1, 0)
	if f := must(t)(OutOfSupport(normalCloud(r, 1000, 2, 1, 0), reference, Options{})); f.Value < 0.02 || f.Value > 0.08 {
		t.Errorf("share outside of points of the same law %v", f.Value)
	}
	if f := must(t)(OutOfSupport(normalCloud(r, 50, 2, 0.1, 20), reference, Options{})); f.Value != 1 || f.N != 50 {
		t.Errorf("share outside of far points %v of %d", f.Value, f.N)
	}
	if _, err := OutOfSupport(reference, normalCloud(r, 5, 2, 1, 0), Options{}); err == nil {
		t.Error("a reference of 5 points: no error")
	}
}

func TestWeightedMSE(t *testing.T) {
	x, y := ot.Uniform(mat.NewDense(1, 3, []float64{1, 0, 7})), ot.Uniform(mat.NewDense(1, 3, []float64{3, 1, 5}))
	// Effects |3−0|, |1−0|, |5−5|: weights ¾, ¼, 0.
	f := must(t)(WeightedMSE(x, y, []float64{0, 0, 5}, bare))
	if want := 0.75*4 + 0.25*1; math.Abs(f.Value-want) > 1e-15 {
		t.Errorf("weighted MSE %v, want %v", f.Value, want)
	}
}

func TestCorrelationAgreement(t *testing.T) {
	r := rng(53)
	mix := mat.NewDense(4, 4, []float64{1, .8, 0, -.5, 0, 1, .3, 0, 0, 0, 1, .6, 0, 0, 0, 1})
	draw := func(n int) *mat.Dense {
		out := mat.NewDense(n, 4, nil)
		out.Mul(normalCloud(r, n, 4, 1, 0), mix)
		return out
	}
	x := draw(800)
	if f := must(t)(CorrelationAgreement(ot.Uniform(x), ot.Uniform(x), bare)); math.Abs(f.Value-1) > 1e-12 {
		t.Errorf("a cloud agrees with itself to %v", f.Value)
	}
	alike := must(t)(CorrelationAgreement(ot.Uniform(draw(800)), ot.Uniform(x), Options{}))
	apart := must(t)(CorrelationAgreement(ot.Uniform(normalCloud(r, 800, 4, 1, 0)), ot.Uniform(x), Options{}))
	if alike.Value < 0.97 || apart.Value > 0.9 {
		t.Errorf("same law %v, independent features %v", alike, apart)
	}
}

// Features 0–2 move by 3, −3 and 2, the rest stay. The prediction finds the first
// and the second, but moves the third the wrong way, and feature 9 instead.
func TestDifferentialFeatures(t *testing.T) {
	r := rng(54)
	moved := func(shift map[int]float64) ot.Measure {
		x := normalCloud(r, 400, 10, 1, 0)
		for i := range 400 {
			for f, s := range shift {
				x.Set(i, f, x.At(i, f)+s)
			}
		}
		return ot.Uniform(x)
	}
	control, observed := moved(nil), moved(map[int]float64{0: 3, 1: -3, 2: 2})
	predicted := moved(map[int]float64{0: 2, 1: -2, 2: -0.5, 9: 1})
	e, err := DifferentialFeatures(predicted, observed, control, 3, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(e.Overlap.Value-2.0/3) > 1e-15 || math.Abs(e.Direction.Value-2.0/3) > 1e-15 {
		t.Errorf("overlap %v and direction %v, want ⅔ each", e.Overlap.Value, e.Direction.Value)
	}
	if _, err := DifferentialFeatures(predicted, observed, control, 11, Options{}); err == nil {
		t.Error("the top 11 of 10 features: no error")
	}
}

func TestDiscriminationAndCollapse(t *testing.T) {
	at := func(points ...[2]float64) []ot.Measure {
		out := make([]ot.Measure, len(points))
		for k, p := range points {
			out[k] = ot.Uniform(mat.NewDense(2, 2, []float64{p[0] - 1, p[1], p[0] + 1, p[1]}))
		}
		return out
	}
	observed := at([2]float64{1, 0}, [2]float64{0, 4}, [2]float64{-3, 0})
	constant := at([2]float64{0, 1}, [2]float64{0, 1}, [2]float64{0, 1})
	half := at([2]float64{.5, 0}, [2]float64{0, 2}, [2]float64{-1.5, 0})
	for _, k := range []struct {
		what              string
		predicted         []ot.Measure
		l2, cosine, ratio float64
	}{
		{"right", observed, 1, 1, 1},
		// From (0,1) the means are at distances √2, 3, √10 and cosines 0, 1, 0.
		{"all alike", constant, (1 + 0.5 + 0) / 3.0, (0.25 + 1 + 0.25) / 3, 0},
		// (0,2) is at 2 from its own and at √5 and √13 from the others; the rest is plain.
		{"half way", half, 1, 1, 0.25},
	} {
		l2 := must(t)(Discrimination(k.predicted, observed, Options{}))
		cosine := must(t)(DiscriminationCosine(k.predicted, observed, []float64{0, 0}, Options{}))
		ratio := must(t)(Collapse(k.predicted, observed, Options{}))
		if math.Abs(ratio.Value-k.ratio) > 1e-15 {
			t.Errorf("%s: spread ratio %v, want %v", k.what, ratio.Value, k.ratio)
		}
		if math.Abs(cosine.Value-k.cosine) > 1e-15 {
			t.Errorf("%s: discrimination by cosine %v, want %v", k.what, cosine.Value, k.cosine)
		}
		if math.Abs(l2.Value-k.l2) > 1e-15 {
			t.Errorf("%s: discrimination %v, want %v", k.what, l2.Value, k.l2)
		}
	}
	if _, err := Discrimination(observed[:1], observed[:1], Options{}); err == nil {
		t.Error("one condition: no error")
	}
	if _, err := Collapse(observed, observed[:2], Options{}); err == nil {
		t.Error("unequal numbers of clouds: no error")
	}
}

// The debiased gap of a shift is 0 for any epsilon: S_ε of a shift is ½‖δ‖². An
// exchange of 0 and 1 leaves the cloud as it is, S_ε = 0, and the gap is ½.
func TestDebiasedMongeGap(t *testing.T) {
	ctx := context.Background()
	x := normalCloud(rng(55), 120, 2, 1, 0)
	shifted := mat.NewDense(120, 2, nil)
	shifted.Apply(func(_, _ int, v float64) float64 { return v + 3 }, x)
	for _, epsilon := range []float64{0.1, 10} {
		f := must(t)(DebiasedMongeGap(ctx, x, shifted, nil, epsilon, Options{}))
		if math.Abs(f.Value) > 1e-5 || math.Abs(f.Low) > 1e-4 || math.Abs(f.High) > 1e-4 { // Sinkhorn stops at 1e-6
			t.Errorf("ε = %v: gap of a shift %v", epsilon, f)
		}
	}
	swapped := must(t)(DebiasedMongeGap(ctx, mat.NewDense(2, 1, []float64{0, 1}), mat.NewDense(2, 1, []float64{1, 0}), nil, 0.5, bare))
	if math.Abs(swapped.Value-0.5) > 1e-5 {
		t.Errorf("gap of an exchange %v, want ½", swapped.Value)
	}
	if _, err := DebiasedMongeGap(ctx, x, shifted, nil, 0, bare); err == nil {
		t.Error("epsilon 0: no error")
	}
}

// A rotation by a right angle: ⟨x−x′,R(x−x′)⟩ = 0 for every pair, and a cycle of
// three costs ±2 times the area of its triangle, so that one of the two ways round
// violates. The reflection x ↦ −x violates every cycle; a gradient none.
func TestCycleViolations(t *testing.T) {
	x := normalCloud(rng(56), 200, 2, 1, 0)
	turned, up, down := mat.NewDense(200, 2, nil), mat.NewDense(200, 2, nil), mat.NewDense(200, 2, nil)
	for i := range 200 {
		turned.SetRow(i, []float64{-x.At(i, 1), x.At(i, 0)})
	}
	up.Apply(func(_, _ int, v float64) float64 { return v * v * v }, x)
	down.Scale(-1, x)
	for _, k := range []struct {
		image  *mat.Dense
		length int
		want   float64
	}{{x, 2, 0}, {x, 5, 0}, {up, 4, 0}, {down, 2, 1}, {down, 3, 1}, {turned, 2, 0}, {turned, 3, 0.5}} {
		f := must(t)(CycleViolations(x, k.image, k.length, Options{}))
		// A share of ½ of 10 000 cycles has a standard deviation of .005.
		if math.Abs(f.Value-k.want) > 4*0.005*2*math.Min(k.want, 1-k.want) || f.Low > k.want || f.High < k.want {
			t.Errorf("cycles of %d: %v, want %v", k.length, f, k.want)
		}
	}
	if _, err := CycleViolations(x, up, 201, Options{}); err == nil {
		t.Error("cycles of 201 of 200 points: no error")
	}
}

// T(x) = x+δ with g(x) = ½‖x‖² + ⟨δ,x⟩ has U(x) = −⟨δ,x⟩ and V(y) = ⟨δ,y⟩ − ½‖δ‖²:
// the gap is 0. The identity with them spends 0 and misses the target: −½‖δ‖². The
// exact solver's potentials leave the optimal plan no gap. V raised by 1 is no bound.
func TestDualityGap(t *testing.T) {
	ctx := context.Background()
	x, delta := normalCloud(rng(57), 80, 2, 1, 0), []float64{1, -2}
	y := mat.NewDense(80, 2, nil)
	p := Potentials{U: make([]float64, 80), V: make([]float64, 80)}
	for i := range 80 {
		y.SetRow(i, []float64{x.At(i, 0) + delta[0], x.At(i, 1) + delta[1]})
		p.U[i] = -delta[0]*x.At(i, 0) - delta[1]*x.At(i, 1)
		p.V[i] = delta[0]*y.At(i, 0) + delta[1]*y.At(i, 1) - 2.5
	}
	source, target := ot.Uniform(x), ot.Uniform(y)
	if f := must(t)(DualityGap(ctx, source, y, target, p, Options{})); math.Abs(f.Value) > 1e-12 || len(f.Warnings) > 0 || !(f.Low < 0 && f.High > 0) {
		t.Errorf("a shift with its potentials: %v, %q", f, f.Warnings)
	}
	if f := must(t)(DualityGap(ctx, source, x, target, p, bare)); math.Abs(f.Value+2.5) > 1e-12 {
		t.Errorf("the identity: %v, want −2.5", f.Value)
	}
	c, err := ot.Transport(ctx, ot.HalfSquaredEuclidean, source, target, ot.ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if f := must(t)(DualityGap(ctx, source, y, target, Potentials{c.U, c.V}, bare)); math.Abs(f.Value) > 1e-9 || len(f.Warnings) > 0 {
		t.Errorf("the exact potentials: %v, %q", f.Value, f.Warnings)
	}
	for i := range p.V {
		p.V[i]++
	}
	if f := must(t)(DualityGap(ctx, source, y, target, p, bare)); len(f.Warnings) == 0 || !strings.Contains(f.Warnings[0], "by up to 1") {
		t.Errorf("potentials above the cost: %q", f.Warnings)
	}
	p.V[3] = math.NaN()
	if _, err := DualityGap(ctx, source, y, target, p, bare); err == nil {
		t.Error("a potential that is no number: no error")
	}
	if _, err := DualityGap(ctx, source, y, target, Potentials{p.U, p.U[:3]}, bare); err == nil {
		t.Error("too few potentials: no error")
	}
}

// Intervals of the diagnostics hold the value of the map on other points of the
// same law: T(x) = −x/2 of N(0,1) has the Monge gap ½(3/2)² − ½(1/2)² = 1.
func TestDiagnosticIntervals(t *testing.T) {
	r, covered := rng(58), 0
	for range 20 {
		x := normalCloud(r, 200, 1, 1, 0)
		image := mat.NewDense(200, 1, nil)
		image.Scale(-0.5, x)
		f := must(t)(MongeGap(context.Background(), x, image, nil, 0, Options{}))
		if !(f.Low < f.Value && f.Value < f.High) {
			t.Fatalf("%+v", f)
		}
		if f.Low <= 1 && 1 <= f.High {
			covered++
		}
	}
	if covered < 16 { // at 95 %, fewer than 16 of 20 come once in 400 times
		t.Errorf("%d of 20 intervals hold the gap of the law", covered)
	}
}
