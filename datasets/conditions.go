package datasets

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
)

// Group is the rows of a table that have one condition, in their order.
type Group struct {
	Condition condition.Value
	Rows      []int
}

// Groups collects the rows of each condition, in the order of
// [condition.Schema.Compare]. The table must have the schema's variables as text
// columns; a cell that cannot be read is an error with file and row. Whether
// a trained schema can encode a condition is for [condition.Schema.Check] to say.
func (t *Table) Groups(s condition.Schema) ([]Group, error) {
	return t.groups(s, make([]bool, t.Len()), func(condition.Value) error { return nil })
}

// groups leaves some rows out, and checks each condition where it is first seen.
func (t *Table) groups(s condition.Schema, leftOut []bool, check func(condition.Value) error) ([]Group, error) {
	var groups []Group
	byKey := map[string]int{}
	read, err := t.reader(s, check)
	if err != nil {
		return nil, err
	}
	for row := range t.Len() {
		if leftOut[row] {
			continue
		}
		value, key, err := read(row)
		if err != nil {
			return nil, err
		}
		at, known := byKey[key]
		if !known {
			at = len(groups)
			byKey[key] = at
			groups = append(groups, Group{Condition: value})
		}
		groups[at].Rows = append(groups[at].Rows, row)
	}
	slices.SortFunc(groups, func(a, b Group) int { return s.Compare(a.Condition, b.Condition) })
	return groups, nil
}

// Conditions reads the condition of every row, in order. Errors are those of [Table.Groups].
func (t *Table) Conditions(s condition.Schema) ([]condition.Value, error) {
	read, err := t.reader(s, func(condition.Value) error { return nil })
	if err != nil {
		return nil, err
	}
	values := make([]condition.Value, t.Len())
	for row := range values {
		if values[row], _, err = read(row); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// reader reads a row's condition and its key; each spelling of one is parsed
// and checked once, so that rows may share a Value.
func (t *Table) reader(s condition.Schema, check func(condition.Value) error) (func(row int) (condition.Value, string, error), error) {
	columns := make([][]string, len(s.Variables))
	for i, v := range s.Variables {
		var err error
		if columns[i], err = t.Column(v.Name); err != nil {
			return nil, err
		}
	}
	type parsed struct {
		value condition.Value
		key   string
	}
	known := map[string]parsed{}
	cells := make([]string, len(columns))
	return func(row int) (condition.Value, string, error) {
		for i := range cells {
			cells[i] = columns[i][row]
		}
		text := strings.Join(cells, "\x00")
		if p, ok := known[text]; ok {
			return p.value, p.key, nil
		}
		value, err := s.ParseCells(cells)
		if err == nil {
			err = check(value)
		}
		if err != nil {
			return nil, "", fmt.Errorf("datasets: %s: %w", t.where(row), err)
		}
		p := parsed{value, s.Key(value)}
		known[text] = p
		return p.value, p.key, nil
	}, nil
}

// WithConditions returns the table with the condition of every row in its text
// columns, those of the schema's variables replaced or added at the end. The
// rest is shared with t. values are one for each row, or one for all.
func (t *Table) WithConditions(s condition.Schema, values []condition.Value) (*Table, error) {
	if len(values) != t.Len() && len(values) != 1 {
		return nil, fmt.Errorf("datasets: %d conditions for the %d rows of %s", len(values), t.Len(), t.name())
	}
	result := *t
	result.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(c Column) bool { return slices.Contains(s.Names(), c.Name) })
	columns := make([]Column, len(s.Variables))
	for i, v := range s.Variables {
		columns[i] = Column{Name: v.Name, Cells: make([]string, t.Len())}
	}
	for row := range t.Len() {
		for i, cell := range s.Cells(values[min(row, len(values)-1)]) {
			columns[i].Cells[row] = cell
		}
	}
	result.Columns = append(result.Columns, columns...)
	return &result, result.Validate()
}

// Cloud copies some rows as a cloud, with their weights (nil for equal ones).
// Rows are numbers from 0 to Len()−1, as in a [Group].
func (t *Table) Cloud(rows []int) (*mat.Dense, []float64) {
	if t.Sparse != nil {
		return denseRows(t.Sparse, rows), chosenOf(t.Weights, rows)
	}
	return rowsOf(t.X, rows), chosenOf(t.Weights, rows)
}

// ReadConditions reads a list of conditions, a row each, from a .csv or .tsv
// file (or these with .gz) or a .parquet file. It must have a column for each
// variable of the schema; others are passed over.
func ReadConditions(path string, s condition.Schema) ([]condition.Value, error) {
	var values []condition.Value
	at := make([]int, len(s.Variables))
	cells := make([]string, len(s.Variables))
	f, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if isParquet(path) {
		_, err = withParquet(path, f, func(p *parquetFile) error {
			values, err = p.conditions(s)
			return err
		})
		return values, err
	}
	_, err = readText(f, path, func(text io.Reader, separator rune) error {
		return eachRecord(text, separator, path,
			func(header []string) error {
				for i, v := range s.Variables {
					if at[i] = slices.Index(header, v.Name); at[i] < 0 {
						return fmt.Errorf("datasets: %s has no column %s (%s)", path, v.Name, spell.Suggest(v.Name, header))
					}
				}
				return nil
			},
			func(record []string, line int) error {
				for i, column := range at {
					cells[i] = strings.Clone(record[column])
				}
				value, err := s.ParseCells(cells)
				if err != nil {
					return fmt.Errorf("datasets: %s, row %d: %w", path, line, err)
				}
				values = append(values, value)
				return nil
			})
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// conditions reads the condition of every row.
func (p *parquetFile) conditions(s condition.Schema) ([]condition.Value, error) {
	columns := make([][]string, len(s.Variables))
	for i, v := range s.Variables {
		at := slices.Index(p.header, v.Name)
		if at < 0 {
			return nil, fmt.Errorf("datasets: %s has no column %s (%s)", p.path, v.Name, spell.Suggest(v.Name, p.header))
		}
		var err error
		if columns[i], err = p.texts(at); err != nil {
			return nil, err
		}
	}
	values := make([]condition.Value, p.rows)
	cells := make([]string, len(columns))
	for row := range values {
		for i := range cells {
			cells[i] = columns[i][row]
		}
		var err error
		if values[row], err = s.ParseCells(cells); err != nil {
			return nil, fmt.Errorf("datasets: %s, row %d: %w", p.path, row+1, err)
		}
	}
	return values, nil
}
