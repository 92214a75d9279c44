package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/internal/rundir"
	"gonum.org/v1/gonum/mat"
)

// cellsOf are cells with the same text in the columns of obs.
type cellsOf struct {
	n     int
	texts []string
}

// screenFile writes cells with Poisson-like counts of 12 genes, more of the first where the first text is long; logged
// or not.
func screenFile(t *testing.T, columns []string, groups []cellsOf, value func(count float64) float64) string {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 0))
	obs := &anndata.Frame{}
	for _, c := range columns {
		obs.Columns = append(obs.Columns, anndata.Column{Name: c, Kind: anndata.String})
	}
	var rows [][]float64
	for _, g := range groups {
		for range g.n {
			row := make([]float64, 12)
			for j := range row {
				row[j] = value(float64(1 + r.IntN(6+j) + len(g.texts[0])/(j+1)))
			}
			rows = append(rows, row)
			obs.Index = append(obs.Index, fmt.Sprint("cell", len(rows)))
			for k := range columns {
				obs.Columns[k].Strings = append(obs.Columns[k].Strings, g.texts[k])
			}
		}
	}
	x := mat.NewDense(len(rows), 12, nil)
	for i, row := range rows {
		x.SetRow(i, row)
	}
	var genes []string
	for j := range 12 {
		genes = append(genes, fmt.Sprint("g", j))
	}
	path := filepath.Join(t.TempDir(), "screen.h5ad")
	if err := anndata.Write(path, &anndata.Data{X: x, Obs: obs, Var: &anndata.Frame{Index: genes}}, anndata.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// asCounted leaves a count as it is.
func asCounted(v float64) float64 { return v }

// normanLike is a screen of four actions and two of their pairs, one of them of few cells.
func normanLike(t *testing.T, column string, value func(float64) float64) string {
	groups := []cellsOf{{60, []string{"ctrl"}}, {30, []string{"A+B"}}, {30, []string{"D+C"}}, {12, []string{"A+C"}}}
	for _, a := range []string{"A", "BB+ctrl", "CCC", "DDDD+control"} {
		groups = append(groups, cellsOf{40, []string{strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(a, "BB", "B"), "CCC", "C"), "DDDD", "D")}})
	}
	return screenFile(t, []string{column}, groups, value)
}

// sciPlexLike is a screen of two drugs at three doses in two cell types.
func sciPlexLike(t *testing.T) string {
	var groups []cellsOf
	for _, line := range []string{"A549", "K562"} {
		groups = append(groups, cellsOf{60, []string{"vehicle", "0", line}})
		for _, drug := range []string{"givinostat", "trametinib"} {
			for _, dose := range []string{"10", "100", "1000"} {
				groups = append(groups, cellsOf{40, []string{drug, dose, line}})
			}
		}
	}
	return screenFile(t, []string{"drug", "dose", "cell_type"}, groups, asCounted)
}

const closedForms = "--quick --components 3 --markers 6 --methods mean,identity --backend go"

// TestCombinationOfFile reads a user's screen: what was dropped and what the numbers are is said, and the table has
// its pairs.
func TestCombinationOfFile(t *testing.T) {
	path := normanLike(t, "perturbation", asCounted)
	out := filepath.Join(t.TempDir(), "out")
	code, stdout, stderr := gomonge(words("combination --data %s %s --out %s", path, closedForms, out)...)
	if code != exitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	for _, s := range []string{"12 rows left out: cells of conditions of fewer than 20 cells (1 of 7)", "raw counts"} {
		if !strings.Contains(stderr, s) {
			t.Errorf("%q is not said:\n%s", s, stderr)
		}
	}
	if !strings.Contains(stdout, "on unseen pairs") || !strings.Contains(stdout, "unknown actions") {
		t.Errorf("the splits are not there:\n%s", stdout)
	}
	for _, name := range []string{"table.csv", "figures/splits.svg", "figures/measured.svg", "models/mean"} {
		if !taken(filepath.Join(out, name)) {
			t.Errorf("%s is not written", name)
		}
	}
}

// TestCovariateOfFile reads one drug of a screen, and a table with an unseen population.
func TestCovariateOfFile(t *testing.T) {
	path := sciPlexLike(t)
	out := filepath.Join(t.TempDir(), "out")
	code, stdout, stderr := gomonge(words("covariate --data %s --drug givinostat %s --out %s", path, closedForms, out)...)
	if code != exitDone || !strings.Contains(stdout, "new source") || !strings.Contains(stdout, "A549, held out") || !strings.Contains(stderr, "cells of conditions that were not asked for") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = gomonge(words("dosage --data %s --drug givinostat --folds none --unit nM %s --out %s2", path, closedForms, out)...)
	if code != exitDone || !strings.Contains(stdout, "dose=1000") || strings.Contains(stdout, "trametinib") {
		t.Errorf("dosage: exit code %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = gomonge(words("covariate --data %s --condition cell_type --control drug=vehicle --unseen drug=trametinib --unseen dose=0 %s --out %s3", path, closedForms, out)...)
	if code != exitRequest || !strings.Contains(stderr, "what --unseen leaves") {
		t.Errorf("no source is left: exit code %d\n%s%s", code, stdout, stderr)
	}
}

// TestScreenBadInput says what is wrong with a file or a request, where, and what would be right.
func TestScreenBadInput(t *testing.T) {
	norman, sciplex := normanLike(t, "condition", asCounted), sciPlexLike(t)
	misspelled := normanLike(t, "conditon", asCounted)
	small := screenFile(t, []string{"condition"}, []cellsOf{{60, []string{"ctrl"}}, {10, []string{"A"}}, {9, []string{"B"}}}, asCounted)
	scaled := normanLike(t, "condition", func(v float64) float64 { return v - 3 })
	for _, c := range []struct {
		line string
		says []string
	}{
		{"combination --data " + misspelled, []string{misspelled, "condition", "nearest: conditon"}},
		{"combination --data " + norman + " --actions condtion", []string{"condtion", "condition"}},
		{"combination --data " + small, []string{small, "all 2 conditions have fewer than 20 cells"}},
		{"combination --data " + scaled, []string{scaled, "counts or their logarithms are expected"}},
		{"combination --data cells.csv", []string{"cells.csv", ".h5ad", "norman-subset"}},
		{"combination --methods aditive", []string{`"aditive"`, "nearest: additive"}},
		{"combination --data " + norman + " --splits 2", []string{"of 2 pairs"}},
		{"combination --data " + norman + " --unknown E", []string{`"E"`, "is not measured alone"}},
		{"combination --data " + sciplex, []string{sciplex, "condition"}},
		{"covariate --data " + sciplex, []string{"2 drugs", "givinostat"}},
		{"covariate --data " + sciplex + " --drug givinstat", []string{"givinstat"}},
		{"covariate --data " + norman, []string{norman, "dose"}},
		{"covariate --data " + sciplex + " --condition cell_typ --control drug=vehicle", []string{"cell_typ", "cell_type"}},
		{"covariate --data " + sciplex + " --condition cell_type --control drug=vehicle --unseen cell_type", []string{"NAME=VALUE"}},
		{"covariate --data " + sciplex + " --condition cell_type --control drug=vehicle --unseen cell_type=K526", []string{"K526", "K562"}},
		{"covariate --methods dosage", []string{`"dosage"`, "no method of covariate"}},
		{"dosage --data " + sciplex + " --drug givinostat --match dose", []string{"--condition and --control"}},
	} {
		out := filepath.Join(t.TempDir(), "out")
		fails(t, exitRequest, c.says, "%s --backend go --quick --out %s", c.line, out)
		if taken(out + rundir.Unfinished) {
			t.Errorf("%s leaves %s", c.line, out+rundir.Unfinished)
		}
	}
}

// TestCovariateOfKang: cell type as covariate, one donor trained on and the other's control cells carried. The file's licence
// keeps it out of the project: it is read where GOMONGE_DATA names the folder.
func TestCovariateOfKang(t *testing.T) {
	folder := os.Getenv("GOMONGE_DATA")
	if folder == "" {
		t.Skip("GOMONGE_DATA names no folder of real data")
	}
	path := filepath.Join(folder, "singlecell", "kang2018_ifnb_subset_1556x1267.h5ad")
	out := filepath.Join(t.TempDir(), "out")
	code, stdout, stderr := gomonge(words("covariate --data %s --condition cluster_id --control group_id=ctrl --unseen sample_id=ctrl107 --unseen sample_id=stim107 --quick --methods additive,mean,identity --backend go --out %s", path, out)...)
	if code != exitDone || !strings.Contains(stderr, "holds raw counts") || !strings.Contains(stdout, "B cells, new source") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}
