package train

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gomonge/gomonge/internal/backend"
)

// TestAdam follows the recursion of Kingma & Ba (2015), algorithm 1, on f(w) = Σ wᵢ⁴/4, in float64.
func TestAdam(t *testing.T) {
	engine, err := backend.Get("go")
	if err != nil {
		t.Fatal(err)
	}
	be := engine.Backend
	a := Adam{Beta1: .5, Beta2: .9, Epsilon: 1e-8}
	const n, rate = 3, .1
	s := shapes.Make(dtypes.Float32, n)
	prog, err := Compile(be, "adam", func(g *graph.Graph) []*graph.Node {
		w, m, v := graph.Parameter(g, "w", s), graph.Parameter(g, "m", s), graph.Parameter(g, "v", s)
		step := graph.Parameter(g, "t", shapes.Make(dtypes.Float32))
		next := a.Update(State{w, m, v}, graph.Mul(w, graph.Square(w)), step, graph.Const(g, float32(rate)))
		return []*graph.Node{next.Params, next.First, next.Second}
	})
	if err != nil {
		t.Fatal(err)
	}
	start := [][]float32{{2, -1, .01}, make([]float32, n), make([]float32, n)}
	in := make([]compute.Buffer, 4)
	for i, x := range start {
		if in[i], err = Upload(be, x, n); err != nil {
			t.Fatal(err)
		}
	}
	w, m, v := []float64{2, -1, .01}, make([]float64, n), make([]float64, n)
	for k := 1; k <= 12; k++ {
		if in[3], err = Upload(be, []float32{float32(k)}); err != nil {
			t.Fatal(err)
		}
		out, err := prog.Run(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		copy(in, out)
		for i := range w {
			g := w[i] * w[i] * w[i]
			m[i] = .5*m[i] + .5*g
			v[i] = .9*v[i] + .1*g*g
			w[i] -= rate * (m[i] / (1 - math.Pow(.5, float64(k)))) / (math.Sqrt(v[i]/(1-math.Pow(.9, float64(k)))) + 1e-8)
		}
		var got [n]float32
		if err := Download(got[:], in[0]); err != nil {
			t.Fatal(err)
		}
		for i := range w {
			// Float32 over twelve steps.
			if math.Abs(float64(got[i])-w[i]) > 1e-5 {
				t.Fatalf("step %d: w is %v, want %v", k, got, w)
			}
		}
	}
}

// TestProgramErrors: a graph that cannot be built and inputs that do not fit come back as errors.
func TestProgramErrors(t *testing.T) {
	engine, err := backend.Get("go")
	if err != nil {
		t.Fatal(err)
	}
	two, three := shapes.Make(dtypes.Float32, 2), shapes.Make(dtypes.Float32, 3)
	if _, err := Compile(engine.Backend, "misfit", func(g *graph.Graph) []*graph.Node {
		return []*graph.Node{graph.Add(graph.Parameter(g, "a", two), graph.Parameter(g, "b", three))}
	}); err == nil {
		t.Error("vectors of 2 and 3 were added")
	}
	p, err := Compile(engine.Backend, "double", func(g *graph.Graph) []*graph.Node {
		return []*graph.Node{graph.MulScalar(graph.Parameter(g, "a", two), 2)}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(nil, nil); err == nil {
		t.Error("ran without its input")
	}
	b, err := Upload(engine.Backend, []float32{1, 2, 3}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run([]compute.Buffer{b}, nil); err == nil {
		t.Error("ran with an input of another shape")
	}
	if err := Download(make([]float32, 2), b); err == nil {
		t.Error("three numbers were copied to two")
	}
}
