package synthetic

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// smallCombinations is drawn once: tests read it only.
var smallCombinations = sync.OnceValues(func() (*CombinationScreen, error) {
	return NewCombinationScreen(CombinationOptions{Seed: 4, Genes: 800, Actions: 12, Pairs: 30, ControlCells: 300, CellsPerCondition: 40})
})

func combinations(t *testing.T) *CombinationScreen {
	t.Helper()
	s, err := smallCombinations()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCombinationMap checks that the map of states is the gradient of its potential, and that the
// pairing of states is optimal, against the network simplex.
func TestCombinationMap(t *testing.T) {
	s := combinations(t)
	states := selectRows(s.States, s.Rows())
	rng := rand.New(rand.NewPCG(5, 5))
	const h = 1e-5
	for _, actions := range [][]string{nil, s.Conditions[0], s.Conditions[12], s.Conditions[41]} {
		y, err := s.Map(nil, states, actions...)
		if err != nil {
			t.Fatal(err)
		}
		v := normal(300, combinationSize, rng)
		high, err := s.Potential(displaced(states, v, h), actions...)
		if err != nil {
			t.Fatal(err)
		}
		low, err := s.Potential(displaced(states, v, -h), actions...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range high {
			// Central differences of values near 10: rounding of 1e-15·10/h and h² leave 1e-8.
			if got, want := dot(y.RawRowView(i), v.RawRowView(i)), (high[i]-low[i])/(2*h); math.Abs(got-want) > 1e-5 {
				t.Fatalf("%v: ⟨T(z), v⟩ = %g, difference quotient %g", actions, got, want)
			}
		}
		checkAssignment(t, strings.Join(actions, "+"), states, y, 1e-9)
		if moved := stat.Mean(squaredDisplacements(states, y), nil); (moved > 0) != (actions != nil) {
			t.Errorf("%v: states move by %g", actions, moved)
		}
	}
}

// TestCombinationCells: every condition has its cells, whose states lie about the image of
// the untreated populations' centres.
func TestCombinationCells(t *testing.T) {
	s := combinations(t)
	if n := len(s.Conditions); n != 42 || len(s.Cells) != 300+42*40 {
		t.Fatalf("%d conditions, %d cells", n, len(s.Cells))
	}
	if r, c := s.Counts.Dims(); r != len(s.Cells) || c != 800 {
		t.Errorf("counts of %d × %d", r, c)
	}
	for i, c := range s.Conditions {
		if rows := s.Rows(c...); len(rows) != 40 || rows[0] != 300+40*i || !slices.IsSorted(c) {
			t.Errorf("%v has cells %v", c, rows)
		}
	}
	rows := s.Rows(s.Conditions[20]...)
	for p := range combinationPopulations {
		centre := mat.NewDense(1, combinationSize, combinationCentre(p))
		image, err := s.Map(nil, centre, s.Conditions[20]...)
		if err != nil {
			t.Fatal(err)
		}
		var of []float64
		for _, i := range rows {
			if s.Cells[i].Population == p {
				of = append(of, s.States.At(i, combinationAxis))
			}
		}
		// Spread within a population is .3 in a programme; T shears it a little.
		if want := image.At(0, combinationAxis); math.Abs(stat.Mean(of, nil)-want) > 4*0.45/math.Sqrt(float64(len(of))) {
			t.Errorf("population %d: mean %g of the first programme, its centre goes to %g", p, stat.Mean(of, nil), want)
		}
	}
}

// TestCombinationInteraction: interactions are there and small; two on one programme do
// less than their sum, two on neighbours more.
func TestCombinationInteraction(t *testing.T) {
	s := combinations(t)
	var sizes []float64
	for _, c := range s.Conditions[12:] {
		size, err := s.Interaction(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, size)
	}
	if mean := stat.Mean(sizes, nil); mean < .02 || mean > .3 || slices.Max(sizes) > .6 {
		t.Errorf("interactions of %.2f on average, at most %.2f", mean, slices.Max(sizes))
	}
	alike, err := s.Interaction(s.Actions[0], s.Actions[6])
	if err != nil {
		t.Fatal(err)
	}
	_, same, _ := s.alpha([]string{s.Actions[0], s.Actions[6]})
	_, near, _ := s.alpha([]string{s.Actions[1], s.Actions[0]})
	if alike <= 0 || same[0] >= 0 || near[0] <= 0 || near[1] <= 0 {
		t.Errorf("interaction on one programme %v, on neighbours %v", same, near)
	}
}

// TestCombinationCounterfactual is the mean over counts of what control cells would give.
func TestCombinationCounterfactual(t *testing.T) {
	s := combinations(t)
	rows, genes := []int{3, 11}, []int{0, 5, 700}
	for _, actions := range [][]string{nil, s.Conditions[13]} {
		z, err := s.Map(nil, selectRows(s.States, rows), actions...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Counterfactual(rows, actions, 2000, genes)
		if err != nil {
			t.Fatal(err)
		}
		const draws = 4000
		for k, i := range rows {
			states, libraries := mat.NewDense(draws, combinationSize, nil), make([]float64, draws)
			for d := range draws {
				states.SetRow(d, z.RawRowView(k))
				libraries[d] = s.Cells[i].Library
			}
			counts, err := s.counts(states, libraries, rand.New(rand.NewPCG(6, uint64(i))))
			if err != nil {
				t.Fatal(err)
			}
			x := counts.Dense()
			for g, j := range genes {
				var logs []float64
				for d := range draws {
					logs = append(logs, math.Log1p(2000/s.Cells[i].Library*x.At(d, j)))
				}
				mean, sd := stat.MeanStdDev(logs, nil)
				if want := got.At(k, g); math.Abs(mean-want) > 5*sd/math.Sqrt(draws)+1e-9 {
					t.Errorf("%v, cell %d, gene %d: mean %g over counts, expected %g", actions, i, j, mean, want)
				}
			}
		}
	}
}

func TestCombinationScreenRefuses(t *testing.T) {
	s := combinations(t)
	for name, c := range map[string]struct {
		err  func() error
		says string
	}{
		"few genes":  {func() error { _, err := NewCombinationScreen(CombinationOptions{Genes: 500}); return err }, "760 genes"},
		"many pairs": {func() error { _, err := NewCombinationScreen(CombinationOptions{Actions: 4, Pairs: 7}); return err }, "no more pairs"},
		"action":     {func() error { _, err := s.Map(nil, s.States, "act1"); return err }, "nearest: act"},
		"three":      {func() error { _, err := s.Map(nil, s.States, s.Actions[:3]...); return err }, "3 actions together"},
		"states":     {func() error { _, err := s.Potential(mat.NewDense(1, 2, nil)); return err }, "they have 9"},
		"treated":    {func() error { _, err := s.Counterfactual([]int{400}, nil, 1, nil); return err }, "none of the control"},
		"target":     {func() error { _, err := s.Counterfactual([]int{1}, nil, 0, nil); return err }, "target 0"},
	} {
		if err := c.err(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
