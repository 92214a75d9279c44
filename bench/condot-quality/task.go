package main

import (
	"fmt"
	"path/filepath"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// task with one variable, the dose, and for every dose between those of training the
// tested points and their images under the optimal map.
type task struct {
	*datasets.Task
	heldOut []held
}

type held struct {
	dose          condition.Value
	points, truth *mat.Dense
}

func readTask(dir string) (*task, error) {
	dose, err := condition.ParseVariable("dose:continuous")
	if err != nil {
		return nil, err
	}
	read := func(name string, conditions ...string) *datasets.Table {
		var t *datasets.Table
		if err == nil {
			t, err = datasets.ReadTable(filepath.Join(dir, name), datasets.ReadOptions{Conditions: conditions})
		}
		return t
	}
	source, train := read("source.csv"), read("train.csv", "dose")
	test, truth := read("test.csv", "dose"), read("truth.csv", "dose")
	if err != nil {
		return nil, err
	}
	t := &task{}
	if t.Task, _, err = datasets.NewTask(source, train, datasets.TaskOptions{Variables: []condition.Variable{dose}}); err != nil {
		return nil, err
	}
	if test.Len() != truth.Len() {
		return nil, fmt.Errorf("test.csv has %d rows, truth.csv %d", test.Len(), truth.Len())
	}
	trained := map[string]bool{}
	for _, p := range t.Train {
		trained[t.Schema.Key(p.Condition)] = true
	}
	groups, err := test.Groups(t.Schema)
	if err != nil {
		return nil, err
	}
	v := t.Schema.Variables[0]
	for _, g := range groups {
		d := g.Condition[0].Number
		if trained[t.Schema.Key(g.Condition)] || d < v.Min || d > v.Max {
			continue
		}
		h := held{dose: g.Condition}
		h.points, _ = test.Cloud(g.Rows)
		h.truth, _ = truth.Cloud(g.Rows)
		t.heldOut = append(t.heldOut, h)
	}
	if t.heldOut == nil {
		return nil, fmt.Errorf("%s tests no dose between those of training", dir)
	}
	return t, nil
}

// heldOutUVP is the mean over the held-out doses of 100·E‖T̂(x) − T(x)‖² / Var T(x), of the
// refined map or of ∇g.
func (t *task) heldOutUVP(m *condot.Model, refined bool) (float64, error) {
	asked := m.Refined
	defer func() { m.Refined = asked }()
	m.Refined = refined
	sum := 0.0
	for _, h := range t.heldOut {
		image, err := m.Transport(nil, h.points, h.dose)
		if err != nil {
			return 0, err
		}
		image.Sub(image, h.truth)
		sum += 100 * squares(image) / squares(centred(h.truth)) / float64(len(t.heldOut))
	}
	return sum, nil
}

func centred(x *mat.Dense) *mat.Dense {
	rows, cols := x.Dims()
	mean := mat.NewVecDense(cols, nil)
	for i := range rows {
		mean.AddScaledVec(mean, 1/float64(rows), x.RowView(i))
	}
	c := mat.NewDense(rows, cols, nil)
	c.Apply(func(_, j int, v float64) float64 { return v - mean.AtVec(j) }, x)
	return c
}

func squares(x *mat.Dense) float64 {
	n := mat.Norm(x, 2)
	return n * n
}
