package condot

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// amortisedProgram compiles rounds of the amortised semi-dual (Amos 2023, "On amortizing
// convex conjugates"): ∇g proposes the conjugate's point, a few Barzilai–Borwein steps on
// f(y) − ⟨x,y⟩ improve it to ŷ, f takes a step on E f(y) − E f(ŷ), and g one towards ŷ.
//
// Inputs: params, first, second of g; params, first, second of f; averages of g and f;
// floors of g and f; sources; targets; features; condition ids [rounds,C]; source rows
// [rounds,C·n]; target rows [rounds,C·n]; schedule [4] = (rate of g, rate of f, rounds
// taken, decay of the averages). Outputs: the first eight, and the mean losses of g and f.
func amortisedProgram(be compute.Backend, g, f *picnn, s sizes, opt train.Adam, o Options) (*train.Program, error) {
	n := s.conditions * s.points
	return train.Compile(be, "condot rounds", func(gr *Graph) []*Node {
		ng, nf := vector(g.layout.Size), vector(f.layout.Size)
		rows := shapes.Make(dtypes.Int32, s.inner, n)
		state := []*Node{Const(gr, int32(0)), Const(gr, float32(0)), Const(gr, float32(0))}
		for i, shape := range []shapes.Shape{ng, ng, ng, nf, nf, nf, ng, nf, ng, nf,
			shapes.Make(dtypes.Float32, s.sources, g.dim), shapes.Make(dtypes.Float32, s.targets, g.dim),
			shapes.Make(dtypes.Float32, s.table, s.features), shapes.Make(dtypes.Int32, s.inner, s.conditions), rows, rows, vector(4)} {
			state = append(state, Parameter(gr, fmt.Sprintf("in%d", i), shape))
		}
		params := func(gr *Graph) (ps []*Node) {
			for i, s := range state {
				ps = append(ps, Parameter(gr, fmt.Sprintf("s%d", i), s.Shape()))
			}
			return ps
		}
		cond := NewClosure(gr, func(gr *Graph) []*Node {
			return []*Node{LessThan(params(gr)[0], Const(gr, int32(s.inner)))}
		})
		body := NewClosure(gr, func(gr *Graph) []*Node {
			p := params(gr)
			i, in := p[0], p[3:]
			at := func(table *Node) *Node {
				return Reshape(Gather(table, Reshape(i, 1, 1)), table.Shape().Dimensions[1], 1)
			}
			cut := func(k int) *Node { return Reshape(Slice(in[16], AxisRange(k, k+1))) }
			x := Reshape(Gather(in[10], at(in[14])), s.conditions, s.points, g.dim)
			y := Reshape(Gather(in[11], at(in[15])), s.conditions, s.points, g.dim)
			v := Gather(in[12], at(in[13]))
			gw, fw := g.layout.Split(in[0]), f.layout.Split(in[3])
			gt, ft := g.terms(gw, v), f.terms(fw, v)
			_, t := g.evaluate(gw, gt, x)
			hat := StopGradient(f.improve(func(y *Node) *Node { _, d := f.evaluate(fw, ft, y); return d }, x, StopGradient(t), o.Refine))
			lossG := ReduceAllMean(ReduceSum(Square(Sub(t, hat)), -1))
			totalG := lossG
			if o.Architecture.NonNegativity == ClampPenalty {
				totalG = Add(lossG, MulScalar(g.penalty(gw), o.Penalty))
			}
			fy, _ := f.evaluate(fw, ft, y)
			fx, _ := f.evaluate(fw, ft, hat)
			lossF := ReduceAllMean(Sub(fy, fx))
			step := Add(cut(2), ConvertDType(AddScalar(i, 1), dtypes.Float32))
			sg := opt.Update(train.State{Params: in[0], First: in[1], Second: in[2]}, gw.Gradient(totalG), step, cut(0), nil)
			sf := opt.Update(train.State{Params: in[3], First: in[4], Second: in[5]}, fw.Gradient(lossF), step, cut(1), nil)
			sg.Params, sf.Params = Max(sg.Params, in[8]), Max(sf.Params, in[9])
			mix := func(mean, p *Node) *Node { return Add(p, Mul(cut(3), Sub(mean, p))) }
			out := []*Node{AddScalar(i, 1), Add(p[1], lossG), Add(p[2], lossF), sg.Params, sg.First, sg.Second, sf.Params, sf.First, sf.Second,
				mix(in[6], sg.Params), mix(in[7], sf.Params)}
			return append(out, in[8:]...)
		})
		out := While(cond, body, state...)
		count := Const(gr, float32(s.inner))
		return append(out[3:11:11], Div(out[1], count), Div(out[2], count))
	})
}

// improve takes evaluations−1 Barzilai–Borwein steps from start towards the minimiser of
// f(y) − ⟨x,y⟩ and returns the point of least residual ‖∇f(y) − x‖ that was evaluated.
func (n *picnn) improve(gradient func(y *Node) *Node, x, start *Node, evaluations int) *Node {
	y, best := start, start
	var lastY, lastR, bestNorm *Node
	for k := range evaluations {
		r := Sub(gradient(y), x)
		norm := ReduceSum(Square(r), -1)
		var step *Node
		if k == 0 {
			bestNorm, step = norm, MulScalar(OnesLike(norm), .4)
		} else {
			better := LessThan(norm, bestNorm)
			best = Where(BroadcastToShape(InsertAxes(better, -1), y.Shape()), y, best)
			bestNorm = Min(norm, bestNorm)
			dy, dr := Sub(y, lastY), Sub(r, lastR)
			step = ClipScalar(Div(ReduceSum(Mul(dy, dr), -1), AddScalar(ReduceSum(Square(dr), -1), 1e-12)), .02, 20)
		}
		lastY, lastR = y, r
		y = Sub(y, Mul(InsertAxes(step, -1), r))
	}
	return best
}
