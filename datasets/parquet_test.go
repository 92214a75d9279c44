package datasets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// parquetLayout is the path of a file that testdata/parquet/make.py made.
func parquetLayout(name string) string { return filepath.Join("testdata", "parquet", name) }

// TestReadParquet reads one table in the forms that pyarrow and pandas write.
func TestReadParquet(t *testing.T) {
	b, err := os.ReadFile(parquetLayout("expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][]any
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plain", "snappy-groups", "dictionary-gzip", "zstd-v2", "lz4-delta", "brotli-old", "pandas"} {
		table, err := ReadTable(parquetLayout(name+".parquet"), ReadOptions{Conditions: []string{"dose", "drug", "passed", "big"}, Weight: "weight", Drop: []string{"plate"}})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(table.Features, []string{"g1", "g2", "g3"}) || len(table.SHA256) != 64 {
			t.Fatalf("%s: features %q, SHA-256 %q", name, table.Features, table.SHA256)
		}
		for i, id := range want["cell_id"] {
			if table.IDs[i] != id {
				t.Fatalf("%s: id %d is %q, want %q", name, i, table.IDs[i], id)
			}
			for j, f := range table.Features {
				if got := table.X.At(i, j); got != want[f][i] {
					t.Fatalf("%s: %s of row %d is %v, want %v", name, f, i, got, want[f][i])
				}
			}
			if table.Weights[i] != want["weight"][i] {
				t.Errorf("%s: weight %d is %g", name, i, table.Weights[i])
			}
			drug, _ := want["drug"][i].(string) // null is the empty text
			cells := []string{strconv.FormatFloat(want["dose"][i].(float64), 'g', -1, 64), drug, fmt.Sprint(want["passed"][i]), want["big"][i].(string)}
			for k, c := range table.Columns {
				if c.Cells[i] != cells[k] {
					t.Fatalf("%s: %s of row %d is %q, want %q", name, c.Name, i, c.Cells[i], cells[k])
				}
			}
		}
	}
}

func TestReadParquetRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		path    string
		options ReadOptions
		words   string
	}{
		{parquetLayout("bad-list.parquet"), ReadOptions{}, "column tags holds lists or records"},
		{parquetLayout("bad-time.parquet"), ReadOptions{}, "column t holds values of type TIMESTAMP"},
		{parquetLayout("bad-null.parquet"), ReadOptions{}, "row 2, column y: there is no value"},
		{parquetLayout("bad-nan.parquet"), ReadOptions{}, "row 1, column y: NaN is not a finite number"},
		{parquetLayout("bad-text.parquet"), ReadOptions{}, `row 2, column y: "low" is not a finite number (features are numbers`},
		{parquetLayout("bad-twice.parquet"), ReadOptions{}, "column x stands there twice"},
		{parquetLayout("bad-empty.parquet"), ReadOptions{}, "has no rows"},
		{parquetLayout("plain.parquet"), ReadOptions{Conditions: []string{"drugs"}}, "no column drugs (nearest: drug"},
		{parquetLayout("plain.parquet"), ReadOptions{Layer: "counts"}, "layers and obsm are in .h5ad files"},
		{parquetLayout("plain.parquet"), ReadOptions{Features: []string{"g3"}, Weight: "g3"}, "asked for as a weight and as a feature"},
		{parquetLayout("plain.parquet"), ReadOptions{Features: []string{"g1"}, Weight: "g2"}, "is negative"},
		{write("encrypted.parquet", []byte("PARE0000000000PARE")), ReadOptions{}, "encrypted"},
		{write("text.parquet", []byte("a,b\n1,2\n")), ReadOptions{}, "no whole Parquet file"},
		{write("short.parquet", []byte("PA")), ReadOptions{}, "no whole Parquet file"},
		{"s3://bucket/cells.parquet", ReadOptions{}, "copy it to this machine first"},
		{"https://host/cells.csv", ReadOptions{}, "copy it to this machine first"},
		{filepath.Join(dir, "none.parquet"), ReadOptions{}, "none.parquet"},
	} {
		if _, err := ReadTable(c.path, c.options); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: error %v, want %q", c.path, err, c.words)
		}
	}
}

// TestDamagedParquet: a file cut short or with a byte changed is read, or is an error.
func TestDamagedParquet(t *testing.T) {
	whole, err := os.ReadFile(parquetLayout("zstd-v2.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	options := ReadOptions{Conditions: []string{"dose", "drug", "passed", "big"}, Weight: "weight", Drop: []string{"plate"}}
	read := func(content []byte) error {
		table, err := ReadTableFrom(bytes.NewReader(content), "damaged.parquet", options)
		if err == nil {
			err = table.Validate()
		} else if !strings.Contains(err.Error(), "damaged.parquet") {
			t.Errorf("the error does not name the file: %v", err)
		}
		return err
	}
	for n := 0; n < len(whole); n += 37 {
		if err := read(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were read", n, len(whole))
		}
	}
	for at := 4; at < len(whole); at += 7 {
		bad := bytes.Clone(whole)
		bad[at] ^= 1 << (at % 8)
		_ = read(bad) // no panic, no hang
	}
}

// written is a table with all that a table can have.
func written() *Table {
	return &Table{IDName: "cell", IDs: []string{"a", "b", "c"}, Features: []string{"zeta", "alpha", "Mu"}, WeightName: "w", Weights: []float64{1, 2, .5},
		X:       mat.NewDense(3, 3, []float64{1, .1, 0, -2, 3, 4, 1e-300, 5, 1. / 3}),
		Columns: []Column{{"drug", []string{"x", "", "w"}}, {"dose", []string{"0.1", "10", "1"}}}}
}

func TestWriteParquet(t *testing.T) {
	table, path := written(), filepath.Join(t.TempDir(), "t.parquet")
	if err := WriteTable(path, table); err != nil {
		t.Fatal(err)
	}
	back, err := ReadTable(path, ReadOptions{ID: "cell", Conditions: []string{"drug", "dose"}, Weight: "w"})
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(back.X, table.X) || !slices.Equal(back.Features, table.Features) || !slices.Equal(back.IDs, table.IDs) || !slices.Equal(back.Weights, table.Weights) {
		t.Errorf("became %+v", back)
	}
	for k, c := range table.Columns {
		if !slices.Equal(back.Columns[k].Cells, c.Cells) {
			t.Errorf("%s became %q", c.Name, back.Columns[k].Cells)
		}
	}
	schema := condition.Schema{Variables: []condition.Variable{{Name: "dose", Kind: condition.Continuous}}}
	if values, err := ReadConditions(path, schema); err != nil || len(values) != 3 || values[1][0].Number != 10 {
		t.Errorf("conditions %v, %v", values, err)
	}
	schema.Variables[0].Name = "doses"
	if _, err := ReadConditions(path, schema); err == nil || !strings.Contains(err.Error(), "nearest: dose") {
		t.Errorf("a missing condition: %v", err)
	}
	d, err := Describe(path)
	if err != nil || d.Rows != 3 || d.Cols != 7 || d.Columns[1].Name != "drug" || d.Columns[1].Missing != 1 || d.Columns[2].Kind != "numbers" || d.Columns[2].High != 10 {
		t.Errorf("described as %+v, %v", d, err)
	}
	if d, err = Describe(parquetLayout("bad-list.parquet")); err != nil || d.Columns[2].Kind != "values that are not read" {
		t.Errorf("lists are described as %+v, %v", d, err)
	}
	if d, err = Describe(parquetLayout("pandas.parquet")); err != nil || d.Cols != 9 || d.Columns[2].Kind != "truth values" {
		t.Errorf("what pandas wrote is described as %+v, %v", d, err)
	}
}

// TestWriteManyParquet goes over the blocks of the writer.
func TestWriteManyParquet(t *testing.T) {
	const n = 2*parquetBlock + 17
	table := &Table{Features: []string{"b", "a"}, X: mat.NewDense(n, 2, nil)}
	for i := range n {
		table.X.SetRow(i, []float64{float64(i), float64(i * i)})
	}
	path := filepath.Join(t.TempDir(), "many.parquet")
	if err := WriteTable(path, table); err != nil {
		t.Fatal(err)
	}
	back, err := ReadTable(path, ReadOptions{})
	if err != nil || !mat.Equal(back.X, table.X) {
		t.Errorf("it came back otherwise, %v", err)
	}
}

// TestPyarrow reads what is written with pyarrow. $GOMONGE_PYTHON names an
// interpreter that has it; python3 is tried else.
func TestPyarrow(t *testing.T) {
	python := os.Getenv("GOMONGE_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import pyarrow").Run(); err != nil {
		t.Skipf("%s has no pyarrow (set GOMONGE_PYTHON to one that has): %v", python, err)
	}
	table, path := written(), filepath.Join(t.TempDir(), "t.parquet")
	if err := WriteTable(path, table); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, parquetLayout("check.py"), path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Columns, Types []string
		Rows           map[string][]any
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(read.Columns, []string{"cell", "drug", "dose", "w", "zeta", "alpha", "Mu"}) ||
		!slices.Equal(read.Types, []string{"string", "string", "double", "double", "double", "double", "double"}) {
		t.Errorf("columns %q of types %q", read.Columns, read.Types)
	}
	for i := range 3 {
		want := []any{table.IDs[i], table.Columns[0].Cells[i], []float64{.1, 10, 1}[i], table.Weights[i], table.X.At(i, 0), table.X.At(i, 1), table.X.At(i, 2)}
		for k, name := range read.Columns {
			if read.Rows[name][i] != want[k] {
				t.Errorf("%s of row %d is %v, want %v", name, i, read.Rows[name][i], want[k])
			}
		}
	}
}
