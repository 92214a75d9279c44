package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
)

// HoldOut returns the task with the training conditions that match one of the
// patterns moved to HeldOut and the schema fitted on those that stay. Pairs
// share their clouds with t. A pattern that matches no condition, and patterns
// that leave nothing to train on, are errors. Test pairs of held-out conditions
// are left out.
func (t *Task) HoldOut(patterns ...string) (*Task, error) {
	out := map[string]bool{}
	for _, text := range patterns {
		pattern, err := t.Schema.ParsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("datasets: hold-out %q: %w", text, err)
		}
		found := false
		for _, p := range slices.Concat(t.Train, t.HeldOut) {
			if pattern.Matches(p.Condition) {
				out[t.Schema.Key(p.Condition)] = true
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("datasets: hold-out %q is no condition of the task (%s)", text, spell.Suggest(text, t.formats()))
		}
	}
	return t.holdOutKeys(out)
}

func (t *Task) formats() []string {
	var texts []string
	for _, p := range t.Train {
		texts = append(texts, t.Schema.Format(p.Condition))
	}
	return texts
}

// holdOutKeys moves training pairs by key.
func (t *Task) holdOutKeys(out map[string]bool) (*Task, error) {
	result := &Task{Name: t.Name, Features: t.Features, Schema: t.Schema, HeldOut: slices.Clone(t.HeldOut)}
	for _, p := range t.Train {
		if out[t.Schema.Key(p.Condition)] {
			result.HeldOut = append(result.HeldOut, p)
		} else {
			result.Train = append(result.Train, p)
		}
	}
	for _, p := range t.Test {
		if !out[t.Schema.Key(p.Condition)] {
			result.Test = append(result.Test, p)
		}
	}
	if len(result.Train) == 0 {
		return nil, fmt.Errorf("datasets: holding out all %d conditions leaves none to train on", len(t.Train))
	}
	slices.SortStableFunc(result.HeldOut, func(a, b Pair) int { return t.Schema.Compare(a.Condition, b.Condition) })
	if err := result.Schema.Fit(Conditions(result.Train)); err != nil {
		return nil, err
	}
	return result, nil
}

// Folds cuts the training conditions into k parts at random and returns k
// tasks: in each, one part is held out and the schema is fitted on the rest.
// Sizes of the parts differ by at most one. k = number of conditions leaves
// one out at a time. eligible says which conditions may be held out, the
// others being trained on in every task (single actions that combinations need,
// say); nil means all. t.HeldOut and t.Test are not in the folds.
//
// Coordinates in the schema are kept as they are: a mode-of-action embedding
// that was computed from held-out clouds must be computed anew for each fold.
func (t *Task) Folds(k int, source rand.Source, eligible func(condition.Value) bool) ([]*Task, error) {
	var keys []string
	for _, p := range t.Train {
		if key := t.Schema.Key(p.Condition); (eligible == nil || eligible(p.Condition)) && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if k < 1 || k > len(keys) || k == 1 && len(keys) == len(t.Train) {
		return nil, fmt.Errorf("datasets: %d folds over %d conditions that may be held out; 2 to %d are possible", k, len(keys), len(keys))
	}
	slices.Sort(keys)
	rand.New(source).Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	folds := make([]*Task, k)
	base := &Task{Name: t.Name, Features: t.Features, Schema: t.Schema, Train: t.Train}
	for f := range folds {
		out := map[string]bool{}
		for i := f; i < len(keys); i += k {
			out[keys[i]] = true
		}
		var err error
		if folds[f], err = base.holdOutKeys(out); err != nil {
			return nil, err
		}
	}
	return folds, nil
}

// SplitRows sets a share of the rows of every training condition aside, at
// random: Train keeps the others, Test has the same conditions with the rows
// set aside. Source clouds are split likewise, each once, so that pairs that
// share one still do; HeldOut pairs keep all their target rows, and have the
// source rows that were set aside where their source is split. share is
// between 0 and 1; a cloud that would keep or give fewer than two rows is an error.
func (t *Task) SplitRows(share float64, source rand.Source) (*Task, error) {
	if !(share > 0 && share < 1) {
		return nil, fmt.Errorf("datasets: %g of the rows cannot be set aside; the share is between 0 and 1, such as 0.2", share)
	}
	r := rand.New(source)
	result := &Task{Name: t.Name, Features: t.Features, Schema: t.Schema}
	sources := map[cloud]cut{}
	for _, p := range t.Train {
		key := t.Schema.Key(p.Condition)
		from := cloud{p.Source, p.SparseSource}
		s, done := sources[from]
		var err error
		if !done {
			if s, err = from.cut(share, r); err != nil {
				return nil, fmt.Errorf("datasets: source of condition %s: %w", key, err)
			}
			sources[from] = s
		}
		target, err := cloud{p.Target, p.SparseTarget}.cut(share, r)
		if err != nil {
			return nil, fmt.Errorf("datasets: target of condition %s: %w", key, err)
		}
		result.Train = append(result.Train, Pair{p.Condition, s.train.dense, target.train.dense, s.train.sparse, target.train.sparse,
			chosenOf(p.SourceWeights, s.trainRows), chosenOf(p.TargetWeights, target.trainRows)})
		result.Test = append(result.Test, Pair{p.Condition, s.test.dense, target.test.dense, s.test.sparse, target.test.sparse,
			chosenOf(p.SourceWeights, s.testRows), chosenOf(p.TargetWeights, target.testRows)})
	}
	for _, p := range t.HeldOut {
		if s, isCut := sources[cloud{p.Source, p.SparseSource}]; isCut {
			p.Source, p.SparseSource, p.SourceWeights = s.test.dense, s.test.sparse, chosenOf(p.SourceWeights, s.testRows)
		}
		result.HeldOut = append(result.HeldOut, p)
	}
	return result, nil
}

// cloud is one of a pair's: dense or sparse.
type cloud struct {
	dense  *mat.Dense
	sparse *sparse.CSR
}

// cut is a cloud cut in two by rows.
type cut struct {
	train, test         cloud
	trainRows, testRows []int
}

// cut sets a share of a cloud's rows aside; both parts keep the order of the rows.
func (x cloud) cut(share float64, r *rand.Rand) (c cut, err error) {
	n, _ := (&Pair{Source: x.dense, SparseSource: x.sparse}).Sizes()
	test := int(math.Round(share * float64(n)))
	if test < 2 || n-test < 2 {
		return cut{}, fmt.Errorf("setting %g of %d rows aside gives %d and %d; each part needs two or more", share, n, n-test, test)
	}
	order := r.Perm(n)
	c = cut{testRows: order[:test], trainRows: order[test:]}
	slices.Sort(c.testRows)
	slices.Sort(c.trainRows)
	if x.sparse == nil {
		c.train.dense, c.test.dense = rowsOf(x.dense, c.trainRows), rowsOf(x.dense, c.testRows)
		return c, nil
	}
	if c.train.sparse, err = x.sparse.SelectRows(c.trainRows); err == nil {
		c.test.sparse, err = x.sparse.SelectRows(c.testRows)
	}
	return c, err
}

// rowsOf copies some rows of a cloud.
func rowsOf(cloud *mat.Dense, rows []int) *mat.Dense {
	_, d := cloud.Dims()
	x := mat.NewDense(len(rows), d, nil)
	for i, row := range rows {
		x.SetRow(i, cloud.RawRowView(row))
	}
	return x
}
