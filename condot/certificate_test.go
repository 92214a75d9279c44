package condot

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// fresh are rows of a condition that training never saw.
func fresh(t testing.TB, task *synthetic.Task, c condition.Value, n int, r rand.Source) datasets.Pair {
	t.Helper()
	x, err := task.SampleSource(n, r)
	check(t, err)
	y, err := task.SampleTarget(n, c, r)
	check(t, err)
	return datasets.Pair{Condition: c, Source: x, Target: y}
}

// TestCertificate: the bounds hold the closed form under every condition, those never trained
// included, and between trained doses they are near each other. What parts them is what samples
// of 800 points cannot know: .023 to .034 were measured, of a cloud's variance of about 2.
func TestCertificate(t *testing.T) {
	const widest = .05
	f := learn(t)
	r := rand.NewPCG(6, 6)
	for _, c := range f.task.Conditions {
		truth, err := f.task.W2Squared(c.Value, 0)
		check(t, err)
		cert, err := f.model.Certify(context.Background(), fresh(t, f.task, c.Value, 6000, r), CertifyOptions{SamplePoints: 800})
		check(t, err)
		low, high := cert.Interval()
		if truth.Value < low || truth.Value > high {
			t.Errorf("%v: W₂² is %.4f, certified to be between %.4f and %.4f", c.Value, truth.Value, low, high)
		}
		if cert.Upper.Value < cert.Lower.Value || cert.Lower.SourcePoints != 6000 || cert.Space != "the data's own 2 features" {
			t.Errorf("%v: %+v", c.Value, cert)
		}
		if extrapolates := c.Split == synthetic.Extrapolated; extrapolates != (len(cert.Warnings) > 0) {
			t.Errorf("%v: warnings %q", c.Value, cert.Warnings)
		} else if gap := cert.Upper.Value - cert.Lower.Value; !extrapolates && gap > widest {
			t.Errorf("%v: the bounds are %.4f apart around %.4f", c.Value, gap, truth.Value)
		}
		t.Logf("%v: W₂² %.4f, lower %.4f ± %.4f, upper %.4f ± %.4f, slack %.1e", c.Value, truth.Value, cert.Lower.Value, cert.Lower.StandardError, cert.Upper.Value, cert.Upper.StandardError, cert.Slack)
	}
}

// TestCertificateUnits: units and origin of the data change the bounds as they change W₂².
func TestCertificateUnits(t *testing.T) {
	task := known(t, synthetic.Gaussian, 2)
	o := tiny()
	o.Init, o.Backend = GaussianInit, "go"
	c := task.Train[2].Condition
	pair := fresh(t, task, c, 300, rand.NewPCG(1, 1))
	certify := func() *Certificate {
		m, _ := unbegun(t, task.Task, o)
		cert, err := m.Certify(context.Background(), pair, CertifyOptions{})
		check(t, err)
		return cert
	}
	before := certify()
	seen := map[*mat.Dense]*mat.Dense{}
	shift := func(x *mat.Dense) *mat.Dense {
		if seen[x] == nil {
			seen[x] = moved(x)
		}
		return seen[x]
	}
	for i, p := range task.Train {
		task.Train[i].Source, task.Train[i].Target = shift(p.Source), shift(p.Target)
	}
	pair.Source, pair.Target = shift(pair.Source), shift(pair.Target)
	after := certify()
	for name, v := range map[string][2]float64{"lower": {before.Lower.Value, after.Lower.Value}, "its error": {before.Lower.StandardError, after.Lower.StandardError},
		"upper": {before.Upper.Value, after.Upper.Value}} {
		if math.Abs(v[1]-49*v[0]) > 1e-3*49*math.Abs(v[0]) { // moved scales by 7
			t.Errorf("%s is %g, and %g in units of which seven make one", name, v[0], v[1])
		}
	}
	// The upper bound's error holds the spread of a plan's dual values, which rounding picks among many.
	if a, b := before.Upper.StandardError, after.Upper.StandardError; math.Abs(b-49*a) > .05*49*a {
		t.Errorf("the upper bound's error is %g, and %g in units of which seven make one", a, b)
	}
}

// TestConjugateBound: what stands for f* in the lower bound is never below it, even where ŷ is
// far off. A grid finds f* in the plane, from below.
func TestConjugateBound(t *testing.T) {
	task := known(t, synthetic.Dose, 2)
	o := tiny()
	o.Backend = "go"
	m, _ := unbegun(t, task.Task, o)
	r := rand.New(rand.NewPCG(2, 9))
	f := m.potentials.f
	copy(m.fParams, shaken(f, r)) // g's proposals are no good for this f
	fw, err := train.Upload(m.potentials.be, m.fParams, len(m.fParams))
	check(t, err)
	m.potentials.fw = fw
	m.norm.Mean, m.norm.Scale = []float64{0, 0}, 1
	v, err := m.encoder.features(task.Train[1].Condition)
	check(t, err)
	alpha, err := m.convexity(v)
	check(t, err)
	x := normalCloud(r, 40, 2, 2, 0, 0)
	bounds, gaps, err := m.conjugates(context.Background(), v, x, alpha)
	check(t, err)
	const side, reach = 160, 40.0
	grid := mat.NewDense(side*side, 2, nil)
	for i := range side * side {
		grid.SetRow(i, []float64{reach * (2*float64(i/side)/(side-1) - 1), reach * (2*float64(i%side)/(side-1) - 1)})
	}
	values, err := m.valuesOfF(context.Background(), v, grid) // ‖y‖² − 2f(y)
	check(t, err)
	for i := range 40 {
		conjugate := math.Inf(-1)
		for k, b := range values {
			y := grid.RawRowView(k)
			fy := (y[0]*y[0] + y[1]*y[1] - b) / 2
			conjugate = math.Max(conjugate, x.At(i, 0)*y[0]+x.At(i, 1)*y[1]-fy)
		}
		square := x.At(i, 0)*x.At(i, 0) + x.At(i, 1)*x.At(i, 1)
		if bound := (square - bounds[i]) / 2; bound < conjugate-1e-4*(1+math.Abs(conjugate)) || gaps[i] < 0 {
			t.Errorf("point %d: f* is at least %g, its bound %g with a gap of %g", i, conjugate, bound, gaps[i])
		}
	}
	// With α twice and more too large the gap shrinks in proportion: α is what is divided by.
	_, half, err := m.conjugates(context.Background(), v, x, 2*alpha)
	check(t, err)
	if total, want := stat.Mean(half, nil), stat.Mean(gaps, nil)/2; math.Abs(total-want) > .5*want+1e-9 {
		t.Errorf("the mean gap is %g with twice the convexity, want %g", total, want)
	}
}

// TestConvexityConstant: α is a lower bound of f's curvature in every direction.
func TestConvexityConstant(t *testing.T) {
	task := known(t, synthetic.Dose, 2)
	for _, a := range []Architecture{{Layers: 2, Width: 8}, {Layers: 2, Width: 8, Quadratic: FullQuadratic, NonNegativity: SoftplusWeights}} {
		o := tiny()
		o.Architecture, o.Backend = a, "go"
		m, _ := unbegun(t, task.Task, o)
		r := rand.New(rand.NewPCG(3, 9))
		copy(m.fParams, shaken(m.potentials.f, r))
		fw, err := train.Upload(m.potentials.be, m.fParams, len(m.fParams))
		check(t, err)
		m.potentials.fw = fw
		v, err := m.encoder.features(task.Train[1].Condition)
		check(t, err)
		alpha, err := m.convexity(v)
		check(t, err)
		x, y := normalCloud(r, 300, 2, 3, 0, 0), normalCloud(r, 300, 2, 3, 0, 0)
		fx, err := m.Inverse(nil, x, task.Train[1].Condition)
		check(t, err)
		fy, err := m.Inverse(nil, y, task.Train[1].Condition)
		check(t, err)
		least := math.Inf(1)
		for i := range 300 { // ⟨∇f(x)−∇f(y), x−y⟩ ≥ α‖x−y‖², in normalised units as in the data's
			inner, square := 0.0, 0.0
			for j := range 2 {
				d := x.At(i, j) - y.At(i, j)
				inner, square = inner+(fx.At(i, j)-fy.At(i, j))*d, square+d*d
			}
			least = math.Min(least, inner/square)
		}
		if !(alpha > 0) || least < alpha*(1-1e-3) {
			t.Errorf("%+v: a curvature of %g, α is %g", a, least, alpha)
		}
	}
}

// TestCertificateRefuses models whose f is not known to be convex, and rows that cannot bear it.
func TestCertificateRefuses(t *testing.T) {
	task := known(t, synthetic.Dose, 2)
	pair := fresh(t, task, task.Train[0].Condition, 60, rand.NewPCG(1, 1))
	o := tiny()
	o.Backend = "go"
	certify := func(m *Model, p datasets.Pair) error {
		c, err := m.Certify(context.Background(), p, CertifyOptions{})
		if (c == nil) != (err != nil) {
			t.Errorf("certificate %v with error %v", c, err)
		}
		return err
	}
	good, _ := unbegun(t, task.Task, o)
	if err := certify(good, pair); err != nil {
		t.Fatal(err)
	}
	v := o
	v.Init = VanillaInit
	vanilla, _ := unbegun(t, task.Task, v)
	if err := certify(vanilla, pair); !errors.Is(err, ErrNotConvex) || !strings.Contains(err.Error(), "quadratic") {
		t.Errorf("no quadratic term: %v", err)
	}
	negative, _ := unbegun(t, task.Task, o)
	negative.potentials.f.layout.Slice(negative.fParams, "z1")[7] = -1e-3
	if err := certify(negative, pair); !errors.Is(err, ErrNotConvex) || !strings.Contains(err.Error(), "z1") {
		t.Errorf("a negative weight: %v", err)
	}
	p := o
	p.Objective = Primal
	primal, _ := unbegun(t, task.Task, p)
	if err := certify(primal, pair); err == nil {
		t.Error("a primal model was certified")
	}
	for name, change := range map[string]func(p *datasets.Pair){
		"few rows":     func(p *datasets.Pair) { p.Source = mat.DenseCopyOf(p.Source.Slice(0, 7, 0, 2)) },
		"no source":    func(p *datasets.Pair) { p.Source = nil },
		"columns":      func(p *datasets.Pair) { p.Target = mat.NewDense(50, 3, nil) },
		"not finite":   func(p *datasets.Pair) { p.Target = mat.DenseCopyOf(p.Target); p.Target.Set(1, 1, math.NaN()) },
		"weights":      func(p *datasets.Pair) { p.TargetWeights = []float64{1} },
		"zero weights": func(p *datasets.Pair) { p.TargetWeights = make([]float64, 60) },
		"condition":    func(p *datasets.Pair) { p.Condition = nil },
	} {
		bad := pair
		change(&bad)
		if err := certify(good, bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := good.Certify(context.Background(), pair, CertifyOptions{SamplePoints: 1}); err == nil {
		t.Error("samples of one point")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := good.Certify(ctx, pair, CertifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestCertificateOfWeights: weights count as repeated rows do.
func TestCertificateOfWeights(t *testing.T) {
	task := known(t, synthetic.Gaussian, 2)
	o := tiny()
	o.Init, o.Backend = GaussianInit, "go"
	m, _ := unbegun(t, task.Task, o)
	pair := fresh(t, task, task.Train[2].Condition, 400, rand.NewPCG(1, 2))
	weighted := pair
	weighted.SourceWeights = make([]float64, 400)
	twice := mat.NewDense(600, 2, nil)
	for i, k := 0, 0; i < 400; i++ {
		weighted.SourceWeights[i] = float64(1 + i%2)
		for range 1 + i%2 {
			twice.SetRow(k, pair.Source.RawRowView(i))
			k++
		}
	}
	repeated := pair
	repeated.Source = twice
	a, err := m.Certify(context.Background(), weighted, CertifyOptions{})
	check(t, err)
	b, err := m.Certify(context.Background(), repeated, CertifyOptions{})
	check(t, err)
	if math.Abs(a.Lower.Value-b.Lower.Value) > 1e-6*math.Abs(b.Lower.Value) {
		t.Errorf("the lower bound is %g with weights, %g with rows repeated", a.Lower.Value, b.Lower.Value)
	}
	if math.Abs(a.Upper.Value-b.Upper.Value) > 2*(a.Upper.StandardError+b.Upper.StandardError) {
		t.Errorf("the upper bound is %+v with weights, %+v with rows repeated", a.Upper, b.Upper)
	}
	if a.Lower.StandardError <= b.Lower.StandardError {
		t.Errorf("repeated rows are not more points: errors %g and %g", a.Lower.StandardError, b.Lower.StandardError)
	}
}

// TestStrata: a sample holds every point with its share on average, parts of the cloud with their
// mass at once, and samples have no point in common where there are enough.
func TestStrata(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	const n, size, count = 600, 50, 4
	cloud := mat.NewDense(n, 2, nil)
	w, total := make([]float64, n), 0.0
	for i := range n {
		cloud.SetRow(i, []float64{10*float64(i%3) + r.NormFloat64(), r.NormFloat64()}) // three clusters
		w[i] = 1 + float64(i%2)
		total += w[i]
	}
	equal := make([]float64, n)
	for i := range w {
		w[i] /= total
		equal[i] = 1.0 / n
	}
	seen := make([]float64, n)
	const rounds = 400
	for range rounds {
		for _, s := range strata(cloud, w, size, count, r) {
			for _, i := range s {
				seen[i]++
			}
		}
		used := map[int]bool{}
		for _, s := range strata(cloud, equal, size, count, r) {
			clusters := [3]int{}
			for _, i := range s {
				clusters[i%3]++
				if used[i] {
					t.Fatalf("row %d stands in two samples", i)
				}
				used[i] = true
			}
			if len(s) != size || slices.Max(clusters[:])-slices.Min(clusters[:]) > 4 { // 16 or 17 each, but for strata across an edge
				t.Fatalf("a sample has %v of three equal clusters", clusters)
			}
		}
	}
	for i, k := range seen {
		want := w[i] * size * count * rounds // 89 or 178; Poisson's deviation is at most 14
		if math.Abs(k-want) > 70 {
			t.Errorf("row %d was drawn %g times, want about %g", i, k, want)
		}
	}
}

// TestSampleGap: where the dual functions are 0 the gap is the transport cost between samples,
// and as many points as there are give the cost between the clouds.
func TestSampleGap(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 5))
	x, y := normalCloud(r, 80, 2, 1, 0, 0), normalCloud(r, 80, 2, 1, 3, 0)
	equal, zero := make([]float64, 80), make([]float64, 80)
	for i := range equal {
		equal[i] = 1.0 / 80
	}
	gap, se, err := sampleGap(context.Background(), ot.Uniform(x), ot.Uniform(y), equal, equal, zero, zero, CertifyOptions{SamplePoints: 2000})
	check(t, err)
	exact, err := ot.W2Squared(context.Background(), ot.Uniform(x), ot.Uniform(y))
	check(t, err)
	// W₂² is 9 between the laws; its sample's deviation is 2·3·√(2/80) ≈ 1.
	if gap < exact || gap > exact+2 || se < .4 || se > 2 {
		t.Errorf("gap %g ± %g of samples of 20, %g between the clouds", gap, se, exact)
	}
}
