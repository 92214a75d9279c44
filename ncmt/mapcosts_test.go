package ncmt

import (
	"context"
	"math"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// TestMapCosts: costs under many conditions at once are those of one by one, to float32's rounding with the strong cost; with the weak one, whose
// noise is drawn otherwise, to four of its standard errors over the points, and not as if there were no noise.
func TestMapCosts(t *testing.T) {
	task := small(t)
	for _, cost := range []Cost{StrongCost, WeakCost} {
		o := tiny()
		o.Cost = cost
		if cost == WeakCost {
			o.Gamma = .5
		}
		m, _, err := Fit(context.Background(), task.Task, o)
		check(t, err)
		var conditions []condition.Value
		for k := range 2*costChunk + 1 { // chunks, and a part of one
			conditions = append(conditions, m.Conditions[k%len(m.Conditions)])
		}
		got, err := m.MapCosts(task.TestCloud, conditions)
		check(t, err)
		if len(got) != len(conditions) {
			t.Fatalf("%d costs of %d conditions", len(got), len(conditions))
		}
		for k, c := range conditions {
			want, err := m.Cost(task.TestCloud, task.Train[0].Target, nil, nil, c)
			check(t, err)
			tolerance, spread := 1e-5*math.Abs(want.Map.Value), 1e-4
			if cost == WeakCost {
				tolerance, spread = 4*want.Map.StandardError, .75 // a deviation of 50 skewed values
			}
			if math.Abs(got[k].Value-want.Map.Value) > tolerance || math.Abs(got[k].StandardError/want.Map.StandardError-1) > spread {
				t.Errorf("%s, condition %d: %+v, one by one %+v", cost, k, got[k], want.Map)
			}
		}
		if again := got[len(m.Conditions)]; cost == WeakCost && again == got[0] {
			t.Error("two conditions have the same noise")
		}
	}
	m, _, err := Fit(context.Background(), task.Task, tiny())
	check(t, err)
	if none, err := m.MapCosts(task.TestCloud, nil); err != nil || len(none) != 0 {
		t.Errorf("no conditions: %v, %v", none, err)
	}
	if _, err := m.MapCosts(mat.NewDense(1, 2, nil), m.Conditions); err == nil {
		t.Error("one point has a standard error")
	}
	if _, err := m.MapCosts(task.TestCloud, []condition.Value{nil}); err == nil {
		t.Error("a condition without values is taken")
	}
}
