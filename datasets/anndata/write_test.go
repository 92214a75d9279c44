package anndata

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// TestSinglePrecision: columns and categories of float32 read as they were written, and so they do when they are
// written again.
func TestSinglePrecision(t *testing.T) {
	dir := t.TempDir()
	cells := []string{"0.1", "", "1e-07", "100"}
	column := Column{Name: "dose", Kind: Real, Reals: []float64{float64(float32(.1)), math.NaN(), float64(float32(1e-7)), 100}, single: true}
	for _, name := range []string{"first.h5ad", "second.h5ad"} {
		path := filepath.Join(dir, name)
		obs := &Frame{Index: []string{"a", "b", "c", "d"}, Columns: []Column{column}}
		if err := Write(path, &Data{Obs: obs, Var: &Frame{Index: []string{"g"}}}, WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		read, err := f.ObsColumn("dose")
		f.Close()
		if err != nil || read.Kind != Real || !slices.Equal(read.Cells(), cells) {
			t.Fatalf("%s: %+v, %v", name, read, err)
		}
		column = *read
	}
}

// all reads a whole file as what Write takes.
func all(t testing.TB, f *File) *Data {
	t.Helper()
	d := &Data{Layers: map[string]mat.Matrix{}, Obsm: map[string]*mat.Dense{}, Varm: map[string]*mat.Dense{}}
	x, err := f.X()
	if err == nil {
		d.X, err = inFormat(x)
	}
	if err == nil {
		d.Obs, err = f.Obs()
	}
	if err == nil {
		d.Var, err = f.Var()
	}
	if err == nil {
		d.Uns, _, err = f.Uns()
	}
	if err != nil {
		t.Fatal(err)
	}
	layers, err := f.Layers()
	for _, name := range layers {
		var m *Matrix
		if m, err = f.Layer(name); err == nil {
			d.Layers[name], err = inFormat(m)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	names, err := f.ObsmNames()
	for _, name := range names {
		d.Obsm[name], err = f.Obsm(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	names, err = f.VarmNames()
	for _, name := range names {
		d.Varm[name], err = f.Varm(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// inFormat is a matrix in memory as it is in the file.
func inFormat(m *Matrix) (mat.Matrix, error) {
	if m.Format == Dense {
		return m.Dense(0, m.rows)
	}
	return m.CSR()
}

// TestWrite reads files, writes them and reads them again.
func TestWrite(t *testing.T) {
	e := want(t)
	for _, name := range []string{"csr-gzip.h5ad", "dense-plain.h5ad", "nullable.h5ad", "v0.6.h5ad"} {
		for _, gzip := range []int{0, 4} {
			before := all(t, open(t, name))
			path := filepath.Join(t.TempDir(), name)
			if err := Write(path, before, WriteOptions{Gzip: gzip}); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			x, err := f.X()
			if err != nil {
				t.Fatal(err)
			}
			checkMatrix(t, x, e.X)
			e.checkFrames(t, f)
			after := all(t, f)
			if before.Obs.IndexName != after.Obs.IndexName || !slices.Equal(before.Obs.Names(), after.Obs.Names()) {
				t.Errorf("%s: columns %q became %q", name, before.Obs.Names(), after.Obs.Names())
			}
			for i := range before.Obs.Columns {
				if a, b := before.Obs.Columns[i], after.Obs.Columns[i]; !slices.Equal(a.Cells(), b.Cells()) || a.Ordered != b.Ordered || a.Kind != b.Kind && a.Missing == nil {
					t.Errorf("%s: column %+v became %+v", name, a, b)
				}
			}
			for name := range before.Obsm {
				if !mat.Equal(before.Obsm[name], after.Obsm[name]) {
					t.Errorf("obsm %s changed", name)
				}
			}
			for name := range before.Varm {
				if !mat.Equal(before.Varm[name], after.Varm[name]) {
					t.Errorf("varm %s changed", name)
				}
			}
			for name := range before.Layers {
				if !mat.Equal(before.Layers[name], after.Layers[name]) {
					t.Errorf("layer %s changed", name)
				}
			}
			a, err := json.Marshal(before.Uns)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := json.Marshal(after.Uns); err != nil || !bytes.Equal(a, b) {
				t.Errorf("%s: uns %s became %s", name, a, b)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestPython opens what Write wrote with Python's anndata, and scanpy where it
// is installed. $GOMONGE_PYTHON names the interpreter; python3 is tried else.
func TestPython(t *testing.T) {
	python := os.Getenv("GOMONGE_PYTHON")
	if python == "" {
		python = "python3"
	}
	if out, err := exec.Command(python, "-c", "import anndata").CombinedOutput(); err != nil {
		t.Skipf("%s has no anndata (set GOMONGE_PYTHON to one that has): %v, %s", python, err, bytes.TrimSpace(out[max(0, len(out)-100):]))
	}
	arguments := []string{filepath.Join("testdata", "check.py")}
	for i, name := range []string{"csr-gzip.h5ad", "dense-plain.h5ad", "nullable.h5ad", "csc-gzip.h5ad"} {
		path := filepath.Join(t.TempDir(), name)
		if err := Write(path, all(t, open(t, name)), WriteOptions{Gzip: i % 2 * 4}); err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, path, filepath.Join("testdata", name))
	}
	out, err := exec.Command(python, arguments...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all equal") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWriteRefuses(t *testing.T) {
	cells, genes := &Frame{Index: []string{"a", "b"}}, &Frame{Index: []string{"g", "h"}}
	x, err := sparse.FromMatrix(mat.NewDense(2, 2, []float64{1, 0, 0, 2}))
	if err != nil {
		t.Fatal(err)
	}
	column := func(c Column) *Frame { return &Frame{Index: cells.Index, Columns: []Column{c}} }
	nan := mat.NewDense(2, 2, []float64{1, 0, math.NaN(), 2})
	for _, c := range []struct {
		words string
		data  *Data
	}{
		{"need Obs and Var", &Data{X: x}},
		{"X: 2 × 2 entries for 2 × 1", &Data{X: x, Obs: cells, Var: &Frame{Index: []string{"g"}}}},
		{"the name g stands there twice", &Data{Obs: cells, Var: &Frame{Index: []string{"g", "g"}}}},
		{"X: entry NaN in row 1, column 0", &Data{X: nan, Obs: cells, Var: genes}},
		{"layer l: entry NaN", &Data{X: x, Layers: map[string]mat.Matrix{"l": nan}, Obs: cells, Var: genes}},
		{"obsm p: 1 × 1 entries", &Data{Obsm: map[string]*mat.Dense{"p": mat.NewDense(1, 1, nil)}, Obs: cells, Var: genes}},
		{"varm p: 1 × 1 entries", &Data{Varm: map[string]*mat.Dense{"p": mat.NewDense(1, 1, nil)}, Obs: cells, Var: genes}},
		{"column c has 1 rows where the index has 2", &Data{Obs: column(Column{Name: "c", Kind: Real, Reals: []float64{1}}), Var: genes}},
		{"has code 3 of 1 categories", &Data{Obs: column(Column{Name: "c", Kind: Categorical, Categories: []string{"x"}, Codes: []int32{0, 3}}), Var: genes}},
		{`of kind "text"`, &Data{Obs: column(Column{Name: "c", Kind: "text"}), Var: genes}},
		{"is empty or stands twice", &Data{Obs: column(Column{Name: "_index", Kind: Bool, Bools: []bool{true, false}}), Var: genes}},
		{"no name of a member", &Data{Obs: cells, Var: genes, Uns: map[string]any{"": 1}}},
		{"values of type complex128 are not written", &Data{Obs: cells, Var: genes, Uns: map[string]any{"z": 1i}}},
		{"has a character that names do not have", &Data{Obs: column(Column{Name: "a/b", Kind: Bool, Bools: []bool{true, false}}), Var: genes}},
	} {
		folder := t.TempDir()
		err := Write(filepath.Join(folder, "w.h5ad"), c.data, WriteOptions{})
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("error %v, want %q", err, c.words)
		}
		if left, _ := os.ReadDir(folder); len(left) != 0 {
			t.Errorf("%q: left behind %v", c.words, left)
		}
	}
	if err := Write(filepath.Join(t.TempDir(), "w.h5ad"), &Data{Obs: cells, Var: genes}, WriteOptions{Gzip: 10}); err == nil {
		t.Error("gzip level 10 was taken")
	}
}
