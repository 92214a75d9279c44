package ncmt

import (
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// TestSparseClouds: training that makes its batches of sparse clouds ends where
// training on the same clouds with their zeros does.
func TestSparseClouds(t *testing.T) {
	expression := *small(t).Task
	expression.Train = append([]datasets.Pair{}, expression.Train...)
	for j := range expression.Train {
		p := &expression.Train[j]
		var err error
		if p.SparseSource, err = sparse.FromMatrix(p.Source); err == nil {
			p.SparseTarget, err = sparse.FromMatrix(p.Target)
		}
		if err != nil {
			t.Fatal(err)
		}
		p.Source, p.Target = nil, nil
	}
	dense := expression.Dense()
	var moved [2]*mat.Dense
	for k, task := range []*datasets.Task{&expression, dense} {
		m, _, err := Fit(t.Context(), task, tiny())
		if err != nil {
			t.Fatal(err)
		}
		if moved[k], err = m.Transport(nil, dense.Train[0].Source, task.Train[1].Condition); err != nil {
			t.Fatal(err)
		}
	}
	if !mat.EqualApprox(moved[0], moved[1], 1e-4) { // float32, a few steps of Adam
		t.Error("sparse clouds lead to another map")
	}
}
