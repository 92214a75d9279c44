package datasets

import (
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// parquetColumns is the root of a schema whose columns stand in their order;
// [parquet.Group] alone has them in that of the alphabet.
type parquetColumns struct {
	parquet.Group
	columns []parquet.Field
}

func (c *parquetColumns) Fields() []parquet.Field { return c.columns }

// parquetColumn is one of them. Rows are written as values, so that nothing of
// Go's types is asked of it.
type parquetColumn struct {
	parquet.Node
	name string
}

func (c *parquetColumn) Name() string                      { return c.name }
func (c *parquetColumn) Value(reflect.Value) reflect.Value { return reflect.Value{} }

// writeParquet writes a table as WriteTable does: text that cellNumbers takes as
// numbers, other text in a dictionary, features and weights in float64.
func (t *Table) writeParquet(w io.Writer) error {
	root := &parquetColumns{Group: parquet.Group{}}
	var values []func(row int) parquet.Value
	add := func(name string, node parquet.Node, value func(row int) parquet.Value) {
		root.columns = append(root.columns, &parquetColumn{node, name})
		root.Group[name] = node
		values = append(values, value)
	}
	text := func(name string, cells []string) {
		add(name, parquet.Encoded(parquet.String(), &parquet.RLEDictionary), func(row int) parquet.Value { return parquet.ByteArrayValue([]byte(cells[row])) })
	}
	numbers := func(name string, at func(row int) float64) {
		add(name, parquet.Leaf(parquet.DoubleType), func(row int) parquet.Value { return parquet.DoubleValue(at(row)) })
	}
	if t.IDs != nil {
		text(t.idName(), t.IDs)
	}
	for _, c := range t.Columns {
		if x, ok := cellNumbers(c.Cells); ok {
			numbers(c.Name, func(row int) float64 { return x[row] })
		} else {
			text(c.Name, c.Cells)
		}
	}
	if t.Weights != nil {
		numbers(t.weightName(), func(row int) float64 { return t.Weights[row] })
	}
	for j, name := range t.Features {
		numbers(name, func(row int) float64 { return t.X.At(row, j) })
	}
	return writeRows(w, parquet.NewSchema("table", root), t.Len(), values)
}

// parquetBlock is how many rows are handed to the writer at a time, and
// parquetGroup how many stand in a row group.
const (
	parquetBlock = 256
	parquetGroup = 1 << 16
)

func writeRows(w io.Writer, schema *parquet.Schema, n int, values []func(row int) parquet.Value) error {
	p := parquet.NewWriter(w, schema, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(parquetGroup))
	block := make([]parquet.Row, 0, parquetBlock)
	for k := range cap(block) {
		block = block[:k+1]
		block[k] = make(parquet.Row, len(values))
	}
	for from := 0; from < n; from += parquetBlock {
		block = block[:min(parquetBlock, n-from)]
		for k := range block {
			for j, value := range values {
				block[k][j] = value(from+k).Level(0, 0, j)
			}
		}
		if _, err := p.WriteRows(block); err != nil {
			return fmt.Errorf("datasets: %w", err)
		}
	}
	if err := p.Close(); err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	return nil
}
