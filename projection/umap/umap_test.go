package umap

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// golden is what umap-learn and scikit-learn make of the sets, by testdata/umap_golden.py.
type golden struct {
	Curves          [][4]float64
	Trustworthiness map[string][]float64
	Joint           map[string][]float64
	Graph           [][3]float64
	Agreement       float64
}

func readGolden(t *testing.T) (g golden, sets map[string]*mat.Dense) {
	t.Helper()
	b, err := os.ReadFile("testdata/umap_golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("testdata/sets.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var rows map[string][][]float64
	if err := json.NewDecoder(z).Decode(&rows); err != nil {
		t.Fatal(err)
	}
	sets = map[string]*mat.Dense{}
	for name, list := range rows {
		x := mat.NewDense(len(list), len(list[0]), nil)
		for i, row := range list {
			x.SetRow(i, row)
		}
		sets[name] = x
	}
	return g, sets
}

// mixture is n points of k normal clouds.
func mixture(n, d, k int, seed uint64) *mat.Dense {
	rng := rand.New(rand.NewPCG(seed, 0))
	centres := mat.NewDense(k, d, nil)
	centres.Apply(func(_, _ int, _ float64) float64 { return 3 * rng.NormFloat64() }, centres)
	x := mat.NewDense(n, d, nil)
	x.Apply(func(i, j int, _ float64) float64 { return centres.At(i%k, j) + rng.NormFloat64() }, x)
	return x
}

func fit(t *testing.T, x *mat.Dense, o Options) *Model {
	t.Helper()
	m, err := Fit(context.Background(), x, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestNeighbourhoods: embeddings, and embeddings with every fifth point placed afterwards, keep neighbourhoods as
// umap-learn's do. .02 is several times what either varies by between seeds.
func TestNeighbourhoods(t *testing.T) {
	g, sets := readGolden(t)
	for name, x := range sets {
		whole := fit(t, x, Options{Seed: 1})
		got, err := Trustworthiness(x, whole.Embedding(), 15)
		if want := mean(g.Trustworthiness[name]); err != nil || math.Abs(got-want) > .02 {
			t.Errorf("%s: trustworthiness %.4f, umap-learn's is %.4f (%v)", name, got, want, err)
		}
		old, added := apart(x)
		m := fit(t, old, Options{Seed: 2})
		placed, err := m.Transform(context.Background(), added)
		if err != nil {
			t.Fatal(err)
		}
		var in, out mat.Dense
		in.Stack(old, added)
		out.Stack(m.Embedding(), placed)
		got, err = Trustworthiness(&in, &out, 15)
		if want := mean(g.Joint[name]); err != nil || math.Abs(got-want) > .02 {
			t.Errorf("%s with new points: trustworthiness %.4f, umap-learn's is %.4f (%v)", name, got, want, err)
		}
		t.Logf("%s: %s, joint %.4f against %.4f", name, whole.Start(), got, mean(g.Joint[name]))
	}
}

func mean(v []float64) (m float64) {
	for _, a := range v {
		m += a / float64(len(v))
	}
	return m
}

// apart takes every fifth row out.
func apart(x *mat.Dense) (old, added *mat.Dense) {
	n, d := x.Dims()
	old, added = mat.NewDense(n-n/5, d, nil), mat.NewDense(n/5, d, nil)
	for i := range n {
		if i%5 == 4 {
			added.SetRow(i/5, x.RawRowView(i))
		} else {
			old.SetRow(i-i/5, x.RawRowView(i))
		}
	}
	return old, added
}

// TestWorkers: the number of workers does not change a bit, the seed does.
func TestWorkers(t *testing.T) {
	x, added := mixture(400, 8, 3, 1), mixture(50, 8, 3, 2)
	var first, firstAdded *mat.Dense
	for _, workers := range []int{1, 2, 5, 0} {
		m := fit(t, x, Options{Epochs: 60, Seed: 7, Workers: workers})
		y, err := m.Transform(context.Background(), added)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first, firstAdded = m.Embedding(), y
		} else if !mat.Equal(first, m.Embedding()) || !mat.Equal(firstAdded, y) {
			t.Errorf("%d workers: another embedding", workers)
		}
	}
	if mat.Equal(first, fit(t, x, Options{Epochs: 60, Seed: 8}).Embedding()) {
		t.Error("another seed gives the same embedding")
	}
}

// TestTransformOfKnownPoints: points that the model knows come to lie near where they are: nine of ten nearer than the
// tenth part of the embedding's width.
func TestTransformOfKnownPoints(t *testing.T) {
	_, sets := readGolden(t)
	x := sets["pbmc68k"]
	m := fit(t, x, Options{Seed: 3})
	y, err := m.Transform(context.Background(), x)
	if err != nil {
		t.Fatal(err)
	}
	e := m.Embedding()
	n, _ := e.Dims()
	moved := make([]float64, n)
	for i := range n {
		moved[i] = math.Hypot(y.At(i, 0)-e.At(i, 0), y.At(i, 1)-e.At(i, 1))
	}
	slices.Sort(moved)
	if width := mat.Max(e) - mat.Min(e); moved[n*9/10] > width/10 {
		t.Errorf("a tenth of the points lie farther than %.2f from where they are, in an embedding %.2f wide", moved[n*9/10], width)
	}
}

// TestTransformAlone: where a new point comes to lie does not depend on the others: not on whether one of them
// is very far, or equal to a point of the model.
func TestTransformAlone(t *testing.T) {
	x := mixture(200, 5, 3, 1)
	m := fit(t, x, Options{Epochs: 60})
	added := mixture(20, 5, 3, 2)
	first, err := m.Transform(context.Background(), mat.DenseCopyOf(added.Slice(0, 1, 0, 5)))
	if err != nil {
		t.Fatal(err)
	}
	added.SetRow(1, x.RawRowView(0))
	added.Set(2, 0, 1e9)
	y, err := m.Transform(context.Background(), added)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first.RawRowView(0), y.RawRowView(0)) {
		t.Errorf("a point lies at %v alone and at %v beside others", first.RawRowView(0), y.RawRowView(0))
	}
}

// TestTransformEpochs: epochs that are asked for are those of new points, three to one, where they are the default too.
func TestTransformEpochs(t *testing.T) {
	x, added := mixture(60, 3, 2, 1), mixture(9, 3, 2, 2)
	places := map[int]*mat.Dense{}
	for _, epochs := range []int{0, 500} { // the default of 60 points
		y, err := fit(t, x, Options{Epochs: epochs}).Transform(context.Background(), added)
		if err != nil {
			t.Fatal(err)
		}
		places[epochs] = y
	}
	if mat.Equal(places[0], places[500]) {
		t.Error("166 epochs of new points are as 100")
	}
}

// TestOddData: what is unusual and right is embedded, in finite numbers.
func TestOddData(t *testing.T) {
	line := mat.NewDense(60, 1, nil)
	far := mixture(60, 3, 2, 4)
	twice := mat.NewDense(60, 2, nil)
	for i := range 60 {
		line.Set(i, 0, float64(i))
		far.Set(i, 0, far.At(i, 0)+1e6*float64(i%2))
		twice.SetRow(i, []float64{float64(i / 2), float64(i % 3)})
	}
	for name, x := range map[string]*mat.Dense{
		"equal points": mat.NewDense(40, 3, nil), "one feature": line, "far groups": far, "pairs": twice,
		"a large offset": offset(mixture(60, 3, 2, 5), 1e9), "as many as neighbours": mixture(15, 4, 1, 6),
	} {
		m := fit(t, x, Options{Epochs: 20})
		y, err := m.Transform(context.Background(), x)
		if err != nil {
			t.Fatal(err)
		}
		for what, e := range map[string]*mat.Dense{"fit": m.Embedding(), "transform": y} {
			if err := check(e); err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	for _, n := range []int{2, 3} {
		m := fit(t, mixture(n, 2, 1, 7), Options{Neighbours: 2, Epochs: 5})
		if err := check(m.Embedding()); err != nil {
			t.Error(err)
		}
	}
}

func offset(x *mat.Dense, by float64) *mat.Dense {
	x.Apply(func(_, _ int, v float64) float64 { return v + by }, x)
	return x
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	x := mixture(20, 3, 1, 1)
	m := fit(t, x, Options{Epochs: 1})
	broken := mat.DenseCopyOf(x)
	broken.Set(4, 2, math.NaN())
	embed := func(x *mat.Dense, o Options) error { _, err := Fit(ctx, x, o); return err }
	place := func(x *mat.Dense) error { _, err := m.Transform(ctx, x); return err }
	trust := func(x, y *mat.Dense, k int) error { _, err := Trustworthiness(x, y, k); return err }
	stopped, stop := context.WithCancel(ctx)
	stop()
	_, cancelled := Fit(stopped, x, Options{})
	_, cancelledLater := m.Transform(stopped, x)
	for _, c := range []struct {
		err  error
		want string
	}{
		{embed(nil, Options{}), "without points"},
		{embed(mixture(10, 3, 1, 1), Options{}), "10 points with 15 neighbours"},
		{embed(x, Options{Neighbours: 1}), "1 neighbours"},
		{embed(x, Options{MinDist: 2}), "least distance 2 and spread 1"},
		{embed(x, Options{MinDist: -1}), "least distance -1"},
		{embed(x, Options{Epochs: -1}), "-1 epochs"},
		{embed(broken, Options{}), "NaN in row 4, column 2"},
		{place(mixture(3, 2, 1, 1)), "points of 2 features, the embedding was fitted on 3"},
		{place(broken), "row 4"},
		{trust(x, mixture(19, 2, 1, 1), 3), "20 points in the other space's 19"},
		{trust(x, x, 10), "10 nearest of 20"},
		{cancelled, "canceled"},
		{cancelledLater, "canceled"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, c.err)
		}
	}
}

// TestDescentEmbeds: neighbours found by descent, as those of many points are, make as good an embedding as exact ones, of
// which .02 is several times what they vary by between seeds.
func TestDescentEmbeds(t *testing.T) {
	ctx := context.Background()
	x := mixture(1500, 10, 6, 9)
	o, err := Options{Seed: 1}.complete(x)
	if err != nil {
		t.Fatal(err)
	}
	var trust [2]float64
	for k, find := range []func() (near, error){
		func() (near, error) { return nearest(ctx, x, x, 14, true, 0) },
		func() (near, error) { return descend(ctx, x, o) },
	} {
		n, err := find()
		if err != nil {
			t.Fatal(err)
		}
		m, err := n.embed(ctx, x, o)
		if err != nil {
			t.Fatal(err)
		}
		if trust[k], err = Trustworthiness(x, m.Embedding(), 15); err != nil {
			t.Fatal(err)
		}
	}
	if math.Abs(trust[0]-trust[1]) > .02 {
		t.Errorf("trustworthiness %.4f, by exact neighbours %.4f", trust[1], trust[0])
	}
}
