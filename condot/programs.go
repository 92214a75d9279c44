package condot

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// sizes of one training step: conditions a batch, points a condition and g-steps
// a round, and of the data on the device.
type sizes struct {
	conditions, points, inner         int
	sources, targets, table, features int
}

func vector(n int) shapes.Shape { return shapes.Make(dtypes.Float32, n) }

// gProgram compiles one round's g-steps.
//
// Inputs: params, first, second of g; params of f; sources [Ns,d]; condition
// features [table,q]; condition ids [C]; source rows [inner, C·n]; schedule
// [2] = (learning rate, steps taken). Outputs: params, first, second; mean loss.
func gProgram(be compute.Backend, g, f *picnn, s sizes, opt train.Adam, penalty float64) (*train.Program, error) {
	n := s.conditions * s.points
	return train.Compile(be, "condot g-steps", func(gr *Graph) []*Node {
		state := []*Node{
			Parameter(gr, "g", vector(g.layout.Size)), Parameter(gr, "g1", vector(g.layout.Size)), Parameter(gr, "g2", vector(g.layout.Size)),
			Parameter(gr, "f", vector(f.layout.Size)),
			Parameter(gr, "sources", shapes.Make(dtypes.Float32, s.sources, g.dim)),
			Parameter(gr, "features", shapes.Make(dtypes.Float32, s.table, s.features)),
			Parameter(gr, "conditions", shapes.Make(dtypes.Int32, s.conditions)),
			Parameter(gr, "rows", shapes.Make(dtypes.Int32, s.inner, n)),
			Parameter(gr, "schedule", vector(2)),
		}
		body := func(i, loss *Node, st []*Node) []*Node {
			rows := Reshape(Gather(st[7], Reshape(i, 1, 1)), n, 1)
			x := Reshape(Gather(st[4], rows), s.conditions, s.points, g.dim)
			v := Gather(st[5], Reshape(st[6], s.conditions, 1))
			gw, fw := g.layout.Split(st[0]), f.layout.Split(st[3])
			_, t := g.evaluate(gw, g.terms(gw, v), x)
			ft, _ := f.evaluate(fw, f.terms(fw, v), t)
			l := ReduceAllMean(Sub(ft, ReduceSum(Mul(x, t), -1)))
			total := l
			if penalty > 0 {
				total = Add(l, MulScalar(g.penalty(gw), penalty))
			}
			rate := Reshape(Slice(st[8], AxisRange(0, 1)))
			step := Add(Reshape(Slice(st[8], AxisRange(1, 2))), ConvertDType(AddScalar(i, 1), dtypes.Float32))
			ns := opt.Update(train.State{Params: st[0], First: st[1], Second: st[2]}, gw.Gradient(total), step, rate, nil)
			out := []*Node{AddScalar(i, 1), Add(loss, l), ns.Params, ns.First, ns.Second}
			return append(out, st[3:]...)
		}
		params := func(gr *Graph) []*Node {
			ps := []*Node{Parameter(gr, "i", shapes.Make(dtypes.Int32)), Parameter(gr, "loss", shapes.Make(dtypes.Float32))}
			for k, x := range state {
				ps = append(ps, Parameter(gr, "s"+string(rune('a'+k)), x.Shape()))
			}
			return ps
		}
		cond := NewClosure(gr, func(gr *Graph) []*Node {
			ps := params(gr)
			return []*Node{LessThan(ps[0], Const(gr, int32(s.inner)))}
		})
		loop := NewClosure(gr, func(gr *Graph) []*Node {
			ps := params(gr)
			return body(ps[0], ps[1], ps[2:])
		})
		out := While(cond, loop, append([]*Node{Const(gr, int32(0)), Const(gr, float32(0))}, state...)...)
		return []*Node{out[2], out[3], out[4], Div(out[1], Const(gr, float32(s.inner)))}
	})
}

// fProgram compiles one round's f-step and the moving averages.
//
// Inputs: params, first, second of f; averages of g and f; params of g; sources;
// targets [Nt,d]; condition features; condition ids [C]; source rows [C·n]; target
// rows [C·n]; floor of f's weights; schedule [3] = (learning rate, steps taken,
// averaging decay). Outputs: params, first, second, averages of g and f; loss.
func fProgram(be compute.Backend, g, f *picnn, s sizes, opt train.Adam, clamp bool) (*train.Program, error) {
	n := s.conditions * s.points
	return train.Compile(be, "condot f-step", func(gr *Graph) []*Node {
		state := train.State{Params: Parameter(gr, "f", vector(f.layout.Size)), First: Parameter(gr, "f1", vector(f.layout.Size)), Second: Parameter(gr, "f2", vector(f.layout.Size))}
		meanG, meanF := Parameter(gr, "meanG", vector(g.layout.Size)), Parameter(gr, "meanF", vector(f.layout.Size))
		gp := Parameter(gr, "g", vector(g.layout.Size))
		sources := Parameter(gr, "sources", shapes.Make(dtypes.Float32, s.sources, g.dim))
		targets := Parameter(gr, "targets", shapes.Make(dtypes.Float32, s.targets, g.dim))
		features := Parameter(gr, "features", shapes.Make(dtypes.Float32, s.table, s.features))
		ids := Parameter(gr, "conditions", shapes.Make(dtypes.Int32, s.conditions))
		xRows := Parameter(gr, "xRows", shapes.Make(dtypes.Int32, n))
		yRows := Parameter(gr, "yRows", shapes.Make(dtypes.Int32, n))
		floor := Parameter(gr, "floor", vector(f.layout.Size))
		schedule := Parameter(gr, "schedule", vector(3))
		at := func(i int) *Node { return Reshape(Slice(schedule, AxisRange(i, i+1))) }

		x := Reshape(Gather(sources, Reshape(xRows, n, 1)), s.conditions, s.points, g.dim)
		y := Reshape(Gather(targets, Reshape(yRows, n, 1)), s.conditions, s.points, g.dim)
		v := Gather(features, Reshape(ids, s.conditions, 1))
		gw, fw := g.layout.Split(gp), f.layout.Split(state.Params)
		_, t := g.evaluate(gw, g.terms(gw, v), x)
		ft := f.terms(fw, v)
		fy, _ := f.evaluate(fw, ft, y)
		fx, _ := f.evaluate(fw, ft, StopGradient(t))
		loss := ReduceAllMean(Sub(fy, fx))
		ns := opt.Update(state, fw.Gradient(loss), AddScalar(at(1), 1), at(0), nil)
		if clamp {
			ns.Params = Max(ns.Params, floor)
		}
		keep := at(2)
		mix := func(mean, p *Node) *Node { return Add(p, Mul(keep, Sub(mean, p))) }
		return []*Node{ns.Params, ns.First, ns.Second, mix(meanG, gp), mix(meanF, ns.Params), loss}
	})
}

var _ = nn.Zero
