package datasets

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// numbered is a task of n doses with clouds of m points, sharing one source of s.
func numbered(t *testing.T, n, m, s int) *Task {
	t.Helper()
	task := &Task{Features: []string{"x"}, Schema: condition.Schema{Variables: variables(t, "dose:continuous")}}
	source := mat.NewDense(s, 1, nil)
	weights := make([]float64, s)
	for i := range s {
		source.Set(i, 0, float64(i))
		weights[i] = float64(i) + 0.5
	}
	for c := range n {
		target := mat.NewDense(m, 1, nil)
		for i := range m {
			target.Set(i, 0, float64(1000*c+i))
		}
		task.Train = append(task.Train, Pair{Condition: condition.Value{{Number: float64(c)}}, Source: source, SourceWeights: weights, Target: target})
	}
	if err := task.Schema.Fit(Conditions(task.Train)); err != nil {
		t.Fatal(err)
	}
	return task
}

func TestHoldOut(t *testing.T) {
	task := numbered(t, 5, 2, 2)
	got, err := task.HoldOut("dose=4", "0")
	if err != nil {
		t.Fatal(err)
	}
	if keys := keysOf(got, got.HeldOut); !slices.Equal(keys, []string{"0", "4"}) {
		t.Errorf("held out %v", keys)
	}
	if v := got.Schema.Variables[0]; v.Min != 1 || v.Max != 3 || task.Schema.Variables[0].Max != 4 || len(task.Train) != 5 {
		t.Errorf("schemas %+v and %+v", v, task.Schema.Variables[0])
	}
	again, err := got.HoldOut("dose=2")
	if err != nil || !slices.Equal(keysOf(again, again.HeldOut), []string{"0", "2", "4"}) {
		t.Errorf("%v, %v", again, err)
	}
}

func keysOf(t *Task, pairs []Pair) []string {
	var keys []string
	for _, p := range pairs {
		keys = append(keys, t.Schema.Key(p.Condition))
	}
	return keys
}

func TestFolds(t *testing.T) {
	task := numbered(t, 11, 2, 2)
	folds, err := task.Folds(4, rand.NewPCG(5, 6), nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range folds {
		if n := len(f.HeldOut); n != 2 && n != 3 || n+len(f.Train) != 11 {
			t.Errorf("a fold of %d and %d", n, len(f.Train))
		}
		if err := f.Validate(); err != nil {
			t.Error(err)
		}
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, p := range f.Train {
			lo, hi = min(lo, p.Condition[0].Number), max(hi, p.Condition[0].Number)
		}
		if v := f.Schema.Variables[0]; v.Min != lo || v.Max != hi {
			t.Errorf("schema of [%g, %g] for training doses in [%g, %g]", v.Min, v.Max, lo, hi)
		}
		all = append(all, keysOf(f, f.HeldOut)...)
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != 11 {
		t.Errorf("held out over all folds: %v", all)
	}
	same, _ := task.Folds(4, rand.NewPCG(5, 6), nil)
	other, _ := task.Folds(4, rand.NewPCG(7, 8), nil)
	differs := false
	for i := range folds {
		if !slices.Equal(keysOf(folds[i], folds[i].HeldOut), keysOf(same[i], same[i].HeldOut)) {
			t.Error("one seed made two partitions")
		}
		differs = differs || !slices.Equal(keysOf(folds[i], folds[i].HeldOut), keysOf(other[i], other[i].HeldOut))
	}
	if !differs {
		t.Error("two seeds made one partition")
	}
	for _, k := range []int{0, 1, 12, -1} {
		if _, err := task.Folds(k, rand.NewPCG(1, 1), nil); err == nil {
			t.Errorf("%d folds of 11 conditions", k)
		}
	}
	even := func(v condition.Value) bool { return math.Mod(v[0].Number, 2) == 0 }
	folds, err = task.Folds(6, rand.NewPCG(1, 1), even)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folds {
		if len(f.HeldOut) != 1 || !even(f.HeldOut[0].Condition) {
			t.Errorf("held out %v", keysOf(f, f.HeldOut))
		}
	}
}

// A+B and B+A, even written as two pairs, stay on one side.
func TestFoldsKeepOrdersOfASetTogether(t *testing.T) {
	task := &Task{Features: []string{"x"}, Schema: condition.Schema{Variables: variables(t, "p:set")}}
	labels := []string{"A", "B", "C", "D"}
	for _, a := range labels {
		for _, b := range labels {
			if a != b {
				task.Train = append(task.Train, Pair{Condition: condition.Value{{Labels: []string{a, b}}}, Source: mat.NewDense(2, 1, nil), Target: mat.NewDense(2, 1, nil)})
			}
		}
	}
	if err := task.Validate(); err == nil || !strings.Contains(err.Error(), "A+B") {
		t.Errorf("A+B beside B+A: %v", err)
	}
	folds, err := task.Folds(3, rand.NewPCG(1, 2), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folds {
		train := keysOf(f, f.Train)
		for _, key := range keysOf(f, f.HeldOut) {
			if slices.Contains(train, key) {
				t.Errorf("%s is on both sides", key)
			}
		}
		if len(f.HeldOut) != 4 || len(f.Train) != 8 {
			t.Errorf("a fold of %d and %d", len(f.HeldOut), len(f.Train))
		}
	}
}

func TestSplitRows(t *testing.T) {
	task, err := numbered(t, 4, 10, 20).HoldOut("dose=3")
	if err != nil {
		t.Fatal(err)
	}
	got, err := task.SplitRows(0.2, rand.NewPCG(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	if len(got.Train) != 3 || len(got.Test) != 3 || len(got.HeldOut) != 1 {
		t.Fatalf("%d, %d, %d pairs", len(got.Train), len(got.Test), len(got.HeldOut))
	}
	for i, p := range got.Train {
		q := got.Test[i]
		if p.Source != got.Train[0].Source || q.Source != got.Test[0].Source {
			t.Error("the shared source is no longer shared")
		}
		checkPartition(t, task.Train[i].Target, p.Target, q.Target, 2)
		checkPartition(t, task.Train[i].Source, p.Source, q.Source, 4)
		for j, w := range p.SourceWeights {
			if w != p.Source.At(j, 0)+0.5 {
				t.Errorf("weight %g went with point %g", w, p.Source.At(j, 0))
			}
		}
		if len(q.SourceWeights) != 4 || p.TargetWeights != nil {
			t.Errorf("weights %v, %v", q.SourceWeights, p.TargetWeights)
		}
	}
	h := got.HeldOut[0]
	if h.Source != got.Test[0].Source || h.Target != task.HeldOut[0].Target || len(h.SourceWeights) != 4 {
		t.Error("a held-out pair has not the source rows set aside")
	}
	again, _ := task.SplitRows(0.2, rand.NewPCG(1, 2))
	if !mat.Equal(again.Test[2].Target, got.Test[2].Target) {
		t.Error("one seed made two splits")
	}
	other, _ := task.SplitRows(0.2, rand.NewPCG(1, 3))
	if mat.Equal(other.Test[0].Source, got.Test[0].Source) {
		t.Error("two seeds made one split")
	}
	for _, share := range []float64{0, 1, -0.1, 0.05, 0.95, math.NaN()} {
		if _, err := task.SplitRows(share, rand.NewPCG(1, 2)); err == nil {
			t.Errorf("a share of %g was set aside", share)
		}
	}
}

// checkPartition holds if a and b together have the points of whole, once, and b has n.
func checkPartition(t *testing.T, whole, a, b *mat.Dense, n int) {
	t.Helper()
	if len(b.RawMatrix().Data) != n {
		t.Errorf("%d rows set aside, want %d", len(b.RawMatrix().Data), n)
	}
	all := slices.Concat(a.RawMatrix().Data, b.RawMatrix().Data)
	slices.Sort(all)
	if !slices.Equal(all, whole.RawMatrix().Data) {
		t.Errorf("the parts hold %v", all)
	}
}
