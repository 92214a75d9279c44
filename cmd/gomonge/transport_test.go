package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/anndata"
	"gonum.org/v1/gonum/mat"
)

// shiftModel is a model that shifts x and y by (10, −10) at dose 1 and by (20, −20) at dose 2.
func shiftModel(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source := writeFile(t, dir, "source.csv", "x,y\n0,0\n2,2\n")
	target := writeFile(t, dir, "target.csv", "dose,x,y\n1,10,-10\n1,12,-8\n2,20,-20\n2,22,-18\n")
	succeeds(t, "fit --method mean-interpolated --source %s --target %s --condition dose --out %s/run", source, target, dir)
	return dir + "/run/model"
}

func TestTransport(t *testing.T) {
	model := shiftModel(t)
	dir := t.TempDir()
	data := writeFile(t, dir, "data.tsv", "cell_id\tbatch\ty\tx\tdose\nb\tp\t1\t0\t2\na\tq\t3\t2\t1\nc\tp\t5\t4\t2\n")
	grid := writeFile(t, dir, "grid.csv", "note,dose\nlow,1\nhalf way,1.5\n")
	for _, c := range []struct{ flags, want string }{
		{"", "cell_id,dose,x,y\nb,2,20,-19\na,1,12,-7\nc,2,24,-15\n"},
		{"--condition dose=1", "cell_id,dose,x,y\nb,1,10,-9\na,1,12,-7\nc,1,14,-5\n"},
		{"--condition 1.5", "cell_id,dose,x,y\nb,1.5,15,-14\na,1.5,17,-12\nc,1.5,19,-10\n"},
		{"--conditions " + grid, "cell_id,dose,x,y\nb,1,10,-9\na,1,12,-7\nc,1,14,-5\nb,1.5,15,-14\na,1.5,17,-12\nc,1.5,19,-10\n"},
		{"--id batch", "batch,dose,x,y\np,2,20,-19\nq,1,12,-7\np,2,24,-15\n"},
	} {
		out := dir + "/out.csv"
		r := decode[transportResult](t, succeeds(t, "transport --json --model %s --data %s %s --out %s", model, data, c.flags, out))
		text, err := os.ReadFile(out)
		if err != nil || string(text) != c.want {
			t.Errorf("transport %s writes\n%s%v, want\n%s", c.flags, text, err, c.want)
		}
		if r.Out != out || r.Rows != strings.Count(c.want, "\n")-1 {
			t.Errorf("transport %s says %+v", c.flags, r)
		}
	}
	code, _, stderr := gomonge(words("transport --model %s --data %s --condition dose=3 --out %s/far.csv", model, data, dir)...)
	if code != exitDone || !strings.Contains(stderr, "outside the training range") {
		t.Errorf("a condition beyond training: exit code %d\n%s", code, stderr)
	}
	fails(t, exitRequest, []string{"no inverse"}, "transport --model %s --data %s --inverse --out %s/back.csv", model, data, dir)
	fails(t, exitRequest, []string{"no column y"}, "transport --model %s --data %s --condition dose=1 --out %s/p.csv", model, writeFile(t, dir, "less.csv", "x,z\n1,1\n"), dir)
	fails(t, exitRequest, []string{"nan.csv, row 3, column y", "NaN"}, "transport --model %s --data %s --condition dose=1 --out %s/p.csv", model, writeFile(t, dir, "nan.csv", "x,y\n1,1\n1,NaN\n"), dir)
}

// TestInverse carries points there and back by networks that start at the identity.
func TestInverse(t *testing.T) {
	d := fixture(t)
	dir := t.TempDir()
	succeeds(t, "transport --model %s/condot --data %s/mix/test.csv --out %s/there.csv.gz", d, d, dir)
	succeeds(t, "transport --model %s/condot --data %s/there.csv.gz --inverse --out %s/back.csv", d, dir, dir)
	there, back := filesOf(t, d+"/mix")["test.csv"], filesOf(t, dir)["back.csv"]
	if strings.Count(there, "\n") != strings.Count(back, "\n") || !strings.HasPrefix(back, "cat,dose,x0,x1\n") {
		t.Errorf("the way back writes %.60q", back)
	}
}

// cellsFile is an h5ad file of cells under two doses, with an obsm.
func cellsFile(t *testing.T, dir string) string {
	t.Helper()
	obs := &anndata.Frame{Index: []string{"a", "b", "c", "d", "e", "f"}, Columns: []anndata.Column{
		{Name: "dose", Kind: anndata.Real, Reals: []float64{0, 0, 1, 1, 2, 2}},
		{Name: "batch", Kind: anndata.Categorical, Categories: []string{"p", "q"}, Codes: []int32{0, 1, 0, 1, -1, 1}}}}
	genes := &anndata.Frame{Index: []string{"x", "y", "z"}, Columns: []anndata.Column{{Name: "marker", Kind: anndata.Bool, Bools: []bool{true, false, true}}}}
	x := mat.NewDense(6, 3, []float64{0, 0, 9, 2, 2, 9, 10, -10, 9, 12, -8, 9, 20, -20, 9, 22, -18, 9})
	counts := mat.DenseCopyOf(x)
	counts.Scale(2, counts)
	path := filepath.Join(dir, "cells.h5ad")
	if err := anndata.Write(path, &anndata.Data{X: x, Obs: obs, Var: genes, Layers: map[string]mat.Matrix{"doubled": counts},
		Obsm: map[string]*mat.Dense{"X_half": mat.DenseCopyOf(x.Slice(0, 6, 0, 2))}}, anndata.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTransportH5AD: what is known of cells and genes goes with the points.
func TestTransportH5AD(t *testing.T) {
	dir := t.TempDir()
	cells := cellsFile(t, dir)
	for _, c := range []struct {
		flags  string
		factor float64
	}{{"--features x,y", 1}, {"--features x,y --layer doubled", 2}, {"--obsm X_half", 1}} {
		succeeds(t, "fit --method mean-interpolated --data %s --condition dose --control dose=0 %s --out %s/run --overwrite", cells, c.flags, dir)
		where := strings.Join(strings.Fields(c.flags)[len(strings.Fields(c.flags))-2:], " ")
		if strings.HasPrefix(where, "--features") {
			where = ""
		}
		out := dir + "/out.h5ad"
		succeeds(t, "transport --model %s/run --data %s --condition dose=1.5 %s --out %s", dir, cells, where, out)
		f, err := anndata.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		obs, err := f.Obs()
		if err != nil {
			t.Fatal(err)
		}
		batch, err := obs.Column("batch")
		if err != nil || strings.Join(batch.Cells(), ",") != "p,q,p,q,,q" || strings.Join(obs.Index, "") != "abcdef" {
			t.Errorf("%s: obs %+v, %v", c.flags, obs, err)
		}
		if dose, err := obs.Column("dose"); err != nil || dose.Cell(4) != "1.5" {
			t.Errorf("%s: dose %+v, %v", c.flags, dose, err)
		}
		genes, err := f.Var()
		if err != nil || genes.Index[0] != "x" || genes.Columns[0].Name != "marker" {
			t.Errorf("%s: var %+v, %v", c.flags, genes, err)
		}
		f.Close()
		options := datasets.ReadOptions{}
		if strings.HasPrefix(where, "--obsm") {
			options.Obsm = "X_half"
		}
		moved, err := datasets.ReadTable(out, options)
		if err != nil {
			t.Fatal(err)
		}
		if got := moved.X.RawRowView(1); math.Abs(got[0]-17*c.factor) > 1e-9 || math.Abs(got[1]+13*c.factor) > 1e-9 {
			t.Errorf("%s: the second cell goes to %v", c.flags, got)
		}
		r := decode[evaluation](t, succeeds(t, "evaluate --model %s/run --data %s --control dose=0 %s --quick --json --out %s/judged --overwrite", dir, cells, where, dir))
		if len(r.Table) == 0 {
			t.Errorf("%s: evaluate judges nothing", c.flags)
		}
	}
	succeeds(t, "transport --model %s/run --data %s --condition dose=1.5 --obsm X_half --out %s/out.parquet", dir, cells, dir)
	text := succeeds(t, "distance %s/out.parquet %s/out.parquet --drop dose --metric bures --json", dir, dir)
	if d := decode[distanceResult](t, text); d.N != 6 || d.Dim != 2 {
		t.Errorf("the distance of what was written is %+v", d)
	}
	fails(t, exitRequest, []string{"s3://b/o.h5ad", "copy it"}, "transport --model %s/run --data %s --out s3://b/o.h5ad", dir, cells)
	fails(t, exitRequest, []string{"no column obs dos", "nearest: dose"}, "fit --method mean --data %s --condition dos --control dose=0 --out %s/no", cells, dir)
}
