package condot

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

const (
	// primalEpsilon is the regularisation of the primal's Sinkhorn divergence, for the
	// cost ½‖x−y‖² in normalised units, a feature: ε = primalEpsilon·d.
	primalEpsilon = .05
	// primalIterations of Sinkhorn's algorithm a step.
	primalIterations = 20
)

// primal trains g alone, with the debiased Sinkhorn divergence between the transported and
// the target batch (Genevay, Peyré & Cuturi 2018); the paper's eq. 12 has the Sinkhorn
// distance itself, whose minimiser is shrunk. The potentials of the plan are held fixed in
// the gradient (Danskin's theorem). f is not trained.
func (t *trainer) primal() (func(k int, rate float64) error, error) {
	program, err := t.primalProgram()
	if err != nil {
		return nil, err
	}
	s := t.size
	c, n := s.conditions, s.conditions*s.points
	ids, xRows, yRows := make([]int32, c*s.inner), make([]int32, n*s.inner), make([]int32, n*s.inner)
	one := sizes{conditions: c, points: s.points}
	d := &t.device
	return func(k int, rate float64) error {
		for i := range s.inner {
			t.data.batch(t.o.Seed, k*s.inner+i, one, ids[i*c:(i+1)*c], nil, xRows[i*n:(i+1)*n], yRows[i*n:(i+1)*n])
		}
		var u uploads
		idsIn, x, y := u.ints(t.be, ids, s.inner, c), u.ints(t.be, xRows, s.inner, n), u.ints(t.be, yRows, s.inner, n)
		schedule := u.floats(t.be, []float32{float32(rate * t.o.Rate), float32(k * s.inner), t.decay(k * s.inner)}, 3)
		if u.err != nil {
			return u.err
		}
		losses, err := d.call(program, []*compute.Buffer{&d.state[gNow], &d.state[gFirst], &d.state[gSecond], &d.state[meanG]},
			[]compute.Buffer{d.floorG, d.data[0], d.data[1], d.data[2]}, idsIn, x, y, schedule)
		if err != nil {
			return err
		}
		d.keepLoss(losses...)
		return nil
	}, nil
}

func (t *trainer) primalProgram() (*train.Program, error) {
	g, s, d := t.g, t.size, &t.device
	n := s.conditions * s.points
	ng, rows := vector(g.layout.Size), ints(s.inner, n)
	in := []shapes.Shape{ng, ng, ng, ng, ng, d.dataShapes[0], d.dataShapes[1], d.dataShapes[2], ints(s.inner, s.conditions), rows, rows, vector(3)}
	return train.Cached(t.be, t.key("primal"), "condot primal round", func(gr *Graph) []*Node {
		return loop(gr, s.inner, 4, 1, parameters(gr, in), func(i *Node, in []*Node) (out, loss []*Node) {
			x := Reshape(Gather(in[5], row(in[9], i)), s.conditions, s.points, g.dim)
			y := Reshape(Gather(in[6], row(in[10], i)), s.conditions, s.points, g.dim)
			v := Gather(in[7], row(in[8], i))
			gw := g.layout.Split(in[0])
			_, carried := g.at(gw, v)(x)
			value, surrogate := nn.SinkhornDivergence(carried, y, primalEpsilon*float64(g.dim), primalIterations)
			l, slope := ReduceAllMean(value), ReduceAllMean(surrogate)
			step := Add(entry(in[11], 1), ConvertDType(AddScalar(i, 1), dtypes.Float32))
			ns := t.adam.Update(train.State{Params: in[0], First: in[1], Second: in[2]}, gw.Gradient(t.penalised(slope, gw)), step, entry(in[11], 0))
			ns.Params = Max(ns.Params, in[4])
			return []*Node{ns.Params, ns.First, ns.Second, mix(entry(in[11], 2), in[3], ns.Params)}, []*Node{l}
		})
	})
}
