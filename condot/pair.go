package condot

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// conjugateSteps is how many Barzilai–Borwein steps refine a conjugate.
const conjugateSteps = 60

// potentials are the two networks with their weights on the device.
type potentials struct {
	be           compute.Backend
	g, f         *network
	gw, fw       compute.Buffer
	featureCount int
}

func newPotentials(be compute.Backend, g, f *network) *potentials {
	return &potentials{be: be, g: g, f: f, featureCount: g.path.In()}
}

// place puts the weights on the device.
func (p *potentials) place(g, f []float32) (err error) {
	if p.gw, err = train.Upload(p.be, g, len(g)); err != nil {
		return err
	}
	if p.fw, err = train.Upload(p.be, f, len(f)); err != nil {
		train.Free(p.gw)
	}
	return err
}

// program returns the program of that name for C conditions of n points, compiled at its first use.
func (p *potentials) program(name string, c, n int, build func(g *Graph, v, x *Node) []*Node) (*train.Program, error) {
	key := fmt.Sprintf("%s %dx%d", name, c, n)
	return train.Cached(p.be, p.g.key()+key, "condot "+key, func(g *Graph) []*Node {
		v := Parameter(g, "v", shapes.Make(dtypes.Float32, c, p.featureCount))
		x := Parameter(g, "x", shapes.Make(dtypes.Float32, c, n, p.g.dim))
		return build(g, v, x)
	})
}

// evaluate returns ψ [c·n] and ∇₁ψ [c·n·d] of one of the potentials at normalised points.
func (p *potentials) evaluate(net *network, w compute.Buffer, v, x []float32, c, n int) (value, gradient []float32, err error) {
	prog, err := p.program("evaluate", c, n, func(gr *Graph, vn, xn *Node) []*Node {
		wn := net.layout.Split(Parameter(gr, "w", train.Vector(net.layout.Size)))
		val, grad := net.at(wn, vn)(xn)
		return []*Node{val, grad}
	})
	if err != nil {
		return nil, nil, err
	}
	out, err := p.run(prog, [][]float32{v, x}, [][]int{{c, p.featureCount}, {c, n, net.dim}}, w)
	if err != nil {
		return nil, nil, err
	}
	return out[0], out[1], nil
}

// conjugate returns, for each x, the y near argmin_y ψ(y,c) − ⟨x,y⟩ of one of the potentials that
// Barzilai–Borwein steps from start reach, the one of least residual among
// start and the iterates, and ‖∇f(y)−x‖² at y and at start.
func (p *potentials) conjugate(net *network, weights compute.Buffer, v, x, start []float32, c, n int) (y, residual, before []float32, err error) {
	d := net.dim
	prog, err := p.program("conjugate", c, n, func(gr *Graph, vn, xn *Node) []*Node {
		y0 := Parameter(gr, "y", xn.Shape())
		w := Parameter(gr, "w", train.Vector(net.layout.Size))
		return net.conjugate(w, vn, xn, y0)
	})
	if err != nil {
		return nil, nil, nil, err
	}
	out, err := p.run(prog, [][]float32{v, x, start}, [][]int{{c, p.featureCount}, {c, n, d}, {c, n, d}}, weights)
	if err != nil {
		return nil, nil, nil, err
	}
	return out[0], out[1], out[2], nil
}

// run uploads the host arrays, executes with the weights last and downloads all outputs.
func (p *potentials) run(prog *train.Program, host [][]float32, dims [][]int, w compute.Buffer) ([][]float32, error) {
	in := make([]compute.Buffer, 0, len(host)+1)
	defer func() { train.Free(in[:min(len(in), len(host))]...) }()
	for i, h := range host {
		b, err := train.Upload(p.be, h, dims[i]...)
		if err != nil {
			return nil, err
		}
		in = append(in, b)
	}
	in = append(in, w)
	out, err := prog.Run(in, nil)
	if err != nil {
		return nil, err
	}
	defer train.Free(out...)
	res := make([][]float32, len(out))
	for i, b := range out {
		shape, err := b.Shape()
		if err != nil {
			return nil, err
		}
		res[i] = make([]float32, shape.Size())
		if err := train.Download(res[i], b); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// conjugate builds the loop of Barzilai–Borwein steps y ← y − s·(∇f(y) − x) and returns
// the best point that was evaluated, its squared residual and the start's.
func (n *network) conjugate(w, v, x, start *Node) []*Node {
	gr, shape := x.Graph(), x.Shape()
	scalars := shapes.Make(dtypes.Float32, shape.Dimensions[0], shape.Dimensions[1])
	zeros := func(s shapes.Shape) *Node { return BroadcastToShape(Const(gr, float32(0)), s) }
	init := []*Node{start, zeros(shape), zeros(shape), start, zeros(scalars), zeros(scalars), w, v, x}
	out := train.Rounds(gr, conjugateSteps+1, 6, 0, init, func(i *Node, s []*Node) (out, loss []*Node) {
		y, lastY, lastR, best, bestNorm, startNorm, w, v, x := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]
		first := BroadcastToDims(Equal(i, ZerosLike(i)), scalars.Dimensions...)
		_, slope := n.at(n.layout.Split(w), v)(y)
		r := Sub(slope, x)
		norm := ReduceSum(Square(r), -1)
		startNorm = Where(first, norm, startNorm)
		better := LogicalOr(first, LessThan(norm, bestNorm))
		best = Where(BroadcastToShape(InsertAxes(better, -1), shape), y, best)
		bestNorm = Where(better, norm, bestNorm)
		step := Where(first, MulScalar(OnesLike(norm), .4), barzilaiBorwein(Sub(y, lastY), Sub(r, lastR)))
		return []*Node{Sub(y, Mul(InsertAxes(step, -1), r)), y, r, best, bestNorm, startNorm}, nil
	})
	return out[3:6]
}

// barzilaiBorwein is the step ⟨Δy,Δr⟩/‖Δr‖² of each point, kept within [.02, 20].
func barzilaiBorwein(dy, dr *Node) *Node {
	step := Div(ReduceSum(Mul(dy, dr), -1), AddScalar(ReduceSum(Square(dr), -1), 1e-12))
	return ClipScalar(step, .02, 20)
}
