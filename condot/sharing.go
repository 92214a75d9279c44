package condot

import (
	"github.com/gomonge/gomonge/internal/nn"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// The condition path, which is the embedding and the combinator, stands first in both networks'
// weights. Where the networks share one, f's vector holds a copy of g's.

// borrowed are f's weights with the path of g in their place where f reads it while g takes steps.
func (t *trainer) borrowed(fw, gw nn.Weights) nn.Weights {
	switch t.o.Encoding.Sharing {
	case PathOfG:
		return fw.Borrow(gw, t.g.pathSize, true)
	case JointPath:
		return fw.Borrow(gw, t.g.pathSize, false)
	}
	return fw
}

// shared are the new weights of g and f, of which one or both have taken a step from a common path
// was, with the path that the option gives them: g's, or was with both steps.
func (t *trainer) shared(was, g, f *Node) (newG, newF *Node) {
	size := t.g.pathSize
	path := func(w *Node) *Node { return Slice(w, AxisRange(0, size)) }
	with := func(p, w *Node) *Node { return Concatenate([]*Node{p, Slice(w, AxisRange(size))}, 0) }
	switch t.o.Encoding.Sharing {
	case PathOfG:
		return g, with(path(g), f)
	case JointPath:
		p := Add(path(g), Sub(path(f), path(was)))
		return with(p, g), with(p, f)
	}
	return g, f
}

// rates is the learning rate of each weight of a network, where the path has one of its own.
func (t *trainer) rates(n *network, rate *Node) *Node {
	if t.o.Encoding.Rate == t.o.Rate {
		return rate
	}
	of := func(r *Node, size int) *Node { return BroadcastToDims(r, size) }
	return Concatenate([]*Node{of(MulScalar(rate, t.o.Encoding.Rate/t.o.Rate), n.pathSize), of(rate, n.layout.Size-n.pathSize)}, 0)
}
