package condot

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// shaken are the starting weights with noise on all of them, so that no part of the network is
// silent; weights that must not be negative stay so.
func shaken(n *network, r *rand.Rand) []float32 {
	w := n.layout.Values(r)
	for _, p := range n.layout.Params {
		for i := p.Offset; i < p.Offset+p.Size; i++ {
			w[i] += float32(.3 * r.NormFloat64())
			if p.NonNegative {
				w[i] = float32(math.Abs(float64(w[i])))
			}
		}
	}
	return w
}

func draw(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	nn.Normal(1)(r, v)
	return v
}

// probe evaluates a network at x [c,n,d]: ψ, ∇ψ as the network gives it, and ∇ψ by the graph
// library's own differentiation of ψ.
func probe(t testing.TB, p *potentials, w, v, x []float32, c int) (value, gradient, automatic []float32) {
	t.Helper()
	n := p.g
	points := len(x) / c / n.dim
	prog, err := p.program("probe", c, points, func(gr *Graph, vn, xn *Node) []*Node {
		wn := n.layout.Split(Parameter(gr, "w", train.Vector(n.layout.Size)))
		val, grad := n.at(wn, vn)(xn)
		return []*Node{val, grad, Gradient(ReduceAllSum(val), xn)[0]}
	})
	check(t, err)
	out := runWith(t, p, prog, w, v, x, c)
	return out[0], out[1], out[2]
}

func runWith(t testing.TB, p *potentials, prog *train.Program, w, v, x []float32, c int) [][]float32 {
	t.Helper()
	weights, err := train.Upload(p.be, w, len(w))
	check(t, err)
	defer train.Free(weights)
	out, err := p.run(prog, [][]float32{v, x}, [][]int{{c, p.featureCount}, {c, len(x) / c / p.g.dim, p.g.dim}}, weights)
	check(t, err)
	return out
}

// relative is ‖a−b‖/‖b‖.
func relative(a, b []float32) float64 {
	diff, norm := 0.0, 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		diff += d * d
		norm += float64(b[i]) * float64(b[i])
	}
	return math.Sqrt(diff / norm)
}

func architectures() []Architecture {
	return []Architecture{
		{Layers: 3, Width: 6, Activation: SmoothRelu, Quadratic: DiagonalQuadratic, NonNegativity: ClampPenalty},
		{Layers: 2, Width: 6, Activation: Celu, Quadratic: FullQuadratic, NonNegativity: ClampBoth},
		{Layers: 4, Width: 5, Activation: SmoothRelu, Quadratic: DiagonalQuadratic, NonNegativity: SoftplusWeights},
		{Layers: 3, Width: 6, Activation: LeakyRelu, Quadratic: NoQuadratic, NonNegativity: ClampPenalty},
		{Layers: 1, Width: 7, Activation: SmoothRelu, Quadratic: FullQuadratic, NonNegativity: ClampPenalty},
		{Layers: 3, Width: 6, Activation: SmoothRelu, Quadratic: BankQuadratic, NonNegativity: ClampPenalty, Modulator: DotModulator},
		{Layers: 2, Width: 5, Activation: Celu, Quadratic: BankQuadratic, NonNegativity: SoftplusWeights, Modulator: SharpModulator},
		{Layers: 1, Width: 5, Activation: LeakyRelu, Quadratic: BankQuadratic, NonNegativity: ClampBoth, Modulator: SharpModulator},
	}
}

// paths that a condition can take: numbers, sets through a deep set, a bank.
func paths() []nn.ConditionPath {
	return []nn.ConditionPath{
		{Fixed: 4, Hidden: 6, Out: 5},
		{Fixed: 2, Hidden: 6, Out: 5, Sets: []nn.DeepSet{{Slots: 4, Dim: 3, Width: 5}}},
		{Fixed: 1, Hidden: 6, Out: 5, Bank: 3},
	}
}

// TestGradientOfPotential: ∇ψ is written by hand in evaluate; it must be the derivative that
// the graph library finds and that differences of ψ show.
func TestGradientOfPotential(t *testing.T) {
	be, r := engine(t, "").Backend, rand.New(rand.NewPCG(5, 6))
	const c, n, d, h = 3, 7, 3, 1e-2
	for i, a := range architectures() {
		net := newNetwork(d, a, paths()[i%3], 3)
		p := newPotentials(be, net, net)
		w, v, x := shaken(net, r), draw(r, c*net.path.In()), draw(r, c*n*d)
		_, gradient, automatic := probe(t, p, w, v, x, c)
		if e := relative(gradient, automatic); e > 1e-5 { // float32 sums of a hundred terms
			t.Errorf("%+v: ∇ψ is %.2g off the automatic derivative", a, e)
		}
		if a.Activation == LeakyRelu {
			continue // differences across a kink are not derivatives
		}
		differences := make([]float32, len(x))
		for k := range d {
			up, down := append([]float32{}, x...), append([]float32{}, x...)
			for j := k; j < len(x); j += d {
				up[j] += h
				down[j] -= h
			}
			high, _, _ := probe(t, p, w, v, up, c)
			low, _, _ := probe(t, p, w, v, down, c)
			for j := range high {
				differences[j*d+k] = (high[j] - low[j]) / (2 * h)
			}
		}
		// Rounding of ψ ~ 10 by 1e-7 over h, and h² times a third derivative.
		if e := relative(gradient, differences); e > 2e-3 {
			t.Errorf("%+v: ∇ψ is %.2g off differences of ψ", a, e)
		}
	}
}

// TestConvexity: ψ never lies above its chords, and Hessians have no negative eigenvalue but
// for rounding.
func TestConvexity(t *testing.T) {
	be, r := engine(t, "").Backend, rand.New(rand.NewPCG(7, 8))
	for i, a := range architectures() {
		net := newNetwork(2, a, paths()[i%3], 3)
		v := draw(r, 2*net.path.In())
		for j := range v {
			v[j] = float32(math.Abs(float64(v[j]))) // the bank's weights are not negative
		}
		if share := violated(t, newPotentials(be, net, net), shaken(net, r), v, 2, r, 4); share > 0 {
			t.Errorf("%+v: %.2g of the chords lie below the potential", a, share)
		}
	}
}

// violated is the share of random chords of length up to a few times spread that ψ rises above by
// more than rounding, for conditions with features v.
func violated(t testing.TB, p *potentials, w, v []float32, c int, r *rand.Rand, spread float64) float64 {
	t.Helper()
	const n = 400
	net := p.g
	size := c * n * net.dim
	a, b, between, weight := make([]float32, size), make([]float32, size), make([]float32, size), make([]float32, c*n)
	for i := range weight {
		weight[i] = r.Float32()
		for k := i * net.dim; k < (i+1)*net.dim; k++ {
			a[k], b[k] = float32(spread*r.NormFloat64()), float32(spread*r.NormFloat64())
			between[k] = weight[i]*a[k] + (1-weight[i])*b[k]
		}
	}
	va, _, _ := probe(t, p, w, v, a, c)
	vb, _, _ := probe(t, p, w, v, b, c)
	vm, _, _ := probe(t, p, w, v, between, c)
	bad := 0
	for i, u := range weight {
		chord := float64(u)*float64(va[i]) + float64(1-u)*float64(vb[i])
		if float64(vm[i]) > chord+1e-5*(math.Abs(float64(va[i]))+math.Abs(float64(vb[i]))) {
			bad++
		}
	}
	return float64(bad) / float64(len(weight))
}

// TestAgainstJAX compares ψ, ∇ψ and the gradient in the parameters with those that
// testdata/picnn.py and bank.py made with JAX 0.10.2 in float64.
func TestAgainstJAX(t *testing.T) {
	for _, file := range []string{"picnn", "bank"} {
		againstJAX(t, "testdata/"+file+".json")
	}
}

func againstJAX(t *testing.T, file string) {
	t.Helper()
	var golden []struct {
		Architecture                                       Architecture
		Dim, Conditions, Members, Fixed, Hidden, Out       int
		Params, Features, Points, Value, Gradient, InParam []float32
	}
	text, err := os.ReadFile(file)
	check(t, err)
	check(t, json.Unmarshal(text, &golden))
	be := engine(t, "").Backend
	for _, g := range golden {
		net := newNetwork(g.Dim, g.Architecture, nn.ConditionPath{Fixed: g.Fixed, Hidden: g.Hidden, Out: g.Out}, g.Members)
		if net.layout.Size != len(g.Params) {
			t.Fatalf("the network has %d parameters, the golden one %d", net.layout.Size, len(g.Params))
		}
		p := newPotentials(be, net, net)
		value, gradient, _ := probe(t, p, g.Params, g.Features, g.Points, g.Conditions)
		// Float32 against float64 through four layers.
		for name, pair := range map[string][2][]float32{"ψ": {value, g.Value}, "∇ψ": {gradient, g.Gradient}, "the gradient in the parameters": {inParameters(t, p, g.Params, g.Features, g.Points, g.Conditions), g.InParam}} {
			if e := relative(pair[0], pair[1]); !(e < 1e-5) {
				t.Errorf("%+v: %s is %.2g off JAX", g.Architecture, name, e)
			}
		}
	}
}

// inParameters is the gradient of Σψ² + Σ‖∇ψ‖² in the parameters.
func inParameters(t testing.TB, p *potentials, w, v, x []float32, c int) []float32 {
	t.Helper()
	n := p.g
	points := len(x) / c / n.dim
	prog, err := p.program("parameters", c, points, func(gr *Graph, vn, xn *Node) []*Node {
		wn := n.layout.Split(Parameter(gr, "w", train.Vector(n.layout.Size)))
		val, grad := n.at(wn, vn)(xn)
		return []*Node{wn.Gradient(Add(ReduceAllSum(Square(val)), ReduceAllSum(Square(grad))))}
	})
	check(t, err)
	return runWith(t, p, prog, w, v, x, c)[0]
}

// TestPenalty is the sum of the norms of the negative parts (section 3.2 of the paper).
func TestPenalty(t *testing.T) {
	be, r := engine(t, "").Backend, rand.New(rand.NewPCG(9, 9))
	net := newNetwork(2, architectures()[0], paths()[0], 3)
	w := draw(r, net.layout.Size)
	want := 0.0
	for _, p := range net.layout.Params {
		square := 0.0
		for _, x := range w[p.Offset : p.Offset+p.Size] {
			if p.NonNegative && x < 0 {
				square += float64(x) * float64(x)
			}
		}
		want += math.Sqrt(square)
	}
	prog, err := train.Compile(be, "penalty", func(gr *Graph) []*Node {
		return []*Node{net.penalty(net.layout.Split(Parameter(gr, "w", train.Vector(net.layout.Size))))}
	})
	check(t, err)
	b, err := train.Upload(be, w, len(w))
	check(t, err)
	out, err := prog.Run([]compute.Buffer{b}, nil)
	check(t, err)
	var got [1]float32
	check(t, train.Download(got[:], out[0]))
	if math.Abs(float64(got[0])-want) > 1e-5*want {
		t.Errorf("the penalty is %g, want %g", got[0], want)
	}
}
