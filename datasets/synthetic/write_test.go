package synthetic

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func readCSV(t *testing.T, path string) (header []string, rows [][]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

// features parses the last d cells of each row.
func features(t *testing.T, rows [][]string, d int) *mat.Dense {
	t.Helper()
	x := mat.NewDense(len(rows), d, nil)
	for i, row := range rows {
		for j, cell := range row[len(row)-d:] {
			v, err := strconv.ParseFloat(cell, 32)
			if err != nil {
				t.Fatal(err)
			}
			x.Set(i, j, v)
		}
	}
	return x
}

// TestWrite reads the files back: the clouds of memory to the bit, truth the
// image of test row by row, and the layout of columns that condw2 writes.
func TestWrite(t *testing.T) {
	for kind, variables := range map[Kind][]string{Dose: {"dose"}, Mix: {"cat", "dose"}, Combination: {"perturbation"}, Pictures: {"picture"}} {
		task := newTask(t, kind, Options{Seed: 4, SourcePoints: 30, TargetPoints: 20, TestPoints: 10})
		dir := filepath.Join(t.TempDir(), "new", "task")
		if err := task.Write(dir); err != nil {
			t.Fatal(err)
		}
		header, rows := readCSV(t, filepath.Join(dir, "source.csv"))
		if !slices.Equal(header, []string{"x0", "x1"}) || !mat.Equal(features(t, rows, 2), task.Train[0].Source) {
			t.Errorf("%s: source.csv with columns %v is not the source", kind, header)
		}
		columns := append(slices.Clone(variables), "x0", "x1")
		header, rows = readCSV(t, filepath.Join(dir, "train.csv"))
		if !slices.Equal(header, columns) {
			t.Errorf("%s: train.csv has columns %v", kind, header)
		}
		for i, p := range task.Train {
			part := rows[20*i : 20*(i+1)]
			if !mat.Equal(features(t, part, 2), p.Target) {
				t.Errorf("%s: target %d differs in train.csv", kind, i)
			}
			if text := strings.Join(part[19][:len(variables)], ","); text != task.Schema.Key(p.Condition) {
				t.Errorf("%s: condition %q in train.csv, want %q", kind, text, task.Schema.Key(p.Condition))
			}
		}
		_, test := readCSV(t, filepath.Join(dir, "test.csv"))
		header, truth := readCSV(t, filepath.Join(dir, "truth.csv"))
		if !slices.Equal(header, columns) || len(test) != 10*len(known(t, task)) || len(truth) != len(test) {
			t.Fatalf("%s: %d rows of test.csv, %d of truth.csv with columns %v", kind, len(test), len(truth), header)
		}
		for i, c := range known(t, task) {
			image, err := task.Map(nil, features(t, test[10*i:10*(i+1)], 2), c)
			if err != nil {
				t.Fatal(err)
			}
			if !mat.Equal(features(t, truth[10*i:10*(i+1)], 2), rounded(image)) {
				t.Errorf("%s: truth.csv is not the image of test.csv under %v", kind, c)
			}
		}
		checkDescription(t, task, dir)
	}
}

func checkDescription(t *testing.T, task *Task, dir string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "task.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d description
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if d.Kind != task.Kind || d.Dim != 2 || d.Seed != 4 || len(d.Conditions) != len(task.Conditions) {
		t.Errorf("%s: task.json describes %s, d=%d, seed %d, %d conditions", task.Kind, d.Kind, d.Dim, d.Seed, len(d.Conditions))
	}
	for i, c := range d.Conditions {
		value, err := d.Schema.UnmarshalValue(c.Condition)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := d.Schema.Key(value), task.Schema.Key(task.Conditions[i].Value); got != want || c.Split != task.Conditions[i].Split {
			t.Errorf("%s: condition %s (%s) in task.json, want %s (%s)", task.Kind, got, c.Split, want, task.Conditions[i].Split)
		}
		want, err := task.W2Squared(value, block)
		if (err == nil) != (c.W2Squared != nil) || err == nil && math.Abs(c.W2Squared.Value-want.Value) > 4.5*want.StandardError {
			t.Errorf("%s %s: W₂² %v in task.json, want %v", task.Kind, c.Name, c.W2Squared, want)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 5 {
		t.Errorf("%d files in the folder, want 5 (%v)", len(left), err)
	}
}

func TestWriteWhereNoFolderCanBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := newTask(t, Dose, small(2, 0)).Write(file); err == nil {
		t.Error("a task was written into a file")
	}
}
