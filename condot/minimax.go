package condot

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// minimax is the paper's training (algorithm 1): inner g-steps on
// E f(∇g(x,c),c) − ⟨x,∇g(x,c)⟩, then one f-step on E f(y,c) − E f(∇g(x,c),c). The g-steps
// are a loop in one program, the f-step a program of its own.
func (t *trainer) minimax() (func(k int, rate float64) error, error) {
	gStep, err := t.gProgram()
	if err != nil {
		return nil, err
	}
	fStep, err := t.fProgram()
	if err != nil {
		return nil, err
	}
	s := t.size
	n := s.conditions * s.points
	ids, rows, xRows, yRows := make([]int32, s.conditions), make([]int32, n*s.inner), make([]int32, n), make([]int32, n)
	d := &t.device
	return func(k int, rate float64) error {
		t.data.batch(t.o.Seed, k, s, ids, rows, xRows, yRows)
		lr := float32(rate * t.o.Rate)
		var u uploads
		idsG, rowsG, scheduleG := u.ints(t.be, ids, len(ids)), u.ints(t.be, rows, s.inner, n), u.floats(t.be, []float32{lr, float32(k * s.inner)}, 2)
		idsF, xF, yF := u.ints(t.be, ids, len(ids)), u.ints(t.be, xRows, n), u.ints(t.be, yRows, n)
		scheduleF := u.floats(t.be, []float32{lr, float32(k), t.decay(k)}, 3)
		if u.err != nil {
			return u.err
		}
		lossG, err := d.call(gStep, []*compute.Buffer{&d.state[gNow], &d.state[gFirst], &d.state[gSecond]},
			[]compute.Buffer{d.state[fNow], d.floorG, d.data[0], d.data[2]}, idsG, rowsG, scheduleG)
		if err != nil {
			return err
		}
		lossF, err := d.call(fStep, []*compute.Buffer{&d.state[fNow], &d.state[fFirst], &d.state[fSecond], &d.state[meanG], &d.state[meanF]},
			[]compute.Buffer{d.state[gNow], d.floorF, d.data[0], d.data[1], d.data[2]}, idsF, xF, yF, scheduleF)
		if err != nil {
			return err
		}
		d.keepLoss(lossG[0], lossF[0])
		return nil
	}, nil
}

func (t *trainer) gProgram() (*train.Program, error) {
	g, f, s := t.g, t.f, t.size
	n := s.conditions * s.points
	ng := vector(g.layout.Size)
	in := []shapes.Shape{ng, ng, ng, vector(f.layout.Size), ng, t.device.dataShapes[0], t.device.dataShapes[2], ints(s.conditions), ints(s.inner, n), vector(2)}
	return train.Cached(t.be, t.key("g-steps"), "condot g-steps", func(gr *Graph) []*Node {
		return loop(gr, s.inner, 3, 1, parameters(gr, in), func(i *Node, in []*Node) (out, loss []*Node) {
			x := Reshape(Gather(in[5], row(in[8], i)), s.conditions, s.points, g.dim)
			v := Gather(in[6], Reshape(in[7], s.conditions, 1))
			gw, fw := g.layout.Split(in[0]), f.layout.Split(in[3])
			_, y := g.at(gw, v)(x)
			fy, _ := f.at(fw, v)(y)
			l := ReduceAllMean(Sub(fy, ReduceSum(Mul(x, y), -1)))
			step := Add(entry(in[9], 1), ConvertDType(AddScalar(i, 1), dtypes.Float32))
			ns := t.adam.Update(train.State{Params: in[0], First: in[1], Second: in[2]}, gw.Gradient(t.penalised(l, gw)), step, entry(in[9], 0))
			return []*Node{Max(ns.Params, in[4]), ns.First, ns.Second}, []*Node{l}
		})
	})
}

func (t *trainer) fProgram() (*train.Program, error) {
	g, f, s := t.g, t.f, t.size
	n := s.conditions * s.points
	ng, nf := vector(g.layout.Size), vector(f.layout.Size)
	in := []shapes.Shape{nf, nf, nf, ng, nf, ng, nf, t.device.dataShapes[0], t.device.dataShapes[1], t.device.dataShapes[2], ints(s.conditions), ints(n), ints(n), vector(3)}
	return train.Cached(t.be, t.key("f-step"), "condot f-step", func(gr *Graph) []*Node {
		p := parameters(gr, in)
		x := Reshape(Gather(p[7], Reshape(p[11], n, 1)), s.conditions, s.points, g.dim)
		y := Reshape(Gather(p[8], Reshape(p[12], n, 1)), s.conditions, s.points, g.dim)
		v := Gather(p[9], Reshape(p[10], s.conditions, 1))
		gw, fw := g.layout.Split(p[5]), f.layout.Split(p[0])
		_, carried := g.at(gw, v)(x)
		psi := f.at(fw, v)
		fy, _ := psi(y)
		fx, _ := psi(StopGradient(carried))
		loss := ReduceAllMean(Sub(fy, fx))
		ns := t.adam.Update(train.State{Params: p[0], First: p[1], Second: p[2]}, fw.Gradient(loss), AddScalar(entry(p[13], 1), 1), entry(p[13], 0))
		ns.Params = Max(ns.Params, p[6])
		decay := entry(p[13], 2)
		return []*Node{ns.Params, ns.First, ns.Second, mix(decay, p[3], p[5]), mix(decay, p[4], ns.Params), loss}
	})
}
