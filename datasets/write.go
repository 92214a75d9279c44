package datasets

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/gomonge/gomonge/internal/atomicfile"
)

// WriteTable writes a table as .csv or .tsv (also .csv.gz, .tsv.gz), .parquet or
// .h5ad: row ids, text columns, weights, features. Numbers have the fewest digits that read
// back to the same float64. In .parquet and .h5ad a text column becomes numbers where all its
// cells are spelled so, and stays text otherwise (007, 1E1). The file is whole or not there.
func WriteTable(path string, t *Table) error {
	if err := Writable(path); err != nil {
		return err
	}
	if err := t.Validate(); err != nil {
		return err
	}
	t = t.Dense()
	if isH5AD(path) {
		return writeH5AD(path, t)
	}
	if isParquet(path) {
		return atomicfile.Write(path, t.writeParquet)
	}
	separator, zipped, err := fileFormat(path)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		if !zipped {
			return t.write(w, separator)
		}
		z := gzip.NewWriter(w)
		if err := t.write(z, separator); err != nil {
			return err
		}
		return z.Close()
	})
}

// Writable says why WriteTable cannot write a file of that name, before there
// is a table: its ending is that of no format, or it is not on this machine.
func Writable(path string) error {
	if err := local(path); err != nil || isH5AD(path) || isParquet(path) {
		return err
	}
	_, _, err := fileFormat(path)
	return err
}

func (t *Table) write(w io.Writer, separator rune) error {
	c := csv.NewWriter(w)
	c.Comma = separator
	var header []string
	if t.IDs != nil {
		header = append(header, t.idName())
	}
	for _, column := range t.Columns {
		header = append(header, column.Name)
	}
	if t.Weights != nil {
		header = append(header, t.weightName())
	}
	if err := c.Write(slices.Concat(header, t.Features)); err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	var record []string
	for i := range t.Len() {
		record = record[:0]
		if t.IDs != nil {
			record = append(record, t.IDs[i])
		}
		for _, column := range t.Columns {
			record = append(record, column.Cells[i])
		}
		if t.Weights != nil {
			record = append(record, number(t.Weights[i]))
		}
		for _, x := range t.X.RawRowView(i) {
			record = append(record, number(x))
		}
		if err := c.Write(record); err != nil {
			return fmt.Errorf("datasets: %w", err)
		}
	}
	c.Flush()
	return c.Error()
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
