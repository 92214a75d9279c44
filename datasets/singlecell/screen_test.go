package singlecell

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// cells are a number of cells with the same text in the columns of obs.
type cells struct {
	n     int
	texts []string
}

// writeScreen writes cells to an h5ad file: counts of genes drawn at rates that
// rise with the gene's number, four times as much of gene k where the first text
// holds gk.
func writeScreen(t *testing.T, names []string, groups []cells, genes int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 0))
	var rows [][]float64
	columns := make([]anndata.Column, len(names))
	for _, g := range groups {
		for range g.n {
			row := make([]float64, genes)
			for j := range row {
				rate := float64(1 + j%5)
				if strings.Contains("+"+g.texts[0]+"+", fmt.Sprintf("+g%d+", j)) {
					rate *= 4
				}
				row[j] = float64(int(rate * 2 * r.Float64()))
			}
			row[0]++
			rows = append(rows, row)
			for k := range columns {
				columns[k].Strings = append(columns[k].Strings, g.texts[k])
			}
		}
	}
	x := mat.NewDense(len(rows), genes, nil)
	index := make([]string, len(rows))
	for i, row := range rows {
		x.SetRow(i, row)
		index[i] = fmt.Sprint("cell", i)
	}
	for k := range columns {
		columns[k].Name, columns[k].Kind = names[k], anndata.String
	}
	geneNames := make([]string, genes)
	for j := range geneNames {
		geneNames[j] = fmt.Sprint("g", j)
	}
	compressed, err := sparse.FromMatrix(x)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "screen.h5ad")
	err = anndata.Write(path, &anndata.Data{X: compressed, Obs: &anndata.Frame{Index: index, Columns: columns}, Var: &anndata.Frame{Index: geneNames}}, anndata.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func normanFile(t *testing.T) string {
	return writeScreen(t, []string{"condition"}, []cells{
		{30, []string{"ctrl"}}, {10, []string{"Control"}}, {20, []string{"g1+ctrl"}}, {10, []string{"g1"}}, {25, []string{"ctrl+g2"}},
		{15, []string{"g1+g2"}}, {15, []string{"g2+g1"}}, {19, []string{"g3+ctrl"}}, {4, []string{""}},
	}, 12)
}

// TestNormanLayout: spellings of one condition are one, small conditions and
// cells without one are left out and counted, and the activated gene goes up.
func TestNormanLayout(t *testing.T) {
	s, report, err := ReadNorman(normanFile(t), ScreenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []datasets.Dropped{{Reason: "cells without a value of condition", Rows: 4}, {Reason: "cells of conditions of fewer than 20 cells (1 of 4)", Rows: 19}}
	if !reflect.DeepEqual(report.Dropped, want) || s.Values != Counts {
		t.Errorf("dropped %v, values %s", report.Dropped, s.Values)
	}
	if note := report.Notes[len(report.Notes)-1]; !strings.HasPrefix(note, "125 cells, 2 single actions, 1 pairs, 0 larger sets") {
		t.Errorf("note %q", note)
	}
	task, prepare, _, err := s.Task(SplitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := sizes(t, task); !slices.Equal(got, []int{40, 30, 30, 25}) || task.Dim() != 12 { // g1, g1+g2, g2
		t.Errorf("cells %v, %d genes", got, task.Dim())
	}
	for _, p := range task.Train {
		for _, gene := range p.Condition[0].Labels {
			j := slices.Index(task.Features, gene)
			if mat.Sum(p.Target.ColView(j))/float64(p.Target.RawMatrix().Rows) <= mat.Sum(p.Source.ColView(j))/40 {
				t.Errorf("%s does not rise under %v", gene, p.Condition)
			}
		}
	}
	if all, err := MedianTotal(s.X); err != nil || prepare.Target != all {
		t.Errorf("target %g, median total %g (%v)", prepare.Target, all, err)
	}
}

// TestScreenHoldsOut: held-out conditions fix neither the total nor the genes.
func TestScreenHoldsOut(t *testing.T) {
	path := writeScreen(t, []string{"perturbation"}, []cells{{40, []string{"ctrl"}}, {40, []string{"g1"}}, {400, []string{"g11+g9+g4"}}}, 12)
	s, _, err := ReadNorman(path, ScreenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	held, prepare, _, err := s.Task(SplitOptions{HoldOut: []string{"g4+g9+g11"}, Genes: 2})
	if err != nil {
		t.Fatal(err)
	}
	all, prepareAll, _, err := s.Task(SplitOptions{Genes: 2})
	if err != nil {
		t.Fatal(err)
	}
	if len(held.HeldOut) != 1 || len(held.Train) != 1 || prepare.Target == prepareAll.Target || slices.Equal(held.Features, all.Features) {
		t.Errorf("held out %d; targets %g and %g, genes %v and %v", len(held.HeldOut), prepare.Target, prepareAll.Target, held.Features, all.Features)
	}
}

// TestNormanShippedFile: the loader makes the same task as Norman, whose values
// are logarithms and stay as they are.
func TestNormanShippedFile(t *testing.T) {
	s, _, err := ReadNorman("data/norman.h5ad", ScreenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	task, prepare, _, err := s.Task(SplitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Norman()
	if err != nil {
		t.Fatal(err)
	}
	if prepare != nil || s.Values != Logged || !slices.Equal(task.Features, want.Features) || len(task.Train) != len(want.Train) {
		t.Fatalf("%d genes, %d conditions of %s", task.Dim(), len(task.Train), s.Values)
	}
	for k, p := range task.Train {
		if !mat.EqualApprox(p.Target, want.Train[k].Target, 1e-6) || !mat.EqualApprox(p.Source, want.Train[k].Source, 1e-6) { // float32 of 6.3
			t.Errorf("condition %d differs", k)
		}
	}
	few, _, _, err := s.Task(SplitOptions{Genes: 50})
	if err != nil || few.Dim() != 50 {
		t.Errorf("%v genes, %v", few, err)
	}
}

// TestPaperFilters: perturbations of 250 cells stay and those of 249 go: of 105
// genes and 131 pairs, as many as in the screen of 2019, 92 and 84 are made to
// stay; and half of sci-Plex's cells are as many as published.
func TestPaperFilters(t *testing.T) {
	if testing.Short() {
		t.Skip("a file of 60 000 cells")
	}
	groups := []cells{{1000, []string{"ctrl"}}}
	add := func(k, stay int, text string) {
		n := 249
		if k < stay {
			n = 250
		}
		groups = append(groups, cells{n, []string{text}})
	}
	for k := range 105 {
		add(k, 92, fmt.Sprintf("a%d+ctrl", k))
	}
	for k := range 131 {
		add(k, 84, fmt.Sprintf("a%d+a%d", k%105, (k+1+k/105)%105))
	}
	_, report, err := ReadNorman(writeScreen(t, []string{"condition"}, groups, 2), NormanPaper())
	if err != nil {
		t.Fatal(err)
	}
	note := report.Notes[len(report.Notes)-1]
	if !strings.HasPrefix(note, fmt.Sprintf("%d cells, 92 single actions, 84 pairs", 1000+176*250)) || report.Dropped[0].Rows != 60*249 {
		t.Errorf("%q, dropped %v", note, report.Dropped)
	}
	if n := sampleSize(581777, SciPlexPaper(1).Share); n != 290888 {
		t.Errorf("%d cells are half of sci-Plex, the paper has 290888", n)
	}
}

func sciPlexFile(t *testing.T) string {
	var groups []cells
	for _, line := range []string{"A549", "K562"} {
		groups = append(groups, cells{40, []string{"Vehicle", "0", line}})
		for _, drug := range []string{"g1", "g2"} {
			for _, dose := range []string{"10", "100", "1000"} {
				groups = append(groups, cells{20, []string{drug, dose, line}})
			}
		}
	}
	return writeScreen(t, []string{"product_name", "dose", "cell_type"}, groups, 8)
}

// TestSciPlexLayout: sources are matched by cell type, and a drug that is kept
// alone is no variable; a cell type that is kept alone is one, as the controls have both.
func TestSciPlexLayout(t *testing.T) {
	path := sciPlexFile(t)
	s, report, err := ReadSciPlex(path, ScreenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if note := report.Notes[0]; !strings.HasPrefix(note, "320 cells, 2 drugs, 3 doses") {
		t.Errorf("note %q", note)
	}
	task, _, _, err := s.Task(SplitOptions{HoldOut: []string{"dose=100"}, Genes: 4})
	if err != nil {
		t.Fatal(err)
	}
	if len(task.Train) != 8 || len(task.HeldOut) != 4 || !slices.Equal(task.Schema.Names(), []string{"drug", "dose", "cell_type"}) {
		t.Errorf("%d and %d conditions of %v", len(task.Train), len(task.HeldOut), task.Schema.Names())
	}
	if a, b := task.Train[0], task.HeldOut[0]; task.Schema.Variables[2].Name != "cell_type" || a.Condition[2].Labels[0] != b.Condition[2].Labels[0] || a.Source != b.Source {
		t.Error("a held-out dose does not share the source of its cell type with training doses")
	}
	compressed, _, _, err := s.Task(SplitOptions{HoldOut: []string{"dose=100"}, Genes: 4, Sparse: true})
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range compressed.Train {
		if p.Source != nil || p.SparseSource == nil || !mat.Equal(p.SparseTarget, task.Train[k].Target) {
			t.Errorf("sparse condition %d differs from the dense one", k)
		}
	}
	dense, err := ConditionMarkers(task, 2)
	if err != nil {
		t.Fatal(err)
	}
	if markers, err := ConditionMarkers(compressed, 2); err != nil || !reflect.DeepEqual(markers, dense) {
		t.Errorf("markers %v of sparse clouds, %v of dense ones, %v", markers, dense, err)
	}
	if rows := task.Train[0].Source.RawMatrix().Rows; rows != 40 || task.Train[0].Source == task.Train[1].Source {
		t.Errorf("a source of %d cells, the same in both cell types: %v", rows, task.Train[0].Source == task.Train[1].Source)
	}
	one, report, err := ReadSciPlex(path, ScreenOptions{Keep: []string{"drug=g1,cell_type=A549"}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(one.Schema.Names(), []string{"dose", "cell_type"}) || report.Dropped[0].Rows != 180 {
		t.Errorf("variables %v, dropped %v", one.Schema.Names(), report.Dropped)
	}
	task, _, _, err = one.Task(SplitOptions{HoldOut: []string{"dose=100"}})
	if err != nil || len(task.Train) != 2 || len(task.HeldOut) != 1 || task.Train[0].Source.RawMatrix().Rows != 40 {
		t.Errorf("%v, %v", task, err)
	}
	half, report, err := ReadSciPlex(path, ScreenOptions{Share: .9, Seed: 1, MinCells: 2})
	if err != nil || len(half.Conditions) != 288 || report.Dropped[0].Rows != 32 {
		t.Errorf("%v, %v", report, err)
	}
}

// TestControlsOfOtherLines: a cell type that all treated cells share is told in the conditions as long as controls
// have another, which are then no source.
func TestControlsOfOtherLines(t *testing.T) {
	names := []string{"product_name", "dose", "cell_type"}
	groups := []cells{{30, []string{"Vehicle", "0", "A549"}}, {40, []string{"vehicle", "0", "K562"}}, {20, []string{"g1", "10", "A549"}}, {20, []string{"g1", "100", "A549"}}}
	for others, want := range map[int][]string{40: {"dose", "cell_type"}, 0: {"dose"}} {
		groups[1].n = others
		s, _, err := ReadSciPlex(writeScreen(t, names, groups, 4), ScreenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		task, _, report, err := s.Task(SplitOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if rows := task.Train[0].Source.RawMatrix().Rows; rows != 30 || !slices.Equal(task.Schema.Names(), want) {
			t.Errorf("%d other controls: a source of %d cells, variables %v", others, rows, task.Schema.Names())
		}
		if others > 0 && !slices.Equal(report.Dropped, []datasets.Dropped{{Reason: "source rows with the cell_type of no condition", Rows: others}}) {
			t.Errorf("dropped %v", report.Dropped)
		}
	}
}

// writeOdd writes 25 control cells and 25 of g1 with the values given, under a
// categorical column that has a third category.
func writeOdd(t *testing.T, value func(i int) float64) string {
	t.Helper()
	x := mat.NewDense(50, 2, nil)
	obs := &anndata.Frame{Columns: []anndata.Column{{Name: "condition", Kind: anndata.Categorical, Categories: []string{"control", "g1", "g2"}}}}
	for i := range 50 {
		x.SetRow(i, []float64{value(i), 1})
		obs.Index = append(obs.Index, fmt.Sprint(i))
		obs.Columns[0].Codes = append(obs.Columns[0].Codes, int32(i%2))
	}
	path := filepath.Join(t.TempDir(), "odd.h5ad")
	if err := anndata.Write(path, &anndata.Data{X: x, Obs: obs, Var: &anndata.Frame{Index: []string{"a", "b"}}}, anndata.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOddScreens: categories without cells are told, and negative expression is
// refused.
func TestOddScreens(t *testing.T) {
	s, report, err := ReadNorman(writeOdd(t, func(i int) float64 { return float64(i) }), ScreenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Distinct()) != 1 || report.Notes[0] != "1 of the 3 categories of condition have no cells" {
		t.Errorf("%d conditions, notes %q", len(s.Distinct()), report.Notes)
	}
	if _, _, err := ReadNorman(writeOdd(t, func(i int) float64 { return float64(i - 10) }), ScreenOptions{}); err == nil || !strings.Contains(err.Error(), "negative numbers") {
		t.Errorf("negative counts: %v", err)
	}
}

// TestScreenRefusals: what is wrong, where, and what would be right.
func TestScreenRefusals(t *testing.T) {
	norman, sciPlex := normanFile(t), sciPlexFile(t)
	few := writeScreen(t, []string{"condition"}, []cells{{19, []string{"ctrl"}}, {30, []string{"g1"}}}, 3)
	small := writeScreen(t, []string{"condition"}, []cells{{30, []string{"ctrl"}}, {19, []string{"g1"}}}, 3)
	none := writeScreen(t, []string{"condition"}, []cells{{30, []string{"ctrl"}}}, 3)
	text := writeScreen(t, []string{"condition", "dose"}, []cells{{30, []string{"ctrl", ""}}, {30, []string{"g1", "high"}}}, 3)
	list := filepath.Join(t.TempDir(), "held.csv")
	if err := os.WriteFile(list, []byte("condition\nBAK1+KLF1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, _, err := ReadNorman(norman, ScreenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	read := func(f func(string, ScreenOptions) (*Screen, *datasets.TaskReport, error), path string, o ScreenOptions) func() error {
		return func() error { _, _, err := f(path, o); return err }
	}
	split := func(o SplitOptions) func() error {
		return func() error { _, _, _, err := s.Task(o); return err }
	}
	for want, f := range map[string]func() error{
		"nearest: condition":                      read(ReadNorman, norman, ScreenOptions{Actions: "conditon"}),
		"no column of obs is called dose":         read(ReadSciPlex, norman, ScreenOptions{}),
		"no cell is a control":                    read(ReadNorman, sciPlex, ScreenOptions{Actions: "cell_type"}),
		"there is no layer counts":                read(ReadNorman, norman, ScreenOptions{Layer: "counts"}),
		"19 control cells: 20":                    read(ReadNorman, few, ScreenOptions{}),
		"all 1 conditions have fewer":             read(ReadNorman, small, ScreenOptions{}),
		"all 30 cells that are read are controls": read(ReadNorman, none, ScreenOptions{}),
		"no condition matches g7":                 read(ReadNorman, norman, ScreenOptions{Keep: []string{"g7"}}),
		"cell 31":                                 read(ReadSciPlex, text, ScreenOptions{}),
		"a share 2 of them":                       read(ReadNorman, norman, ScreenOptions{Share: 2}),
		"0 cells":                                 read(ReadNorman, filepath.Join("..", "anndata", "testdata", "no-cells.h5ad"), ScreenOptions{}),
		"13 variable genes of 12":                 split(SplitOptions{Genes: 13}),
		`hold-out "g9" is no condition`:           split(SplitOptions{HoldOut: []string{"g9"}}),
		"none of its 1 conditions is one of":      func() error { _, _, err := ReadHeldOut(list, s.Schema, s.Distinct()); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

// TestReadHeldOut: B+A of a file is A+B, repeated or not, and what the data
// lack is told.
func TestReadHeldOut(t *testing.T) {
	s, _, err := ReadNorman(normanFile(t), ScreenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "held.csv")
	if err := os.WriteFile(list, []byte("n,condition\n1,g2+g1\n2,g1+g2\n3,BAK1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	held, absent, err := ReadHeldOut(list, s.Schema, s.Distinct())
	if err != nil || len(held) != 1 || s.Schema.Key(held[0]) != "g1+g2" || len(absent) != 1 || absent[0][0].Labels[0] != "BAK1" {
		t.Errorf("held out %v, absent %v, %v", held, absent, err)
	}
}
