package condot

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/ot"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// network is a conditional convex potential ψ(x,c) on one flat vector of weights.
// Shapes: x [C,n,d] for C conditions of n points, features v [C,q].
type network struct {
	layout *nn.Layout
	dim    int
	arch   Architecture
	path   nn.ConditionPath
	// pathSize is how many weights come first that are the condition path's.
	pathSize int
	// at builds what depends on the conditions alone, once a condition, and returns ψ(·,c).
	at func(w nn.Weights, v *Node) potential
	// curvature is a positive lower bound of ψ's curvature under each condition [C,1,d]
	// while the non-negative weights are so; nil where the architecture has none.
	curvature func(w nn.Weights, v *Node) *Node
	// setAffine makes ∇ψ start at the affine maps of the training conditions, none of
	// which has an eigenvalue under smallest.
	setAffine func(params []float32, maps []*ot.AffineMap, smallest float64) error
	// setCodes starts what reads the training conditions' codes [J, CodeSize]; nil where nothing does.
	setCodes func(params, codes []float32)
}

// potential evaluates ψ(x,c) [C,n] and ∇₁ψ(x,c) [C,n,d]; what a program does not use is
// never computed.
type potential func(x *Node) (value, gradient *Node)

// newNetwork builds the architecture's potential; conditions is the number of training conditions.
func newNetwork(dim int, arch Architecture, path nn.ConditionPath, conditions int) *network {
	if arch.Quadratic == BankQuadratic {
		return &newBank(dim, arch, path, conditions).network
	}
	return &newPICNN(dim, arch, path).network
}

// key names a network by all that its graph is built from.
func (n *network) key() string {
	return fmt.Sprintf("condot %d %d %+v %+v ", n.dim, n.layout.Size, n.arch, n.path)
}

// addWeight declares a weight that is used as a non-negative one. Of a free matrix the
// softplus is used, and the start drawn is that of the softplus.
func (n *network) addWeight(name string, init nn.Init, dims ...int) {
	if n.arch.NonNegativity != SoftplusWeights {
		n.layout.AddNonNegative(name, init, dims...)
		return
	}
	n.layout.Add(name, func(r *rand.Rand, v []float32) {
		init(r, v)
		for i, x := range v {
			v[i] = float32(math.Log(math.Expm1(math.Max(float64(x), 1e-6))))
		}
	}, dims...)
}

// weight is a non-negative weight as the network uses it.
func (n *network) weight(w nn.Weights, name string) *Node {
	if n.arch.NonNegativity == SoftplusWeights {
		return nn.SmoothRelu(w.Get(name))
	}
	return w.Get(name)
}

// activate is σ(a) and its slope σ′(a).
func (n *network) activate(a *Node) (value, slope *Node) {
	switch n.arch.Activation {
	case LeakyRelu:
		return leakyRelu(a)
	case Celu:
		below := Exp(Min(a, ZerosLike(a)))
		return Add(nn.Relu(a), AddScalar(below, -1)), below
	}
	return nn.SmoothRelu(a), Sigmoid(a)
}

// leakyRelu is max(a, 0.2a) and its slope.
func leakyRelu(a *Node) (value, slope *Node) {
	slope = Where(GreaterThan(a, ZerosLike(a)), OnesLike(a), MulScalar(OnesLike(a), .2))
	return Mul(a, slope), slope
}

// product is x·W over the last axis of x [C,n,in] for W [in,out].
func product(x, w *Node) *Node {
	d := x.Shape().Dimensions
	y := Dot(Reshape(x, d[0]*d[1], d[2]), w).Product()
	return Reshape(y, d[0], d[1], w.Shape().Dimensions[1])
}

// productT is x·Wᵀ for x [C,n,out] and W [in,out].
func productT(x, w *Node) *Node {
	d := x.Shape().Dimensions
	y := DotGeneral(Reshape(x, d[0]*d[1], d[2]), []int{1}, nil, w, []int{1}, nil)
	return Reshape(y, d[0], d[1], w.Shape().Dimensions[0])
}

// penalty is Σ‖max(−W^z, 0)‖ over the non-negative weights, the penalty R of the paper's
// g as its reference code has it (appendix E.3.3 squares the norms).
func (n *network) penalty(w nn.Weights) *Node {
	var sum *Node
	for _, p := range w.NonNegative() {
		r := Sqrt(AddScalar(ReduceAllSum(Square(nn.Relu(Neg(p)))), 1e-12))
		if sum == nil {
			sum = r
		} else {
			sum = Add(sum, r)
		}
	}
	return sum
}
