package condition

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/internal/spell"
)

// ParseVariable reads a variable as a user asks for it:
//
//	NAME[:continuous|log|categorical|set|vector=FILE]
//
// log is short for a continuous variable on a log scale. Without a kind the
// variable's Kind is [Unspecified]: [Variable.Guess] settles it. The FILE of a
// vector variable is noted, and read by [Variable.ReadVectors]. A colon that is
// part of the name is written by quoting the name: "a:b":set.
func ParseVariable(spec string) (Variable, error) {
	name, kind, err := splitSpec(spec)
	if err != nil {
		return Variable{}, err
	}
	v := Variable{Name: name, Kind: Unspecified}
	if kind == "" {
		return v, nil
	}
	if file, ok := strings.CutPrefix(kind, "vector="); ok {
		if file == "" {
			return Variable{}, fmt.Errorf("condition: %q names no file; write %s:vector=FILE", spec, name)
		}
		v.Kind, v.File = Vector, file
		return v, nil
	}
	switch kind {
	case "continuous":
		v.Kind = Continuous
	case "log":
		v.Kind, v.Scale = Continuous, Log
	case "categorical":
		v.Kind = Categorical
	case "set":
		v.Kind = Set
	case "vector":
		return Variable{}, fmt.Errorf("condition: %q: a vector variable needs its coordinates; write %s:vector=FILE", spec, name)
	default:
		return Variable{}, fmt.Errorf("condition: %q: unknown kind %q (%s)", spec, kind,
			spell.Suggest(kind, []string{"continuous", "log", "categorical", "set", "vector=FILE"}))
	}
	return v, nil
}

// splitSpec cuts NAME:KIND, where NAME may be quoted.
func splitSpec(spec string) (name, kind string, err error) {
	text := strings.TrimSpace(spec)
	var rest string
	var hasKind bool
	if strings.HasPrefix(text, `"`) {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", "", fmt.Errorf("condition: %q: the quoted name does not end", spec)
		}
		name, _ = strconv.Unquote(quoted)
		rest, hasKind = strings.CutPrefix(text[len(quoted):], ":")
		if !hasKind && rest != "" {
			return "", "", fmt.Errorf("condition: %q: %q follows the name; write NAME:KIND", spec, rest)
		}
	} else {
		name, rest, hasKind = strings.Cut(text, ":")
	}
	name, kind = strings.TrimSpace(name), strings.TrimSpace(rest)
	if name == "" {
		return "", "", fmt.Errorf("condition: %q names no variable; write NAME[:continuous|log|categorical|set|vector=FILE]", spec)
	}
	if hasKind && kind == "" {
		return "", "", fmt.Errorf("condition: %q: no kind after the colon; continuous, log, categorical, set and vector=FILE exist", spec)
	}
	return name, kind, nil
}

// logSpan is the ratio of largest to smallest from which Guess takes a
// positive variable to be on a log scale: two decades, as of a dose series.
const logSpan = 100

// Guess settles the kind of an Unspecified variable from the cells of its
// column (control rows left out) and says in the note what it took it for, why, and
// how to choose otherwise. Numbers make a continuous variable, on a log scale
// where all are positive and span two decades or more; labels joined by + a
// set; other labels a categorical one. A variable whose kind is set stays as it is.
func (v *Variable) Guess(cells []string) (note string) {
	if v.Kind != Unspecified {
		return ""
	}
	numbers, allNumbers := numbersOf(cells)
	switch {
	case allNumbers && len(numbers) > 0:
		v.Kind = Continuous
		lo, hi := slices.Min(numbers), slices.Max(numbers)
		if lo > 0 && hi/lo >= logSpan {
			v.Scale = Log
			return fmt.Sprintf("%s is taken as continuous on a log scale (numbers from %g to %g, %.1f decades); write %s:continuous for a linear scale, %s:categorical for labels",
				v.Name, lo, hi, math.Log10(hi/lo), v.Name, v.Name)
		}
		return fmt.Sprintf("%s is taken as continuous on a linear scale (numbers from %g to %g); write %s:log or %s:categorical to choose otherwise", v.Name, lo, hi, v.Name, v.Name)
	case slices.ContainsFunc(cells, joinsLabels):
		v.Kind = Set
		example := cells[slices.IndexFunc(cells, joinsLabels)]
		return fmt.Sprintf("%s is taken as a set (labels joined by +, such as %s); write %s:categorical to read them whole", v.Name, example, v.Name)
	}
	v.Kind = Categorical
	return fmt.Sprintf("%s is taken as categorical (labels that are not all numbers); write %s:set or %s:vector=FILE to choose otherwise", v.Name, v.Name, v.Name)
}

// numbersOf the cells that are not empty; false where one is no finite number.
func numbersOf(cells []string) ([]float64, bool) {
	var numbers []float64
	for _, c := range cells {
		if strings.TrimSpace(c) == "" {
			continue
		}
		x, err := parseNumber(c)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, x)
	}
	return numbers, true
}

// joinsLabels reports whether a cell reads as A+B or A + B. A plus sign that
// belongs to a name, as in CD4+ or CD14+ Monocytes, joins nothing.
func joinsLabels(cell string) bool {
	cell = strings.TrimSpace(cell)
	parts := strings.Split(cell, "+")
	if len(parts) < 2 {
		return false
	}
	for i, p := range parts {
		if strings.TrimSpace(p) == "" {
			return false
		}
		if i > 0 && strings.HasSuffix(parts[i-1], " ") != strings.HasPrefix(p, " ") {
			return false
		}
	}
	return true
}
