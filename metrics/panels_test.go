package metrics

import (
	"math"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// Powers of one bandwidth's kernel are the exponentials that they stand for: a
// power r multiplies the rounding error of half a unit in the last place by r,
// and the presets' bandwidths are at most a factor of 400 apart.
func TestKernelPowers(t *testing.T) {
	for _, gammas := range [][]float64{{0.005, 0.01, 0.1, 0.5}, {0.005, 0.01, 0.1, 0.5, 1, 2}, {0.3, 0.3}, {1, 7, 1e9}, cellotGammas()} {
		squared, scratch := make([]float64, 301), make([]float64, 3*301)
		want := make([]float64, len(squared))
		for k := range squared {
			squared[k] = float64(k*k) / 50
			for _, g := range gammas {
				want[k] += math.Exp(-g*squared[k]) / float64(len(gammas))
			}
		}
		rbf(gammas).apply(squared, scratch)
		for k, v := range squared {
			if math.Abs(v-want[k]) > 400*0x1p-52 {
				t.Fatalf("γ = %v at squared distance %v: %v, want %v", gammas, float64(k*k)/50, v, want[k])
			}
		}
	}
}

// Clouds of any number of rows about the size of a block give the plain double
// sum, whose order of summation differs.
func TestGramOfAnySize(t *testing.T) {
	for _, n := range []int{2, 5, 127, 128, 129, 260} {
		m := 300 - n
		r := rng(uint64(n))
		x, y := normalCloud(r, n, 3, 1, 0), normalCloud(r, m, 3, 1.3, 0.4)
		mean := func(a, b *mat.Dense) float64 {
			k, _ := a.Dims()
			l, _ := b.Dims()
			sum := 0.0
			for i := range k {
				for j := range l {
					sum += math.Sqrt(squaredDistance(a.RawRowView(i), b.RawRowView(j)))
				}
			}
			return sum / float64(k*l)
		}
		want := 2*mean(x, y) - mean(x, x)*float64(n)/float64(n-1) - mean(y, y)*float64(m)/float64(m-1)
		for _, replicates := range []int{-1, 20} { // without and with the tables kept
			f := must(t)(EnergySquared(ot.Uniform(x), ot.Uniform(y), Options{Replicates: replicates, MaxPoints: -1}))
			if math.Abs(f.Value-want) > 1e-12 {
				t.Errorf("n = %d: energy distance %v, want %v", n, f.Value, want)
			}
		}
	}
}

func squaredDistance(x, y []float64) float64 {
	sum := 0.0
	for k, v := range x {
		sum += (v - y[k]) * (v - y[k])
	}
	return sum
}

// BenchmarkMMD has the clouds' sizes and the kernels of testdata/mmd_time.py.
// Compare one core with one core: go test -run '^$' -bench MMD -cpu 1.
func BenchmarkMMD(b *testing.B) {
	r := rng(8)
	x, y := ot.Uniform(normalCloud(r, 2000, 50, 1, 0)), ot.Uniform(normalCloud(r, 2000, 50, 1.2, 0.5))
	for name, k := range map[string]RBF{"one": {Gammas: []float64{0.01}, Biased: true}, "paper": PaperRBF, "code": CodeRBF} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				must(b)(MMDSquared(x, y, k, bare))
			}
		})
	}
}

// One point of positive weight has no pairs either.
func TestOnePositiveWeight(t *testing.T) {
	x, y := ot.Measure{Points: drawnCloud(1, 5, 2, 1, 0), Weights: []float64{0, 0, 3, 0, 0}}, ot.Uniform(drawnCloud(2, 6, 2, 1, 0))
	for name, f := range map[string]Figure{"MMD²": must(t)(MMDSquared(x, y, PaperRBF, Options{})), "energy": must(t)(EnergySquared(x, y, Options{}))} {
		if !math.IsNaN(f.Value) || f.HasInterval() || !strings.Contains(strings.Join(f.Warnings, "\n"), "undefined: what it divides by is 0") {
			t.Errorf("%s: %+v, want no value and a warning", name, f)
		}
	}
}

// The tables of a bootstrap of so many points take over 2 GiB: there is a value
// and no interval. The predicted are at 0 but one at 1, the observed at −1, so that
// the mean distance between both is 1 + 1/n and that of the predicted 2/n.
func TestNoIntervalOfManyPoints(t *testing.T) {
	if testing.Short() {
		t.Skip("2·10⁸ pairs")
	}
	n := 1 << 14
	x := mat.NewDense(n, 1, nil)
	x.Set(0, 0, 1)
	f := must(t)(EnergySquared(ot.Uniform(x), ot.Uniform(mat.NewDense(2, 1, []float64{-1, -1})), Options{MaxPoints: -1}))
	if math.Abs(f.Value-2) > 1e-9 || f.HasInterval() || !strings.Contains(strings.Join(f.Warnings, "\n"), "no interval: over 9459 points; see --subsample") {
		t.Errorf("%+v, want 2 and a warning", f)
	}
}
