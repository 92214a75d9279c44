package experiments

import (
	"slices"
	"testing"

	"github.com/gomonge/gomonge/metrics"
)

// TestWarningsOnce: what holds of many parts is written once, in the order in which it was first said.
func TestWarningsOnce(t *testing.T) {
	var r Result
	r.warn("", "a quick run")
	for _, where := range []string{"a", "b", "a", "c", "d"} {
		r.warn(where, "few cells")
	}
	r.warn("b", "no answer", "few cells")
	r.warn("x", "three")
	r.warn("y", "three")
	r.warn("z", "three")
	want := []string{"a quick run", "a; b; 2 more: few cells", "b: no answer", "x; y; z: three"}
	if !slices.Equal(r.Warnings, want) {
		t.Errorf("got %q, want %q", r.Warnings, want)
	}
}

// TestFigureWarnings counts a metric's figures over all data.
func TestFigureWarnings(t *testing.T) {
	figure := func(name string, warnings ...string) metrics.Figure {
		return metrics.Figure{Name: name, Warnings: warnings}
	}
	var r Result
	r.warned(figureWarnings([]Row{{Data: "a", Metric: figure("m", "first", "second")}, {Data: "a", Metric: figure("n")}, {Data: "b", Metric: figure("m", "other")}})...)
	if want := []string{"a; b: 2 figures of m carry a warning, such as: first"}; !slices.Equal(r.Warnings, want) {
		t.Errorf("got %q, want %q", r.Warnings, want)
	}
}
