package nn

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// SinkhornDivergence is the debiased entropic transport cost
// OT_ε(x,y) − ½OT_ε(x,x) − ½OT_ε(y,y) for the cost ½‖x−y‖² (Feydy et al. 2019) between
// batches x [C,n,d] and y [C,m,d] of equal weights, one value a condition.
//
// The surrogate has the divergence's gradient with respect to x: the cost under plans that
// are held fixed. Each plan comes from the given number of symmetric log-domain iterations.
func SinkhornDivergence(x, y *Node, epsilon float64, iterations int) (value, surrogate *Node) {
	xy, xySlope := entropic(x, y, epsilon, iterations)
	xx, xxSlope := entropic(x, x, epsilon, iterations)
	yy, _ := entropic(y, y, epsilon, iterations)
	value = Sub(xy, MulScalar(Add(xx, yy), .5))
	return value, Sub(xySlope, MulScalar(xxSlope, .5))
}

// entropic returns the dual value of OT_ε and the cost Σ P·c(x,y) with P held fixed.
func entropic(x, y *Node, epsilon float64, iterations int) (value, cost *Node) {
	c := halfSquares(x, y)
	fixed := StopGradient(c)
	n, m := c.Shape().Dimensions[1], c.Shape().Dimensions[2]
	f, g := ReduceSum(MulScalar(fixed, 0), 2), ReduceSum(MulScalar(fixed, 0), 1)
	toF := func(g *Node) *Node {
		return MulScalar(AddScalar(logSumExp(MulScalar(Sub(InsertAxes(g, 1), fixed), 1/epsilon), 2), -math.Log(float64(m))), -epsilon)
	}
	toG := func(f *Node) *Node {
		return MulScalar(AddScalar(logSumExp(MulScalar(Sub(InsertAxes(f, 2), fixed), 1/epsilon), 1), -math.Log(float64(n))), -epsilon)
	}
	for range iterations {
		f, g = MulScalar(Add(f, toF(g)), .5), MulScalar(Add(g, toG(f)), .5)
	}
	f = toF(g) // the rows of the plan of this f and this g sum to 1/n, however far the loop came
	log := MulScalar(Sub(Add(InsertAxes(f, 2), InsertAxes(g, 1)), fixed), 1/epsilon)
	plan := Exp(AddScalar(log, -math.Log(float64(n*m))))
	return Add(ReduceMean(f, -1), ReduceMean(g, -1)), ReduceSum(Mul(plan, c), 1, 2)
}

// halfSquares is ½‖x_i − y_j‖² [C,n,m].
func halfSquares(x, y *Node) *Node {
	xx, yy := MulScalar(ReduceSum(Square(x), -1), .5), MulScalar(ReduceSum(Square(y), -1), .5)
	xy := EinsumAxes(x, y, [][2]int{{2, 2}}, [][2]int{{0, 0}})
	return Sub(Add(InsertAxes(xx, 2), InsertAxes(yy, 1)), xy)
}

func logSumExp(x *Node, axis int) *Node {
	top := ReduceMax(x, axis)
	return Add(top, Log(ReduceSum(Exp(Sub(x, InsertAxes(top, axis))), axis)))
}
