package condot

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// bank is the paper's potential (section 4, "PICNN Initialization"), with a quadratic term for
// each training condition j under the first layer:
//
//	u_0 = softmax(c·W + w),            u_{k+1} = τ(u_k·V_k + v_k),
//	z_0 = [½‖M_j(x − m_j)‖²]_j,        γ_0 = [u_0·W^{zu}_0 + b^z_0]_+,
//	z_{k+1} = σ((z_k ∘ γ_k)·W^z_k + (x ∘ ξ_k)·W^x_k + u_k·W^u_k + b^u_k),
//	ψ(x,c) = z_{L+1}, which has no σ and one coordinate,
//
// with later gates γ_k = softplus(u_k·W^{zu}_k + b^z_k), ξ_k = u_k·W^{xu}_k + b^x_k and τ a leaky
// ReLU. The W^z are non-negative, and so ψ is convex in x.
//
// It starts as Σ_j u_{0,j}(c)·½‖M_j(x − m_j)‖²: W^{zu}_0 and V are identities, W^z_0 is of ones
// and sums the mixture, later W^z average, later gates are 1, and all that adds to it is near 0.
// (The paper's gate is 1 by a ReLU; its reference code has softplus(1) = 1.31 there, which
// multiplies up from layer to layer.)
type bank struct {
	network
	size int // J, training conditions
}

// smallWeight is the standard deviation of the weights that the paper starts near 0: far
// too small to move the start by the 1 % that it may be off.
const smallWeight = 1e-3

func newBank(dim int, arch Architecture, path nn.ConditionPath, conditions int) *bank {
	n := &bank{network: network{layout: &nn.Layout{}, dim: dim, arch: arch, path: path}, size: conditions}
	n.at, n.setAffine, n.setCodes = n.potential, n.setQuadratics, n.setModulator
	l, small, identity := n.layout, nn.Normal(smallWeight), nn.IdentityMatrix(conditions)
	path.AddCode(l)
	nn.AddAffine(l, "modulator", path.CodeSize(), conditions, nn.Zero, nn.Zero)
	n.pathSize = l.Size
	for k := range arch.Layers {
		nn.AddAffine(l, fmt.Sprintf("u%d", k), conditions, conditions, identity, nn.Zero)
	}
	l.Add("bank", func(_ *rand.Rand, v []float32) { n.identityBank(v) }, dim, conditions, dim)
	l.Add("centre", nn.Zero, conditions, dim)
	in, wz := conditions, nn.Constant(1)
	for k := range arch.Layers + 1 {
		width := n.width(k)
		if k == 0 {
			nn.AddAffine(l, "gate0", conditions, in, identity, nn.Zero)
		} else {
			nn.AddAffine(l, fmt.Sprintf("gate%d", k), conditions, in, small, nn.Constant(nn.InvSoftplus1))
			wz = nn.Constant(1 / float64(in))
		}
		n.addWeight(fmt.Sprintf("z%d", k), wz, in, width)
		l.Add(fmt.Sprintf("x%d", k), small, dim, width)
		nn.AddAffine(l, fmt.Sprintf("scale%d", k), conditions, dim, small, nn.Constant(1))
		nn.AddAffine(l, fmt.Sprintf("shift%d", k), conditions, width, small, n.shiftBias(k))
		in = width
	}
	return n
}

// width of layer k, from 0; the last one's is 1.
func (n *bank) width(k int) int {
	if k == n.arch.Layers {
		return 1
	}
	return n.arch.Width
}

// shiftBias is where σ has a slope near 1 for what is not negative: for a softplus 7 and
// more, so that four layers keep .996 of the slope; the others have it from 0 on.
func (n *bank) shiftBias(k int) nn.Init {
	if n.arch.Activation == SmoothRelu && k < n.arch.Layers {
		return nn.Constant(7)
	}
	return nn.Zero
}

// identityBank makes every M_j the identity; M_j[e,b] stands at [b,j,e].
func (n *bank) identityBank(v []float32) {
	clear(v)
	for b := range n.dim {
		for j := range n.size {
			v[(b*n.size+j)*n.dim+b] = 1
		}
	}
}

// setQuadratics writes M_j and m_j with ∇½‖M_j(x−m_j)‖² = m₂ + A_j(x−m₁): MᵀM = A, m = m₁ − A⁻¹m₂.
// (The middle of the paper's eq. 9 has another inverse there.)
func (n *bank) setQuadratics(params []float32, maps []*ot.AffineMap, _ float64) error {
	d := n.dim
	members, centres := n.layout.Slice(params, "bank"), n.layout.Slice(params, "centre")
	for j, m := range maps {
		root, err := squareRoot(m.A, 0) // Mᵀ
		if err != nil {
			return err
		}
		var back mat.VecDense
		if err := back.SolveVec(m.A, mat.NewVecDense(d, m.TargetMean)); err != nil {
			return fmt.Errorf("condition %d's affine map has no inverse: %w", j, err)
		}
		for b := range d {
			centres[j*d+b] = float32(m.SourceMean[b] - back.AtVec(b))
			for e := range d {
				members[(b*n.size+j)*d+e] = float32(root.At(b, e))
			}
		}
	}
	return nil
}

// ownWeight is what the sharp modulator gives a training condition's own term at least.
const ownWeight = .999

// setModulator starts u_0 from the codes [J, CodeSize] of the training conditions, as
// softmax_j(−β‖c−c_j‖²/2), an affine map of c under the softmax, with a β that leaves all other
// terms together less than 1 − ownWeight at a training condition; or as the paper's softmax(cᵀc_j).
func (n *bank) setModulator(params []float32, codes []float32) {
	e := n.path.CodeSize()
	beta, half := 1.0, 0.0
	if n.arch.Modulator == SharpModulator {
		beta, half = sharpness(codes, n.size), .5
	}
	w, b := n.layout.Slice(params, "modulator_w"), n.layout.Slice(params, "modulator_b")
	for j := range n.size {
		square := 0.0
		for i, c := range codes[j*e : (j+1)*e] {
			w[i*n.size+j] = float32(beta * float64(c))
			square += float64(c) * float64(c)
		}
		b[j] = float32(-beta * half * square)
	}
}

// sharpness is the β of setModulator. Conditions with one and the same code share their weight.
func sharpness(codes []float32, count int) float64 {
	e, nearest := len(codes)/count, math.Inf(1)
	for i := range count {
		for j := range i {
			square := 0.0
			for k := range e {
				d := float64(codes[i*e+k]) - float64(codes[j*e+k])
				square += d * d
			}
			if square > 0 {
				nearest = math.Min(nearest, square)
			}
		}
	}
	if math.IsInf(nearest, 1) {
		return 1
	}
	return 2 * math.Log(1.1*float64(count-1)/(1-ownWeight)) / nearest
}

// bankTerms are the parts of the potential that depend on c alone.
type bankTerms struct {
	gate  []*Node // γ_k [C,1,in]
	input *Node   // W^x of all layers with ξ folded in [C,d,L·H+1]
	shift *Node   // u_k·W^u_k + b^u_k of all layers [C,1,L·H+1]
}

func (n *bank) terms(w nn.Weights, v *Node) bankTerms {
	var t bankTerms
	var inputs, shifts []*Node
	each := func(x *Node) *Node { return InsertAxes(x, 1) }
	u := Softmax(nn.Affine(w, "modulator", n.path.Code(w, v)), -1)
	for k := range n.arch.Layers + 1 {
		gate := nn.Affine(w, fmt.Sprintf("gate%d", k), u)
		if k == 0 {
			gate = nn.Relu(gate)
		} else {
			gate = nn.SmoothRelu(gate)
		}
		t.gate = append(t.gate, each(gate))
		scale := InsertAxes(nn.Affine(w, fmt.Sprintf("scale%d", k), u), -1)
		inputs = append(inputs, Mul(scale, InsertAxes(w.Get(fmt.Sprintf("x%d", k)), 0)))
		shifts = append(shifts, each(nn.Affine(w, fmt.Sprintf("shift%d", k), u)))
		if k < n.arch.Layers {
			u, _ = leakyRelu(nn.Affine(w, fmt.Sprintf("u%d", k), u))
		}
	}
	t.input, t.shift = Concatenate(inputs, -1), Concatenate(shifts, -1)
	return t
}

func (n *bank) potential(w nn.Weights, v *Node) potential {
	t := n.terms(w, v)
	return func(x *Node) (value, gradient *Node) { return n.evaluate(w, t, x) }
}

func (n *bank) evaluate(w nn.Weights, t bankTerms, x *Node) (value, gradient *Node) {
	layers, h := n.arch.Layers, n.arch.Width
	all := Add(EinsumAxes(x, t.input, [][2]int{{2, 1}}, [][2]int{{0, 0}}), t.shift)
	part := func(k int) *Node { return Slice(all, AxisRange(), AxisRange(), AxisRange(k*h, k*h+n.width(k))) }
	weight := func(k int) *Node { return n.weight(w, fmt.Sprintf("z%d", k)) }
	y, z := n.quadratics(w, x)
	slopes := make([]*Node, layers)
	for k := range layers {
		z, slopes[k] = n.activate(Add(part(k), product(Mul(z, t.gate[k]), weight(k))))
	}
	out := Mul(t.gate[layers], Reshape(weight(layers), 1, 1, h))
	value = Add(ReduceSum(Mul(z, out), -1), Reshape(part(layers), x.Shape().Dimensions[:2]...))

	back := out // ∂ψ/∂z_{k+1}
	das := make([]*Node, layers+1)
	for k := layers - 1; k >= 0; k-- {
		das[k] = Mul(back, slopes[k])
		back = Mul(productT(das[k], weight(k)), t.gate[k])
	}
	das[layers] = OnesLike(part(layers))
	gradient = EinsumAxes(Concatenate(das, -1), t.input, [][2]int{{2, 2}}, [][2]int{{0, 0}})
	shape := y.Shape().Dimensions // [C,n,J,d]
	pulled := Reshape(Mul(InsertAxes(back, -1), y), shape[0], shape[1], n.size*n.dim)
	return value, Add(gradient, productT(pulled, n.flatBank(w)))
}

// quadratics are y_j = M_j(x − m_j) [C,n,J,d] and z_0 = ½‖y_j‖² [C,n,J].
func (n *bank) quadratics(w nn.Weights, x *Node) (y, z *Node) {
	shape := x.Shape().Dimensions
	members := w.Get("bank") // [d,J,d]
	y = Reshape(product(x, n.flatBank(w)), shape[0], shape[1], n.size, n.dim)
	centres := ReduceSum(Mul(members, InsertAxes(Transpose(w.Get("centre"), 0, 1), -1)), 0) // M_j·m_j [J,d]
	y = Sub(y, Reshape(centres, 1, 1, n.size, n.dim))
	return y, MulScalar(ReduceSum(Square(y), -1), .5)
}

func (n *bank) flatBank(w nn.Weights) *Node { return Reshape(w.Get("bank"), n.dim, n.size*n.dim) }
