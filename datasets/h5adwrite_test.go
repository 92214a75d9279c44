package datasets

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/anndata"
	"gonum.org/v1/gonum/mat"
)

// TestWriteTableLike: cells and genes keep what their file says of them.
func TestWriteTableLike(t *testing.T) {
	like := layout("csr-gzip.h5ad")
	source, err := anndata.Open(like)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	obs, err := source.Obs()
	if err != nil {
		t.Fatal(err)
	}
	genes, err := source.Var()
	if err != nil {
		t.Fatal(err)
	}
	table := &Table{Features: []string{genes.Index[5], genes.Index[1]}, X: mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6}), WeightName: "w", Weights: []float64{1, 2, 3},
		Columns: []Column{{"drug", []string{"x", "y", "x"}}, {"sample", []string{"1", "1", "2"}}}}
	rows := []int{2, 0, 0}
	path := filepath.Join(t.TempDir(), "made.h5ad")
	if err := WriteTableLike(path, table, &Table{File: like}, rows, ReadOptions{}); err != nil {
		t.Fatal(err)
	}
	made, err := anndata.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	got, err := made.Obs()
	if err != nil {
		t.Fatal(err)
	}
	if want := append(obs.Names(), "sample", "w"); !slices.Equal(got.Names(), want) {
		t.Errorf("obs has %q, want %q", got.Names(), want)
	}
	if first := obs.Index[0]; !slices.Equal(got.Index, []string{obs.Index[2], first, first + "-1"}) {
		t.Errorf("cells %q", got.Index)
	}
	for _, c := range got.Columns {
		old, err := obs.Column(c.Name)
		switch c.Name {
		case "drug":
			if !slices.Equal(c.Cells(), table.Columns[0].Cells) {
				t.Errorf("drugs %q", c.Cells())
			}
			continue
		case "sample", "w":
			continue
		}
		if err != nil || c.Kind != old.Kind || !slices.Equal(c.Categories, old.Categories) {
			t.Fatalf("%s is of kind %s with categories %q, %v", c.Name, c.Kind, c.Categories, err)
		}
		for i, row := range rows {
			if c.Cell(i) != old.Cell(row) {
				t.Errorf("%s of row %d is %q, want %q", c.Name, i, c.Cell(i), old.Cell(row))
			}
		}
	}
	v, err := made.Var()
	if err != nil || !slices.Equal(v.Index, table.Features) || !slices.Equal(v.Names(), genes.Names()) {
		t.Errorf("genes %+v, %v", v, err)
	}
	for _, c := range v.Columns {
		if old, err := genes.Column(c.Name); err != nil || c.Cell(0) != old.Cell(5) || c.Cell(1) != old.Cell(1) {
			t.Errorf("%s of genes: %q, %v", c.Name, c.Cells(), err)
		}
	}
	if back, err := ReadTable(path, ReadOptions{}); err != nil || !mat.Equal(back.X, table.X) {
		t.Errorf("X came back otherwise, %v", err)
	}
}

// TestSpelling: text comes back as it was spelled, and as numbers only where that is how they are spelled.
func TestSpelling(t *testing.T) {
	for _, cells := range [][]string{
		{"1E1", "10", "007"}, {"12345678901234567890", "12345678901234567891", "3"}, {"1.50", "0", "+2"}, {"0.1", "-3", "1e-07"},
	} {
		table := &Table{Features: []string{"x"}, X: mat.NewDense(3, 1, []float64{1, 2, 3}), Columns: []Column{{"well", cells}}}
		for _, name := range []string{"t.h5ad", "t.parquet", "t.csv"} {
			path := filepath.Join(t.TempDir(), name)
			if err := WriteTable(path, table); err != nil {
				t.Fatal(err)
			}
			back, err := ReadTable(path, ReadOptions{Conditions: []string{"well"}})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := back.Column("well"); err != nil || !slices.Equal(got, cells) {
				t.Errorf("%s: wells %q came back as %q, %v", name, cells, got, err)
			}
		}
	}
	if c := obsColumn(Column{"dose", []string{"0.1", "10"}}); c.Kind != anndata.Real {
		t.Errorf("doses are of kind %s", c.Kind)
	}
}

func TestWriteTableLikeObsm(t *testing.T) {
	like := layout("csr-gzip.h5ad")
	points, err := ReadTable(like, ReadOptions{Obsm: "X_pca"})
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]int, points.Len())
	for i := range rows {
		rows[i] = i
	}
	path := filepath.Join(t.TempDir(), "made.h5ad")
	if err := WriteTableLike(path, points, points, rows, ReadOptions{Obsm: "X_pca"}); err != nil {
		t.Fatal(err)
	}
	back, err := ReadTable(path, ReadOptions{Obsm: "X_pca", Conditions: []string{"dose"}})
	if err != nil || !mat.Equal(back.X, points.X) || !slices.Equal(back.IDs, points.IDs) {
		t.Errorf("the points came back otherwise, %v", err)
	}
	some, _, err := points.Select([]string{"X_pca2", "X_pca1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteTableLike(path, some, points, rows, ReadOptions{Obsm: "X_pca"}); err != nil {
		t.Fatal(err)
	}
	if back, err = ReadTable(path, ReadOptions{}); err != nil || !slices.Equal(back.Features, some.Features) || !mat.Equal(back.X, some.X) {
		t.Errorf("some coordinates came back otherwise, %v", err)
	}
	for _, c := range []struct {
		path, like, words string
		rows              []int
	}{
		{"t.csv", like, "both are .h5ad files", rows},
		{path, like, "with 1 of 23 rows", rows[:1]},
		{path, like, "row 99 of a table of 23", append(slices.Clone(rows[1:]), 99)},
		{path, layout("csr-plain.h5ad"), "no gene X_pca2", rows},
	} {
		if err := WriteTableLike(c.path, some, &Table{File: c.like}, c.rows, ReadOptions{}); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("error %v, want %q", err, c.words)
		}
	}
}

// TestRows: the rows of one value, in each format, and back to their cells.
func TestRows(t *testing.T) {
	like := layout("csr-gzip.h5ad")
	all, err := ReadTable(like, ReadOptions{Conditions: []string{"drug", "dose"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, path := range []string{like, filepath.Join(dir, "t.csv"), filepath.Join(dir, "t.parquet")} {
		if path != like {
			all.IDName = "id"
			if err := WriteTable(path, all); err != nil {
				t.Fatal(err)
			}
		}
		some, err := ReadTable(path, ReadOptions{Conditions: []string{"drug"}, Rows: "dose=10.0"})
		if err != nil {
			t.Fatal(err)
		}
		if some.Len() != 7 || len(some.Columns) != 1 || !slices.Equal(some.Features, all.Features) {
			t.Fatalf("%s: %d rows, columns %+v", path, some.Len(), some.Columns)
		}
		for k := range some.Len() {
			row := 3*k + 2 // doses are 0, .1 and 10 in turn
			if some.IDs[k] != all.IDs[row] || !slices.Equal(some.X.RawRowView(k), all.X.RawRowView(row)) || some.Columns[0].Cells[k] != all.Columns[0].Cells[row] {
				t.Errorf("%s: row %d is %s, want %s", path, k, some.IDs[k], all.IDs[row])
			}
		}
		for rows, words := range map[string]string{"dose=7": "no row with dose=7", "doses=1": "nearest: dose", "dose": "write NAME=VALUE"} {
			if _, err := ReadTable(path, ReadOptions{Conditions: []string{"drug"}, Optional: []string{"dose"}, Rows: rows}); err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%s, %s: error %v", path, rows, err)
			}
		}
		if path == like {
			made := filepath.Join(dir, "made.h5ad")
			if err := WriteTableLike(made, some, some, []int{1, 0, 2, 3, 4, 5, 6}, ReadOptions{}); err != nil {
				t.Fatal(err)
			}
			if back, err := ReadTable(made, ReadOptions{}); err != nil || back.IDs[0] != all.IDs[5] {
				t.Errorf("the first cell is %v, %v, want %s", back.IDs, err, all.IDs[5])
			}
		}
	}
}
