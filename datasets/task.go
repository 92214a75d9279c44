// Package datasets holds tasks: pairs of clouds under labelled conditions, the
// files they come from and the ways to split them.
package datasets

import (
	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// Pair is a source and a target cloud under one condition. Clouds have points
// in rows and features in columns; the points of the two are not matched.
type Pair struct {
	Condition condition.Value
	// Source and Target clouds, n×d and m×d. Pairs of a task may share one
	// source cloud (the same pointer).
	Source, Target *mat.Dense
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
}

// Dim is the number of features d.
func (t *Task) Dim() int { return len(t.Features) }
