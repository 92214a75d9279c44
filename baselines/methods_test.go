package baselines_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/datasets"
)

func TestNames(t *testing.T) {
	names := baselines.Names()
	for _, want := range []string{"identity", "mean", "additive", "affine", "affine-pooled", "affine-per-condition", "nearest", "plan", "quantile"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is no method: %q", want, names)
		}
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(names))); len(sorted) != len(names) {
		t.Errorf("a name stands twice in %q", names)
	}
	for _, m := range baselines.Methods() {
		if m.Description == "" || strings.Contains(m.Description, "\n") {
			t.Errorf("%s is described as %q", m.Name, m.Description)
		}
	}
}

// A map's own name is the one it was asked for by.
func TestFitNamesItsMap(t *testing.T) {
	task := lineTask(t)
	for _, m := range baselines.Methods() {
		if m.Trains {
			continue
		}
		if got := fit(t, m.Name, task).Trained().Method; got != m.Name {
			t.Errorf("Fit(%s) made a %s", m.Name, got)
		}
	}
}

func TestFitRefuses(t *testing.T) {
	ctx := context.Background()
	if _, err := baselines.Fit(ctx, "afine", lineTask(t), baselines.Options{}); err == nil || !strings.Contains(err.Error(), "nearest: affine") {
		t.Errorf("an unknown method: %v", err)
	}
	if _, err := baselines.FitShift(ctx, lineTask(t), "pool"); err == nil || !strings.Contains(err.Error(), "nearest: pooled") {
		t.Errorf("an unknown reach: %v", err)
	}
	for _, name := range baselines.Names() {
		m, err := baselines.Fit(ctx, name, &datasets.Task{Name: "empty"}, baselines.Options{})
		if err == nil || m != nil || !strings.Contains(err.Error(), "no training pairs") {
			t.Errorf("%s of an empty task: %v, %v", name, m, err)
		}
	}
}
