package baselines

import (
	"context"

	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// Shift moves every point by the difference of the target's and the source's
// mean, the best of all shifts. Pooled, that is the mean of the training
// conditions' shifts, each condition counting the same: the training-mean
// baseline of perturbation benchmarks.
type Shift struct {
	family[shift]
}

// shift is x ↦ x + δ.
type shift []float64

func (s shift) carry(x *mat.Dense) (*mat.Dense, error) {
	y := mat.DenseCopyOf(x)
	for i := range y.RawMatrix().Rows {
		row := y.RawRowView(i)
		for k, v := range s {
			row[k] += v
		}
	}
	return y, nil
}

// FitShift measures the shift of each training condition, or of all together.
func FitShift(_ context.Context, task *datasets.Task, reach Reach) (*Shift, error) {
	f, err := newFamily[shift]("mean", task, reach)
	if err != nil {
		return nil, err
	}
	sources, targets, err := endsOf(task, reach)
	if err != nil {
		return nil, err
	}
	shifts, err := differences(sources, targets)
	if err != nil {
		return nil, err
	}
	for _, s := range shifts {
		f.maps = append(f.maps, s)
	}
	return &Shift{f}, nil
}
