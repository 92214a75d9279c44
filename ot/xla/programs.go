package xla

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ot"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// programs are the compiled parts of the algorithm for clouds of n and m points
// of d coordinates, compiled once a process. Where costs are held in memory, all but the
// first and the sweeps take the table n×m as their first input, otherwise both clouds.
type programs struct {
	costs  *train.Program // clouds → costs
	rows   *train.Program // v, log b, 1/ε → log Σⱼ bⱼ exp((vⱼ−c)/ε)
	cols   *train.Program // u, log a, 1/ε → log Σᵢ aᵢ exp((uᵢ−c)/ε)
	kernel *train.Program // u, v, 1/ε → exp((u+v−c)/ε)
	sweeps *train.Program // kernel and scalings → scalings after some iterations
	plan   *train.Program // u, v, a, b, 1/ε → row sums, column sums, costs of rows
}

type shape struct {
	ground  ot.Ground
	dtype   dtypes.DType
	n, m, d int
	held    bool // whether costs are held
}

func (s shape) compile(be compute.Backend) (p programs, err error) {
	build := func(to **train.Program, name string, f func(g *Graph) []*Node) {
		if err == nil {
			*to, err = train.Cached(be, fmt.Sprintf("ot/xla %s %+v", name, s), "sinkhorn_"+name, f)
		}
	}
	if s.held {
		build(&p.costs, "costs", func(g *Graph) []*Node { return []*Node{s.between(s.clouds(g))} })
	}
	build(&p.rows, "rows", func(g *Graph) []*Node {
		c, v, weight, inverse := s.cost(g), s.param(g, "v", s.m), s.param(g, "log_b", s.m), s.param(g, "inverse")
		return []*Node{logSumExp(Add(Mul(Sub(InsertAxes(v, 0), c), inverse), InsertAxes(weight, 0)), 1)}
	})
	build(&p.cols, "columns", func(g *Graph) []*Node {
		c, u, weight, inverse := s.cost(g), s.param(g, "u", s.n), s.param(g, "log_a", s.n), s.param(g, "inverse")
		return []*Node{logSumExp(Add(Mul(Sub(InsertAxes(u, 1), c), inverse), InsertAxes(weight, 1)), 0)}
	})
	build(&p.kernel, "kernel", func(g *Graph) []*Node {
		c, u, v, inverse := s.cost(g), s.param(g, "u", s.n), s.param(g, "v", s.m), s.param(g, "inverse")
		return []*Node{exponential(c, u, v, inverse)}
	})
	build(&p.sweeps, "sweeps", s.sweeps)
	build(&p.plan, "plan", func(g *Graph) []*Node {
		c, u, v := s.cost(g), s.param(g, "u", s.n), s.param(g, "v", s.m)
		a, b, inverse := s.param(g, "a", s.n), s.param(g, "b", s.m), s.param(g, "inverse")
		plan := Mul(Mul(exponential(c, u, v, inverse), InsertAxes(a, 1)), InsertAxes(b, 0))
		return []*Node{ReduceSum(plan, 1), ReduceSum(plan, 0), ReduceSum(Mul(plan, c), 1)}
	})
	if err != nil {
		return programs{}, fmt.Errorf("ot/xla: %w", err)
	}
	return p, nil
}

func (s shape) param(g *Graph, name string, dims ...int) *Node {
	return Parameter(g, name, shapes.Make(s.dtype, dims...))
}

func (s shape) clouds(g *Graph) (x, y *Node) {
	return s.param(g, "x", s.n, s.d), s.param(g, "y", s.m, s.d)
}

// cost is the table of costs, as an input or from the clouds.
func (s shape) cost(g *Graph) *Node {
	if s.held {
		return s.param(g, "c", s.n, s.m)
	}
	return s.between(s.clouds(g))
}

// between is the ground cost by ‖x−y‖² = ‖x‖² + ‖y‖² − 2⟨x,y⟩.
func (s shape) between(x, y *Node) *Node {
	xx, yy := ReduceSum(Square(x), 1), ReduceSum(Square(y), 1)
	xy := EinsumAxes(x, y, [][2]int{{1, 1}}, nil)
	c := Sub(Add(InsertAxes(xx, 1), InsertAxes(yy, 0)), MulScalar(xy, 2))
	c = Max(c, ScalarZero(c.Graph(), s.dtype))
	switch s.ground {
	case ot.HalfSquaredEuclidean:
		return MulScalar(c, 0.5)
	case ot.Euclidean:
		return Sqrt(c)
	}
	return c
}

// largestExponent is that of a kernel's entries. Those of two points that carry
// mass stay below it but for weights under e⁻⁸⁰; between two points of weight
// zero an entry could overflow, and infinity times zero is not zero.
const largestExponent = 80

// exponential is exp((u+v−c)/ε).
func exponential(c, u, v, inverse *Node) *Node {
	t := Mul(Sub(Add(InsertAxes(u, 1), InsertAxes(v, 0)), c), inverse)
	return Exp(Min(t, Scalar(t.Graph(), t.DType(), largestExponent)))
}

func logSumExp(x *Node, axis int) *Node {
	top := ReduceMax(x, axis)
	return Add(top, Log(ReduceSum(Exp(Sub(x, InsertAxes(top, axis))), axis)))
}

// sweeps is one While over iterations of the scalings x and y: until the error
// of the column sums before their update, which bounds that of the next plan, is
// within the tolerance, or for as many iterations as are left. All arithmetic is in its
// two functions: this version of the graph library shares constants between
// them and the main one otherwise.
func (s shape) sweeps(g *Graph) []*Node {
	counter := shapes.Make(dtypes.Int32)
	kinds := []struct {
		name  string
		shape shapes.Shape
	}{
		{"left", counter}, {"error", shapes.Make(s.dtype)}, {"tolerance", shapes.Make(s.dtype)},
		{"x", shapes.Make(s.dtype, s.n)}, {"y", shapes.Make(s.dtype, s.m)},
		{"a", shapes.Make(s.dtype, s.n)}, {"b", shapes.Make(s.dtype, s.m)}, {"kernel", shapes.Make(s.dtype, s.n, s.m)},
	}
	params := func(g *Graph, prefix string) (p []*Node) { // names are of the whole program
		for _, k := range kinds {
			p = append(p, Parameter(g, prefix+k.name, k.shape))
		}
		return p
	}
	cond := NewClosure(g, func(g *Graph) []*Node {
		p := params(g, "loop_")
		return []*Node{LogicalAnd(GreaterThan(p[0], Const(g, int32(0))), GreaterThan(p[1], p[2]))}
	})
	body := NewClosure(g, func(g *Graph) []*Node {
		p := params(g, "loop_")
		a, b, kernel := p[5], p[6], p[7]
		x := Reciprocal(EinsumAxes(kernel, Mul(b, p[4]), [][2]int{{1, 0}}, nil))
		column := EinsumAxes(kernel, Mul(a, x), [][2]int{{0, 0}}, nil)
		gap := ReduceAllSum(Mul(b, Abs(AddScalar(Mul(p[4], column), -1))))
		return []*Node{AddScalar(p[0], -1), gap, p[2], x, Reciprocal(column), a, b, kernel}
	})
	out := While(cond, body, params(g, "")...)
	return []*Node{out[0], out[1], out[3], out[4]}
}
