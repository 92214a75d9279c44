// Package spell finds the known names closest to a misspelt one, for error
// messages that say what would be right.
package spell

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Nearest returns at most n of the known names, the closest to name first.
// Closeness is the number of edits without regard to case, where a name
// that holds or is held by the other counts as one edit away. Names further
// than half of the longer name's length are left out.
func Nearest(name string, known []string, n int) []string {
	type scored struct {
		name     string
		distance int
	}
	var found []scored
	a := strings.ToLower(name)
	for _, k := range known {
		b := strings.ToLower(k)
		d := distance(a, b)
		if a != "" && b != "" && (strings.Contains(a, b) || strings.Contains(b, a)) {
			d = min(d, 1)
		}
		if 2*d <= max(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) {
			found = append(found, scored{k, d})
		}
	}
	slices.SortStableFunc(found, func(x, y scored) int {
		return cmp.Or(cmp.Compare(x.distance, y.distance), cmp.Compare(x.name, y.name))
	})
	names := make([]string, 0, n)
	for _, s := range found[:min(n, len(found))] {
		names = append(names, s.name)
	}
	return names
}

// numbered returns at most n of the known names that differ from name in a number at the end alone, as dose=0.5
// does from dose=0.7: the nearest numbers first.
func numbered(name string, known []string, n int) (near []string) {
	value, prefix, ok := number(name)
	if !ok {
		return nil
	}
	away := map[string]float64{}
	for _, k := range known {
		if v, p, ok := number(k); ok && p == prefix {
			near, away[k] = append(near, k), math.Abs(v-value)
		}
	}
	slices.SortStableFunc(near, func(x, y string) int { return cmp.Compare(away[x], away[y]) })
	return near[:min(n, len(near))]
}

// number behind the last equals sign, and what stands before it.
func number(name string) (value float64, prefix string, ok bool) {
	i := strings.LastIndexByte(name, '=')
	value, err := strconv.ParseFloat(name[i+1:], 64)
	return value, name[:i+1], i >= 0 && err == nil
}

// Suggest completes an error message about an unknown name: the nearest known
// names, by number where they are numbered, or the first few of all of them where none is near.
func Suggest(name string, known []string) string {
	near := numbered(name, known, 3)
	if near == nil {
		near = Nearest(name, known, 3)
	}
	if len(near) > 0 {
		return "nearest: " + strings.Join(near, ", ")
	}
	if len(known) == 0 {
		return "none is known"
	}
	sorted := slices.Sorted(slices.Values(known))
	const shown = 8
	if len(sorted) > shown {
		return "known: " + strings.Join(sorted[:shown], ", ") + ", ..."
	}
	return "known: " + strings.Join(sorted, ", ")
}

// distance is the Levenshtein distance of two strings, in runes, where
// swapping two neighbours is one edit too (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			d := rows[i][j]
			if x[i] != y[j] {
				d++
			}
			d = min(d, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(x)][len(y)]
}
