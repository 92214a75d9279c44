package condot

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// startTolerance is the design's: a start is within 1 % of the map that it names.
const startTolerance = .01

// TestIdentityStart: at step 0 every map of the identity start is the identity, under every
// condition, whatever the units and wherever the clouds lie.
func TestIdentityStart(t *testing.T) {
	for _, d := range []int{2, 16, 50} {
		for _, a := range []Activation{SmoothRelu, LeakyRelu, Celu} {
			if a != SmoothRelu && d > 2 {
				continue
			}
			task := known(t, synthetic.Dose, d).Task
			for i := range task.Train {
				task.Train[i].Source = moved(task.Train[i].Source)
				task.Train[i].Target = moved(task.Train[i].Target)
			}
			m, _ := unbegun(t, task, Options{Architecture: Architecture{Activation: a}})
			x := task.Train[0].Source
			for i, p := range task.Train {
				near(t, fmt.Sprintf("d=%d %s", d, a), m, p.Condition, x, x, x, i == 0 && d == 2)
			}
		}
	}
}

// moved is the cloud in other units, far from 0.
func moved(x *mat.Dense) *mat.Dense {
	var y mat.Dense
	y.Apply(func(_, _ int, v float64) float64 { return 40 + 7*v }, x)
	return &y
}

// near holds the forward map, the inverse map of the image and, where asked for, the refined
// forward map against what they should be.
func near(t *testing.T, what string, m *Model, c condition.Value, x, image, preimage *mat.Dense, refined bool) {
	t.Helper()
	m.Refined = refined
	for name, of := range map[string]struct {
		carry    func(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error)
		of, want *mat.Dense
	}{"∇g": {m.Gradient, x, image}, "Transport": {m.Transport, x, image}, "∇f": {m.Inverse, image, preimage}} {
		got, err := of.carry(nil, of.of, c)
		check(t, err)
		if e := distance(got, of.want); !(e <= startTolerance) {
			t.Errorf("%s, %s under %v: off by %.2g, want at most %g", what, name, c, e, startTolerance)
		}
	}
}

// TestGaussianStart: at step 0 the Gaussian start carries by the affine map between the
// Gaussians of each training pair, as package ot has it.
func TestGaussianStart(t *testing.T) {
	for _, d := range []int{2, 16, 50} {
		task := known(t, synthetic.Gaussian, d).Task
		m, _ := unbegun(t, task, Options{Init: GaussianInit})
		for i, p := range task.Train {
			x, err := ot.FitGaussian(ot.Uniform(p.Source))
			check(t, err)
			y, err := ot.FitGaussian(ot.Uniform(p.Target))
			check(t, err)
			forward, err := ot.GaussianMap(x, y)
			check(t, err)
			image := affine(forward, p.Source)
			near(t, fmt.Sprintf("d=%d", d), m, p.Condition, p.Source, image, p.Source, i == 0 && d == 2)
		}
	}
}

// affine carries by m₂ + A(x − m₁).
func affine(m *ot.AffineMap, x *mat.Dense) *mat.Dense {
	n, d := x.Dims()
	y := mat.NewDense(n, d, nil)
	for i := range n {
		var v mat.VecDense
		v.SubVec(x.RowView(i), mat.NewVecDense(d, m.SourceMean))
		v.MulVec(m.A, &v)
		v.AddVec(&v, mat.NewVecDense(d, m.TargetMean))
		y.SetRow(i, v.RawVector().Data)
	}
	return y
}

// TestGaussianStartShrinks: fewer points than dimensions have a singular covariance; the start
// says so and stands.
func TestGaussianStartShrinks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	task := plain(normalCloud(r, 5, 8, 1, make([]float64, 8)...), normalCloud(r, 6, 8, 1, make([]float64, 8)...))
	o := tiny()
	o.Init = GaussianInit
	m, warnings := unbegun(t, task, o)
	if len(warnings) != 2 {
		t.Errorf("warnings %q, want one for each cloud", warnings)
	}
	if _, err := m.Transport(nil, task.Train[0].Source, condition.Value{}); err != nil {
		t.Error(err)
	}
}

// TestVanillaStartIsNotTheIdentity: it is there to be compared with.
func TestVanillaStartIsNotTheIdentity(t *testing.T) {
	task := known(t, synthetic.Dose, 2).Task
	m, _ := unbegun(t, task, Options{Init: VanillaInit})
	x := task.Train[0].Source
	y, err := m.Gradient(nil, x, task.Train[0].Condition)
	check(t, err)
	if e := distance(y, x); e < .1 {
		t.Errorf("off the identity by %.2g only", e)
	}
}

// TestStartOfSets: the identity holds for sets too, with either combinator.
func TestStartOfSets(t *testing.T) {
	for _, c := range []Combinator{MultiHot, DeepSet} {
		task := setTask(t, "actions:set")
		m, _ := unbegun(t, task, Options{Encoding: Encoding{Combinator: c}})
		for i, v := range append(datasets.Conditions(task.Train), condition.Value{{Labels: []string{"a", "b", "c"}}}) {
			x := task.Train[0].Source
			near(t, string(c), m, v, x, x, x, i == 0)
		}
	}
}
