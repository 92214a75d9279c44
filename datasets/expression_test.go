package datasets

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// expressionFile is an h5ad file of 40 cells of doses 0, 1, 2, 3 and 5 genes, the
// last of which is never expressed.
func expressionFile(t *testing.T) string {
	t.Helper()
	x := mat.NewDense(40, 5, nil)
	r := rand.New(rand.NewPCG(1, 1))
	obs := &anndata.Frame{}
	dose := anndata.Column{Name: "dose", Kind: anndata.Real}
	for i := range 40 {
		obs.Index = append(obs.Index, string(rune('a'+i%26))+string(rune('0'+i/26)))
		dose.Reals = append(dose.Reals, float64(i%4))
		for j := range 4 {
			x.Set(i, j, float64(r.IntN(3)))
		}
	}
	obs.Columns = []anndata.Column{dose}
	counts, err := sparse.FromMatrix(x)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cells.h5ad")
	if err := anndata.Write(path, &anndata.Data{X: counts, Obs: obs, Var: &anndata.Frame{Index: []string{"a", "b", "c", "d", "e"}}}, anndata.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSparseTask: a task of sparse clouds is that of the dense ones, split the same.
func TestSparseTask(t *testing.T) {
	path := expressionFile(t)
	read := func(o ReadOptions) *Table {
		o.Conditions = []string{"dose"}
		table, err := ReadTable(path, o)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	for _, o := range []ReadOptions{{}, {Features: []string{"d", "a", "e"}}, {Drop: []string{"b"}}, {Rows: "dose=2"}} {
		want := read(o)
		o.DenseLimit = 1
		got := read(o)
		if got.Sparse == nil || got.X != nil || got.Len() != want.Len() || !slices.Equal(got.Features, want.Features) || !mat.Equal(got.Dense().X, want.X) {
			t.Fatalf("%+v: sparse, the table is %+v", o, got)
		}
	}
	sparseTable, dense := read(ReadOptions{DenseLimit: 1}), read(ReadOptions{DenseLimit: 1 << 20})
	if dense.Sparse != nil {
		t.Error("a small table stays sparse")
	}
	moved, extra, err := sparseTable.Select([]string{"c", "a"})
	if wanted, _, _ := dense.Select([]string{"c", "a"}); err != nil || !slices.Equal(extra, []string{"b", "d", "e"}) || !mat.Equal(moved.Dense().X, wanted.X) {
		t.Errorf("selected %+v, %q, %v", moved, extra, err)
	}
	options := TaskOptions{Variables: []condition.Variable{{Name: "dose", Kind: condition.Continuous}}, Control: "dose=0", HoldOut: []string{"dose=2"}}
	var tasks [2]*Task
	var notes [2][]string
	for k, table := range []*Table{sparseTable, dense} {
		task, report, err := NewTask(nil, table, options)
		if err == nil {
			task, err = task.SplitRows(.3, rand.NewPCG(4, 4))
		}
		if err != nil {
			t.Fatal(err)
		}
		tasks[k], notes[k] = task, report.Notes
	}
	if !slices.Equal(notes[0], notes[1]) || !strings.Contains(strings.Join(notes[0], " "), "1 of 5 features are constant over all training rows: e") {
		t.Errorf("notes %q, want %q", notes[0], notes[1])
	}
	if err := tasks[0].Validate(); err == nil || !strings.Contains(err.Error(), "sparse") {
		t.Errorf("a sparse task passes for a dense one: %v", err)
	}
	if err := tasks[0].ValidateEither(); err != nil || !tasks[0].Sparse() || tasks[1].Sparse() {
		t.Errorf("a sparse task: %v", err)
	}
	same := tasks[0].Dense()
	if err := same.Validate(); err != nil {
		t.Fatal(err)
	}
	for k, pairs := range [][2][]Pair{{same.Train, tasks[1].Train}, {same.Test, tasks[1].Test}, {same.HeldOut, tasks[1].HeldOut}} {
		for j, p := range pairs[0] {
			want := pairs[1][j]
			n, m := p.Sizes()
			if !mat.Equal(p.Source, want.Source) || !mat.Equal(p.Target, want.Target) || n != want.Source.RawMatrix().Rows || m != want.Target.RawMatrix().Rows {
				t.Errorf("part %d, pair %d differs", k, j)
			}
		}
	}
	if same.Train[0].Source != same.Train[1].Source {
		t.Error("pairs no longer share their source")
	}
}
