package plots

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/plot"
)

// TestRanked: falling values, those that are missing at the end, ties in their order.
func TestRanked(t *testing.T) {
	nan := math.NaN()
	got := ranked([]Interval{{Value: nan}, {Value: 1}, {Value: 3}, {Value: 1}, {Value: nan}, {Value: 4}})
	if want := []int{5, 2, 1, 3, 0, 4}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// TestPairedCounts: above, below and on the diagonal, and what has no value.
func TestPairedCounts(t *testing.T) {
	nan := math.NaN()
	f, err := Paired(PairedPanel{Groups: []PairedGroup{{"known", []float64{1, 2, 3, 4, nan}, []float64{2, 3, 1, 4, 0}}, {"unknown", []float64{1}, []float64{5}}}})
	if err != nil {
		t.Fatal(err)
	}
	svg, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"3 above", "1 below, 1 on it, 1 without a value"} {
		if !bytes.Contains(svg, []byte(text)) {
			t.Errorf("the figure does not say %q", text)
		}
	}
}

// TestWordsOfLogAxis: titles of a row stand at one height, right above the data, however long the label of a logarithmic
// axis is.
func TestWordsOfLogAxis(t *testing.T) {
	panels := make([]*plot.Plot, 2)
	for j, label := range []string{"an error whose name is nearly as long as its axis", ""} {
		var err error
		if panels[j], err = NewPanel([]string{"left", "right"}[j], Axis{Label: "x", Min: 2, Max: 3}, Axis{Label: label, Log: true, Min: 0.001, Max: 1}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Grid([][]*plot.Plot{panels}, nil)
	if err != nil {
		t.Fatal(err)
	}
	svg, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	height := func(text string) float64 {
		m := regexp.MustCompile(`<text x="[^"]*" y="-([^"]*)"[^>]*>` + text + `</text>`).FindSubmatch(svg)
		if m == nil {
			t.Fatalf("the figure does not say %q", text)
		}
		y, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	left, right, top := height("left"), height("right"), height("1")
	if left != right || left < top || left > top+20 {
		t.Errorf("titles at %g and %g over data up to %g", left, right, top)
	}
}

// TestShades: the scale of heat maps darkens all the way, so that it can be read in grey.
func TestShades(t *testing.T) {
	last := 256.0
	for k := range 101 {
		c := shade(float64(k) / 100)
		luma := 0.299*float64(c.R) + 0.587*float64(c.G) + 0.114*float64(c.B)
		if luma >= last {
			t.Errorf("at %d %% the grey is %g after %g", k, luma, last)
		}
		last = luma
	}
}

// TestNamedColumns: at most twelve names, at round distances.
func TestNamedColumns(t *testing.T) {
	for columns, want := range map[int]int{1: 1, 12: 1, 13: 2, 24: 2, 60: 5, 61: 10, 120: 10, 121: 20, 1000: 100} {
		if got := named(columns); got != want {
			t.Errorf("of %d columns every %d is named, want %d", columns, got, want)
		}
	}
}

// TestStylesOf: names of one figure that would look alike are told apart, those that are known keep their look.
func TestStylesOf(t *testing.T) {
	names := []string{"condot", "a", "b", "c", "d", "b"}
	got := stylesOf(names)
	for i, a := range names {
		for j, b := range names {
			if alike := got[i].Color == got[j].Color && got[i].Glyph == got[j].Glyph; alike != (a == b) {
				t.Errorf("%s and %s look alike: %t", a, b, alike)
			}
		}
	}
	if got[0].Color != StyleOf("condot").Color || got[1].Color != StyleOf("a").Color {
		t.Error("the first names do not have their own look")
	}
}
