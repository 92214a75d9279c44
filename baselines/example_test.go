package baselines_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// Two doses that stretch a cloud of four points by 1 and by 3: what three
// methods make of the dose half way between.
func Example() {
	square := mat.NewDense(4, 2, []float64{-1, -1, -1, 1, 1, -1, 1, 1})
	var wide mat.Dense
	wide.Scale(3, square)
	low, high := condition.Value{{Number: 10}}, condition.Value{{Number: 30}}
	task := &datasets.Task{
		Name:     "stretch",
		Features: []string{"x", "y"},
		Schema:   condition.Schema{Variables: []condition.Variable{{Name: "dose"}}},
		Train:    []datasets.Pair{{Condition: low, Source: square, Target: square}, {Condition: high, Source: square, Target: &wide}},
	}
	if err := task.Schema.Fit(datasets.Conditions(task.Train)); err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"identity", "affine", "affine-per-condition"} {
		m, err := baselines.Fit(context.Background(), name, task, baselines.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		y, err := m.Transport(nil, square, condition.Value{{Number: 20}})
		var inapplicable *baselines.NotApplicableError
		if errors.As(err, &inapplicable) {
			fmt.Println(name, "n/a for", inapplicable.Condition)
			continue
		}
		fmt.Printf("%s (1, 1) -> (%.1f, %.1f)\n", name, y.At(3, 0), y.At(3, 1))
	}
	// Output:
	// identity (1, 1) -> (1.0, 1.0)
	// affine (1, 1) -> (2.0, 2.0)
	// affine-per-condition n/a for dose=20
}
