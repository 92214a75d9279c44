package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/internal/train"
)

// TestFitWritesARun looks at every file of a finished run.
func TestFitWritesARun(t *testing.T) {
	d := fixture(t)
	files := filesOf(t, filepath.Join(d, "condot"))
	for _, name := range []string{"config.json", "report.json", "log.jsonl", "conditions.csv", "model/model.json", "model/weights.safetensors"} {
		if files[name] == "" {
			t.Errorf("a run of fit has no %s", name)
		}
	}
	for name := range files {
		if strings.Contains(name, "tmp") || strings.Contains(name, "checkpoint") {
			t.Errorf("a finished run has %s", name)
		}
	}
	c, err := rundir.ReadConfig(filepath.Join(d, "condot"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"method": "condot", "steps": json.Number("20"), "seconds": json.Number("0"), "seed": json.Number("0"),
		"condition": []any{"cat", "dose"}, "threads": json.Number("0"), "quick": false} {
		if !reflect.DeepEqual(c.Settings[name], want) {
			t.Errorf("the setting %s is %v, want %v", name, c.Settings[name], want)
		}
	}
	if c.Options["architecture.width"] != json.Number("16") || c.Options["init"] != "identity" {
		t.Errorf("the options are %v", c.Options)
	}
	if c.Backend.Name == "" || c.Versions["gomlx"] == "" || c.Started.IsZero() {
		t.Errorf("the configuration is %+v", c)
	}
	for i, name := range []string{"train.csv", "source.csv"} {
		path := filepath.Join(d, "mix", name)
		sum, err := rundir.Hash(path)
		if err != nil || len(c.Data) != 2 || c.Data[i] != (rundir.DataFile{File: path, SHA256: sum}) {
			t.Errorf("the data are %v, %v", c.Data, err)
		}
	}
	var report train.Report
	if err := json.Unmarshal([]byte(files["report.json"]), &report); err != nil || report.Steps != 20 || report.Reason != train.Finished {
		t.Errorf("the report is %+v, %v", report, err)
	}
	last := files["log.jsonl"][strings.LastIndex(strings.TrimSpace(files["log.jsonl"]), "\n")+1:]
	var line map[string]float64
	if err := json.Unmarshal([]byte(last), &line); err != nil || line["step"] != 20 || !slices.Contains(slices.Collect(maps.Keys(line)), "validation") {
		t.Errorf("the last line of the log is %s, %v", last, err)
	}
	if n := strings.Count(files["conditions.csv"], "in-sample"); n != 11 { // of the fifteen pairs four are held out
		t.Errorf("the table has %d conditions\n%s", n, files["conditions.csv"])
	}
}

// TestConfigRunsAgain does what a run's config.json says, and has flags win over it.
func TestConfigRunsAgain(t *testing.T) {
	d := fixture(t)
	dir := t.TempDir()
	succeeds(t, "fit --method plan --opt points=50 --seed 18446744073709551615 --source %s/dose/source.csv --target %s/dose/train.csv --condition dose --match none --holdout dose=0.5 --out %s/a", d, d, dir)
	succeeds(t, "fit --config %s/a/config.json --out %s/b", dir, dir)
	a, b := filesOf(t, dir+"/a/model"), filesOf(t, dir+"/b/model")
	if !maps.Equal(a, b) {
		t.Error("the same configuration makes another model")
	}
	succeeds(t, "fit --config %s/a/config.json --seed 2 --out %s/c", dir, dir)
	if maps.Equal(a, filesOf(t, dir+"/c/model")) {
		t.Error("--seed does not win over the configuration")
	}
	c, err := rundir.ReadConfig(dir + "/c")
	if err != nil || c.Settings["seed"] != json.Number("2") || !reflect.DeepEqual(c.Settings["holdout"], []any{"dose=0.5"}) {
		t.Errorf("the configuration is %v, %v", c.Settings, err)
	}
	fails(t, exitRequest, []string{"gomonge synth", "gomonge fit"}, "fit --config %s --out %s/d", writeFile(t, dir, "other.json", `{"command":"synth"}`), dir)
	fails(t, exitRequest, []string{"metod", "nearest: method"}, "fit --config %s --out %s/d", writeFile(t, dir, "slip.json", `{"command":"fit","settings":{"metod":"mean"}}`), dir)
	fails(t, exitRequest, []string{"steps"}, "fit --config %s --out %s/d", writeFile(t, dir, "type.json", `{"command":"fit","settings":{"steps":"many"}}`), dir)
}

// TestSecondsFixSteps: config.json keeps the steps that the time came to.
func TestSecondsFixSteps(t *testing.T) {
	d := fixture(t)
	dir := t.TempDir()
	out := decode[fitResult](t, succeeds(t, "fit --json --seconds 0.3 --source %s/dose/source.csv --target %s/dose/train.csv --condition dose %s --out %s/a", d, d, tiny, dir))
	c, err := rundir.ReadConfig(dir + "/a")
	if err != nil {
		t.Fatal(err)
	}
	steps, _ := c.Settings["steps"].(json.Number).Int64()
	if int(steps) != out.Report.Steps || steps < 5 || c.Settings["seconds"] != json.Number("0") {
		t.Errorf("after %d steps the settings are %v", out.Report.Steps, c.Settings)
	}
}

// TestQuiet: nothing but the result is said, and --json makes it one object.
func TestQuiet(t *testing.T) {
	d := fixture(t)
	dir := t.TempDir()
	for _, line := range []string{
		"synth --quick --out " + dir + "/task",
		"fit --method mean --source " + d + "/dose/source.csv --target " + d + "/dose/train.csv --condition dose --out " + dir + "/mean",
		"transport --model " + d + "/affine --data " + d + "/dose/source.csv --condition dose=0.5 --out " + dir + "/p.csv",
		"inspect " + d + "/affine",
		"inspect " + d + "/affine/model",
		"backend", "backend list", "version",
	} {
		code, stdout, stderr := gomonge(words("%s --quiet --json", line)...)
		if code != exitDone || stderr != "" {
			t.Errorf("gomonge %s --quiet: exit code %d\n%s", line, code, stderr)
		}
		decode[map[string]any](t, stdout)
	}
}

// TestFitOneTable finds the source in the table itself, by control rows of each cell type.
func TestFitOneTable(t *testing.T) {
	dir := t.TempDir()
	cells := writeFile(t, dir, "cells.csv", cellsText())
	out := decode[fitResult](t, succeeds(t, "fit --json --method mean-per-condition --data %s --condition dose:log --condition cell_type --control dose=0 --holdout dose=100,cell_type=K562 --out %s/out", cells, dir))
	if n := len(out.Conditions); n != 6 {
		t.Fatalf("there are %d conditions: %v", n, out.Conditions)
	}
	for _, c := range out.Conditions {
		setting := "in-sample"
		if c.Condition == "dose=100,cell_type=K562" {
			setting = "held-out"
		}
		if c.Setting != setting || c.Source != 40 || c.Target != 40 {
			t.Errorf("%+v, want 40 points each, %s", c, setting)
		}
	}
	weighted := writeFile(t, dir, "weighted.csv", "dose,w,x\n0,1,0\n0,1,2\n1,3,4\n1,1,8\n")
	succeeds(t, "fit --method mean --data %s --condition dose:log --control dose=0 --weight w --out %s/weighted", weighted, dir)
	succeeds(t, "transport --model %s/weighted --data %s --weight w --out %s/p.csv --condition dose=1", dir, writeFile(t, dir, "one.csv", "id,w,x\ncell-7,2,0\n"), dir)
	// The mean of the targets is (3·4 + 8)/4 = 5, that of the source 1.
	if text, err := os.ReadFile(dir + "/p.csv"); err != nil || string(text) != "id,dose,w,x\ncell-7,1,2,4\n" {
		t.Errorf("a shift by 4 carries 0 to\n%s, %v", text, err)
	}
}

// TestFitNetworksWithoutCondition: the report of one training is the run's, of several their sum.
func TestFitNetworksWithoutCondition(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains several times")
	}
	d := fixture(t)
	dir := t.TempDir()
	for method, steps := range map[string]int{"icnn": 3, "icnn-per-condition": 9} {
		r := decode[fitResult](t, succeeds(t, "fit --json --method %s --steps 3 --source %s/dose/source.csv --target %s/dose/train.csv --condition dose --holdout dose=0.5 --holdout dose=0.65 --holdout dose=0.8 %s --out %s/%s", method, d, d, tiny, dir, method))
		if r.Report == nil || r.Report.Steps != steps || r.Method != method {
			t.Errorf("the report of %s is %+v", method, r.Report)
		}
		c, err := rundir.ReadConfig(dir + "/" + method)
		if err != nil || c.Settings["steps"] != json.Number("3") || c.Options["architecture.width"] != json.Number("16") {
			t.Errorf("the configuration of %s is %v, %v, %v", method, c.Settings, c.Options, err)
		}
		succeeds(t, "transport --model %s/%s --data %s/dose/source.csv --condition dose=0.2 --out %s/p.csv", dir, method, d, dir)
	}
	fails(t, exitRequest, []string{"does not apply to condition dose=0.5"}, "transport --model %s/icnn-per-condition --data %s/dose/source.csv --condition dose=0.5 --out %s/p.csv", dir, d, dir)
}

// TestDefaultOut: runs that begin within one second have folders of their own.
func TestDefaultOut(t *testing.T) {
	d := fixture(t)
	t.Chdir(t.TempDir())
	seen := map[string]bool{}
	for range 3 {
		r := decode[fitResult](t, succeeds(t, "fit --json --method mean --source %s/dose/source.csv --target %s/dose/train.csv --condition dose", d, d))
		if seen[r.Out] || !strings.HasPrefix(r.Out, filepath.Join("runs", "fit-")) {
			t.Errorf("a run is %s", r.Out)
		}
		seen[r.Out] = true
	}
	succeeds(t, "synth --quick --test-points 10")
	if dirs, _ := filepath.Glob("runs/*"); len(dirs) != 4 {
		t.Errorf("there are %v", dirs)
	}
}
