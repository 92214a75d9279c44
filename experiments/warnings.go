package experiments

import (
	"fmt"
	"slices"
	"strings"
)

// warning is what to keep in mind, and of which part of an experiment; "" of all of it.
type warning struct{ Where, What string }

// warningsOf one part.
func warningsOf(where string, what ...string) (list []warning) {
	for _, w := range what {
		list = append(list, warning{where, w})
	}
	return list
}

// warn adds warnings of one part of the experiment; "" is all of it.
func (r *Result) warn(where string, what ...string) { r.warned(warningsOf(where, what...)...) }

// warned adds warnings that are not there yet.
func (r *Result) warned(list ...warning) {
	for _, w := range list {
		if !slices.Contains(r.warnings, w) {
			r.warnings = append(r.warnings, w)
		}
	}
	r.Warnings = merged(r.warnings)
}

// namedPlaces is how many places a warning that holds of many names.
const namedPlaces = 2

// merged writes each warning once, with the places of which it holds.
func merged(list []warning) (texts []string) {
	var order []string
	places := map[string][]string{}
	for _, w := range list {
		if _, known := places[w.What]; !known {
			order = append(order, w.What)
		}
		places[w.What] = append(places[w.What], w.Where)
	}
	for _, what := range order {
		where := places[what]
		if left := len(where) - namedPlaces; left > 1 {
			where = append(slices.Clone(where[:namedPlaces]), fmt.Sprintf("%d more", left))
		}
		if named := strings.Trim(strings.Join(where, "; "), "; "); named != "" {
			what = named + ": " + what
		}
		texts = append(texts, what)
	}
	return texts
}
