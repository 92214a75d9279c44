package sensitivity

import (
	"context"
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g ± %g", what, got, want, tolerance)
	}
}

// closedForms of the linear Gaussian test function, to 12 digits (computed apart by numpy from the formulas).
var closedForms = []Parts{{.492410944689, .294270833333, .198140111355}, {.506559626388, .317708333333, .188851293055}, {.117051716270, .106770833333, .010280882937}}

// TestLinearGaussian has the index to 1e-9 given the true covariances, of both outputs, of each, of independent inputs
// and of another matrix.
func TestLinearGaussian(t *testing.T) {
	half := mat.NewSymDense(3, []float64{1, .5, .5, .5, 1, .5, .5, .5, 1})
	whole := mat.NewSymDense(3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1})
	for _, c := range []struct {
		name string
		a    *mat.Dense
		cov  *mat.SymDense
		want []float64
	}{
		{"both outputs", gaussianMatrix, half, []float64{.492410944689, .506559626388, .117051716270}},
		{"Y1", mat.NewDense(1, 3, []float64{4, -2, 1}), half, []float64{.571825580711, .008368347957, .143651161422}},
		{"Y2", mat.NewDense(1, 3, []float64{2, 5, -1}), half, []float64{.282259437435, .711324865405, .099663362621}},
		{"independent", gaussianMatrix, whole, []float64{.349527947847, .458014791892, .019969902882}},
		{"vignette", mat.NewDense(2, 3, []float64{4, 2, 3, 2, 5, -1}), half, []float64{.437566516349, .479409918298, .295929203462}},
	} {
		got, err := LinearGaussian(c.a, c.cov)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			near(t, c.name, got[i].Total, want, 1e-9)
			near(t, c.name+", parts", got[i].Advective+got[i].Diffusive, want, 1e-9)
			if c.name == "both outputs" {
				near(t, "advective", got[i].Advective, closedForms[i].Advective, 1e-9)
				near(t, "diffusive", got[i].Diffusive, closedForms[i].Diffusive, 1e-9)
			}
		}
	}
	if _, err := LinearGaussian(gaussianMatrix, mat.NewSymDense(2, nil)); err == nil {
		t.Error("a covariance of another size is taken")
	}
	if _, err := LinearGaussian(mat.NewDense(1, 3, nil), half); err == nil {
		t.Error("outputs that do not vary are taken")
	}
}

// uniformRuns have Y = X on equally spaced points.
func uniformRuns(n int) *Runs {
	r := &Runs{Inputs: []Input{{Name: "X", Values: make([]float64, n)}}, Outputs: mat.NewDense(n, 1, nil)}
	for i := range n {
		v := (float64(i*7919%n) + .5) / float64(n)
		r.Inputs[0].Values[i] = v
		r.Outputs.Set(i, 0, v)
	}
	return r
}

// TestIdentity: Y = X uniform has the index 1−1/M and the advective part (1−1/M²)/2. On n equally spaced points in M equal
// cells both hold exactly up to the factor (n−1)/n of the variance and, of the first, the 1/n of its staircase.
func TestIdentity(t *testing.T) {
	const n = 500
	for _, m := range []int{10, 25, 50} {
		for _, method := range []Method{Exact, OneD} {
			r, err := Indices(context.Background(), uniformRuns(n), Options{Method: method, Cells: m, Permutations: -1})
			if err != nil {
				t.Fatal(err)
			}
			near(t, string(method), r.Indices[0].Value, 1-1/float64(m), 1.5/n)
			near(t, "advective", r.Indices[0].Advective, (1-1/float64(m*m))/2, 1./n)
		}
	}
}

// drawn runs of the linear study by pseudo-random numbers.
func drawn(t *testing.T, n int, seed uint64) *Runs {
	t.Helper()
	s, _, err := LinearStudy()
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Sample(context.Background(), n, Random, seed)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestGsaot compares all estimators with the R package's numbers on the same runs (testdata/gsaot.R). Exact and Gaussian
// indices agree to the digits of its table, Sinkhorn's to the tolerance of its iterations. In one dimension the package
// stretches a cell's n quantiles over all ranks with half a step at each end, which is off by the order of 1/n = .025; the
// exact method is the reference there.
func TestGsaot(t *testing.T) {
	table := func(name string) [][]string {
		f, err := os.Open("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for j := range row {
				row[j] = strings.TrimSpace(row[j])
			}
		}
		return rows[1:]
	}
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil && text != "NA" {
			t.Fatal(err)
		}
		return v
	}
	data := table("runs.csv")
	runs := &Runs{Inputs: []Input{{Name: "X1"}, {Name: "X2"}, {Name: "X3"}, {Name: "L"}}, Outputs: mat.NewDense(len(data), 2, nil), OutputNames: []string{"Y1", "Y2"}}
	for i, row := range data {
		for j := range 3 {
			runs.Inputs[j].Values = append(runs.Inputs[j].Values, number(row[j]))
		}
		runs.Inputs[3].Labels = append(runs.Inputs[3].Labels, row[3])
		runs.Outputs.SetRow(i, []float64{number(row[4]), number(row[5])})
	}
	first, err := runs.Select("Y1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := runs.Select("Y2")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*Result{}
	for name, c := range map[string]struct {
		runs *Runs
		o    Options
	}{
		"exact":    {runs, Options{}},
		"sinkhorn": {runs, Options{Method: Sinkhorn}},
		"gaussian": {runs, Options{Method: Gaussian}},
		"1d":       {first, Options{Method: OneD}},
		"1d p=1":   {first, Options{Method: OneD, Exponent: 1}},
		"1d p=3":   {first, Options{Method: OneD, Exponent: 3}},
		"map Y2":   {second, Options{Method: OneD}},
	} {
		c.o.Cells, c.o.Permutations = 10, -1
		if found[name], err = Indices(context.Background(), c.runs, c.o); err != nil {
			t.Fatal(err)
		}
	}
	exact, err := Indices(context.Background(), first, Options{Cells: 10, Permutations: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range exact.Indices {
		near(t, "1d beside exact", found["1d"].Indices[i].Value, x.Value, 1e-9)
	}
	for _, row := range table("gsaot.csv") {
		method, input, want := row[0], row[1], number(row[2])
		if method == "entropic bound" {
			got, err := EntropicBound(context.Background(), runs.Outputs, Options{})
			if err != nil {
				t.Fatal(err)
			}
			near(t, method, got, want, 1e-5)
			continue
		}
		tolerance := 1e-9
		switch {
		case method == "sinkhorn":
			tolerance = 1e-5
		case strings.HasPrefix(method, "1d"), strings.HasPrefix(method, "map"):
			tolerance = .0125
		}
		x, ok := found[method].Find(input)
		if !ok {
			t.Fatalf("no index of %s", input)
		}
		near(t, method+" of "+input, x.Value, want, tolerance)
		if row[3] != "NA" {
			near(t, method+" of "+input+", advective", x.Advective, number(row[3]), tolerance)
		}
		if row[4] != "NA" {
			near(t, method+", bound", found[method].Bound/number(row[4]), 1, 1e-9)
		}
	}
}

// TestGaussianEstimate: the Gaussian method at N = 20 000 is as near as its sampling error, about 3/√N, and the finite
// cells let it be.
func TestGaussianEstimate(t *testing.T) {
	r, err := Indices(context.Background(), drawn(t, 20000, 1), Options{Method: Gaussian, Cells: 100})
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range r.Indices {
		near(t, "index", x.Value, closedForms[i].Total, .02)
		near(t, "advective", x.Advective, closedForms[i].Advective, .02)
		near(t, "sum of the parts", x.Advective+x.Diffusive, x.Value, 1e-12)
		if x.Value < x.Null.Threshold() || !(x.Corrected < x.Value) {
			t.Errorf("input %s: value %g, corrected %g, null %+v", x.Input, x.Value, x.Corrected, x.Null)
		}
	}
}

// TestTestFunctions compares one-dimensional indices of test functions with limits known from 2²¹ runs in 400 cells
// (±.001), corrected, at N = 2¹⁵ in 100 cells, whose width costs the steepest indices about .005.
func TestTestFunctions(t *testing.T) {
	for _, c := range []struct {
		s    *Study
		want []float64
	}{
		{IshigamiStudy(7, .1), []float64{.2014, .2752, .0949}},
		{IshigamiStudy(2, 1), []float64{.4391, .0005, .5306}},
		{SobolGStudy(), []float64{.5423, .1416, .0180, .0055, 0, 0, 0, 0}},
	} {
		runs, err := c.s.Sample(context.Background(), 1<<15, SobolSequence, 1)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Indices(context.Background(), runs, Options{Method: OneD, Cells: 100})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			near(t, c.s.Name+" "+r.Indices[i].Input, r.Indices[i].Corrected, want, .008)
		}
		f, err := Indices(context.Background(), runs, Options{Method: FirstOrder, Cells: 100})
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.want {
			near(t, "first order is twice the advective part of "+c.s.Name, f.Indices[i].Value, 2*r.Indices[i].Advective, 1e-9)
		}
	}
}

// TestFarFromZero: indices do not depend on where the outputs are. A shift by s rounds outputs by s·2⁻⁵³ and so the costs, of the order of 50,
// by 2e-7 of themselves at 10⁹.
func TestFarFromZero(t *testing.T) {
	runs := drawn(t, 500, 3)
	near0, err := Indices(context.Background(), runs, Options{Cells: 10, Permutations: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, shift := range []float64{1e7, 1e8, 1e9} {
		moved := *runs
		moved.Outputs = mat.DenseCopyOf(runs.Outputs)
		moved.Outputs.Apply(func(_, _ int, v float64) float64 { return v + shift }, moved.Outputs)
		far, err := Indices(context.Background(), &moved, Options{Cells: 10, Permutations: -1})
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range far.Indices {
			near(t, "index of "+x.Input+" far from 0", x.Value, near0.Indices[i].Value, 1e-6)
		}
	}
}

// TestCosts: a cost of the user's gives what the built-in one gives; the absolute difference in one dimension is p = 1.
func TestCosts(t *testing.T) {
	runs := drawn(t, 300, 2)
	squared := func(x, y []float64) (sum float64) {
		for k, v := range x {
			sum += (v - y[k]) * (v - y[k])
		}
		return sum
	}
	for _, method := range []Method{Exact, Sinkhorn} {
		a, err := Indices(context.Background(), runs, Options{Method: method, Cells: 8, Permutations: -1})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Indices(context.Background(), runs, Options{Method: method, Cells: 8, Permutations: -1, Cost: squared})
		if err != nil {
			t.Fatal(err)
		}
		for i := range a.Indices {
			near(t, string(method), b.Indices[i].Value, a.Indices[i].Value, 1e-6)
			if !math.IsNaN(b.Indices[i].Advective) {
				t.Error("a cost of the user's has an advective part")
			}
		}
	}
	one, err := runs.Select("Y1")
	if err != nil {
		t.Fatal(err)
	}
	a, err := Indices(context.Background(), one, Options{Cells: 8, Permutations: -1, Cost: func(x, y []float64) float64 { return math.Abs(x[0] - y[0]) }})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Indices(context.Background(), one, Options{Method: OneD, Exponent: 1, Cells: 8, Permutations: -1})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "W₁", a.Indices[0].Value, b.Indices[0].Value, 1e-9)
	near(t, "mean difference", a.Bound, b.Bound, 1e-9)
}

// TestDiscrete: outputs on a grid are merged into weighted points, which changes nothing but time.
func TestDiscrete(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const n = 400
	runs := &Runs{Inputs: []Input{{Name: "X", Values: make([]float64, n)}}, Outputs: mat.NewDense(n, 2, nil)}
	for i := range n {
		x := r.NormFloat64()
		runs.Inputs[0].Values[i] = x
		runs.Outputs.SetRow(i, []float64{math.Round(x + r.NormFloat64()), math.Round(r.NormFloat64())})
	}
	p, err := NewPartition(runs.Inputs[0], 10)
	if err != nil {
		t.Fatal(err)
	}
	all, parts := merged(runs.Outputs, p.Cells)
	if k, _ := all.Dims(); all.Weights == nil || k > n/4 {
		t.Fatalf("%d points of %d are left", k, n)
	}
	m, err := Options{}.exact(context.Background(), runs.Outputs, p.Cells, 1)
	if err != nil {
		t.Fatal(err)
	}
	noisy := mat.DenseCopyOf(runs.Outputs)
	for i := range n {
		noisy.Set(i, 0, noisy.At(i, 0)+1e-9*r.Float64())
	}
	apart, err := Options{}.exact(context.Background(), noisy, p.Cells, 1)
	if err != nil {
		t.Fatal(err)
	}
	for k := range parts {
		near(t, "cost", m.costs[k], apart.costs[k], 1e-7)
	}
}

// TestMap: the map has the one-dimensional indices.
func TestMap(t *testing.T) {
	runs := drawn(t, 500, 3)
	m, err := NewMap(context.Background(), runs, Options{Cells: 10})
	if err != nil {
		t.Fatal(err)
	}
	for k, name := range runs.OutputNames {
		one, err := runs.Select(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Indices(context.Background(), one, Options{Method: OneD, Cells: 10})
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range r.Indices {
			near(t, "index", m.Indices.At(i, k), x.Value, 0)
			near(t, "null", m.Null.At(i, k), x.Null.Mean, 0)
		}
	}
}

// TestWorkers: results do not depend on the number of goroutines.
func TestWorkers(t *testing.T) {
	runs := drawn(t, 100, 4)
	var first *Result
	for _, workers := range []int{1, 3} {
		r, err := Indices(context.Background(), runs, Options{Cells: 5, Replicates: 20, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = r
			continue
		}
		for i, x := range r.Indices {
			if x.Value != first.Indices[i].Value || x.Interval != first.Indices[i].Interval || x.Null != first.Indices[i].Null {
				t.Errorf("%+v and %+v", x, first.Indices[i])
			}
		}
	}
}

// TestCancelled: a context that ends is an error.
func TestCancelled(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Indices(ctx, drawn(t, 300, 5), Options{Cells: 4}); err == nil {
		t.Error("no error")
	}
}
