package condot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/modelfolder"
	"gonum.org/v1/gonum/mat"
)

// savable are models whose encoders are all different: a bare number, a positional one with
// the quadratic bank of the Gaussian start, one-hot with a number, a multi-hot set, a deep
// set, the paper's bank behind one, coordinates of actions, no condition at all.
func savable(t testing.TB) map[string]*datasets.Task {
	vectors := setTask(t, "actions:set")
	vectors.Schema.Variables[0].Vectors = map[string][]float64{"a": {1, 0}, "b": {0, 1}, "c": {-1, .5}, "d": {.2, .2}, "new": {.5, .5}}
	check(t, vectors.Schema.Fit(datasets.Conditions(vectors.Train)))
	dose := known(t, synthetic.Dose, 2).Task
	return map[string]*datasets.Task{"number": dose, "gaussian": dose, "mix": known(t, synthetic.Mix, 2).Task, "multi-hot": setTask(t, "actions:set"),
		"deep set": setTask(t, "actions:set"), "bank": setTask(t, "actions:set"), "vectors": vectors, "plain": plain(dose.Train[0].Source, dose.Train[1].Target)}
}

func savableOptions(name string) Options {
	o := tiny()
	o.Backend = "go" // which compiles in no time
	switch name {
	case "gaussian":
		o.Init, o.Encoding.Scale, o.Architecture.Quadratic = GaussianInit, 10, FullQuadratic
	case "deep set":
		o.Encoding.Combinator = DeepSet
	case "bank":
		o.Encoding.Combinator, o.Architecture.Quadratic, o.Init = DeepSet, BankQuadratic, GaussianInit
	}
	return o
}

// TestSaveAndLoad: a loaded model is the saved one, to the bit, and knows as much.
func TestSaveAndLoad(t *testing.T) {
	for name, task := range savable(t) {
		m, _ := unbegun(t, task, savableOptions(name))
		m.Refined, m.Space = name != "mix", "a space"
		m.Report = &Report{Steps: 3, LossNames: []string{"g", "f"}, Warnings: []string{"a doubt"}}
		m.Certificates = []Certificate{{Condition: task.Train[0].Condition, Space: "a space", Lower: Bound{Value: 1.25, StandardError: .5, SourcePoints: 8, TargetPoints: 9}, Slack: 1e-300}}
		dir := filepath.Join(t.TempDir(), "model")
		check(t, m.Save(dir))
		back, err := Load(dir, "go")
		check(t, err)
		for what, pair := range map[string][2]any{
			"features": {back.Features, m.Features}, "space": {back.Space, m.Space}, "options": {back.Options, m.Options}, "conditions": {back.Conditions, m.Conditions},
			"refined": {back.Refined, m.Refined}, "report": {back.Report, m.Report}, "certificates": {back.Certificates, m.Certificates}, "schema": {back.Schema(), m.Schema()},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("%s: %s were %+v, are %+v", name, what, pair[1], pair[0])
			}
		}
		asked := task.Train[len(task.Train)-1].Condition
		switch name {
		case "deep set", "bank": // longer than any set of training: the slots must be as many as then
			asked = condition.Value{{Labels: []string{"a", "b", "c"}}}
		case "vectors":
			asked = condition.Value{{Labels: []string{"a", "new"}}}
		}
		sameMaps(t, name, m, back, task.Train[0].Source, asked)
	}
}

func sameMaps(t *testing.T, name string, a, b *Model, x *mat.Dense, c condition.Value) {
	t.Helper()
	for what, maps := range map[string][2]func(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error){
		"Transport": {a.Transport, b.Transport}, "Inverse": {a.Inverse, b.Inverse}, "Gradient": {a.Gradient, b.Gradient}} {
		want, err := maps[0](nil, x, c)
		check(t, err)
		got, err := maps[1](nil, x, c)
		check(t, err)
		if !mat.Equal(got, want) {
			t.Errorf("%s: %s differs under %v", name, what, c)
		}
	}
}

// TestSaveReplaces a model, and nothing but a model; nothing temporary is left.
func TestSaveReplaces(t *testing.T) {
	task := known(t, synthetic.Dose, 2).Task
	m, _ := unbegun(t, task, tiny())
	parent := t.TempDir()
	dir := filepath.Join(parent, "model")
	check(t, os.Mkdir(dir, 0o755)) // an empty folder may become a model
	check(t, m.Save(dir+"/"))
	o := tiny()
	o.Seed = 9
	other, _ := unbegun(t, task, o)
	check(t, other.Save(dir))
	back, err := Load(dir, "")
	check(t, err)
	sameMaps(t, "replaced", other, back, task.Train[0].Source, task.Train[0].Condition)
	check(t, os.WriteFile(filepath.Join(dir, "thesis.txt"), []byte("do not lose me"), 0o644))
	if err := m.Save(dir); err == nil || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("a folder with other files: %v", err)
	}
	if err := m.Save(filepath.Join(dir, "thesis.txt")); err == nil {
		t.Error("a file was replaced by a model")
	}
	if err := m.Save(filepath.Join(parent, "nowhere", "model")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	left, err := os.ReadDir(parent)
	check(t, err)
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// TestSaveToReadOnly: what cannot be written is an error and leaves nothing.
func TestSaveToReadOnly(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	m, _ := unbegun(t, known(t, synthetic.Dose, 2).Task, tiny())
	dir := t.TempDir()
	check(t, os.Chmod(dir, 0o555))
	if err := m.Save(filepath.Join(dir, "model")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("saved with %v", err)
	}
}

// TestLoadDamaged cuts and changes a saved model in every way that a disk, a copy or an editor
// might; each must be an error that says where.
func TestLoadDamaged(t *testing.T) {
	m, _ := unbegun(t, known(t, synthetic.Dose, 2).Task, tiny())
	good := filepath.Join(t.TempDir(), "good")
	check(t, m.Save(good))
	description, err := os.ReadFile(filepath.Join(good, modelfolder.Description))
	check(t, err)
	weights, err := os.ReadFile(filepath.Join(good, modelfolder.Weights))
	check(t, err)
	try := func(what, wanted string, description, weights []byte) {
		t.Helper()
		dir := t.TempDir()
		if description != nil {
			check(t, os.WriteFile(filepath.Join(dir, modelfolder.Description), description, 0o644))
		}
		if weights != nil {
			check(t, os.WriteFile(filepath.Join(dir, modelfolder.Weights), weights, 0o644))
		}
		m, err := Load(dir, "")
		if err == nil || m != nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%s: error %v, want one with %q and no model", what, err, wanted)
		}
	}
	try("no description", modelfolder.Description, nil, weights)
	try("no weights", modelfolder.Weights, description, nil)
	text := bytes.TrimSpace(description)
	for n := 0; n < len(text); n += 1 + len(text)/97 {
		try("a cut description", "cut short or damaged", text[:n], weights)
	}
	try("a description cut by its last byte", "cut short or damaged", text[:len(text)-1], weights)
	for _, n := range []int{0, 1, 7, 8, 9, 100, len(weights) / 2, len(weights) - 4, len(weights) - 1} {
		try("cut weights", modelfolder.Weights, description, weights[:n])
	}
	flipped := bytes.Clone(weights)
	flipped[len(flipped)-3] ^= 1
	try("a flipped bit", "damaged or belongs to another model", description, flipped)
	o := tiny()
	o.Seed = 5
	other, _ := unbegun(t, known(t, synthetic.Dose, 2).Task, o)
	check(t, other.Save(filepath.Join(good, "..", "other")))
	otherWeights, err := os.ReadFile(filepath.Join(good, "..", "other", modelfolder.Weights))
	check(t, err)
	try("another model's weights", "damaged or belongs to another model", description, otherWeights)
	if _, err := Load(filepath.Join(good, "nowhere"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	for _, c := range []struct{ key, value, wanted string }{
		{"method", `"ncmt"`, `method "ncmt"`},
		{"version", `1`, "version 1; this program reads version 2"},
		{"features", `[]`, "no features"},
		{"features", `["x0"]`, "2 means for 1 features"},
		{"normalisation", `{"mean":[0,0],"scale":0}`, "scale"},
		{"normalisation", `{"mean":[0,0],"scale":-1}`, "scale"},
		{"conditions", `[]`, "no conditions"},
		{"conditions", `[{"dosis":1}]`, "dosis"},
		{"conditions", `[{"dose":"high"}]`, "dose"},
		{"options.Init", `"random"`, `unknown init "random"`},
		{"options.Objective", `"triple"`, `unknown objective "triple"`},
		{"options.Architecture.Activation", `"tanh"`, `unknown activation "tanh"`},
		{"options.Architecture.Quadratic", `"cubic"`, `unknown quadratic "cubic"`},
		{"options.Architecture.NonNegativity", `"hope"`, `unknown non-negativity "hope"`},
		{"options.Architecture.Modulator", `"loud"`, `unknown modulator "loud"`},
		{"options.Preset", `"strict"`, `unknown preset "strict"`},
		{"options.Architecture.Layers", `0`, "layers is 0"},
		{"options.Architecture.Layers", `3`, "shape"},
		{"options.Architecture.Width", `-8`, "width is -8"},
		{"options.Architecture.Width", `9`, "shape"},
		{"options.Architecture.Widht", `9`, "Widht"},
		{"options.Encoding.Combinator", `"soup"`, `unknown combinator "soup"`},
		{"options.Encoding.Hidden", `65537`, "hidden is 65537"},
		{"schema.variables", `[{"name":"dose","kind":"discontinuous"}]`, "discontinuous"},
		{"schema.variables", `[{"name":"dose","kind":"continuous","min":2,"max":1}]`, "range"},
		{"surprise", `1`, "surprise"},
		{"weights_sha256", `"00"`, "SHA-256"},
	} {
		try(c.key+"="+c.value, c.wanted, edited(t, description, c.key, c.value), weights)
	}
}

// edited sets one value of a JSON object, by the names on the way to it.
func edited(t *testing.T, text []byte, path, value string) []byte {
	t.Helper()
	var top map[string]any
	check(t, json.Unmarshal(text, &top))
	names, at := strings.Split(path, "."), top
	for _, name := range names[:len(names)-1] {
		at = at[name].(map[string]any)
	}
	at[names[len(names)-1]] = json.RawMessage(value)
	out, err := json.Marshal(top)
	check(t, err)
	return out
}

// TestLoadNeedsItsBackend: what computes is asked for by name, and its absence is an error.
func TestLoadNeedsItsBackend(t *testing.T) {
	m, _ := unbegun(t, known(t, synthetic.Dose, 2).Task, tiny())
	dir := filepath.Join(t.TempDir(), "model")
	check(t, m.Save(dir))
	if m, err := Load(dir, "xla:abacus"); err == nil || m != nil {
		t.Errorf("loaded onto a backend that does not exist: %v", err)
	}
	if _, err := Load(dir, "go"); err != nil {
		t.Error(err)
	}
}

// TestTrainedModelSaves: what Fit returns, with its report, comes back.
func TestTrainedModelSaves(t *testing.T) {
	task := known(t, synthetic.Dose, 2).Task
	m, report, err := Fit(context.Background(), task, tiny())
	check(t, err)
	dir := filepath.Join(t.TempDir(), "model")
	check(t, m.Save(dir))
	back, err := Load(dir, "")
	check(t, err)
	sameMaps(t, "trained", m, back, task.Train[0].Source, task.Train[2].Condition)
	if back.Report.Steps != report.Steps || back.Report.Reason != report.Reason || len(back.Report.Validation) != len(report.Validation) || len(back.Report.Losses) != 1 {
		t.Errorf("the report came back as %+v", back.Report)
	}
}
