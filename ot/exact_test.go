package ot

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

func gaussianCloud(r *rand.Rand, n, d int, scale, shift float64) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			x.Set(i, j, shift+scale*r.NormFloat64())
		}
	}
	return x
}

func table(t testing.TB, costs *mat.Dense) *Cost {
	t.Helper()
	c, err := Table(costs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func solved(t testing.TB, c *Cost, a, b []float64, o ExactOptions) *Coupling {
	t.Helper()
	p, err := Exact(context.Background(), c, a, b, o)
	if err != nil {
		t.Fatal(err)
	}
	certify(t, c, a, b, p)
	return p
}

// certify proves from the definition that a coupling is an optimal plan: its
// marginals are the weights, its potentials are feasible, and both have the
// same value, so that complementary slackness holds entry by entry. The
// tolerances are roundings of the largest number in the sums.
func certify(t testing.TB, c *Cost, a, b []float64, p *Coupling) {
	t.Helper()
	n, m := c.Dims()
	wa, err := shares(a, n, "source")
	if err != nil {
		t.Fatal(err)
	}
	wb, err := shares(b, m, "target")
	if err != nil {
		t.Fatal(err)
	}
	scale := math.Abs(p.Cost)
	for _, u := range p.U {
		scale = max(scale, math.Abs(u))
	}
	for _, v := range p.V {
		scale = max(scale, math.Abs(v))
	}
	tol := 1e-13 * scale
	rows, cols, cost := make([]float64, n), make([]float64, m), 0.0
	for k, mass := range p.Mass {
		i, j := int(p.Source[k]), int(p.Target[k])
		if !(mass > 0) {
			t.Fatalf("entry %d carries %v", k, mass)
		}
		if k > 0 && (p.Source[k-1] > p.Source[k] || p.Source[k-1] == p.Source[k] && p.Target[k-1] >= p.Target[k]) {
			t.Fatalf("entry %d (%d,%d) is out of order or twice", k, i, j)
		}
		if slack := c.At(i, j) - p.U[i] - p.V[j]; math.Abs(slack) > tol {
			t.Fatalf("entry (%d,%d) carries mass with slack %g > %g", i, j, slack, tol)
		}
		rows[i] += mass
		cols[j] += mass
		cost += mass * c.At(i, j)
	}
	if len(p.Mass) > n+m-1 {
		t.Fatalf("%d entries in a basic plan of %d×%d", len(p.Mass), n, m)
	}
	for i, w := range wa {
		if math.Abs(rows[i]-w) > 1e-15*float64(n+m) {
			t.Fatalf("source %d sends %g of %g", i, rows[i], w)
		}
	}
	for j, w := range wb {
		if math.Abs(cols[j]-w) > 1e-15*float64(n+m) {
			t.Fatalf("target %d gets %g of %g", j, cols[j], w)
		}
	}
	for i := range n {
		for j := range m {
			if p.U[i]+p.V[j] > c.At(i, j)+tol {
				t.Fatalf("potentials exceed the cost at (%d,%d) by %g > %g", i, j, p.U[i]+p.V[j]-c.At(i, j), tol)
			}
		}
	}
	if math.Abs(cost-p.Cost) > 1e-14*scale*float64(len(p.Mass)) || math.Abs(p.Gap) > tol {
		t.Fatalf("cost %g, Σ mass·cost %g, gap %g", p.Cost, cost, p.Gap)
	}
}

// bestPermutation is the smallest mean cost of a one-to-one matching.
func bestPermutation(c *mat.Dense) float64 {
	n, _ := c.Dims()
	best, used := math.Inf(1), make([]bool, n)
	var place func(i int, sum float64)
	place = func(i int, sum float64) {
		if i == n {
			best = min(best, sum)
			return
		}
		for j := range n {
			if !used[j] {
				used[j] = true
				place(i+1, sum+c.At(i, j))
				used[j] = false
			}
		}
	}
	place(0, 0)
	return best / float64(n)
}

func TestExactAgainstAllPermutations(t *testing.T) {
	cases := 10_000
	if testing.Short() {
		cases = 500
	}
	r := rng(1)
	for trial := range cases {
		n := 1 + r.IntN(8)
		c := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				c.Set(i, j, r.NormFloat64())
				if trial%2 == 0 { // ties
					c.Set(i, j, float64(r.IntN(4)))
				}
			}
		}
		got, want := solved(t, table(t, c), nil, nil, ExactOptions{}).Cost, bestPermutation(c)
		if math.Abs(got-want) > 1e-14*float64(n) {
			t.Fatalf("trial %d, n=%d: cost %v, best permutation %v", trial, n, got, want)
		}
	}
}

// linearProgram is the optimum by gonum's dense simplex.
func linearProgram(c *mat.Dense, a, b []float64) (float64, error) {
	n, m := c.Dims()
	// One of the n+m equalities follows from the others.
	eq, rhs := mat.NewDense(n+m-1, n*m, nil), make([]float64, n+m-1)
	cost := make([]float64, n*m)
	for i := range n {
		rhs[i] = a[i]
		for j := range m {
			eq.Set(i, i*m+j, 1)
			cost[i*m+j] = c.At(i, j)
			if j < m-1 {
				eq.Set(n+j, i*m+j, 1)
			}
		}
	}
	copy(rhs[n:], b[:m-1])
	value, _, err := lp.Simplex(cost, eq, rhs, 1e-12, nil)
	return value, err
}

func TestExactAgainstLinearProgram(t *testing.T) {
	r := rng(2)
	compared := 0
	for trial := range 400 {
		n, m := 1+r.IntN(6), 1+r.IntN(6)
		if n*m < 2 {
			continue
		}
		c := mat.NewDense(n, m, nil)
		for i := range n {
			for j := range m {
				c.Set(i, j, r.Float64()*10)
				if trial%3 == 0 {
					c.Set(i, j, float64(r.IntN(3)))
				}
			}
		}
		a, b := randomWeights(r, n, trial%2 == 0), randomWeights(r, m, trial%4 < 2)
		want, err := linearProgram(c, a, b)
		if err != nil { // gonum's simplex gives up on some degenerate problems
			continue
		}
		compared++
		if got := solved(t, table(t, c), a, b, ExactOptions{}).Cost; math.Abs(got-want) > 1e-9 {
			t.Fatalf("trial %d, %d×%d: cost %v, linear program %v", trial, n, m, got, want)
		}
	}
	if compared < 300 {
		t.Fatalf("the linear program solved only %d of 400 problems: nothing is tested", compared)
	}
}

// randomWeights sum to one; with zeros, small whole numbers some of which are
// zero, so that partial sums coincide and plans are degenerate.
func randomWeights(r *rand.Rand, n int, zeros bool) []float64 {
	w := make([]float64, n)
	sum := 0.0
	for sum == 0 {
		for i := range w {
			w[i] = r.ExpFloat64()
			if zeros {
				w[i] = float64(r.IntN(4))
			}
			sum += w[i]
		}
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// Every solve of this test is proved optimal by certify, so there is no need of
// another solver: sizes, ties, weights, signs and scales of all kinds.
func TestExactProvesManyCases(t *testing.T) {
	cases := 10_000
	if testing.Short() {
		cases = 1000
	}
	r := rng(3)
	for trial := range cases {
		n, m := 1+r.IntN(12), 1+r.IntN(12)
		if trial%100 == 0 {
			n, m = 20+r.IntN(60), 20+r.IntN(60)
		}
		scale := math.Pow(10, float64(r.IntN(17)-8))
		c := mat.NewDense(n, m, nil)
		for i := range n {
			for j := range m {
				switch trial % 5 {
				case 0:
					c.Set(i, j, scale*r.NormFloat64())
				case 1:
					c.Set(i, j, float64(r.IntN(3)))
				case 2:
					c.Set(i, j, scale*math.Abs(float64(i-j)))
				case 3:
					c.Set(i, j, scale*float64(i+1)*float64(j+1))
				case 4:
					c.Set(i, j, scale)
				}
			}
		}
		var a, b []float64
		if trial%4 > 0 {
			a = randomWeights(r, n, trial%4 == 1)
		}
		if trial%4 > 1 {
			b = randomWeights(r, m, trial%4 == 2)
		}
		solved(t, table(t, c), a, b, ExactOptions{Workers: 1})
	}
}

// Many equal rows and few costs: the first pool offers nothing although the
// first plan is far from optimal.
func TestExactEqualRows(t *testing.T) {
	for seed := range uint64(300) {
		r := rng(seed)
		n, m := 2+r.IntN(80), 2+r.IntN(80)
		c := mat.NewDense(n, m, nil)
		for i := range n {
			for j := range m {
				c.Set(i, j, float64(r.IntN(3)))
				if i > 1 {
					c.Set(i, j, c.At(i%2, j))
				}
			}
		}
		solved(t, table(t, c), nil, nil, ExactOptions{})
	}
}

func TestExactLargerProblems(t *testing.T) {
	r := rng(4)
	for _, k := range []struct{ n, m, d int }{{600, 600, 2}, {600, 600, 20}, {900, 40, 5}, {40, 900, 5}, {1, 500, 3}, {500, 1, 3}, {513, 700, 1}} {
		x, y := gaussianCloud(r, k.n, k.d, 1, 0), gaussianCloud(r, k.m, k.d, 1.3, 0.5)
		c, err := SquaredEuclidean.Between(x, y)
		if err != nil {
			t.Fatal(err)
		}
		for _, weighted := range []bool{false, true} {
			var a, b []float64
			if weighted {
				a, b = randomWeights(r, k.n, false), randomWeights(r, k.m, true)
			}
			solved(t, c, a, b, ExactOptions{})
		}
	}
}

func wantError(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
}
