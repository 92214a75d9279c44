package ncmt

import (
	"github.com/gomonge/gomonge/internal/nn"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// images are T(x,z,c) of points x [C,n,d] for each of their draws z [C,n·draws,k], where draws of one
// point stand together; z is nil and draws 1 for a deterministic map.
func images(t *network, w nn.Weights, c, x, z *Node, draws int) *Node {
	if z == nil {
		return t.apply(w, c, x)
	}
	return t.apply(w, c, Concatenate([]*Node{repeat(x, draws), z}, -1))
}

// repeat each point of x [C,n,d] so that its copies stand together.
func repeat(x *Node, times int) *Node {
	d := x.Shape().Dimensions
	return Reshape(BroadcastToDims(InsertAxes(x, 2), d[0], d[1], times, d[2]), d[0], d[1]*times, d[2])
}

// cost is k(x, T(x,·,c)) of each point [C,n], estimated without bias from its images y [C,n·draws,d].
func cost(o Options, x, y *Node) *Node {
	if o.Cost == StrongCost {
		return MulScalar(ReduceSum(Square(Sub(x, y)), -1), .5)
	}
	d, draws := x.Shape().Dimensions, o.Draws
	each := Reshape(y, d[0], d[1], draws, d[2])
	if o.Cost == WeakCost {
		mean := ReduceMean(each, 2)
		variance := MulScalar(ReduceSum(Square(Sub(each, InsertAxes(mean, 2))), 2, 3), 1/float64(draws-1))
		// ‖x − mean of the draws‖² is too high by Var/draws.
		return MulScalar(Add(ReduceSum(Square(Sub(x, mean)), -1), MulScalar(variance, 1-o.Gamma-1/float64(draws))), .5)
	}
	apart := ReduceMean(length(Sub(InsertAxes(x, 2), each)), 2)
	spread := ReduceSum(length(Sub(InsertAxes(each, 3), InsertAxes(each, 2))), 2, 3)
	return Sub(MulScalar(apart, .5), MulScalar(spread, o.Gamma/4/float64(draws*(draws-1))))
}

// length is ‖v‖ over the last axis, smooth at 0.
func length(v *Node) *Node { return Sqrt(AddScalar(ReduceSum(Square(v), -1), 1e-12)) }

// mapLoss is E k(x,T) − E f(T).
func mapLoss(o Options, x, y, fy *Node) *Node {
	return Sub(ReduceAllMean(cost(o, x, y)), ReduceAllMean(fy))
}

// criticLoss is E f(T) − E f(y), and with the strong cost the expectile regularisation of the critic
// (Buzun et al. 2024, ENOT): what f gains at the image of x should not be less than what it gains at a
// target y, k(x,T) − f(T) ≤ k(x,y) − f(y).
func criticLoss(o Options, x, image, y, fImage, fy *Node) *Node {
	loss := Sub(ReduceAllMean(fImage), ReduceAllMean(fy))
	if o.Cost != StrongCost || o.ExpectileWeight < 0 {
		return loss
	}
	r := Sub(Sub(cost(o, x, image), fImage), Sub(cost(o, x, y), fy))
	weight := Where(LessThan(r, ZerosLike(r)), MulScalar(OnesLike(r), 1-o.Expectile), MulScalar(OnesLike(r), o.Expectile))
	return Add(loss, MulScalar(ReduceAllMean(Mul(weight, Square(r))), o.ExpectileWeight))
}

// smooth is the loss of the critic's pre-training: E f(x) − E f(y), of the identity map, with
// ½E‖∇f(y)‖² to keep it smooth and a tenth of E f(y)² to keep it bounded. (The paper names the
// three aims, not the weights.)
func smooth(fx, fy, y *Node) *Node {
	slope := Gradient(ReduceAllSum(fy), y)[0]
	return Add(Sub(ReduceAllMean(fx), ReduceAllMean(fy)),
		Add(MulScalar(ReduceAllMean(ReduceSum(Square(slope), -1)), .5), MulScalar(ReduceAllMean(Square(fy)), .1)))
}
