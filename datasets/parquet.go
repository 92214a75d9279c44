package datasets

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"gonum.org/v1/gonum/mat"
)

// isParquet tells by a file's name whether it is a Parquet file.
func isParquet(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".parquet") }

// parquetFile is an open Parquet file, whose columns are read one by one.
type parquetFile struct {
	path    string
	columns []*parquet.Column
	header  []string
	rows    int
}

// withParquet opens a Parquet file, hands it to read and returns the file's
// SHA-256. What the decoder panics at is a damaged file.
func withParquet(path string, r io.Reader, read func(*parquetFile) error) (sum string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("datasets: %s is damaged: %v", path, p)
		}
	}()
	at, size, hash := io.ReaderAt(nil), int64(0), sha256.New()
	if file, ok := r.(*os.File); ok {
		if size, err = io.Copy(hash, file); err != nil {
			return "", fmt.Errorf("datasets: %s: %w", path, err)
		}
		at = file
	} else {
		content, err := io.ReadAll(io.TeeReader(r, hash))
		if err != nil {
			return "", fmt.Errorf("datasets: %s: %w", path, err)
		}
		at, size = bytes.NewReader(content), int64(len(content))
	}
	f, err := openParquet(path, at, size)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), read(f)
}

func openParquet(path string, r io.ReaderAt, size int64) (*parquetFile, error) {
	var start [4]byte
	var end [8]byte              // length of the footer before it, and the format's name
	_, _ = r.ReadAt(start[:], 0) // a file too short is no Parquet file
	_, _ = r.ReadAt(end[:], size-8)
	switch footer := int64(binary.LittleEndian.Uint32(end[:])); {
	case string(start[:]) == "PARE" || string(end[4:]) == "PARE":
		return nil, fmt.Errorf("datasets: %s is an encrypted Parquet file: write it without encryption", path)
	case string(start[:]) != "PAR1" || string(end[4:]) != "PAR1" || footer > size-12:
		return nil, fmt.Errorf("datasets: %s is no whole Parquet file", path)
	}
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("datasets: %s is damaged: %w", path, err)
	}
	p := &parquetFile{path: path, columns: f.Root().Columns(), rows: int(f.NumRows())}
	for _, c := range p.columns {
		p.header = append(p.header, strings.TrimSpace(c.Name()))
	}
	if len(p.header) == 0 {
		return nil, fmt.Errorf("datasets: %s has no columns", path)
	}
	if p.rows == 0 {
		return nil, fmt.Errorf("datasets: %s has no rows", path)
	}
	return p, checkNames(p.header, path)
}

// each calls do with the values of column i, from the first row to the last.
func (p *parquetFile) each(i int, do func(row int, v parquet.Value) error) error {
	c := p.columns[i]
	if !c.Leaf() || c.Repeated() {
		return fmt.Errorf("datasets: %s: column %s holds lists or records: write a column for each of their parts, or drop it", p.path, p.header[i])
	}
	if unread := unreadType(c.Type()); unread != "" {
		return fmt.Errorf("datasets: %s: column %s holds %s: write it as text or numbers, or drop it", p.path, p.header[i], unread)
	}
	pages := c.Pages()
	defer pages.Close()
	buffer, row := make([]parquet.Value, 1024), 0
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			row, err = p.eachOfPage(page, buffer, row, do)
			parquet.Release(page)
		}
		if err != nil {
			return p.columnError(i, err)
		}
	}
	if row != p.rows {
		return fmt.Errorf("datasets: %s is damaged: column %s has %d of %d rows", p.path, p.header[i], row, p.rows)
	}
	return nil
}

func (p *parquetFile) eachOfPage(page parquet.Page, buffer []parquet.Value, row int, do func(row int, v parquet.Value) error) (int, error) {
	values := page.Values()
	for {
		n, err := values.ReadValues(buffer)
		for _, v := range buffer[:n] {
			if row == p.rows {
				return row, fmt.Errorf("there are more values than the %d rows: the file is damaged", p.rows)
			}
			if err := do(row, v); err != nil {
				return row, &cellError{row, err}
			}
			row++
		}
		if errors.Is(err, io.EOF) {
			return row, nil
		}
		if err != nil {
			return row, err
		}
	}
}

// cellError is what is wrong with the cell of a row.
type cellError struct {
	row int
	err error
}

func (e *cellError) Error() string { return e.err.Error() }
func (e *cellError) Unwrap() error { return e.err }

func (p *parquetFile) columnError(i int, err error) error {
	var cell *cellError
	if errors.As(err, &cell) {
		return fmt.Errorf("datasets: %s, row %d, column %s: %w", p.path, cell.row+1, p.header[i], err)
	}
	return fmt.Errorf("datasets: %s, column %s: %w", p.path, p.header[i], err)
}

// unreadType names a type of values that are neither numbers, truth values nor
// text; empty for those.
func unreadType(t parquet.Type) string {
	if l := t.LogicalType(); l != nil {
		switch l.Value.(type) {
		case nil, *format.StringType, *format.EnumType, *format.JsonType, *format.IntType:
		default:
			return "values of type " + t.String()
		}
	}
	if k := t.Kind(); k == parquet.Int96 || k == parquet.FixedLenByteArray {
		return "values of type " + t.String()
	}
	return ""
}

// unsigned tells whether a type's integers have no sign.
func unsigned(t parquet.Type) bool {
	if l := t.LogicalType(); l != nil {
		i, ok := l.Value.(*format.IntType)
		return ok && !i.IsSigned
	}
	return false
}

// cell is a value as text: numbers with the fewest digits that read back the
// same, empty where there is none.
func cell(v parquet.Value, unsigned bool) string {
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean())
	case parquet.Int32:
		if unsigned {
			return strconv.FormatUint(uint64(v.Uint32()), 10)
		}
		return strconv.FormatInt(int64(v.Int32()), 10)
	case parquet.Int64:
		if unsigned {
			return strconv.FormatUint(v.Uint64(), 10)
		}
		return strconv.FormatInt(v.Int64(), 10)
	case parquet.Float:
		return realCell(float64(v.Float()), 32)
	case parquet.Double:
		return realCell(v.Double(), 64)
	case parquet.ByteArray:
		return string(v.ByteArray())
	}
	return ""
}

func realCell(x float64, bits int) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, bits)
}

// numberOf is a value as a finite number.
func numberOf(v parquet.Value, unsigned bool) (float64, error) {
	x := 0.0
	switch {
	case v.IsNull():
		return 0, fmt.Errorf("there is no value")
	case v.Kind() == parquet.Float:
		x = float64(v.Float())
	case v.Kind() == parquet.Double:
		x = v.Double()
	default:
		return readNumber(cell(v, unsigned))
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("%g is not a finite number", x)
	}
	return x, nil
}

// texts reads column i as text.
func (p *parquetFile) texts(i int) ([]string, error) {
	var cells []string
	known, without := map[string]string{}, unsigned(p.columns[i].Type())
	err := p.each(i, func(_ int, v parquet.Value) error {
		text := strings.TrimSpace(cell(v, without))
		one, ok := known[text]
		if !ok {
			one = text
			known[text] = one
		}
		cells = append(cells, one)
		return nil
	})
	return cells, err
}

// numbers reads column i as numbers.
func (p *parquetFile) numbers(i int) ([]float64, error) {
	var numbers []float64
	without := unsigned(p.columns[i].Type())
	err := p.each(i, func(_ int, v parquet.Value) error {
		x, err := numberOf(v, without)
		numbers = append(numbers, x)
		return err
	})
	return numbers, err
}

// table reads the columns that the options ask for.
func (p *parquetFile) table(o ReadOptions) (*Table, error) {
	t, err := planColumns(p.header, p.path, o)
	if err != nil {
		return nil, err
	}
	for k, i := range t.text {
		if t.Columns[k].Cells, err = p.texts(i); err != nil {
			return nil, err
		}
	}
	if t.id >= 0 {
		if t.IDs, err = p.texts(t.id); err != nil {
			return nil, err
		}
	}
	if t.weight >= 0 {
		if t.Weights, err = p.numbers(t.weight); err != nil {
			return nil, err
		}
		for row, w := range t.Weights {
			if w < 0 {
				return nil, p.columnError(t.weight, &cellError{row, fmt.Errorf("the weight %g is negative", w)})
			}
		}
	}
	for k, i := range t.features {
		numbers, err := p.numbers(i)
		if err != nil {
			return nil, fmt.Errorf("%w (features are numbers; name text columns as conditions, or drop them)", err)
		}
		if t.X == nil { // a first column has shown that the file has as many rows as it says
			t.X = mat.NewDense(p.rows, len(t.features), nil)
		}
		t.X.SetCol(k, numbers)
	}
	return t.Table, nil
}
