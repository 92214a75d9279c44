package datasets

import (
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
)

// Table is what a data file holds: a cloud with named features, and text and
// weights that belong to its rows.
type Table struct {
	// File the table was read from, for messages; and the SHA-256 of that
	// file's bytes, in hexadecimal. Both are empty for a table made in memory.
	File, SHA256 string
	// IDs name the rows; nil where the file has no such column. IDName is the
	// column's header.
	IDName string
	IDs    []string
	// Columns kept as text: condition variables and what names the control.
	Columns []Column
	// Weights of the rows, not negative; nil means equal weights. WeightName
	// is the column's header.
	WeightName string
	Weights    []float64
	// Features are the names of the columns of X, rows × features.
	Features []string
	X        *mat.Dense
	// Sparse stands in place of X, which is nil then, where ReadTable was told
	// to leave large expression sparse.
	Sparse *sparse.CSR
	// lines of the file that the rows start at; nil for a table made in memory.
	lines []int
	// rows of the file, from 0, where not all were read in their order; nil else.
	rows []int
}

// Column is a named column of text, a cell for each row.
type Column struct {
	Name  string
	Cells []string
}

// Len is the number of rows.
func (t *Table) Len() int {
	if t.Sparse != nil {
		rows, _ := t.Sparse.Dims()
		return rows
	}
	if t.X == nil || t.X.IsEmpty() {
		return 0
	}
	rows, _ := t.X.Dims()
	return rows
}

// Column returns the cells of a text column. The error for an unknown name
// has the nearest names of the table.
func (t *Table) Column(name string) ([]string, error) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c.Cells, nil
		}
	}
	if slices.Contains(t.Features, name) {
		return nil, fmt.Errorf("datasets: %s: column %s was read as a feature; it must be read as a condition", t.name(), name)
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return nil, fmt.Errorf("datasets: %s has no column %s (%s)", t.name(), name, spell.Suggest(name, append(names, t.Features...)))
}

// Select returns the table with exactly the named features, in the order
// given; rows and the other columns are those of t. Names are matched
// exactly. extra are t's features that were not named. A feature that t lacks is an error
// with the nearest names. X is shared where nothing moves, else copied.
func (t *Table) Select(features []string) (selected *Table, extra []string, err error) {
	at := make(map[string]int, len(t.Features))
	for j, f := range t.Features {
		at[f] = j
	}
	from := make([]int, len(features))
	named := make(map[string]bool, len(features))
	inPlace := len(features) == len(t.Features)
	for j, f := range features {
		source, ok := at[f]
		if !ok {
			return nil, nil, fmt.Errorf("datasets: %s lacks feature %s (%s); features are matched by name", t.name(), f, spell.Suggest(f, t.Features))
		}
		if named[f] {
			return nil, nil, fmt.Errorf("datasets: feature %s is asked for twice", f)
		}
		named[f] = true
		from[j] = source
		inPlace = inPlace && source == j
	}
	for _, f := range t.Features {
		if !named[f] {
			extra = append(extra, f)
		}
	}
	result := *t
	if inPlace || len(features) == 0 && len(t.Features) == 0 {
		return &result, extra, nil
	}
	if len(features) == 0 {
		return nil, nil, fmt.Errorf("datasets: %s: no features are asked for", t.name())
	}
	result.Features = slices.Clone(features)
	if t.Sparse != nil {
		result.Sparse, err = movedColumns(t.Sparse, from)
		return &result, extra, err
	}
	result.X = mat.NewDense(t.Len(), len(features), nil)
	for i := range t.Len() {
		row := t.X.RawRowView(i)
		moved := result.X.RawRowView(i)
		for j, source := range from {
			moved[j] = row[source]
		}
	}
	return &result, extra, nil
}

// columns is the number of columns of X.
func (t *Table) columns() (n int) {
	if t.Sparse != nil {
		_, n = t.Sparse.Dims()
		return n
	}
	_, n = t.X.Dims()
	return n
}

// Validate says what is wrong with a table made in memory: features, ids,
// text cells or weights that do not agree with X in number, or a column name
// that is empty or stands twice.
func (t *Table) Validate() error {
	n := t.Len()
	if n == 0 {
		return fmt.Errorf("datasets: %s has no rows", t.name())
	}
	if columns := t.columns(); columns != len(t.Features) {
		return fmt.Errorf("datasets: %s has %d columns of numbers for %d feature names", t.name(), columns, len(t.Features))
	}
	if t.IDs != nil && len(t.IDs) != n {
		return fmt.Errorf("datasets: %s has %d ids for %d rows", t.name(), len(t.IDs), n)
	}
	if err := checkWeights(t.Weights, n); err != nil {
		return fmt.Errorf("datasets: %s: %w", t.name(), err)
	}
	names := slices.Clone(t.Features)
	for _, c := range t.Columns {
		if len(c.Cells) != n {
			return fmt.Errorf("datasets: %s, column %s has %d cells for %d rows", t.name(), c.Name, len(c.Cells), n)
		}
		names = append(names, c.Name)
	}
	if t.IDs != nil {
		names = append(names, t.idName())
	}
	if t.Weights != nil {
		names = append(names, t.weightName())
	}
	return checkNames(names, t.name())
}

func checkNames(names []string, table string) error {
	seen := make(map[string]int, len(names))
	for i, name := range names {
		if first, twice := seen[name]; twice {
			return fmt.Errorf("datasets: %s: column %s stands there twice, as number %d and %d", table, name, first+1, i+1)
		}
		seen[name] = i
	}
	if i, nameless := seen[""]; nameless && i > 0 {
		return fmt.Errorf("datasets: %s: column number %d has no name", table, i+1)
	}
	return nil
}

func (t *Table) idName() string {
	if t.IDName == "" {
		return "id"
	}
	return t.IDName
}

func (t *Table) weightName() string {
	if t.WeightName == "" {
		return "weight"
	}
	return t.WeightName
}

func (t *Table) name() string {
	if t.File == "" {
		return "the table"
	}
	return t.File
}

// where is a row's place for messages.
func (t *Table) where(row int) string {
	if t.lines == nil && t.rows != nil {
		row = t.rows[row]
	}
	if t.lines == nil {
		return fmt.Sprintf("%s, row %d", t.name(), row+1)
	}
	return fmt.Sprintf("%s, row %d", t.name(), t.lines[row])
}
