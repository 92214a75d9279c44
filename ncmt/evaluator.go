package ncmt

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// evaluator runs trained networks on C conditions of n normalised points.
type evaluator struct {
	be   compute.Backend
	t, f *network
	o    Options
}

// call compiles, once for each shape, a graph on the features of conditions and on points, and runs it.
func (p *evaluator) call(name string, w weights, v, x, z []float32, c, n int, build func(tw, fw nn.Weights, v, x, z *Node) *Node) ([]float32, error) {
	q := len(v) / c
	width := len(x) / (c * n)
	noisy, noise := z != nil, []int{1, 1, 1}
	if noisy {
		noise = []int{c, n * p.o.Draws, p.o.NoiseDim}
	} else {
		z = []float32{0}
	}
	key := fmt.Sprintf("ncmt %s %dx%dx%d %v %v %d %d %+v %+v %d %s %g %d %v", name, c, n, width, noisy, noise, p.t.layout.Size, p.f.layout.Size,
		p.o.Architecture, p.t.path, p.t.out, p.o.Cost, p.o.Gamma, p.o.Draws, p.f.embeds)
	prog, err := train.Cached(p.be, key, "ncmt "+name, func(g *Graph) []*Node {
		vn := Parameter(g, "v", shapes.Make(dtypes.Float32, c, q))
		xn := Parameter(g, "x", shapes.Make(dtypes.Float32, c, n, width))
		zn := Parameter(g, "z", shapes.Make(dtypes.Float32, noise...))
		tw := p.t.layout.Split(Parameter(g, "t", train.Vector(p.t.layout.Size)))
		fw := p.f.layout.Split(Parameter(g, "f", train.Vector(p.f.layout.Size)))
		if !noisy {
			zn = nil
		}
		return []*Node{build(tw, fw, vn, xn, zn)}
	})
	if err != nil {
		return nil, err
	}
	u := train.NewUploads(p.be)
	u.Floats(v, c, q)
	u.Floats(x, c, n, width)
	u.Floats(z, noise...)
	return train.Evaluate(prog, u, w.t, w.f)
}

// image is T(x,z,c), [C,n·draws,d] or, where z is nil, [C,n,d].
func (p *evaluator) image(w weights, v, x, z []float32, c, n int) ([]float32, error) {
	return p.call("image", w, v, x, z, c, n, func(tw, fw nn.Weights, v, x, z *Node) *Node {
		return images(p.t, tw, p.t.embed(tw, v), x, z, p.o.draws())
	})
}

// potential is f(y,c) [C,n].
func (p *evaluator) potential(w weights, v, y []float32, c, n int) ([]float32, error) {
	return p.call("potential", w, v, y, nil, c, n, func(tw, fw nn.Weights, v, y, _ *Node) *Node {
		return Squeeze(p.f.apply(fw, p.criticEmbedding(tw, fw, v), y), -1)
	})
}

func (p *evaluator) criticEmbedding(tw, fw nn.Weights, v *Node) *Node {
	if p.f.embeds {
		return p.f.embed(fw, v)
	}
	return p.t.embed(tw, v)
}

// cost is k(x,T(x,·,c)) [C,n].
func (p *evaluator) cost(w weights, v, x, z []float32, c, n int) ([]float32, error) {
	return p.call("cost", w, v, x, z, c, n, func(tw, fw nn.Weights, v, x, z *Node) *Node {
		return cost(p.o, x, images(p.t, tw, p.t.embed(tw, v), x, z, p.o.draws()))
	})
}

// gain is k(x,T(x,·,c)) and beside it k − E_z f(T,c), [C,n,2].
func (p *evaluator) gain(w weights, v, x, z []float32, c, n int) ([]float32, error) {
	return p.call("gain", w, v, x, z, c, n, func(tw, fw nn.Weights, v, x, z *Node) *Node {
		y := images(p.t, tw, p.t.embed(tw, v), x, z, p.o.draws())
		k := cost(p.o, x, y)
		f := ReduceMean(Reshape(p.f.apply(fw, p.criticEmbedding(tw, fw, v), y), c, n, p.o.draws()), -1)
		return Stack([]*Node{k, Sub(k, f)}, -1)
	})
}
