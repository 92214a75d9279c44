package condition

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Format is the text form of a value, name=value in the order of the schema,
// which [Schema.Parse] reads back to the same value. A set is written A+B in
// sorted order, the empty set as control. A value that does not fit the schema
// is written as far as it goes, with ? for fields that are missing.
func (s Schema) Format(v Value) string {
	parts := make([]string, len(s.Variables))
	for i, variable := range s.Variables {
		parts[i] = quoteName(variable.Name) + "=" + s.fieldText(i, v)
	}
	return strings.Join(parts, ",")
}

// Key is the values of v alone, in the order of the schema: short enough for
// figures, tables and map keys. Two values of one schema have the same key if
// and only if they are the same condition. [Schema.Parse] reads it too.
func (s Schema) Key(v Value) string {
	parts := make([]string, len(s.Variables))
	for i := range s.Variables {
		parts[i] = s.fieldText(i, v)
	}
	return strings.Join(parts, ",")
}

// Cells are the cells of a table's row that holds v, one for each variable in
// order; [Schema.ParseCells] reads them back.
func (s Schema) Cells(v Value) []string {
	cells := make([]string, len(s.Variables))
	for i, variable := range s.Variables {
		cells[i] = s.fieldText(i, v)
		if (variable.Kind == Categorical || variable.Kind == Vector) && i < len(v) && len(v[i].Labels) == 1 {
			cells[i] = v[i].Labels[0]
		}
	}
	return cells
}

func (s Schema) fieldText(i int, v Value) string {
	if i >= len(v) {
		return "?"
	}
	switch s.Variables[i].Kind {
	case Continuous:
		return formatNumber(v[i].Number)
	case Set:
		labels := setOf(v[i].Labels)
		if len(labels) == 0 {
			return "control"
		}
		quoted := make([]string, len(labels))
		for j, l := range labels {
			quoted[j] = quoteWhere(l, `,={}"+`)
		}
		return strings.Join(quoted, "+")
	}
	if len(v[i].Labels) != 1 {
		return "?"
	}
	return quoteWhere(v[i].Labels[0], `,={}"`)
}

// formatNumber writes the shortest decimal that reads back the same, without
// an exponent where the number is of a size that people write out.
func formatNumber(x float64) string {
	if a := math.Abs(x); a == 0 || a >= 1e-4 && a < 1e15 {
		return strconv.FormatFloat(x+0, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func quoteName(name string) string { return quoteWhere(name, `,={}"+`) }

// quoteWhere quotes a label that holds one of the special characters or
// something that does not print.
func quoteWhere(label, special string) string {
	quoted := strconv.Quote(label)
	if label == "" || strings.ContainsAny(label, special) || quoted != fmt.Sprintf("\"%s\"", label) {
		return quoted
	}
	return label
}
