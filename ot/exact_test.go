package ot

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
	"gonum.org/v1/gonum/stat"
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
	r := rng(1)
	for trial := range 400 {
		n := 1 + r.IntN(8)
		if n > 6 && trial > 60 {
			n = 1 + r.IntN(6)
		}
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

// A cloud shifted by δ is carried by the shift: W₂² = ‖δ‖², W₁ = ‖δ‖, and
// each point goes to its own image.
func TestExactShift(t *testing.T) {
	r := rng(5)
	x := gaussianCloud(r, 300, 4, 1, 0)
	delta := []float64{0.3, -2, 0.1, 1}
	y := mat.DenseCopyOf(x)
	for i := range 300 {
		for j, v := range delta {
			y.Set(i, j, y.At(i, j)+v)
		}
	}
	want := 0.0
	for _, v := range delta {
		want += v * v
	}
	w := randomWeights(r, 300, false)
	for _, g := range []struct {
		ground Ground
		want   float64
	}{{SquaredEuclidean, want}, {HalfSquaredEuclidean, want / 2}, {Euclidean, math.Sqrt(want)}} {
		p, err := Transport(context.Background(), g.ground, Measure{x, w}, Measure{y, w}, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(p.Cost-g.want) > 1e-12*g.want {
			t.Errorf("%v: cost %v, want %v", g.ground, p.Cost, g.want)
		}
	}
	p, _ := Transport(context.Background(), SquaredEuclidean, Measure{x, w}, Measure{y, w}, ExactOptions{})
	image, err := p.Barycentric(y)
	if err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(image, y, 1e-12) {
		t.Error("the barycentric projection is not the shift")
	}
	same, err := W2Squared(context.Background(), Measure{x, w}, Measure{x, w})
	if err != nil || same != 0 {
		t.Errorf("W₂² of a cloud to itself is %v, %v: want exactly 0", same, err)
	}
}

// On the line gonum's quantile formula for W₁ is an independent answer.
func TestExactOnTheLine(t *testing.T) {
	r := rng(6)
	for trial := range 20 {
		n, m := 1+r.IntN(200), 1+r.IntN(200)
		x, y := gaussianCloud(r, n, 1, 1, 0), gaussianCloud(r, m, 1, 2, 1)
		a, b := randomWeights(r, n, false), randomWeights(r, m, false)
		p, err := Transport(context.Background(), Euclidean, Measure{x, a}, Measure{y, b}, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		xs, ys := x.RawMatrix().Data, y.RawMatrix().Data
		want := wassersteinGonum(xs, a, ys, b)
		if math.Abs(p.Cost-want) > 1e-12*(1+want) {
			t.Fatalf("trial %d: W₁ %v, gonum %v", trial, p.Cost, want)
		}
	}
}

func wassersteinGonum(x, a, y, b []float64) float64 {
	sorted := func(x, w []float64) ([]float64, []float64) {
		at := make([]int, len(x))
		for i := range at {
			at[i] = i
		}
		slices.SortFunc(at, func(i, j int) int {
			if x[i] < x[j] {
				return -1
			}
			return 1
		})
		return picked(x, at), picked(w, at)
	}
	x, a = sorted(x, a)
	y, b = sorted(y, b)
	// ∫|F−G|, with gonum's empirical distribution function.
	all := slices.Concat(x, y)
	slices.Sort(all)
	sum := 0.0
	for k := 0; k+1 < len(all); k++ {
		sum += math.Abs(stat.CDF(all[k], stat.Empirical, x, a)-stat.CDF(all[k], stat.Empirical, y, b)) * (all[k+1] - all[k])
	}
	return sum
}

func TestExactIsTheSameForAnyWorkersAndStart(t *testing.T) {
	r := rng(8)
	x, y := gaussianCloud(r, 500, 3, 1, 0), gaussianCloud(r, 450, 3, 1.2, 0.4)
	c, err := SquaredEuclidean.Between(x, y)
	if err != nil {
		t.Fatal(err)
	}
	one, two := solved(t, c, nil, nil, ExactOptions{Workers: 1}), solved(t, c, nil, nil, ExactOptions{Workers: 3})
	if !slices.Equal(one.Mass, two.Mass) || !slices.Equal(one.Target, two.Target) || !slices.Equal(one.U, two.U) {
		t.Error("the plan depends on the number of workers")
	}
	warm := solved(t, c, nil, nil, ExactOptions{Potentials: one.V})
	if math.Abs(warm.Cost-one.Cost) > 1e-14*one.Cost {
		t.Errorf("warm start: cost %v, cold %v", warm.Cost, one.Cost)
	}
	if warm.Pivots > one.Pivots/2 {
		t.Errorf("a start from the optimal potentials took %d pivots, a cold one %d", warm.Pivots, one.Pivots)
	}
	far := repeated(0, 450)
	for j := range far {
		far[j] = 100 * r.NormFloat64()
	}
	if bad := solved(t, c, nil, nil, ExactOptions{Potentials: far}); math.Abs(bad.Cost-one.Cost) > 1e-13*one.Cost {
		t.Errorf("start from wrong potentials: cost %v, want %v", bad.Cost, one.Cost)
	}
}

func TestExactRowsOnTheFly(t *testing.T) {
	r := rng(9)
	x, y := gaussianCloud(r, 300, 6, 1, 0), gaussianCloud(r, 280, 6, 1.2, 0.4)
	c, _ := SquaredEuclidean.Between(x, y)
	want := solved(t, c, nil, nil, ExactOptions{})
	p, err := newProblem(c, nil, nil, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := &simplex{n: 300, m: 280, rows: func(i int, buf []float64) []float64 {
		c.Rows(buf, i, i+1)
		return buf
	}}
	p.rows = s.rows
	supply, demand, total := units(p.a, p.b)
	if _, err := s.solve(context.Background(), supply, demand, nil); err != nil {
		t.Fatal(err)
	}
	got, err := p.coupling(s, total)
	if err != nil {
		t.Fatal(err)
	}
	certify(t, c, nil, nil, got)
	if !slices.Equal(got.Mass, want.Mass) || !slices.Equal(got.Target, want.Target) {
		t.Error("rows computed on the fly give another plan than a table in memory")
	}
}

func TestExactForbiddenPairs(t *testing.T) {
	inf := math.Inf(1)
	// The cheap pairs would leave the last row without a place.
	c := mat.NewDense(3, 3, []float64{
		1, 2, inf,
		1, inf, 5,
		3, inf, inf,
	})
	if got := solved(t, table(t, c), nil, nil, ExactOptions{}).Cost; math.Abs(got-(2+5+3)/3.0) > 1e-14 {
		t.Errorf("cost %v, want 10/3", got)
	}
	c.Set(1, 2, inf)
	_, err := Exact(context.Background(), table(t, c), nil, nil, ExactOptions{})
	if err == nil || !strings.Contains(err.Error(), "no plan exists on the allowed pairs") {
		t.Errorf("infeasible problem: error %v", err)
	}
	r := rng(10)
	feasible := 0
	for range 300 {
		n := 2 + r.IntN(7)
		c := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				c.Set(i, j, r.Float64())
				if r.IntN(3) > 0 {
					c.Set(i, j, inf)
				}
			}
		}
		want := bestPermutation(c)
		p, err := Exact(context.Background(), table(t, c), nil, nil, ExactOptions{})
		switch {
		case math.IsInf(want, 1):
			if err == nil {
				t.Fatal("a plan was found on forbidden pairs")
			}
		case err != nil:
			t.Fatalf("no plan found where one costs %v: %v", want, err)
		default:
			feasible++
			certify(t, table(t, c), nil, nil, p)
			if math.Abs(p.Cost-want) > 1e-13 {
				t.Fatalf("cost %v, want %v", p.Cost, want)
			}
		}
	}
	if feasible < 30 {
		t.Fatalf("only %d of 300 problems had a plan", feasible)
	}
}

func TestExactBadInput(t *testing.T) {
	c := table(t, mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}))
	nan := math.NaN()
	for _, k := range []struct {
		a, b []float64
		o    ExactOptions
		want string
	}{
		{[]float64{1}, nil, ExactOptions{}, "1 source weights for 2 points"},
		{nil, []float64{1, -1, 1}, ExactOptions{}, "target weight 1 is -1"},
		{[]float64{1, nan}, nil, ExactOptions{}, "source weight 1 is NaN"},
		{[]float64{0, 0}, nil, ExactOptions{}, "all 2 source weights are zero"},
		{[]float64{1, 1}, []float64{1, 1, 1}, ExactOptions{}, "source weights sum to 2 and target weights to 3"},
		{nil, nil, ExactOptions{Potentials: []float64{1}}, "1 potentials: want 3"},
		{nil, nil, ExactOptions{Potentials: []float64{1, nan, 0}}, "potential 1 is NaN"},
	} {
		_, err := Exact(context.Background(), c, k.a, k.b, k.o)
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v, want one with %q", err, k.want)
		}
	}
	if _, err := Table(mat.NewDense(1, 2, []float64{1, nan})); err == nil || !strings.Contains(err.Error(), "row 0, column 1") {
		t.Errorf("NaN cost: %v", err)
	}
	if _, err := Exact(context.Background(), nil, nil, nil, ExactOptions{}); err == nil {
		t.Error("no cost: no error")
	}
	x := mat.NewDense(2, 2, []float64{1, 2, 3, nan})
	if _, err := SquaredEuclidean.Between(x, x); err == nil || !strings.Contains(err.Error(), "row 1, column 1") {
		t.Errorf("NaN point: %v", err)
	}
	if _, err := SquaredEuclidean.Between(mat.NewDense(1, 2, nil), mat.NewDense(1, 3, nil)); err == nil || !strings.Contains(err.Error(), "2 features and the target cloud 3") {
		t.Errorf("features: %v", err)
	}
	if _, err := W2Squared(context.Background(), Measure{}, Uniform(mat.NewDense(1, 3, nil))); err == nil || !strings.Contains(err.Error(), "source cloud is empty") {
		t.Errorf("empty cloud: %v", err)
	}
}

func TestExactStopsWhenCancelled(t *testing.T) {
	r := rng(11)
	x, y := gaussianCloud(r, 400, 2, 1, 0), gaussianCloud(r, 400, 2, 1, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := W2Squared(ctx, Uniform(x), Uniform(y)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestPairwiseAndMany(t *testing.T) {
	r := rng(12)
	clouds := make([]Measure, 5)
	for k := range clouds {
		clouds[k] = Uniform(gaussianCloud(r, 30+k, 3, 1, float64(k)))
	}
	table, err := PairwiseW2Squared(context.Background(), clouds)
	if err != nil {
		t.Fatal(err)
	}
	many, err := TransportMany(context.Background(), HalfSquaredEuclidean, clouds[0], clouds, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range clouds {
		for j := range clouds {
			want, err := W2Squared(context.Background(), clouds[i], clouds[j])
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(table.At(i, j)-want) > 1e-12*(1+want) {
				t.Errorf("clouds %d and %d: %v, alone %v", i, j, table.At(i, j), want)
			}
			if i == 0 && math.Abs(2*many[j].Cost-want) > 1e-12*(1+want) {
				t.Errorf("target %d of many: ½W₂² = %v, alone W₂² = %v", j, many[j].Cost, want)
			}
		}
	}
	// W₂ is a metric.
	w := func(i, j int) float64 { return math.Sqrt(table.At(i, j)) }
	for i := range clouds {
		for j := range clouds {
			for k := range clouds {
				if w(i, k) > w(i, j)+w(j, k)+1e-12 {
					t.Errorf("triangle inequality fails for clouds %d, %d, %d", i, j, k)
				}
			}
		}
	}
	clouds[3] = Measure{}
	if _, err := PairwiseW2Squared(context.Background(), clouds); err == nil || !strings.Contains(err.Error(), "clouds 0 and 3") {
		t.Errorf("an empty cloud among many: %v", err)
	}
}

// The point at time t of the geodesic divides W₂ in the ratio t : 1−t.
func TestInterpolate(t *testing.T) {
	r := rng(13)
	x, y := gaussianCloud(r, 40, 3, 1, 0), gaussianCloud(r, 50, 3, 2, 1)
	p, err := Transport(context.Background(), SquaredEuclidean, Uniform(x), Uniform(y), ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	at, err := p.Interpolate(x, y, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	first, err := W2Squared(context.Background(), Uniform(x), at)
	if err != nil {
		t.Fatal(err)
	}
	second, err := W2Squared(context.Background(), at, Uniform(y))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(first-p.Cost/16) > 1e-12*p.Cost || math.Abs(second-p.Cost*9/16) > 1e-12*p.Cost {
		t.Errorf("W₂² %v and %v of %v, want 1/16 and 9/16 of it", first, second, p.Cost)
	}
}

func FuzzExact(f *testing.F) {
	f.Add(uint8(2), uint8(3), []byte{1, 2, 3, 4, 5, 6, 1, 1, 1, 1, 1})
	f.Add(uint8(3), uint8(3), []byte{255, 0, 255, 0, 9, 9})
	f.Fuzz(func(t *testing.T, rows, cols uint8, data []byte) {
		n, m := int(rows%9)+1, int(cols%9)+1
		at := func(k int) float64 {
			if len(data) == 0 {
				return 1
			}
			return float64(data[k%len(data)])
		}
		c := mat.NewDense(n, m, nil)
		for i := range n {
			for j := range m {
				c.Set(i, j, at(i*m+j))
				if at(i*m+j) == 255 {
					c.Set(i, j, math.Inf(1))
				}
			}
		}
		a, b := make([]float64, n), make([]float64, m)
		sa, sb := 0.0, 0.0
		for i := range a {
			a[i] = math.Mod(at(n*m+i), 5)
			sa += a[i]
		}
		for j := range b {
			b[j] = math.Mod(at(n*m+n+j), 5)
			sb += b[j]
		}
		if sa == 0 || sb == 0 {
			return
		}
		for j := range b {
			b[j] *= sa / sb
		}
		p, err := Exact(context.Background(), table(t, c), a, b, ExactOptions{})
		if err == nil {
			certify(t, table(t, c), a, b, p)
		} else if !strings.Contains(err.Error(), "no plan exists") {
			t.Fatal(err)
		}
	})
}

func ExampleExact() {
	// Three bakeries with 20, 30 and 50 loaves, two shops that want 60 and 40.
	costs, err := Table(mat.NewDense(3, 2, []float64{
		1, 4,
		3, 1,
		2, 6,
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := Exact(context.Background(), costs, []float64{20, 30, 50}, []float64{60, 40}, ExactOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for k, mass := range plan.Mass {
		fmt.Printf("%d to %d: %.2f\n", plan.Source[k], plan.Target[k], mass)
	}
	fmt.Printf("cost %.2f, proved: %t\n", plan.Cost, math.Abs(plan.Gap) < 1e-12)
	// Output:
	// 0 to 0: 0.10
	// 0 to 1: 0.10
	// 1 to 1: 0.30
	// 2 to 0: 0.50
	// cost 1.80, proved: true
}
