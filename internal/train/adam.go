package train

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// Adam is the optimiser of Kingma & Ba (2015) on flat parameter vectors.
type Adam struct {
	// Beta1, Beta2 are the decay rates of the moments; Epsilon guards the division.
	Beta1, Beta2, Epsilon float64
	// Decay shrinks the weights by rate·Decay a step, apart from the gradient (AdamW, Loshchilov
	// & Hutter 2019). Clip is the largest norm that a gradient may have; 0: any.
	Decay, Clip float64
}

// State is the parameter vector with its two moments.
type State struct {
	Params, First, Second *Node
}

// Update takes one step: t is the number of this step (from 1) and rate the
// learning rate, both scalar nodes. Of several [Devices] each has the gradient of the mean loss
// of its part of the batch, and all take the step of the mean.
func (a Adam) Update(s State, grad, t, rate *Node) State {
	grad = meanOfDevices(grad)
	if a.Clip > 0 {
		norm := Sqrt(AddScalar(ReduceAllSum(Square(grad)), 1e-12))
		grad = Mul(grad, Min(OnesLike(norm), Div(MulScalar(OnesLike(norm), a.Clip), norm)))
	}
	m := Add(MulScalar(s.First, a.Beta1), MulScalar(grad, 1-a.Beta1))
	v := Add(MulScalar(s.Second, a.Beta2), MulScalar(Square(grad), 1-a.Beta2))
	c1 := Reciprocal(OneMinus(powScalar(a.Beta1, t)))
	c2 := Reciprocal(OneMinus(powScalar(a.Beta2, t)))
	step := Div(Mul(m, c1), AddScalar(Sqrt(Mul(v, c2)), a.Epsilon))
	if a.Decay > 0 {
		step = Add(step, MulScalar(s.Params, a.Decay))
	}
	return State{Params: Sub(s.Params, Mul(step, rate)), First: m, Second: v}
}

func powScalar(base float64, t *Node) *Node {
	return Pow(ConstAs(t, float32(base)), t)
}
