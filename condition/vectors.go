package condition

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ReadVectors fills Vectors from the variable's File: CSV, or TSV where the
// name ends in .tsv, with a header; the first column holds labels, the others
// coordinates. Errors name file, row (the header is row 1) and column.
func (v *Variable) ReadVectors() error {
	if v.File == "" {
		return fmt.Errorf("condition: variable %s names no file of coordinates", v.Name)
	}
	f, err := os.Open(v.File)
	if err != nil {
		return fmt.Errorf("condition: coordinates of %s: %w", v.Name, err)
	}
	defer f.Close()
	separator := ','
	if strings.HasSuffix(strings.ToLower(v.File), ".tsv") {
		separator = '\t'
	}
	vectors, err := readVectors(f, separator)
	if err != nil {
		return fmt.Errorf("condition: coordinates of %s: %s: %w", v.Name, v.File, err)
	}
	v.Vectors = vectors
	return nil
}

func readVectors(r io.Reader, separator rune) (map[string][]float64, error) {
	b := bufio.NewReader(r)
	if mark, err := b.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = b.Discard(3) // what Peek saw is there
	}
	c := csv.NewReader(b)
	c.Comma, c.ReuseRecord = separator, true
	header, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("no header: %w", err)
	}
	if len(header) < 2 {
		return nil, fmt.Errorf("the header has %d column; a label and at least one coordinate are needed", len(header))
	}
	columns := append([]string{}, header...)
	vectors := map[string][]float64{}
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		row, _ := c.FieldPos(0)
		label := strings.TrimSpace(record[0])
		if _, twice := vectors[label]; twice || label == "" {
			return nil, fmt.Errorf("row %d: the label %q is empty or stands there twice", row, label)
		}
		x := make([]float64, len(record)-1)
		for j, cell := range record[1:] {
			if x[j], err = parseNumber(cell); err != nil {
				return nil, fmt.Errorf("row %d, column %s: %w", row, columns[j+1], err)
			}
		}
		vectors[label] = x
	}
	if len(vectors) == 0 {
		return nil, fmt.Errorf("there is no row below the header")
	}
	return vectors, nil
}
