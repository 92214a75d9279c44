package ncmt

import (
	"testing"

	"github.com/gomonge/gomonge/datasets/synthetic"
)

// TestDefaultWidth: networks are wide where the dimension, or a long training, pays for it; what is given stays.
func TestDefaultWidth(t *testing.T) {
	for _, c := range []struct {
		dim  int
		o    Options
		want int
	}{
		{2, Options{Steps: 9000}, 64}, {16, Options{}, 64}, {16, Options{Seconds: 60}, 64},
		{16, Options{Seconds: 120}, 128}, {8, Options{Steps: 2500}, 128}, {32, Options{Steps: 10}, 128},
		{50, Options{Architecture: Architecture{Width: 48}}, 48},
	} {
		task, err := synthetic.New(synthetic.Dose, synthetic.Options{Dim: c.dim, Seed: 1, SourcePoints: 10, TargetPoints: 10, TestPoints: 10})
		check(t, err)
		o, err := c.o.withDefaults(task.Task)
		check(t, err)
		if o.Architecture.Width != c.want {
			t.Errorf("%d dimensions, %d steps, %g seconds: width %d, want %d", c.dim, c.o.Steps, c.o.Seconds, o.Architecture.Width, c.want)
		}
	}
}
