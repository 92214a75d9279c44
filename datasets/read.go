package datasets

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
)

// ReadOptions say what the columns of a file are. The zero value reads every
// column as a feature, apart from row ids.
type ReadOptions struct {
	// Conditions are columns kept as text; the file must have them.
	Conditions []string
	// Optional columns are kept as text where the file has them.
	Optional []string
	// Features to keep, in this order; nil means every column that is nothing else.
	Features []string
	// Drop names columns that are left out.
	Drop []string
	// Weight is the column of row weights; empty means equal weights.
	Weight string
	// ID is the column of row ids. Empty means the first column if its header
	// is empty or one of id, index, cell_id, barcode (in any case), else the index
	// that pandas wrote to a Parquet file, else none.
	ID string
	// Layer and Obsm name where the features of an h5ad file are: in a layer
	// (raw stands for the file's raw) or in points for each cell, such as
	// X_pca; in X where both are empty.
	Layer, Obsm string
	// DenseLimit leaves the genes of an h5ad file in Table.Sparse if they are
	// sparse there and would take more bytes as float64 with their zeros; 0 is no limit.
	DenseLimit int
	// Rows, NAME=VALUE, keeps the rows that have that in a column, such as
	// split=train, by their text or number; empty keeps all.
	Rows string
}

// idHeaders are headers that make a first column row ids, and pandasIndex the
// name under which pandas writes a nameless index, as a last column, to Parquet.
var idHeaders = []string{"", "id", "index", "cell_id", "barcode"}

const pandasIndex = "__index_level_0__"

// ReadTable reads a .csv or .tsv file (also .csv.gz, .tsv.gz) with a header, a
// .parquet file of columns of numbers, truth values and text, or an .h5ad file,
// whose features are genes and whose other columns are in obs.
// It is an error, with file, row and column, where a row has another number of
// cells than the header, a header stands twice, a named column is missing
// (with the nearest names), a weight is negative, or a feature's cell is
// empty, text, NaN or infinite. Files elsewhere (s3://, https://) are not read.
func ReadTable(path string, o ReadOptions) (*Table, error) {
	if o.Rows != "" {
		return readSome(path, o)
	}
	if isH5AD(path) {
		return readH5AD(path, o)
	}
	f, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadTableFrom(f, path, o)
}

// ReadTableFrom reads a table from r, an embedded file for instance, as
// [ReadTable] does; the ending of path tells the format and messages name it.
func ReadTableFrom(r io.Reader, path string, o ReadOptions) (*Table, error) {
	if o.Layer != "" || o.Obsm != "" {
		return nil, fmt.Errorf("datasets: %s: layers and obsm are in .h5ad files", path)
	}
	var t *Table
	if isParquet(path) {
		sum, err := withParquet(path, r, func(p *parquetFile) (err error) {
			t, err = p.table(o)
			return err
		})
		if err != nil {
			return nil, err
		}
		t.SHA256 = sum
		return t, nil
	}
	sum, err := readText(r, path, func(text io.Reader, separator rune) (err error) {
		t, err = readTable(text, separator, path, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	t.SHA256 = sum
	return t, nil
}

// openTable opens a file whose name ends as one of a table does.
func openTable(path string) (*os.File, error) {
	if err := local(path); err != nil {
		return nil, err
	}
	if _, _, err := fileFormat(path); err != nil && !isParquet(path) {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	return f, nil
}

// readText hands read the text of a file, unzipped, and returns the SHA-256 of the file.
func readText(r io.Reader, path string, read func(text io.Reader, separator rune) error) (sum string, err error) {
	separator, zipped, err := fileFormat(path)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	raw := io.TeeReader(bufio.NewReaderSize(r, 1<<16), hash)
	var text io.Reader = raw
	if zipped {
		z, err := gzip.NewReader(raw)
		if err != nil {
			return "", fmt.Errorf("datasets: %s is not a gzip file: %w", path, err)
		}
		text = z
	}
	if err := read(text, separator); err != nil {
		return "", err
	}
	if _, err := io.Copy(io.Discard, raw); err != nil { // what follows the last row counts for the sum
		return "", fmt.Errorf("datasets: %s: %w", path, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// fileFormat tells the format from the name's ending.
func fileFormat(path string) (separator rune, zipped bool, err error) {
	name := strings.ToLower(path)
	name, zipped = strings.CutSuffix(name, ".gz")
	switch {
	case strings.HasSuffix(name, ".csv"):
		return ',', zipped, nil
	case strings.HasSuffix(name, ".tsv"):
		return '\t', zipped, nil
	}
	return 0, false, fmt.Errorf("datasets: %s: tables are .h5ad, .parquet, .csv or .tsv files, or the latter two with .gz", path)
}

// reading is a table while it is read: what each column is, and the rows so far.
type reading struct {
	*Table
	text     []int // index in the header of each of Columns
	features []int
	id       int // -1 where there is none
	weight   int
	x        []float64
	cells    map[string]string // one copy of each text that repeats
}

func readTable(r io.Reader, separator rune, path string, o ReadOptions) (*Table, error) {
	var t *reading
	err := eachRecord(r, separator, path,
		func(header []string) (err error) {
			t, err = planColumns(header, path, o)
			return err
		},
		func(record []string, line int) error {
			t.lines = append(t.lines, line)
			return t.add(record)
		})
	if err != nil {
		return nil, err
	}
	t.X = mat.NewDense(len(t.lines), len(t.features), t.x)
	return t.Table, nil
}

// eachRecord reads the header, trimmed and without a byte order mark, and then
// each row with the line it starts at. A row's cells are only valid during the call.
func eachRecord(r io.Reader, separator rune, path string, onHeader func([]string) error, onRow func(record []string, line int) error) error {
	b := bufio.NewReader(r)
	if mark, err := b.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = b.Discard(3) // what Peek saw is there
	}
	c := csv.NewReader(b)
	c.Comma, c.ReuseRecord, c.FieldsPerRecord = separator, true, -1
	record, err := c.Read()
	if err != nil {
		return fmt.Errorf("datasets: %s has no header: %w", path, err)
	}
	header := slices.Clone(record)
	for i, h := range header {
		if strings.Contains(h, "\r") {
			return fmt.Errorf("datasets: %s: lines end in CR alone; save the file with LF or CRLF line ends", path)
		}
		header[i] = strings.TrimSpace(h)
	}
	if err := checkNames(header, path); err != nil {
		return err
	}
	if err := onHeader(header); err != nil {
		return err
	}
	for n := 0; ; n++ {
		record, err := c.Read()
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("datasets: %s has no rows below its header", path)
		}
		if err != nil {
			return fmt.Errorf("datasets: %s: %w", path, err)
		}
		line, _ := c.FieldPos(0)
		if len(record) != len(header) {
			return fmt.Errorf("datasets: %s, row %d has %d cells where the header has %d", path, line, len(record), len(header))
		}
		if err := onRow(record, line); err != nil {
			return err
		}
	}
}

// planColumns settles what each column of the header is.
func planColumns(header []string, path string, o ReadOptions) (*reading, error) {
	t := &reading{Table: &Table{File: path, WeightName: o.Weight}, id: -1, weight: -1, cells: map[string]string{}}
	find := func(name string) (int, error) {
		if i := slices.Index(header, name); i >= 0 {
			return i, nil
		}
		return 0, fmt.Errorf("datasets: %s has no column %s (%s)", path, name, spell.Suggest(name, header))
	}
	taken := make([]string, len(header)) // what a column is, if not a feature
	take := func(name, role string) (int, error) {
		i, err := find(name)
		if err == nil && taken[i] != "" && taken[i] != role {
			err = fmt.Errorf("datasets: %s: column %s is asked for as a %s and as a %s", path, name, taken[i], role)
		}
		if err == nil {
			taken[i] = role
		}
		return i, err
	}
	if err := t.planText(header, o, take); err != nil {
		return nil, err
	}
	var err error
	if o.Weight != "" {
		if t.weight, err = take(o.Weight, "weight"); err != nil {
			return nil, err
		}
	}
	for _, name := range o.Drop {
		if _, err := take(name, "dropped column"); err != nil {
			return nil, err
		}
	}
	if o.ID != "" {
		if t.id, err = take(o.ID, "row id"); err != nil {
			return nil, err
		}
	} else if taken[0] == "" && slices.Contains(idHeaders, strings.ToLower(header[0])) && !slices.Contains(o.Features, header[0]) {
		t.id, taken[0] = 0, "row id"
	} else if i := slices.Index(header, pandasIndex); i >= 0 && taken[i] == "" && !slices.Contains(o.Features, pandasIndex) {
		t.id, taken[i] = i, "row id"
	}
	if t.id >= 0 {
		t.IDName = header[t.id]
	}
	return t, t.planFeatures(header, o.Features, taken, take)
}

func (t *reading) planText(header []string, o ReadOptions, take func(name, role string) (int, error)) error {
	names := slices.Clone(o.Conditions)
	for _, name := range o.Optional {
		if slices.Contains(header, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		i, err := take(name, "condition")
		if err != nil {
			return err
		}
		if slices.Contains(t.text, i) {
			continue
		}
		t.text = append(t.text, i)
		t.Columns = append(t.Columns, Column{Name: name})
	}
	return nil
}

func (t *reading) planFeatures(header, asked, taken []string, take func(name, role string) (int, error)) error {
	for _, name := range asked {
		i, err := take(name, "feature")
		if err != nil {
			return err
		}
		if slices.Contains(t.features, i) {
			return fmt.Errorf("datasets: %s: feature %s is asked for twice", t.File, name)
		}
		t.features = append(t.features, i)
	}
	if asked == nil {
		for i := range header {
			if taken[i] == "" {
				t.features = append(t.features, i)
			}
		}
	}
	if len(t.features) == 0 {
		return fmt.Errorf("datasets: %s has no feature columns left: its columns are %s", t.File, strings.Join(header, ", "))
	}
	for _, i := range t.features {
		if header[i] == "" {
			return fmt.Errorf("datasets: %s: column number %d has no name", t.File, i+1)
		}
		t.Features = append(t.Features, header[i])
	}
	return nil
}

// add reads one row.
func (t *reading) add(record []string) error {
	row := len(t.lines) - 1
	for j, i := range t.text {
		cell := strings.TrimSpace(record[i])
		kept, ok := t.cells[cell]
		if !ok {
			kept = strings.Clone(cell) // not a piece of the whole row's text
			t.cells[kept] = kept
		}
		t.Columns[j].Cells = append(t.Columns[j].Cells, kept)
	}
	if t.id >= 0 {
		t.IDs = append(t.IDs, strings.Clone(record[t.id]))
	}
	if t.weight >= 0 {
		w, err := readNumber(record[t.weight])
		if err == nil && w < 0 {
			err = fmt.Errorf("the weight %g is negative", w)
		}
		if err != nil {
			return fmt.Errorf("datasets: %s, column %s: %w", t.where(row), t.WeightName, err)
		}
		t.Weights = append(t.Weights, w)
	}
	for j, i := range t.features {
		x, err := readNumber(record[i])
		if err != nil {
			return fmt.Errorf("datasets: %s, column %s: %w (features are numbers; name text columns as conditions, or drop them)", t.where(row), t.Features[j], err)
		}
		t.x = append(t.x, x)
	}
	return nil
}

func readNumber(cell string) (float64, error) {
	cell = strings.TrimSpace(cell)
	if cell == "" {
		return 0, fmt.Errorf("the cell is empty")
	}
	x, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("%q is not a finite number", cell)
	}
	return x, nil
}
