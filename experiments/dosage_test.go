package experiments

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets"
)

// TestDosageRefuses what it cannot do, with words of what would be right.
func TestDosageRefuses(t *testing.T) {
	two := shiftTask(120)
	two.Train = two.Train[:2]
	for _, c := range []struct {
		task  *datasets.Task
		folds string
		says  []string
	}{
		{nil, "al", []string{`"al"`, "one, all, none", "dose=1, dose=2, dose=3"}},
		{nil, "dose=7", []string{"no condition", "dose=1, dose=2, dose=3"}},
		{nil, "doze=1", []string{`"doze"`, "nearest: dose"}},
		{nil, "dose=x", []string{`"x"`, "dose=1, dose=2, dose=3"}},
		{nil, "all dose=1", []string{"all stands alone"}},
		{two, "dose=1", []string{"beside it two", "only dose=1, dose=2"}},
		{shiftTask(3), "all", []string{"the source has 3 cells", "at least 4"}},
	} {
		o := closedForms("", false)
		o.Folds = strings.Fields(c.folds)
		if c.task != nil {
			o.Task = c.task
		}
		_, err := Dosage(context.Background(), o)
		for _, s := range c.says {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("folds %s: the error is %v, without %q", c.folds, err, s)
			}
		}
	}
	o := closedForms("", false)
	o.Methods = []string{"men"}
	if _, err := Dosage(context.Background(), o); err == nil || !strings.Contains(err.Error(), "nearest: mean") {
		t.Errorf("an unknown method: %v", err)
	}
}

// TestDosageOfFew cells cuts them into as many folds as can be, and says where nothing can be held out.
func TestDosageOfFew(t *testing.T) {
	for _, c := range []struct {
		cells, conditions, folds int
		warns                    string
	}{
		{20, 3, 5, ""},
		{7, 3, 3, "7 cells: all are cut into 3 folds instead of 5"},
		{4, 3, 2, "2 folds instead of 5"},
		{20, 2, 5, "there is only dose=1, dose=2"},
	} {
		o := closedForms("", false)
		o.Folds = []string{"all"}
		o.Task = shiftTask(c.cells)
		o.Task.Train = o.Task.Train[:c.conditions]
		r, err := Dosage(context.Background(), o)
		if err != nil {
			t.Errorf("%d cells: %v", c.cells, err)
			continue
		}
		s := r.summary("shift", "mean", InSample, "", mmd)
		if s.N != c.folds {
			t.Errorf("%d cells: a mean over %d folds, want %d", c.cells, s.N, c.folds)
		}
		if got := slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, c.warns) }); c.warns != "" && !got {
			t.Errorf("%d cells: the warnings are %q, without %q", c.cells, r.Warnings, c.warns)
		}
		if held := r.summary("shift", "mean", HeldOut, "", mmd); (held.N > 0) != (c.conditions > 2) {
			t.Errorf("%d conditions: %d folds hold one out", c.conditions, held.N)
		}
	}
}
