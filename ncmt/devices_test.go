package ncmt

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/internal/backend"
)

// TestDevicesAgree: two and four devices train the weights of one, whether they share conditions or points, with noise
// and without. A mean over the batch in another order differs by float32's rounding, which pre-training and ten steps
// grow: 1e-4 of the largest weight, as between the engines.
func TestDevicesAgree(t *testing.T) {
	e, err := backend.Get("")
	check(t, err)
	if e.Backend.NumDevices() < 4 {
		t.Skipf("%s has %d devices, not 4", e.Name, e.Backend.NumDevices())
	}
	task := small(t)
	for name, c := range map[string]struct {
		o       Options
		devices []int
	}{
		"points":                {Options{PerBatch: 3, Batch: 24}, []int{2, 4}},
		"conditions":            {Options{PerBatch: 4, Batch: 32, Cost: KernelCost, Gamma: .5, Draws: 2, Conditions: Conditions{Shared: true}, Validation: -1}, []int{4}},
		"noise":                 {Options{PerBatch: 3, Batch: 24, Cost: WeakCost, Gamma: .5, Draws: 2, PretrainCritic: 10, Validation: -1}, []int{2}},
		"one point a condition": {Options{PerBatch: 4, Batch: 4, Validation: -1}, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "points" {
				t.Skip("programs take seconds to compile")
			}
			o, s := c.o, tiny()
			o.Architecture, o.Pretrain, o.Steps, o.Inner, o.Seed = s.Architecture, s.Pretrain, 2, 4, 3
			fit := func() (weights []float32, losses []float64) {
				m, report, err := Fit(context.Background(), task.Task, o)
				check(t, err)
				return append(append(weights, m.tParams...), m.fParams...), report.Losses[len(report.Losses)-1].Value
			}
			one, alone := fit()
			for _, o.Devices = range c.devices {
				got, losses := fit()
				worst, size := 0.0, 0.0
				for i, v := range one {
					worst, size = math.Max(worst, math.Abs(float64(v-got[i]))), math.Max(size, math.Abs(float64(v)))
				}
				if !(worst < 1e-4*size) {
					t.Errorf("the weights of %d devices differ by %g at weights of size %g", o.Devices, worst, size)
				}
				for k, v := range alone {
					if !(math.Abs(losses[k]-v) < 1e-4*math.Abs(v)+1e-5) {
						t.Errorf("loss %d is %g on %d devices, %g on one", k, losses[k], o.Devices, v)
					}
				}
			}
		})
	}
	for _, c := range []struct {
		o    Options
		says string
	}{{Options{PerBatch: 3, Batch: 45, Devices: 4}, "a batch of 36 or 48 points can"}, {Options{Devices: 1 << 10}, "this backend has"}} {
		if _, _, err := Fit(context.Background(), task.Task, c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v; want %q", c.o, err, c.says)
		}
	}
}
