package ncmt

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func engine(t testing.TB, spec string) compute.Backend {
	t.Helper()
	e, err := backend.Get(spec)
	check(t, err)
	return e.Backend
}

type array struct {
	values []float32
	dims   []int
}

// eval builds a graph on arrays and returns its outputs.
func eval(t testing.TB, be compute.Backend, build func(in []*Node) []*Node, arrays ...array) [][]float32 {
	t.Helper()
	prog, err := train.Compile(be, t.Name(), func(g *Graph) []*Node {
		var in []*Node
		for _, a := range arrays {
			in = append(in, Parameter(g, string(rune('a'+len(in))), shapes.Make(dtypes.Float32, a.dims...)))
		}
		return build(in)
	})
	check(t, err)
	defer prog.Close()
	var in []compute.Buffer
	for _, a := range arrays {
		b, err := train.Upload(be, a.values, a.dims...)
		check(t, err)
		in = append(in, b)
	}
	out, err := prog.Run(in, nil)
	check(t, err)
	results := make([][]float32, len(out))
	for i, b := range out {
		s, err := b.Shape()
		check(t, err)
		results[i] = make([]float32, s.Size())
		check(t, train.Download(results[i], b))
	}
	return results
}

// relative is ‖a−b‖/‖b‖.
func relative(a, b []float32) float64 {
	diff, norm := 0.0, 0.0
	for i := range b {
		diff += math.Pow(float64(a[i]-b[i]), 2)
		norm += math.Pow(float64(b[i]), 2)
	}
	return math.Sqrt(diff / norm)
}

// TestAgainstJAX compares networks of every module, and their gradients in the parameters, with those that
// testdata/networks.py made with JAX 0.10.2 in float64.
func TestAgainstJAX(t *testing.T) {
	const c, n, d, out = 2, 5, 3, 2
	var golden []struct {
		Module                                    Module
		Residual, Norm                            bool
		Params, Features, Points, Value, Gradient []float32
	}
	text, err := os.ReadFile("testdata/networks.json")
	check(t, err)
	check(t, json.Unmarshal(text, &golden))
	for _, g := range golden {
		arch := Architecture{Width: 6, Encoder: 2, Module: g.Module, Hidden: 7, Rank: 2, Tokens: 3, NoResidual: !g.Residual, NoNorm: !g.Norm}
		net := newNetwork(d, out, 2, arch, nn.ConditionPath{Fixed: 2, Hidden: 5, Out: 4}, true)
		if net.layout.Size != len(g.Params) {
			t.Fatalf("%s has %d parameters, the golden one %d", g.Module, net.layout.Size, len(g.Params))
		}
		got := eval(t, engine(t, ""), func(in []*Node) []*Node {
			w := net.layout.Split(in[0])
			y := net.apply(w, net.embed(w, in[1]), in[2])
			return []*Node{y, w.Gradient(ReduceAllSum(Square(y)))}
		}, array{g.Params, []int{net.layout.Size}}, array{g.Features, []int{c, 2}}, array{g.Points, []int{c, n, d}})
		// Float32 against float64 through four blocks.
		if e := relative(got[0], g.Value); !(e < 1e-5) {
			t.Errorf("%s: the value is %.2g off JAX", g.Module, e)
		}
		if e := relative(got[1], g.Gradient); !(e < 1e-5) {
			t.Errorf("%s: the gradient is %.2g off JAX", g.Module, e)
		}
	}
}

// TestFactoredHypernetwork: one point a condition, for which W(c) is not formed, gives what it gives among others.
func TestFactoredHypernetwork(t *testing.T) {
	const c, d = 4, 3
	arch := Architecture{Width: 5, Encoder: 1, Module: Hypernetwork, Hidden: 6}
	net := newNetwork(d, 2, 1, arch, nn.ConditionPath{Fixed: 2, Hidden: 5, Out: 4}, true)
	r := rand.New(rand.NewPCG(1, 1))
	w, v, x := make([]float32, net.layout.Size), make([]float32, c*2), make([]float32, c*d)
	for _, s := range [][]float32{w, v, x} {
		nn.Normal(.7)(r, s)
	}
	got := eval(t, engine(t, ""), func(in []*Node) []*Node {
		w := net.layout.Split(in[0])
		e := net.embed(w, in[1])
		one := net.apply(w, e, in[2])
		both := net.apply(w, e, Concatenate([]*Node{in[2], MulScalar(in[2], 2)}, 1))
		return []*Node{one, Slice(both, AxisRange(), AxisRange(0, 1)), w.Gradient(ReduceAllSum(Square(one))),
			w.Gradient(ReduceAllSum(Square(Slice(both, AxisRange(), AxisRange(0, 1)))))}
	}, array{w, []int{len(w)}}, array{v, []int{c, 2}}, array{x, []int{c, 1, d}})
	if e := relative(got[0], got[1]); !(e < 1e-5) {
		t.Errorf("the value is %.2g off", e)
	}
	if e := relative(got[2], got[3]); !(e < 1e-5) {
		t.Errorf("the gradient is %.2g off", e)
	}
}

// TestCosts holds the weak costs against their definitions, written out over all draws.
func TestCosts(t *testing.T) {
	const c, n, draws, d = 2, 3, 4, 2
	r := rand.New(rand.NewPCG(3, 1))
	x, y := make([]float32, c*n*d), make([]float32, c*n*draws*d)
	nn.Normal(1)(r, x)
	nn.Normal(2)(r, y)
	at := func(v []float32, i, k int) float64 { return float64(v[i*d+k]) }
	for _, o := range []Options{{Cost: WeakCost, Draws: draws}, {Cost: WeakCost, Draws: draws, Gamma: .7}, {Cost: KernelCost, Draws: draws}, {Cost: KernelCost, Draws: draws, Gamma: 1}} {
		got := eval(t, engine(t, ""), func(in []*Node) []*Node { return []*Node{cost(o, in[0], in[1])} }, array{x, []int{c, n, d}}, array{y, []int{c, n * draws, d}})[0]
		for i := range c * n {
			near, pairs := 0.0, 0.0 // means of ‖x−y‖^p and over pairs of ‖y−y'‖^p, p 2 or 1
			for a := range draws {
				square := 0.0
				for k := range d {
					square += math.Pow(at(x, i, k)-at(y, i*draws+a, k), 2)
				}
				if o.Cost == KernelCost {
					square = math.Sqrt(square)
				}
				near += square / draws
				for b := range draws {
					apart := 0.0
					for k := range d {
						apart += math.Pow(at(y, i*draws+a, k)-at(y, i*draws+b, k), 2)
					}
					if o.Cost == KernelCost {
						apart = math.Sqrt(apart)
					}
					pairs += apart / (draws * (draws - 1))
				}
			}
			want := near/2 - o.Gamma*pairs/4 // Var = ½E‖y−y'‖² over pairs
			if math.Abs(float64(got[i])-want) > 1e-4*(1+math.Abs(want)) {
				t.Errorf("%s, gamma %g, point %d: %g, want %g", o.Cost, o.Gamma, i, got[i], want)
			}
		}
	}
}

// TestCriticLoss holds the critic's loss, its regularisation included, against what it says.
func TestCriticLoss(t *testing.T) {
	x, image, y := []float32{0, 0, 1, 1}, []float32{1, 0, 1, 2}, []float32{2, 0, 0, 0}
	fImage, fy := []float32{.5, -1}, []float32{3, .25}
	o := Options{Cost: StrongCost, Expectile: .9, ExpectileWeight: 2}
	got := eval(t, engine(t, ""), func(in []*Node) []*Node {
		return []*Node{criticLoss(o, in[0], in[1], in[2], in[3], in[4]), criticLoss(Options{Cost: StrongCost, ExpectileWeight: -1}, in[0], in[1], in[2], in[3], in[4])}
	}, array{x, []int{1, 2, 2}}, array{image, []int{1, 2, 2}}, array{y, []int{1, 2, 2}}, array{fImage, []int{1, 2}}, array{fy, []int{1, 2}})
	// k(x,T) is ½ and ½, k(x,y) is 2 and 1: r = (½−½)−(2−3) = 1 and (½+1)−(1−¼) = ¾, both above 0.
	plain := -.25 - 1.625
	if want := plain + 2*.9*(1+.5625)/2; math.Abs(float64(got[0][0])-want) > 1e-6 || math.Abs(float64(got[1][0])-plain) > 1e-6 {
		t.Errorf("losses %g and %g, want %g and %g", got[0][0], got[1][0], want, plain)
	}
}
