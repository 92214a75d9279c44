package condition

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pattern is a condition in which variables may be left open: dose=100 stands
// for every condition of that dose. See [Schema.ParsePattern].
type Pattern struct {
	schema Schema
	given  []bool
	value  Value
}

// ParsePattern reads name=value for some of the variables in any order, or,
// where the schema has one variable, its bare value. The text form of values
// is that of [Schema.Parse]. Sets are compared whole.
func (s Schema) ParsePattern(text string) (Pattern, error) {
	p := Pattern{schema: s, given: make([]bool, len(s.Variables)), value: make(Value, len(s.Variables))}
	if strings.TrimSpace(text) == "" {
		return p, fmt.Errorf("condition: an empty pattern would stand for every condition; write name=value")
	}
	items, err := splitTop(text, ',')
	if err != nil {
		return p, fmt.Errorf("condition: %q: %w", text, err)
	}
	for _, item := range items {
		pair, err := splitTop(item, '=')
		if err != nil {
			return p, fmt.Errorf("condition: %q: %w", text, err)
		}
		at, rest := 0, item
		if len(pair) > 1 {
			name, err := unquote(pair[0])
			if err != nil {
				return p, fmt.Errorf("condition: %q: %w", text, err)
			}
			if at, err = s.index(name); err != nil {
				return p, err
			}
			rest = item[len(pair[0])+1:]
		} else if len(s.Variables) != 1 {
			return p, fmt.Errorf("condition: %q: which variable is %s of? write name=value; the variables are %s",
				text, strings.TrimSpace(item), strings.Join(s.Names(), ", "))
		}
		if p.given[at] {
			return p, fmt.Errorf("condition: %q gives %s twice", text, s.Variables[at].Name)
		}
		p.given[at] = true
		if p.value[at], err = s.Variables[at].parseText(rest); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Matches reports whether v agrees with the pattern wherever that is given.
func (p Pattern) Matches(v Value) bool {
	if len(v) != len(p.given) {
		return false
	}
	for i, given := range p.given {
		if given && (Schema{p.schema.Variables[i : i+1]}).Compare(v[i:i+1], p.value[i:i+1]) != 0 {
			return false
		}
	}
	return true
}

// Compare orders conditions: by the first variable in which they differ,
// numbers by size, labels and sets by their text, label by label. Like
// [cmp.Compare] it is negative where a comes first and 0 where they are equal.
func (s Schema) Compare(a, b Value) int {
	for i, variable := range s.Variables {
		if i >= len(a) || i >= len(b) {
			return cmp.Compare(len(a), len(b))
		}
		var c int
		switch variable.Kind {
		case Continuous:
			c = cmp.Compare(a[i].Number, b[i].Number)
		case Set:
			c = slices.Compare(setOf(a[i].Labels), setOf(b[i].Labels))
		default:
			c = slices.Compare(a[i].Labels, b[i].Labels)
		}
		if c != 0 {
			return c
		}
	}
	return 0
}
