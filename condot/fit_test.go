package condot

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// small options learn plane clouds well enough in seconds.
func small(steps int) Options {
	return Options{Architecture: Architecture{Layers: 3, Width: 32}, Encoding: Encoding{Hidden: 16, Width: 8}, Steps: steps, Batch: 256}
}

// learned is a model that was trained well enough to be judged, once for all tests.
var learned = sync.OnceValues(func() (*fitted, error) {
	task, err := synthetic.New(synthetic.Gaussian, synthetic.Options{Dim: 2, Seed: 2, SourcePoints: 4000, TargetPoints: 2000, TestPoints: 1000})
	if err != nil {
		return nil, err
	}
	m, report, err := Fit(context.Background(), task.Task, small(150))
	return &fitted{task, m, report}, err
})

type fitted struct {
	task   *synthetic.Task
	model  *Model
	report *Report
}

func learn(t *testing.T) *fitted {
	t.Helper()
	if testing.Short() {
		t.Skip("trains for seconds with XLA, minutes without")
	}
	f, err := learned()
	check(t, err)
	return f
}

// TestKnownAnswer: on Gaussian clouds the maps of training conditions come within 1 % of
// the closed form (L2-UVP), those between them within 2 %, and the inverse maps too. (An affine
// map fitted to a condition's own 2000 points has .1 %; the identity has 15 % and more.)
func TestKnownAnswer(t *testing.T) {
	f := learn(t)
	x := f.task.TestCloud
	identity := 0.0
	for _, c := range f.task.Conditions {
		bound := map[synthetic.Split]float64{synthetic.Train: 1, synthetic.HeldOut: 2, synthetic.Extrapolated: math.Inf(1)}[c.Split]
		truth, err := f.task.Map(nil, x, c.Value)
		check(t, err)
		for name, carry := range map[string]func(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error){"Transport": f.model.Transport, "Gradient": f.model.Gradient} {
			got, err := carry(nil, x, c.Value)
			check(t, err)
			if e := missed(got, truth); !(e <= bound) {
				t.Errorf("%s %v, %s: L2-UVP %.2f %%, want at most %g", c.Split, c.Value, name, e, bound)
			}
		}
		back, err := f.model.Inverse(nil, truth, c.Value)
		check(t, err)
		if e := missed(back, x); !(e <= 2*bound) {
			t.Errorf("%s %v, Inverse: %.2f %%, want at most %g", c.Split, c.Value, e, 2*bound)
		}
		identity = math.Max(identity, missed(x, truth))
	}
	if identity < 10 {
		t.Errorf("the identity is within %.2g %%: this task tests nothing", identity)
	}
	if f.report.Reason != "finished" || f.report.Steps != 150 || len(f.report.Validation) == 0 || f.report.PerSecond <= 0 {
		t.Errorf("report %+v", f.report)
	}
}

// TestTrainedPotentials: after training f is convex along chords and in its Hessian, and of g,
// whose weights a penalty alone holds, hardly a chord is violated.
func TestTrainedPotentials(t *testing.T) {
	f := learn(t)
	p, r := f.model.potentials, rand.New(rand.NewPCG(3, 1))
	v, err := f.model.encoder.features(f.task.Train[2].Condition)
	check(t, err)
	if share := violated(t, newPotentials(p.be, p.f, p.f), f.model.fParams, v, 1, r, 2); share > 0 {
		t.Errorf("f: %.2g of the chords are violated", share)
	}
	if share := violated(t, newPotentials(p.be, p.g, p.g), f.model.gParams, v, 1, r, 2); share > .01 {
		t.Errorf("g: %.2g of the chords are violated", share)
	}
	// The Hessian's columns are differences of ∇f.
	const h = .01
	x := normalCloud(r, 200, 2, 1.5, 0, 0)
	var columns [2]*mat.Dense
	for k := range columns {
		at := func(step float64) *mat.Dense {
			y := mat.DenseCopyOf(x)
			for i := range 200 {
				y.Set(i, k, y.At(i, k)+step)
			}
			out, err := f.model.Inverse(nil, y, f.task.Train[2].Condition)
			check(t, err)
			return out
		}
		columns[k] = at(h)
		columns[k].Sub(columns[k], at(-h))
		columns[k].Scale(1/(2*h), columns[k])
	}
	for i := range 200 {
		a, b, c, d := columns[0].At(i, 0), columns[1].At(i, 0), columns[0].At(i, 1), columns[1].At(i, 1)
		if math.Abs(b-c) > 1e-2*(a+d) { // float32 differences
			t.Fatalf("the Hessian is not symmetric: %g and %g", b, c)
		}
		mean, spread := (a+d)/2, math.Hypot((a-d)/2, (b+c)/2)
		if low, high := mean-spread, mean+spread; low < -1e-4*high {
			t.Fatalf("eigenvalues %g and %g", low, high)
		}
	}
}

// TestPotential: differences of the potential are the unrefined map, in the data's units.
func TestPotential(t *testing.T) {
	task := known(t, synthetic.Dose, 3).Task
	for i := range task.Train {
		task.Train[i].Source, task.Train[i].Target = moved(task.Train[i].Source), moved(task.Train[i].Target)
	}
	m, _ := unbegun(t, task, Options{Init: GaussianInit, Architecture: Architecture{Width: 16}})
	c := task.Train[3].Condition
	x := mat.DenseCopyOf(task.Train[0].Source.Slice(0, 50, 0, 3))
	want, err := m.Gradient(nil, x, c)
	check(t, err)
	const h = .3 // of a scale of 7
	for k := range 3 {
		at := func(step float64) []float64 {
			y := mat.DenseCopyOf(x)
			for i := range 50 {
				y.Set(i, k, y.At(i, k)+step)
			}
			v, err := m.Potential(y, c)
			check(t, err)
			return v
		}
		up, down := at(h), at(-h)
		for i := range 50 {
			// Values ~ 7²·3 are rounded by 1e-7 over h.
			if slope := (up[i] - down[i]) / (2 * h); math.Abs(slope-want.At(i, k)) > .01 {
				t.Fatalf("row %d, feature %d: the potential rises by %g, the map is %g", i, k, slope, want.At(i, k))
			}
		}
	}
}

// TestInterpolate goes straight from the source to the image.
func TestInterpolate(t *testing.T) {
	task := known(t, synthetic.Dose, 2).Task
	o := tiny()
	o.Init, o.Backend = GaussianInit, "go"
	m, _ := unbegun(t, task, o)
	x, c := task.Train[0].Source, task.Train[5].Condition
	y, err := m.Transport(nil, x, c)
	check(t, err)
	for _, s := range []float64{0, .25, 1} {
		got, err := m.Interpolate(nil, x, c, s)
		check(t, err)
		for _, i := range []int{0, 17, 599} {
			for j := range 2 {
				if want := (1-s)*x.At(i, j) + s*y.At(i, j); math.Abs(got.At(i, j)-want) > 1e-12 {
					t.Errorf("t = %g: %g, want %g", s, got.At(i, j), want)
				}
			}
		}
	}
	for _, s := range []float64{-.1, 1.1, math.NaN()} {
		if _, err := m.Interpolate(nil, x, c, s); err == nil {
			t.Errorf("t = %g was taken", s)
		}
	}
	same := mat.DenseCopyOf(x)
	if _, err := m.Interpolate(same, same, c, .25); err != nil {
		t.Fatal(err)
	}
	want, err := m.Interpolate(nil, x, c, .25)
	check(t, err)
	if !mat.Equal(same, want) {
		t.Error("in place it is another map")
	}
}

// TestFitResumes: a training that is cancelled, or killed some time after its last checkpoint, and
// resumed ends in the bits of one that was not, in each way to train.
func TestFitResumes(t *testing.T) {
	task := known(t, synthetic.Mix, 2).Task
	for name, o := range methods() {
		o.Steps, o.Conditions = 40, 4
		if name != "amortised" {
			o.Backend = "go" // which compiles in no time
		}
		whole, report, err := Fit(context.Background(), task, o)
		check(t, err)
		dir := t.TempDir()
		o.Checkpoint = filepath.Join(dir, "checkpoint")
		ctx, cancel := context.WithCancel(context.Background())
		interrupted := o
		interrupted.Watch = func(step int, _ *Model) error {
			if step == 16 {
				cancel()
			}
			return nil
		}
		m, r, err := Fit(ctx, task, interrupted)
		cancel()
		check(t, err)
		if m == nil || r.Reason != "interrupted" || r.Steps != 16 {
			t.Fatalf("%s: %+v", name, r)
		}
		// Twice from the same file: the first resumed process might have been killed.
		for range 2 {
			o.Resume = true
			again, resumed, err := Fit(context.Background(), task, o)
			check(t, err)
			if relative(again.gParams, whole.gParams) != 0 || relative(again.fParams, whole.fParams) != 0 || resumed.Best != report.Best || len(resumed.Losses) != len(report.Losses) {
				t.Errorf("%s: the resumed training ended elsewhere: best %d of %d losses, want %d of %d", name, resumed.Best, len(resumed.Losses), report.Best, len(report.Losses))
			}
		}
		left, err := os.ReadDir(dir)
		check(t, err)
		if len(left) != 1 {
			t.Errorf("%s: left behind %v", name, left)
		}
		for what, change := range map[string]func(o *Options, t *datasets.Task){
			"rate": func(o *Options, _ *datasets.Task) { o.Rate = .01 }, "seed": func(o *Options, _ *datasets.Task) { o.Seed = 7 },
			"steps": func(o *Options, _ *datasets.Task) { o.Steps = 41 },
			"a point": func(_ *Options, t *datasets.Task) {
				t.Train = append([]datasets.Pair{}, t.Train...)
				t.Train[0].Target = mat.DenseCopyOf(t.Train[0].Target)
				t.Train[0].Target.Set(3, 1, 9)
			},
			"a weight": func(_ *Options, t *datasets.Task) {
				t.Train = append([]datasets.Pair{}, t.Train...)
				n, _ := t.Train[0].Target.Dims()
				t.Train[0].TargetWeights = make([]float64, n)
				for i := range n {
					t.Train[0].TargetWeights[i] = 1 + float64(i%2)
				}
			},
		} {
			other, changed := o, *task
			change(&other, &changed)
			if _, _, err := Fit(context.Background(), &changed, other); err == nil || !strings.Contains(err.Error(), "other data or settings") {
				t.Errorf("%s: resumed with another %s: %v", name, what, err)
			}
		}
	}
}

// TestInfiniteSteps: a rate that throws the weights away either recovers, with warnings, or ends
// in ErrDiverged; the model carries points to finite places all the same.
func TestInfiniteSteps(t *testing.T) {
	task := known(t, synthetic.Dose, 2).Task
	for name, o := range methods() {
		o.Rate, o.Steps, o.Backend = 1e30, 40, "go"
		m, report, err := Fit(context.Background(), task, o)
		if err != nil && !errors.Is(err, ErrDiverged) || m == nil || report == nil {
			t.Fatalf("%s: %v with model %v", name, err, m)
		}
		if len(report.Warnings) == 0 {
			t.Errorf("%s: no warning", name)
		}
		y, err := m.Transport(nil, task.Train[0].Source, task.Train[0].Condition)
		check(t, err)
		for _, v := range y.RawMatrix().Data {
			if v-v != 0 {
				t.Fatalf("%s: carries to %g", name, v)
			}
		}
	}
}

// TestWeightedClouds: points of weight zero are not there. The map is that of the points that are,
// a shift by (2, 1), whatever decoys surround them.
func TestWeightedClouds(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds with XLA")
	}
	r := rand.New(rand.NewPCG(8, 8))
	const n = 600
	source, target := mat.NewDense(2*n, 2, nil), mat.NewDense(2*n, 2, nil)
	ws, wt := make([]float64, 2*n), make([]float64, 2*n)
	for i := range 2 * n {
		if i%2 == 0 {
			source.SetRow(i, []float64{r.NormFloat64(), r.NormFloat64()})
			target.SetRow(i, []float64{2 + r.NormFloat64(), 1 + r.NormFloat64()})
			ws[i], wt[i] = 3, .5
		} else {
			source.SetRow(i, []float64{6 + r.NormFloat64(), -4 + r.NormFloat64()})
			target.SetRow(i, []float64{-5 + r.NormFloat64(), 5 + .1*r.NormFloat64()})
		}
	}
	task := plain(source, target)
	task.Train[0].SourceWeights, task.Train[0].TargetWeights = ws, wt
	m, _, err := Fit(context.Background(), task, small(80))
	check(t, err)
	x := normalCloud(r, 500, 2, 1, 0, 0)
	want := mat.NewDense(500, 2, nil)
	want.Apply(func(i, j int, v float64) float64 { return v + []float64{2, 1}[j] }, x)
	got, err := m.Transport(nil, x, condition.Value{})
	check(t, err)
	// 570 points know a mean to .04 and a covariance to 6 %.
	if e := missed(got, want); e > 2 {
		t.Errorf("L2-UVP %.2f %%", e)
	}
	for j, shift := range []float64{2, 1} {
		if mean := stat.Mean(mat.Col(nil, j, got), nil) - stat.Mean(mat.Col(nil, j, x), nil); math.Abs(mean-shift) > .15 {
			t.Errorf("feature %d is shifted by %.3f, want %g", j, mean, shift)
		}
	}
}

// TestConcurrentUse: a model may be asked from several goroutines.
func TestConcurrentUse(t *testing.T) {
	task := known(t, synthetic.Dose, 2).Task
	o := tiny()
	o.Backend = "go"
	m, _ := unbegun(t, task, o)
	want, err := m.Transport(nil, task.Train[0].Source, task.Train[0].Condition)
	check(t, err)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			got, err := m.Transport(nil, task.Train[0].Source, task.Train[0].Condition)
			if err != nil || !mat.Equal(got, want) {
				t.Errorf("another answer, %v", err)
			}
		})
	}
	wait.Wait()
}
