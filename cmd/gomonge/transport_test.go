package main

import (
	"os"
	"strings"
	"testing"
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
