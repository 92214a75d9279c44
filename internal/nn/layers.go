package nn

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// InvSoftplus1 is ln(e−1), where softplus is 1.
const InvSoftplus1 = 0.5413248546129181

// SmoothRelu is the softplus log(1+eˣ), without overflow.
func SmoothRelu(x *Node) *Node {
	return Add(Relu(x), Log1p(Exp(Neg(Abs(x)))))
}

// Relu is max(x, 0).
func Relu(x *Node) *Node { return Max(x, ZerosLike(x)) }

// Affine is x·W + b over the last axis of x, for the parameters name_w and name_b.
func Affine(w Weights, name string, x *Node) *Node {
	dims := x.Shape().Dimensions
	flat := x
	if x.Rank() > 2 {
		flat = Reshape(x, -1, dims[len(dims)-1])
	}
	y := Dot(flat, w.Get(name+"_w")).Product()
	y = Add(y, ExpandLeftToRank(w.Get(name+"_b"), 2))
	if x.Rank() == 2 {
		return y
	}
	return Reshape(y, append(append([]int{}, dims[:len(dims)-1]...), y.Shape().Dimensions[1])...)
}

// AddAffine adds the parameters name_w [in, out] and name_b [out].
func AddAffine(l *Layout, name string, in, out int, w, b Init) {
	l.Add(name+"_w", w, in, out)
	l.Add(name+"_b", b, out)
}
