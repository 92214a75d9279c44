package ncmt

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// noise is how many numbers z has for a device's part of one step; 0 for a deterministic map.
func (t *trainer) noise() int {
	if t.o.Cost == StrongCost {
		return 0
	}
	return t.size.Conditions * t.size.Points * t.o.Draws * t.o.NoiseDim
}

// draws of z a point.
func (o Options) draws() int {
	if o.Cost == StrongCost {
		return 1
	}
	return o.Draws
}

// key names a program by all that it is built from.
func (t *trainer) key(step string) string {
	o := t.o
	return fmt.Sprintf("ncmt %s %+v %+v %v %+v %d %+v %s %g %d %d %g %g %v", step, t.o.Architecture, t.t.path, t.placed.Shapes, t.size, t.t.out,
		t.adam, o.Cost, o.Gamma, o.NoiseDim, o.Draws, o.Expectile, o.ExpectileWeight, o.Conditions.Shared)
}

// embeddings of conditions v for T and for f, which may read T's without training it.
func (t *trainer) embeddings(tw, fw nn.Weights, v *Node) (forMap, forCritic *Node) {
	forMap = t.t.embed(tw, v)
	if !t.f.embeds {
		return forMap, StopGradient(forMap)
	}
	return forMap, t.f.embed(fw, v)
}

// points gathers rows of clouds as [C,n,d].
func (t *trainer) points(table, rows *Node) *Node {
	n := t.size.Conditions * t.size.Points
	return Reshape(Gather(table, Reshape(rows, n, 1)), t.size.Conditions, t.size.Points, t.t.out)
}

// z is the noise of one step, from row i of a table of it, as [C,n·draws,k]; nil without noise.
func (t *trainer) z(table, i *Node) *Node {
	if t.noise() == 0 {
		return nil
	}
	return Reshape(Gather(table, Reshape(i, 1, 1)), t.size.Conditions, t.size.Points*t.o.Draws, t.o.NoiseDim)
}

// minimax is one round: Inner steps of T, then one of f (Korotin et al. 2023, algorithm 1). The steps of T
// are a loop in one program, that of f a program of its own.
func (t *trainer) minimax() (func(k int, rate float64) error, error) {
	mapSteps, err := t.mapProgram()
	if err != nil {
		return nil, err
	}
	criticStep, err := t.criticProgram()
	if err != nil {
		return nil, err
	}
	s, d, part := t.division.Whole, t.device, t.size.Conditions*t.size.Points
	n := s.Conditions * s.Points
	ids, rows, xRows, yRows := make([]int32, s.Conditions), make([]int32, n*s.Inner), make([]int32, n), make([]int32, n)
	z := t.newNoise(s.Inner + 1)
	return func(k int, rate float64) error {
		t.data.Batch(t.o.Seed, k, s, ids, rows, xRows, yRows)
		if err := t.placed.Fetch(t.on, t.data, [][]int32{rows, xRows}, [][]int32{yRows}); err != nil {
			return err
		}
		t.fillNoise(z, k)
		split := len(z) / (s.Inner + 1) * s.Inner
		u := train.NewUploads(t.on)
		t.division.IDs(u, ids, 1, t.size.Conditions, 1)
		t.division.Rows(u, rows, s.Inner, s.Inner, part)
		t.addNoise(u, z[:split], s.Inner)
		u.Floats([]float32{float32(rate * t.o.Rate), float32(k * s.Inner)}, 2)
		lossT, err := d.Call(mapSteps, []int{tNow, tFirst, tSecond}, []compute.Buffer{d.State[fNow], t.placed.Buffers[0], t.placed.Buffers[2]}, u)
		if err != nil {
			return err
		}
		u = train.NewUploads(t.on)
		t.division.IDs(u, ids, 1, t.size.Conditions, 1)
		t.division.Rows(u, xRows, 1, part)
		t.division.Rows(u, yRows, 1, part)
		t.addNoise(u, z[split:], 1)
		u.Floats([]float32{float32(rate * t.o.CriticRate), float32(k), train.Decay(t.o.EMA, k)}, 3)
		lossF, err := d.Call(criticStep, []int{fNow, fFirst, fSecond, meanT, meanF}, append([]compute.Buffer{d.State[tNow]}, t.placed.Buffers[:]...), u)
		if err != nil {
			train.Free(lossT...)
			return err
		}
		d.KeepLosses(lossT[0], lossF[0])
		return nil
	}, nil
}

// newNoise has room for the z of some steps on all devices; a deterministic map's programs get one number a step, and
// do not read it.
func (t *trainer) newNoise(steps int) []float32 {
	whole := t.division.Whole
	return make([]float32, steps*max(1, t.noise()/(t.size.Conditions*t.size.Points)*whole.Conditions*whole.Points))
}

// addNoise adds the z of some steps to a call.
func (t *trainer) addNoise(u *train.Uploads, z []float32, steps int) {
	if t.noise() == 0 {
		u.Floats(z, steps, 1)
		return
	}
	t.division.Noise(u, z, steps, steps, t.noise())
}

// fillNoise draws the z of round k.
func (t *trainer) fillNoise(z []float32, k int) {
	if t.noise() == 0 {
		return
	}
	nn.Normal(t.o.NoiseSigma)(rand.New(rand.NewPCG(t.o.Seed, streamNoise+uint64(k))), z)
}

func (t *trainer) mapProgram() (*train.Program, error) {
	s, nt := t.size, train.Vector(t.t.layout.Size)
	n := s.Conditions * s.Points
	in := []shapes.Shape{nt, nt, nt, train.Vector(t.f.layout.Size), t.placed.Shapes[0], t.placed.Shapes[2],
		train.Ints(s.Conditions, 1), train.Ints(s.Inner, n), shapes.Make(dtypes.Float32, s.Inner, max(1, t.noise())), train.Vector(2)}
	return train.Cached(t.on, t.key("map"), "ncmt map steps", func(gr *Graph) []*Node {
		return train.Rounds(gr, s.Inner, 3, 1, train.Parameters(gr, in), func(i *Node, in []*Node) (out, loss []*Node) {
			tw, fw := t.t.layout.Split(in[0]), t.f.layout.Split(in[3])
			c, cf := t.embeddings(tw, fw, Gather(in[5], in[6]))
			x := t.points(in[4], train.Row(in[7], i))
			y := images(t.t, tw, c, x, t.z(in[8], i), t.o.draws())
			l := mapLoss(t.o, x, y, t.f.apply(fw, cf, y))
			step := Add(train.Entry(in[9], 1), ConvertDType(AddScalar(i, 1), dtypes.Float32))
			ns := t.adam.Update(train.State{Params: in[0], First: in[1], Second: in[2]}, tw.Gradient(l), step, train.Entry(in[9], 0))
			return []*Node{ns.Params, ns.First, ns.Second}, []*Node{l}
		})
	})
}

func (t *trainer) criticProgram() (*train.Program, error) {
	s, nt, nf := t.size, train.Vector(t.t.layout.Size), train.Vector(t.f.layout.Size)
	n := s.Conditions * s.Points
	in := []shapes.Shape{nf, nf, nf, nt, nf, nt, t.placed.Shapes[0], t.placed.Shapes[1], t.placed.Shapes[2],
		train.Ints(s.Conditions, 1), train.Ints(n), train.Ints(n), shapes.Make(dtypes.Float32, 1, max(1, t.noise())), train.Vector(3)}
	return train.Cached(t.on, t.key("critic"), "ncmt critic step", func(gr *Graph) []*Node {
		p := train.Parameters(gr, in)
		tw, fw := t.t.layout.Split(p[5]), t.f.layout.Split(p[0])
		c, cf := t.embeddings(tw, fw, Gather(p[8], p[9]))
		x, y := t.points(p[6], p[10]), t.points(p[7], p[11])
		image := StopGradient(images(t.t, tw, c, x, t.z(p[12], Const(gr, int32(0))), t.o.draws()))
		fImage, fy := t.f.both(fw, cf, image, y)
		loss := criticLoss(t.o, x, image, y, Squeeze(fImage, -1), Squeeze(fy, -1))
		ns := t.adam.Update(train.State{Params: p[0], First: p[1], Second: p[2]}, fw.Gradient(loss), AddScalar(train.Entry(p[13], 1), 1), train.Entry(p[13], 0))
		decay := train.Entry(p[13], 2)
		return []*Node{ns.Params, ns.First, ns.Second, train.Mix(decay, p[3], p[5]), train.Mix(decay, p[4], ns.Params), loss}
	})
}
