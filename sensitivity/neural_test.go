package sensitivity

import (
	"context"
	"math"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/ncmt"
	"gonum.org/v1/gonum/stat"
)

// small networks on the pure-Go engine.
var small = ncmt.Options{Steps: 3, Pretrain: 5, Batch: 24, Backend: "go", Validation: -1,
	Architecture: ncmt.Architecture{Width: 8, Encoder: 1, Decoder: 1, CriticDecoder: 1, Hidden: 8}}

// TestNeural: numbers, labels and constants as inputs; costs of many conditions in one call are those of one each; ranks
// and names that cannot be are errors.
func TestNeural(t *testing.T) {
	runs := drawn(t, 120, 1)
	labels := make([]string, 120)
	for i := range labels {
		labels[i] = []string{"a", "b", "c"}[i%3]
	}
	runs.Inputs = append(runs.Inputs[:2], Input{Name: "L", Labels: labels}, Input{Name: "constant", Values: make([]float64, 120)})
	task, err := NeuralTask(runs, NeuralOptions{Cells: 4})
	if err != nil || len(task.Train) != 4+4+3 {
		t.Fatal(task, err)
	}
	n, err := FitNeural(context.Background(), runs, NeuralOptions{Cells: 4, Points: 50, Map: small})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _ := n.few.Dims(); rows != 50 {
		t.Errorf("%d points", rows)
	}
	ranks := []float64{0, .25, .5, 1}
	curve, err := n.Curve("X1", ranks)
	if err != nil {
		t.Fatal(err)
	}
	for k, r := range ranks {
		c, err := n.Model.Cost(n.few, n.few, nil, nil, valueOf("X1", r))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "cost", curve[k].Value, 2*n.ratio*c.Map.Value/n.bound, 1e-6)
		near(t, "its error", curve[k].StandardError, 2*n.ratio*c.Map.StandardError/n.bound, 1e-6)
	}
	if c, err := n.Curve("L", nil); err != nil || len(c) != 3 {
		t.Errorf("labels: %v, %v", c, err)
	}
	if c, err := n.Curve("constant", ranks); err != nil || c[0].Value != 0 {
		t.Errorf("constant: %v, %v", c, err)
	}
	r, err := n.Result()
	if err != nil {
		t.Fatal(err)
	}
	for j, x := range r.Indices {
		if want := []int{4, 4, 3, 0}[j]; len(x.Separations) != want || math.IsNaN(x.Value) {
			t.Errorf("%+v", x)
		}
	}
	if _, err := n.Curve("X9", ranks); err == nil {
		t.Error("an unknown input is taken")
	}
	if _, err := n.Curve("X1", []float64{1.1}); err == nil {
		t.Error("a rank above 1 is taken")
	}
	if _, err := n.CellCosts("constant"); err == nil {
		t.Error("a constant has cells")
	}
	if _, err := FitNeural(context.Background(), runs, NeuralOptions{Points: 1}); err == nil {
		t.Error("one point is taken")
	}
}

// TestScattered: means over scattered rows are far nearer to those over all than a random choice's, whose standard error is 1/√64.
func TestScattered(t *testing.T) {
	runs := drawn(t, 4096, 2)
	first := func(rows []int) float64 {
		v := make([]float64, len(rows))
		for k, i := range rows {
			v[k] = runs.Outputs.At(i, 0)
		}
		return stat.Mean(v, nil)
	}
	rows := scattered(runs.Outputs, 64, 1)
	every := rand.New(rand.NewPCG(1, 1)).Perm(4096)
	seen := map[int]bool{}
	for _, i := range rows {
		seen[i] = true
	}
	if len(seen) != 64 {
		t.Fatalf("%d rows", len(seen))
	}
	near(t, "mean", first(rows), first(every), .04*math.Sqrt(15))
}

// TestNeuralAccuracy: one map for all inputs of the linear Gaussian model has separations that correlate with those of exact
// transport by .99 over all inputs and cells, and indices within .02 of the corrected ones.
func TestNeuralAccuracy(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains for a minute")
	}
	if e, err := backend.Get(""); err != nil || e.Pure {
		t.Skip("the pure-Go engine is too slow for it")
	}
	runs := drawn(t, 4000, 1)
	exact, err := Indices(context.Background(), runs, Options{Permutations: 1})
	if err != nil {
		t.Fatal(err)
	}
	n, err := FitNeural(context.Background(), runs, NeuralOptions{Map: ncmt.Options{Seed: 1}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := n.Result()
	if err != nil {
		t.Fatal(err)
	}
	var a, b []float64
	for i, x := range r.Indices {
		near(t, "index of "+x.Input, x.Value, exact.Indices[i].Corrected, .02)
		for k, s := range x.Separations {
			a, b = append(a, exact.Indices[i].Separations[k].Value), append(b, s.Value)
		}
	}
	if rho := stat.Correlation(a, b, nil); rho < .99 {
		t.Errorf("the correlation is %g", rho)
	}
}

// BenchmarkCurve is what a new value of an input costs, by the default network on XLA: seconds of computing a condition, of all cores.
func BenchmarkCurve(b *testing.B) {
	s, _, err := LinearStudy()
	if err != nil {
		b.Fatal(err)
	}
	runs, err := s.Sample(context.Background(), 4000, Random, 1)
	if err != nil {
		b.Fatal(err)
	}
	n, err := FitNeural(context.Background(), runs, NeuralOptions{Map: ncmt.Options{Steps: 2, Pretrain: 2, Validation: -1}})
	if err != nil {
		b.Fatal(err)
	}
	ranks := make([]float64, 25)
	for k := range ranks {
		ranks[k] = (float64(k) + .5) / 25
	}
	cpu := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
	}
	if _, err := n.Curve("X1", ranks); err != nil { // compiles
		b.Fatal(err)
	}
	before := cpu()
	for b.Loop() {
		if _, err := n.Curve("X1", ranks); err != nil {
			b.Fatal(err)
		}
	}
	conditions := float64(b.N * len(ranks))
	b.ReportMetric((cpu()-before)/conditions, "cpu-ms/condition")
	b.ReportMetric(b.Elapsed().Seconds()*1e3/conditions, "ms/condition")
}
