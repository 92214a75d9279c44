package datasets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/internal/spell"
)

// local refuses a path to another machine.
func local(path string) error {
	if scheme, _, remote := strings.Cut(path, "://"); remote {
		return fmt.Errorf("datasets: %s: files at %s:// are neither read nor written; copy it to this machine first", path, scheme)
	}
	return nil
}

// readSome reads the rows of a table that ReadOptions.Rows names.
func readSome(path string, o ReadOptions) (*Table, error) {
	name, value, ok := strings.Cut(o.Rows, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" {
		return nil, fmt.Errorf("datasets: rows %q: write NAME=VALUE, such as split=train", o.Rows)
	}
	o.Rows = ""
	asked := slices.Contains(o.Conditions, name) || slices.Contains(o.Optional, name)
	if !asked {
		o.Conditions = append(slices.Clone(o.Conditions), name)
	}
	t, err := ReadTable(path, o)
	if err != nil {
		return nil, err
	}
	cells, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	var rows []int
	for row, cell := range cells {
		if sameCell(cell, value) {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		present := slices.Clone(cells)
		slices.Sort(present)
		return nil, fmt.Errorf("datasets: %s has no row with %s=%s (%s)", path, name, value, spell.Suggest(value, slices.Compact(present)))
	}
	some := t.some(rows)
	if !asked {
		some.Columns = slices.DeleteFunc(some.Columns, func(c Column) bool { return c.Name == name })
	}
	return some, nil
}

// some is the table of some rows, in their order.
func (t *Table) some(rows []int) *Table {
	s := *t
	if t.Sparse != nil {
		s.Sparse, _ = t.Sparse.SelectRows(rows) // which are there
		s.Weights = chosenOf(t.Weights, rows)
	} else {
		s.X, s.Weights = t.Cloud(rows)
	}
	s.IDs, s.lines, s.rows = chosenOf(t.IDs, rows), chosenOf(t.lines, rows), rows
	if t.rows != nil {
		s.rows = chosenOf(t.rows, rows)
	}
	s.Columns = nil
	for _, c := range t.Columns {
		s.Columns = append(s.Columns, Column{c.Name, chosenOf(c.Cells, rows)})
	}
	return &s
}

// chosenOf copies some entries; nil stays nil.
func chosenOf[T any](values []T, rows []int) []T {
	if values == nil {
		return nil
	}
	chosen := make([]T, len(rows))
	for k, row := range rows {
		chosen[k] = values[row]
	}
	return chosen
}
