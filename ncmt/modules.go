package ncmt

import (
	"math"

	"github.com/gomonge/gomonge/internal/nn"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// modulation is what a condition does to a network; parts that its module has no use for are nil.
type modulation struct {
	shift         *Node                          // added behind the input layer [C,1,W]
	before, after func(block int, t *Node) *Node // on a block's normalised input and on its affine map
	middle        func(h *Node) *Node            // between encoder and decoder
}

// addModule declares the parameters of the module.
func (n *network) addModule() {
	l, a, e, width := n.layout, n.arch, n.path.Width(), n.arch.Width
	dense := func(name string, in, out int, gain float64) {
		nn.AddAffine(l, name, in, out, nn.Normal(gain/math.Sqrt(float64(in))), nn.Zero)
	}
	small := .3 / math.Sqrt(float64(width)) // the fan-in of the layer that is generated (Chang et al. 2020)
	switch a.Module {
	case Hypernetwork:
		dense("hyper", e, a.Hidden, 1)
		nn.AddAffine(l, "hyperW", a.Hidden, width*width, nn.Normal(small/math.Sqrt(float64(a.Hidden))), n.start(width, width, 1))
		dense("hyperB", a.Hidden, width, .1)
	case LowRank:
		dense("hyper", e, a.Hidden, 1)
		n.dense("hyperW", width, width, 1)
		dense("hyperU", a.Hidden, width*a.Rank, 1/math.Sqrt(float64(width)))
		dense("hyperV", a.Hidden, a.Rank*width, 1/math.Sqrt(float64(a.Rank)))
		dense("hyperB", a.Hidden, width, .1)
	case FiLM, AdaIN:
		dense("modulate", e, 2*width*n.blocks, .1)
	case Concatenation:
		dense("concatenate", e, width, 1)
	case Attention:
		dense("keys", e, a.Tokens*width, 1)
		dense("values", e, a.Tokens*width, 1)
		n.dense("query", width, width, 1)
	}
}

// modulation of the conditions embedded as c [C,e].
func (n *network) modulation(w nn.Weights, c *Node) modulation {
	switch n.arch.Module {
	case Hypernetwork:
		return modulation{middle: n.hyper(w, c)}
	case LowRank:
		return modulation{middle: n.lowRank(w, c)}
	case FiLM:
		return modulation{after: n.scaleAndShift(w, c)}
	case AdaIN:
		return modulation{before: n.scaleAndShift(w, c)}
	case Attention:
		return modulation{middle: n.attention(w, c)}
	default: // Concatenation: [x,c]·W is x·W_x + c·W_c
		return modulation{shift: InsertAxes(nn.Affine(w, "concatenate", c), 1)}
	}
}

// hyper is h·W(c) + b(c). With one point a condition W(c) is never formed:
// (r·H)·h is the outer product of the hypernetwork's units r and of h, times H.
func (n *network) hyper(w nn.Weights, c *Node) func(h *Node) *Node {
	width := n.arch.Width
	r := silu(nn.Affine(w, "hyper", c))
	shift := InsertAxes(nn.Affine(w, "hyperB", r), 1)
	return func(h *Node) *Node {
		count, points := h.Shape().Dimensions[0], h.Shape().Dimensions[1]
		if points == 1 {
			units := Reshape(h, count, width)
			outer := Reshape(Mul(InsertAxes(r, 2), InsertAxes(units, 1)), count, n.arch.Hidden*width)
			y := Add(Dot(outer, Reshape(w.Get("hyperW_w"), n.arch.Hidden*width, width)).Product(),
				Dot(units, Reshape(w.Get("hyperW_b"), width, width)).Product())
			return Add(InsertAxes(y, 1), shift)
		}
		layer := Reshape(nn.Affine(w, "hyperW", r), count, width, width)
		return Add(perCondition(h, layer), shift)
	}
}

// lowRank is h·W₀ + (h·U(c))·V(c) + b(c).
func (n *network) lowRank(w nn.Weights, c *Node) func(h *Node) *Node {
	count, width, rank := c.Shape().Dimensions[0], n.arch.Width, n.arch.Rank
	r := silu(nn.Affine(w, "hyper", c))
	u := Reshape(nn.Affine(w, "hyperU", r), count, width, rank)
	v := Reshape(nn.Affine(w, "hyperV", r), count, rank, width)
	shift := InsertAxes(nn.Affine(w, "hyperB", r), 1)
	return func(h *Node) *Node {
		return Add(nn.Affine(w, "hyperW", h), Add(perCondition(perCondition(h, u), v), shift))
	}
}

// scaleAndShift is t·(1 + s_k(c)) + b_k(c) in block k.
func (n *network) scaleAndShift(w nn.Weights, c *Node) func(block int, t *Node) *Node {
	width := n.arch.Width
	all := InsertAxes(nn.Affine(w, "modulate", c), 1)
	part := func(k int) *Node { return Slice(all, AxisRange(), AxisRange(), AxisRange(k*width, (k+1)*width)) }
	return func(block int, t *Node) *Node {
		return Add(Mul(t, AddScalar(part(2*block), 1)), part(2*block+1))
	}
}

// attention is h + softmax(q(norm(h))·Kᵀ/√W)·V over the tokens K(c), V(c).
func (n *network) attention(w nn.Weights, c *Node) func(h *Node) *Node {
	count, width, tokens := c.Shape().Dimensions[0], n.arch.Width, n.arch.Tokens
	keys := Reshape(nn.Affine(w, "keys", c), count, tokens, width)
	values := Reshape(nn.Affine(w, "values", c), count, tokens, width)
	return func(h *Node) *Node {
		scores := MulScalar(EinsumAxes(nn.Affine(w, "query", layerNorm(h)), keys, [][2]int{{2, 2}}, [][2]int{{0, 0}}), 1/math.Sqrt(float64(width)))
		scores = Exp(Sub(scores, StopGradient(ReduceAndKeep(scores, ReduceMax, -1))))
		weights := Div(scores, ReduceAndKeep(scores, ReduceSum, -1))
		return Add(h, perCondition(weights, values))
	}
}

// perCondition is the product of h [C,n,in] and one matrix a condition [C,in,out].
func perCondition(h, matrix *Node) *Node {
	return EinsumAxes(h, matrix, [][2]int{{2, 1}}, [][2]int{{0, 0}})
}
