package nn

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// ConditionPath turns the features of a condition, v [C, In], into the vector
// u = [tanh(W₂·silu(W₁·[v, s] + b₁) + b₂), v, s] [C, Width] that drives a network, where s
// are the sets' codes by their trainable deep sets. The code [v, s] stands in u so that what is
// linear in it, such as the sum of two actions' effects, carries over to conditions never seen.
type ConditionPath struct {
	// Fixed features come first in v, then the sets, then Bank features that the
	// path does not read: weights of a bank of terms.
	Fixed, Bank int
	Sets        []DeepSet
	// Hidden and Out widths of the two layers.
	Hidden, Out int
}

// DeepSet is the combinator ρ(Σ_a φ(e_a)) over the actions of a set (Zaheer et
// al. 2017; section 3.3 of the CondOT paper): φ has two linear layers, ρ two
// layers, with sigmoids. A set stands in the features as Slots times
// (1 if there is an action, its Dim coordinates).
type DeepSet struct {
	Slots, Dim, Width int
}

// Size is how many features a set takes.
func (s DeepSet) Size() int { return s.Slots * (s.Dim + 1) }

// In is how many features a condition has.
func (p ConditionPath) In() int {
	n := p.Fixed + p.Bank
	for _, s := range p.Sets {
		n += s.Size()
	}
	return n
}

// Add declares the path's parameters.
func (p ConditionPath) Add(l *Layout) {
	p.AddCode(l)
	addDense(l, "embed1", p.CodeSize(), p.Hidden)
	addDense(l, "embed2", p.Hidden, p.Out)
}

// AddCode declares the parameters of the sets alone, for a network that reads the code.
func (p ConditionPath) AddCode(l *Layout) {
	for i, s := range p.Sets {
		s.add(l, fmt.Sprintf("set%d", i))
	}
}

// CodeSize is the length of a condition's code.
func (p ConditionPath) CodeSize() int {
	n := p.Fixed
	for _, s := range p.Sets {
		n += s.Width
	}
	return n
}

func addDense(l *Layout, name string, in, out int) {
	AddAffine(l, name, in, out, Normal(1/math.Sqrt(float64(in))), Zero)
}

func (s DeepSet) add(l *Layout, name string) {
	addDense(l, name+"_phi1", s.Dim, s.Width)
	addDense(l, name+"_phi2", s.Width, s.Width)
	addDense(l, name+"_rho1", s.Width, s.Width)
	addDense(l, name+"_rho2", s.Width, s.Width)
}

// Code is [v, s] [C, CodeSize]: the fixed features and the sets' codes.
func (p ConditionPath) Code(w Weights, v *Node) *Node {
	parts, at := []*Node{}, p.Fixed
	if p.Fixed > 0 {
		parts = append(parts, Slice(v, AxisRange(), AxisRange(0, p.Fixed)))
	}
	for i, s := range p.Sets {
		parts = append(parts, s.apply(w, fmt.Sprintf("set%d", i), Slice(v, AxisRange(), AxisRange(at, at+s.Size()))))
		at += s.Size()
	}
	return Concatenate(parts, -1)
}

// Width of u.
func (p ConditionPath) Width() int { return p.Out + p.CodeSize() }

// Apply evaluates u [C, Width].
func (p ConditionPath) Apply(w Weights, v *Node) *Node {
	code := p.Code(w, v)
	h := Affine(w, "embed1", code)
	h = Mul(h, Sigmoid(h))
	return Concatenate([]*Node{Tanh(Affine(w, "embed2", h)), code}, -1)
}

func (s DeepSet) apply(w Weights, name string, v *Node) *Node {
	c := v.Shape().Dimensions[0]
	slots := Reshape(v, c*s.Slots, s.Dim+1)
	there := Slice(slots, AxisRange(), AxisRange(0, 1))
	phi := Affine(w, name+"_phi2", Sigmoid(Affine(w, name+"_phi1", Slice(slots, AxisRange(), AxisRange(1, s.Dim+1)))))
	sum := ReduceSum(Reshape(Mul(phi, there), c, s.Slots, s.Width), 1)
	return Affine(w, name+"_rho2", Sigmoid(Affine(w, name+"_rho1", sum)))
}
