package nn

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type input struct {
	values []float32
	dims   []int
}

// eval builds a graph on the inputs and returns its outputs.
func eval(t testing.TB, build func(in []*Node) []*Node, inputs ...input) [][]float32 {
	t.Helper()
	engine, err := backend.Get("")
	check(t, err)
	be := engine.Backend
	prog, err := train.Compile(be, t.Name(), func(g *Graph) []*Node {
		var in []*Node
		for _, p := range inputs {
			in = append(in, Parameter(g, string(rune('a'+len(in))), shapes.Make(dtypes.Float32, p.dims...)))
		}
		return build(in)
	})
	check(t, err)
	defer prog.Close()
	var in []compute.Buffer
	for _, p := range inputs {
		b, err := train.Upload(be, p.values, p.dims...)
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

func draw(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	Normal(1)(r, v)
	return v
}

// TestSmoothRelu is log(1+eˣ) with slope 1/(1+e⁻ˣ), without overflow, and 1 at InvSoftplus1.
func TestSmoothRelu(t *testing.T) {
	x := []float32{-200, -20, -1, 0, InvSoftplus1, 1, 20, 200}
	out := eval(t, func(in []*Node) []*Node {
		y := SmoothRelu(in[0])
		return []*Node{y, Gradient(ReduceAllSum(y), in[0])[0]}
	}, input{x, []int{len(x)}})
	for i, v := range x {
		value, slope := math.Log1p(math.Exp(float64(v))), 1/(1+math.Exp(-float64(v)))
		if v == 200 {
			value = 200
		}
		if math.Abs(float64(out[0][i])-value) > 1e-6*(1+value) || math.Abs(float64(out[1][i])-slope) > 1e-6 {
			t.Errorf("at %g: %g with slope %g, want %g and %g", v, out[0][i], out[1][i], value, slope)
		}
	}
	if y := out[0][4]; math.Abs(float64(y)-1) > 1e-6 {
		t.Errorf("softplus(InvSoftplus1) is %g", y)
	}
}

// TestLayout: parameters lie one after another, each under its name, and are what was drawn.
func TestLayout(t *testing.T) {
	l := &Layout{}
	AddAffine(l, "a", 2, 3, Uniform(2, 3), Constant(7))
	l.AddNonNegative("p", Zero, 4)
	if l.Size != 13 {
		t.Fatalf("size %d", l.Size)
	}
	flat := l.Values(rand.NewPCG(1, 2))
	if !slices.Equal(flat, l.Values(rand.NewPCG(1, 2))) || slices.Equal(flat, l.Values(rand.NewPCG(1, 3))) {
		t.Error("values do not follow from the seed")
	}
	for i, v := range flat {
		want := i < 6 && v >= 2 && v < 3 || i >= 6 && i < 9 && v == 7 || i >= 9 && v == 0
		if !want {
			t.Errorf("value %d is %g", i, v)
		}
	}
	for i, v := range l.Floor() {
		if low := float32(-math.MaxFloat32); i < 9 && v != low || i >= 9 && v != 0 {
			t.Errorf("the floor of value %d is %g", i, v)
		}
	}
	out := eval(t, func(in []*Node) []*Node {
		w := l.Split(in[0])
		y := Affine(w, "a", in[1])
		return []*Node{y, w.Gradient(ReduceAllSum(Mul(y, y))), w.NonNegative()[0]}
	}, input{flat, []int{13}}, input{[]float32{1, 10, -1, 1}, []int{2, 2}})
	for row, x := range [][]float32{{1, 10}, {-1, 1}} {
		for j := range 3 {
			if want := x[0]*flat[j] + x[1]*flat[3+j] + 7; math.Abs(float64(out[0][row*3+j]-want)) > 1e-4 {
				t.Errorf("the affine map's entry %d, %d is %g, want %g", row, j, out[0][row*3+j], want)
			}
		}
	}
	for j := range 3 { // ∂Σy²/∂b = 2Σ_rows y
		if want := 2 * (out[0][j] + out[0][3+j]); math.Abs(float64(out[1][6+j]-want)) > 1e-3 {
			t.Errorf("∂/∂b_%d is %g, want %g", j, out[1][6+j], want)
		}
	}
	if len(out[2]) != 4 || out[1][12] != 0 {
		t.Errorf("non-negative weights %v; the gradient of an unused one is %g", out[2], out[1][12])
	}
}

// TestDeepSet: the code of a set does not depend on the order of its slots, nor on what stands
// in empty ones, and is ρ(Σφ) as written out.
func TestDeepSet(t *testing.T) {
	s := DeepSet{Slots: 4, Dim: 2, Width: 3}
	p := ConditionPath{Fixed: 1, Sets: []DeepSet{s}, Hidden: 5, Out: 4, Bank: 2}
	if p.In() != 1+4*3+2 {
		t.Fatalf("%d features", p.In())
	}
	l := &Layout{}
	p.Add(l)
	r := rand.New(rand.NewPCG(4, 4))
	w := draw(r, l.Size)
	a, b := []float32{1, .3, -2}, []float32{1, 1.5, .7}
	empty, junk := []float32{0, 0, 0}, []float32{0, 9, -9}
	row := func(fixed float32, bank []float32, slots ...[]float32) (v []float32) {
		return append(append([]float32{fixed}, slices.Concat(slots...)...), bank...)
	}
	v := slices.Concat(row(.5, []float32{0, 0}, a, b, empty, empty), row(.5, []float32{3, 4}, junk, b, empty, a), row(.5, []float32{0, 0}, a, empty, empty, empty))
	u := eval(t, func(in []*Node) []*Node { return []*Node{p.Apply(l.Split(in[0]), in[1])} }, input{w, []int{l.Size}}, input{v, []int{3, p.In()}})[0]
	want := hostPath(l, w, .5, a[1:], b[1:])
	width := p.Width() // four units, the fixed feature and three numbers of the set
	for j := range width {
		if width != 8 || math.Abs(float64(u[j])-want[j]) > 1e-5 || math.Abs(float64(u[width+j]-u[j])) > 1e-6 {
			t.Errorf("u_%d is %g and %g in another order, want %g", j, u[j], u[width+j], want[j])
		}
	}
	if math.Abs(float64(u[2*width]-u[0])) < 1e-3 {
		t.Error("{a} has the code of {a, b}")
	}
}

// hostPath is the path written out in float64.
func hostPath(l *Layout, w []float32, fixed float32, members ...[]float32) []float64 {
	dense := func(name string, x []float64) []float64 {
		weights, bias := l.Slice(w, name+"_w"), l.Slice(w, name+"_b")
		y := make([]float64, len(bias))
		for j := range y {
			y[j] = float64(bias[j])
			for i := range x {
				y[j] += x[i] * float64(weights[i*len(bias)+j])
			}
		}
		return y
	}
	each := func(f func(float64) float64, x []float64) []float64 {
		for i := range x {
			x[i] = f(x[i])
		}
		return x
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	sum := make([]float64, 3)
	for _, m := range members {
		phi := dense("set0_phi2", each(sigmoid, dense("set0_phi1", []float64{float64(m[0]), float64(m[1])})))
		for j := range sum {
			sum[j] += phi[j]
		}
	}
	set := dense("set0_rho2", each(sigmoid, dense("set0_rho1", sum)))
	code := append([]float64{float64(fixed)}, set...)
	h := each(func(x float64) float64 { return x * sigmoid(x) }, dense("embed1", code))
	return append(each(math.Tanh, dense("embed2", h)), code...)
}

// TestSinkhornDivergence against package ot's, which solves in float64 until it has converged,
// and its gradient against differences of that.
func TestSinkhornDivergence(t *testing.T) {
	const c, n, m, d, epsilon = 2, 7, 9, 2, 2.
	r := rand.New(rand.NewPCG(6, 1))
	x, y := draw(r, c*n*d), draw(r, c*m*d)
	out := eval(t, func(in []*Node) []*Node {
		value, surrogate := SinkhornDivergence(in[0], in[1], epsilon, 16)
		return []*Node{value, Gradient(ReduceAllSum(surrogate), in[0])[0]}
	}, input{x, []int{c, n, d}}, input{y, []int{c, m, d}})
	wide := func(v []float32) (w []float64) {
		for _, e := range v {
			w = append(w, float64(e))
		}
		return w
	}
	for k := range c {
		points, target := wide(x[k*n*d:(k+1)*n*d]), ot.Uniform(mat.NewDense(m, d, wide(y[k*m*d:(k+1)*m*d])))
		value := func() float64 {
			v, err := ot.SinkhornDivergence(context.Background(), ot.HalfSquaredEuclidean, ot.Uniform(mat.NewDense(n, d, points)), target, ot.SinkhornOptions{Epsilon: epsilon, Tolerance: 1e-11})
			check(t, err)
			return v.Value
		}
		want := value()
		if math.Abs(float64(out[0][k])-want) > 1e-5*(1+want) { // float32
			t.Errorf("condition %d: %g, want %g", k, out[0][k], want)
		}
		for i := range points {
			const h = 1e-4
			was := points[i]
			points[i] = was + h
			up := value()
			points[i] = was - h
			down := value()
			points[i] = was
			if slope := (up - down) / (2 * h); math.Abs(float64(out[1][k*n*d+i])-slope) > 1e-4 {
				t.Errorf("condition %d, coordinate %d: the gradient is %g, differences say %g", k, i, out[1][k*n*d+i], slope)
			}
		}
	}
}

// TestInits: what is drawn has the moments and bounds that its name says.
func TestInits(t *testing.T) {
	const n = 100000
	for name, c := range map[string]struct {
		init             Init
		mean, sd         float64
		lowest, greatest float64
	}{
		"zero": {Zero, 0, 0, 0, 0}, "constant": {Constant(-2.5), -2.5, 0, -2.5, -2.5},
		"normal":  {Normal(.3), 0, .3, math.Inf(-1), math.Inf(1)},
		"uniform": {Uniform(-1, 3), 1, 4 / math.Sqrt(12), -1, 3},
	} {
		v := make([]float32, n)
		v[7] = 99 // nothing of what was there stays
		c.init(rand.New(rand.NewPCG(9, 9)), v)
		sum, square, fourth := 0.0, 0.0, 0.0
		for _, x := range v {
			e := float64(x) - c.mean
			if float64(x) < c.lowest || float64(x) > c.greatest {
				t.Fatalf("%s drew %g", name, x)
			}
			sum, square, fourth = sum+e/n, square+e*e/n, fourth+e*e*e*e/n
		}
		// Five standard errors, of a mean and of a variance (4th moments: 3 and 1.8 times σ⁴).
		if math.Abs(sum) > 5*c.sd/math.Sqrt(n) || math.Abs(square-c.sd*c.sd) > 5*1.5*c.sd*c.sd/math.Sqrt(n) {
			t.Errorf("%s: mean %g off, variance %g, want %g", name, sum, square, c.sd*c.sd)
		}
		if want := map[string]float64{"normal": 3, "uniform": 1.8}[name] * math.Pow(c.sd, 4); math.Abs(fourth-want) > .05*want {
			t.Errorf("%s: fourth moment %g, want %g", name, fourth, want)
		}
	}
}

// TestDenseStart: the layers of a path start at N(0, 1/in), biases at 0.
func TestDenseStart(t *testing.T) {
	l := &Layout{}
	ConditionPath{Fixed: 25, Sets: []DeepSet{{Slots: 2, Dim: 4, Width: 11}}, Hidden: 100, Out: 400}.Add(l)
	flat := l.Values(rand.NewPCG(3, 3))
	for name, in := range map[string]int{"embed1": 25 + 11, "embed2": 100, "set0_phi1": 4, "set0_rho2": 11} {
		w := l.Slice(flat, name+"_w")
		square := 0.0
		for _, x := range w {
			square += float64(x) * float64(x) / float64(len(w))
		}
		// A variance of n draws is known to √(2/n); five of those.
		if want := 1 / float64(in); math.Abs(square-want) > 5*want*math.Sqrt(2/float64(len(w))) {
			t.Errorf("%s: variance %g, want %g", name, square, want)
		}
		for _, x := range l.Slice(flat, name+"_b") {
			if x != 0 {
				t.Fatalf("%s: a bias of %g", name, x)
			}
		}
	}
}

// TestNamesAreUnique: a second parameter of a name, and one that is not there, are the caller's slips.
func TestNamesAreUnique(t *testing.T) {
	l := &Layout{}
	l.Add("a", Zero, 2)
	for what, slip := range map[string]func(){"twice": func() { l.Add("a", Zero, 3) }, "missing": func() { l.Slice([]float32{1, 2}, "b") }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: nothing was said", what)
				}
			}()
			slip()
		}()
	}
}

// TestPathGradient: the gradient of a condition path, deep set included, in its parameters and in
// the features, against differences of the path written out in float64.
func TestPathGradient(t *testing.T) {
	p := ConditionPath{Fixed: 1, Sets: []DeepSet{{Slots: 3, Dim: 2, Width: 3}}, Hidden: 5, Out: 4}
	l := &Layout{}
	p.Add(l)
	r := rand.New(rand.NewPCG(8, 4))
	w := draw(r, l.Size)
	v := []float32{.5, 1, .3, -2, 1, 1.5, .7, 0, 4, 4}
	out := eval(t, func(in []*Node) []*Node {
		weights := l.Split(in[0])
		loss := ReduceAllSum(Square(p.Apply(weights, in[1])))
		return []*Node{weights.Gradient(loss), Gradient(loss, in[1])[0]}
	}, input{w, []int{l.Size}}, input{v, []int{1, p.In()}})
	loss := func() (sum float64) {
		for _, u := range hostPath(l, w, v[0], v[2:4], v[5:7]) {
			sum += u * u
		}
		return sum
	}
	const h = 1e-2 // float32 parameters move by it to 1e-7; curvature leaves about h²
	differ := func(at []float32, i int) float64 {
		was := at[i]
		at[i] = was + h
		up, above := loss(), at[i]
		at[i] = was - h
		down, below := loss(), at[i]
		at[i] = was
		return (up - down) / float64(above-below)
	}
	for i := range w {
		if want := differ(w, i); math.Abs(float64(out[0][i])-want) > 2e-3*(1+math.Abs(want)) {
			t.Errorf("parameter %d: the gradient is %g, differences say %g", i, out[0][i], want)
		}
	}
	for _, i := range []int{0, 2, 3, 5, 6} {
		if want := differ(v, i); math.Abs(float64(out[1][i])-want) > 2e-3*(1+math.Abs(want)) {
			t.Errorf("feature %d: the gradient is %g, differences say %g", i, out[1][i], want)
		}
	}
	for _, i := range []int{8, 9} { // of a slot that is empty
		if out[1][i] != 0 {
			t.Errorf("feature %d of an empty slot has the gradient %g", i, out[1][i])
		}
	}
}

// TestOrthogonal: the fewer of rows and columns are orthogonal vectors of the length asked for.
func TestOrthogonal(t *testing.T) {
	for _, c := range []struct{ rows, cols int }{{5, 5}, {3, 7}, {8, 2}} {
		v := make([]float32, c.rows*c.cols)
		Orthogonal(c.rows, c.cols, 2)(rand.New(rand.NewPCG(1, 7)), v)
		short := min(c.rows, c.cols)
		for a := range short {
			for b := range short {
				dot := 0.0
				for k := range max(c.rows, c.cols) {
					if c.rows >= c.cols {
						dot += float64(v[k*c.cols+a] * v[k*c.cols+b])
					} else {
						dot += float64(v[a*c.cols+k] * v[b*c.cols+k])
					}
				}
				want := 0.0
				if a == b {
					want = 4
				}
				if math.Abs(dot-want) > 1e-5 {
					t.Errorf("%d×%d: ⟨v_%d, v_%d⟩ is %g, want %g", c.rows, c.cols, a, b, dot, want)
				}
			}
		}
	}
}
