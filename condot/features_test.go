package condot

import (
	"math"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
)

// encoded are the features of a condition of the task, given as text.
func encoded(t testing.TB, task *datasets.Task, o Encoding, text string) []float32 {
	t.Helper()
	full, err := Options{Encoding: o}.withDefaults(task)
	check(t, err)
	full.Encoding.Bank = o.Bank
	e, err := newEncoder(task.Schema, full.Encoding, datasets.Conditions(task.Train))
	check(t, err)
	c, err := task.Schema.Parse(text)
	check(t, err)
	v, err := e.features(c)
	check(t, err)
	if n := e.path().In(); len(v) != n {
		t.Fatalf("%s has %d features, the path reads %d", text, len(v), n)
	}
	return v
}

// TestFeatures: what the networks read of a condition, number by number.
func TestFeatures(t *testing.T) {
	dose, mix, sets := known(t, synthetic.Dose, 2).Task, known(t, synthetic.Mix, 2).Task, setTask(t, "actions:set")
	sin := func(x float64) float32 { return float32(math.Sin(x)) }
	cos := func(x float64) float32 { return float32(math.Cos(x)) }
	b := dose.Schema.Variables[0]
	at := (.35 - b.Min) / (b.Max - b.Min)
	for _, c := range []struct {
		name     string
		task     *datasets.Task
		encoding Encoding
		text     string
		want     []float32
	}{
		{"a bare number", dose, Encoding{}, "dose=0.35", []float32{float32(at)}},
		{"a positional encoding", dose, Encoding{Scale: 6, Frequencies: 4}, "dose=0.35", []float32{sin(6 * at), cos(6 * at), sin(6 * at / 100), cos(6 * at / 100)}},
		{"a multi-hot sum", sets, Encoding{}, "actions=d+b", []float32{0, 1, 0, 1}},
		{"slots of a deep set", sets, Encoding{Combinator: DeepSet}, "actions=d+b", []float32{1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
		{"no condition", plain(dose.Train[0].Source, dose.Train[0].Target), Encoding{}, "", []float32{0}},
	} {
		got := encoded(t, c.task, c.encoding, c.text)
		if !slices.EqualFunc(got, c.want, func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-6 }) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	hot := encoded(t, mix, Encoding{}, mix.Schema.Format(mix.Train[0].Condition))
	category, number := hot[:len(hot)-1], hot[len(hot)-1]
	if len(category) < 2 || total(category) != 1 || slices.Max(category) != 1 || number < 0 || number > 1 {
		t.Errorf("a category and a number are read as %v", hot)
	}
}

func total(v []float32) (sum float32) {
	for _, x := range v {
		sum += x
	}
	return sum
}

// TestSumOfCoordinates: actions that have coordinates are joined by summing them.
func TestSumOfCoordinates(t *testing.T) {
	task := setTask(t, "actions:set")
	task.Schema.Variables[0].Vectors = map[string][]float64{"a": {1, 0}, "b": {0, 1}, "c": {-1, .5}, "d": {.2, .2}}
	check(t, task.Schema.Fit(datasets.Conditions(task.Train)))
	b, d, both := encoded(t, task, Encoding{}, "actions=b"), encoded(t, task, Encoding{}, "actions=d"), encoded(t, task, Encoding{}, "actions=d+b")
	if len(both) != 2 || slices.Equal(b, d) {
		t.Fatalf("b, d and both are %v, %v and %v", b, d, both)
	}
	for k := range both {
		if math.Abs(float64(both[k]-b[k]-d[k])) > 1e-6 {
			t.Errorf("b, d and both are %v, %v and %v", b, d, both)
		}
	}
}

// TestBankWeights are 1 at a condition that was trained, and between two of them the nearer one
// counts more.
func TestBankWeights(t *testing.T) {
	task := known(t, synthetic.Dose, 2).Task
	n := len(task.Train)
	for j, p := range task.Train {
		v := encoded(t, task, Encoding{Bank: true}, task.Schema.Format(p.Condition))
		w := v[len(v)-n:]
		if w[j] < .999 {
			t.Errorf("condition %d has the weight %g at itself", j, w[j])
		}
	}
	v := encoded(t, task, Encoding{Bank: true}, "dose=0.3")
	w := v[len(v)-n:]
	if nearest := slices.Index(w, slices.Max(w)); math.Abs(float64(total(w)-1)) > 1e-6 || math.Abs(task.Train[nearest].Condition[0].Number-.3) > .06 {
		t.Errorf("weights %v", w)
	}
}
