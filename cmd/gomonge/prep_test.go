package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/projection"
	"gonum.org/v1/gonum/mat"
)

// countsFile writes counts of 40 genes in 60 cells of each of the doses 0
// (control), 1, 10 and 100, of two types: dose raises the first five genes. The
// last gene is expressed in one cell, and the last cell has one count.
func countsFile(t *testing.T, dir string) string {
	t.Helper()
	const genes, each = 40, 60
	r := rand.New(rand.NewPCG(11, 1))
	obs := &anndata.Frame{}
	dose, cell := anndata.Column{Name: "dose", Kind: anndata.Real}, anndata.Column{Name: "cell_type", Kind: anndata.Categorical, Categories: []string{"A", "B", "unused"}}
	x := mat.NewDense(4*each, genes, nil)
	for i := range 4 * each {
		d := []float64{0, 1, 10, 100}[i/each]
		obs.Index = append(obs.Index, fmt.Sprintf("cell%d", i))
		dose.Reals, cell.Codes = append(dose.Reals, d), append(cell.Codes, int32(i%2))
		depth := math.Exp(.3 * r.NormFloat64())
		for j := range genes - 1 {
			mean := depth * (.3 + float64(j%7)) * math.Exp(.4*r.NormFloat64())
			if j < 5 {
				mean *= 1 + math.Log10(1+d)
			}
			x.Set(i, j, math.Floor(mean*(-math.Log(1-r.Float64()))))
		}
	}
	x.Set(3, genes-1, 2)
	clear(x.RawRowView(4*each - 1))
	x.Set(4*each-1, 0, 1)
	obs.Columns = []anndata.Column{dose, cell}
	v := &anndata.Frame{}
	for j := range genes {
		v.Index = append(v.Index, fmt.Sprintf("G%d", j))
	}
	counts, err := sparse.FromMatrix(x)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "counts.h5ad")
	if err := anndata.Write(path, &anndata.Data{X: counts, Obs: obs, Var: v, Obsm: map[string]*mat.Dense{"X_place": mat.DenseCopyOf(x.Slice(0, 4*each, 0, 2))},
		Uns: map[string]any{"title": "made", "kept": map[string]any{"of": "it"}}}, anndata.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// prepared is what is in a file that prep wrote.
func prepared(t *testing.T, path string) (x *sparse.CSR, obs, genes *anndata.Frame, f *anndata.File) {
	t.Helper()
	f, err := anndata.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	m, _, err := f.Expression("")
	if err == nil {
		x, err = m.CSR()
	}
	if err == nil {
		obs, err = f.Obs()
	}
	if err == nil {
		genes, err = f.Var()
	}
	if err != nil {
		t.Fatal(err)
	}
	return x, obs, genes, f
}

// TestPrep: the result is what packages singlecell and projection, which are
// compared with scanpy, make of the training cells, applied to all.
func TestPrep(t *testing.T) {
	dir := t.TempDir()
	in, out := countsFile(t, dir), filepath.Join(dir, "out.h5ad")
	r := decode[prepResult](t, succeeds(t, "prep %s --min-genes 5 --min-cells 2 --condition dose --condition cell_type --control dose=0 --test 0.2 --holdout dose=10 --normalize --log1p "+
		"--hvg 12 --pca 4 --markers 3 --projection %s/pca --seed 3 --out %s --json", in, dir, out))
	want := []dropped{{"cells with fewer than 5 genes", 1}, {"genes with fewer than 2 cells", 1}}
	if !slices.Equal(r.Dropped, want) || r.Cells != 240 || r.CellsKept != 239 || r.Genes != 40 || r.GenesKept != 39 || r.Variable != 12 || r.Values != string(singlecell.Counts) {
		t.Errorf("the result is %+v", r)
	}
	x, obs, genes, f := prepared(t, out)
	split, err := obs.Column("split")
	if err != nil {
		t.Fatal(err)
	}
	dose, _ := obs.Column("dose")
	parts := map[string]int{}
	var trained []int
	for i := range obs.Len() {
		parts[dose.Cell(i)+split.Cell(i)]++
		if split.Cell(i) == "train" {
			trained = append(trained, i)
		}
	}
	// a fifth of 60 control cells, and of the 30 (once 29) of each dose and type
	if fmt.Sprint(parts) != "map[0test:12 0train:48 100test:12 100train:47 10heldout:60 1test:12 1train:48]" || r.Train != len(trained) {
		t.Errorf("the parts are %v, %d trained on", parts, r.Train)
	}

	source, _, _, _ := prepared(t, in)
	counts, err := source.SelectRows(seq(239))
	if err == nil {
		counts, err = counts.SelectColumns(seq(39))
	}
	if err != nil {
		t.Fatal(err)
	}
	ours, err := counts.SelectRows(trained)
	if err != nil {
		t.Fatal(err)
	}
	target, err := singlecell.MedianTotal(ours)
	if err == nil {
		err = singlecell.NormalizeTotal(counts, target)
	}
	if err == nil {
		err = singlecell.Log1p(counts)
	}
	if err != nil || r.Target != target || !mat.Equal(x, counts) {
		t.Fatalf("X is not the log of counts brought to %g (%g), %v", target, r.Target, err)
	}
	if ours, err = counts.SelectRows(trained); err != nil {
		t.Fatal(err)
	}
	found, err := singlecell.HighlyVariable(ours, singlecell.VariableOptions{Top: 12})
	if err != nil {
		t.Fatal(err)
	}
	flags, _ := genes.Column("highly_variable")
	norm, _ := genes.Column("dispersions_norm")
	for j, g := range found {
		if flags.Bools[j] != g.HighlyVariable || norm.Reals[j] != g.Normalized && !math.IsNaN(g.Normalized) {
			t.Errorf("gene %d is marked %v with %g, want %+v", j, flags.Bools[j], norm.Reals[j], g)
		}
	}
	checkProjection(t, f, counts, ours, singlecell.Flagged(found), dir)
	checkMarkers(t, f, counts, obs)
	if _, err := f.Obsm("X_place"); err != nil {
		t.Errorf("what was in obsm is lost: %v", err)
	}
}

func seq(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

func checkProjection(t *testing.T, f *anndata.File, all, trained *sparse.CSR, columns []int, dir string) {
	t.Helper()
	x, err := trained.SelectColumns(columns)
	if err != nil {
		t.Fatal(err)
	}
	pca, err := projection.FitPCA(x, 4)
	if err != nil {
		t.Fatal(err)
	}
	if x, err = all.SelectColumns(columns); err != nil {
		t.Fatal(err)
	}
	want, err := pca.Transform(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	if z, err := f.Obsm("X_pca"); err != nil || !mat.EqualApprox(z, want, 1e-12) {
		t.Errorf("X_pca is not the projection of the variable genes by training cells, %v", err)
	}
	loadings, err := f.Varm("PCs")
	if err != nil {
		t.Fatal(err)
	}
	for k, j := range columns {
		if math.Abs(loadings.At(j, 1)-pca.Components().At(1, k)) > 1e-12 {
			t.Errorf("the loading of gene %d is %g", j, loadings.At(j, 1))
		}
	}
	saved, err := projection.Load(filepath.Join(dir, "pca"), "")
	if err != nil {
		t.Fatal(err)
	}
	if z, err := saved.Transform(nil, x); err != nil || !mat.Equal(z, want) {
		t.Errorf("the saved projection is another, %v", err)
	}
}

func checkMarkers(t *testing.T, f *anndata.File, x *sparse.CSR, obs *anndata.Frame) {
	t.Helper()
	uns, _, err := f.Uns()
	if err != nil {
		t.Fatal(err)
	}
	table, ok := uns["markers"].(*anndata.Frame)
	if !ok || table.Len() != 4*3 || uns["title"] != "made" { // doses 1 and 100 of two types; nothing of the dose held out
		t.Fatalf("markers are %+v, title %v", uns["markers"], uns["title"])
	}
	var group, reference []int
	for i := range obs.Len() {
		dose, _ := obs.Column("dose")
		kind, _ := obs.Column("cell_type")
		split, _ := obs.Column("split")
		switch {
		case kind.Cell(i) != "B" || split.Cell(i) != "train":
		case dose.Reals[i] == 100:
			group = append(group, i)
		case dose.Reals[i] == 0:
			reference = append(reference, i)
		}
	}
	ranks, err := singlecell.RankGenesWilcoxon(x, group, reference, true)
	if err != nil {
		t.Fatal(err)
	}
	names, _ := table.Column("gene")
	conditions, _ := table.Column("condition")
	scores, _ := table.Column("score")
	k := 0
	for i := range table.Len() {
		if conditions.Cell(i) == "dose=100,cell_type=B" {
			j := singlecell.MarkerGenes(ranks, 3)[k]
			if k++; names.Cell(i) != fmt.Sprintf("G%d", j) || scores.Reals[i] != ranks[j].Score {
				t.Errorf("marker %d is %s with %g, want G%d with %g", k, names.Cell(i), scores.Reals[i], j, ranks[j].Score)
			}
		}
	}
	if k != 3 {
		t.Errorf("%d markers of a condition, want 3", k)
	}
}

// TestPrepFlavours: seurat_v3 compares counts before they are normalised, and
// --subset keeps what was chosen.
func TestPrepFlavours(t *testing.T) {
	dir := t.TempDir()
	in, out := countsFile(t, dir), filepath.Join(dir, "out.h5ad")
	succeeds(t, "prep %s --hvg 10:seurat_v3 --normalize --target-sum 1000 --log1p --subset --out %s", in, out)
	x, _, genes, _ := prepared(t, out)
	counts, _, all, _ := prepared(t, in)
	found, err := singlecell.HighlyVariable(counts, singlecell.VariableOptions{Flavor: singlecell.SeuratV3, Top: 10})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, j := range singlecell.Flagged(found) {
		names = append(names, all.Index[j])
	}
	if !slices.Equal(genes.Index, names) {
		t.Errorf("genes %q, want %q", genes.Index, names)
	}
	totals, err := singlecell.Totals(counts)
	if err != nil {
		t.Fatal(err)
	}
	at := singlecell.Flagged(found)[0]
	if got, want := x.At(0, 0), math.Log1p(counts.At(0, at)*1000/totals[0]); math.Abs(got-want) > 1e-6 { // float32
		t.Errorf("the first entry is %g, want %g", got, want)
	}
	if testing.Short() {
		t.Skip("it trains an autoencoder")
	}
	succeeds(t, "prep %s --train cell_type=A --normalize --log1p --out %s", in, out)
	if r := decode[prepResult](t, succeeds(t, "prep %s --pca 3 --autoencoder 2 --steps 20 --out %s/again.h5ad --json", out, dir)); len(r.Obsm) != 2 {
		t.Errorf("projections %q", r.Obsm)
	}
}

// TestPrune: only what has a name that cannot be written goes, however deep, and is named.
func TestPrune(t *testing.T) {
	records := &anndata.Frame{Columns: []anndata.Column{{Name: "A"}, {Name: "CD4+/CD25"}}}
	uns := map[string]any{"a/b": 1, "kept": 2, "x": map[string]any{"names": records, "c/d": 3, "n": 4}}
	if bad, want := prune(uns, ""), []string{"a/b", "x, c/d", "x, names, CD4+/CD25"}; !slices.Equal(bad, want) {
		t.Errorf("%q goes, want %q", bad, want)
	}
	if got, want := fmt.Sprint(uns["kept"], uns["x"].(map[string]any)["n"], len(uns), records.Names()), "2 4 2 [A]"; got != want {
		t.Errorf("there stay %s, want %s", got, want)
	}
}

// TestPrepToMap goes from counts to a judged map in the coordinates of prep.
func TestPrepToMap(t *testing.T) {
	dir := t.TempDir()
	in, out := countsFile(t, dir), filepath.Join(dir, "out.h5ad")
	succeeds(t, "prep %s --min-genes 5 --condition dose --control dose=0 --test 0.3 --holdout dose=10 --normalize --log1p --hvg 15 --pca 3 --out %s", in, out)
	columns := "--obsm X_pca --control dose=0"
	succeeds(t, "fit --method mean-interpolated --data %s --rows split=train %s --condition dose:log --out %s/run", out, columns, dir)
	succeeds(t, "transport --model %s/run --data %s --rows dose=0 --obsm X_pca --condition dose=10 --out %s/moved.h5ad", dir, out, dir)
	moved, err := datasets.ReadTable(dir+"/moved.h5ad", datasets.ReadOptions{Obsm: "X_pca", Conditions: []string{"cell_type", "split", "dose"}})
	if err != nil || moved.Len() != 60 || moved.Columns[2].Cells[0] != "10" || moved.Columns[1].Cells[0] == "" {
		t.Fatalf("what was carried is %+v, %v", moved, err)
	}
	r := decode[evaluation](t, succeeds(t, "evaluate --model %s/run --data %s --rows split=test %s --quick --json --out %s/judged", dir, out, columns, dir))
	if len(r.Table) == 0 {
		t.Error("nothing was judged")
	}
}

func TestPrepRefuses(t *testing.T) {
	dir := t.TempDir()
	in, logged := countsFile(t, dir), filepath.Join(dir, "logged.h5ad")
	succeeds(t, "prep %s --normalize --log1p --out %s", in, logged)
	scaled := filepath.Join(dir, "scaled.h5ad")
	negative, err := sparse.FromMatrix(mat.NewDense(2, 2, []float64{-1, 1, 2, 0.5}))
	if err == nil {
		err = anndata.Write(scaled, &anndata.Data{X: negative, Obs: &anndata.Frame{Index: []string{"a", "b"}}, Var: &anndata.Frame{Index: []string{"g", "h"}}}, anndata.WriteOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	corrected := filepath.Join(dir, "corrected.h5ad")
	succeeds(t, "prep %s --normalize --target-sum 1000 --out %s", in, corrected)
	for _, c := range []struct {
		line string
		says []string
	}{
		{corrected + " --hvg 5:seurat_v3 --out o.h5ad", []string{"--hvg seurat_v3 compares counts", "normalised counts", "--layer"}},
		{scaled + " --hvg 1 --out o.h5ad", []string{"negative numbers", "--layer"}},
		{scaled + " --log1p --out o.h5ad", []string{"negative numbers", "--layer"}},
		{"", []string{"name one .h5ad file"}},
		{in, []string{"--out is missing"}},
		{in + " --out o.csv", []string{"o.csv", ".h5ad"}},
		{"cells.csv --out o.h5ad", []string{"cells.csv"}},
		{"https://h/c.h5ad --out o.h5ad", []string{"download it first"}},
		{dir + "/none.h5ad --out o.h5ad", []string{"none.h5ad"}},
		{logged + " --normalize --out o.h5ad", []string{"looks log-normalised", "--layer"}},
		{logged + " --hvg 5:seurat_v3 --out o.h5ad", []string{"compares counts"}},
		{in + " --hvg 5 --out o.h5ad", []string{"--normalize and --log1p", "raw counts"}},
		{in + " --hvg many --out o.h5ad", []string{"--hvg", "1000:seurat"}},
		{in + " --hvg 5:seuratv3 --out o.h5ad", []string{"seurat_v3"}},
		{in + " --hvg 99 --normalize --log1p --out o.h5ad", []string{"there are 40 genes"}},
		{in + " --layer count --out o.h5ad", []string{"no layer count"}},
		{in + " --subset --out o.h5ad", []string{"--hvg"}},
		{in + " --test 0.2 --out o.h5ad", []string{"--condition"}},
		{in + " --test 2 --condition dose --out o.h5ad", []string{"share"}},
		{in + " --test 0.2 --train cell_type=A --condition dose --out o.h5ad", []string{"one or the other"}},
		{in + " --train cell_type=C --out o.h5ad", []string{"no cell with cell_type=C"}},
		{in + " --train cell_typ=A --out o.h5ad", []string{"nearest: cell_type"}},
		{in + " --test 0.2 --condition doses --out o.h5ad", []string{"no column doses", "nearest: dose"}},
		{in + " --test 0.2 --condition dose --control dose=7 --out o.h5ad", []string{"no cell with dose=7"}},
		{in + " --markers 5 --condition dose --normalize --log1p --out o.h5ad", []string{"--control"}},
		{in + " --min-rows 500 --condition dose --out o.h5ad", []string{"--min-rows 500"}},
		{in + " --min-rows 31 --condition dose --condition cell_type --out o.h5ad", []string{"--min-rows 31"}},
		{in + " --min-genes 500 --out o.h5ad", []string{"none of 240 cells"}},
		{in + " --pca 100 --out o.h5ad", []string{"--pca", "between 1 and 40"}},
		{in + " --projection p --out o.h5ad", []string{"--pca or --autoencoder"}},
		{in + " --target-sum 100 --out o.h5ad", []string{"--normalize"}},
	} {
		fails(t, exitRequest, c.says, "prep %s", c.line)
	}
	if _, err := os.Stat("o.h5ad"); err == nil {
		t.Error("a file was written")
	}
	code, _, stderr := gomonge(words("prep %s --condition cell_type --train dose=100 --out %s/few.h5ad", in, dir)...)
	if code != exitDone || !strings.Contains(stderr, "categories without cells") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

// TestPrepPython opens what prep writes with the real anndata.
func TestPrepPython(t *testing.T) {
	python := os.Getenv("GOMONGE_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import anndata").Run(); err != nil {
		t.Skipf("%s has no anndata (set GOMONGE_PYTHON to one that has): %v", python, err)
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "out.h5ad")
	succeeds(t, "prep %s --condition dose --control dose=0 --test 0.2 --normalize --log1p --hvg 12 --pca 4 --markers 3 --out %s", countsFile(t, dir), out)
	succeeds(t, "fit --method mean-interpolated --data %s --obsm X_pca --control dose=0 --condition dose:log --out %s/run", out, dir)
	succeeds(t, "transport --model %s/run --data %s --obsm X_pca --rows dose=0 --condition dose=10 --out %s/moved.h5ad", dir, out, dir)
	program := `
import sys, anndata
a, b = anndata.read_h5ad(sys.argv[1]), anndata.read_h5ad(sys.argv[2])
assert a.shape == (240, 40) and a.obsm["X_pca"].shape == (240, 4) and a.varm["PCs"].shape == (40, 4), a
assert a.var["highly_variable"].sum() == 12 and a.var["highly_variable"].dtype == bool
assert set(a.obs["split"]) == {"train", "test"} and a.uns["log1p"] == {"base": None} and len(a.uns["markers"]) == 9
assert b.n_obs == 60 and (b.obs["dose"] == 10).all() and "split" in b.obs and b.obsm["X_pca"].shape == (60, 4), b
assert list(b.var_names) == list(a.var_names) and b.X is None
print("all equal")
`
	text, err := exec.Command(python, "-c", program, out, dir+"/moved.h5ad").CombinedOutput()
	if err != nil || !strings.Contains(string(text), "all equal") {
		t.Errorf("%v\n%s", err, text)
	}
}
