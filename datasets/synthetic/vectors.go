package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Numbers of the conditions of [Vectors], and of the coordinates of their vectors and of what lies behind them.
const (
	trainVectors   = 40
	heldOutVectors = 12
	vectorSize     = 16
	vectorLatent   = 3
)

// vectorConditions are labels with vectors in the manner of text embeddings: of length 1 and near a subspace of few dimensions,
// in which the responses vary.
func vectorConditions(rng *rand.Rand) (condition.Schema, []Condition) {
	basis := normal(vectorSize, vectorLatent, rng)
	v := condition.Variable{Name: "text", Kind: condition.Vector, Vectors: map[string][]float64{}}
	var out []Condition
	for i := range trainVectors + heldOutVectors {
		s := []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		x := make([]float64, vectorSize)
		mat.NewVecDense(vectorSize, x).MulVec(basis, mat.NewVecDense(vectorLatent, s))
		for j := range x {
			x[j] += .1 * rng.NormFloat64()
		}
		floats.Scale(1/floats.Norm(x, 2), x)
		label := fmt.Sprintf("t%02d", i)
		v.Vectors[label] = x
		split := Train
		if i >= trainVectors {
			split = HeldOut
		}
		out = append(out, Condition{condition.Value{{Labels: []string{label}}}, split})
	}
	return condition.Schema{Variables: []condition.Variable{v}}, out
}

// vectorWeights are sigmoids along directions of the vectors, drawn from those of the schema.
func vectorWeights(k int, vectors map[string][]float64, rng *rand.Rand) func(condition.Value) (weights, error) {
	directions := make([][]float64, k+1)
	for j := range directions {
		d := make([]float64, vectorSize)
		for i := range vectorLatent { // a sum of vectors lies in their subspace
			floats.AddScaled(d, rng.NormFloat64(), vectors[fmt.Sprintf("t%02d", i)])
		}
		floats.Scale(1/floats.Norm(d, 2), d)
		directions[j] = d
	}
	return func(c condition.Value) (weights, error) {
		x, ok := vectors[c[0].Labels[0]]
		if !ok {
			return weights{}, fmt.Errorf("synthetic: %q has no vector; the task has t00 to t%02d", c[0].Labels[0], trainVectors+heldOutVectors-1)
		}
		w := weights{alpha: make([]float64, k)}
		for j := range w.alpha {
			w.alpha[j] = logistic(4 * floats.Dot(directions[j], x))
		}
		w.quadratic = .2 + .4*logistic(4*floats.Dot(directions[k], x))
		return w, nil
	}
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// vectorFile is the table of the vectors, as [condition.Variable.ReadVectors] reads it.
func vectorFile(v condition.Variable) (rows [][]string) {
	header := []string{"label"}
	for j := range vectorSize {
		header = append(header, fmt.Sprintf("v%d", j))
	}
	rows = append(rows, header)
	for i := range trainVectors + heldOutVectors {
		label := fmt.Sprintf("t%02d", i)
		row := []string{label}
		for _, x := range v.Vectors[label] {
			row = append(row, fmt.Sprint(x))
		}
		rows = append(rows, row)
	}
	return rows
}
