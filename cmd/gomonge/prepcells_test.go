package main

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// labelledFile writes counts of 6 genes under columns of text, each a text for every cell.
func labelledFile(t *testing.T, columns map[string][]string) string {
	t.Helper()
	var obs anndata.Frame
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		obs.Columns = append(obs.Columns, anndata.Column{Name: name, Kind: anndata.String, Strings: columns[name]})
	}
	n := obs.Columns[0].Len()
	x := mat.NewDense(n, 6, nil)
	for i := range n {
		obs.Index = append(obs.Index, fmt.Sprintf("cell%d", i))
		for j := range 6 {
			x.Set(i, j, float64(1+(i*7+j*j+i*j)%(5+i/30)))
		}
	}
	counts, err := sparse.FromMatrix(x)
	if err != nil {
		t.Fatal(err)
	}
	genes := &anndata.Frame{Index: []string{"g0", "g1", "g2", "g3", "g4", "g5"},
		Columns: []anndata.Column{{Name: "highly_variable", Kind: anndata.Bool, Bools: []bool{true, true, true, false, false, true}}}}
	path := filepath.Join(t.TempDir(), "labelled.h5ad")
	if err := anndata.Write(path, &anndata.Data{X: counts, Obs: &obs, Var: genes}, anndata.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// repeated are some texts, each so many times.
func repeated(many int, of ...string) (list []string) {
	for _, s := range of {
		list = append(list, slices.Repeat([]string{s}, many)...)
	}
	return list
}

// partsOf counts the cells of a file by what two columns of it have.
func partsOf(t *testing.T, path, a, b string) map[string]int {
	t.Helper()
	_, obs, _, _ := prepared(t, path)
	x, err := obs.Column(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := obs.Column(b)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]int{}
	for i := range obs.Len() {
		parts[x.Cell(i)+" "+y.Cell(i)]++
	}
	return parts
}

// TestPrepSets: A+B is B+A, for --holdout, for --min-rows and for the control, whose
// spellings are those of fit, and the guess of the kind is said.
func TestPrepSets(t *testing.T) {
	in := labelledFile(t, map[string][]string{"pert": repeated(20, "ctrl", "control", "A", "A+B", "B+A")})
	out := filepath.Join(t.TempDir(), "out.h5ad")
	for _, kind := range []string{"", ":set"} {
		code, _, said := gomonge(words("prep %s --condition pert%s --control pert=ctrl --holdout pert=B+A --min-rows 30 --out %s", in, kind, out)...)
		if code != exitDone {
			t.Fatalf("exit code %d: %s", code, said)
		}
		if kind == "" && !strings.Contains(said, "pert is taken as a set") {
			t.Errorf("the guess is not said:\n%s", said)
		}
		parts := partsOf(t, out, "pert", "split")
		if want := "map[A+B heldout:20 B+A heldout:20 control train:20 ctrl train:20]"; fmt.Sprint(parts) != want {
			t.Errorf("the parts are %v, want %s", parts, want)
		}
	}
	fails(t, exitRequest, []string{"--holdout", "A+C", "A+B"}, "prep %s --condition pert --control pert=ctrl --holdout pert=A+C --out %s", in, out)
	fails(t, exitRequest, []string{"--holdout", "drug"}, "prep %s --condition pert --control pert=ctrl --holdout drug=A --out %s", in, out)
}

// TestPrepControlsOfLine: markers of a line are found against the control cells of
// that line, whether or not the column is named with its kind.
func TestPrepControlsOfLine(t *testing.T) {
	line := append(repeated(30, "L", "M"), repeated(30, "L", "M")...)
	in := labelledFile(t, map[string][]string{"drug": repeated(60, "none", "d"), "line": line})
	out := filepath.Join(t.TempDir(), "out.h5ad")
	succeeds(t, "prep %s --condition drug:categorical --condition line:categorical --control drug=none --normalize --log1p --markers 1 --out %s", in, out)
	x, _, _, f := prepared(t, out)
	ranks, err := singlecell.RankGenesWilcoxon(x, seq(120)[90:], seq(60)[30:], true)
	if err != nil {
		t.Fatal(err)
	}
	uns, _, err := f.Uns()
	if err != nil {
		t.Fatal(err)
	}
	table, ok := uns["markers"].(*anndata.Frame)
	if !ok || table.Len() != 2 {
		t.Fatalf("markers %+v", uns["markers"])
	}
	conditions, _ := table.Column("condition")
	scores, _ := table.Column("score")
	want := ranks[singlecell.MarkerGenes(ranks, 1)[0]].Score
	if conditions.Cell(1) != "drug=d,line=M" || math.Abs(scores.Reals[1]-want) > 1e-12 {
		t.Errorf("the marker of %s has the score %g, against its own controls it is %g", conditions.Cell(1), scores.Reals[1], want)
	}
}

// TestPrepMinRows: --min-rows leaves cells of small conditions out, and no others.
func TestPrepMinRows(t *testing.T) {
	in := labelledFile(t, map[string][]string{"drug": append(repeated(20, "none", "d", ""), repeated(3, "e")...)})
	out := filepath.Join(t.TempDir(), "out.h5ad")
	r := decode[prepResult](t, succeeds(t, "prep %s --condition drug --control drug=none --min-rows 5 --out %s --json", in, out))
	if want := []dropped{{"cells of 1 condition of fewer than 5", 3}}; !slices.Equal(r.Dropped, want) || r.CellsKept != 60 {
		t.Errorf("%d of %d cells are kept, left out %+v, want %+v", r.CellsKept, r.Cells, r.Dropped, want)
	}
	said := strings.Join(r.Warnings, "\n")
	if strings.Count(said, "20 cells without a value in drug") != 1 {
		t.Errorf("it warns\n%s", said)
	}
}

// TestPrepWarns of raw counts that are projected, of a column that is written over
// and of genes that the file chose.
func TestPrepWarns(t *testing.T) {
	in := labelledFile(t, map[string][]string{"drug": repeated(20, "none", "d"), "split": repeated(20, "old", "new")})
	out := filepath.Join(t.TempDir(), "out.h5ad")
	const raw, over, flags = "raw counts, which --pca and --autoencoder see as they are", "a column split already", "the file's highly_variable"
	for _, c := range []struct {
		flags string
		says  []string
	}{
		{"--pca 2", []string{raw}},
		{"--pca 2 --normalize --log1p", nil},
		{"--condition drug --test 0.2", []string{over}},
		{"--condition drug --test 0.2 --pca 2 --log1p", []string{over, flags}},
		{"--train split=old --pca 2 --log1p", []string{flags}},
	} {
		r := decode[prepResult](t, succeeds(t, "prep %s %s --out %s --json", in, c.flags, out))
		said := strings.Join(r.Warnings, "\n")
		for _, text := range []string{raw, over, flags} {
			if strings.Contains(said, text) != slices.Contains(c.says, text) {
				t.Errorf("prep %s warns\n%s\nabout %q: it should be %v", c.flags, said, text, !strings.Contains(said, text))
			}
		}
	}
}

// TestPrepKeepsTraining: of a condition of one cell, that cell is trained on.
func TestPrepKeepsTraining(t *testing.T) {
	in := labelledFile(t, map[string][]string{"drug": append(repeated(20, "none", "d"), "e")})
	out := filepath.Join(t.TempDir(), "out.h5ad")
	succeeds(t, "prep %s --condition drug --control drug=none --test 0.5 --out %s", in, out)
	if parts := partsOf(t, out, "drug", "split"); parts["e train"] != 1 || parts["d train"] != 10 || parts["d test"] != 10 {
		t.Errorf("the parts are %v", parts)
	}
}

// TestFitWarnsOfCounts: a map of raw counts is warned of, one of logarithms or of coordinates is not.
func TestFitWarnsOfCounts(t *testing.T) {
	in := labelledFile(t, map[string][]string{"drug": repeated(20, "none", "d")})
	logged := filepath.Join(t.TempDir(), "logged.h5ad")
	succeeds(t, "prep %s --normalize --log1p --pca 2 --out %s", in, logged)
	for _, c := range []struct {
		file, flags string
		warns       bool
	}{{in, "", true}, {logged, "", false}, {logged, "--obsm X_pca", false}} {
		code, _, said := gomonge(words("fit --method mean --data %s %s --condition drug --control drug=none --out %s/run", c.file, c.flags, t.TempDir())...)
		if code != exitDone || strings.Contains(said, "the genes are raw counts") != c.warns {
			t.Errorf("%s %s: exit code %d, it says\n%s", filepath.Base(c.file), c.flags, code, said)
		}
	}
}

// TestYardsticksOfLargeFiles: above the limit up to which genes become dense,
// baselines are fitted as fit fits them: to dense clouds for a method that takes
// no others, and in the latent space.
func TestYardsticksOfLargeFiles(t *testing.T) {
	before := denseLimit
	denseLimit = 1
	defer func() { denseLimit = before }()
	dir := t.TempDir()
	in := countsFile(t, dir)
	succeeds(t, "prep %s --min-genes 5 --normalize --log1p --out %s/logged.h5ad", in, dir)
	for _, flags := range []string{"", "--project pca:3"} {
		run := filepath.Join(t.TempDir(), "run")
		succeeds(t, "fit --method mean %s --data %s/logged.h5ad --condition dose:continuous --control dose=0 --out %s", flags, dir, run)
		code, stdout, said := gomonge(words("evaluate --json --quick --model %s/model --data %s/logged.h5ad --out %s-judged", run, dir, run)...)
		if code != exitDone {
			t.Fatalf("exit code %d\n%s", code, said)
		}
		e := decode[evaluation](t, stdout)
		if methods := e.methods(); !slices.Contains(methods, "additive") {
			t.Errorf("fit %s: judged beside %v; it says\n%s", flags, methods, said)
		}
	}
}

// TestTrainingPointsOfRows: sparse clouds are put above each other as they are.
func TestTrainingPointsOfRows(t *testing.T) {
	a, err := sparse.FromMatrix(mat.NewDense(40, 30, slices.Repeat([]float64{0, 0, 3}, 400)))
	if err != nil {
		t.Fatal(err)
	}
	b := a.Clone()
	task := &datasets.Task{Train: []datasets.Pair{{SparseSource: a, SparseTarget: b}}}
	x, err := trainingPoints(task)
	want, wrong := sparse.Stack(a, b)
	if err != nil || wrong != nil || !mat.Equal(x, want) {
		t.Fatalf("the points are %v, %v, %v", x, err, wrong)
	}
	got := testing.AllocsPerRun(5, func() { _, _ = trainingPoints(task) })
	stack := testing.AllocsPerRun(5, func() { _, _ = sparse.Stack(a, b) })
	if got > stack+8 { // a copy of each entry takes some ten more for each cloud
		t.Errorf("%g allocations, %g of them to put the clouds above each other", got, stack)
	}
}
