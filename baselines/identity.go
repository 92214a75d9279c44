package baselines

import (
	"context"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// Identity leaves points where they are: the untreated source is its answer to
// any condition. What is no better than this has learnt nothing.
type Identity struct {
	Training
}

// FitIdentity checks the task; there is nothing to fit.
func FitIdentity(_ context.Context, task *datasets.Task) (*Identity, error) {
	t, err := newTraining("identity", task)
	if err != nil {
		return nil, err
	}
	return &Identity{t}, nil
}

// Transport copies x to dst, which may be nil.
func (m *Identity) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	if err := m.checkClouds(dst, x); err != nil {
		return nil, err
	}
	if _, err := m.index(c); err != nil {
		return nil, err
	}
	return into(dst, mat.DenseCopyOf(x)), nil
}

// Check wants a value of the schema's form; any such has an answer.
func (m *Identity) Check(c condition.Value) (warnings []string, err error) {
	_, err = m.index(c)
	return nil, err
}
