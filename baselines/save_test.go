package baselines_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/baselines"
)

// A saved folder is replaced by another model's, and nothing is left beside it.
func TestSaveReplacesModels(t *testing.T) {
	task := shiftTask(t)
	dir := t.TempDir()
	folder := filepath.Join(dir, "model")
	for _, method := range []string{"affine", "mean"} {
		if err := fit(t, method, task).Save(folder); err != nil {
			t.Fatal(err)
		}
		m, err := baselines.Load(folder, "")
		if err != nil || m.Trained().Method != method {
			t.Fatalf("saved %s, read %v, %v", method, m, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*")); len(left) != 1 {
		t.Errorf("of the first model there is left: %q", left)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left beside the model: %v", left)
	}
}

// Folders that cannot be written, or hold something else, stay as they are.
func TestSaveRefuses(t *testing.T) {
	m := fit(t, "affine", shiftTask(t))
	dir := t.TempDir()
	mine := filepath.Join(dir, "thesis.tex")
	if err := os.WriteFile(mine, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{dir, mine, filepath.Join(mine, "model")} {
		if err := m.Save(folder); err == nil {
			t.Errorf("saved over %s", folder)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// What travels with a map: features, schema, conditions and warnings.
func TestSavedTraining(t *testing.T) {
	task := fewTask(t)
	m := fit(t, "affine", task)
	w := m.Warnings()
	if len(w) != 2 || !strings.Contains(w[0], "KLF1: 4 effective points in 6 dimensions") || !strings.Contains(w[1], "nearly singular") {
		t.Errorf("warnings %q; want one of few points and one of a singular covariance", w)
	}
	folder := filepath.Join(t.TempDir(), "model")
	if err := m.Save(folder); err != nil {
		t.Fatal(err)
	}
	loaded, err := baselines.Load(folder, "")
	if err != nil {
		t.Fatal(err)
	}
	got, want := loaded.Trained(), m.Trained()
	if !slices.Equal(loaded.Warnings(), w) || !slices.Equal(got.Features, task.Features) || got.Method != "affine" {
		t.Errorf("read %+v, saved %+v", got, want)
	}
	for j, c := range want.Conditions {
		if got.Schema().Key(got.Conditions[j]) != task.Schema.Key(c) {
			t.Errorf("condition %d is %s, was %s", j, got.Schema().Key(got.Conditions[j]), task.Schema.Key(c))
		}
	}
}

// Damaged folders: an error that says what is wrong, and no panic.
func TestLoadRefuses(t *testing.T) {
	save := func(method string) string {
		folder := filepath.Join(t.TempDir(), "model")
		if err := fit(t, method, shiftTask(t)).Save(folder); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	for _, c := range []struct {
		method, file string
		damage       func(text string) string
		say          string
	}{
		{"affine", "model.json", func(s string) string { return s[:len(s)/2] }, "cut short or damaged"},
		{"affine", "model.json", func(string) string { return "" }, "cut short or damaged"},
		{"affine", "model.json", func(s string) string { return strings.Replace(s, `"version": 1`, `"version": 9`, 1) }, "version 9; this program reads version 1"},
		{"affine", "model.json", func(s string) string { return strings.Replace(s, `"affine"`, `"afine"`, 1) }, "nearest: affine"},
		{"affine", "model.json", func(s string) string { return strings.Replace(s, `"affine"`, `"affine-pooled"`, 1) }, "3 maps for 1"},
		{"affine", "model.json", func(s string) string { return strings.Replace(s, `"affine"`, `"plan"`, 1) }, "no array source/0"},
		{"affine", "model.json", func(s string) string { return strings.Replace(s, `"a",`, `"a", "c",`, 1) }, "2 numbers for 3 features"},
		{"affine", "model.json", func(s string) string { return strings.Replace(s, `"dose":0`, `"dose":null`, 1) }, "dose"},
		{"affine", "weights.safetensors", func(s string) string { return s[:len(s)-3] }, "weights.safetensors"},
		{"affine", "weights.safetensors", func(s string) string { return strings.Replace(s, `"a/1"`, `"b/1"`, 1) }, "damaged or belongs to another model"},
		{"plan", "model.json", func(s string) string { return strings.Replace(s, `"plan"`, `"affine"`, 1) }, "maps"},
		{"mean-nearest", "model.json", func(s string) string { return strings.Replace(s, `"dose":0`, `"dose":"zero"`, 1) }, "wants a number"},
		{"additive", "model.json", func(s string) string { return strings.Replace(s, `"center"`, `"centre"`, 1) }, "do not fit"},
		{"additive", "model.json", func(s string) string { return strings.Replace(s, `"main"`, `"men"`, 1) }, "do not fit"},
	} {
		folder := save(c.method)
		path := filepath.Join(folder, c.file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		compact := c.damage(string(text))
		if compact == string(text) {
			compact = c.damage(strings.NewReplacer(": ", ":", ", ", ",").Replace(string(text)))
		}
		if err := os.WriteFile(path, []byte(compact), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := baselines.Load(folder, ""); err == nil || !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), folder) {
			t.Errorf("%s, %s damaged: %v; want an error with %q and the folder", c.method, c.file, err, c.say)
		}
	}
	if _, err := baselines.Load(filepath.Join(t.TempDir(), "absent"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent folder: %v", err)
	}
}

// A model of no baseline is told apart from one that is damaged.
func TestLoadOtherMethod(t *testing.T) {
	folder := t.TempDir()
	text := `{"version": 1, "method": "condot", "features": ["x"], "schema": {"variables": null}, "conditions": [{}]}`
	if err := os.WriteFile(filepath.Join(folder, "model.json"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := baselines.Load(folder, ""); err == nil || !strings.Contains(err.Error(), `method "condot", which is no baseline`) {
		t.Errorf("Load: %v", err)
	}
}
