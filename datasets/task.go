package datasets

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// Pair is a source and a target cloud under one condition. Clouds have points
// in rows and features in columns; the points of the two are not matched.
type Pair struct {
	Condition condition.Value
	// Source and Target clouds, n×d and m×d. Pairs of a task may share one
	// source cloud (the same pointer).
	Source, Target *mat.Dense
	// SparseSource and SparseTarget stand in their places, which are nil then,
	// where expression is kept sparse: [Task.Dense] copies such clouds.
	SparseSource, SparseTarget *sparse.CSR
	// SourceWeights and TargetWeights of the points, not negative; nil means equal weights.
	SourceWeights, TargetWeights []float64
}

// Task is what a method is trained on and asked: labelled pairs of clouds.
type Task struct {
	Name string
	// Features are the names of the d columns.
	Features []string
	Schema   condition.Schema
	// Train pairs are seen by a method; HeldOut pairs have conditions that it never sees.
	Train, HeldOut []Pair
	// Test pairs have conditions of Train and rows that a method never sees;
	// [Task.SplitRows] makes them.
	Test []Pair
}

// Dim is the number of features d.
func (t *Task) Dim() int { return len(t.Features) }

// Conditions of the pairs, in their order.
func Conditions(pairs []Pair) []condition.Value {
	values := make([]condition.Value, len(pairs))
	for i, p := range pairs {
		values[i] = p.Condition
	}
	return values
}

// Validate says what is wrong with a task: no training pairs, clouds that are
// missing, have fewer than two points, another number of columns than there
// are features or a coordinate that is not finite, weights of the wrong number
// or sign, a condition that stands twice in Train or in both Train and
// HeldOut (B+A is A+B). Sparse clouds are wrong too: [Task.ValidateEither] is for
// those who read them.
func (t *Task) Validate() error {
	if t.Sparse() {
		return fmt.Errorf("datasets: the clouds of task %s are sparse, which condot and ncmt train on: make them dense, or choose or project features", t.Name)
	}
	return t.ValidateEither()
}

// ValidateEither is Validate of a task whose training clouds are all dense or all sparse; of other pairs both clouds
// are one of the two.
func (t *Task) ValidateEither() error {
	if len(t.Train) == 0 {
		return fmt.Errorf("datasets: task %s has no training pairs", t.Name)
	}
	if err := t.Schema.Validate(); err != nil {
		return err
	}
	isSparse := t.Sparse()
	seen := map[string]string{}
	checked := map[mat.Matrix]bool{}
	for _, side := range []struct {
		name  string
		pairs []Pair
	}{{"training", t.Train}, {"held-out", t.HeldOut}, {"test", t.Test}} {
		for _, p := range side.pairs {
			key := t.Schema.Key(p.Condition)
			other, twice := seen[key]
			switch {
			case side.name == "test":
			case twice && other == side.name:
				return fmt.Errorf("datasets: condition %s stands twice among the %s conditions", key, side.name)
			case twice:
				return fmt.Errorf("datasets: condition %s is a %s condition and a %s one", key, side.name, other)
			default:
				seen[key] = side.name
			}
			if err := t.validateCloud(p.Source, p.SparseSource, p.SourceWeights, checked); err != nil {
				return fmt.Errorf("datasets: %s condition %s: source: %w", side.name, key, err)
			}
			if err := t.validateCloud(p.Target, p.SparseTarget, p.TargetWeights, checked); err != nil {
				return fmt.Errorf("datasets: %s condition %s: target: %w", side.name, key, err)
			}
			mixed := (p.SparseSource != nil) != (p.SparseTarget != nil)
			if mixed || side.name == "training" && (p.SparseSource != nil) != isSparse {
				return fmt.Errorf("datasets: %s condition %s: one cloud is dense and another sparse; Task.Dense makes all dense", side.name, key)
			}
		}
	}
	return nil
}

// validateCloud checks a cloud once, and its weights each time.
func (t *Task) validateCloud(dense *mat.Dense, expression *sparse.CSR, weights []float64, checked map[mat.Matrix]bool) error {
	var cloud mat.Matrix
	switch {
	case dense != nil && expression != nil:
		return fmt.Errorf("there is a dense cloud and a sparse one")
	case dense != nil:
		cloud = dense
	case expression != nil:
		cloud = expression // whose entries were checked when it was made
	default:
		return fmt.Errorf("there is no cloud")
	}
	rows, columns := cloud.Dims()
	if err := checkWeights(weights, rows); err != nil {
		return err
	}
	if checked[cloud] {
		return nil
	}
	if rows < 2 {
		return fmt.Errorf("a cloud of %d point; two or more are needed", rows)
	}
	if columns != t.Dim() {
		return fmt.Errorf("a cloud of %d columns for the %d features", columns, t.Dim())
	}
	for i := 0; dense != nil && i < rows; i++ {
		for j, x := range dense.RawRowView(i) {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("point %d, feature %s is %g", i, t.Features[j], x)
			}
		}
	}
	checked[cloud] = true
	return nil
}

// checkWeights of a cloud of n points: none, or n that are finite and not
// negative with a positive sum.
func checkWeights(weights []float64, n int) error {
	if weights == nil {
		return nil
	}
	if len(weights) != n {
		return fmt.Errorf("%d weights for %d points", len(weights), n)
	}
	sum := 0.0
	for i, w := range weights {
		if w < 0 || math.IsNaN(w) || math.IsInf(w, 0) {
			return fmt.Errorf("weight %d is %g; weights are finite and not negative", i, w)
		}
		sum += w
	}
	if sum <= 0 {
		return fmt.Errorf("all weights are zero")
	}
	return nil
}
