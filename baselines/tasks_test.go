package baselines_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"gonum.org/v1/gonum/mat"
)

// normal draws an n×d cloud of standard normal points.
func normal(n, d int, r *rand.Rand) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	x.Apply(func(_, _ int, _ float64) float64 { return r.NormFloat64() }, x)
	return x
}

// moved is a copy of x whose rows are shifted and reversed, so that they do not
// match those of x.
func moved(x *mat.Dense, shift ...float64) *mat.Dense {
	n, d := x.Dims()
	y := mat.NewDense(n, d, nil)
	for i := range n {
		for k := range d {
			y.Set(n-1-i, k, x.At(i, k)+shift[k])
		}
	}
	return y
}

// newTask fits the schema to the pairs, all in the space of d features.
func newTask(t *testing.T, name string, variables []condition.Variable, d int, pairs map[string]func() datasets.Pair) *datasets.Task {
	t.Helper()
	task := &datasets.Task{Name: name, Schema: condition.Schema{Variables: variables}, Features: []string{"a", "b", "c", "d", "e", "f"}[:d]}
	for _, text := range sortedKeys(pairs) {
		p := pairs[text]()
		var err error
		if p.Condition, err = task.Schema.Parse(text); err != nil {
			t.Fatal(err)
		}
		task.Train = append(task.Train, p)
	}
	if err := task.Schema.Fit(datasets.Conditions(task.Train)); err != nil {
		t.Fatal(err)
	}
	return task
}

func parse(t *testing.T, task *datasets.Task, text string) condition.Value {
	t.Helper()
	c, err := task.Schema.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// smallTasks are a task of every kind, and ones with what those lack: a cloud
// on the line, a source for each condition, weights and few points.
func smallTasks(t *testing.T) []*datasets.Task {
	t.Helper()
	var tasks []*datasets.Task
	for _, kind := range synthetic.Kinds() {
		task, err := synthetic.New(kind, synthetic.Options{Dim: 2, Seed: 3, SourcePoints: 120, TargetPoints: 90, TestPoints: 40})
		if err != nil {
			t.Fatal(err)
		}
		tasks = append(tasks, task.Task)
	}
	return append(tasks, lineTask(t), weightedTask(t), fewTask(t))
}

// lineTask has x ↦ (1+dose)x + dose on the line.
func lineTask(t *testing.T) *datasets.Task {
	r := rand.New(rand.NewPCG(5, 1))
	pairs := map[string]func() datasets.Pair{}
	source := normal(101, 1, r)
	for text, dose := range map[string]float64{"0": 0, "1": 1, "3": 3} {
		pairs[text] = func() datasets.Pair {
			y := mat.DenseCopyOf(moved(source, 0))
			y.Apply(func(_, _ int, v float64) float64 { return (1+dose)*v + dose }, y)
			return datasets.Pair{Source: source, Target: y}
		}
	}
	return newTask(t, "line", []condition.Variable{{Name: "dose"}}, 1, pairs)
}

// weightedTask has a source for each drug, shifted targets, weights on both
// sides and points of weight zero.
func weightedTask(t *testing.T) *datasets.Task {
	r := rand.New(rand.NewPCG(5, 2))
	// More weight where a is positive, none for every seventh point.
	weights := func(x *mat.Dense) []float64 {
		w := mat.Col(nil, 0, x)
		for i, v := range w {
			w[i] = .5
			if v > 0 {
				w[i] = 3
			}
			if i%7 == 0 {
				w[i] = 0
			}
		}
		return w
	}
	pairs := map[string]func() datasets.Pair{}
	for drug, shift := range map[string]float64{"aspirin": 1, "ibuprofen": 3} {
		pairs[drug] = func() datasets.Pair {
			x, y := normal(60, 3, r), normal(50, 3, r)
			return datasets.Pair{Source: x, Target: moved(moved(y, shift, 0, -shift), 0, 0, 0), SourceWeights: weights(x), TargetWeights: weights(y)}
		}
	}
	return newTask(t, "weighted", []condition.Variable{{Name: "drug", Kind: condition.Categorical}}, 3, pairs)
}

// fewTask has fewer points than dimensions and a constant feature.
func fewTask(t *testing.T) *datasets.Task {
	r := rand.New(rand.NewPCG(5, 3))
	cloud := func(n int) *mat.Dense {
		x := normal(n, 6, r)
		for i := range n {
			x.Set(i, 2, 7)
		}
		return x
	}
	source := cloud(40)
	return newTask(t, "few", []condition.Variable{{Name: "perturbation", Kind: condition.Set}}, 6, map[string]func() datasets.Pair{
		"KLF1":        func() datasets.Pair { return datasets.Pair{Source: source, Target: cloud(4)} },
		"KLF1+MAP2K6": func() datasets.Pair { return datasets.Pair{Source: source, Target: cloud(30)} },
	})
}

// distance is the largest difference of two clouds' coordinates.
func distance(x, y *mat.Dense) float64 {
	most := 0.0
	for i := range x.RawMatrix().Rows {
		for k, v := range x.RawRowView(i) {
			most = math.Max(most, math.Abs(v-y.At(i, k)))
		}
	}
	return most
}
