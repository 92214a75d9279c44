package datasets

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// layout is the path of a file that anndata/testdata/make.py made.
func layout(name string) string { return filepath.Join("anndata", "testdata", name) }

// expectedH5AD is what is in those files.
func expectedH5AD(t *testing.T) (e struct {
	Cells, Genes []string
	X, Counts    [][]float64
	PCA          [][]float64 `json:"pca"`
}) {
	t.Helper()
	b, err := os.ReadFile(layout("expected.json"))
	if err == nil {
		err = json.Unmarshal(b, &e)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestReadH5AD(t *testing.T) {
	e := expectedH5AD(t)
	for _, name := range []string{"csr-gzip.h5ad", "csc-gzip.h5ad", "dense-plain.h5ad", "v0.6.h5ad"} {
		table, err := ReadTable(layout(name), ReadOptions{Conditions: []string{"drug", "dose"}, Optional: []string{"absent", "drug"}, Weight: "n_counts", Drop: []string{"Gene3", "note"}})
		if err != nil {
			t.Fatal(err)
		}
		genes := slices.DeleteFunc(slices.Clone(e.Genes), func(g string) bool { return g == "Gene3" })
		if !slices.Equal(table.Features, genes) || !slices.Equal(table.IDs, e.Cells) || len(table.SHA256) != 64 {
			t.Fatalf("%s: features %q, ids %q", name, table.Features, table.IDs)
		}
		for i, row := range e.X {
			total := 0.0
			for _, v := range e.Counts[i] {
				total += v
			}
			if got := table.X.RawRowView(i); !slices.Equal(got, slices.Concat(row[:3], row[4:])) || table.Weights[i] != total {
				t.Fatalf("%s: row %d is %v with weight %g", name, i, got, table.Weights[i])
			}
		}
		if drug, err := table.Column("drug"); err != nil || !slices.Equal(drug[:4], []string{"control", "givinostat", "KLF1+MAP2K6", "control"}) {
			t.Errorf("%s: drugs %q, %v", name, drug, err)
		}
		if dose, err := table.Column("dose"); err != nil || !slices.Equal(dose[:3], []string{"0", "0.1", "10"}) {
			t.Errorf("%s: doses %q, %v", name, dose, err)
		}
	}
	counts, err := ReadTable(layout("csr-gzip.h5ad"), ReadOptions{Layer: "counts", Features: []string{"Gene5", "Gene1"}, ID: "note"})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range e.Counts {
		if counts.X.At(i, 0) != row[5] || counts.X.At(i, 1) != row[1] {
			t.Fatalf("layer: row %d is %v", i, counts.X.RawRowView(i))
		}
	}
	if counts.IDs[1] != "note 1" || counts.IDName != "note" {
		t.Errorf("ids %q of %s", counts.IDs[:2], counts.IDName)
	}
	raw, err := ReadTable(layout("csr-gzip.h5ad"), ReadOptions{Layer: "raw"})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range e.Counts {
		if !slices.Equal(raw.X.RawRowView(i), row) {
			t.Fatalf("raw: row %d is %v, want %v", i, raw.X.RawRowView(i), row)
		}
	}
	for _, features := range [][]string{nil, {"X_pca3", "X_pca1"}} {
		points, err := ReadTable(layout("csr-gzip.h5ad"), ReadOptions{Obsm: "X_pca", Features: features})
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range e.PCA {
			want := row
			if features != nil {
				want = []float64{row[2], row[0]}
			}
			if !slices.Equal(points.X.RawRowView(i), want) {
				t.Fatalf("obsm: row %d is %v, want %v", i, points.X.RawRowView(i), want)
			}
		}
	}
}

func TestReadH5ADRefuses(t *testing.T) {
	for _, c := range []struct {
		file    string
		options ReadOptions
		words   string
	}{
		{"csr-gzip.h5ad", ReadOptions{Conditions: []string{"drugs"}}, "there is no column obs drugs (nearest: drug"},
		{"csr-gzip.h5ad", ReadOptions{Features: []string{"Gene99"}}, "lacks feature Gene99 (nearest: Gene9"},
		{"csr-gzip.h5ad", ReadOptions{Features: []string{"Gene1", "Gene1"}}, "asked for twice"},
		{"csr-gzip.h5ad", ReadOptions{Features: []string{"Gene1"}, Drop: []string{"Gene1"}}, "as a dropped column and as a feature"},
		{"csr-gzip.h5ad", ReadOptions{Drop: []string{"nothing"}}, "no gene and no column of obs nothing"},
		{"csr-gzip.h5ad", ReadOptions{Weight: "drug"}, `column drug of obs: row 1: "control" is not a finite number`},
		{"csr-plain.h5ad", ReadOptions{Layer: "raw"}, "there is no layer raw"},
		{"csr-gzip.h5ad", ReadOptions{Obsm: "X_umap"}, "there is no obsm X_umap"},
		{"csr-gzip.h5ad", ReadOptions{Obsm: "X_pca", Layer: "counts"}, "not of both"},
		{"no-cells.h5ad", ReadOptions{}, "has no cells"},
		{"bad-nan.h5ad", ReadOptions{}, "entries are finite"},
	} {
		if _, err := ReadTable(layout(c.file), c.options); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%+v: error %v, want %q", c.options, err, c.words)
		}
	}
	if _, err := ReadTable("table.csv", ReadOptions{Layer: "counts"}); err == nil {
		t.Error("a layer of a CSV file was not refused")
	}
}

func TestWriteH5AD(t *testing.T) {
	table := &Table{IDName: "cell", IDs: []string{"a", "b", "c"}, Features: []string{"g", "h"}, X: mat.NewDense(3, 2, []float64{1, .1, 0, -2, 3, 4}),
		Columns: []Column{{"drug", []string{"x", "", "w"}}, {"dose", []string{"0.1", "10", "1"}}}, Weights: []float64{1, 2, .5}}
	path := filepath.Join(t.TempDir(), "t.h5ad")
	if err := WriteTable(path, table); err != nil {
		t.Fatal(err)
	}
	back, err := ReadTable(path, ReadOptions{Conditions: []string{"drug", "dose"}, Weight: "weight"})
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(back.X, table.X) {
		t.Errorf("X became %v", mat.Formatted(back.X))
	}
	for k, c := range table.Columns {
		if !slices.Equal(back.Columns[k].Cells, c.Cells) {
			t.Errorf("%s became %q", c.Name, back.Columns[k].Cells)
		}
	}
	if !slices.Equal(back.IDs, table.IDs) || !slices.Equal(back.Weights, table.Weights) || !slices.Equal(back.Features, table.Features) {
		t.Errorf("became %+v", back)
	}
	table.IDs = nil
	if err := WriteTable(path, table); err != nil {
		t.Fatal(err)
	}
	if back, err = ReadTable(path, ReadOptions{}); err != nil || !slices.Equal(back.IDs, []string{"0", "1", "2"}) {
		t.Errorf("ids %q, %v", back.IDs, err)
	}
}
