package singlecell

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// paperTask has 91 singles, a01 to a91, and 84 pairs of them, each spelled both
// ways in the table: half of a pair's cells are B+A.
func paperTask(t *testing.T) *datasets.Task {
	t.Helper()
	names := []string{"ctrl", "control"}
	label := func(i int) string { return string(rune('a'+i/10)) + string(rune('0'+i%10)) }
	for i := range 91 {
		names = append(names, label(i), label(i)+"+ctrl")
	}
	for k := range 84 {
		a, b := label(k), label((k+5)%91)
		names = append(names, a+"+"+b, b+"+"+a)
	}
	table := &datasets.Table{Features: []string{"x"}, X: mat.NewDense(len(names), 1, nil), Columns: []datasets.Column{{Name: "condition", Cells: names}}}
	task, _, err := datasets.NewTask(nil, table, datasets.TaskOptions{Variables: []condition.Variable{{Name: "condition", Kind: condition.Set}}})
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// TestPaperSplits: the sizes published, all singles in training, no pair on
// both sides whichever way it is spelled, and nesting.
func TestPaperSplits(t *testing.T) {
	task := paperTask(t)
	if n := len(task.Train); n != 91+84 {
		t.Fatalf("%d conditions: spellings of one were not joined", n)
	}
	want := [][2]int{{56, 28}, {42, 42}, {29, 55}, {16, 68}, {4, 80}, {0, 84}}
	var larger map[string]bool
	for i, size := range SplitSizes(84) {
		split, err := HoldOutCombinations(task, size, rand.NewPCG(7, 0))
		if err != nil {
			t.Fatal(err)
		}
		singles, pairs := 0, map[string]bool{}
		for _, p := range split.Train {
			if len(p.Condition[0].Labels) == 1 {
				singles++
			} else {
				pairs[split.Schema.Key(p.Condition)] = true
			}
		}
		if got := [2]int{len(pairs), len(split.HeldOut)}; singles != 91 || got != want[i] {
			t.Errorf("%d singles and %v pairs, want %v", singles, got, want[i])
		}
		for _, p := range split.HeldOut {
			if pairs[split.Schema.Key(p.Condition)] {
				t.Errorf("%s is on both sides", split.Schema.Key(p.Condition))
			}
		}
		for key := range pairs {
			if larger != nil && !larger[key] {
				t.Errorf("%s is trained on with %d pairs and not with more", key, size)
			}
		}
		larger = pairs
	}
	one, _ := HoldOutCombinations(task, 42, rand.NewPCG(7, 0))
	other, _ := HoldOutCombinations(task, 42, rand.NewPCG(8, 0))
	if slices.Equal(keys(one.HeldOut, one.Schema), keys(other.HeldOut, other.Schema)) {
		t.Error("another seed draws the same pairs")
	}
}

func keys(pairs []datasets.Pair, s condition.Schema) []string {
	var out []string
	for _, p := range pairs {
		out = append(out, s.Key(p.Condition))
	}
	return out
}

func TestSplitSizes(t *testing.T) {
	for n := range 5 {
		for _, size := range SplitSizes(n) {
			if size < 0 || size > max(n-1, 0) {
				t.Errorf("%d of %d combinations to train on", size, n)
			}
		}
	}
	if got := SplitSizes(84); !slices.Equal(got, []int{56, 42, 29, 16, 4, 0}) {
		t.Errorf("of 84: %v", got)
	}
	if got := SplitSizes(21); !slices.Equal(got, []int{14, 11, 7, 4, 1, 0}) { // quarters: 14, 10.5, 7.25, 4, 1, 0
		t.Errorf("of 21: %v", got)
	}
}

// TestCombinationsOfNorman: the five pairs of which both genes are there alone.
func TestCombinationsOfNorman(t *testing.T) {
	task, err := Norman()
	if err != nil {
		t.Fatal(err)
	}
	c, err := FindCombinations(task.Schema, datasets.Conditions(task.Train))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Singles) != 18 || len(c.Whole) != 5 || len(c.Partial) != 10 {
		t.Errorf("%d singles, %d and %d pairs", len(c.Singles), len(c.Whole), len(c.Partial))
	}
	split, err := HoldOutCombinations(task, 0, rand.NewPCG(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"KLF1+MAP2K6", "KLF1+TGFBR2", "MAP2K3+MAP2K6", "MAP2K3+SLC38A2", "MAPK1+TGFBR2"}
	if got := keys(split.HeldOut, split.Schema); !slices.Equal(got, want) {
		t.Errorf("held out %v, want %v", got, want)
	}
	for _, train := range []int{-1, 5} {
		if _, err := HoldOutCombinations(task, train, rand.NewPCG(1, 0)); err == nil || !strings.Contains(err.Error(), "0 to 4") {
			t.Errorf("%d to train on: %v", train, err)
		}
	}
}

// TestCombinationsUnderCovariates: a set of actions is on one side in all cell
// lines; a schema without a set, and with two, is an error.
func TestCombinationsUnderCovariates(t *testing.T) {
	s := condition.Schema{Variables: []condition.Variable{{Name: "line", Kind: condition.Categorical}, {Name: "genes", Kind: condition.Set}}}
	var conditions []condition.Value
	for _, line := range []string{"k562", "a549"} {
		for _, genes := range []string{"a", "b", "c", "a+b", "b+c", "a+c", "a+d"} {
			v, err := s.ParseCells([]string{line, genes})
			if err != nil {
				t.Fatal(err)
			}
			conditions = append(conditions, v)
		}
	}
	c, err := FindCombinations(s, conditions)
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Draw(2, rand.NewPCG(1, 0))
	if err != nil || len(out) != 2 || !slices.Equal(out[0][1].Labels, out[1][1].Labels) || len(c.Partial) != 2 {
		t.Errorf("held out %v, partial %v (%v)", out, c.Partial, err)
	}
	if _, err := FindCombinations(condition.Schema{Variables: s.Variables[:1]}, nil); err == nil {
		t.Error("combinations of a categorical variable")
	}
	if _, err := FindCombinations(condition.Schema{Variables: []condition.Variable{s.Variables[1], s.Variables[1]}}, nil); err == nil {
		t.Error("combinations of two sets")
	}
}
