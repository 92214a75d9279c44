package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// table is a small table of two features and a dose.
func tableText(rows ...string) string {
	return "dose,x,y\n" + strings.Join(rows, "\n") + "\n"
}

// rows are n rows of a dose.
func rows(dose string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s,%d,%g", dose, i%3, float64(i*i%7)/2)
	}
	return list
}

func TestBadRequests(t *testing.T) {
	d := fixture(t)
	files := fmt.Sprintf("--source %s/dose/source.csv --target %s/dose/train.csv", d, d)
	for _, c := range []struct {
		line string
		says []string
	}{
		{"fitt --source a.csv", []string{`no command "fitt"`, "nearest: fit"}},
		{"fit extra", []string{`"extra" is none`}},
		{"fit --sorce a.csv", []string{"no flag --sorce", "nearest: --source"}},
		{"fit --steps many", []string{"steps", "many"}},
		{"fit", []string{"no data"}},
		{"climate --quick --methods ncmtt", []string{"ncmtt", "nearest: ncmt"}},
		{"climate --quick --damage stern", []string{`no damage "stern"`, "nearest"}},
		{"climate --quick --warming rcp26", []string{`no warming "rcp26"`, "ar6"}},
		{"climate --quick --sources base", []string{`no source "base"`, "nearest: base-year"}},
		{"climate --quick --draws -1", []string{"-1 draws"}},
		{"climate --quick --base-year 1900", []string{"base year 1900", "from 2010 to 2100"}},
		{"climate --ssp-version 3", []string{"--ssp-version 3", "--data"}},
		{"climate --data " + d, []string{"ssp_v2_gdp_pop_country.csv", "no such file"}},
		{"climate --data " + d + " --countries 5", []string{"--countries 5", "synthetic"}},
		{"fit --source a.csv", []string{"--source without --target"}},
		{"fit --target a.csv", []string{"--target without --source"}},
		{"fit --data a.csv --source b.csv", []string{"either"}},
		{"fit --source a.csv --target b.csv", []string{"no --condition"}},
		{"fit --source a.csv --target b.csv --condition dose", []string{"b.csv", "no such file"}},
		{"fit --source a.txt --target b.txt --condition dose", []string{"b.txt", ".csv or .tsv"}},
		{"fit " + files + " --condition dos", []string{"train.csv", "no column dos", "nearest: dose"}},
		{"fit " + files + " --condition dose:contious", []string{"contious", "nearest: continuous"}},
		{"fit " + files + " --condition dose --method condott", []string{"condott", "nearest: condot"}},
		{"fit " + files + " --condition dose --opt inti=gaussian", []string{"inti", "nearest: init"}},
		{"fit " + files + " --condition dose --opt init=gausian", []string{"gausian", "gaussian"}},
		{"fit " + files + " --condition dose --method identity --opt init=gaussian", []string{"identity has no options"}},
		{"fit " + files + " --condition dose --steps 5 --seconds 5", []string{"--steps and --seconds"}},
		{"fit " + files + " --condition dose --steps -5", []string{"negative"}},
		{"fit " + files + " --condition dose --devices 0", []string{"--devices 0", "from 1"}},
		{"fit " + files + " --condition dose --method affine --devices 2", []string{"--devices 2", "affine computes on one", "condot, ncmt"}},
		{"fit " + files + " --condition dose --opt devices=2", []string{"--opt devices", "a flag of its own"}},
		{"fit " + files + " --condition dose --holdout dose=7", []string{`"dose=7" is no condition`, "nearest"}},
		{"fit " + files + " --condition dose --holdout dos=0.5", []string{"dos", "nearest: dose"}},
		{"fit " + files + " --condition dose --holdout dose=0.05 --holdout dose=0.2 --holdout dose=0.35 --holdout dose=0.5 --holdout dose=0.65 --holdout dose=0.8", []string{"none to train on"}},
		{"fit " + files + " --condition dose --features x0,x9", []string{"no column x9", "nearest"}},
		{"fit " + files + " --condition dose --drop x9", []string{"no column x9", "nearest"}},
		{"fit " + files + " --condition dose --weight wight", []string{"no column wight"}},
		{"fit " + files + " --condition dose --match cell", []string{"cell", "dose"}},
		{"fit " + files + " --condition dose --threads -1", []string{"--threads -1"}},
		{"fit --data " + d + "/dose/train.csv --condition dose", []string{"control NAME=VALUE"}},
		{"fit --data " + d + "/dose/train.csv --condition dose --control dose=0", []string{"no row with dose=0"}},
		{"fit --config " + d + "/nothing.json", []string{"--config", "nothing.json"}},
		{"fit --resume", []string{"--resume needs --out"}},
		{"fit --resume --out " + d + "/nothing", []string{"no unfinished run", "nothing.partial"}},
		{"fit " + files + " --condition dose --out " + d + "/affine", []string{"there is a run already", "--overwrite"}},
		{"fit " + files + " --condition dose --out " + d + "/dose", []string{"no run's"}},
		{"synth --kind dos", []string{"nearest: dose"}},
		{"synth --dim 1", []string{"at least 2"}},
		{"synth --kind pictures --dim 3", []string{"dimension 2"}},
		{"synth --test-points 1", []string{"--test-points 1"}},
		{"backend lst", []string{`"lst"`, "nearest: list"}},
		{"backend install gpu", []string{`"gpu"`, "cpu"}},
		{"completion bsh", []string{"bsh", "nearest: bash"}},
		{"completion", []string{"bash, zsh"}},
		{"inspect", []string{"name one folder"}},
		{"inspect " + d + "/nothing", []string{"nothing"}},
		{"inspect " + d + "/dose", []string{"no run and no model"}},
		{"inspect " + d + "/dose/task.json", []string{"is a file"}},
		{"transport", []string{"--model is missing"}},
		{"transport --model " + d + "/nothing --data a.csv --out b.csv", []string{"no model", "nothing"}},
		{"transport --model " + d + "/dose --data a.csv --out b.csv", []string{"is no model", "model.json"}},
		{"transport --model " + d + "/affine --data a.csv --out b.csv --condition dose=1 --conditions c.csv", []string{"one of the two"}},
		{"transport --model " + d + "/affine --data a.csv --out b.csv --condition dos=1", []string{"dos", "nearest: dose"}},
		{"transport --model " + d + "/affine --data a.csv --out b.csv --condition dose=high", []string{"high"}},
		{"transport --model " + d + "/affine --data " + d + "/dose/source.csv --out b.csv", []string{"no column dose"}},
		{"transport --model " + d + "/affine --data " + d + "/dose/source.csv --out b.csv --conditions " + d + "/dose/source.csv", []string{"no column dose"}},
		{"transport --model " + d + "/affine --data " + d + "/dose/source.csv --condition dose=0.5 --out b.xlsx", []string{".csv or .tsv"}},
		{"transport --model " + d + "/condot --data " + d + "/mix/source.csv --condition cat=z,dose=0.5 --out b.csv", []string{"cat=z", "never trained", "vector", "trained on"}},
	} {
		fails(t, exitRequest, c.says, "%s", c.line)
	}
}

func TestBadTables(t *testing.T) {
	dir := t.TempDir()
	good := append(rows("1", 6), rows("10", 6)...)
	source := writeFile(t, dir, "source.csv", "x,y\n0,1\n1,0\n2,2\n1,1\n")
	for _, c := range []struct {
		name, source, target, flags string
		says                        []string
	}{
		{"NaN", source, tableText(append(good, "1,NaN,0")...), "", []string{"target.csv, row 14, column x", "NaN"}},
		{"infinite", source, tableText(append(good, "1,0,Inf")...), "", []string{"target.csv, row 14, column y", "Inf"}},
		{"text", source, tableText(append(good, "1,low,0")...), "", []string{"target.csv, row 14, column x", "low"}},
		{"empty cell", source, tableText(append(good, "1,,0")...), "", []string{"target.csv, row 14, column x", "empty"}},
		{"short row", source, tableText(append(good, "1,2")...), "", []string{"target.csv, row 14", "2 cells"}},
		{"text in a condition", source, tableText(append(good, "much,2,3")...), "--condition dose:continuous", []string{"target.csv, row 14", "much"}},
		{"dose 0 on a log scale", source, tableText(append(good, "0,2,3", "0,1,1")...), "--condition dose:log", []string{"target.csv, row 14", "dose=0", "log"}},
		{"one row", source, tableText(append(good, "100,2,3")...), "", []string{"target.csv, row 14", "one row", "100"}},
		{"a feature that the target lacks", writeFile(t, dir, "more.csv", "x,y,z\n0,1,1\n1,0,1\n"), tableText(good...), "", []string{"more.csv", "target.csv", "z"}},
		{"a feature that the source lacks", writeFile(t, dir, "less.csv", "x\n0\n1\n"), tableText(good...), "", []string{"less.csv", "lacks feature y"}},
		{"one source row", writeFile(t, dir, "one.csv", "x,y\n0,1\n"), tableText(good...), "", []string{"one.csv", "1 source rows"}},
		{"no rows", source, "dose,x,y\n", "", []string{"target.csv", "no rows"}},
		{"no features", source, "dose\n1\n2\n", "", []string{"target.csv", "no feature columns"}},
		{"a column twice", source, "dose,x,x\n1,1,1\n", "", []string{"target.csv", "column x stands there twice"}},
		{"a negative weight", source, "dose,w,x,y\n1,1,0,0\n1,-1,1,1\n", "--weight w", []string{"target.csv, row 3, column w", "negative"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := writeFile(t, dir, "target.csv", c.target)
			flags := c.flags
			if !strings.Contains(flags, "--condition") {
				flags += " --condition dose"
			}
			fails(t, exitRequest, c.says, "fit --method mean --source %s --target %s %s --out %s/out", c.source, target, flags, dir)
			if _, err := os.Stat(filepath.Join(dir, "out.partial")); !os.IsNotExist(err) {
				t.Error("a run that failed is left behind")
			}
		})
	}
}

// TestPoorTables are tables that can be used, with something to say.
func TestPoorTables(t *testing.T) {
	dir := t.TempDir()
	constant := "dose,x,y\n1,0,5\n1,1,5\n1,2,5\n10,1,5\n10,2,5\n10,4,5\n"
	source := writeFile(t, dir, "source.csv", "x,y\n0,5\n1,5\n2,5\n")
	target := writeFile(t, dir, "target.csv", constant)
	code, _, stderr := gomonge(words("fit --method affine --source %s --target %s --condition dose:log --out %s/constant", source, target, dir)...)
	if code != exitDone || !strings.Contains(stderr, "1 of 2 features are constant over all training rows: y") {
		t.Errorf("constant features: exit code %d\n%s", code, stderr)
	}

	var wide strings.Builder // 3 points in 5 dimensions
	wide.WriteString("dose,a,b,c,d,e\n")
	for i := range 6 {
		fmt.Fprintf(&wide, "%d,%d,%d,%d,%d,%d\n", 1+i/3, i, i*i%5, i*3%7, i%2, i*i*i%11)
	}
	few := writeFile(t, dir, "few.csv", wide.String())
	code, _, stderr = gomonge(words("fit --method affine --source %s --target %s --condition dose --match none --out %s/few", few, few, dir)...)
	if code != exitDone || !strings.Contains(stderr, "warning: ") || !strings.Contains(stderr, "shrunk") {
		t.Errorf("fewer points than dimensions: exit code %d\n%s", code, stderr)
	}

	equal := writeFile(t, dir, "equal.csv", "dose,x,y\n1,1,1\n1,1,1\n2,1,1\n2,1,1\n")
	same := writeFile(t, dir, "same.csv", "x,y\n1,1\n1,1\n")
	fails(t, exitRequest, []string{"all points are equal"}, "fit --source %s --target %s --condition dose --steps 5 %s --out %s/equal", same, equal, tiny, dir)
}

// versionField is where model.json says which version of its form it has.
var versionField = regexp.MustCompile(`"(format|version)": \d+\b`)

func TestBadModels(t *testing.T) {
	d := fixture(t)
	for _, run := range []string{"affine", "condot"} {
		for name, text := range filesOf(t, filepath.Join(d, run, "model")) {
			for what, bad := range map[string]string{"truncated": text[:len(text)/2], "empty": "", "missing": ""} {
				t.Run(run+" with "+name+" "+what, func(t *testing.T) {
					folder := filepath.Join(t.TempDir(), "model")
					for other, text := range filesOf(t, filepath.Join(d, run, "model")) {
						writeFile(t, folder, other, text)
					}
					path := writeFile(t, folder, name, bad)
					if what == "missing" {
						os.Remove(path)
					}
					fails(t, exitRequest, []string{folder}, "transport --model %s --data %s/dose/test.csv --out %s/out.csv", folder, d, t.TempDir())
				})
			}
		}
		t.Run(run+" of another version", func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "model")
			for name, text := range filesOf(t, filepath.Join(d, run, "model")) {
				writeFile(t, folder, name, versionField.ReplaceAllString(text, `"$1": 99`))
			}
			fails(t, exitRequest, []string{folder, "99"}, "transport --model %s --data %s/dose/test.csv --out %s/out.csv", folder, d, t.TempDir())
		})
	}
}

func TestUnwritableOutput(t *testing.T) {
	d := fixture(t)
	file := writeFile(t, t.TempDir(), "file", "")
	for _, out := range []string{file + "/run", "/proc/gomonge/run"} {
		fails(t, exitRequest, []string{filepath.Dir(out)}, "fit --method mean --source %s/dose/source.csv --target %s/dose/train.csv --condition dose --out %s", d, d, out)
		fails(t, exitRequest, []string{filepath.Dir(out)}, "transport --model %s/affine --data %s/dose/test.csv --out %s.csv", d, d, out)
		fails(t, exitRequest, []string{filepath.Dir(out)}, "synth --quick --out %s", out)
	}
}

func TestBackendThatIsNone(t *testing.T) {
	d := fixture(t)
	plugin := writeFile(t, t.TempDir(), "pjrt_c_api_cpu_plugin.so", "this is no plugin")
	for _, c := range []struct{ backend, says string }{
		{"xla:" + plugin, plugin},
		{"xla:/nowhere/plugin.so", "/nowhere/plugin.so"},
		{"xla:cpuu", "cpuu"},
		{"goo", "nearest: go"},
	} {
		fails(t, exitBackend, []string{c.says}, "backend --backend %s", c.backend)
		out := filepath.Join(t.TempDir(), "out")
		fails(t, exitBackend, []string{c.says}, "fit --backend %s --source %s/dose/source.csv --target %s/dose/train.csv --condition dose --out %s", c.backend, d, d, out)
		if _, err := os.Stat(out + ".partial"); !os.IsNotExist(err) {
			t.Error("a run without a backend is left behind")
		}
		fails(t, exitBackend, []string{c.says}, "transport --backend %s --model %s/condot --data %s/mix/test.csv --out %s.csv", c.backend, d, d, out)
	}
}
