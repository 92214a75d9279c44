package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// figure finds a figure of an evaluation.
func (e *evaluation) figure(t *testing.T, method, condition, metric string) judged {
	t.Helper()
	for _, r := range e.Table {
		if r.Method == method && r.Condition == condition && r.Metric.Name == metric {
			return r
		}
	}
	t.Fatalf("there is no %s of %s under %s in %+v", metric, method, condition, e.Table)
	return judged{}
}

// TestEvaluateTruth has figures that can be worked out by hand: the model shifts by
// (10, −10) at dose 1 and (20, −20) at dose 2; the truth is (11, −10) at dose 1, that of the
// model at dose 2 and (15, −15) between.
func TestEvaluateTruth(t *testing.T) {
	model := shiftModel(t)
	dir := t.TempDir()
	data := writeFile(t, dir, "data.csv", "id,dose,x,y\na,1,0,0\nb,1,2,2\nc,2,0,0\nd,2,2,2\ne,1.5,0,0\nf,1.5,2,2\n")
	truth := writeFile(t, dir, "truth.csv", "id,dose,y,x\na,1,-10,11\nb,1,-8,13\nc,2,-20,20\nd,2,-18,22\ne,1.5,-15,15\nf,1.5,-13,17\n")
	e := decode[evaluation](t, succeeds(t, "evaluate --json --model %s --data %s --truth %s --out %s/run", model, data, truth, dir))
	// tr Cov of two points (0,0), (2,2), shifted, is 2.
	for _, c := range []struct {
		method, condition, metric, setting string
		want                               float64
	}{
		{"mean-interpolated", "dose=1", "l2_uvp", inSample, 100 * 1. / 2},
		{"mean-interpolated", "dose=1", "cosine", inSample, (10*11 + 10*10) / math.Sqrt(200*221)},
		{"mean-interpolated", "dose=2", "l2_uvp", inSample, 0},
		{"mean-interpolated", "dose=2", "cosine", inSample, 1},
		{"mean-interpolated", "dose=1.5", "l2_uvp", heldOut, 0},
		{"mean-interpolated", "dose=1", "l2_ps", inSample, 1},
		{"identity", "dose=2", "l2_uvp", inSample, 100 * 800. / 2},
		{"identity", "dose=1.5", "l2_ps", heldOut, 15 * math.Sqrt2},
	} {
		r := e.figure(t, c.method, c.condition, c.metric)
		if math.Abs(r.Metric.Value-c.want) > 1e-9*math.Max(1, c.want) || r.Setting != c.setting {
			t.Errorf("%s of %s under %s is %g, %s; want %g, %s", c.metric, c.method, c.condition, r.Metric.Value, r.Setting, c.want, c.setting)
		}
	}
	for _, m := range e.Means {
		if m.Method == "mean-interpolated" && m.Metric == "l2_uvp" && m.Setting == inSample && (math.Abs(m.Mean-25) > 1e-9 || m.Conditions != 2) {
			t.Errorf("the mean of 50 and 0 is %+v", m)
		}
	}
	files := filesOf(t, dir+"/run")
	if n := strings.Count(files["table.csv"], "\n"); n != len(e.Table)+1 {
		t.Errorf("table.csv has %d lines for %d figures", n, len(e.Table))
	}
	if back := decode[evaluation](t, files["metrics.json"]); len(back.Table) != len(e.Table) || back.Out != e.Out {
		t.Errorf("metrics.json is %+v", back)
	}
	if !strings.Contains(files["table.md"], "| dose=1 (in-sample) (2) | 50.0") || !strings.Contains(files["table.md"], "| dose=1 (in-sample) (2) | **0.999") || !strings.Contains(files["config.json"], `"truth"`) {
		t.Errorf("table.md is\n%s", files["table.md"])
	}
	for what, c := range map[string]struct{ truth, says string }{
		"another order":     {"id,dose,x,y\nb,1,13,-8\na,1,11,-10\nc,2,20,-20\nd,2,22,-18\ne,1.5,15,-15\nf,1.5,17,-13\n", "data row 1 is a"},
		"another condition": {"id,dose,x,y\na,1,11,-10\nb,2,13,-8\nc,2,20,-20\nd,2,22,-18\ne,1.5,15,-15\nf,1.5,17,-13\n", "data row 2 is under dose=1"},
		"fewer rows":        {"id,dose,x,y\na,1,11,-10\n", "6 rows"},
		"no condition":      {"id,x,y\na,11,-10\n", "no column dose"},
		"a missing feature": {"id,dose,x\na,1,11\n", "no column y"},
	} {
		t.Run(what, func(t *testing.T) {
			fails(t, exitRequest, []string{"wrong.csv", c.says}, "evaluate --model %s --data %s --truth %s --out %s/x", model, data, writeFile(t, dir, "wrong.csv", c.truth), dir)
		})
	}
}

// TestEvaluateObserved finds the source by the control of the model's run, by a flag, and in a table.
func TestEvaluateObserved(t *testing.T) {
	dir := t.TempDir()
	cells := writeFile(t, dir, "cells.csv", cellsText())
	succeeds(t, "fit --method mean-per-condition --data %s --condition dose:log --condition cell_type --control dose=0 --holdout dose=10 --out %s/run", cells, dir)
	own := decode[evaluation](t, succeeds(t, "evaluate --json --quick --model %s/run --data %s --out %s/own", dir, cells, dir))
	flag := decode[evaluation](t, succeeds(t, "evaluate --json --quick --model %s/run/model --data %s --control dose=0 --out %s/flag", dir, cells, dir))
	if len(own.Table) != len(flag.Table) || len(own.Table) == 0 {
		t.Fatalf("there are %d and %d figures", len(own.Table), len(flag.Table))
	}
	for i := range own.Table {
		if own.Table[i].Metric.Value != flag.Table[i].Metric.Value {
			t.Errorf("the same evaluation gives %+v and %+v", own.Table[i], flag.Table[i])
		}
	}
	// The model shifts each cloud's mean to the target's, and has no answer for what was held out.
	if f := own.figure(t, "mean-per-condition", "dose=100,cell_type=K562", "l2_ps"); f.Metric.Value > 1e-9 {
		t.Errorf("after the shift the means differ by %g", f.Metric.Value)
	}
	if !strings.Contains(strings.Join(own.Warnings, "\n"), "does not apply to condition dose=10,cell_type=A549") {
		t.Errorf("the warnings are %q", own.Warnings)
	}
	if f := own.figure(t, "identity", "dose=10,cell_type=A549", "l2_ps"); f.Setting != heldOut || f.Metric.N != 40 {
		t.Errorf("the identity's is %+v", f)
	}
	// Judged alone, conditions have the figures that they have among all, effects against the mean over all among them.
	one := decode[evaluation](t, succeeds(t, "evaluate --json --quick --model %s/run --data %s --condition dose=100 --condition dose=10,cell_type=K562 --out %s/one", dir, cells, dir))
	judgedOf := map[string]int{}
	for _, r := range one.Table {
		if r.Condition != allConditions && r.Metric.String() != own.figure(t, r.Method, r.Condition, r.Metric.Name).Metric.String() {
			t.Errorf("alone %+v", r)
		}
		judgedOf[r.Condition]++
	}
	delete(judgedOf, allConditions)
	if len(judgedOf) != 3 {
		t.Errorf("judged are %v", judgedOf)
	}
	d := fixture(t)
	succeeds(t, "evaluate --quick --points 100 --replicates 0 --yardsticks=false --model %s/affine --data %s/dose/train.csv --source %s/dose/source.csv --preset condot-code --out %s/preset", d, d, d, dir)
	if text := filesOf(t, dir+"/preset")["table.md"]; !strings.Contains(text, "condot-code: MMD²") {
		t.Errorf("the preset is not named in\n%s", text)
	}
	for line, says := range map[string]string{
		"--data " + d + "/dose/train.csv":                                                     "control NAME=VALUE",
		"--data " + d + "/dose/train.csv --preset panle":                                      "panle",
		"--data " + d + "/dose/train.csv --source a.csv --control dose=0":                     "one of the two",
		"--data " + d + "/dose/train.csv --truth a.csv --control dose=0":                      "leave --source and --control out",
		"--data " + d + "/dose/train.csv --source a.csv --points 1":                           "--points 1",
		"--data " + d + "/dose/train.csv --certify --source a.csv":                            "no potentials",
		"--data " + d + "/dose/source.csv --source " + d + "/dose/source.csv":                 "no column dose",
		"--data " + d + "/dose/test.csv --truth " + d + "/dose/truth.csv --condition dose=7":  "--condition dose=7: the data have no such condition",
		"--data " + d + "/dose/test.csv --truth " + d + "/dose/truth.csv --condition dos=0.5": "nearest: dose",
		"": "--data is missing",
	} {
		fails(t, exitRequest, []string{says}, "evaluate --model %s/affine --out %s/x %s", d, dir, line)
		if _, err := os.Stat(filepath.Join(dir, "x.partial")); !os.IsNotExist(err) {
			t.Errorf("evaluate %s leaves a run behind", line)
		}
	}
}

// TestEvaluateYardsticks has every figure of cells of 6 genes under 3 doses beside the
// control, the baselines of the training data and two halves of the observed cells; scores
// follow from them; and without the run's data or with --yardsticks=false there are none.
func TestEvaluateYardsticks(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("dose,g1,g2,g3,g4,g5,g6\n")
	r := rand.New(rand.NewPCG(7, 7))
	for _, dose := range []float64{0, 1, 2, 4} {
		for range 60 {
			fmt.Fprintf(&b, "%g", dose)
			for g := range 6 {
				fmt.Fprintf(&b, ",%.6f", r.NormFloat64()+dose*float64(g-2)/2)
			}
			b.WriteString("\n")
		}
	}
	cells := writeFile(t, dir, "cells.csv", b.String())
	succeeds(t, "fit --method affine-per-condition --data %s --condition dose:continuous --control dose=0 --out %s/run", cells, dir)
	text := succeeds(t, "evaluate --quick --model %s/run --data %s --out %s/text", dir, cells, dir)
	for _, s := range []string{"in-sample, mean over 3 conditions", "score: 0 is mean, 1 is half-split", "pearson_delta_top3", "discrimination_cosine"} {
		if !strings.Contains(text, s) {
			t.Errorf("the text has no %q:\n%s", s, text)
		}
	}
	files := filesOf(t, dir+"/text")
	e := decode[evaluation](t, files["metrics.json"])
	for _, name := range []string{"mmd_squared", "pearson_delta", "pearson_delta_top3", "pearson_delta_perturbed", "weighted_mse", "de_overlap", "de_direction", "correlation_pearson"} {
		for _, method := range []string{"affine-per-condition", "identity", "mean", "additive", "ridge", "affine", halfSplit} {
			if f := e.figure(t, method, "dose=2", name).Metric; f.N != 60 && f.N != 30 || f.Definition == "" {
				t.Errorf("%s of %s is %+v", name, method, f)
			}
		}
	}
	if f := e.figure(t, "mean", allConditions, "spread_ratio").Metric; math.Abs(f.Value) > 1e-12 {
		t.Errorf("one shift for all doses has the spread %v", f.Value)
	}
	if f := e.figure(t, "affine-per-condition", allConditions, "discrimination_l2").Metric; f.Value != 1 || f.N != 60 {
		t.Errorf("the right means are told apart in %+v", f)
	}
	of := map[string]mean{}
	for _, m := range e.Means {
		if m.Metric == "energy_squared" {
			of[m.Method] = m
		}
	}
	m := of["affine-per-condition"]
	want := (m.Mean - of["mean"].Mean) / (of[halfSplit].Mean - of["mean"].Mean)
	if m.Normalised == nil || math.Abs(m.Normalised.Value-want) > 1e-12 || !m.Normalised.HasInterval() || m.Baseline != "mean" || m.Conditions != 3 || want < 0.8 {
		t.Errorf("the score is %+v of %+v, want %v", m.Normalised, m, want)
	}
	if of["mean"].Normalised != nil || of[halfSplit].Normalised != nil || of["identity"].Normalised == nil {
		t.Errorf("scores of the yardsticks: %+v", of)
	}
	none := decode[evaluation](t, succeeds(t, "evaluate --json --quick --yardsticks=false --model %s/run --data %s --out %s/none", dir, cells, dir))
	if methods := none.methods(); len(methods) != 2 {
		t.Errorf("without yardsticks there are %v", methods)
	}
	// The data that the model was trained on change: no baselines, and why.
	writeFile(t, dir, "cells.csv", b.String()+"4,0,0,0,0,0,0\n")
	code, stdout, stderr := gomonge(words("evaluate --json --quick --model %s/run --data %s --out %s/changed", dir, cells, dir)...)
	changed := decode[evaluation](t, stdout)
	if methods := changed.methods(); code != exitDone || len(methods) != 3 || !strings.Contains(stderr, "cells.csv has changed since") {
		t.Errorf("after the change there are %v; it says\n%s", methods, stderr)
	}
}

// TestEvaluatePresets has the figures of each preset under their names.
func TestEvaluatePresets(t *testing.T) {
	dir := t.TempDir()
	cells := writeFile(t, dir, "cells.csv", cellsText())
	succeeds(t, "fit --method mean --data %s --condition dose:log --condition cell_type --control dose=0 --out %s/run", cells, dir)
	for preset, name := range map[string]string{"condot-paper": "w_eps_eq17", "condot-code": "sinkhorn_divergence", "cellot": "knn_enrichment_k50_n40", "cmonge": "w_eps_kl_euclidean", "cellflow": "sinkhorn_divergence_eps10"} {
		e := decode[evaluation](t, succeeds(t, "evaluate --json --yardsticks=false --replicates 0 --preset %s --model %s/run --data %s --out %s/%s", preset, dir, cells, dir, preset))
		if f := e.figure(t, "mean", "dose=10,cell_type=K562", name).Metric; e.Preset != preset || !strings.HasPrefix(f.Definition, preset+": ") || f.N != 40 {
			t.Errorf("%s: %+v", preset, f)
		}
	}
}

// TestFitJudges sets rows aside, holds a condition out, and certifies both.
func TestFitJudges(t *testing.T) {
	d := fixture(t)
	dir := t.TempDir()
	r := decode[fitResult](t, succeeds(t, "fit --json --source %s/dose/source.csv --target %s/dose/train.csv --condition dose --holdout dose=0.5 --test 0.3 --certify --steps 20 %s --out %s/run", d, d, tiny, dir))
	if r.Evaluation == nil {
		t.Fatal("the model is not judged")
	}
	for condition, setting := range map[string]string{"dose=0.2": inSample, "dose=0.5": heldOut} {
		low, high := r.Evaluation.figure(t, "condot", condition, "w2squared_lower"), r.Evaluation.figure(t, "condot", condition, "w2squared_upper")
		if low.Setting != setting || low.Metric.Value > high.Metric.Value {
			t.Errorf("the certificate is %+v, %+v", low, high)
		}
		if f := r.Evaluation.figure(t, "condot", condition, "mmd_squared"); f.Metric.N != 90 && setting == inSample {
			t.Errorf("of 300 rows %d are set aside", f.Metric.N)
		}
	}
	i := decode[inspection](t, succeeds(t, "inspect --json %s/run", dir))
	if len(i.Model.Certificates) != 6 || i.State != "finished" || i.Report.Steps != 20 {
		t.Errorf("the inspection is %+v", i.Model)
	}
	if said := succeeds(t, "inspect %s/run/model", dir); !strings.Contains(said, "certificate") || !strings.Contains(said, "dose=0.5: W₂² is between") {
		t.Errorf("inspect says\n%s", said)
	}
	if r = decode[fitResult](t, succeeds(t, "fit --json --method mean --source %s/dose/source.csv --target %s/dose/train.csv --condition dose --holdout dose=0.5 --test 0.3 --judge=false --out %s/unjudged", d, d, dir)); r.Evaluation != nil || len(r.Conditions) != 6 {
		t.Errorf("with --judge=false there is %+v", r)
	}
	for flags, says := range map[string]string{"--test 1.5": "--test 1.5", "--certify --judge=false --test 0.2": "--judge=false", "--certify": "not trained on", "--certify --test 0.2 --method mean": "no potentials"} {
		fails(t, exitRequest, []string{says}, "fit --source %s/dose/source.csv --target %s/dose/train.csv --condition dose %s --out %s/x", d, d, flags, dir)
	}
}
