package synthetic

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// small are sizes with which a task is drawn fast.
func small(dim int, seed uint64) Options {
	return Options{Dim: dim, Seed: seed, SourcePoints: 50, TargetPoints: 50, TestPoints: 200}
}

func newTask(t *testing.T, kind Kind, o Options) *Task {
	t.Helper()
	task, err := New(kind, o)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// drawn keeps the tasks of eachTask: tests read them only.
var drawn = map[string]*Task{}

// eachTask runs f on every kind in the plane and in 16 dimensions, and on one of
// each family in more.
func eachTask(t *testing.T, f func(t *testing.T, task *Task)) {
	for _, kind := range Kinds() {
		for _, dim := range []int{2, 16, 50, 256} {
			if kind.check(dim) != nil || dim > 16 && kind != Dose && kind != Gaussian {
				continue
			}
			name := fmt.Sprintf("%s-%d", kind, dim)
			if drawn[name] == nil {
				drawn[name] = newTask(t, kind, small(dim, 1))
			}
			t.Run(name, func(t *testing.T) { f(t, drawn[name]) })
		}
	}
}

// known are the conditions of a task that have a map.
func known(t *testing.T, task *Task) []condition.Value {
	t.Helper()
	values, err := task.knownConditions()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// TestMapIsGradient compares the map with central differences of the potential
// along random directions. With step h = 1e-5 their error is h² times third
// derivatives (at most about 1e3 here) plus rounding of the potential over h,
// together under 1e-6 for displacements of order √d.
func TestMapIsGradient(t *testing.T) {
	eachTask(t, func(t *testing.T, task *Task) {
		rng := rand.New(rand.NewPCG(1, 2))
		const h = 1e-5
		for _, c := range known(t, task) {
			n, d := task.TestCloud.Dims()
			v := normal(n, d, rng)
			unitRows(v)
			ahead, behind := displaced(task.TestCloud, v, h), displaced(task.TestCloud, v, -h)
			high, err := task.Potential(ahead, c)
			if err != nil {
				t.Fatal(err)
			}
			low, err := task.Potential(behind, c)
			if err != nil {
				t.Fatal(err)
			}
			y, err := task.Map(nil, task.TestCloud, c)
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				got, want := dot(y.RawRowView(i), v.RawRowView(i)), (high[i]-low[i])/(2*h)
				if math.Abs(got-want) > 1e-6*math.Sqrt(float64(d)) {
					t.Fatalf("condition %s, point %d: ⟨T(x), v⟩ = %.9g, difference quotient %.9g", task.Schema.Key(c), i, got, want)
				}
			}
		}
	})
}

func displaced(x, v *mat.Dense, h float64) *mat.Dense {
	var step, out mat.Dense
	step.Scale(h, v)
	out.Add(x, &step)
	return &out
}

// TestPairingIsOptimal proves that no assignment of the test points to their
// images costs less than the identical one: with the potential as dual variable,
// ψ(x_j) ≥ ψ(x_i) + ⟨T(x_i), x_j − x_i⟩ for all pairs i, j (which is convexity
// of ψ at the points) makes the duality gap zero. Strictness, on average, shows
// that the inequality is not met by a flat potential.
func TestPairingIsOptimal(t *testing.T) {
	eachTask(t, func(t *testing.T, task *Task) {
		for _, c := range known(t, task) {
			value, err := task.Potential(task.TestCloud, c)
			if err != nil {
				t.Fatal(err)
			}
			y, _ := task.Map(nil, task.TestCloud, c)
			var inner mat.Dense
			inner.Mul(y, task.TestCloud.T()) // ⟨T(x_i), x_j⟩
			var total float64
			for i := range value {
				for j := range value {
					gap := value[j] - value[i] - inner.At(i, j) + inner.At(i, i)
					if gap < -1e-9*float64(task.Dim()) {
						t.Fatalf("condition %s: points %d and %d gain %g by swapping duals", task.Schema.Key(c), i, j, -gap)
					}
					total += gap
				}
			}
			if mean := total / float64(len(value)*len(value)); mean < 0.01 {
				t.Errorf("condition %s: mean Bregman distance %g: the potential is flat", task.Schema.Key(c), mean)
			}
		}
	})
}

// TestAssignment checks the map without its potential: the optimal coupling of
// the test points with their images, found by the network simplex, costs what
// the identical one costs.
func TestAssignment(t *testing.T) {
	eachTask(t, func(t *testing.T, task *Task) {
		for _, c := range known(t, task) {
			y, err := task.Map(nil, task.TestCloud, c)
			if err != nil {
				t.Fatal(err)
			}
			checkAssignment(t, task.Schema.Key(c), task.TestCloud, y, 1e-9)
		}
	})
}

// checkAssignment compares the mean squared distance of the rows of x and y with
// the least that any coupling of the two clouds has.
func checkAssignment(t *testing.T, what string, x, y *mat.Dense, tolerance float64) {
	t.Helper()
	coupling, err := ot.Transport(context.Background(), ot.SquaredEuclidean, ot.Uniform(x), ot.Uniform(y), ot.ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var own float64
	for _, v := range squaredDisplacements(x, y) {
		own += v / float64(x.RawMatrix().Rows)
	}
	if own > coupling.Cost+tolerance*math.Max(1, own) {
		t.Errorf("%s: the pairing costs %.9g, the optimal one %.9g", what, own, coupling.Cost)
	}
}

// TestGaussianClosedForms compares W₂² with its Monte Carlo mean, and the
// inverse with the points it started from.
func TestGaussianClosedForms(t *testing.T) {
	for _, dim := range []int{2, 16, 50} {
		task := newTask(t, Gaussian, small(dim, 7))
		for _, c := range task.Conditions {
			exact, err := task.W2Squared(c.Value, 0)
			if err != nil {
				t.Fatal(err)
			}
			sampled := make([]Estimate, 1)
			if err := task.monteCarlo(sampled, []condition.Value{c.Value}, 20_000); err != nil {
				t.Fatal(err)
			}
			// 4.5 standard errors: a chance of 7e-6 for each of 30 comparisons.
			if gap := math.Abs(exact.Value - sampled[0].Value); gap > 4.5*sampled[0].StandardError {
				t.Errorf("d=%d dose %v: closed form %g, Monte Carlo %g ± %g", dim, c.Value, exact.Value, sampled[0].Value, sampled[0].StandardError)
			}
			if sampled[0].StandardError > 0.03*exact.Value {
				t.Errorf("d=%d: standard error %g of %g says nothing", dim, sampled[0].StandardError, exact.Value)
			}
			y, err := task.Map(nil, task.TestCloud, c.Value)
			if err != nil {
				t.Fatal(err)
			}
			back, err := task.Inverse(nil, y, c.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !mat.EqualApprox(back, task.TestCloud, 1e-12*float64(dim)) {
				t.Errorf("d=%d dose %v: the inverse does not lead back", dim, c.Value)
			}
		}
	}
}

// TestGeodesic checks W₂(µ, ν_t) = t W₂(µ, ν_1), which defines the geodesic,
// and the end points.
func TestGeodesic(t *testing.T) {
	task := newTask(t, Interpolation, small(16, 2))
	end, err := task.W2Squared(condition.Value{{Number: 1}}, 5000)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range task.Conditions {
		at := c.Value[0].Number
		got, err := task.W2Squared(c.Value, 5000)
		if err != nil {
			t.Fatal(err)
		}
		if want := at * at * end.Value; math.Abs(got.Value-want) > 1e-12*end.Value { // the same points
			t.Errorf("t=%g: W2Squared %g, want %g", at, got.Value, want)
		}
	}
	x, err := task.Map(nil, task.TestCloud, condition.Value{{Number: 0}})
	if err != nil || !mat.Equal(x, task.TestCloud) {
		t.Errorf("the map at time 0 is not the identity: %v", err)
	}
	if _, err := task.Map(nil, task.TestCloud, condition.Value{{Number: 1.5}}); err == nil {
		t.Error("a time beyond 1 has a map")
	}
}

// TestStandardised checks the sizes that make figures comparable between tasks:
// mean 0 and mean coordinate variance 1 of the source and of all trained
// targets together. 40 000 source points have standard errors of about 1/200;
// correlation within a dimension makes the variance's somewhat larger.
func TestStandardised(t *testing.T) {
	for _, kind := range []Kind{Dose, Mix, Combination, Gaussian, Vectors} {
		o := small(16, 5)
		o.SourcePoints, o.TargetPoints = 40_000, 4_000
		task := newTask(t, kind, o)
		checkMoments(t, string(kind)+" source", 0.03, task.Train[0].Source)
		var targets []*mat.Dense
		for _, p := range task.Train {
			targets = append(targets, p.Target)
		}
		checkMoments(t, string(kind)+" targets", 0.05, targets...)
	}
}

func checkMoments(t *testing.T, what string, tolerance float64, clouds ...*mat.Dense) {
	t.Helper()
	_, d := clouds[0].Dims()
	mean := make([]float64, d)
	var n, square float64
	for _, x := range clouds {
		for i := range x.RawMatrix().Rows {
			add(mean, x.RawRowView(i))
			square += dot(x.RawRowView(i), x.RawRowView(i))
			n++
		}
	}
	for j := range mean {
		mean[j] /= n
		if math.Abs(mean[j]) > tolerance {
			t.Errorf("%s: mean of coordinate %d is %g", what, j, mean[j])
		}
	}
	if variance := (square/n - dot(mean, mean)) / float64(d); math.Abs(variance-1) > tolerance {
		t.Errorf("%s: mean coordinate variance %g", what, variance)
	}
}

// TestSeed checks that a seed fixes every number and that clouds of one purpose
// do not depend on the size of others.
func TestSeed(t *testing.T) {
	a, b := newTask(t, Dose, small(16, 9)), newTask(t, Dose, small(16, 9))
	more := small(16, 9)
	more.SourcePoints = 120
	c, other := newTask(t, Dose, more), newTask(t, Dose, small(16, 10))
	for i := range a.HeldOut {
		if !mat.Equal(a.HeldOut[i].Target, b.HeldOut[i].Target) || !mat.Equal(a.HeldOut[i].Target, c.HeldOut[i].Target) {
			t.Errorf("pair %d differs under one seed", i)
		}
		if mat.Equal(a.HeldOut[i].Target, other.HeldOut[i].Target) {
			t.Errorf("pair %d is the same under two seeds", i)
		}
	}
	if mat.Equal(a.TestCloud, a.Train[0].Source) || mat.Equal(a.Train[0].Target, a.Train[1].Target) {
		t.Error("clouds share their points")
	}
}

// TestSplits checks the numbers of conditions and that no held-out one is trained.
func TestSplits(t *testing.T) {
	for kind, want := range map[Kind][2]int{Dose: {6, 4}, Mix: {11, 4}, Combination: {20, 8}, Gaussian: {6, 4}, Interpolation: {5, 4}, Pictures: {5, 0}, Figure8: {1, 0}, Vectors: {40, 12}} {
		task := newTask(t, kind, small(2, 3))
		if got := [2]int{len(task.Train), len(task.HeldOut)}; got != want {
			t.Errorf("%s: %v pairs trained and held out, want %v", kind, got, want)
		}
		seen := map[string]bool{}
		for _, c := range task.Conditions {
			key := task.Schema.Key(c.Value)
			if seen[key] {
				t.Errorf("%s: condition %s twice", kind, key)
			}
			seen[key] = true
		}
	}
}

func TestBadInput(t *testing.T) {
	task := newTask(t, Dose, small(2, 0))
	mix := newTask(t, Mix, small(2, 0))
	sets := newTask(t, Combination, small(2, 0))
	one := mat.NewDense(1, 2, nil)
	fails := map[string]func() error{
		"unknown kind":         func() error { _, err := New("doses", Options{}); return err },
		"dimension 1":          func() error { _, err := New(Dose, Options{Dim: 1}); return err },
		"pictures in space":    func() error { _, err := New(Pictures, Options{Dim: 3}); return err },
		"negative size":        func() error { _, err := New(Dose, Options{TestPoints: -1}); return err },
		"features":             func() error { _, err := task.Map(nil, mat.NewDense(1, 3, nil), task.Conditions[0].Value); return err },
		"nil cloud":            func() error { _, err := task.Potential(nil, task.Conditions[0].Value); return err },
		"dst":                  func() error { _, err := task.Map(mat.NewDense(2, 2, nil), one, task.Conditions[0].Value); return err },
		"negative dose":        func() error { _, err := task.Map(nil, one, condition.Value{{Number: -1}}); return err },
		"dose not a number":    func() error { _, err := task.Map(nil, one, condition.Value{{Number: math.NaN()}}); return err },
		"fields":               func() error { _, err := task.Map(nil, one, condition.Value{{}, {}}); return err },
		"category":             func() error { _, err := mix.Map(nil, one, condition.Value{{Labels: []string{"b7"}}, {}}); return err },
		"empty set":            func() error { _, err := sets.Map(nil, one, condition.Value{{}}); return err },
		"points of a distance": func() error { _, err := task.W2Squared(task.Conditions[0].Value, 1); return err },
		"empty sample":         func() error { _, err := task.SampleSource(0, rand.NewPCG(0, 0)); return err },
		"picture":              func() error { _, err := Picture("ring", 3, rand.NewPCG(0, 0)); return err },
	}
	for what, f := range fails {
		if err := f(); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if _, err := task.Inverse(nil, one, task.Conditions[0].Value); !errors.Is(err, ErrUnknownMap) {
		t.Errorf("inverse of a smooth map: %v", err)
	}
	if _, err := New("doses", Options{}); !strings.Contains(err.Error(), "dose, mix") {
		t.Errorf("unknown kind: %v", err)
	}
}
