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
// The gates ξ_k are folded into W^x, so that all layers read x in one product.
type picnn struct {
	network
	seg []segment
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
	n := &picnn{network: network{layout: &nn.Layout{}, dim: dim, arch: arch, path: path}}
	n.at, n.setAffine = n.potential, n.setBank
	if arch.Quadratic != NoQuadratic {
		n.curvature = func(w nn.Weights, v *Node) *Node { return n.terms(w, v).diagonal }
	}
	l, h, layers, e := n.layout, arch.Width, arch.Layers, float64(path.Out)
	gate := func(name string, width int, kernel float64) segment {
		return segment{name: name, width: width, positive: true, kernel: kernel, bias: nn.InvSoftplus1}
	}
	for k := 1; k < layers; k++ {
		n.seg = append(n.seg, gate(fmt.Sprintf("gate%d", k), h, .1))
	}
	n.seg = append(n.seg, gate("gate", h, .001))
	out := nn.Constant(2e-4) // small enough for every start to be within 1 % of its map
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
	n.pathSize = l.Size
	total := 0
	for _, s := range n.seg {
		total += s.width
	}
	nn.AddAffine(l, "condition", path.Width(), total, n.initKernel(total), n.initBias)
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

func (n *picnn) potential(w nn.Weights, v *Node) potential {
	t := n.terms(w, v)
	return func(x *Node) (value, gradient *Node) { return n.evaluate(w, t, x) }
}

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
