package datasets

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// meansSquared is W₂² of clouds that are shifts of one another.
func meansSquared(a, b *mat.Dense) (float64, error) {
	n, d := a.Dims()
	m, _ := b.Dims()
	sum := 0.0
	for k := range d {
		gap := mat.Sum(a.ColView(k))/float64(n) - mat.Sum(b.ColView(k))/float64(m)
		sum += gap * gap
	}
	return sum, nil
}

// shifted is a task whose actions shift a cloud of two points: A by (0,0), B
// by (3,0), C by (0,4), and the held-out D by (3,4).
func shifted(t *testing.T) *Task {
	t.Helper()
	shifts := map[string][2]float64{"A": {0, 0}, "B": {3, 0}, "C": {0, 4}, "A+B": {3, 0}, "D": {3, 4}, "B+C": {3, 4}}
	task := &Task{Features: []string{"x", "y"}, Schema: condition.Schema{Variables: variables(t, "action:set", "dose:continuous")}}
	pair := func(action string, dose, way float64) Pair {
		s := shifts[action]
		value, err := task.Schema.ParseCells([]string{action, "1"})
		if err != nil {
			t.Fatal(err)
		}
		value[1].Number = dose
		return Pair{Condition: value, Source: mat.NewDense(2, 2, nil), Target: mat.NewDense(2, 2, []float64{s[0] + way - 1, s[1], s[0] + way + 1, s[1]})}
	}
	for _, action := range []string{"A", "B", "C"} { // two doses, one before and one behind the shift
		task.Train = append(task.Train, pair(action, 1, -.5), pair(action, 2, .5))
	}
	task.Train = append(task.Train, pair("A+B", 1, 0))
	task.HeldOut = []Pair{pair("B+C", 1, 0), pair("D", 1, -.5), pair("D", 2, .5)}
	if err := task.Schema.Fit(Conditions(task.Train)); err != nil {
		t.Fatal(err)
	}
	return task
}

// exactSquared is W₂² by the network simplex.
func exactSquared(a, b *mat.Dense) (float64, error) {
	return ot.W2Squared(context.Background(), ot.Uniform(a), ot.Uniform(b))
}

func TestEmbedActions(t *testing.T) {
	task := shifted(t)
	for name, w2Squared := range map[string]func(a, b *mat.Dense) (float64, error){"means": meansSquared, "exact": exactSquared} {
		t.Run(name, func(t *testing.T) { testEmbedActions(t, task, w2Squared) })
	}
}

func testEmbedActions(t *testing.T, task *Task, w2Squared func(a, b *mat.Dense) (float64, error)) {
	got, e, err := task.EmbedActions(context.Background(), "action", w2Squared, EmbedOptions{PlaceHeldOut: true})
	if err != nil {
		t.Fatal(err)
	}
	if e.Stress > 1e-12 || task.Schema.Variables[0].Vectors != nil {
		t.Errorf("stress %g, coordinates in the task given %v", e.Stress, task.Schema.Variables[0].Vectors)
	}
	// Three points on a plane span a plane: D closes the rectangle.
	for _, c := range []struct {
		a, b string
		want float64
	}{{"A", "B", 3}, {"A", "C", 4}, {"B", "C", 5}, {"A", "D", 5}, {"B", "D", 4}, {"C", "D", 3}} {
		sum := 0.0
		for k, x := range e.Coordinates[c.a] {
			sum += (x - e.Coordinates[c.b][k]) * (x - e.Coordinates[c.b][k])
		}
		if d := e.Scale * math.Sqrt(sum); math.Abs(d-c.want) > 1e-6 {
			t.Errorf("distance of %s and %s is %g, want %g", c.a, c.b, d, c.want)
		}
	}
	blocks := got.Schema.Blocks()
	if b := blocks[0]; b.Dim != 10 || len(b.Labels) != 4 || len(b.Table) != 40 {
		t.Errorf("block %+v", b)
	}
	if w, err := got.Schema.Check(task.HeldOut[1].Condition); err != nil || len(w) != 1 {
		t.Errorf("Check(D) = %q, %v", w, err)
	}
	alone, _, err := task.EmbedActions(context.Background(), "action", w2Squared, EmbedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone.Schema.Check(task.HeldOut[1].Condition); err == nil || !strings.Contains(err.Error(), "action=D: this action has no coordinates") {
		t.Errorf("Check(D), not placed: %v", err)
	}
}

func TestEmbedActionsErrors(t *testing.T) {
	background := context.Background()
	failure := errors.New("no")
	for say, call := range map[string]func(*Task) error{
		"nearest: action": func(t *Task) error {
			_, _, err := t.EmbedActions(background, "acton", meansSquared, EmbedOptions{})
			return err
		},
		"is continuous": func(t *Task) error {
			_, _, err := t.EmbedActions(background, "dose", meansSquared, EmbedOptions{})
			return err
		},
		"1 label of action": func(t *Task) error {
			t.Train = t.Train[:2]
			_, _, err := t.EmbedActions(background, "action", meansSquared, EmbedOptions{})
			return err
		},
		"stand alone in no training condition": func(t *Task) error {
			t.Train = append(t.Train, t.HeldOut[0])
			t.Train = append(t.Train[:4:4], t.Train[6:]...) // C leaves
			_, _, err := t.EmbedActions(background, "action", meansSquared, EmbedOptions{})
			return err
		},
		"distance of D and A: no": func(t *Task) error {
			t.HeldOut = t.HeldOut[:2] // D at one dose: its cloud is not stacked
			target := t.HeldOut[1].Target
			_, _, err := t.EmbedActions(background, "action", func(a, b *mat.Dense) (float64, error) {
				if a == target {
					return 0, failure
				}
				return meansSquared(a, b)
			}, EmbedOptions{PlaceHeldOut: true})
			return err
		},
		"canceled": func(t *Task) error {
			ctx, cancel := context.WithCancel(background)
			cancel()
			_, _, err := t.EmbedActions(ctx, "action", meansSquared, EmbedOptions{})
			return err
		},
	} {
		if err := call(shifted(t)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("EmbedActions: %v; want an error with %q", err, say)
		}
	}
}
