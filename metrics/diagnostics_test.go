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
		l2 := must(t)(Discrimination(k.predicted, observed, nil, false, Options{}))
		cosine := must(t)(Discrimination(k.predicted, observed, []float64{0, 0}, true, Options{}))
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
	if _, err := Discrimination(observed[:1], observed[:1], nil, false, Options{}); err == nil {
		t.Error("one condition: no error")
	}
	if _, err := Collapse(observed, observed[:2], Options{}); err == nil {
		t.Error("unequal numbers of clouds: no error")
	}
}
