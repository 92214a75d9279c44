package condot

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// tiny options train a network that is too small to learn much, in moments.
func tiny() Options {
	return Options{Architecture: Architecture{Layers: 2, Width: 8}, Encoding: Encoding{Frequencies: 4, Hidden: 8, Width: 4, CombinatorWidth: 4},
		Steps: 4, Inner: 2, Refine: 2, Batch: 24}
}

// engine opens the backend that the specification names; "" is the default one.
func engine(t testing.TB, spec string) *backend.Engine {
	t.Helper()
	e, err := backend.Get(spec)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// known is a small task with exact maps.
func known(t testing.TB, kind synthetic.Kind, dim int) *synthetic.Task {
	t.Helper()
	task, err := synthetic.New(kind, synthetic.Options{Dim: dim, Seed: 1, SourcePoints: 600, TargetPoints: 400, TestPoints: 300})
	check(t, err)
	return task
}

// begun is a trainer with its weights on the device, and the model that they make.
func begun(t testing.TB, task *datasets.Task, o Options) (*trainer, *Model) {
	t.Helper()
	o, err := o.withDefaults(task)
	check(t, err)
	tr, err := newTrainer(engine(t, o.Backend).Backend, task, o)
	check(t, err)
	m, err := tr.model(task)
	check(t, err)
	return tr, m
}

// unbegun is the model at step 0 and the warnings of its start, without the programs of training.
func unbegun(t testing.TB, task *datasets.Task, o Options) (*Model, []string) {
	t.Helper()
	o, err := o.withDefaults(task)
	check(t, err)
	e, err := newEncoder(task.Schema, o.Encoding, datasets.Conditions(task.Train))
	check(t, err)
	be := engine(t, o.Backend).Backend
	tr := &trainer{be: be, on: be, o: o, e: e}
	tr.data, err = batches.Prepare(task, e.features, o.Validation, o.Seed)
	check(t, err)
	tr.g, tr.f = e.networks(task.Dim(), o.Architecture)
	check(t, tr.start(task))
	m, err := tr.model(task)
	check(t, err)
	return m, tr.warnings
}

// modulated are the weights u_0 [J,J] of a bank's terms at the training conditions, in g.
func modulated(t testing.TB, tr *trainer) []float32 {
	t.Helper()
	n, q := len(tr.data.Source), tr.data.FeatureCount
	prog, err := train.Compile(tr.be, "modulator", func(gr *Graph) []*Node {
		w := tr.g.layout.Split(Parameter(gr, "w", train.Vector(tr.g.layout.Size)))
		return []*Node{Softmax(nn.Affine(w, "modulator", tr.g.path.Code(w, Parameter(gr, "v", shapes.Make(dtypes.Float32, n, q)))), -1)}
	})
	check(t, err)
	v, err := train.Upload(tr.be, tr.data.Features, n, q)
	check(t, err)
	out, err := prog.Run([]compute.Buffer{tr.device.State[gNow], v}, nil)
	check(t, err)
	u := make([]float32, n*n)
	check(t, train.Download(u, out[0]))
	return u
}

// setTask has sets of actions as conditions: singles a, b, c, d and some pairs; each action
// shifts the plane its own way.
func setTask(t testing.TB, variable string) *datasets.Task {
	t.Helper()
	v, err := condition.ParseVariable(variable)
	check(t, err)
	schema := condition.Schema{Variables: []condition.Variable{v}}
	r := rand.New(rand.NewPCG(3, 4))
	task := &datasets.Task{Name: "shifts", Features: []string{"u", "v"}}
	source := normalCloud(r, 200, 2, 1, 0, 0)
	for _, text := range []string{"a", "b", "c", "d", "a+b", "c+d"} {
		c, err := schema.Parse(v.Name + "=" + text)
		check(t, err)
		x, y := 0.0, 0.0
		for _, l := range c[0].Labels {
			angle := float64(l[0])
			x, y = x+2*math.Cos(angle), y+2*math.Sin(angle)
		}
		task.Train = append(task.Train, datasets.Pair{Condition: c, Source: source, Target: normalCloud(r, 150, 2, 1, x, y)})
	}
	task.Schema = schema
	check(t, task.Schema.Fit(datasets.Conditions(task.Train)))
	return task
}

// normalCloud draws n points of N(shift, sd²I).
func normalCloud(r *rand.Rand, n, d int, sd float64, shift ...float64) *mat.Dense {
	m := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			m.Set(i, j, shift[j]+sd*r.NormFloat64())
		}
	}
	return m
}

// plain is a task of no conditions.
func plain(source, target *mat.Dense) *datasets.Task {
	_, d := source.Dims()
	features := make([]string, d)
	for j := range features {
		features[j] = string(rune('a' + j))
	}
	return &datasets.Task{Features: features, Train: []datasets.Pair{{Condition: condition.Value{}, Source: source, Target: target}}}
}

// distance is ‖a−b‖ over ‖b − its mean‖, in the Frobenius norm.
func distance(a, b *mat.Dense) float64 {
	n, d := b.Dims()
	var diff mat.Dense
	diff.Sub(a, b)
	centred := mat.DenseCopyOf(b)
	for j := range d {
		mean := mat.Sum(b.ColView(j)) / float64(n)
		for i := range n {
			centred.Set(i, j, b.At(i, j)-mean)
		}
	}
	return mat.Norm(&diff, 2) / mat.Norm(centred, 2)
}
