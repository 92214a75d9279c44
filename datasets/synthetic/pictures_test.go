package synthetic

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// TestPictures checks where the points of each picture may lie and how they
// are spread over its parts.
func TestPictures(t *testing.T) {
	const n = 4000
	inside := map[string]func(x, y float64) bool{
		"eight-gaussians": func(x, y float64) bool { return math.Abs(math.Hypot(x, y)-2) < 0.5 },
		"swiss-roll":      func(x, y float64) bool { r := math.Hypot(x, y); return r > 0.2 && r < 2.3 },
		"black-hole":      func(x, y float64) bool { return math.Hypot(x, y) >= 1 },
		"checkerboard": func(x, y float64) bool {
			return math.Abs(x) <= 2 && math.Abs(y) <= 2 && (int(x+2)+int(y+2))%2 == 0
		},
		"rings": func(x, y float64) bool { r := math.Hypot(x, y); return math.Abs(r-math.Round(r)) <= 0.1+1e-12 },
	}
	// part is one of the equal parts into which a picture falls.
	part := map[string]struct {
		of     func(x, y float64) int
		number int
	}{
		"eight-gaussians": {func(x, y float64) int { return int(math.Round(math.Atan2(y, x)/(math.Pi/4))+8) % 8 }, 8},
		"swiss-roll":      {func(x, y float64) int { return min(2, max(0, int((math.Hypot(x, y)-0.5)/0.5))) }, 3},
		"black-hole":      {func(x, y float64) int { return boolInt(math.Hypot(x, y) > 1+0.25*math.Ln2) }, 2},
		"checkerboard":    {func(x, y float64) int { return int(x+2)/2*4 + int(y+2) }, 8},
		"rings":           {func(x, y float64) int { return int(math.Round(math.Hypot(x, y))) - 1 }, 3},
	}
	for _, name := range PictureNames() {
		cloud, err := Picture(name, n, rand.NewPCG(1, 2))
		if err != nil {
			t.Fatal(err)
		}
		count := make([]float64, part[name].number)
		for i := range n {
			x, y := cloud.At(i, 0), cloud.At(i, 1)
			if !inside[name](x, y) {
				t.Fatalf("%s: point (%g, %g) is outside", name, x, y)
			}
			count[part[name].of(x, y)]++
		}
		p := 1 / float64(len(count))
		for k, c := range count { // 5 binomial standard deviations
			if math.Abs(c-n*p) > 5*math.Sqrt(n*p*(1-p)) {
				t.Errorf("%s: %g points of %d in part %d of %d", name, c, n, k, len(count))
			}
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestRadialMapsReachTheirPicture carries the source by the map and compares
// the radii with those of drawn points: Kolmogorov and Smirnov's distance of
// two samples of 4 000 exceeds 0.044 with a chance of about 0.001.
func TestRadialMapsReachTheirPicture(t *testing.T) {
	task := newTask(t, Pictures, Options{Seed: 3, SourcePoints: 4000, TargetPoints: 4000})
	for _, pair := range task.Train {
		y, err := task.Map(nil, pair.Source, pair.Condition)
		if name := pair.Condition[0].Labels[0]; name != "rings" && name != "black-hole" {
			if !errors.Is(err, ErrUnknownMap) {
				t.Errorf("%s: map with error %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if d := stat.KolmogorovSmirnov(radii(y), nil, radii(pair.Target), nil); d > 0.044 {
			t.Errorf("%v: radii of the image are %g from the picture's", pair.Condition, d)
		}
	}
}

func radii(x *mat.Dense) []float64 {
	out := make([]float64, x.RawMatrix().Rows)
	for i := range out {
		out[i] = math.Hypot(x.At(i, 0), x.At(i, 1))
	}
	slices.Sort(out)
	return out
}

// TestBlackHoleDistance compares W₂² with E(1 + r²/8 − r)², expanded with the
// Rayleigh moments E r = √(π/2), E r² = 2, E r³ = 3√(π/2) and E r⁴ = 8.
func TestBlackHoleDistance(t *testing.T) {
	task := newTask(t, Pictures, small(2, 0))
	m1 := math.Sqrt(math.Pi / 2)
	want := 1 + 8.0/64 + 2 + 2*2.0/8 - 2*m1 - 2*3*m1/8
	got, err := task.W2Squared(condition.Value{{Labels: []string{"black-hole"}}}, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Value-want) > 4.5*got.StandardError {
		t.Errorf("W2Squared %g ± %g, want %g", got.Value, got.StandardError, want)
	}
}

// TestFigure8 checks the two clouds of the task: spread and place of the
// source, and the eight centres.
func TestFigure8(t *testing.T) {
	task := newTask(t, Figure8, Options{Seed: 1})
	pair := task.Train[0]
	if s := stat.StdDev(mat.Col(nil, 0, pair.Source), nil); math.Abs(s-0.25) > 0.01 {
		t.Errorf("source has standard deviation %g, want 0.25", s)
	}
	var seen [8]int
	for i := range 4000 {
		x, y := pair.Target.At(i, 0), pair.Target.At(i, 1)
		k := int(math.Round(math.Atan2(y, x)/(math.Pi/4))+8) % 8
		s, c := math.Sincos(math.Pi / 4 * float64(k))
		if math.Hypot(x-5*c, y-5*s) > 6*0.25 {
			t.Fatalf("target (%g, %g) is at none of the centres", x, y)
		}
		seen[k]++
	}
	if slices.Min(seen[:]) < 400 {
		t.Errorf("points of the eight Gaussians: %v", seen)
	}
	if _, err := task.Map(nil, pair.Source, pair.Condition); !errors.Is(err, ErrUnknownMap) {
		t.Errorf("map with error %v", err)
	}
}
