package experiments

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/metrics"
	"gonum.org/v1/gonum/mat"
)

// shiftTask is three doses that move 120 cells of three features, the first one most.
func shiftTask(cells int) *datasets.Task {
	r := rand.New(rand.NewPCG(1, 2))
	cloud := func(shift float64) *mat.Dense {
		m := mat.NewDense(cells, 3, nil)
		for i := range cells {
			m.SetRow(i, []float64{shift + r.NormFloat64(), shift/2 + r.NormFloat64(), r.NormFloat64()})
		}
		return m
	}
	task := &datasets.Task{Name: "shift", Features: []string{"a", "b", "c"},
		Schema: condition.Schema{Variables: []condition.Variable{{Name: "dose", Kind: condition.Continuous}}}}
	source := cloud(0)
	for _, dose := range []float64{1, 2, 3} {
		task.Train = append(task.Train, datasets.Pair{Condition: condition.Value{{Number: dose}}, Source: source, Target: cloud(dose)})
	}
	return task
}

// closedForms is an experiment that takes no time: no network is trained.
func closedForms(folder string, resume bool) DosageOptions {
	return DosageOptions{Task: shiftTask(120), Methods: []string{"affine", "mean", "identity"}, Backend: "go", Checkpoint: folder, Resume: resume}
}

// time0 is long ago.
var time0 = time.Unix(1e9, 0)

// written are a result's table and sheets.
func written(t *testing.T, r *Result) (table, sheets string) {
	t.Helper()
	dir := t.TempDir()
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "table.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text), r.Markdown()
}

func TestDosageGoesOn(t *testing.T) {
	whole, err := Dosage(context.Background(), closedForms("", false))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "checkpoint")
	ctx, stop := context.WithCancel(context.Background())
	o := closedForms(folder, false)
	o.Progress = func(Progress) {
		if entries, _ := os.ReadDir(folder); len(entries) >= 3 {
			stop()
		}
	}
	if _, err := Dosage(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled experiment ends with %v", err)
	}
	before, err := filepath.Glob(filepath.Join(folder, "*.done"))
	if err != nil || len(before) < 3 || len(before) == 8 {
		t.Fatalf("of 8 parts %d are kept (%v)", len(before), err)
	}
	for _, path := range before { // what is read back and not made again keeps its time
		if err := os.Chtimes(path, time0, time0); err != nil {
			t.Fatal(err)
		}
	}
	resumed, err := Dosage(context.Background(), closedForms(folder, true))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range before {
		if info, err := os.Stat(path); err != nil || !info.ModTime().Equal(time0) {
			t.Errorf("%s was made again (%v)", path, err)
		}
	}
	gotTable, gotSheets := written(t, resumed)
	wantTable, wantSheets := written(t, whole)
	if gotTable != wantTable || gotSheets != wantSheets {
		t.Error("the resumed experiment differs from one in one go")
	}

	o = closedForms(folder, true)
	o.Task = shiftTask(121)
	if _, err := Dosage(context.Background(), o); err == nil || !strings.Contains(err.Error(), "other data, settings or engine") {
		t.Errorf("checkpoints of other data are taken: %v", err)
	}
	if _, err := Dosage(context.Background(), closedForms("", true)); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("without a folder: %v", err)
	}
}

func TestDrawerKeepsEveryNumber(t *testing.T) {
	k, err := newKeeper(t.TempDir(), true, "1")
	if err != nil {
		t.Fatal(err)
	}
	d := k.drawer(7, "one")
	var none verdict
	if found, err := d.load(doneFile, &none); found || err != nil {
		t.Errorf("an empty drawer has %v, %v", found, err)
	}
	want := verdict{Rows: []Row{{Data: "x", Metric: metrics.Figure{Name: "l2_uvp", Value: math.Inf(1), Low: math.NaN(), High: .1 + .2, N: 3}}}, Warnings: []warning{{"a", "w"}}, Marginals: map[marginal][]float64{{1, 2}: {1. / 3, math.NaN()}}}
	for _, name := range []string{stateFile, stateFile + ".1", traceFile} {
		if err := os.WriteFile(d.path(name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.finish(&want); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(k.folder); err != nil || len(left) != 1 {
		t.Errorf("a finished fit leaves %v, %v", left, err)
	}
	var got verdict
	if found, err := d.load(doneFile, &got); !found || err != nil {
		t.Fatalf("loading: %v, %v", found, err)
	}
	a, b := got.Rows[0].Metric, want.Rows[0].Metric
	if a.Value != b.Value || !math.IsNaN(a.Low) || a.High != b.High || a.N != b.N || got.Rows[0].Data != "x" ||
		!slices.Equal(got.Warnings, want.Warnings) || got.Marginals[marginal{1, 2}][0] != 1./3 || !math.IsNaN(got.Marginals[marginal{1, 2}][1]) {
		t.Errorf("it comes back as %+v", got)
	}
	for _, other := range []*drawer{k.drawer(7, "two"), {&keeper{k.folder, true, "2"}, 7, "one"}} {
		if _, err := other.load(doneFile, &got); err == nil || !strings.Contains(err.Error(), "start anew") {
			t.Errorf("what another one kept is taken: %v", err)
		}
	}
	if err := os.WriteFile(d.path(doneFile), []byte("torn"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := d.load(doneFile, &got); err == nil || !strings.Contains(err.Error(), d.path(doneFile)) {
		t.Errorf("a file that is no checkpoint: %v", err)
	}
}

// goesOn interrupts an experiment that keeps its checkpoints in a folder once two fits are done, resumes it, and compares
// what it then writes with that of a run in one go.
func goesOn(t *testing.T, folder string, run func(ctx context.Context, checkpoint string, resume bool, progress func(Progress)) (*Result, error)) {
	t.Helper()
	whole, err := run(context.Background(), "", false, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	_, err = run(ctx, folder, false, func(Progress) {
		if done, _ := filepath.Glob(filepath.Join(folder, "*.done")); len(done) > 1 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled experiment ends with %v", err)
	}
	resumed, err := run(context.Background(), folder, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, sheets := written(t, resumed)
	if want, wantSheets := written(t, whole); got != want || sheets != wantSheets {
		t.Error("the resumed experiment differs from one in one go")
	}
}
