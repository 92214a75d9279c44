package spell

import (
	"slices"
	"testing"
)

func TestDistance(t *testing.T) {
	// Textbook values.
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"saturday", "sunday", 3}, {"épée", "epee", 2}, {"log", "lgo", 1}, {"ca", "abc", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"givinostat", "trametinib", "dasatinib", "K562", "A549"}
	for _, c := range []struct {
		name string
		want []string
	}{
		{"Givinostatt", []string{"givinostat"}},
		{"tinib", []string{"dasatinib", "trametinib"}},
		{"k-562", []string{"K562"}},
		{"zzzzzzz", []string{}},
	} {
		if got := Nearest(c.name, known, 2); !slices.Equal(got, c.want) {
			t.Errorf("Nearest(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSuggest(t *testing.T) {
	for _, c := range []struct {
		name  string
		known []string
		want  string
	}{
		{"dse", []string{"time", "dose"}, "nearest: dose"},
		{"zzzz", []string{"time", "dose"}, "known: dose, time"},
		{"zzzz", nil, "none is known"},
		{"cell=a,dose=7", []string{"cell=a,dose=0.7", "cell=a,dose=10", "cell=b,dose=7", "cell=a,dose=2"}, "nearest: cell=a,dose=10, cell=a,dose=2, cell=a,dose=0.7"},
		{"dose=7", []string{"cell=a", "dose=high"}, "nearest: dose=high"},
		{"zzzz", []string{"i", "h", "g", "f", "e", "d", "c", "b", "a"}, "known: a, b, c, d, e, f, g, h, ..."},
	} {
		if got := Suggest(c.name, c.known); got != c.want {
			t.Errorf("Suggest(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}
