package ncmt

import (
	"context"
	"math"
	"reflect"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestWeightedCost: rows of weight 0 do not count, and equal weights change nothing.
func TestWeightedCost(t *testing.T) {
	task := small(t)
	m, _, err := Fit(context.Background(), task.Task, tiny())
	check(t, err)
	c, x, y := m.Conditions[1], mat.DenseCopyOf(task.TestCloud), task.Train[1].Target
	plain, err := m.Cost(x, y, nil, nil, c)
	check(t, err)
	n, _ := x.Dims()
	weights := make([]float64, 2*n)
	both := mat.NewDense(2*n, 2, nil)
	for i := range 2 * n {
		both.SetRow(i, x.RawRowView(i%n))
		if i < n {
			weights[i] = 3
		} else {
			both.Set(i, 0, 50)
		}
	}
	weighted, err := m.Cost(both, y, weights, nil, c)
	check(t, err)
	for name, pair := range map[string][2]Estimate{"map": {plain.Map, weighted.Map}, "Lagrangian": {plain.Lagrangian, weighted.Lagrangian}, "best": {plain.Best, weighted.Best}} {
		if math.Abs(pair[0].Value-pair[1].Value) > 1e-5*math.Abs(pair[0].Value) || math.Abs(pair[0].StandardError/pair[1].StandardError-1) > 1e-5 {
			t.Errorf("%s: %+v without weights, %+v with", name, pair[0], pair[1])
		}
	}
}

// TestBestCost: the middle where the map's cost is above the Lagrangian, else the Lagrangian; of targets
// that f values more or less one or the other comes about.
func TestBestCost(t *testing.T) {
	task := small(t)
	m, _, err := Fit(context.Background(), task.Task, tiny())
	check(t, err)
	var above, below bool
	for _, pair := range task.Train {
		for _, y := range []*mat.Dense{pair.Target, pair.Source} {
			c, err := m.Cost(task.TestCloud, y, nil, nil, pair.Condition)
			check(t, err)
			want, largest := c.Lagrangian.Value, c.Lagrangian.StandardError
			if c.Map.Value > want { // a mean of two has at most the mean of their deviations
				above, want, largest = true, (want+c.Map.Value)/2, (largest+c.Map.StandardError)/2
			} else {
				below = true
			}
			if math.Abs(c.Best.Value-want) > 1e-9*math.Abs(want) || !(c.Best.StandardError > 0 && c.Best.StandardError <= largest*(1+1e-9)) {
				t.Errorf("best %+v of %+v and %+v", c.Best, c.Map, c.Lagrangian)
			}
		}
	}
	if !above || !below {
		t.Errorf("only one of the two cases came about: above %v, below %v", above, below)
	}
}

// TestConcurrentUse: a model may be asked from several goroutines.
func TestConcurrentUse(t *testing.T) {
	task := small(t)
	m, _, err := Fit(context.Background(), task.Task, tiny())
	check(t, err)
	c, x, y := m.Conditions[0], task.Train[0].Source, task.Train[0].Target
	want, err := m.Cost(x, y, nil, nil, c)
	check(t, err)
	images, err := m.Transport(nil, x, c)
	check(t, err)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			got, err := m.Cost(x, y, nil, nil, c)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("another cost, %+v, %v", got, err)
			}
			carried, err := m.Transport(nil, x, c)
			if err != nil || !mat.Equal(carried, images) {
				t.Errorf("other images, %v", err)
			}
		})
	}
	wait.Wait()
}
