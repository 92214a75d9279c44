package condition_test

import (
	"fmt"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// Conditions of a drug and its dose, from text to the numbers a network reads.
func Example() {
	drug, _ := condition.ParseVariable("drug:categorical")
	dose, _ := condition.ParseVariable("dose:log")
	schema := condition.Schema{Variables: []condition.Variable{drug, dose}}

	var training []condition.Value
	for _, text := range []string{"givinostat,10", "givinostat,10000", "drug=trametinib,dose=100"} {
		v, err := schema.Parse(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		training = append(training, v)
	}
	if err := schema.Fit(training); err != nil {
		fmt.Println(err)
		return
	}

	v, _ := schema.Parse("dose=1000, drug=trametinib")
	code, _ := schema.Encode(nil, v)
	fmt.Println(schema.Format(v), code)

	v, _ = schema.Parse("trametinib,100000")
	warnings, _ := schema.Check(v)
	fmt.Println(warnings[0])

	v, _ = schema.Parse("trametinb,10")
	_, err := schema.Check(v)
	fmt.Println(err)
	// Output:
	// drug=trametinib,dose=1000 [0 1 0.6666667]
	// dose=100000 is outside the training range [10, 10000]: above 10000 by 0.333 of its log width; the model extrapolates
	// condition: drug=trametinb: this label was never trained (nearest: trametinib); one-hot levels cannot generalise to it: give vectors (mode-of-action or vector=FILE)
}

// A combination has no order, and ctrl is no action.
func ExampleSchema_Parse() {
	schema := condition.Schema{Variables: []condition.Variable{{Name: "perturbation", Kind: condition.Set}}}
	for _, text := range []string{"KLF1+MAP2K6", "{MAP2K6, KLF1}", "ctrl+KLF1", "control"} {
		v, err := schema.Parse(text)
		fmt.Println(schema.Key(v), err)
	}
	// Output:
	// KLF1+MAP2K6 <nil>
	// KLF1+MAP2K6 <nil>
	// KLF1 <nil>
	// control <nil>
}

// Actions that do alike stand close together, and a new one is placed by what it does.
func ExampleModeOfAction() {
	// W₂ between the target clouds of three actions, which lie on a line.
	distances := mat.NewSymDense(3, []float64{
		0, 1, 3,
		1, 0, 2,
		3, 2, 0,
	})
	e, err := condition.ModeOfAction([]string{"A", "B", "C"}, distances, condition.EmbeddingOptions{Dim: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range []string{"A", "B", "C"} {
		fmt.Printf("%s %.3f\n", l, e.Coordinates[l])
	}
	x, stress, _ := e.Place(map[string]float64{"A": 2, "B": 1, "C": 1})
	fmt.Printf("D %.3f stress %.3f\n", x, stress)
	// Output:
	// A [-1.069]
	// B [-0.267]
	// C [1.336]
	// D [0.535] stress 0.000
}
