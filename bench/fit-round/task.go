package main

import (
	"fmt"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/safetensors"
	"gonum.org/v1/gonum/mat"
)

// task is a task with test points of the source and, for each training condition, their images.
type task struct {
	*datasets.Task
	test  *mat.Dense
	truth []*mat.Dense
}

// readTask reads a task whose conditions are vectors: the rows of the array conditions.
func readTask(path string) (*task, error) {
	arrays, _, err := safetensors.Read(path)
	if err != nil {
		return nil, err
	}
	clouds := map[string]*mat.Dense{}
	for _, a := range arrays {
		if len(a.Dims) != 2 || len(a.Data) == 0 {
			return nil, fmt.Errorf("%s: array %s has the shape %v; a cloud has rows and columns", path, a.Name, a.Dims)
		}
		m := mat.NewDense(a.Dims[0], a.Dims[1], nil)
		for i, x := range a.Data {
			m.RawMatrix().Data[i] = float64(x)
		}
		clouds[a.Name] = m
	}
	t := &task{Task: &datasets.Task{Name: "bench"}, test: clouds["test"]}
	vectors, ok := clouds["conditions"]
	if !ok {
		return nil, fmt.Errorf("%s has no array conditions", path)
	}
	v := condition.Variable{Name: "condition", Kind: condition.Vector, Vectors: map[string][]float64{}}
	count, _ := vectors.Dims()
	for k := range count {
		label := fmt.Sprintf("c%04d", k)
		v.Levels, v.Vectors[label] = append(v.Levels, label), vectors.RawRowView(k)
		source := clouds["source"]
		if own, ok := clouds[fmt.Sprintf("source%d", k)]; ok {
			source = own
		}
		t.Train = append(t.Train, datasets.Pair{Condition: condition.Value{{Labels: []string{label}}}, Source: source, Target: clouds[fmt.Sprintf("target%d", k)]})
		if images, ok := clouds[fmt.Sprintf("truth%d", k)]; ok {
			t.truth = append(t.truth, images)
		}
	}
	t.Schema = condition.Schema{Variables: []condition.Variable{v}}
	if target := t.Train[0].Target; target != nil {
		_, d := target.Dims()
		for j := range d {
			t.Features = append(t.Features, fmt.Sprintf("x%d", j))
		}
	}
	return t, t.Validate()
}

// uvp is the mean over the training conditions of the L2-UVP in percent,
// 100·E‖T̂(x) − T(x)‖² / Var T(x); 0 where the task has no truth.
func (t *task) uvp(transport carry) (float64, error) {
	sum := 0.0
	for k, truth := range t.truth {
		image, err := transport(nil, t.test, t.Train[k].Condition)
		if err != nil {
			return 0, err
		}
		sum += unexplained(image, truth) / float64(len(t.truth))
	}
	return sum, nil
}

func unexplained(image, truth *mat.Dense) float64 {
	rows, cols := truth.Dims()
	miss, spread := 0.0, 0.0
	for j := range cols {
		mean := mat.Sum(truth.ColView(j)) / float64(rows)
		for i := range rows {
			y := truth.At(i, j)
			miss += (image.At(i, j) - y) * (image.At(i, j) - y)
			spread += (y - mean) * (y - mean)
		}
	}
	return 100 * miss / spread
}
