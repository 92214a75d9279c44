package synthetic

import (
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
)

// Condition is one condition of a task and the side of the split it is on.
type Condition struct {
	Value condition.Value
	Split Split
}

var (
	trainDoses   = []float64{.05, .2, .35, .5, .65, .8}
	heldOutDoses = []float64{.275, .425, .725}
	beyondDoses  = []float64{.95}
	trainTimes   = []float64{0, .25, .5, .75, 1}
	heldOutTimes = []float64{.125, .375, .625, .875}
)

// Numbers of pairs of actions in training and held out; eight more are unused.
const (
	trainPairs   = 12
	heldOutPairs = 8
)

// conditionsOf lists the variables of a kind and its conditions, trained ones first.
func conditionsOf(kind Kind, rng *rand.Rand) (condition.Schema, []Condition) {
	switch kind {
	case Mix:
		return mixConditions()
	case Combination:
		return combinationConditions(rng)
	case Vectors:
		return vectorConditions(rng)
	case Interpolation:
		return scalarSchema("time"), scalars(trainTimes, heldOutTimes, nil)
	case Pictures:
		return labelConditions(PictureNames())
	case Figure8:
		return labelConditions([]string{"figure8"})
	default:
		return scalarSchema("dose"), scalars(trainDoses, heldOutDoses, beyondDoses)
	}
}

func scalarSchema(name string) condition.Schema {
	return condition.Schema{Variables: []condition.Variable{{Name: name, Kind: condition.Continuous}}}
}

func scalars(train, heldOut, beyond []float64) []Condition {
	var out []Condition
	for i, list := range [][]float64{train, heldOut, beyond} {
		for _, v := range list {
			out = append(out, Condition{condition.Value{{Number: v}}, []Split{Train, HeldOut, Extrapolated}[i]})
		}
	}
	return out
}

func mixConditions() (condition.Schema, []Condition) {
	doses := []float64{.1, .3, .5, .7, .9}
	heldOut := map[string]float64{"b0": .5, "b1": .7, "b2": .3}
	var train, held []Condition
	for _, label := range categories {
		for _, dose := range doses {
			c := Condition{condition.Value{{Labels: []string{label}}, {Number: dose}}, Train}
			if dose == heldOut[label] || label == "b1" && dose == .9 {
				c.Split = HeldOut
				held = append(held, c)
				continue
			}
			train = append(train, c)
		}
	}
	schema := condition.Schema{Variables: []condition.Variable{
		{Name: "cat", Kind: condition.Categorical},
		{Name: "dose", Kind: condition.Continuous},
	}}
	return schema, append(train, held...)
}

func combinationConditions(rng *rand.Rand) (condition.Schema, []Condition) {
	var out []Condition
	for _, a := range actions {
		out = append(out, Condition{condition.Value{{Labels: []string{a}}}, Train})
	}
	var pairs [][]string
	for i, a := range actions {
		for _, b := range actions[i+1:] {
			pairs = append(pairs, []string{a, b})
		}
	}
	for n, k := range rng.Perm(len(pairs))[:trainPairs+heldOutPairs] {
		split := Train
		if n >= trainPairs {
			split = HeldOut
		}
		out = append(out, Condition{condition.Value{{Labels: pairs[k]}}, split})
	}
	return condition.Schema{Variables: []condition.Variable{{Name: "perturbation", Kind: condition.Set}}}, out
}

func labelConditions(names []string) (condition.Schema, []Condition) {
	out := make([]Condition, len(names))
	for i, name := range names {
		out[i] = Condition{condition.Value{{Labels: []string{name}}}, Train}
	}
	return condition.Schema{Variables: []condition.Variable{{Name: "picture", Kind: condition.Categorical}}}, out
}
