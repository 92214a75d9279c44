package baselines_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"gonum.org/v1/gonum/mat"
)

// fit is baselines.Fit that must work.
func fit(t *testing.T, name string, task *datasets.Task) baselines.Map {
	t.Helper()
	m, err := baselines.Fit(context.Background(), name, task, baselines.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// carry is Transport that must work.
func carry(t *testing.T, m baselines.Map, x *mat.Dense, c condition.Value) *mat.Dense {
	t.Helper()
	y, err := m.Transport(nil, x, c)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// shiftTask has targets that are the source shifted by 2·dose along a and by 1 along b.
func shiftTask(t *testing.T) *datasets.Task {
	source := normal(50, 2, rand.New(rand.NewPCG(6, 1)))
	pairs := map[string]func() datasets.Pair{}
	for text, dose := range map[string]float64{"0": 0, "1": 1, "4": 4} {
		pairs[text] = func() datasets.Pair { return datasets.Pair{Source: source, Target: moved(source, 2*dose, 1)} }
	}
	return newTask(t, "shifts", []condition.Variable{{Name: "dose"}}, 2, pairs)
}

// Targets that are shifts of the source: what each method makes of doses that
// were trained, lie between and lie beyond. Sums of 50 numbers round at 1e-14;
// matrices and plans are kept in float32, 1e-6 of coordinates up to 12.
func TestPureShifts(t *testing.T) {
	task := shiftTask(t)
	x := normal(20, 2, rand.New(rand.NewPCG(6, 2)))
	for _, c := range []struct {
		method    string
		dose      string
		shift     float64 // along a
		tolerance float64
	}{
		{"identity", "4", 0, 0},
		{"mean", "4", 2 * 5. / 3, 1e-12},
		{"mean", "100", 2 * 5. / 3, 1e-12},
		{"mean-per-condition", "4", 8, 1e-12},
		{"mean-nearest", "1", 2, 1e-12},
		{"mean-nearest", "2.4", 2, 1e-12},
		{"mean-nearest", "2.6", 8, 1e-12},
		{"mean-nearest", "100", 8, 1e-12},
		{"mean-interpolated", "4", 8, 1e-12},
		{"mean-interpolated", "2", 4, 1e-4}, // weights of interpolation err by the square of lift
		{"mean-interpolated", "100", 8, 1e-4},
		{"additive", "4", 8, 1e-5}, // encodings are float32
		{"additive", "2", 4, 1e-5},
		{"additive", "100", 200, 1e-3},
		{"affine", "4", 8, 1e-5},
		{"affine", "3", 6, 1e-4},
		{"affine-per-condition", "1", 2, 1e-5},
		{"nearest", "3", 8, 1e-5},
		{"plan", "3", 8, 1e-5},
		{"plan-per-condition", "1", 2, 1e-5},
		{"plan-interpolated", "3", 6, 1e-4},
	} {
		b := 1.0
		if c.method == "identity" {
			b = 0
		}
		y := carry(t, fit(t, c.method, task), x, parse(t, task, c.dose))
		want := mat.DenseCopyOf(x)
		want.Apply(func(_, k int, v float64) float64 { return v + []float64{c.shift, b}[k] }, want)
		if off := distance(y, want); off > c.tolerance {
			t.Errorf("%s at dose %s is off by %g", c.method, c.dose, off)
		}
	}
}

// Shifts of sets add up, also where a pair was trained with another shift; the
// control stays.
func TestAdditiveSets(t *testing.T) {
	source := normal(40, 2, rand.New(rand.NewPCG(6, 3)))
	to := func(a, b float64) func() datasets.Pair {
		return func() datasets.Pair { return datasets.Pair{Source: source, Target: moved(source, a, b)} }
	}
	task := newTask(t, "sets", []condition.Variable{{Name: "perturbation", Kind: condition.Set}}, 2, map[string]func() datasets.Pair{
		"A": to(1, 0), "B": to(0, 2), "C": to(-3, 1), "A+B": to(9, 9), "B+D": to(0, 0),
	})
	m := fit(t, "additive", task)
	for text, want := range map[string][]float64{"A": {1, 0}, "A+B": {1, 2}, "C+B": {-3, 3}, "A+B+C": {-2, 3}, "control": {0, 0}} {
		y := carry(t, m, source, parse(t, task, text))
		if off := distance(y, moved(moved(source, want...), 0, 0)); off > 1e-12 {
			t.Errorf("%s is off by %g", text, off)
		}
	}
	twice := carry(t, m, source, condition.Value{{Labels: []string{"B", "A", "B"}}})
	if off := distance(twice, carry(t, m, source, parse(t, task, "A+B"))); off != 0 {
		t.Errorf("an action named twice counts twice: off by %g", off)
	}
	if w := m.Warnings(); len(w) != 1 || !strings.Contains(w[0], "effect to add: D") {
		t.Errorf("warnings %q; want one that names D", w)
	}
	for text, say := range map[string]string{"A+D": "has D alone", "A+aspirin": "has aspirin alone"} {
		_, err := m.Transport(nil, source, parse(t, task, text))
		var inapplicable *baselines.NotApplicableError
		if !errors.As(err, &inapplicable) || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: error %v; want a NotApplicableError with %q", text, err, say)
		}
	}
	pairs := newTask(t, "pairs", task.Schema.Variables, 2, map[string]func() datasets.Pair{"A+B": to(1, 1), "A+C": to(2, 2)})
	var inapplicable *baselines.NotApplicableError
	if _, err := baselines.FitAdditive(context.Background(), pairs); !errors.As(err, &inapplicable) || inapplicable.Condition != "" {
		t.Errorf("pairs alone: %v; want a NotApplicableError of the task", err)
	}
}

// Shifts that are an effect of the drug plus an effect of the dose: a missing
// cell of the grid follows from its row and column. Encodings are float32.
func TestAdditiveMainEffects(t *testing.T) {
	source := normal(40, 2, rand.New(rand.NewPCG(6, 4)))
	drugs := map[string]float64{"x": 1, "y": -2, "z": 5}
	pairs := map[string]func() datasets.Pair{}
	for drug, effect := range drugs {
		for text, dose := range map[string]float64{"10": 0, "100": 1, "1000": 2} {
			if drug != "y" || text != "1000" {
				pairs[drug+","+text] = func() datasets.Pair {
					return datasets.Pair{Source: source, Target: moved(source, effect+3*dose, -dose)}
				}
			}
		}
	}
	task := newTask(t, "grid", []condition.Variable{{Name: "drug", Kind: condition.Categorical}, {Name: "dose", Scale: condition.Log}}, 2, pairs)
	m := fit(t, "additive", task)
	for text, want := range map[string][]float64{"x,100": {4, -1}, "y,1000": {4, -2}, "z,10": {5, 0}, "y,10000": {7, -3}} {
		if off := distance(carry(t, m, source, parse(t, task, text)), moved(moved(source, want...), 0, 0)); off > 1e-5 {
			t.Errorf("%s is off by %g", text, off)
		}
	}
}

// Shifts of exactly the ridge's form: a common one and the sum of the actions'
// effects, within the three features that vary. Unseen combinations come out
// right; the least penalty tried, 1e-8 of the largest squared singular value,
// shrinks effects of up to 6 by less than 1e-6.
func TestRidgeRecovered(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 10))
	const d = 6
	source := mat.NewDense(200, d, nil)
	source.Apply(func(_, k int, _ float64) float64 { return []float64{1, 2, 3, 0, 0, 0}[k] * r.NormFloat64() }, source)
	effects := map[string][]float64{"A": {3, 0, -1}, "B": {0, 2, 1}, "C": {-2, 1, 0}}
	mean := []float64{.5, -.25, 1, 0, 0, 0}
	of := func(actions ...string) []float64 {
		shift := slices.Clone(mean)
		for _, a := range actions {
			for k, v := range effects[a] {
				shift[k] += v
			}
		}
		return shift
	}
	pairs := map[string]func() datasets.Pair{}
	for _, actions := range [][]string{{"A"}, {"B"}, {"C"}, {"A", "B"}, {"B", "C"}, {"A", "C"}} { // each follows from the others
		pairs[strings.Join(actions, "+")] = func() datasets.Pair {
			return datasets.Pair{Source: source, Target: moved(source, of(actions...)...)}
		}
	}
	task := newTask(t, "ridge", []condition.Variable{{Name: "perturbation", Kind: condition.Set}}, d, pairs)
	m, err := baselines.FitRidge(context.Background(), task, baselines.RidgeOptions{Components: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, actions := range [][]string{{"A"}, {"A", "C"}, {"A", "B", "C"}, {"control"}} {
		text := strings.Join(actions, "+")
		if off := distance(carry(t, m, source, parse(t, task, text)), moved(moved(source, of(actions...)...), make([]float64, d)...)); off > 1e-6 {
			t.Errorf("%s is off by %g", text, off)
		}
	}
	var inapplicable *baselines.NotApplicableError
	if _, err := m.Transport(nil, source, parse(t, task, "A+D")); !errors.As(err, &inapplicable) {
		t.Errorf("an unknown action: error %v; want a NotApplicableError", err)
	}
	if m.Options.Components != 3 || !(m.Options.Lambda > 0 && m.Options.Lambda < 1e-6) {
		t.Errorf("settled options %+v: without noise the penalty vanishes", m.Options)
	}
	strong, err := baselines.FitRidge(context.Background(), task, baselines.RidgeOptions{Components: 1, Lambda: 1e12})
	if err != nil {
		t.Fatal(err)
	}
	shared := carry(t, strong, source, parse(t, task, "A"))
	if off := distance(shared, carry(t, fit(t, "mean", task), source, parse(t, task, "A"))); off > 1e-9 {
		t.Errorf("under a large penalty the shift is the mean one, in all features: off by %g", off)
	}
	for _, o := range []baselines.RidgeOptions{{Components: -1}, {Lambda: -1}, {Lambda: math.NaN()}, {Lambda: math.Inf(1)}} {
		if _, err := baselines.FitRidge(context.Background(), task, o); err == nil {
			t.Errorf("options %+v: no error", o)
		}
	}
}

// Labels at two points of a space say nothing of directions across the line
// through them, and two of one point, as near as float32 tells, get the mean of their shifts.
func TestAdditiveLeastNorm(t *testing.T) {
	source := normal(40, 1, rand.New(rand.NewPCG(6, 9)))
	variable := condition.Variable{Name: "drug", Kind: condition.Vector, Vectors: map[string][]float64{"p": {1, 1, 0}, "p2": {1, 1 + 2e-7, 0}, "q": {-1, 1, 0}, "new": {0, 1, 5}, "far": {3, 0, 0}}}
	task := newTask(t, "vectors", []condition.Variable{variable}, 1, map[string]func() datasets.Pair{
		"p":  func() datasets.Pair { return datasets.Pair{Source: source, Target: moved(source, 4)} },
		"p2": func() datasets.Pair { return datasets.Pair{Source: source, Target: moved(source, 6)} },
		"q":  func() datasets.Pair { return datasets.Pair{Source: source, Target: moved(source, 2)} },
	})
	m := fit(t, "additive", task)
	for text, want := range map[string]float64{"p": 5, "p2": 5, "q": 2, "new": 3.5, "far": 8} {
		if off := distance(carry(t, m, source, parse(t, task, text)), moved(moved(source, want), 0)); off > 1e-5 {
			t.Errorf("%s is off by %g", text, off)
		}
	}
}

// A target that is a symmetric positive definite affine image of the source,
// point by point: the affine map is found exactly, whatever the law, with
// weights too, and it is the mean of two such maps half way between them.
func TestAffineRecovered(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 5))
	n, d := 30, 3
	source := normal(n, d, r)
	source.Apply(func(_, _ int, v float64) float64 { return math.Exp(v) }, source)
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = r.Float64()
	}
	a := map[string]*mat.SymDense{}
	pairs := map[string]func() datasets.Pair{}
	image := func(a mat.Matrix, x *mat.Dense) *mat.Dense {
		var y mat.Dense
		y.Mul(x, a)
		y.Apply(func(_, k int, v float64) float64 { return v + float64(k) }, &y)
		return &y
	}
	for _, text := range []string{"0", "1"} {
		var root mat.Dense
		root.Mul(normal(d, d, r), mat.NewDiagDense(d, []float64{1, .5, 2}))
		a[text] = mat.NewSymDense(d, nil)
		a[text].SymOuterK(1, &root)
		pairs[text] = func() datasets.Pair {
			return datasets.Pair{Source: source, Target: image(a[text], source), SourceWeights: weights, TargetWeights: weights}
		}
	}
	task := newTask(t, "images", []condition.Variable{{Name: "dose"}}, d, pairs)
	m := fit(t, "affine", task)
	x := normal(10, d, r)
	var half mat.Dense
	half.Add(a["0"], a["1"])
	half.Scale(.5, &half)
	for text, want := range map[string]mat.Matrix{"0": a["0"], "1": a["1"], "0.5": &half} {
		// Matrices with entries up to 10 are kept in float32.
		if off := distance(carry(t, m, x, parse(t, task, text)), image(want, x)); off > 1e-5 {
			t.Errorf("dose %s is off by %g", text, off)
		}
	}
	if len(m.Warnings()) > 0 {
		t.Errorf("warnings %q of a task that is in order", m.Warnings())
	}
}

// uvp is L²-UVP in percent: 100·E‖T̂−T‖²/tr Cov ν.
func uvp(got, want *mat.Dense) float64 {
	n, d := want.Dims()
	miss, spread := 0.0, 0.0
	for k := range d {
		column := mat.Col(nil, k, want)
		mean := 0.0
		for _, v := range column {
			mean += v / float64(n)
		}
		for i, v := range column {
			miss += (got.At(i, k) - v) * (got.At(i, k) - v)
			spread += (v - mean) * (v - mean)
		}
	}
	return 100 * miss / spread
}

// Gaussian clouds of n source and m target points. The errors of the two means
// cost (1/n + 1/m)·tr Σ₂. Those of the covariances cost, for Σ₁ = I and
// A = diag(a): Cov(dΣ₂) gives dA_ij = dΣ_ij/(a_i+a_j) and the variance of dΣ_ij is
// (1+δ_ij)a_i²a_j²/m, in all at most (d+1)/4·(1/n + 1/m)·tr Σ₂, as
// a_i²a_j²/(a_i+a_j)² ≤ a_i a_j/4. A source whose variances lie within a factor κ
// of each other, here e², costs κ times that at most. The expectation is bounded;
// one draw in a hundred is allowed thrice the variance part, as for a χ² of few degrees.
func TestGaussianTask(t *testing.T) {
	for _, d := range []int{2, 16} {
		o := synthetic.Options{Dim: d, Seed: 4, SourcePoints: 6000, TargetPoints: 3000, TestPoints: 500}
		task, err := synthetic.New(synthetic.Gaussian, o)
		if err != nil {
			t.Fatal(err)
		}
		points := 1/float64(o.SourcePoints) + 1/float64(o.TargetPoints)
		bound := 3 * 100 * points * (1 + math.Exp(2)*float64(d+1)/4)
		exact, interpolated := fit(t, "affine-per-condition", task.Task), fit(t, "affine", task.Task)
		for _, c := range task.Conditions {
			want, err := task.Map(nil, task.TestCloud, c.Value)
			if err != nil {
				t.Fatal(err)
			}
			between := carry(t, interpolated, task.TestCloud, c.Value)
			got, err := exact.Transport(nil, task.TestCloud, c.Value)
			if c.Split != synthetic.Train {
				var inapplicable *baselines.NotApplicableError
				if !errors.As(err, &inapplicable) {
					t.Errorf("d=%d, %s: error %v; want a NotApplicableError", d, task.Schema.Format(c.Value), err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if !mat.Equal(got, between) {
				t.Errorf("d=%d, %s: interpolation differs at a trained condition", d, task.Schema.Format(c.Value))
			}
			if miss := uvp(got, want); miss > bound {
				t.Errorf("d=%d, %s: L2-UVP %.3f %%, above %.3f", d, task.Schema.Format(c.Value), miss, bound)
			}
		}
	}
}

// Pooled maps are those of the mixture of clouds: weights do what repeating
// points does, and clouds count the same whatever their number of points.
func TestPooledMixture(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	a, b := normal(10, 2, r), moved(normal(30, 2, r), 3, -1)
	variables := []condition.Variable{{Name: "drug", Kind: condition.Categorical}}
	task := newTask(t, "two", variables, 2, map[string]func() datasets.Pair{
		"p": func() datasets.Pair { return datasets.Pair{Source: a, Target: b} },
		"q": func() datasets.Pair { return datasets.Pair{Source: a, Target: a} },
		"r": func() datasets.Pair { return datasets.Pair{Source: a, Target: a} },
	})
	var all mat.Dense
	all.Stack(b, a)
	for range 5 { // a six times: it is the target of two, and b has three times its points
		next := mat.DenseCopyOf(&all)
		all.Reset()
		all.Stack(next, a)
	}
	one := newTask(t, "one", variables, 2, map[string]func() datasets.Pair{
		"p": func() datasets.Pair { return datasets.Pair{Source: a, Target: &all} },
	})
	for _, method := range []string{"mean", "affine-pooled"} {
		x := normal(5, 2, r)
		got, want := carry(t, fit(t, method, task), x, parse(t, task, "q")), carry(t, fit(t, method, one), x, parse(t, one, "p"))
		if off := distance(got, want); off > 1e-6 {
			t.Errorf("%s: pooled and repeated points differ by %g", method, off)
		}
	}
}

// The plan's map is the optimal coupling at the training points: of a convex
// function's gradient the matching itself, and with unequal weights the
// barycentric projection. Points beside them move with the nearest one.
func TestPlanAtTrainingPoints(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	source := normal(60, 2, r)
	gradient := mat.DenseCopyOf(source) // of Σ x⁴/4 + x²/2
	gradient.Apply(func(_, _ int, v float64) float64 { return v*v*v + v }, gradient)
	variables := []condition.Variable{{Name: "drug", Kind: condition.Categorical}}
	half := mat.NewDense(2, 2, []float64{0, 0, 10, 0})
	ends := mat.NewDense(3, 2, []float64{-1, 0, 1, 0, 12, 0})
	task := newTask(t, "plan", variables, 2, map[string]func() datasets.Pair{
		"p": func() datasets.Pair { return datasets.Pair{Source: source, Target: moved(gradient, 0, 0)} },
		"q": func() datasets.Pair {
			return datasets.Pair{Source: half, Target: ends, SourceWeights: []float64{2, 1}, TargetWeights: []float64{1, 1, 1}}
		},
	})
	m := fit(t, "plan", task)
	if off := distance(carry(t, m, source, parse(t, task, "p")), gradient); off > 2e-6*30 { // float32 of up to 30
		t.Errorf("training points are off by %g", off)
	}
	x := mat.NewDense(4, 2, []float64{0, 0, 10, 0, 4.9, 2, 5.1, 3})
	want := mat.NewDense(4, 2, []float64{0, 0, 12, 0, 4.9, 2, 7.1, 3})
	if off := distance(carry(t, m, x, parse(t, task, "q")), want); off > 1e-6 {
		t.Errorf("barycentric projection is off by %g", off)
	}
	if _, err := baselines.FitPlan(context.Background(), task, baselines.Nearest, 1, 0); err == nil {
		t.Error("a plan of one point was solved")
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, method := range []string{"plan", "affine"} {
		if _, err := baselines.Fit(cancelled, method, task, baselines.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", method, err)
		}
	}
}
