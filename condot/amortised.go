package condot

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// amortised is the training that learns fastest here: the semi-dual with amortised
// conjugates (Amos 2023, "On amortizing convex conjugates for optimal transport"). At each
// of a round's inner steps ∇g proposes the minimiser of f(y) − ⟨x,y⟩, a few
// Barzilai–Borwein steps improve it to ŷ, f takes a step on E f(y) − E f(ŷ), and g one on
// E‖∇g(x) − ŷ‖². The whole round is one program.
func (t *trainer) amortised() (func(k int, rate float64) error, error) {
	program, err := t.amortisedProgram()
	if err != nil {
		return nil, err
	}
	s := t.division.Whole
	c, n := s.Conditions, s.Conditions*s.Points
	ids, xRows, yRows := make([]int32, c*s.Inner), make([]int32, n*s.Inner), make([]int32, n*s.Inner)
	one := batches.Sizes{Conditions: c, Points: s.Points}
	d := &t.device
	return func(k int, rate float64) error {
		for i := range s.Inner {
			t.data.Batch(t.o.Seed, k*s.Inner+i, one, ids[i*c:(i+1)*c], nil, xRows[i*n:(i+1)*n], yRows[i*n:(i+1)*n])
		}
		if err := d.data.Fetch(t.on, t.data, [][]int32{xRows}, [][]int32{yRows}); err != nil {
			return err
		}
		u := train.NewUploads(t.on)
		part := t.size.Conditions * t.size.Points
		t.division.IDs(u, ids, s.Inner, s.Inner, t.size.Conditions)
		t.division.Rows(u, xRows, s.Inner, s.Inner, part)
		t.division.Rows(u, yRows, s.Inner, s.Inner, part)
		u.Floats([]float32{float32(rate * t.o.Rate), float32(k * s.Inner), train.Decay(t.o.EMA, k*s.Inner)}, 3)
		losses, err := d.Call(program, allState, append([]compute.Buffer{d.floorG, d.floorF}, d.data.Buffers[:]...), u)
		if err != nil {
			return err
		}
		d.KeepLosses(losses...)
		return nil
	}, nil
}

func (t *trainer) amortisedProgram() (*train.Program, error) {
	g, f, s, d := t.g, t.f, t.size, &t.device
	n := s.Conditions * s.Points
	ng, nf, rows := train.Vector(g.layout.Size), train.Vector(f.layout.Size), train.Ints(s.Inner, n)
	in := []shapes.Shape{ng, ng, ng, nf, nf, nf, ng, nf, ng, nf, d.data.Shapes[0], d.data.Shapes[1], d.data.Shapes[2], train.Ints(s.Inner, s.Conditions), rows, rows, train.Vector(3)}
	return train.Cached(t.on, t.key("amortised"), "condot amortised round", func(gr *Graph) []*Node {
		return train.Rounds(gr, s.Inner, stateCount, 2, train.Parameters(gr, in), func(i *Node, in []*Node) (out, loss []*Node) {
			x := Reshape(Gather(in[10], train.Row(in[14], i)), s.Conditions, s.Points, g.dim)
			y := Reshape(Gather(in[11], train.Row(in[15], i)), s.Conditions, s.Points, g.dim)
			v := Gather(in[12], train.Row(in[13], i))
			gw, fw := g.layout.Split(in[gNow]), f.layout.Split(in[fNow])
			psi := f.at(fw, v)
			_, proposal := g.at(gw, v)(x)
			gradient := func(y *Node) *Node { _, slope := psi(y); return slope }
			better := StopGradient(improve(gradient, x, StopGradient(proposal), t.o.Refine))
			lossG := ReduceAllMean(ReduceSum(Square(Sub(proposal, better)), -1))
			fy, _ := psi(y)
			fx, _ := psi(better)
			lossF := t.fLoss(x, y, better, fy, fx)
			step := Add(train.Entry(in[16], 1), ConvertDType(AddScalar(i, 1), dtypes.Float32))
			rate, decay := train.Entry(in[16], 0), train.Entry(in[16], 2)
			sg := t.adam.Update(train.State{Params: in[gNow], First: in[gFirst], Second: in[gSecond]}, gw.Gradient(t.penalised(lossG, gw)), step, t.rates(g, rate))
			sf := t.adam.Update(train.State{Params: in[fNow], First: in[fFirst], Second: in[fSecond]}, fw.Gradient(lossF), step, t.rates(f, rate))
			sg.Params, sf.Params = Max(sg.Params, in[8]), Max(sf.Params, in[9])
			sg.Params, sf.Params = t.shared(in[gNow], sg.Params, sf.Params)
			return []*Node{sg.Params, sg.First, sg.Second, sf.Params, sf.First, sf.Second,
				train.Mix(decay, in[meanG], sg.Params), train.Mix(decay, in[meanF], sf.Params)}, []*Node{lossG, lossF}
		})
	})
}

// key names a step's program by all that it is built from.
func (t *trainer) key(step string) string {
	return fmt.Sprintf("%s%s %+v %v %+v refine %d penalty %g path %s %g expectile %g", t.g.key(), step, t.size, t.device.data.Shapes, t.adam, t.o.Refine, t.o.Penalty, t.o.Encoding.Sharing, t.o.Encoding.Rate/t.o.Rate, t.o.ExpectileWeight)
}

// penalised adds the penalty on g's negative weights, where the options ask for it.
func (t *trainer) penalised(loss *Node, w nn.Weights) *Node {
	if t.o.Architecture.NonNegativity != ClampPenalty {
		return loss
	}
	return Add(loss, MulScalar(t.g.penalty(w), t.o.Penalty))
}

// improve takes evaluations−1 Barzilai–Borwein steps from start towards the minimiser of
// f(y) − ⟨x,y⟩ and returns the point of least residual ‖∇f(y) − x‖ that was evaluated.
func improve(gradient func(y *Node) *Node, x, start *Node, evaluations int) *Node {
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
			step = barzilaiBorwein(Sub(y, lastY), Sub(r, lastR))
		}
		lastY, lastR = y, r
		y = Sub(y, Mul(InsertAxes(step, -1), r))
	}
	return best
}
