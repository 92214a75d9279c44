package sensitivity

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// TestSobolSequence compares the sequence that is not scrambled with scipy's (testdata/sobol.py).
func TestSobolSequence(t *testing.T) {
	raw, err := os.ReadFile("testdata/sobol.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][]float64
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for text, points := range want {
		j, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		u := mat.NewDense(len(points), 1, nil)
		newCoordinate(j).fill(u, 0, 0)
		for i, p := range points {
			if got := math.Floor(u.At(i, 0) * (1 << 30)); got != p {
				t.Fatalf("dimension %d, point %d is %v, scipy has %v", j, i, got, p)
			}
		}
	}
}

// TestDesigns checks what each design promises: one point in each slice, the same points for the same seed, and a
// mean of a smooth function that is as near as it should be.
func TestDesigns(t *testing.T) {
	const n, d = 1024, 12
	for _, g := range Designs() {
		u, err := g.Uniform(n, d, 3)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := g.Uniform(n, d, 3)
		other, _ := g.Uniform(n, d, 4)
		if !mat.Equal(u, again) || mat.Equal(u, other) {
			t.Errorf("%s: seeds do not fix the points", g)
		}
		for j := range d {
			column := mat.Col(nil, j, u)
			slices.Sort(column)
			if column[0] <= 0 || column[n-1] >= 1 {
				t.Errorf("%s: coordinate %d leaves (0,1)", g, j)
			}
			for i, v := range column {
				if g != Random && int(v*n) != i {
					t.Fatalf("%s: coordinate %d has no point or two in slice %d", g, j, i)
				}
			}
		}
		// Σ(u−½) has the standard error √(d/12n) = .031 of independent points; the others' is far smaller.
		sum := 0.0
		for i := range n {
			for _, v := range u.RawRowView(i) {
				sum += (v - .5) / n
			}
		}
		limit := map[Design]float64{Random: .1, LatinHypercube: .005, SobolSequence: .002}[g]
		if math.Abs(sum) > limit {
			t.Errorf("%s: the mean is off by %g, limit %g", g, sum, limit)
		}
	}
	// Two coordinates of 2^10 points of a scrambled (0,2)-sequence: one point in each of 32×32 squares.
	u, _ := SobolSequence.Uniform(n, 2, 5)
	seen := map[[2]int]bool{}
	for i := range n {
		seen[[2]int{int(u.At(i, 0) * 32), int(u.At(i, 1) * 32)}] = true
	}
	if len(seen) != n {
		t.Errorf("scrambled Sobol' points are in %d of %d squares", len(seen), n)
	}
	for _, c := range []struct {
		g    Design
		n, d int
	}{{Random, 0, 1}, {Random, 1, 0}, {SobolSequence, 4, 101}, {"halton", 4, 2}} {
		if _, err := c.g.Uniform(c.n, c.d, 1); err == nil {
			t.Errorf("%s, %d points in %d dimensions: no error", c.g, c.n, c.d)
		}
	}
}

// TestCopula: the inputs of the linear study have the correlation .5, within 4 standard errors (1−r²)/√n.
func TestCopula(t *testing.T) {
	s, _, err := LinearStudy()
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.Draw(1<<14, Random, 1)
	if err != nil {
		t.Fatal(err)
	}
	for j := range 3 {
		for k := range j {
			if r := stat.Correlation(mat.Col(nil, j, x), mat.Col(nil, k, x), nil); math.Abs(r-.5) > 4*.75/128 {
				t.Errorf("inputs %d and %d have the correlation %g", j, k, r)
			}
		}
	}
	s.Correlation = mat.NewSymDense(3, []float64{1, .9, -.9, .9, 1, .9, -.9, .9, 1})
	if _, err := s.Draw(4, Random, 1); err == nil {
		t.Error("a correlation matrix that is none is taken")
	}
}
