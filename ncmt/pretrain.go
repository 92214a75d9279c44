package ncmt

import (
	"context"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

const (
	pretrainLoop  = 10   // steps of pre-training a call takes
	pretrainRate  = 1e-3 // of Adam
	pretrainReach = 1.5  // how far beyond the sources, as a factor, T learns to be the identity
)

// phase is one part of the pre-training: a loss of one of the networks.
type phase struct {
	name  string
	steps int
	state []int // parameters and moments that it trains
	size  int   // of the parameters
	kept  int   // the array of T's weights that it reads
	loss  func(in []*Node, i *Node) (*Node, nn.Weights)
	// program takes pretrainLoop steps.
	program *train.Program
}

// Inputs of a phase's program behind the three that it trains.
const (
	inMap = iota + 3
	inSources
	inTargets
	inFeatures
	inIDs
	inX
	inY
	inNoise
	inStep
)

// pretraining brings T to the identity, E‖T(x,z,c) − x‖² on points half as far again from the middle, and
// f, where the options ask for it, to a smooth function that is small at sources and large at targets.
func (t *trainer) pretraining() (phases []phase, err error) {
	for _, p := range []phase{
		{name: "identity", steps: max(0, t.o.Pretrain), state: []int{tNow, tFirst, tSecond}, size: t.t.layout.Size, kept: meanT, loss: t.identityLoss},
		{name: "smooth", steps: t.o.PretrainCritic, state: []int{fNow, fFirst, fSecond}, size: t.f.layout.Size, kept: tNow, loss: t.smoothLoss},
	} {
		if p.steps == 0 {
			continue
		}
		if p.program, err = t.phaseProgram(p); err != nil {
			return nil, err
		}
		phases = append(phases, p)
	}
	return phases, nil
}

// pretrain takes the steps of all phases.
func (t *trainer) pretrain(ctx context.Context) error {
	for _, p := range t.phases {
		if err := t.run(ctx, p); err != nil {
			return err
		}
	}
	return t.forgetMoments()
}

// identityLoss of T.
func (t *trainer) identityLoss(in []*Node, i *Node) (*Node, nn.Weights) {
	w := t.t.layout.Split(in[0])
	x := MulScalar(t.points(in[inSources], train.Row(in[inX], i)), pretrainReach)
	c := t.t.embed(w, Gather(in[inFeatures], train.Row(in[inIDs], i)))
	y := images(t.t, w, c, x, t.z(in[inNoise], i), t.o.draws())
	return ReduceAllMean(ReduceSum(Square(Sub(y, repeat(x, t.o.draws()))), -1)), w
}

// smoothLoss of f.
func (t *trainer) smoothLoss(in []*Node, i *Node) (*Node, nn.Weights) {
	w := t.f.layout.Split(in[0])
	_, c := t.embeddings(t.t.layout.Split(in[inMap]), w, Gather(in[inFeatures], train.Row(in[inIDs], i)))
	x, y := t.points(in[inSources], train.Row(in[inX], i)), t.points(in[inTargets], train.Row(in[inY], i))
	return smooth(t.f.apply(w, c, x), t.f.apply(w, c, y), y), w
}

// phaseProgram takes pretrainLoop steps of a phase.
func (t *trainer) phaseProgram(p phase) (*train.Program, error) {
	s, n := t.size, t.size.Conditions*t.size.Points
	params, rows := train.Vector(p.size), train.Ints(pretrainLoop, n)
	in := []shapes.Shape{params, params, params, inMap: train.Vector(t.t.layout.Size), inSources: t.placed.Shapes[0], inTargets: t.placed.Shapes[1],
		inFeatures: t.placed.Shapes[2], inIDs: train.Ints(pretrainLoop, s.Conditions), inX: rows, inY: rows,
		inNoise: shapes.Make(dtypes.Float32, pretrainLoop, max(1, t.noise())), inStep: train.Vector(1)}
	adam := train.Adam{Beta1: .9, Beta2: .999, Epsilon: 1e-8}
	return train.Cached(t.on, t.key(p.name), "ncmt pre-training: "+p.name, func(gr *Graph) []*Node {
		return train.Rounds(gr, pretrainLoop, 3, 1, train.Parameters(gr, in), func(i *Node, in []*Node) (out, losses []*Node) {
			l, w := p.loss(in, i)
			step := Add(train.Entry(in[inStep], 0), ConvertDType(AddScalar(i, 1), dtypes.Float32))
			ns := adam.Update(train.State{Params: in[0], First: in[1], Second: in[2]}, w.Gradient(l), step, MulScalar(OnesLike(step), pretrainRate))
			return []*Node{ns.Params, ns.First, ns.Second}, []*Node{l}
		})
	})
}

// run takes the steps of a phase, rounded up to whole calls.
func (t *trainer) run(ctx context.Context, p phase) error {
	one, part := t.division.Whole, t.size.Conditions*t.size.Points
	one.Inner = 0
	c, n := one.Conditions, one.Conditions*one.Points
	ids, xRows, yRows := make([]int32, c*pretrainLoop), make([]int32, n*pretrainLoop), make([]int32, n*pretrainLoop)
	z := t.newNoise(pretrainLoop)
	for k := 0; k < p.steps && ctx.Err() == nil; k += pretrainLoop {
		for i := range pretrainLoop {
			t.data.Batch(t.o.Seed^pretrainSeed, k+i, one, ids[i*c:(i+1)*c], nil, xRows[i*n:(i+1)*n], yRows[i*n:(i+1)*n])
		}
		if t.noise() > 0 {
			nn.Normal(t.o.NoiseSigma)(rand.New(rand.NewPCG(t.o.Seed^pretrainSeed, streamNoise+uint64(k))), z)
		}
		if err := t.placed.Fetch(t.on, t.data, [][]int32{xRows}, [][]int32{yRows}); err != nil {
			return err
		}
		u := train.NewUploads(t.on)
		t.division.IDs(u, ids, pretrainLoop, pretrainLoop, t.size.Conditions)
		t.division.Rows(u, xRows, pretrainLoop, pretrainLoop, part)
		t.division.Rows(u, yRows, pretrainLoop, pretrainLoop, part)
		t.addNoise(u, z, pretrainLoop)
		u.Floats([]float32{float32(k)}, 1)
		loss, err := t.device.Call(p.program, p.state, append([]compute.Buffer{t.device.State[p.kept]}, t.placed.Buffers[:]...), u)
		if err != nil {
			return err
		}
		train.Free(loss...)
	}
	return nil
}

// forgetMoments starts the optimisers and the averages anew at the present weights.
func (t *trainer) forgetMoments() error {
	arrays, err := t.device.Snapshot()
	if err != nil {
		return err
	}
	for _, k := range []int{tFirst, tSecond, fFirst, fSecond} {
		clear(arrays[k].Data)
	}
	arrays[meanT].Data, arrays[meanF].Data = arrays[tNow].Data, arrays[fNow].Data
	return t.device.Restore(arrays)
}
