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
	s, part := t.division.Whole, t.size.Conditions*t.size.Points
	n := s.Conditions * s.Points
	ids, rows, xRows, yRows := make([]int32, s.Conditions), make([]int32, n*s.Inner), make([]int32, n), make([]int32, n)
	d := &t.device
	return func(k int, rate float64) error {
		t.data.Batch(t.o.Seed, k, s, ids, rows, xRows, yRows)
		if err := d.data.Fetch(t.on, t.data, [][]int32{rows, xRows}, [][]int32{yRows}); err != nil {
			return err
		}
		lr := float32(rate * t.o.Rate)
		u := train.NewUploads(t.on)
		t.division.IDs(u, ids, 1, t.size.Conditions)
		t.division.Rows(u, rows, s.Inner, s.Inner, part)
		u.Floats([]float32{lr, float32(k * s.Inner)}, 2)
		lossG, err := d.Call(gStep, []int{gNow, gFirst, gSecond}, []compute.Buffer{d.State[fNow], d.floorG, d.data.Buffers[0], d.data.Buffers[2]}, u)
		if err != nil {
			return err
		}
		u = train.NewUploads(t.on)
		t.division.IDs(u, ids, 1, t.size.Conditions)
		t.division.Rows(u, xRows, 1, part)
		t.division.Rows(u, yRows, 1, part)
		u.Floats([]float32{lr, float32(k), train.Decay(t.o.EMA, k)}, 3)
		lossF, err := d.Call(fStep, []int{fNow, fFirst, fSecond, meanG, meanF, gNow},
			append([]compute.Buffer{d.floorF}, d.data.Buffers[:]...), u)
		if err != nil {
			train.Free(lossG...)
			return err
		}
		d.KeepLosses(lossG[0], lossF[0])
		return nil
	}, nil
}

func (t *trainer) gProgram() (*train.Program, error) {
	g, f, s := t.g, t.f, t.size
	n := s.Conditions * s.Points
	ng := train.Vector(g.layout.Size)
	in := []shapes.Shape{ng, ng, ng, train.Vector(f.layout.Size), ng, t.device.data.Shapes[0], t.device.data.Shapes[2], train.Ints(s.Conditions), train.Ints(s.Inner, n), train.Vector(2)}
	return train.Cached(t.on, t.key("g-steps"), "condot g-steps", func(gr *Graph) []*Node {
		return train.Rounds(gr, s.Inner, 3, 1, train.Parameters(gr, in), func(i *Node, in []*Node) (out, loss []*Node) {
			x := Reshape(Gather(in[5], train.Row(in[8], i)), s.Conditions, s.Points, g.dim)
			v := Gather(in[6], Reshape(in[7], s.Conditions, 1))
			gw, fw := g.layout.Split(in[0]), f.layout.Split(in[3])
			_, y := g.at(gw, v)(x)
			fy, _ := f.at(t.borrowed(fw, gw), v)(y)
			l := ReduceAllMean(Sub(fy, ReduceSum(Mul(x, y), -1)))
			step := Add(train.Entry(in[9], 1), ConvertDType(AddScalar(i, 1), dtypes.Float32))
			ns := t.adam.Update(train.State{Params: in[0], First: in[1], Second: in[2]}, gw.Gradient(t.penalised(l, gw)), step, t.rates(g, train.Entry(in[9], 0)))
			return []*Node{Max(ns.Params, in[4]), ns.First, ns.Second}, []*Node{l}
		})
	})
}

func (t *trainer) fProgram() (*train.Program, error) {
	g, f, s := t.g, t.f, t.size
	n := s.Conditions * s.Points
	ng, nf := train.Vector(g.layout.Size), train.Vector(f.layout.Size)
	in := []shapes.Shape{nf, nf, nf, ng, nf, ng, nf, t.device.data.Shapes[0], t.device.data.Shapes[1], t.device.data.Shapes[2], train.Ints(s.Conditions), train.Ints(n), train.Ints(n), train.Vector(3)}
	return train.Cached(t.on, t.key("f-step"), "condot f-step", func(gr *Graph) []*Node {
		p := train.Parameters(gr, in)
		x := Reshape(Gather(p[7], Reshape(p[11], n, 1)), s.Conditions, s.Points, g.dim)
		y := Reshape(Gather(p[8], Reshape(p[12], n, 1)), s.Conditions, s.Points, g.dim)
		v := Gather(p[9], Reshape(p[10], s.Conditions, 1))
		_, now := t.shared(p[0], p[5], p[0]) // f takes over the path that the g-steps moved
		gw, fw := g.layout.Split(p[5]), f.layout.Split(now)
		_, carried := g.at(gw, v)(x)
		psi := f.at(fw, v)
		fy, _ := psi(y)
		carried = StopGradient(carried)
		fx, _ := psi(carried)
		loss := t.fLoss(x, y, carried, fy, fx)
		ns := t.adam.Update(train.State{Params: now, First: p[1], Second: p[2]}, fw.Gradient(loss), AddScalar(train.Entry(p[13], 1), 1), t.rates(f, train.Entry(p[13], 0)))
		ns.Params = Max(ns.Params, p[6])
		newG, newF := t.shared(now, p[5], ns.Params)
		decay := train.Entry(p[13], 2)
		return []*Node{newF, ns.First, ns.Second, train.Mix(decay, p[3], newG), train.Mix(decay, p[4], newF), newG, loss}
	})
}
