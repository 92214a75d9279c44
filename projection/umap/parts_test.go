package umap

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestCurve: a and b are umap-learn's, to the tolerance of the fit there.
func TestCurve(t *testing.T) {
	g, _ := readGolden(t)
	for _, c := range g.Curves {
		a, b, err := fitCurve(c[0], c[1])
		if err != nil || math.Abs(a-c[2]) > 1e-4*c[2] || math.Abs(b-c[3]) > 1e-4*c[3] {
			t.Errorf("least distance %g, spread %g: a = %g and b = %g, want %g and %g (%v)", c[0], c[1], a, b, c[2], c[3], err)
		}
	}
}

// TestForce: the tables are the gradients of log Φ and log(1−Φ), found by central differences.
func TestForce(t *testing.T) {
	f, err := newForce(.1, 1)
	if err != nil {
		t.Fatal(err)
	}
	phi := func(x float64) float64 { return 1 / (1 + f.a*math.Pow(x, 2*f.b)) }
	rng := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		x := math.Exp(4 * rng.NormFloat64() / 2)
		h := 1e-4 * x
		pull := (math.Log(phi(x+h)) - math.Log(phi(x-h))) / (2 * h) / x // times the difference is the gradient
		push := (math.Log1p(-phi(x+h)) - math.Log1p(-phi(x-h))) / (2 * h) / x * x * x / (.001 + x*x)
		if got := float64(f.attract.at(float32(x * x))); math.Abs(got-pull) > 2e-4*math.Abs(pull) {
			t.Errorf("attraction at distance %g: %g, want %g", x, got, pull)
		}
		if got := float64(f.repel.at(float32(x * x))); math.Abs(got-push) > 2e-4*math.Abs(push) {
			t.Errorf("repulsion at distance %g: %g, want %g", x, got, push)
		}
	}
	for _, s := range []float64{0, 1e-20, 1e20, math.Inf(1), math.NaN()} {
		if f.attract.at(float32(s)) != 0 || f.repel.at(float32(s)) != 0 {
			t.Errorf("a force at %g", s)
		}
	}
}

// TestGraph: the graph of neighbours is umap-learn's. It stops its bisection for σ where the weights' sum is
// within 1e-5, in single precision.
func TestGraph(t *testing.T) {
	g, sets := readGolden(t)
	x := mat.DenseCopyOf(sets["pbmc68k"].Slice(0, 40, 0, 20))
	n, err := neighbours(context.Background(), x, Options{Neighbours: 6})
	if err != nil {
		t.Fatal(err)
	}
	got := n.union()
	want := map[[2]int]float64{}
	for _, e := range g.Graph {
		want[[2]int{int(e[0]), int(e[1])}] = e[2]
	}
	if len(got.ends) != len(want) {
		t.Errorf("%d edges, want %d", len(got.ends), len(want))
	}
	for i := range got.size() {
		for e := got.starts[i]; e < got.starts[i+1]; e++ {
			if w := want[[2]int{i, int(got.ends[e])}]; math.Abs(float64(got.weights[e])-w) > 1e-4 {
				t.Errorf("edge %d–%d has weight %g, want %g", i, got.ends[e], got.weights[e], w)
			}
		}
	}
}

// TestTrustworthiness: scikit-learn's number, and that of a copy.
func TestTrustworthiness(t *testing.T) {
	g, sets := readGolden(t)
	x := mat.DenseCopyOf(sets["pbmc68k"].Slice(0, 100, 0, 20))
	y := mat.NewDense(100, 2, nil)
	for i := range 100 {
		y.SetRow(i, []float64{float64(i), 40 * math.Sin(float64(i*i))})
	}
	if got, err := Trustworthiness(x, y, 7); err != nil || math.Abs(got-g.Agreement) > 1e-12 {
		t.Errorf("trustworthiness %g, want %g (%v)", got, g.Agreement, err)
	}
	if got, err := Trustworthiness(x, x, 7); err != nil || got != 1 {
		t.Errorf("trustworthiness of a copy is %g (%v)", got, err)
	}
}

// TestEigenvectors: filtered iteration against the full spectrum, up to sign.
func TestEigenvectors(t *testing.T) {
	_, sets := readGolden(t)
	x := mat.DenseCopyOf(sets["swiss roll"].Slice(0, 400, 0, 3))
	n, err := neighbours(context.Background(), x, Options{Neighbours: 15})
	if err != nil {
		t.Fatal(err)
	}
	a := n.union().normalised()
	want, got := a.dense(), a.iterate(rand.New(rand.NewPCG(1, 1)))
	if got == nil {
		t.Fatal("no eigenvectors")
	}
	var products mat.Dense
	products.Mul(want.T(), got)
	for c := range 2 {
		if p := math.Abs(products.At(c, c)); p < 1-1e-5 { // the residual over the distance to the next eigenvalue, squared
			t.Errorf("eigenvector %d has the product %g with that of the full spectrum", c, p)
		}
	}
}

// TestStart: which start is taken where, and that parts of the graph start apart.
func TestStart(t *testing.T) {
	_, sets := readGolden(t)
	for name, want := range map[string]string{"swiss roll": spectral, "mixture": byComponent} {
		o, err := Options{}.complete(sets[name])
		if err != nil {
			t.Fatal(err)
		}
		n, err := neighbours(context.Background(), sets[name], o)
		if err != nil {
			t.Fatal(err)
		}
		y, how := n.union().start(sets[name], o)
		if how != want || len(y) != 2*sets[name].RawMatrix().Rows {
			t.Errorf("%s starts by %s, want %s", name, how, want)
		}
		for i, v := range y {
			if v < -.01 || v > startWidth+.01 {
				t.Errorf("%s: point %d starts at %g", name, i/2, v)
				break
			}
		}
	}
	places := principalPlaces(mat.NewDense(3, 2, []float64{-1, -1, 0, 0, 1, 1})) // along one line
	if first := math.Abs(places.At(2, 0) - places.At(0, 0)); math.Abs(first-2*math.Sqrt2) > 1e-12 || math.Abs(places.At(2, 1)-places.At(0, 1)) > 1e-12 {
		t.Errorf("principal components are %v", places.RawMatrix().Data)
	}
}

// TestDescent: nearly all exact neighbours are found, the same ones with any number of workers; equal
// points do not keep it from ending.
func TestDescent(t *testing.T) {
	ctx := context.Background()
	x := mixture(3000, 20, 5, 3)
	exact, err := nearest(ctx, x, x, 14, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	var first near
	for _, workers := range []int{1, 3} {
		got, err := descend(ctx, x, Options{Neighbours: 15, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for i := range 3000 {
			for _, d := range got.distances[i*14 : (i+1)*14] {
				if d <= exact.distances[(i+1)*14-1] {
					found++
				}
			}
		}
		if recall := float64(found) / (3000 * 14); recall < .97 {
			t.Errorf("%.3f of the neighbours found", recall)
		}
		if first.indices == nil {
			first = got
		}
		for e := range first.indices {
			if first.indices[e] != got.indices[e] || first.distances[e] != got.distances[e] {
				t.Fatalf("with %d workers place %d differs", workers, e)
			}
		}
	}
	equal, err := descend(ctx, mat.NewDense(500, 3, nil), Options{Neighbours: 5})
	if err != nil {
		t.Fatal(err)
	}
	for e, j := range equal.indices {
		if j < 0 || int(j) == e/4 || equal.distances[e] != 0 {
			t.Fatalf("point %d of equal ones has neighbour %d at %g", e/4, j, equal.distances[e])
		}
	}
}

// TestDescentFills: no list has room left, though leaves of equal points hold fewer than a list, or more are asked for
// than descent compares; the neighbours that are filled in are exact.
func TestDescentFills(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		x *mat.Dense
		k int
	}{"equal": {mat.NewDense(260, 3, nil), 99}, "all": {mixture(200, 3, 2, 8), 199}} {
		n, _ := c.x.Dims()
		got, err := descend(ctx, c.x, Options{Neighbours: c.k + 1})
		if err != nil {
			t.Fatal(err)
		}
		for e, j := range got.indices {
			if j < 0 || int(j) >= n || int(j) == e/c.k || math.IsInf(got.distances[e], 1) {
				t.Fatalf("%s: point %d has neighbour %d at %g", name, e/c.k, j, got.distances[e])
			}
		}
		got.union() // which has a place for every edge
	}
	x := mixture(200, 3, 2, 8)
	want, err := nearest(ctx, x, x, 9, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := near{k: 9, own: true, indices: slices.Clone(want.indices), distances: slices.Clone(want.distances)}
	for _, i := range []int{0, 7, 199} {
		for e := i*9 + 4; e < (i+1)*9; e++ {
			got.indices[e], got.distances[e] = -1, math.Inf(1)
		}
	}
	if err := got.fill(ctx, x, 0); err != nil || !slices.Equal(got.indices, want.indices) {
		t.Errorf("filled lists are not the exact ones (%v)", err)
	}
}

// TestNearest: ties go to the first, a point is not its own neighbour, but a new equal one has it.
func TestNearest(t *testing.T) {
	x := mat.NewDense(5, 1, []float64{0, 1, -1, 5, 0})
	own, err := nearest(context.Background(), x, x, 2, true, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][2]int32{{4, 1}, {0, 4}, {0, 4}, {1, 0}, {0, 1}} {
		if got := [2]int32(own.indices[2*i : 2*i+2]); got != want {
			t.Errorf("point %d has neighbours %v, want %v", i, got, want)
		}
	}
	others, err := nearest(context.Background(), mat.NewDense(1, 1, []float64{5}), x, 2, false, 1)
	if err != nil || others.indices[0] != 3 || others.distances[1] != 4 {
		t.Errorf("neighbours %v at %v (%v)", others.indices, others.distances, err)
	}
}
