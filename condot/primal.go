package condot

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/batches"
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
		losses, err := d.Call(program, []int{gNow, gFirst, gSecond, meanG}, append([]compute.Buffer{d.floorG}, d.data.Buffers[:]...), u)
		if err != nil {
			return err
		}
		d.KeepLosses(losses...)
		return nil
	}, nil
}

func (t *trainer) primalProgram() (*train.Program, error) {
	g, s, d := t.g, t.size, &t.device
	n := s.Conditions * s.Points
	ng, rows := train.Vector(g.layout.Size), train.Ints(s.Inner, n)
	in := []shapes.Shape{ng, ng, ng, ng, ng, d.data.Shapes[0], d.data.Shapes[1], d.data.Shapes[2], train.Ints(s.Inner, s.Conditions), rows, rows, train.Vector(3)}
	return train.Cached(t.on, t.key("primal"), "condot primal round", func(gr *Graph) []*Node {
		return train.Rounds(gr, s.Inner, 4, 1, train.Parameters(gr, in), func(i *Node, in []*Node) (out, loss []*Node) {
			x := Reshape(Gather(in[5], train.Row(in[9], i)), s.Conditions, s.Points, g.dim)
			y := Reshape(Gather(in[6], train.Row(in[10], i)), s.Conditions, s.Points, g.dim)
			v := Gather(in[7], train.Row(in[8], i))
			gw := g.layout.Split(in[0])
			_, carried := g.at(gw, v)(x)
			value, surrogate := nn.SinkhornDivergence(carried, y, primalEpsilon*float64(g.dim), primalIterations)
			l, slope := ReduceAllMean(value), ReduceAllMean(surrogate)
			step := Add(train.Entry(in[11], 1), ConvertDType(AddScalar(i, 1), dtypes.Float32))
			ns := t.adam.Update(train.State{Params: in[0], First: in[1], Second: in[2]}, gw.Gradient(t.penalised(slope, gw)), step, t.rates(g, train.Entry(in[11], 0)))
			ns.Params = Max(ns.Params, in[4])
			return []*Node{ns.Params, ns.First, ns.Second, train.Mix(train.Entry(in[11], 2), in[3], ns.Params)}, []*Node{l}
		})
	})
}
