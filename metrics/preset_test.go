package metrics

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// presetClouds are the clouds of testdata/presets.py.
func presetClouds() (x, y, control *mat.Dense) {
	const d = 6
	x, y, control = drawnCloud(1, 100, d, 1, 0), drawnCloud(2, 100, d, 1.2, 0.3), drawnCloud(3, 100, d, 1.1, -0.2)
	for i := range 100 {
		row := y.RawRowView(i)
		for f := range row {
			row[f] *= 1 + float64(f)/d
		}
		row[1] += 0.5 * row[0]
		x.Set(i, 1, x.At(i, 1)+0.3*x.At(i, 0))
	}
	return x, y, control
}

// Every figure of every preset is the number that its definition gives in numpy.
func TestPresetsAgainstDefinitions(t *testing.T) {
	raw, err := os.ReadFile("testdata/presets.json")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	a, b, control := presetClouds()
	x, y := ot.Uniform(a), ot.Uniform(b)
	compared := 0
	compare := func(key string, f Figure) {
		compared++
		tol := 1e-11 // sums in another order
		if strings.HasPrefix(f.Name, "w_eps") || strings.HasPrefix(f.Name, "sinkhorn") {
			tol = 1e-5 // Sinkhorn stops at a marginal error of 1e-6 and potentials are of order 10
		}
		if w, stored := want[key]; !stored || math.Abs(f.Value-w) > tol*max(1, math.Abs(w)) {
			t.Errorf("%s: %.12g, stored %.12g (%t); %q", key, f.Value, w, stored, f.Warnings)
		}
	}
	for _, p := range Presets() {
		figures, err := p.Evaluate(ctx, x, y, bare)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range figures {
			compare(string(p)+"/"+f.Name, f)
		}
	}
	mx, _, _ := meanAndVariance(x)
	my, _, _ := meanAndVariance(y)
	perturbed := make([]float64, len(mx))
	for f := range perturbed {
		perturbed[f] = (mx[f]+my[f])/2 - 0.01*float64(f)
	}
	effects, err := Panel.Perturbation(x, y, Reference{Control: ot.Uniform(control), Perturbed: perturbed}, bare)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range effects {
		compare("effects/"+f.Name, f)
	}
	if compared != len(want) {
		t.Errorf("%d stored numbers, %d compared", len(want), compared)
	}
}

// CellOT's figures on 100 and on 250 of 300 points: ten choices each, the interval
// is that of one choice and holds the mean, and the seed fixes them.
func TestCellOTRepeats(t *testing.T) {
	r := rng(60)
	x, y := ot.Uniform(normalCloud(r, 300, 3, 1, 0)), ot.Uniform(normalCloud(r, 400, 3, 1, 0.5))
	figures, err := CellOT.Evaluate(context.Background(), x, y, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) != 14 {
		t.Fatalf("%d figures, want 7 for each of 2 sizes", len(figures))
	}
	for k, f := range figures {
		size := []string{"_n100", "_n250"}[k/7]
		if !strings.HasSuffix(f.Name, size) || !strings.Contains(f.Definition, "mean of 10 random choices") || !f.HasInterval() || f.High <= f.Low {
			t.Errorf("%+v", f)
		}
	}
	// The clouds differ by a shift of ½ in each of 3 features, √.75 in all.
	if f := figures[7]; f.Name != "l2_ps_n250" || f.Low > math.Sqrt(0.75) || f.High < math.Sqrt(0.75) {
		t.Errorf("%+v, want an interval about %v", f, math.Sqrt(0.75))
	}
	capped, err := CellOT.Evaluate(context.Background(), x, y, Options{MaxPoints: 100})
	if err != nil || len(capped) != 7 {
		t.Errorf("at most 100 points: %d figures, %v", len(capped), err)
	}
}

// Clouds far apart have none but their own neighbours; a cloud set beside itself
// has each point twice: n of the k nearest are shared evenly but for the point
// itself, (n−1)/(2n−1) over all.
func TestNeighbourEnrichment(t *testing.T) {
	r := rng(61)
	x := normalCloud(r, 200, 3, 1, 0)
	if f := must(t)(NeighbourEnrichment(ot.Uniform(x), ot.Uniform(normalCloud(r, 250, 3, 1, 100)), 50, Options{})); math.Abs(f.Value-1) > 1e-12 || f.N != 200 {
		t.Errorf("far apart: %+v", f)
	}
	f := must(t)(NeighbourEnrichment(ot.Uniform(x), ot.Uniform(normalCloud(r, 200, 3, 1, 0)), 50, Options{}))
	if f.Low > 0.5 || f.High < 0.47 || math.Abs(f.Value-199.0/399) > 0.03 {
		t.Errorf("of one law: %+v", f)
	}
	// 3 points on the line against 3: the 2 nearest of 0 are 1 (theirs) and 2 (own); of 2, 1 and 3
	// (theirs both); of 10, 11 and 3 (theirs both).
	line := must(t)(NeighbourEnrichment(ot.Uniform(mat.NewDense(3, 1, []float64{0, 2, 10})), ot.Uniform(mat.NewDense(3, 1, []float64{1, 3, 11})), 2, bare))
	if math.Abs(line.Value-(0.5+0+0)/3) > 1e-15 {
		t.Errorf("on the line: %v", line.Value)
	}
}

// Half of the observed points against the other half score as near as the law
// allows: an unbiased figure is 0 on average. Every point is in one half, with its weight.
func TestHalves(t *testing.T) {
	y := ot.Uniform(normalCloud(rng(62), 601, 3, 1, 0))
	y.Weights = make([]float64, 601)
	for i := range y.Weights {
		y.Weights[i] = 1 + y.Points.At(i, 0)*y.Points.At(i, 0)
	}
	a, b, err := Halves(y, Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[float64]bool{}
	for _, half := range []ot.Measure{a, b} {
		n, _ := half.Dims()
		if n < 300 || n > 301 {
			t.Errorf("a half has %d points", n)
		}
		for i := range n {
			v := half.Points.At(i, 0)
			seen[v] = true
			if half.Weights[i] != 1+v*v {
				t.Errorf("a point at %v has the weight %v", v, half.Weights[i])
			}
		}
	}
	if len(seen) != 601 {
		t.Errorf("%d of 601 points are in a half", len(seen))
	}
	if f := must(t)(MMDSquared(a, b, PaperRBF, Options{})); f.Low > 0 || f.High < 0 {
		t.Errorf("MMD² of two halves %v", f)
	}
	if _, _, err := Halves(ot.Uniform(normalCloud(rng(63), 3, 2, 1, 0)), Options{}); err == nil {
		t.Error("two halves of 3 points: no error")
	}
}

func TestAcross(t *testing.T) {
	r := rng(64)
	var observed, same []ot.Measure
	for k := range 6 {
		observed, same = append(observed, ot.Uniform(normalCloud(r, 40, 5, 1, float64(k)))), append(same, ot.Uniform(normalCloud(r, 40, 5, 1, 2.5)))
	}
	ref := Reference{Control: ot.Uniform(normalCloud(r, 50, 5, 1, -1))}
	right, err := Panel.Across(observed, observed, ref, Options{})
	if err != nil || len(right) != 3 {
		t.Fatalf("%d figures, %v", len(right), err)
	}
	for _, f := range right {
		if f.Value != 1 || f.N != 40 || !f.HasInterval() {
			t.Errorf("the observed clouds themselves: %+v", f)
		}
	}
	collapsed, err := Panel.Across(same, observed, ref, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if collapsed[0].Value > 0.7 || collapsed[2].Value > 0.05 {
		t.Errorf("one prediction for all: %v and %v", collapsed[0], collapsed[2])
	}
	if f, err := CellFlow.Across(observed, observed, ref, Options{}); f != nil || err != nil {
		t.Errorf("another preset: %v, %v", f, err)
	}
	means, err := MeanOfMeans(observed)
	if err != nil || math.Abs(floats.Sum(means)/5-2.5) > 0.3 {
		t.Errorf("mean of means %v, %v", means, err)
	}
}
