package synthetic

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// Options of [New]. The zero value is the plane, seed 0 and the sizes named below.
type Options struct {
	// Dim is the number of features d; 2 if zero.
	Dim int
	// Seed of everything that is drawn.
	Seed uint64
	// Points of the source cloud (10 000 if zero), of each target cloud (4 000)
	// and of the test cloud (2 000).
	SourcePoints, TargetPoints, TestPoints int
}

func (o Options) withDefaults() Options {
	fill := func(v *int, or int) {
		if *v == 0 {
			*v = or
		}
	}
	fill(&o.Dim, 2)
	fill(&o.SourcePoints, 10_000)
	fill(&o.TargetPoints, 4_000)
	fill(&o.TestPoints, 2_000)
	return o
}

// Task is a task whose maps are known. The embedded task is what a method is
// given: training pairs share one source cloud, and every target cloud is the
// image of points of its own. Clouds hold float32 numbers, so that they are
// the same in memory and in the files of [Task.Write].
type Task struct {
	*datasets.Task
	Kind    Kind
	Options Options
	// Conditions in order: trained, held out, extrapolated.
	Conditions []Condition
	// TestCloud are points of the source that no training cloud holds.
	TestCloud *mat.Dense

	family family
	source source
}

// New draws the task of a kind.
func New(kind Kind, options Options) (*Task, error) {
	o := options.withDefaults()
	if err := kind.check(o.Dim); err != nil {
		return nil, err
	}
	if o.SourcePoints < 0 || o.TargetPoints < 0 || o.TestPoints < 0 {
		return nil, fmt.Errorf("synthetic: %d source, %d target and %d test points: none is negative",
			o.SourcePoints, o.TargetPoints, o.TestPoints)
	}
	t := &Task{Kind: kind, Options: o}
	schema, conditions := conditionsOf(kind, t.stream(splitStream, 0))
	t.Conditions = conditions
	if err := schema.Fit(t.trainValues()); err != nil {
		return nil, err
	}
	t.Task = &datasets.Task{
		Name:     fmt.Sprintf("%s-d%d-seed%d", kind, o.Dim, o.Seed),
		Features: make([]string, o.Dim),
		Schema:   schema,
	}
	for j := range t.Features {
		t.Features[j] = "x" + strconv.Itoa(j)
	}
	if err := t.build(); err != nil {
		return nil, err
	}
	if err := t.drawPairs(); err != nil {
		return nil, err
	}
	return t, nil
}

// build draws the source and the potentials.
func (t *Task) build() (err error) {
	d := t.Options.Dim
	rng := t.stream(potentialStream, 0)
	switch t.Kind {
	case Gaussian:
		t.source = newGaussian(d, t.stream(sourceStream, 0))
		f := newAffine(d, rng)
		f.shift, f.scale, err = t.standardise(f, t.trainValues())
		t.family = f
	case Pictures:
		t.source, t.family = blob{2, 1}, album{}
	case Figure8:
		t.source, t.family = blob{2, figure8Spread}, album{}
	default:
		t.source = newMixture(d, t.stream(sourceStream, 0))
		t.family, err = t.smoothFamily(rng)
	}
	return err
}

// smoothFamily draws the basis and the weights of the kinds that have them.
func (t *Task) smoothFamily(rng *rand.Rand) (_ family, err error) {
	d := t.Options.Dim
	k := basisSize(t.Kind)
	f := &smooth{scale: 1, shift: make([]float64, d)}
	for range k {
		f.basis = append(f.basis, newLogSumExp(d, rng))
	}
	values := t.trainValues()
	switch t.Kind {
	case Dose:
		f.weigh = doseWeights
	case Mix:
		f.weigh = mixWeights(drawResponses(k, rng))
	case Combination:
		f.weigh = combinationWeights(drawEffects(k, rng))
	case Vectors:
		f.weigh = vectorWeights(k, t.Schema.Variables[0].Vectors, rng)
	case Interpolation:
		f.weigh = func(condition.Value) (weights, error) { return endWeights, nil }
		values = values[:1] // the end point does not depend on the condition
	}
	f.shift, f.scale, err = t.standardise(f, values)
	if t.Kind != Interpolation {
		return f, err
	}
	for j := range f.shift {
		f.shift[j] -= endDisplacement / f.scale
	}
	return &geodesic{&smoothPotential{f, endWeights}}, err
}

// trainValues are the trained conditions.
func (t *Task) trainValues() []condition.Value {
	var out []condition.Value
	for _, c := range t.Conditions {
		if c.Split == Train {
			out = append(out, c.Value)
		}
	}
	return out
}

// standardisePoints measure the spread of all targets.
const standardisePoints = 20_000

// standardise returns the one shift and the one scale that give the images of
// all conditions together mean 0 and mean coordinate variance 1.
func (t *Task) standardise(f family, conditions []condition.Value) (shift []float64, scale float64, err error) {
	d := t.Options.Dim
	shift = make([]float64, d)
	var sum, count float64
	rng := t.stream(standardiseStream, 0)
	for range thinned(standardisePoints, d) / block {
		images, err := f.images(t.source.sample(block, rng), conditions)
		if err != nil {
			return nil, 0, err
		}
		for _, y := range images {
			for i := range y.RawMatrix().Rows {
				row := y.RawRowView(i)
				sum += dot(row, row)
				count++
				for j, v := range row {
					shift[j] += v
				}
			}
		}
	}
	for j := range shift {
		shift[j] /= count
	}
	return shift, 1 / math.Sqrt((sum/count-dot(shift, shift))/float64(d)), nil
}

// at returns the potential of a condition after checking it.
func (t *Task) at(c condition.Value) (convex, error) {
	if _, err := t.Schema.Check(c); err != nil {
		return nil, err
	}
	return t.family.at(c)
}

func (t *Task) checkCloud(x *mat.Dense) error {
	if x == nil || x.IsEmpty() {
		return errors.New("synthetic: empty cloud")
	}
	if _, d := x.Dims(); d != t.Dim() {
		return fmt.Errorf("synthetic: cloud has %d features, the task has %d", d, t.Dim())
	}
	return nil
}

// Map carries the rows of x (n×d) by the exact optimal map T_c into dst, which
// is allocated if nil. The error wraps [ErrUnknownMap] where the map of a
// picture is not known.
func (t *Task) Map(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	if err := t.checkCloud(x); err != nil {
		return nil, err
	}
	potential, err := t.at(c)
	if err != nil {
		return nil, err
	}
	return into(dst, potential.gradient(x))
}

// Potential returns ψ_c at the rows of x: the convex function whose gradient is
// the map, up to its additive constant.
func (t *Task) Potential(x *mat.Dense, c condition.Value) ([]float64, error) {
	if err := t.checkCloud(x); err != nil {
		return nil, err
	}
	potential, err := t.at(c)
	if err != nil {
		return nil, err
	}
	return potential.value(x), nil
}

// Inverse carries the rows of y back by T_c⁻¹, which has a closed form for the
// [Gaussian] kind; the error of other kinds wraps [ErrUnknownMap]. Elsewhere the
// pairs (x, T_c(x)) of test points are the known answers of the inverse map.
func (t *Task) Inverse(dst, y *mat.Dense, c condition.Value) (*mat.Dense, error) {
	if err := t.checkCloud(y); err != nil {
		return nil, err
	}
	potential, err := t.at(c)
	if err != nil {
		return nil, err
	}
	q, ok := potential.(*quadratic)
	if !ok {
		return nil, fmt.Errorf("synthetic: inverse map of kind %s: %w", t.Kind, ErrUnknownMap)
	}
	return into(dst, q.inverse(y))
}

// into copies m to dst, which must have its shape unless nil.
func into(dst, m *mat.Dense) (*mat.Dense, error) {
	if dst == nil {
		return m, nil
	}
	n, d := m.Dims()
	if r, c := dst.Dims(); r != n || c != d {
		return nil, fmt.Errorf("synthetic: dst is %d×%d, the image is %d×%d", r, c, n, d)
	}
	dst.Copy(m)
	return dst, nil
}
