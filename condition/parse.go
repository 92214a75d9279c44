package condition

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parse reads a value from text: name=value for every variable in any order,
// or the values alone in the order of the schema, separated by commas.
//
//	drug=givinostat,dose=100
//	givinostat,100
//	perturbation=KLF1+MAP2K6
//	{KLF1, MAP2K6}
//
// A set is written A+B or {A, B}, in any order; control, ctrl (in any case)
// and nothing at all are the empty set, and ctrl+A is A. Names and labels
// that hold one of , = { } + " are written in double quotes with Go's escapes
// (a + only needs them in sets).
func (s Schema) Parse(text string) (Value, error) {
	if len(s.Variables) == 0 {
		if strings.TrimSpace(text) != "" {
			return nil, fmt.Errorf("condition: %q given where there are no variables", text)
		}
		return Value{}, nil
	}
	items, err := splitTop(text, ',')
	if err != nil {
		return nil, fmt.Errorf("condition: %q: %w", text, err)
	}
	named := 0
	pairs := make([][]string, len(items))
	for i, item := range items {
		if pairs[i], err = splitTop(item, '='); err != nil {
			return nil, fmt.Errorf("condition: %q: %w", text, err)
		}
		if len(pairs[i]) > 1 {
			named++
		}
	}
	switch named {
	case 0:
		return s.parsePositional(text, items)
	case len(items):
		return s.parseNamed(text, items, pairs)
	}
	return nil, fmt.Errorf("condition: %q: either every value has its name (name=value) or none has", text)
}

func (s Schema) parsePositional(text string, items []string) (Value, error) {
	if len(items) != len(s.Variables) {
		return nil, fmt.Errorf("condition: %q has %d values where the variables are %s; write name=value, separated by commas, sets as A+B or {A, B}",
			text, len(items), strings.Join(s.Names(), ", "))
	}
	value := make(Value, len(items))
	for i, item := range items {
		var err error
		if value[i], err = s.Variables[i].parseText(item); err != nil {
			return nil, err
		}
	}
	return value, nil
}

func (s Schema) parseNamed(text string, items []string, pairs [][]string) (Value, error) {
	value := make(Value, len(s.Variables))
	given := make([]bool, len(s.Variables))
	for i, pair := range pairs {
		name, err := unquote(pair[0])
		if err != nil {
			return nil, fmt.Errorf("condition: %q: %w", text, err)
		}
		at, err := s.index(name)
		if err != nil {
			return nil, err
		}
		if given[at] {
			return nil, fmt.Errorf("condition: %q gives %s twice", text, name)
		}
		given[at] = true
		// The name ends at the first =; the rest, later = included, is the value.
		if value[at], err = s.Variables[at].parseText(items[i][len(pair[0])+1:]); err != nil {
			return nil, err
		}
	}
	for i, ok := range given {
		if !ok {
			return nil, fmt.Errorf("condition: %q gives no %s; the variables are %s", text, s.Variables[i].Name, strings.Join(s.Names(), ", "))
		}
	}
	return value, nil
}

// ParseCells reads a value from the cells of a table's row, one for each
// variable in order. A cell is read as it is, without quotes or names, apart
// from sets, which have the text form of [Schema.Parse].
func (s Schema) ParseCells(cells []string) (Value, error) {
	if len(cells) != len(s.Variables) {
		return nil, fmt.Errorf("condition: %d cells for the %d variables %s", len(cells), len(s.Variables), strings.Join(s.Names(), ", "))
	}
	value := make(Value, len(cells))
	for i, cell := range cells {
		v := s.Variables[i]
		var err error
		switch v.Kind {
		case Categorical, Vector:
			value[i], err = v.labelField(strings.TrimSpace(cell))
		default:
			value[i], err = v.parseText(cell)
		}
		if err != nil {
			return nil, err
		}
	}
	return value, nil
}

// parseText reads one variable's value from its text form.
func (v Variable) parseText(text string) (Field, error) {
	text = strings.TrimSpace(text)
	switch v.Kind {
	case Continuous:
		x, err := parseNumber(text)
		if err != nil {
			return Field{}, fmt.Errorf("condition: %s=%s: %w", v.Name, text, err)
		}
		return Field{Number: x}, nil
	case Categorical, Vector:
		label, err := unquote(text)
		if err != nil {
			return Field{}, fmt.Errorf("condition: %s=%s: %w", v.Name, text, err)
		}
		return v.labelField(label)
	case Set:
		return v.parseSet(text)
	}
	return Field{}, fmt.Errorf("condition: variable %s has kind %v: it must be settled before values are read", v.Name, v.Kind)
}

func (v Variable) labelField(label string) (Field, error) {
	if label == "" {
		return Field{}, fmt.Errorf("condition: %s has no label; a %v variable needs one", v.Name, v.Kind)
	}
	if err := v.checkLabel(label); err != nil {
		return Field{}, err
	}
	return Field{Labels: []string{label}}, nil
}

// parseSet reads A+B, {A, B}, control, ctrl, ctrl+A or nothing.
func (v Variable) parseSet(text string) (Field, error) {
	parts := []string{text}
	if inner, ok := strings.CutPrefix(text, "{"); ok {
		if inner, ok = strings.CutSuffix(inner, "}"); !ok {
			return Field{}, fmt.Errorf("condition: %s=%s: a set in braces is written {A, B}", v.Name, text)
		}
		var err error
		if parts, err = splitTop(inner, ','); err != nil {
			return Field{}, fmt.Errorf("condition: %s=%s: %w", v.Name, text, err)
		}
	}
	if len(parts) == 1 && strings.TrimSpace(parts[0]) == "" {
		return Field{}, nil
	}
	var labels []string
	for _, part := range parts {
		joined, err := splitTop(part, '+')
		if err != nil {
			return Field{}, fmt.Errorf("condition: %s=%s: %w", v.Name, text, err)
		}
		for _, l := range joined {
			label, err := unquote(l)
			if err == nil && label == "" {
				err = fmt.Errorf("there is nothing between two separators; write A+B, or quote a + that belongs to a label")
			}
			if err != nil {
				return Field{}, fmt.Errorf("condition: %s=%s: %w", v.Name, text, err)
			}
			labels = append(labels, label)
		}
	}
	f := Field{Labels: setOf(labels)}
	return f, v.checkField(f)
}

// setOf sorts labels and leaves out repeated ones and the control's names.
// The empty set is nil.
func setOf(labels []string) []string {
	var set []string
	for _, l := range labels {
		if !isControl(l) {
			set = append(set, l)
		}
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// isControl reports whether a label is one of the field's names of no action.
func isControl(label string) bool {
	return strings.EqualFold(label, "control") || strings.EqualFold(label, "ctrl")
}

func parseNumber(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, fmt.Errorf("a number is missing")
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !finite(x) {
		return 0, fmt.Errorf("%q is not a finite number", text)
	}
	return x + 0, nil // -0 + 0 is 0
}

// unquote trims a token and, where it is written in quotes, opens them.
func unquote(token string) (string, error) {
	token = strings.TrimSpace(token)
	if !strings.HasPrefix(token, `"`) {
		return token, nil
	}
	label, err := strconv.Unquote(token)
	if err != nil {
		return "", fmt.Errorf("%s is not one quoted label; write \"label\"", token)
	}
	return strings.TrimSpace(label), nil
}

// splitTop cuts text at a separator that stands outside quotes and braces.
// Both are only seen at the start of a token, so that 5" or a}b need no care.
func splitTop(text string, separator byte) ([]string, error) {
	var parts []string
	depth, from, start := 0, 0, true
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case start && c == '"':
			quoted, err := strconv.QuotedPrefix(text[i:])
			if err != nil {
				return nil, fmt.Errorf("the quote that opens at %s does not close", text[i:])
			}
			i += len(quoted) - 1
			start = false
		case start && c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
			start = false
		case c == separator && depth == 0:
			parts = append(parts, text[from:i])
			from, start = i+1, true
		case c == ',' || c == '=' || c == '+':
			start = true
		case c != ' ' && c != '\t' && c != '\n' && c != '\r':
			start = false
		}
	}
	if depth > 0 {
		return nil, fmt.Errorf("a brace { does not close")
	}
	return append(parts, text[from:]), nil
}
