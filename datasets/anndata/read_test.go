package anndata

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// expected is what testdata/make.py wrote.
type expected struct {
	Cells, Genes []string
	X, Counts    [][]float64
	PCA          [][]float64 `json:"pca"`
	Loadings     [][]float64 `json:"loadings"`
	Obs, Var     map[string]struct {
		Kind       Kind
		Categories []string
		Codes      []int32
		Ordered    bool
		Values     []any
	}
}

func want(t testing.TB) *expected {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var e expected
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return &e
}

func open(t testing.TB, name string) *File {
	t.Helper()
	f, err := Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// layouts are the files that hold expected.json, by the format of X.
var layouts = map[string]Format{
	"csr-gzip.h5ad": CSR, "csr-plain.h5ad": CSR, "csr-lzf.h5ad": CSR, "csr-int64.h5ad": CSR, "csc-gzip.h5ad": CSC,
	"dense-plain.h5ad": Dense, "dense-gzip.h5ad": Dense, "latest-gzip.h5ad": CSR, "latest-plain.h5ad": CSR,
	"v110-gzip.h5ad": CSR, "shuffle.h5ad": CSR, "fletcher.h5ad": CSR, "lzf-shuffle.h5ad": CSR, "nullable.h5ad": CSR,
	"v0.7.h5ad": CSR, "v0.6.h5ad": CSR, "unsorted.h5ad": CSR,
}

func TestLayouts(t *testing.T) {
	e := want(t)
	for name, format := range layouts {
		t.Run(name, func(t *testing.T) {
			f := open(t, name)
			if cells, genes := f.Dims(); cells != len(e.Cells) || genes != len(e.Genes) {
				t.Fatalf("%d × %d, want %d × %d", cells, genes, len(e.Cells), len(e.Genes))
			}
			x, err := f.X()
			if err != nil {
				t.Fatal(err)
			}
			if x.Format != format {
				t.Errorf("X is stored as %s, want %s", x.Format, format)
			}
			checkMatrix(t, x, e.X)
			e.checkFrames(t, f)
		})
	}
}

// checkMatrix reads a matrix whole and in blocks, sparse and dense.
func checkMatrix(t *testing.T, m *Matrix, want [][]float64) {
	t.Helper()
	for _, step := range []int{len(want), 1, 5} {
		for from := 0; from < len(want); from += step {
			to := min(from+step, len(want))
			rows, err := m.Rows(from, to)
			if err != nil {
				t.Fatal(err)
			}
			dense, err := m.Dense(from, to)
			if err != nil {
				t.Fatal(err)
			}
			for i := range to - from {
				for j, v := range want[from+i] {
					if rows.At(i, j) != v || dense.At(i, j) != v {
						t.Fatalf("%s: entry %d, %d is %g as sparse and %g as dense, want %g", m.Path(), from+i, j, rows.At(i, j), dense.At(i, j), v)
					}
				}
			}
		}
	}
	for _, bad := range [][2]int{{-1, 2}, {3, 2}, {0, len(want) + 1}} {
		if _, err := m.Rows(bad[0], bad[1]); err == nil {
			t.Errorf("rows %v were read", bad)
		}
		if _, err := m.Dense(bad[0], bad[1]); err == nil {
			t.Errorf("rows %v were read", bad)
		}
	}
}

// checkFrames compares both tables; what a file has beside them is not looked at.
func (e *expected) checkFrames(t *testing.T, f *File) {
	t.Helper()
	obs, err := f.Obs()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(obs.Index, e.Cells) {
		t.Errorf("cells are %q", obs.Index)
	}
	for name, want := range e.Obs {
		c, err := obs.Column(name)
		if err != nil {
			t.Error(err)
			continue
		}
		alone, err := f.ObsColumn(name)
		if err != nil || !slices.Equal(alone.Cells(), c.Cells()) {
			t.Errorf("%s alone is %v, %v", name, alone, err)
		}
		if want.Kind == Categorical {
			if c.Kind != Categorical || !slices.Equal(c.Categories, want.Categories) || !slices.Equal(c.Codes, want.Codes) {
				t.Errorf("%s is %+v, want %+v", name, c, want)
			}
			if c.Ordered != want.Ordered && !strings.Contains(f.Path(), "v0.6") { // which has no place for it
				t.Errorf("%s: ordered is %t", name, c.Ordered)
			}
			continue
		}
		checkValues(t, c, want.Kind, want.Values)
	}
	genes, err := f.Var()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(genes.Index, e.Genes) {
		t.Errorf("genes are %q", genes.Index)
	}
	for name, want := range e.Var {
		c, err := genes.Column(name)
		if err != nil {
			t.Error(err)
			continue
		}
		checkValues(t, c, want.Kind, want.Values)
	}
}

func checkValues(t *testing.T, c *Column, kind Kind, want []any) {
	t.Helper()
	if c.Kind != kind && !(kind == String && c.Kind == Categorical) || c.Len() != len(want) {
		t.Errorf("%s is %s of %d, want %s of %d", c.Name, c.Kind, c.Len(), kind, len(want))
		return
	}
	for i, v := range want {
		var same bool
		switch v := v.(type) {
		case string:
			same = c.Cell(i) == v
		case bool:
			same = c.Kind == Bool && c.Bools[i] == v
		case float64:
			same = c.Kind == Integer && float64(c.Integers[i]) == v || c.Kind == Real && c.Reals[i] == v
		}
		if !same {
			t.Errorf("%s, row %d is %s, want %v", c.Name, i, c.Cell(i), v)
		}
	}
}

func TestBeside(t *testing.T) {
	e := want(t)
	f := open(t, "csr-gzip.h5ad")
	if names, err := f.Layers(); err != nil || !slices.Equal(names, []string{"counts", "dense"}) {
		t.Errorf("layers are %q, %v", names, err)
	}
	for name, want := range map[string][][]float64{"counts": e.Counts, "dense": e.X} {
		m, err := f.Layer(name)
		if err != nil {
			t.Fatal(err)
		}
		checkMatrix(t, m, want)
	}
	for _, name := range []string{"csr-gzip.h5ad", "v0.6.h5ad"} {
		f := open(t, name)
		raw, genes, err := f.Raw()
		if err != nil || raw == nil || !f.HasRaw() {
			t.Fatalf("%s: raw: %v", name, err)
		}
		checkMatrix(t, raw, e.Counts)
		if !slices.Equal(genes.Index, e.Genes) {
			t.Errorf("%s: genes of raw are %q", name, genes.Index)
		}
	}
	if raw, _, err := open(t, "csr-plain.h5ad").Raw(); raw != nil || err != nil {
		t.Errorf("a raw that is not there: %v, %v", raw, err)
	}
	pairs, err := f.Obsp("distances")
	if err != nil || pairs.NNZ() != len(e.Cells)-1 || pairs.At(3, 4) != 4 {
		t.Errorf("obsp: %v", err)
	}
	for name, group := range map[string]func(string) (*mat.Dense, error){"X_pca": f.Obsm, "PCs": f.Varm} {
		x, err := group(name)
		if err != nil {
			t.Fatal(err)
		}
		checkDense(t, x, map[string][][]float64{"X_pca": e.PCA, "PCs": e.Loadings}[name])
	}
	old := open(t, "v0.6.h5ad")
	if names, err := old.ObsmNames(); err != nil || !slices.Equal(names, []string{"X_pca"}) {
		t.Errorf("obsm has %q, %v", names, err)
	}
	x, err := old.Obsm("X_pca")
	if err != nil {
		t.Fatal(err)
	}
	checkDense(t, x, e.PCA)
}

func checkDense(t *testing.T, x *mat.Dense, want [][]float64) {
	t.Helper()
	rows, cols := x.Dims()
	if rows != len(want) || cols != len(want[0]) {
		t.Fatalf("%d × %d, want %d × %d", rows, cols, len(want), len(want[0]))
	}
	for i := range want {
		for j, v := range want[i] {
			if x.At(i, j) != v {
				t.Fatalf("entry %d, %d is %g, want %g", i, j, x.At(i, j), v)
			}
		}
	}
}

func TestCounts(t *testing.T) {
	m, err := open(t, "counts-int.h5ad").X()
	if err != nil {
		t.Fatal(err)
	}
	checkMatrix(t, m, want(t).Counts)
}

func TestNullable(t *testing.T) {
	obs, err := open(t, "nullable.h5ad").Obs()
	if err != nil {
		t.Fatal(err)
	}
	for name, gap := range map[string]int{"whole": 3, "truth": 4, "words": 5, "gaps": 6} {
		c, err := obs.Column(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Len() {
			if (c.Cell(i) == "") != (i == gap) {
				t.Errorf("%s, row %d is %q", name, i, c.Cell(i))
			}
		}
	}
	for name, want := range map[string]string{"whole": "8", "truth": "true", "words": "word 8", "gaps": "4"} {
		if c, _ := obs.Column(name); c.Cell(8) != want {
			t.Errorf("%s, row 8 is %q, want %q", name, c.Cell(8), want)
		}
	}
}

func TestUns(t *testing.T) {
	values, skipped, err := open(t, "csr-gzip.h5ad").Uns()
	if err != nil || len(skipped) != 0 {
		t.Fatalf("%q, %v", skipped, err)
	}
	got, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"colours":["#ff0000","#00ff00"],"count":3,"hvg":{"flavor":"seurat"},"log1p":{"base":null},"ratio":0.25,"sizes":[0,1,2,3],"weights":[0,0.5,1],"yes":true}`
	if string(got) != want {
		t.Errorf("uns is %s, want %s", got, want)
	}
}

func TestColumnCounts(t *testing.T) {
	f := open(t, "csr-gzip.h5ad")
	c, err := f.ObsColumn("stage")
	if err != nil {
		t.Fatal(err)
	}
	if counts, none := c.Counts(); !slices.Equal(counts, []int{11, 11}) || none != 1 {
		t.Errorf("%d rows have a stage, %d none", counts, none)
	}
}

// TestBad has files that must be refused: what each is wrong in, and words of the error.
func TestBad(t *testing.T) {
	readX := func(f *File) error {
		x, err := f.X()
		if err == nil {
			_, err = x.CSR()
		}
		return err
	}
	obs := func(f *File) error { _, err := f.Obs(); return err }
	genes := func(f *File) error { _, err := f.Genes(); return err }
	for _, c := range []struct {
		name  string
		read  func(*File) error
		words string
	}{
		{"bad-indptr-falls.h5ad", readX, "X/indptr falls"},
		{"bad-indptr-ends.h5ad", readX, "X/indptr runs from 0"},
		{"bad-indptr-short.h5ad", readX, "X/indptr has 23 starts for 23 lines"},
		{"bad-index.h5ad", readX, "has column 11"},
		{"bad-index-negative.h5ad", readX, "has column -1"},
		{"bad-duplicate.h5ad", readX, "columns increase"},
		{"bad-nan.h5ad", readX, "entries are finite"},
		{"bad-shape.h5ad", readX, "X has the shape [23 10] where 23 × 11 belong"},
		{"bad-data-short.h5ad", readX, "entries and"},
		{"bad-codes.h5ad", obs, "row 1 has code 9 of 4 categories"},
		{"bad-column-length.h5ad", obs, "column dose has 22 rows where the index has 23"},
		{"bad-genes-twice.h5ad", genes, "the name Gene0 stands there twice"},
		{"bad-no-x.h5ad", readX, "there is no X"},
		{"csr-gzip.h5ad", func(f *File) error { _, err := f.ObsColumn("drugs"); return err }, "there is no column obs drugs (nearest: drug"},
		{"csr-gzip.h5ad", func(f *File) error { _, err := f.Layer("count"); return err }, "there is no layer count (nearest: counts"},
		{"csr-gzip.h5ad", func(f *File) error { _, err := f.Obsm("X_umap"); return err }, "there is no obsm X_umap"},
		{"no-cells.h5ad", func(f *File) error {
			x, err := f.X()
			if err == nil {
				_, err = x.Dense(0, 0)
			}
			return err
		}, "are no matrix"},
	} {
		f := open(t, c.name)
		err := c.read(f)
		if err == nil || !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s: error %v, want %q and the file's name", c.name, err, c.words)
		}
	}
	for path, words := range map[string]string{
		"https://host/cells.h5ad":         "download it first",
		"testdata/make.py":                "not an HDF5 file",
		"testdata/absent.h5ad":            "no such file",
		"testdata":                        "testdata",
		"internal/hdf5/testdata/kinds.h5": "there is no obs",
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: error %v, want %q", path, err, words)
		}
	}
}

func TestNoCells(t *testing.T) {
	f := open(t, "no-cells.h5ad")
	if cells, genes := f.Dims(); cells != 0 || genes != 11 {
		t.Errorf("%d × %d", cells, genes)
	}
	x, err := f.X()
	if err != nil {
		t.Fatal(err)
	}
	c, err := x.CSR()
	if err != nil || c.NNZ() != 0 {
		t.Errorf("%v", err)
	}
}

func TestCell(t *testing.T) {
	c := Column{Kind: Real, Reals: []float64{0.1, math.NaN(), 1e-7, 100}}
	if got := c.Cells(); !slices.Equal(got, []string{"0.1", "", "1e-07", "100"}) {
		t.Errorf("%q", got)
	}
}
