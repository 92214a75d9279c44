package main

import (
	"strings"
	"testing"
)

// h5ad is a file that datasets/anndata/testdata/make.py made.
const h5ad = "../../datasets/anndata/testdata/csr-gzip.h5ad"

func TestData(t *testing.T) {
	code, stdout, stderr := gomonge("data", h5ad)
	if code != exitDone || !strings.Contains(stdout, "23 rows, 11 columns") || !strings.Contains(stdout, "control (8), givinostat (8), KLF1+MAP2K6 (7), unused (0)") ||
		!strings.Contains(stdout, "perhaps: --condition drug:set --condition dose:log --control drug=control") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	code, stdout, stderr = gomonge("data", h5ad, "--json")
	if code != exitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	r := decode[dataResult](t, stdout)
	if r.Rows != 23 || r.Cols != 11 || len(r.Layers) != 2 || len(r.Obs) != 7 || r.Guess.Control != "drug=control" {
		t.Errorf("%+v", r)
	}
	for _, o := range r.Obs {
		if o.Name == "dose" && (o.Kind != "numbers" || o.Categories["0.1"] != 8 || *o.High != 10) {
			t.Errorf("%+v", o)
		}
	}
	for _, args := range [][]string{{"data"}, {"data", h5ad, h5ad}, {"data", "absent.h5ad"}, {"data", "main.go"}} {
		if code, _, stderr := gomonge(args...); code != exitRequest || stderr == "" {
			t.Errorf("%q: exit code %d, %s", args, code, stderr)
		}
	}
}

// TestH5ADFiles fits on an h5ad file, and carries and judges its cells.
func TestH5ADFiles(t *testing.T) {
	out := t.TempDir()
	for _, args := range [][]string{
		words("fit --method mean --data %[1]s --condition drug:categorical --control drug=control --min-rows 5 --out %[2]s/m", h5ad, out),
		words("transport --model %[2]s/m/model --data %[1]s --condition drug=givinostat --out %[2]s/p.h5ad", h5ad, out),
		words("transport --model %[2]s/m/model --data %[2]s/p.h5ad --condition drug=givinostat --out %[2]s/q.csv", h5ad, out),
		words("fit --method mean --data %[1]s --obsm X_pca --condition drug:categorical --control drug=control --min-rows 5 --out %[2]s/pca", h5ad, out),
		words("fit --method mean --data %[1]s --layer counts --condition drug:categorical --control drug=control --min-rows 5 --out %[2]s/counts", h5ad, out),
		words("transport --model %[2]s/pca/model --obsm X_pca --data %[1]s --condition drug=givinostat --out %[2]s/p.csv", h5ad, out),
		words("transport --model %[2]s/counts/model --layer counts --data %[1]s --condition drug=givinostat --out %[2]s/c.csv", h5ad, out),
	} {
		if code, _, stderr := gomonge(args...); code != exitDone {
			t.Fatalf("%q: exit code %d\n%s", args, code, stderr)
		}
	}
	code, stdout, _ := gomonge("data", out+"/p.h5ad")
	if code != exitDone || !strings.Contains(stdout, "23 rows, 11 columns") || !strings.Contains(stdout, "givinostat (23)") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
	code, _, stderr := gomonge(words("transport --model %[2]s/m/model --layer coutns --data %[1]s --condition drug=givinostat --out %[2]s/x.csv", h5ad, out)...)
	if code != exitRequest || !strings.Contains(stderr, "nearest: counts") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}
