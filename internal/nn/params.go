// Package nn holds what the networks of every method are made of: named
// parameters inside one flat vector, dense layers, and the path from a
// condition to the vector that drives a network.
//
// A network's parameters live in one vector of float32, so that an optimiser
// step is one fused loop, a checkpoint is one array and a call passes a handful
// of buffers instead of hundreds.
package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// Init fills the values of one parameter; r is the network's own random stream.
type Init func(r *rand.Rand, v []float32)

// Param is one named array in the flat vector.
type Param struct {
	Name   string
	Dims   []int
	Offset int
	Size   int
	// NonNegative marks weights that are to be kept at or above zero, by a clamp or a penalty.
	NonNegative bool
	init        Init
}

// Layout says where each parameter of a network stands in its flat vector.
type Layout struct {
	Params []Param
	Size   int
	index  map[string]int
}

// Add appends a parameter of the given dimensions. Names are unique.
func (l *Layout) Add(name string, init Init, dims ...int) {
	l.add(Param{Name: name, Dims: dims, init: init})
}

// AddNonNegative is Add for weights that are kept at or above zero.
func (l *Layout) AddNonNegative(name string, init Init, dims ...int) {
	l.add(Param{Name: name, Dims: dims, init: init, NonNegative: true})
}

func (l *Layout) add(p Param) {
	if l.index == nil {
		l.index = map[string]int{}
	}
	if _, ok := l.index[p.Name]; ok {
		panic(fmt.Sprintf("nn: parameter %q added twice", p.Name))
	}
	p.Size = 1
	for _, n := range p.Dims {
		p.Size *= n
	}
	p.Offset = l.Size
	l.index[p.Name] = len(l.Params)
	l.Params = append(l.Params, p)
	l.Size += p.Size
}

// Values draws the initial flat vector.
func (l *Layout) Values(src rand.Source) []float32 {
	r := rand.New(src)
	v := make([]float32, l.Size)
	for _, p := range l.Params {
		p.init(r, v[p.Offset:p.Offset+p.Size])
	}
	return v
}

// Slice is the part of a flat vector that belongs to one parameter.
func (l *Layout) Slice(flat []float32, name string) []float32 {
	i, ok := l.index[name]
	if !ok {
		panic(fmt.Sprintf("nn: no parameter %q", name))
	}
	p := l.Params[i]
	return flat[p.Offset : p.Offset+p.Size]
}

// Floor is the vector of lower bounds: 0 for non-negative weights, else the
// lowest float32.
func (l *Layout) Floor() []float32 {
	v := make([]float32, l.Size)
	for _, p := range l.Params {
		low := float32(-math.MaxFloat32)
		if p.NonNegative {
			low = 0
		}
		for i := p.Offset; i < p.Offset+p.Size; i++ {
			v[i] = low
		}
	}
	return v
}

// Weights are the parameters of a network as nodes of a graph.
type Weights struct {
	layout *Layout
	nodes  []*Node
}

// Split cuts the flat vector node into its parameters.
func (l *Layout) Split(flat *Node) Weights {
	w := Weights{layout: l, nodes: make([]*Node, len(l.Params))}
	for i, p := range l.Params {
		w.nodes[i] = Reshape(Slice(flat, AxisRange(p.Offset, p.Offset+p.Size)), p.Dims...)
	}
	return w
}

// Get is the node of one parameter.
func (w Weights) Get(name string) *Node {
	i, ok := w.layout.index[name]
	if !ok {
		panic(fmt.Sprintf("nn: no parameter %q", name))
	}
	return w.nodes[i]
}

// Borrow is w with the first size numbers taken from the weights of another network, which begins with the
// same parameters; with fixed, gradients do not go back to those.
func (w Weights) Borrow(from Weights, size int, fixed bool) Weights {
	b := Weights{layout: w.layout, nodes: slices.Clone(w.nodes)}
	for i, p := range w.layout.Params {
		if p.Offset >= size {
			break
		}
		if b.nodes[i] = from.nodes[i]; fixed {
			b.nodes[i] = StopGradient(from.nodes[i])
		}
	}
	return b
}

// NonNegative lists the nodes of the weights marked so.
func (w Weights) NonNegative() (nodes []*Node) {
	for i, p := range w.layout.Params {
		if p.NonNegative {
			nodes = append(nodes, w.nodes[i])
		}
	}
	return nodes
}

// Gradient of a scalar loss with respect to every parameter, as one flat vector.
func (w Weights) Gradient(loss *Node) *Node {
	parts := Gradient(loss, w.nodes...)
	for i, g := range parts {
		parts[i] = Reshape(g, w.layout.Params[i].Size)
	}
	return OptimizationBarrier(Concatenate(parts, 0))
}

// Zero fills with 0.
func Zero(_ *rand.Rand, v []float32) { clear(v) }

// Constant fills with c.
func Constant(c float64) Init {
	return func(_ *rand.Rand, v []float32) {
		for i := range v {
			v[i] = float32(c)
		}
	}
}

// IdentityMatrix fills an n×n matrix with the identity.
func IdentityMatrix(n int) Init {
	return func(_ *rand.Rand, v []float32) {
		clear(v)
		for i := range n {
			v[i*(n+1)] = 1
		}
	}
}

// Normal draws from N(0, sd²).
func Normal(sd float64) Init {
	return func(r *rand.Rand, v []float32) {
		for i := range v {
			v[i] = float32(sd * r.NormFloat64())
		}
	}
}

// Uniform draws from [lo, hi).
func Uniform(lo, hi float64) Init {
	return func(r *rand.Rand, v []float32) {
		for i := range v {
			v[i] = float32(lo + (hi-lo)*r.Float64())
		}
	}
}
