package sensitivity

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// TestIntervalKinds: for a statistic whose replicates are normal about the estimate all kinds of interval are near
// θ ± 1.96 s; a shift of the replicates moves the normal and the basic interval against it and the percentile one with it.
func TestIntervalKinds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n, s = 4000, .1
	for _, shift := range []float64{0, .05} {
		for _, kind := range IntervalKinds() {
			b := replicates{kind: kind, alpha: .025}
			for range n {
				b.drawn = append(b.drawn, []float64{1 + shift + s*r.NormFloat64()})
				b.errors = append(b.errors, []float64{s})
			}
			for g := range jackknifeGroups {
				b.left = append(b.left, []float64{float64(g % 2)})
			}
			got := b.interval([]float64{1}, 0)
			by := map[IntervalKind]float64{Normal: -shift, Basic: -shift, Percentile: shift, BCa: -shift, Studentized: -shift}[kind]
			// The error of a quantile of 4000 normal replicates is s·√(p(1−p)/n)/φ(z): .0042 at 1.96; BCa with a shift by half s
			// has an end at −2.96, where it is .012.
			tolerance := .02
			if kind == BCa {
				tolerance = .05
			}
			near(t, string(kind)+", low", got.Low, 1+by-1.96*s, tolerance)
			near(t, string(kind)+", high", got.High, 1+by+1.96*s, tolerance)
			near(t, "bias", got.Bias, shift, 4*s/math.Sqrt(n))
			near(t, "standard error", got.StandardError, s, .005)
		}
	}
}

// TestAcceleration: BCa of a sample's mean of a skewed law shifts to the right of the percentile interval by about the skewness
// γ: its ends are at Φ(z₀+z/(1−az)) with a = γ/6√n, for the exponential law γ = 2.
func TestAcceleration(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n = 2000
	x := make([]float64, n)
	for i := range x {
		x[i] = r.ExpFloat64()
	}
	var b replicates
	b.kind, b.alpha = BCa, .025
	for g := range jackknifeGroups {
		sum, count := 0.0, 0
		for i, v := range x {
			if i%jackknifeGroups != g {
				sum, count = sum+v, count+1
			}
		}
		b.left = append(b.left, []float64{sum / float64(count)})
	}
	sorted := make([]float64, 1001)
	for k := range sorted {
		sorted[k] = float64(k - 500)
	}
	low := b.shifted(sorted, 0, 0, .025)
	// a = Σ(θ̄−θ_g)³/6(Σ(θ̄−θ_g)²)^{3/2} over G groups of m is γ/6√(Gm) in expectation.
	a := 2. / 6 / math.Sqrt(n)
	want := distuv.UnitNormal.CDF(-1.96 / (1 + 1.96*a))
	near(t, "low end", low, want, .004)
	if plain := b.shifted(sorted, 0, 0, .975); plain <= .974 {
		t.Errorf("high end at %g", plain)
	}
}

// TestCoverage: 90 % normal intervals of the first-order index of Y = X + noise, whose truth is ½, hold it in about 90 of 100
// cases: at least 80 (a binomial of .9 falls below with probability .002).
func TestCoverage(t *testing.T) {
	const cases, n = 100, 200
	hit := 0
	for c := range cases {
		r := rand.New(rand.NewPCG(uint64(c), 5))
		runs := &Runs{Inputs: []Input{{Name: "X", Values: make([]float64, n)}}, Outputs: mat.NewDense(n, 1, nil)}
		for i := range n {
			x := r.NormFloat64()
			runs.Inputs[0].Values[i] = x
			runs.Outputs.Set(i, 0, x+r.NormFloat64())
		}
		res, err := Indices(context.Background(), runs, Options{Method: FirstOrder, Cells: 10, Replicates: 100, Confidence: .9, Permutations: -1, Seed: uint64(c)})
		if err != nil {
			t.Fatal(err)
		}
		if x := res.Indices[0].Interval; x.Low <= .5 && .5 <= x.High {
			hit++
		}
	}
	if hit < 80 {
		t.Errorf("%d of %d intervals hold the truth", hit, cases)
	}
}

// TestBootstrap: every kind of interval comes out of every method, with its parts and separations.
func TestBootstrap(t *testing.T) {
	runs := drawn(t, 80, 1)
	runs.Inputs[0].Values[3] = math.NaN() // in no cell of that input, but among all outputs
	for _, kind := range IntervalKinds() {
		for _, method := range []Method{Exact, Gaussian} {
			if kind == Studentized && method == Exact {
				continue // 25 times as dear
			}
			r, err := Indices(context.Background(), runs, Options{Method: method, Cells: 4, Replicates: 20, Interval: kind, Permutations: 2})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range r.Indices {
				for _, i := range []Interval{x.Interval, x.AdvectiveInterval, x.DiffusiveInterval, x.Separations[2].Interval} {
					if !(i.Low < i.High || kind == BCa && math.IsNaN(i.Low) && math.IsNaN(i.High)) || !(i.StandardError > 0) {
						t.Errorf("%s, %s, %s: %+v", kind, method, x.Input, i)
					}
				}
				if told := strings.Contains(strings.Join(r.Warnings, "\n"), "input "+x.Input+": "); math.IsNaN(x.Interval.Low) && !told {
					t.Errorf("%s, %s: no interval of %s and no warning", kind, method, x.Input)
				}
				if x.Interval.Bias < 0 {
					t.Errorf("%s: duplicates of runs make cells differ more, not less: bias %g", method, x.Interval.Bias)
				}
			}
		}
	}
}

// TestLopsided: BCa has no interval where (almost) all replicates are above the estimate, nor where the acceleration turns its ends around; a
// statistic that does not vary has its value.
func TestLopsided(t *testing.T) {
	b := replicates{kind: BCa, alpha: .025}
	for k := range 1000 {
		v := float64(k)
		b.drawn = append(b.drawn, []float64{v, v, 7, v})
	}
	for g := range jackknifeGroups {
		outlier := 0.
		if g == 0 {
			outlier = -1
		}
		b.left = append(b.left, []float64{float64(g % 2), float64(g % 2), 7, outlier})
	}
	values := []float64{24, 25, 7, 999.5}
	for j, want := range []bool{false, true, true, false} {
		if i := b.interval(values, j); math.IsNaN(i.Low) == want || math.IsNaN(i.High) == want || want && i.Low > i.High {
			t.Errorf("statistic %d: %+v", j, i)
		}
	}
	if got := b.lopsided(values); got != 2 {
		t.Errorf("%d without an interval, want 2", got)
	}
	// One group in 50 that differs has a = (49³−49)/6(49²+49)^{3/2} = .16: with z₀ = 2 and z = 4.5 in all the denominator is negative.
	skewed := replicates{kind: BCa, alpha: 1e-6, drawn: b.drawn, left: b.left}
	if i := skewed.interval([]float64{24, 25, 7, 974}, 3); !math.IsNaN(i.Low) || !math.IsNaN(i.High) {
		t.Errorf("an interval %+v of an acceleration that turns it around", i)
	}
}

// TestStrata: rows are drawn within their cells, and the jackknife leaves each row out once.
func TestStrata(t *testing.T) {
	y := mat.NewDense(7, 1, []float64{0, 1, 2, 10, 11, 12, 20})
	s := newStrata(y, [][]int{{0, 1, 2}, {3, 4, 5}})
	if len(s.rest) != 1 || s.rest[0] != 6 {
		t.Fatalf("rest %v", s.rest)
	}
	d := s.resample(rand.New(rand.NewPCG(1, 1)))
	for k, cell := range d.cells {
		if len(cell) != 3 {
			t.Fatalf("cells %v", d.cells)
		}
		for _, i := range cell {
			if int(d.y.At(i, 0))/10 != k {
				t.Errorf("cell %d has %g", k, d.y.At(i, 0))
			}
		}
	}
	left := map[float64]int{}
	for g := range 3 {
		kept := map[float64]bool{}
		w := s.without(g, 3)
		for _, v := range mat.Col(nil, 0, w.y) {
			kept[v] = true
		}
		for _, v := range mat.Col(nil, 0, y) {
			if !kept[v] {
				left[v]++
			}
		}
	}
	for v, times := range left {
		if times != 1 {
			t.Errorf("row %g is left out %d times", v, times)
		}
	}
	if got := quantile([]float64{1, 2, 3}, .5); got != 2 {
		t.Errorf("the median is %g", got)
	}
}

// TestNull: an input without influence scores the null level, which for the first-order index of a number in M cells of N runs is
// (M−1)/(N−1) exactly in expectation.
func TestNull(t *testing.T) {
	runs := drawn(t, 500, 9)
	r := rand.New(rand.NewPCG(8, 8))
	values := make([]float64, 500)
	for i := range values {
		values[i] = r.NormFloat64()
	}
	runs.Inputs = append(runs.Inputs, Input{Name: "dummy", Values: values})
	res, err := Indices(context.Background(), runs, Options{Method: FirstOrder, Cells: 25, Permutations: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range res.Indices {
		near(t, "null level", x.Null.Mean, 24./499, 4*x.Null.SD/math.Sqrt(200))
		if above := x.Value > x.Null.Threshold(); above != (x.Input != "dummy") {
			t.Errorf("%s: index %g, null level %+v", x.Input, x.Value, x.Null)
		}
	}
	level, err := Dummy(context.Background(), runs.Outputs, Options{Method: FirstOrder, Cells: 25, Permutations: 200})
	if err != nil || level != res.Indices[0].Null {
		t.Errorf("dummy %+v, %v", level, err)
	}
	if _, err := Dummy(context.Background(), nil, Options{}); err == nil {
		t.Error("no outputs are taken")
	}
}

// TestEntropicBound: with more entropy the bound grows, to ½·(2 tr Cov)/V → the index of the independent coupling, 1.
func TestEntropicBound(t *testing.T) {
	y := drawn(t, 200, 6).Outputs
	before := 0.0
	for _, epsilon := range []float64{.002, .02, .2, 100} {
		v, err := EntropicBound(context.Background(), y, Options{Epsilon: epsilon})
		if err != nil {
			t.Fatal(err)
		}
		if v <= before {
			t.Errorf("ε %g: %g after %g", epsilon, v, before)
		}
		before = v
	}
	near(t, "bound of the independent coupling", before, 199./200, .005)
	if _, err := EntropicBound(context.Background(), mat.NewDense(3, 1, nil), Options{}); err == nil {
		t.Error("constant outputs are taken")
	}
}

// TestSobol compares first and total order with their closed forms: Ishigami's for a = 7, b = .1 and Sobol' G's. The sampling error at 2¹³
// points of the sequence is below .005.
func TestSobol(t *testing.T) {
	for _, c := range []struct {
		s            *Study
		first, total []float64
	}{
		{IshigamiStudy(7, .1), []float64{.313905, .442411, 0}, []float64{.557589, .442411, .243684}},
		{SobolGStudy(), []float64{.716192, .179048, .023676, .007162, .0000716}, []float64{.787144, .242198, .034317, .010460, .000105}},
		{IshigamiStudy(2, 1), []float64{.383024, .000913, 0}, nil},
	} {
		r, err := c.s.Sobol(context.Background(), SobolOptions{N: 1 << 13, Replicates: 20})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.first {
			x := r.Indices[i]
			near(t, c.s.Name+" first order of "+x.Input, x.First, want, .01)
			if x.FirstInterval.Low > x.First || x.FirstInterval.High < x.First {
				t.Errorf("interval %+v of %g", x.FirstInterval, x.First)
			}
			if c.total != nil {
				near(t, c.s.Name+" total of "+x.Input, x.Total, c.total[i], .01)
			}
		}
	}
	linear, _, err := LinearStudy()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := linear.Sobol(context.Background(), SobolOptions{}); err == nil {
		t.Error("inputs that depend on each other are taken")
	}
	linear.Correlation = nil // then Y₁ and Y₂ together: (16+4)/75, (4+25)/75 … of variance 21 + 30
	r, err := linear.Sobol(context.Background(), SobolOptions{N: 1 << 13, Replicates: -1})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "variance", r.Variance, 51, .5)
	for i, want := range []float64{20. / 51, 29. / 51, 2. / 51} {
		near(t, "first order", r.Indices[i].First, want, .01)
		near(t, "total", r.Indices[i].Total, want, .01)
	}
	failing := IshigamiStudy(7, .1)
	run := failing.Run
	failing.Run = func(dst, x []float64) {
		if run(dst, x); x[0] > 3 {
			dst[0] = math.NaN()
		}
	}
	r, err = failing.Sobol(context.Background(), SobolOptions{N: 512})
	if err != nil || r.Dropped == 0 || math.IsNaN(stat.Mean([]float64{r.Indices[0].First, r.Indices[2].Total}, nil)) {
		t.Errorf("%+v, %v", r, err)
	}
}
