package condot

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/synthetic"
)

// onSeveral skips where the backend has fewer than four devices; XLA's CPU plugin shows four virtual ones.
func onSeveral(t *testing.T) {
	t.Helper()
	if e := engine(t, ""); e.Backend.NumDevices() < 4 {
		t.Skipf("%s has %d devices, not 4", e.Name, e.Backend.NumDevices())
	}
}

// fewRounds trains on four doses or three.
func fewRounds(o Options) Options {
	few := tiny()
	o.Architecture, o.Encoding.Frequencies, o.Encoding.Hidden, o.Encoding.Width = few.Architecture, few.Encoding.Frequencies, few.Encoding.Hidden, few.Encoding.Width
	o.Steps, o.Inner, o.Batch, o.Seed = 2, 5, 16*o.Conditions, 3
	if o.Refine == 0 {
		o.Refine = few.Refine
	}
	return o
}

// weightsApart is how far two models' weights of g and f are from each other, over the size of the largest.
func weightsApart(a, b *Model) float64 {
	worst, size := 0.0, 0.0
	for _, w := range [][2][]float32{{a.gParams, b.gParams}, {a.fParams, b.fParams}} {
		for i, v := range w[0] {
			worst, size = math.Max(worst, math.Abs(float64(v-w[1][i]))), math.Max(size, math.Abs(float64(v)))
		}
	}
	return worst / size
}

// TestDevicesAgree: two and four devices train the weights of one, whether they share conditions or points. A mean over
// the batch in another order differs by float32's rounding, which ten steps grow: 1e-4 of the largest weight, as
// between the engines.
func TestDevicesAgree(t *testing.T) {
	onSeveral(t)
	task := known(t, synthetic.Dose, 2)
	for name, c := range map[string]struct {
		o       Options
		devices []int
	}{
		"points":     {Options{Conditions: 3}, []int{2, 4}},
		"conditions": {Options{Conditions: 4, Validation: -1}, []int{4}},
		"minimax":    {Options{Conditions: 3, Refine: -1, ExpectileWeight: .3, Encoding: Encoding{Sharing: JointPath}, Validation: -1}, []int{2}},
		"primal":     {Options{Conditions: 4, Objective: Primal, Validation: -1}, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "points" {
				t.Skip("programs take seconds to compile")
			}
			o := fewRounds(c.o)
			one, alone, err := Fit(context.Background(), task.Task, o)
			check(t, err)
			for _, o.Devices = range c.devices {
				m, report, err := Fit(context.Background(), task.Task, o)
				check(t, err)
				if d := weightsApart(one, m); !(d < 1e-4) {
					t.Errorf("the weights of %d devices differ by %g of the largest", o.Devices, d)
				}
				for k, v := range alone.Losses[len(alone.Losses)-1].Value {
					if got := report.Losses[len(report.Losses)-1].Value[k]; !(math.Abs(got-v) < 1e-4*math.Abs(v)+1e-6) {
						t.Errorf("the last loss of %s is %g on %d devices, %g on one", report.LossNames[k], got, o.Devices, v)
					}
				}
			}
		})
	}
}

// TestDevicesChangeWhenResumed: two devices end where two did that were cut in between and went on, to the same bits, and one
// device goes on from there, too (rounding as in TestDevicesAgree).
func TestDevicesChangeWhenResumed(t *testing.T) {
	if testing.Short() {
		t.Skip("programs take seconds to compile")
	}
	onSeveral(t)
	task := known(t, synthetic.Dose, 2)
	o := fewRounds(Options{Conditions: 3, Devices: 2, Validation: -1})
	whole, _, err := Fit(context.Background(), task.Task, o)
	check(t, err)
	for devices, bound := range map[int]float64{2: 0, 1: 1e-4} {
		o.Devices, o.Resume, o.Checkpoint = 2, false, filepath.Join(t.TempDir(), "checkpoint")
		ctx, cancel := context.WithCancel(context.Background())
		o.Watch = func(step int, _ *Model) error {
			if step == 1 {
				cancel()
			}
			return nil
		}
		_, report, err := Fit(ctx, task.Task, o)
		check(t, err)
		if report.Steps != 1 {
			t.Fatalf("cut after %d steps", report.Steps)
		}
		o.Watch, o.Resume, o.Devices = nil, true, devices
		m, _, err := Fit(context.Background(), task.Task, o)
		check(t, err)
		if d := weightsApart(whole, m); !(d <= bound) {
			t.Errorf("gone on with on %d devices, the weights differ by %g of the largest", devices, d)
		}
	}
}

// TestDevicesThatCannotShare says what would be right.
func TestDevicesThatCannotShare(t *testing.T) {
	onSeveral(t)
	task := known(t, synthetic.Dose, 2)
	for _, c := range []struct {
		o    Options
		says string
	}{
		{Options{Conditions: 3, Batch: 48, Devices: 3 * 1 << 10}, "this backend has"},
		{Options{Conditions: 3, Batch: 45, Devices: 4}, "a batch of 36 or 48 points can"},
		{Options{Conditions: 3, Batch: 48, Devices: 4, Objective: Primal}, "divides 3"},
		{Options{Devices: -1}, "from 1"},
		{Options{Backend: "go", Devices: 2}, "pure Go"},
	} {
		if _, _, err := Fit(context.Background(), task.Task, c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v; want %q", c.o, err, c.says)
		}
	}
}
