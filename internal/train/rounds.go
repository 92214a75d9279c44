package train

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// Rounds builds a program that is one While over a round's steps. The state starts at init,
// which may hold only parameters and constants; step gets the number of the step (from 0) and
// the state and returns the new values of the first updated ones, and losses, whose means over
// the steps come last.
//
// All arithmetic is in the body: this version of the graph library shares scalar constants
// between functions, which a program of a loop and more would break. The pure-Go engine gets
// the steps one after another: its fusion of broadcasts breaks the bodies of loops (compute
// v0.1.6), and it has no compilation that a long program would slow down. So does a single step, since
// a loop copies its state.
func Rounds(gr *Graph, steps, updated, losses int, init []*Node, step func(i *Node, in []*Node) (out, loss []*Node)) []*Node {
	if gr.Backend().Name() != "xla" || steps == 1 {
		return unrolled(gr, steps, updated, losses, init, step)
	}
	fixed := len(init) - updated
	state := append([]*Node{Const(gr, int32(0))}, init[updated:]...)
	state = append(state, init[:updated]...)
	for range losses {
		state = append(state, Const(gr, float32(0)))
	}
	params := func(gr *Graph) (ps []*Node) {
		for k, s := range state {
			ps = append(ps, Parameter(gr, fmt.Sprintf("s%d", k), s.Shape()))
		}
		return ps
	}
	cond := NewClosure(gr, func(gr *Graph) []*Node {
		return []*Node{LessThan(params(gr)[0], Const(gr, int32(steps)))}
	})
	body := NewClosure(gr, func(gr *Graph) []*Node {
		p := params(gr)
		changing, sums := p[1+fixed:1+fixed+updated], p[1+fixed+updated:]
		out, loss := step(p[0], append(append([]*Node{}, changing...), p[1:1+fixed]...))
		next := append([]*Node{AddScalar(p[0], 1)}, p[1:1+fixed]...)
		next = append(next, out...)
		for k, l := range loss {
			next = append(next, Add(sums[k], l))
		}
		return next
	})
	out := While(cond, body, state...)[1+fixed:]
	for k := range losses {
		out[updated+k] = Div(out[updated+k], Const(gr, float32(steps)))
	}
	return out
}

// unrolled is Rounds without a While.
func unrolled(gr *Graph, steps, updated, losses int, init []*Node, step func(i *Node, in []*Node) (out, loss []*Node)) []*Node {
	state, sums := append([]*Node{}, init...), make([]*Node, losses)
	for i := range steps {
		out, loss := step(Const(gr, int32(i)), state)
		copy(state, out)
		for k, l := range loss {
			if i == 0 {
				sums[k] = l
			} else {
				sums[k] = Add(sums[k], l)
			}
		}
	}
	out := state[:updated:updated]
	for _, s := range sums {
		out = append(out, DivScalar(s, float64(steps)))
	}
	return out
}

// Parameters declares a program's inputs.
func Parameters(gr *Graph, in []shapes.Shape) []*Node {
	p := make([]*Node, len(in))
	for k, s := range in {
		p[k] = Parameter(gr, fmt.Sprintf("in%d", k), s)
	}
	return p
}

// Row is row i of a table of ints [steps, n], as indices [n, 1].
func Row(table, i *Node) *Node {
	return Reshape(Gather(table, Reshape(i, 1, 1)), table.Shape().Dimensions[1], 1)
}

// Entry is one number of a vector.
func Entry(v *Node, k int) *Node { return Reshape(Slice(v, AxisRange(k, k+1))) }

// Ints is the shape of an array of int32.
func Ints(dims ...int) shapes.Shape { return shapes.Make(dtypes.Int32, dims...) }

// Mix is the moving average decay·mean + (1−decay)·now.
func Mix(decay, mean, now *Node) *Node { return Add(now, Mul(decay, Sub(mean, now))) }

// Vector is the shape of n float32.
func Vector(n int) shapes.Shape { return shapes.Make(dtypes.Float32, n) }

// Decay of the moving averages after step k: ema, but at first a memory of a tenth of the
// steps done, so that the start is forgotten. A negative ema means no average.
func Decay(ema float64, k int) float32 { return float32(max(0, min(ema, 1-10/float64(k+10)))) }
