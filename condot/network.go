package condot

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/internal/nn"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// picnn is the potential
//
//	ψ(x,c) = ½⟨x, A(c)x⟩ + ⟨b(c), x⟩ + ⟨w ∘ γ_L(c), z_L⟩,
//	z_k = σ((z_{k−1} ∘ γ_k(c))·W^z_k + (x ∘ ξ_k(c))·W^x_k + s_k(c)),
//
// a partially input-convex network (Amos, Xu & Kolter 2017; eq. 14 of the CondOT paper)
// beside a conditional quadratic. W^z and w are non-negative and the gates γ_k are
// softplus of an affine map of u(c), so ψ is convex in x.
//
// Everything that depends on c alone is evaluated once a condition; the gates ξ_k are
// folded into W^x, so that all layers read x in one product.
// Shapes: x [C,n,d] for C conditions of n points, features v [C,q].
type picnn struct {
	layout *nn.Layout
	dim    int
	arch   Architecture
	path   nn.ConditionPath
	seg    []segment
}

// segment is a part of the one affine map from u(c) to all that depends on c.
type segment struct {
	name      string
	width     int
	positive  bool // through a softplus
	kernel    float64
	bias, dev float64 // bias ~ N(bias, dev²)
}

func newPICNN(dim int, arch Architecture, path nn.ConditionPath) *picnn {
	n := &picnn{layout: &nn.Layout{}, dim: dim, arch: arch, path: path}
	l, h, layers, e := n.layout, arch.Width, arch.Layers, float64(path.Out)
	gate := func(name string, width int, kernel float64) segment {
		return segment{name: name, width: width, positive: true, kernel: kernel, bias: nn.InvSoftplus1}
	}
	for k := 1; k < layers; k++ {
		n.seg = append(n.seg, gate(fmt.Sprintf("gate%d", k), h, .1))
	}
	n.seg = append(n.seg, gate("gate", h, .001))
	out := nn.Constant(3e-4) // small enough for every start to be within 1 % of its map
	if arch.Quadratic == NoQuadratic {
		out = nn.Uniform(0, 2/float64(h))
	} else {
		n.seg = append(n.seg, gate("diagonal", dim, 0))
	}
	n.seg = append(n.seg,
		segment{name: "scale", width: dim * layers, kernel: .1 / math.Sqrt(e), bias: 1},
		segment{name: "shift", width: h * layers, kernel: 1 / math.Sqrt(e), dev: .7},
		segment{name: "linear", width: dim})
	if arch.Quadratic == FullQuadratic {
		n.seg = append(n.seg, segment{name: "matrix", width: dim * dim, dev: .05 / math.Sqrt(float64(dim))})
	}
	path.Add(l)
	total := 0
	for _, s := range n.seg {
		total += s.width
	}
	nn.AddAffine(l, "condition", path.Out, total, n.initKernel(total), n.initBias)
	l.Add("x", nn.Normal(1/math.Sqrt(float64(dim))), dim, layers*h)
	for k := 1; k < layers; k++ {
		n.addWeight(fmt.Sprintf("z%d", k), nn.Uniform(0, 2/float64(h)), h, h)
	}
	n.addWeight("out", out, h)
	if path.Bank > 0 {
		l.Add("bank", nn.Zero, path.Bank, dim, dim)
		l.Add("bankLinear", nn.Zero, path.Bank, dim)
	}
	return n
}

// addWeight declares a weight that is used as a non-negative one. Of a free matrix the
// softplus is used, and the start drawn is that of the softplus.
func (n *picnn) addWeight(name string, init nn.Init, dims ...int) {
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
func (n *picnn) weight(w nn.Weights, name string) *Node {
	if n.arch.NonNegativity == SoftplusWeights {
		return nn.SmoothRelu(w.Get(name))
	}
	return w.Get(name)
}

func (n *picnn) initKernel(total int) nn.Init {
	return func(r *rand.Rand, v []float32) {
		for row := 0; row < len(v); row += total {
			at := row
			for _, s := range n.seg {
				nn.Normal(s.kernel)(r, v[at:at+s.width])
				at += s.width
			}
		}
	}
}

func (n *picnn) initBias(r *rand.Rand, v []float32) {
	for _, s := range n.seg {
		for i := range s.width {
			v[i] = float32(s.bias + s.dev*r.NormFloat64())
		}
		v = v[s.width:]
	}
}

// conditionTerms are the parts of the potential that depend on c alone.
type conditionTerms struct {
	gate             []*Node // γ_k [C,1,H], k = 1 … layers−1
	out              *Node   // γ_L ∘ w [C,1,H]
	input            *Node   // W^x with ξ folded in [C,d,layers·H]
	shift            *Node   // [C,1,layers·H]
	diagonal, linear *Node   // [C,1,d]; diagonal may be nil
	matrix           *Node   // [C,d,d] or nil
}

func (n *picnn) terms(w nn.Weights, v *Node) conditionTerms {
	all := nn.Affine(w, "condition", n.path.Apply(w, v))
	c, layers, h := v.Shape().Dimensions[0], n.arch.Layers, n.arch.Width
	part, at := map[string]*Node{}, 0
	for _, s := range n.seg {
		p := Slice(all, AxisRange(), AxisRange(at, at+s.width))
		if s.positive {
			p = nn.SmoothRelu(p)
		}
		part[s.name] = p
		at += s.width
	}
	each := func(x *Node) *Node { return InsertAxes(x, 1) }
	t := conditionTerms{shift: each(part["shift"]), linear: each(part["linear"])}
	if p, ok := part["diagonal"]; ok {
		t.diagonal = each(p)
	}
	for k := 1; k < layers; k++ {
		t.gate = append(t.gate, each(part[fmt.Sprintf("gate%d", k)]))
	}
	t.out = each(Mul(part["gate"], ExpandLeftToRank(n.weight(w, "out"), 2)))
	scale := Reshape(part["scale"], c, n.dim, layers, 1)
	t.input = Reshape(Mul(scale, Reshape(w.Get("x"), 1, n.dim, layers, h)), c, n.dim, layers*h)
	if n.arch.Quadratic == FullQuadratic {
		b := Reshape(part["matrix"], c, n.dim, n.dim)
		t.matrix = EinsumAxes(b, b, [][2]int{{2, 2}}, [][2]int{{0, 0}})
	}
	if n.path.Bank > 0 {
		n.addBank(&t, w, v)
	}
	return t
}

// addBank adds Σ_j ω_j(c)·(½‖M_jᵀx‖² + ⟨b_j,x⟩), the quadratic terms of the training
// conditions; the weights ω are the last features.
func (n *picnn) addBank(t *conditionTerms, w nn.Weights, v *Node) {
	c, j := v.Shape().Dimensions[0], n.path.Bank
	weights := Slice(v, AxisRange(), AxisRange(-j))
	m := w.Get("bank")
	squares := Reshape(EinsumAxes(m, m, [][2]int{{2, 2}}, [][2]int{{0, 0}}), j, n.dim*n.dim)
	bank := Reshape(Dot(weights, squares).Product(), c, n.dim, n.dim)
	if t.matrix != nil {
		bank = Add(bank, t.matrix)
	}
	t.matrix = bank
	t.linear = Add(t.linear, InsertAxes(Dot(weights, w.Get("bankLinear")).Product(), 1))
}

// evaluate returns ψ(x,c) [C,n] and ∇₁ψ(x,c) [C,n,d]; what a program does not use is
// never computed.
func (n *picnn) evaluate(w nn.Weights, t conditionTerms, x *Node) (value, gradient *Node) {
	layers, h := n.arch.Layers, n.arch.Width
	all := Add(EinsumAxes(x, t.input, [][2]int{{2, 1}}, [][2]int{{0, 0}}), t.shift)
	slopes := make([]*Node, layers)
	var z *Node
	for k := range layers {
		a := Slice(all, AxisRange(), AxisRange(), AxisRange(k*h, (k+1)*h))
		if k > 0 {
			a = Add(a, product(Mul(z, t.gate[k-1]), n.weight(w, fmt.Sprintf("z%d", k))))
		}
		z, slopes[k] = n.activate(a)
	}
	qx := t.quadratic(x)
	value = Add(ReduceSum(Mul(z, t.out), -1), ReduceSum(Mul(x, Add(MulScalar(qx, .5), t.linear)), -1))

	back := t.out // ∂ψ/∂z_k
	das := make([]*Node, layers)
	for k := layers - 1; k >= 0; k-- {
		das[k] = Mul(back, slopes[k])
		if k > 0 {
			back = Mul(productT(das[k], n.weight(w, fmt.Sprintf("z%d", k))), t.gate[k-1])
		}
	}
	gx := EinsumAxes(Concatenate(das, -1), t.input, [][2]int{{2, 2}}, [][2]int{{0, 0}})
	return value, Add(gx, Add(qx, t.linear))
}

// quadratic is A(c)x.
func (t conditionTerms) quadratic(x *Node) *Node {
	qx := ZerosLike(x)
	if t.diagonal != nil {
		qx = Mul(t.diagonal, x)
	}
	if t.matrix != nil {
		qx = Add(qx, EinsumAxes(x, t.matrix, [][2]int{{2, 1}}, [][2]int{{0, 0}}))
	}
	return qx
}

// activate is σ(a) and its slope σ′(a).
func (n *picnn) activate(a *Node) (value, slope *Node) {
	switch n.arch.Activation {
	case LeakyRelu:
		slope := Where(GreaterThan(a, ZerosLike(a)), OnesLike(a), MulScalar(OnesLike(a), .2))
		return Mul(a, slope), slope
	case Celu:
		below := Exp(Min(a, ZerosLike(a)))
		return Add(nn.Relu(a), AddScalar(below, -1)), below
	}
	return nn.SmoothRelu(a), Sigmoid(a)
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
// g (section 3.2).
func (n *picnn) penalty(w nn.Weights) *Node {
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
