package sensitivity

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Map are the one-dimensional indices of every output on its own.
type Map struct {
	Inputs, Outputs []string
	// Indices are inputs × outputs: those of [OneD]. Null has the mean null level in the same places.
	Indices, Null *mat.Dense
	Warnings      []string
}

// NewMap estimates the index of every input for every single output, such as one quantity at many times. An output
// that is constant has index 0. The options' method is [OneD] whatever it says; there are no intervals.
func NewMap(ctx context.Context, runs *Runs, o Options) (*Map, error) {
	if err := runs.Check(); err != nil {
		return nil, err
	}
	_, k := runs.Outputs.Dims()
	m := &Map{Indices: mat.NewDense(len(runs.Inputs), k, nil), Null: mat.NewDense(len(runs.Inputs), k, nil)}
	for _, in := range runs.Inputs {
		m.Inputs = append(m.Inputs, in.Name)
	}
	o.Method, o.Replicates, o.Cost = OneD, 0, nil
	tell := o.Progress
	for j := range k {
		name := runs.outputName(j)
		m.Outputs = append(m.Outputs, name)
		one := &Runs{Inputs: runs.Inputs, OutputNames: []string{name}, Outputs: mat.DenseCopyOf(runs.Outputs.Slice(0, runs.Len(), j, j+1))}
		if constantColumn(one.Outputs) {
			m.Warnings = append(m.Warnings, fmt.Sprintf("output %s is constant: its indices are 0", name))
			continue
		}
		if tell != nil {
			o.Progress = func(p Progress) {
				tell(Progress{Input: p.Input, Done: j*p.Total + p.Done, Total: k * p.Total})
			}
		}
		r, err := Indices(ctx, one, o)
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", name, err)
		}
		for i, x := range r.Indices {
			m.Indices.Set(i, j, x.Value)
			m.Null.Set(i, j, x.Null.Mean)
		}
		for _, w := range r.Warnings {
			m.Warnings = append(m.Warnings, "output "+name+": "+w)
		}
	}
	return m, nil
}

// constantColumn says whether the numbers of one column are equal, those that are NaN apart.
func constantColumn(y *mat.Dense) bool {
	n, _ := y.Dims()
	first := -1
	for i := range n {
		v := y.At(i, 0)
		switch {
		case v != v:
		case first < 0:
			first = i
		case v != y.At(first, 0):
			return false
		}
	}
	return first >= 0
}
