package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// runsText is a table of runs in which a alone matters, with what such tables have: NA, words, a constant.
func runsText() string {
	r := rand.New(rand.NewPCG(3, 3))
	var b strings.Builder
	b.WriteString("a,b,word,same,y1,y2\n")
	for i := range 200 {
		a, y := r.NormFloat64(), fmt.Sprint(r.NormFloat64())
		if i == 7 {
			y = "NA"
		}
		fmt.Fprintf(&b, "%g,%d,%s,1,%g,%s\n", a, i%3, []string{"low", "high"}[i%2], a+.1*r.NormFloat64(), y)
	}
	return b.String()
}

func TestSensitivityData(t *testing.T) {
	dir := t.TempDir()
	file := writeFile(t, dir, "runs.csv", runsText())
	code, stdout, stderr := gomonge(words("sensitivity --data %s --inputs a,b,word,same --outputs y1,y2 --categorical b --method exact,gaussian,1d,sobol --cells 8 --bootstrap 20 --json --out %s/out", file, dir)...)
	if code != exitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	for _, want := range []string{"1 of 200 runs have NaN", "input same is constant", "no number: a cell a level"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not said:\n%s", want, stderr)
		}
	}
	type result struct {
		Sensitivity []struct {
			Method  string
			Indices []struct {
				Input       string
				Value, Null float64
			}
		}
	}
	for _, m := range decode[result](t, stdout).Sensitivity {
		if len(m.Indices) != 4 {
			t.Fatalf("%+v", m)
		}
		if x := m.Indices[0]; m.Method != "1d" && !(x.Value > 2*m.Indices[1].Value && x.Value > 3*x.Null) {
			t.Errorf("method %s: %+v", m.Method, m.Indices)
		}
	}
	files := filesOf(t, dir+"/out/figures")
	for _, name := range []string{"indices.png", "separations.svg", "map.svg"} {
		if files[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestSensitivityBadRequests(t *testing.T) {
	dir := t.TempDir()
	file := writeFile(t, dir, "runs.csv", runsText())
	for _, c := range []struct {
		line string
		says []string
	}{
		{"--data " + file, []string{"--inputs is missing"}},
		{"--data " + file + " --inputs a", []string{"--outputs is missing"}},
		{"--inputs a", []string{"--data, which is missing"}},
		{"--data " + file + " --inputs a --outputs y1 --study dice", []string{"one of the two"}},
		{"--data " + file + " --inputs aa --outputs y1", []string{"no column aa", "nearest: a"}},
		{"--data " + file + " --inputs a --outputs word", []string{"row 2, column word", `"low" is no number`}},
		{"--data " + file + " --inputs a,y1 --outputs y1", []string{"asked for twice"}},
		{"--data " + file + " --inputs a --outputs y1 --categorical b", []string{"--categorical b is none of --inputs"}},
		{"--data " + file + " --inputs a --outputs y1 --sizes 100", []string{"--sizes"}},
		{"--data " + file + " --inputs a --outputs y1 --bias", []string{"--bias", "--study linear"}},
		{"--seeds 4", []string{"--seeds is for --bias"}},
		{"--bias --study ishigami", []string{"ishigami", "no closed form", "linear"}},
		{"--bias --method 1d", []string{"first method", "exact"}},
		{"--data " + file + " --inputs a --outputs same", []string{"nothing to explain"}},
		{"--data " + file + " --inputs a --outputs y1 --cells 500", []string{"500 cells for 200 runs"}},
		{"--data " + dir + "/none.csv --inputs a --outputs y1", []string{"none.csv", "no such file"}},
		{"--data " + writeFile(t, dir, "t.txt", "a,y\n1,2\n") + " --inputs a --outputs y", []string{".csv or .tsv"}},
		{"--data " + writeFile(t, dir, "empty.csv", "a,y\n") + " --inputs a --outputs y", []string{"no runs"}},
		{"--method exakt", []string{"exakt", "nearest: exact"}},
		{"--study linaer", []string{"nearest: linear"}},
		{"--interval norm", []string{"nearest: normal"}},
		{"--design sobol", []string{"sobol-sequence"}},
	} {
		fails(t, exitRequest, c.says, "sensitivity %s --out %s/out", c.line, dir)
	}
}
