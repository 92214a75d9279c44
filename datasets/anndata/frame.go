package anndata

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/gomonge/gomonge/internal/spell"
)

// Frame is a table about cells or genes: an index of names, and columns.
type Frame struct {
	// IndexName is the index's name; "_index" where it has none.
	IndexName string
	// Index names the rows.
	Index []string
	// Columns in the file's order.
	Columns []Column
}

// Kind says what a column holds.
type Kind string

// The kinds of columns.
const (
	String      Kind = "string"
	Categorical Kind = "categorical"
	Integer     Kind = "integer"
	Real        Kind = "real"
	Bool        Kind = "bool"
)

// Column is a named column. The slice that its kind says holds the values.
type Column struct {
	Name string
	Kind Kind

	Strings  []string  // String
	Integers []int64   // Integer
	Reals    []float64 // Real; NaN where there is no value
	Bools    []bool    // Bool

	// Categories of a Categorical, and which of them each row has: -1 for none.
	// Ordered tells whether their order means something.
	Categories []string
	Codes      []int32
	Ordered    bool

	// single tells of Reals that they are float32 in the file.
	single bool

	// Missing marks rows without a value, of String, Integer and Bool; nil
	// where all have one.
	Missing []bool
}

// Len is the number of rows.
func (c *Column) Len() int {
	switch c.Kind {
	case String:
		return len(c.Strings)
	case Categorical:
		return len(c.Codes)
	case Integer:
		return len(c.Integers)
	case Real:
		return len(c.Reals)
	}
	return len(c.Bools)
}

// Cell is the value of row i as text: numbers with the fewest digits that
// read back the same in the width that the file has them in, true or false, empty where there is no value.
func (c *Column) Cell(i int) string {
	if c.Missing != nil && c.Missing[i] {
		return ""
	}
	switch c.Kind {
	case String:
		return c.Strings[i]
	case Categorical:
		if c.Codes[i] < 0 {
			return ""
		}
		return c.Categories[c.Codes[i]]
	case Integer:
		return strconv.FormatInt(c.Integers[i], 10)
	case Real:
		if c.Reals[i] != c.Reals[i] {
			return ""
		}
		if c.single {
			return strconv.FormatFloat(c.Reals[i], 'g', -1, 32)
		}
		return strconv.FormatFloat(c.Reals[i], 'g', -1, 64)
	}
	return strconv.FormatBool(c.Bools[i])
}

// Cells is the column as text, see [Column.Cell].
func (c *Column) Cells() []string {
	cells := make([]string, c.Len())
	for i := range cells {
		cells[i] = c.Cell(i)
	}
	return cells
}

// Counts is how many rows have each of the categories, and how many have none.
func (c *Column) Counts() (counts []int, none int) {
	counts = make([]int, len(c.Categories))
	for _, k := range c.Codes {
		if k < 0 {
			none++
		} else {
			counts[k]++
		}
	}
	return counts, none
}

// validate says what is wrong with a column of n rows.
func (c *Column) validate(n int) error {
	switch c.Kind {
	case String, Categorical, Integer, Real, Bool:
	default:
		return fmt.Errorf("column %s is of kind %q, which is none", c.Name, c.Kind)
	}
	if c.Len() != n {
		return fmt.Errorf("column %s has %d rows where the index has %d", c.Name, c.Len(), n)
	}
	if c.Missing != nil && len(c.Missing) != n {
		return fmt.Errorf("column %s marks %d rows as missing or not, of %d", c.Name, len(c.Missing), n)
	}
	for i, k := range c.Codes {
		if int(k) >= len(c.Categories) || k < -1 {
			return fmt.Errorf("column %s, row %d has code %d of %d categories", c.Name, i+1, k, len(c.Categories))
		}
	}
	return nil
}

// Len is the number of rows.
func (t *Frame) Len() int { return len(t.Index) }

// Column finds a column. The error for an unknown name has the nearest ones.
func (t *Frame) Column(name string) (*Column, error) {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i], nil
		}
	}
	return nil, fmt.Errorf("anndata: there is no column %s (%s)", name, spell.Suggest(name, t.Names()))
}

// Names are the names of the columns.
func (t *Frame) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Validate says what is wrong with a frame: columns of other lengths than the
// index, codes without a category, a name that is empty or stands twice.
func (t *Frame) Validate() error {
	names := t.Names()
	for i := range t.Columns {
		c := &t.Columns[i]
		if err := c.validate(len(t.Index)); err != nil {
			return err
		}
		if c.Name == "" || slices.Contains(names[:i], c.Name) || c.Name == t.indexName() {
			return fmt.Errorf("column %d has the name %q, which is empty or stands twice", i+1, c.Name)
		}
	}
	return nil
}

func (t *Frame) indexName() string {
	if t.IndexName == "" {
		return "_index"
	}
	return t.IndexName
}

// Select copies the rows of those numbers, in that order; one may be asked for
// several times. Categories are kept, those without rows too.
func (t *Frame) Select(rows []int) (*Frame, error) {
	for _, i := range rows {
		if i < 0 || i >= t.Len() {
			return nil, fmt.Errorf("anndata: row %d of a table of %d", i, t.Len())
		}
	}
	selected := &Frame{IndexName: t.IndexName, Index: pick(t.Index, rows)}
	for _, c := range t.Columns {
		c.Strings, c.Integers, c.Reals, c.Bools = pick(c.Strings, rows), pick(c.Integers, rows), pick(c.Reals, rows), pick(c.Bools, rows)
		c.Codes, c.Missing = pick(c.Codes, rows), pick(c.Missing, rows)
		selected.Columns = append(selected.Columns, c)
	}
	return selected, nil
}

// pick copies some entries; nil stays nil.
func pick[T any](values []T, rows []int) []T {
	if values == nil {
		return nil
	}
	picked := make([]T, len(rows))
	for k, i := range rows {
		picked[k] = values[i]
	}
	return picked
}
