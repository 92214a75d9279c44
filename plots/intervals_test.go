package plots_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/plots"
)

// TestIntervalsErrors: what cannot be drawn is named with its series and row.
func TestIntervalsErrors(t *testing.T) {
	x := plots.Axis{Label: "error", Log: true}
	one := func(v float64) plots.IntervalsSeries {
		return plots.IntervalsSeries{Name: "held out", Values: []plots.Interval{{Value: v, Low: v / 2, High: 2 * v}}}
	}
	for text, draw := range map[string]func() error{
		"no rows":         func() error { _, err := plots.Intervals(x, nil, one(1)); return err },
		"no series":       func() error { _, err := plots.Intervals(x, []string{"a"}); return err },
		"1 values for 2":  func() error { _, err := plots.Intervals(x, []string{"a", "b"}, one(1)); return err },
		`row "a": 0 is n`: func() error { _, err := plots.Intervals(x, []string{"a"}, one(0)); return err },
	} {
		if err := draw(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("want %q, got %v", text, err)
		}
	}
	if _, err := plots.Intervals(x, []string{"a"}, one(math.NaN())); err != nil {
		t.Errorf("a gap: %v", err)
	}
}

// TestIntervalsApart: rows make room for their series, so that those of one row stay off the next.
func TestIntervalsApart(t *testing.T) {
	rowOf := func(n int) float64 {
		height := func(rows ...string) float64 {
			list := make([]plots.IntervalsSeries, n)
			for k := range list {
				list[k] = plots.IntervalsSeries{Name: strings.Repeat("a", k+1), Values: make([]plots.Interval, len(rows))}
			}
			f, err := plots.Intervals(plots.Axis{Label: "error"}, rows, list...)
			if err != nil {
				t.Fatal(err)
			}
			_, h := f.Size()
			return h.Points()
		}
		return height("a", "b") - height("a")
	}
	if one, two := rowOf(1), rowOf(2); one != two {
		t.Errorf("a row is %g high for one series, %g for two", one, two)
	}
	if row := rowOf(6); row < 6*5+2 {
		t.Errorf("six series 5 points apart in rows of %g", row)
	}
}

// Errors of variants of a method over trained and held-out conditions; one variant cannot answer the latter.
func ExampleIntervals() {
	none := plots.Interval{Value: math.NaN()}
	fig, err := plots.Intervals(plots.Axis{Label: "L2-UVP", Unit: "%", Log: true}, []string{"hypernetwork", "film", "separate networks"},
		plots.IntervalsSeries{Name: "in sample", Values: []plots.Interval{{Value: 1.4, Low: 1.2, High: 1.6}, {Value: 1.9, Low: 1.6, High: 2.3}, {Value: 1.1, Low: .8, High: 1.5}}},
		plots.IntervalsSeries{Name: "held out", Values: []plots.Interval{{Value: 1.6, Low: 1.3, High: 1.9}, {Value: 2.2, Low: 1.9, High: 2.6}, none}})
	compare("intervals", fig, err)
	// Output: as in testdata/intervals.png
}
