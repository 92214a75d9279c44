package experiments

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/singlecell"
)

// closedCombinations is an experiment that takes no time: no network is trained.
func closedCombinations() CombinationOptions {
	return CombinationOptions{Quick: true, Methods: []string{"ridge", "additive", "mean", "identity"}, Backend: "go"}
}

// TestCombination runs the rivals of closed form on the simulated screen: every split asks what it holds out, unknown actions
// have no answer where a method knows none, and what is added up beats what does nothing.
func TestCombination(t *testing.T) {
	r, err := Combination(context.Background(), closedCombinations())
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]map[string]bool{}
	for _, row := range r.Table {
		if row.Setting == HeldOut && row.Method == "identity" && row.Metric.Name == energyDistance {
			if held[row.Data] == nil {
				held[row.Data] = map[string]bool{}
			}
			held[row.Data][row.Condition] = true
		}
	}
	for data, n := range map[string]int{"generator, 8/4": 4, "generator, 0/12": 12, "generator, unknown actions": 3} {
		if len(held[data]) != n {
			t.Errorf("%s: %d conditions are asked, want %d", data, len(held[data]), n)
		}
		for condition := range held[data] {
			if pair := strings.Contains(condition, "+"); pair == (n == 3) {
				t.Errorf("%s asks %s", data, condition)
			}
		}
		additive, identity := r.summary(data, "additive", HeldOut, "", energyDistance), r.summary(data, "identity", HeldOut, "", energyDistance)
		if n == 3 && additive.N != 0 {
			t.Error("the additive rival answers for unknown actions")
		}
		if n != 3 && !(additive.Mean < identity.Mean) {
			t.Errorf("%s: E-distance %g of the additive rival, %g of none", data, additive.Mean, identity.Mean)
		}
		if ceiling := r.summary(data, observed, HeldOut, "", energyDistance); !(ceiling.Mean < identity.Mean/2) {
			t.Errorf("%s: E-distance %g of two halves of the observed cells, %g of the source", data, ceiling.Mean, identity.Mean)
		}
	}
	for _, name := range []string{"splits", "measured", "plane-generator-8-4"} {
		if !slices.ContainsFunc(r.Drawings, func(d Drawing) bool { return d.Name == name }) {
			t.Errorf("there is no figure %s", name)
		}
	}
	if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "10 principal components of 800 genes explain") }) {
		t.Errorf("the notes say nothing of explained variance: %q", r.Notes)
	}
}

// TestCombinationNoLeak: no cell of a held-out condition fixes genes or projection, and halves of a held-out condition have no cell in common.
func TestCombinationNoLeak(t *testing.T) {
	e := &combination{screen: &screen{result: &Result{}, teller: newTeller(nil), methods: combinationMethods[4:], portraits: map[string]*portrait{}}, o: closedCombinations()}
	var err error
	if e.o, err = e.o.withDefaults(true); err != nil {
		t.Fatal(err)
	}
	if err := e.prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, tr := range e.trials {
		rows := tr.trainingRows()
		for _, c := range tr.heldOut {
			for _, i := range slices.Concat(tr.train[c], tr.test[c]) {
				if slices.Contains(rows, i) {
					t.Fatalf("%s: cell %d of %s is trained on", tr.label(), i, tr.key(c))
				}
			}
			for _, i := range tr.test[c] {
				if slices.Contains(tr.train[c], i) {
					t.Errorf("%s: cell %d is in both halves", tr.label(), i)
				}
			}
			for _, p := range tr.task.Train {
				if tr.task.Schema.Key(p.Condition) == tr.schema.Key(tr.conditions[c].value) {
					t.Errorf("%s is in the task", tr.key(c))
				}
			}
		}
	}
}

// TestCombinationOfNorman: the part of the measured screen that ships, its five pairs of known actions held out.
func TestCombinationOfNorman(t *testing.T) {
	o := closedCombinations()
	o.Norman, o.Splits = true, []int{0}
	r, err := Combination(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	pairs := r.values("norman, 0/5", "additive", HeldOut, energyDistance)
	if len(pairs) != 5 || !slices.Contains(sortedKeys(pairs), "condition=KLF1+MAP2K6") {
		t.Errorf("held out: %v", sortedKeys(pairs))
	}
	unknown := r.values("norman, unknown actions", "mean", HeldOut, energyDistance)
	if len(unknown) != 4 || !slices.Contains(sortedKeys(unknown), "condition=MAP2K6") {
		t.Errorf("unknown: %v", sortedKeys(unknown))
	}
	if !slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "of 10 pairs an action is not measured alone") }) {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func TestCombinationRefuses(t *testing.T) {
	for _, c := range []struct {
		change func(o *CombinationOptions)
		says   string
	}{
		{func(o *CombinationOptions) { o.Steps = -1 }, "none is negative"},
		{func(o *CombinationOptions) { o.Methods = []string{"aditive"} }, "nearest: additive"},
		{func(o *CombinationOptions) { o.Projections = []string{"umap"} }, "pca and autoencoder"},
		{func(o *CombinationOptions) { o.Splits = []int{12} }, "of 12 pairs"},
		{func(o *CombinationOptions) { o.Unknown = []string{"act1"} }, "nearest: act0"},
		{func(o *CombinationOptions) {
			o.Unknown = []string{"act01", "act02", "act03", "act04", "act05", "act06", "act07"}
		}, "two are needed"},
		{func(o *CombinationOptions) { o.Norman, o.Screen = true, &singlecell.Screen{} }, "one of the two"},
	} {
		o := closedCombinations()
		c.change(&o)
		if _, err := Combination(context.Background(), o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("the error is %v, without %q", err, c.says)
		}
	}
}

// TestCombinationGoesOn from what an interrupted run kept, to the same table.
func TestCombinationGoesOn(t *testing.T) {
	o := closedCombinations()
	o.Splits, o.Methods = []int{8}, []string{"additive", "identity"}
	folder, models := filepath.Join(t.TempDir(), "checkpoint"), t.TempDir()
	goesOn(t, folder, func(ctx context.Context, checkpoint string, resume bool, progress func(Progress)) (*Result, error) {
		o := o
		o.Checkpoint, o.Resume, o.Progress = checkpoint, resume, progress
		if resume {
			o.Models = models
		}
		return Combination(ctx, o)
	})
	o.Checkpoint, o.Resume = folder, true
	o.Seed = 1
	if _, err := Combination(context.Background(), o); err == nil || !strings.Contains(err.Error(), "other data, settings") {
		t.Errorf("checkpoints of another seed are taken: %v", err)
	}
}

// TestCombinationTrains networks, a step of each, on a tiny screen, and keeps them and their log.
func TestCombinationTrains(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles networks")
	}
	o := CombinationOptions{Quick: true, Steps: 1, Splits: []int{8}, Methods: []string{multiHot, deepSet}, Models: t.TempDir()}
	r, err := Combination(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for data, answers := range map[string]map[string]bool{"generator, 8/4": {multiHot: true, deepSet: true}, "generator, unknown actions": {deepSet: true}} {
		for _, key := range o.Methods {
			if got := len(r.values(data, key, HeldOut, energyDistance)) > 0; got != answers[key] {
				t.Errorf("%s: %s has answers: %v", data, key, got)
			}
		}
	}
	saved, err := filepath.Glob(filepath.Join(o.Models, "*", "*", "model.json"))
	if err != nil || len(saved) != 3 || len(r.Log) < 3 {
		t.Errorf("models %q, %d lines of the log (%v)", saved, len(r.Log), err)
	}
}
