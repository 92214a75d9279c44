package climate

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/internal/spell"
)

// csvTable is a table with a header, read row by row.
type csvTable struct {
	name   string
	header []string
	rows   [][]string
}

// readCSV reads a table that must have the columns named.
func readCSV(path string, columns ...string) (*csvTable, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("climate: %w", err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	t := &csvTable{name: path}
	if t.header, err = r.Read(); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		return nil, fmt.Errorf("climate: %s: %w", path, err)
	}
	if t.rows, err = r.ReadAll(); err != nil {
		return nil, fmt.Errorf("climate: %s: %w", path, err)
	}
	for _, c := range columns {
		if !slices.Contains(t.header, c) {
			return nil, fmt.Errorf("climate: %s has no column %q (%s)", path, c, spell.Suggest(c, t.header))
		}
	}
	if len(t.rows) == 0 {
		return nil, fmt.Errorf("climate: %s has no rows", path)
	}
	return t, nil
}

// text of a row in a column that readCSV asked for.
func (t *csvTable) text(row int, column string) string {
	return strings.TrimSpace(t.rows[row][slices.Index(t.header, column)])
}

// number of a row in a column.
func (t *csvTable) number(row int, column string) (float64, error) {
	text := t.text(row, column)
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("climate: %s, line %d, column %s: %q is no number", t.name, row+2, column, text)
	}
	return x, nil
}

// startingWith is the one column whose name begins so.
func (t *csvTable) startingWith(prefix string) (string, error) {
	for _, h := range t.header {
		if strings.HasPrefix(h, prefix) {
			return h, nil
		}
	}
	return "", fmt.Errorf("climate: %s has no column that begins with %q; it has %q", t.name, prefix, t.header)
}
