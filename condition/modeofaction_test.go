package condition

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// cloudOf n random points in p dimensions, less spread in later ones.
func cloudOf(n, p int, seed uint64) *mat.Dense {
	r := rand.New(rand.NewPCG(seed, 1))
	x := mat.NewDense(n, p, nil)
	for i := range n {
		for k := range p {
			x.Set(i, k, 3*r.NormFloat64()/float64(1+k))
		}
	}
	return x
}

func distancesOf(x *mat.Dense) *mat.SymDense {
	n, _ := x.Dims()
	d := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i {
			d.SetSym(i, j, distance(x.RawRowView(i), x.RawRowView(j)))
		}
	}
	return d
}

func names(n int) []string {
	labels := make([]string, n)
	for i := range labels {
		labels[i] = fmt.Sprintf("G%02d", i)
	}
	return labels
}

// Distances of points in at most 10 dimensions are realised to rounding: the
// start from classical scaling is exact up to an eigendecomposition.
func TestModeOfActionRecovers(t *testing.T) {
	for _, c := range []struct{ n, p int }{{30, 10}, {30, 3}, {5, 4}, {2, 1}} {
		delta := distancesOf(cloudOf(c.n, c.p, 3))
		e, err := ModeOfAction(names(c.n), delta, EmbeddingOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if e.Stress > 1e-12 {
			t.Errorf("%d points in %d dimensions: stress %g", c.n, c.p, e.Stress)
		}
		norm := 0.0
		for i, a := range names(c.n) {
			if len(e.Coordinates[a]) != 10 {
				t.Fatalf("%d coordinates", len(e.Coordinates[a]))
			}
			for _, v := range e.Coordinates[a] {
				norm += v * v / float64(c.n)
			}
			for j, b := range names(c.n)[:i] {
				got := e.Scale * distance(e.Coordinates[a], e.Coordinates[b])
				if math.Abs(got-delta.At(i, j)) > 1e-10*delta.At(i, j) {
					t.Errorf("distance of %s and %s is %g, want %g", a, b, got, delta.At(i, j))
				}
			}
		}
		if math.Abs(norm-1) > 1e-12 {
			t.Errorf("mean squared norm is %g", norm)
		}
	}
}

type mdsGolden struct {
	Distances [][]float64
	Cases     []struct {
		Dim          int
		Init         [][]float64
		Stress, Best float64
	}
}

func readGolden(t *testing.T) (mdsGolden, *mat.SymDense) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "mds.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g mdsGolden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	delta := mat.NewSymDense(len(g.Distances), nil)
	for i, row := range g.Distances {
		for j := range i {
			delta.SetSym(i, j, row[j])
		}
	}
	return g, delta
}

// From scikit-learn's start SMACOF goes to scikit-learn's minimum; with starts
// of its own it finds one as low as the best of scikit-learn's 64. The
// tolerance is what both stopping rules leave: slow last steps.
func TestAgainstScikitLearn(t *testing.T) {
	g, delta := readGolden(t)
	for _, c := range g.Cases {
		x := mat.NewDense(len(c.Init), c.Dim, nil)
		for i, row := range c.Init {
			x.SetRow(i, row)
		}
		if got := smacof(x, delta); math.Abs(got/c.Stress-1) > 1e-6 {
			t.Errorf("%d dimensions: stress %.10g, scikit-learn %.10g", c.Dim, got, c.Stress)
		}
		if got := rawStress(x, delta); got > c.Stress*(1+1e-6) {
			t.Errorf("%d dimensions: the points have stress %g", c.Dim, got)
		}
		e, err := ModeOfAction(names(len(c.Init)), delta, EmbeddingOptions{Dim: c.Dim, Source: rand.NewPCG(1, 2), Starts: 32})
		if err != nil {
			t.Fatal(err)
		}
		if raw := e.Stress * e.Stress * sumSquares(delta); raw > c.Best*(1+1e-6) {
			t.Errorf("%d dimensions: best stress %.10g, scikit-learn %.10g", c.Dim, raw, c.Best)
		}
	}
}

// No Guttman transform raises the stress.
func TestGuttmanDescends(t *testing.T) {
	_, delta := readGolden(t)
	x := cloudOf(20, 3, 9)
	next := mat.NewDense(20, 3, nil)
	last := math.Inf(1)
	for i := range 200 {
		stress := guttman(next, x, delta)
		if stress > last*(1+1e-12) {
			t.Fatalf("transform %d raised the stress from %g to %g", i, last, stress)
		}
		last = stress
		x.Copy(next)
	}
}

func TestModeOfActionSeededAndIndependentOfOrder(t *testing.T) {
	_, delta := readGolden(t)
	labels := names(20)
	embed := func(labels []string, delta mat.Symmetric, seed uint64) *Embedding {
		e, err := ModeOfAction(labels, delta, EmbeddingOptions{Dim: 2, Source: rand.NewPCG(seed, 0)})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	want := embed(labels, delta, 4)
	if again := embed(labels, delta, 4); !reflect.DeepEqual(again, want) {
		t.Error("one seed made two embeddings")
	}
	order := rand.New(rand.NewPCG(8, 8)).Perm(20)
	moved := make([]string, 20)
	movedDelta := mat.NewSymDense(20, nil)
	for i, a := range order {
		moved[i] = labels[a]
		for j, b := range order[:i] {
			movedDelta.SetSym(i, j, delta.At(a, b))
		}
	}
	if got := embed(moved, movedDelta, 4); !reflect.DeepEqual(got, want) {
		t.Error("the order of labels matters")
	}
}

// An action of the embedding, placed anew from its own distances, lands where
// it is; so it does with distances that cannot be realised, where its place is
// a minimum of its stress once SMACOF stands still.
func TestPlaceKnown(t *testing.T) {
	_, noisy := readGolden(t)
	for _, c := range []struct {
		delta *mat.SymDense
		// SMACOF stops when a step lowers the stress by 1e-13 of Σδ²: the
		// gradient, and with it the place, are then off by some 1e-6.
		tolerance float64
	}{{distancesOf(cloudOf(25, 10, 5)), 1e-8}, {distancesOf(cloudOf(25, 3, 6)), 1e-8}, {noisy, 1e-4}} {
		n := c.delta.SymmetricDim()
		e, err := ModeOfAction(names(n), c.delta, EmbeddingOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i, label := range names(n) {
			to := map[string]float64{}
			for j, other := range names(n) {
				to[other] = c.delta.At(i, j)
			}
			x, stress, err := e.Place(to)
			if err != nil {
				t.Fatal(err)
			}
			if off := distance(x, e.Coordinates[label]); off > c.tolerance {
				t.Errorf("%s lands %g away, stress %g", label, off, stress)
			}
		}
	}
}

// A new action whose distances can be realised gets them.
func TestPlaceNew(t *testing.T) {
	x := cloudOf(31, 4, 11)
	all := distancesOf(x)
	e, err := ModeOfAction(names(30), distancesOf(x.Slice(0, 30, 0, 4).(*mat.Dense)), EmbeddingOptions{Dim: 4})
	if err != nil {
		t.Fatal(err)
	}
	to := map[string]float64{}
	for i, l := range names(30) {
		to[l] = all.At(30, i)
	}
	got, stress, err := e.Place(to)
	if err != nil || stress > 1e-9 {
		t.Fatalf("stress %g, %v", stress, err)
	}
	for l, want := range to {
		if d := e.Scale * distance(got, e.Coordinates[l]); math.Abs(d-want) > 1e-8 {
			t.Errorf("distance to %s is %g, want %g", l, d, want)
		}
	}
	// One known distance of zero puts it there; half the actions do as well.
	if at, _, err := e.Place(map[string]float64{"G03": 0}); err != nil || distance(at, e.Coordinates["G03"]) > 1e-12 {
		t.Errorf("at %v, %v", at, err)
	}
	for l := range to {
		if l > "G14" {
			delete(to, l)
		}
	}
	if half, _, err := e.Place(to); err != nil || distance(half, got) > 1e-7 {
		t.Errorf("from half the actions: %v, %v; from all: %v", half, err, got)
	}
}

func TestModeOfActionErrors(t *testing.T) {
	ok := distancesOf(cloudOf(3, 2, 1))
	spoilt := func(i, j int, d float64) *mat.SymDense {
		s := mat.NewSymDense(3, nil)
		s.CopySym(ok)
		s.SetSym(i, j, d)
		return s
	}
	for _, c := range []struct {
		labels    []string
		distances mat.Symmetric
		options   EmbeddingOptions
		say       string
	}{
		{names(4), ok, EmbeddingOptions{}, "4 labels"},
		{names(1), mat.NewSymDense(1, nil), EmbeddingOptions{}, "at least two"},
		{names(3), nil, EmbeddingOptions{}, "3 labels"},
		{[]string{"a", "b", "a"}, ok, EmbeddingOptions{}, `"a" stands there twice`},
		{names(3), spoilt(0, 1, -1), EmbeddingOptions{}, "G01 and G00 is -1"},
		{names(3), spoilt(0, 2, math.NaN()), EmbeddingOptions{}, "is NaN"},
		{names(3), spoilt(1, 1, 2), EmbeddingOptions{}, "zero to itself"},
		{names(3), spoilt(0, 1, 1e200), EmbeddingOptions{}, "sum to +Inf"},
		{names(3), mat.NewSymDense(3, nil), EmbeddingOptions{}, "nothing to embed"},
		{names(3), ok, EmbeddingOptions{Dim: -1}, "negative"},
	} {
		if e, err := ModeOfAction(c.labels, c.distances, c.options); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("ModeOfAction: %v, %v; want an error with %q", e, err, c.say)
		}
	}
	e, err := ModeOfAction(names(3), ok, EmbeddingOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for say, to := range map[string]map[string]float64{
		"needs distances": nil, "nearest: G01": {"g1": 1}, "distance to G01 is -1": {"G01": -1}, "is +Inf": {"G01": math.Inf(1)}, "too large": {"G01": 1e300},
	} {
		if x, _, err := e.Place(to); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("Place(%v) = %v, %v; want an error with %q", to, x, err, say)
		}
	}
	e.Coordinates["G02"] = []float64{1}
	if _, _, err := e.Place(map[string]float64{"G01": 1, "G02": 1}); err == nil || !strings.Contains(err.Error(), "differ in length") {
		t.Errorf("a ragged embedding: %v", err)
	}
}

func TestPairwiseW2(t *testing.T) {
	clouds := []*mat.Dense{mat.NewDense(1, 1, []float64{0}), mat.NewDense(1, 1, []float64{3}), mat.NewDense(1, 1, []float64{-1})}
	squared := func(a, b *mat.Dense) (float64, error) {
		d := a.At(0, 0) - b.At(0, 0)
		return d * d, nil
	}
	got, err := PairwiseW2(context.Background(), clouds, squared)
	if want := mat.NewSymDense(3, []float64{0, 3, 1, 3, 0, 4, 1, 4, 0}); err != nil || !mat.Equal(got, want) {
		t.Errorf("%v, %v", mat.Formatted(got), err)
	}
	below, err := PairwiseW2(context.Background(), clouds[:2], func(a, b *mat.Dense) (float64, error) { return -1e-9, nil })
	if err != nil || below.At(0, 1) != 0 {
		t.Errorf("an estimate below zero: %v, %v", below, err)
	}
	failure := errors.New("did not converge")
	if _, err := PairwiseW2(context.Background(), clouds, func(a, b *mat.Dense) (float64, error) { return 0, failure }); !errors.Is(err, failure) || !strings.Contains(err.Error(), "clouds 0 and") {
		t.Errorf("error %v", err)
	}
	if _, err := PairwiseW2(context.Background(), clouds, func(a, b *mat.Dense) (float64, error) { return math.NaN(), nil }); err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("error %v", err)
	}
	if _, err := PairwiseW2(context.Background(), clouds[:1], squared); err == nil {
		t.Error("one cloud has distances")
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := PairwiseW2(stopped, clouds, squared); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
