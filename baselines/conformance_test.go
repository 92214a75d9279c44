package baselines_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// carrying is what this test holds every method to.
type carrying interface {
	Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error)
	Check(c condition.Value) (warnings []string, err error)
	Save(folder string) error
}

// contender is a method as the conformance test sees it.
type contender struct {
	name string
	// pooled answers any condition alike.
	pooled bool
	// tasks by name; nil: all. What is trained compiles programs for each form of a task, so that one or two have to do.
	tasks []string
	fit   func(task *datasets.Task) (carrying, error)
	load  func(folder string) (carrying, error)
}

// briefly are options of CondOT that train a small network for a few steps.
var briefly = condot.Options{
	Steps: 3, Batch: 32, Seed: 1,
	Architecture: condot.Architecture{Layers: 2, Width: 8},
	Encoding:     condot.Encoding{Frequencies: 8, Hidden: 8, Width: 8},
}

func contenders() []contender {
	list := []contender{{
		name: "condot", tasks: []string{"dose-d2-seed3", "weighted"},
		fit: func(task *datasets.Task) (carrying, error) {
			m, _, err := condot.Fit(context.Background(), task, briefly)
			return m, err
		},
		load: func(folder string) (carrying, error) { return condot.Load(folder, "") },
	}}
	for _, m := range baselines.Methods() {
		var tasks []string
		if m.Trains {
			tasks = []string{"weighted"}
		}
		list = append(list, contender{
			name: m.Name, tasks: tasks,
			pooled: m.Name == "identity" || m.Name == "mean" || m.Name == "icnn" || strings.HasSuffix(m.Name, "-pooled"),
			fit: func(task *datasets.Task) (carrying, error) {
				return baselines.Fit(context.Background(), m.Name, task, baselines.Options{Seed: 1, ICNN: briefly, CPA: quickCPA})
			},
			load: func(folder string) (carrying, error) { return baselines.Load(folder, "") },
		})
	}
	return list
}

// Every method on every small task: what a map has to do whatever it is.
func TestConformance(t *testing.T) {
	tasks := smallTasks(t)
	for _, m := range contenders() {
		t.Run(m.name, func(t *testing.T) {
			fits := 0
			for _, task := range tasks {
				if m.tasks != nil && !slices.Contains(m.tasks, task.Name) {
					continue
				}
				model, err := m.fit(task)
				var inapplicable *baselines.NotApplicableError
				if errors.As(err, &inapplicable) && strings.Contains(err.Error(), "does not apply to this task") {
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", task.Name, err)
					continue
				}
				fits++
				t.Run(task.Name, func(t *testing.T) {
					conforms(t, m, task, model)
				})
			}
			if fits == 0 {
				t.Error("the method applies to no task")
			}
		})
	}
}

func conforms(t *testing.T, m contender, task *datasets.Task, model carrying) {
	again, err := m.fit(task)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "model")
	if err := model.Save(folder); err != nil {
		t.Fatal(err)
	}
	loaded, err := m.load(folder)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.DenseCopyOf(task.Train[0].Source.Slice(0, 25, 0, task.Dim()))
	for _, p := range slices.Concat(task.Train, task.HeldOut) {
		label := task.Schema.Format(p.Condition)
		y, err := model.Transport(nil, x, p.Condition)
		if _, checked := model.Check(p.Condition); fmt.Sprint(checked) != fmt.Sprint(err) {
			t.Errorf("%s: Check says %v, Transport %v", label, checked, err)
		}
		var inapplicable *baselines.NotApplicableError
		if errors.As(err, &inapplicable) {
			answersLike(t, label, err, loaded, x, p.Condition)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", label, err)
			continue
		}
		checkImages(t, label, x, y)
		for name, other := range map[string]carrying{"fitted again": again, "loaded": loaded} {
			z, err := other.Transport(nil, x, p.Condition)
			if err != nil || !mat.Equal(y, z) {
				t.Errorf("%s: the model %s gives another answer (%v)", label, name, err)
			}
		}
		checkDestinations(t, label, model, x, y, p.Condition)
	}
	refuses(t, m, task, model, x)
}

// answersLike holds a loaded model to the error of the one that was saved.
func answersLike(t *testing.T, label string, want error, loaded carrying, x *mat.Dense, c condition.Value) {
	t.Helper()
	if _, err := loaded.Transport(nil, x, c); err == nil || err.Error() != want.Error() {
		t.Errorf("%s: the loaded model says %v, the saved one %v", label, err, want)
	}
}

func checkImages(t *testing.T, label string, x, y *mat.Dense) {
	t.Helper()
	n, d := x.Dims()
	if r, c := y.Dims(); r != n || c != d {
		t.Fatalf("%s: %d×%d images of %d×%d points", label, r, c, n, d)
	}
	for _, v := range y.RawMatrix().Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%s: an image has the coordinate %g", label, v)
		}
	}
}

// checkDestinations carries into dst, also into a window of a larger matrix
// and in place, and one point at a time: all the same.
func checkDestinations(t *testing.T, label string, model carrying, x, y *mat.Dense, c condition.Value) {
	t.Helper()
	n, d := x.Dims()
	window := mat.NewDense(n+2, d+3, nil).Slice(1, n+1, 2, d+2).(*mat.Dense)
	if got, err := model.Transport(window, x, c); err != nil || got != window || !mat.Equal(got, y) {
		t.Errorf("%s: carried into dst, the images differ (%v)", label, err)
	}
	place := mat.DenseCopyOf(x)
	if _, err := model.Transport(place, place, c); err != nil || !mat.Equal(place, y) {
		t.Errorf("%s: carried in place, the images differ (%v)", label, err)
	}
	one, err := model.Transport(nil, x.Slice(3, 4, 0, d).(*mat.Dense), c)
	// Sums of products may run in another order for one row.
	if err != nil || distance(one, y.Slice(3, 4, 0, d).(*mat.Dense)) > 1e-5 {
		t.Errorf("%s: a point carried alone goes elsewhere (%v)", label, err)
	}
}

// refuses asks for what no model can do.
func refuses(t *testing.T, m contender, task *datasets.Task, model carrying, x *mat.Dense) {
	t.Helper()
	n, d := x.Dims()
	c := task.Train[0].Condition
	for what, ask := range map[string]func() error{
		"columns":                  func() error { _, err := model.Transport(nil, mat.NewDense(n, d+1, nil), c); return err },
		"dst":                      func() error { _, err := model.Transport(mat.NewDense(n+1, d, nil), x, c); return err },
		"point":                    func() error { _, err := model.Transport(nil, &mat.Dense{}, c); return err },
		"no point":                 func() error { _, err := model.Transport(nil, nil, c); return err },
		"0 fields":                 func() error { _, err := model.Transport(nil, x, nil); return err },
		"no label or not a number": func() error { _, err := model.Transport(nil, x, malformed(c)); return err },
	} {
		if err := ask(); err == nil {
			t.Errorf("%s: no error where there was a wrong one", what)
		}
	}
	unknown, ok := neverSeen(task)
	if !ok {
		return
	}
	y, err := model.Transport(nil, x, unknown)
	if _, checked := model.Check(unknown); fmt.Sprint(checked) != fmt.Sprint(err) {
		t.Errorf("%s: Check says %v, Transport %v", task.Schema.Format(unknown), checked, err)
	}
	if m.pooled {
		if same, _ := model.Transport(nil, x, c); err != nil || !mat.Equal(y, same) {
			t.Errorf("a pooled map answers %s otherwise than %s (%v)", task.Schema.Format(unknown), task.Schema.Format(c), err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("%s: error %v; want one that names the label", task.Schema.Format(unknown), err)
	}
}

// malformed is a value of the right length with a field that is none.
func malformed(c condition.Value) condition.Value {
	wrong := slices.Clone(c)
	if len(wrong[0].Labels) > 0 {
		wrong[0].Labels = []string{""}
	} else {
		wrong[0].Number = math.NaN()
	}
	return wrong
}

// neverSeen is a condition with a label that training never saw, where the task has labels.
func neverSeen(task *datasets.Task) (condition.Value, bool) {
	for i, v := range task.Schema.Variables {
		if v.Kind != condition.Continuous {
			c := slices.Clone(task.Train[0].Condition)
			c[i] = condition.Field{Labels: []string{"nobody"}}
			return c, true
		}
	}
	return nil, false
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
