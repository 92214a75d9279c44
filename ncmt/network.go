package ncmt

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/internal/nn"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// network is T or f: an encoder, a modulation by the condition, and a decoder, all of residual blocks
//
//	h ← h + silu(norm(h)·W + b).
//
// Shapes: points [C,n,in] for C conditions of n points, features of conditions v [C,q],
// their embeddings c [C,e].
type network struct {
	layout  *nn.Layout
	in, out int
	blocks  int
	arch    Architecture
	path    nn.ConditionPath
	embeds  bool // the network has an embedding of its own
}

func newNetwork(in, out, decoder int, arch Architecture, path nn.ConditionPath, embeds bool) *network {
	n := &network{layout: &nn.Layout{}, in: in, out: out, blocks: arch.Encoder + decoder, arch: arch, path: path, embeds: embeds}
	if embeds {
		path.Add(n.layout)
	}
	n.dense("input", in, arch.Width, 1)
	for k := range n.blocks {
		n.dense(blockName(k), arch.Width, arch.Width, 1)
	}
	gain := 1.
	if out == 1 {
		gain = .1 // a critic starts small
	}
	nn.AddAffine(n.layout, "output", arch.Width, out, nn.Normal(gain/math.Sqrt(float64(arch.Width))), nn.Zero)
	n.addModule()
	return n
}

func blockName(k int) string { return fmt.Sprintf("block%d", k) }

// dense declares an affine map whose weights start as gain times an orthogonal matrix, or
// N(0, gain²/in) where the architecture wants no such.
func (n *network) dense(name string, in, out int, gain float64) {
	nn.AddAffine(n.layout, name, in, out, n.start(in, out, gain), nn.Zero)
}

// start of a matrix.
func (n *network) start(in, out int, gain float64) nn.Init {
	if n.arch.NoOrthogonal {
		return nn.Normal(gain / math.Sqrt(float64(in)))
	}
	return nn.Orthogonal(in, out, gain)
}

// embed is the vector that modulates the network, from the features v of the conditions.
func (n *network) embed(w nn.Weights, v *Node) *Node { return n.path.Apply(w, v) }

// apply evaluates the network at points x [C,n,in] under conditions embedded as c [C,e].
func (n *network) apply(w nn.Weights, c, x *Node) *Node {
	return nn.Affine(w, "output", n.body(w, c, x))
}

// body is all of the network but its last layer.
func (n *network) body(w nn.Weights, c, x *Node) *Node {
	m := n.modulation(w, c)
	h := nn.Affine(w, "input", x)
	if m.shift != nil {
		h = Add(h, m.shift)
	}
	for k := range n.blocks {
		t := h
		if !n.arch.NoNorm {
			t = layerNorm(t)
		}
		if m.before != nil {
			t = m.before(k, t)
		}
		t = nn.Affine(w, blockName(k), t)
		if m.after != nil {
			t = m.after(k, t)
		}
		t = silu(t)
		if !n.arch.NoResidual {
			t = Add(h, t)
		}
		h = t
		if k == n.arch.Encoder-1 && m.middle != nil {
			h = m.middle(h)
		}
	}
	return h
}

// both evaluates the network at points x and y [C,n,in] of the same conditions c in one pass, with twice the points
// or, where each has a condition of its own, twice the conditions: gradients of the weights are then made once. The
// last layer stays apart, so that what its bias gains at x and loses at y is the same number: else rounding moves it.
func (n *network) both(w nn.Weights, c, x, y *Node) (atX, atY *Node) {
	d := x.Shape().Dimensions
	if d[1] == 1 {
		h := n.body(w, Concatenate([]*Node{c, c}, 0), Concatenate([]*Node{x, y}, 0))
		return nn.Affine(w, "output", Slice(h, AxisRange(0, d[0]))), nn.Affine(w, "output", Slice(h, AxisRange(d[0])))
	}
	h := n.body(w, c, Concatenate([]*Node{x, y}, 1))
	return nn.Affine(w, "output", Slice(h, AxisRange(), AxisRange(0, d[1]))), nn.Affine(w, "output", Slice(h, AxisRange(), AxisRange(d[1])))
}

func silu(x *Node) *Node { return Mul(x, Sigmoid(x)) }

// layerNorm brings each point's units to mean 0 and variance 1.
func layerNorm(h *Node) *Node {
	centred := Sub(h, ReduceAndKeep(h, ReduceMean, -1))
	variance := ReduceAndKeep(Square(centred), ReduceMean, -1)
	return Div(centred, Sqrt(AddScalar(variance, 1e-5)))
}
