package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// smallScreen is drawn once: tests read it only.
var smallScreen = sync.OnceValues(func() (*Screen, error) {
	return NewScreen(ScreenOptions{Seed: 2, Genes: 1000, VehicleCells: 300, CellsPerDose: 40})
})

func screen(t *testing.T) *Screen {
	t.Helper()
	s, err := smallScreen()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// eachTreatment runs f on every drug and dose, and on the vehicle.
func eachTreatment(f func(drug string, dose float64)) {
	f(Vehicle, 0)
	for _, drug := range ScreenDrugs {
		for _, dose := range ScreenDoses {
			f(drug, dose)
		}
	}
}

// TestScreenMap checks that the map of states is the gradient of its potential
// (central differences; see TestMapIsGradient) and that the pairing of states
// is optimal, against the network simplex.
func TestScreenMap(t *testing.T) {
	s := screen(t)
	states := selectRows(s.States, s.Rows(Vehicle, 0))
	rng := rand.New(rand.NewPCG(5, 5))
	const h = 1e-5
	last := map[string]float64{}
	eachTreatment(func(drug string, dose float64) {
		y, err := s.Map(nil, states, drug, dose)
		if err != nil {
			t.Fatal(err)
		}
		v := normal(300, stateSize, rng)
		high, err := s.Potential(displaced(states, v, h), drug, dose)
		if err != nil {
			t.Fatal(err)
		}
		low, err := s.Potential(displaced(states, v, -h), drug, dose)
		if err != nil {
			t.Fatal(err)
		}
		for i := range high {
			if got, want := dot(y.RawRowView(i), v.RawRowView(i)), (high[i]-low[i])/(2*h); math.Abs(got-want) > 1e-5 {
				t.Fatalf("%s %g: ⟨T(z), v⟩ = %g, difference quotient %g", drug, dose, got, want)
			}
		}
		checkAssignment(t, fmt.Sprint(drug, dose), states, y, 1e-9)
		moved := stat.Mean(squaredDisplacements(states, y), nil)
		if dose == 0 && moved != 0 || dose > 0 && moved <= last[drug] {
			t.Errorf("%s %g: states move by %g, at the dose before by %g", drug, dose, moved, last[drug])
		}
		last[drug] = moved
	})
}

// TestScreenResponses: resistant cells move less than a third (in squares, less
// than a fourth) of what sensitive ones of their line do, and the second drug
// moves A549 most and K562 least.
func TestScreenResponses(t *testing.T) {
	s := screen(t)
	rows := s.Rows(Vehicle, 0)
	states := selectRows(s.States, rows)
	moved := func(drug, line string, resistant bool) float64 {
		y, err := s.Map(nil, states, drug, 1000)
		if err != nil {
			t.Fatal(err)
		}
		var sum, n float64
		for k, i := range rows {
			if s.Cells[i].Line != line || s.Cells[i].Resistant != resistant {
				continue
			}
			for j := firstProgramme; j < stateSize; j++ { // not the push between populations
				d := y.At(k, j) - states.At(k, j)
				sum += d * d
			}
			n++
		}
		return sum / n
	}
	for _, line := range ScreenLines {
		sensitive, resistant := moved(ScreenDrugs[0], line, false), moved(ScreenDrugs[0], line, true)
		if !(resistant < sensitive/4) {
			t.Errorf("%s: programmes of resistant cells move by %g, of sensitive ones by %g", line, resistant, sensitive)
		}
	}
	a, k, m := moved(ScreenDrugs[1], "A549", false), moved(ScreenDrugs[1], "K562", false), moved(ScreenDrugs[1], "MCF7", false)
	if !(a > m && m > k) {
		t.Errorf("%s moves A549 by %g, MCF7 by %g, K562 by %g", ScreenDrugs[1], a, m, k)
	}
}

// TestLogRatesAreIsometric: log-rates (up to the constant of the softmax) of two
// states lie as far apart as the states, times the norm of the loadings.
func TestLogRatesAreIsometric(t *testing.T) {
	s := screen(t)
	for i := range 20 {
		a, b := s.States.RawRowView(i), s.States.RawRowView(i+100)
		var rates, states float64
		for j := range a {
			states += (a[j] - b[j]) * (a[j] - b[j])
		}
		for j, axis := range s.biology.axis {
			if axis >= 0 {
				d := s.biology.loading[j] * (a[axis] - b[axis])
				rates += d * d
			}
		}
		if want := loadingNorm * loadingNorm * states; math.Abs(rates-want) > 1e-10*want {
			t.Errorf("squared distance %g of log-rates, want %g", rates, want)
		}
	}
}

// TestCountsAndExpectation draws one cell 3 000 times: counts have the negative
// binomial mean and variance, and log-expression, normalised by the total that was
// drawn, has the mean that Expected says, to 4.5 standard errors and the 0.005
// that the library in place of the total may cost.
func TestCountsAndExpectation(t *testing.T) {
	s := screen(t)
	const draws, target = 3000, 2500.0
	state := mat.NewDense(1, stateSize, s.States.RawRowView(7))
	cell := s.Cells[7]
	states, libraries := mat.NewDense(draws, stateSize, nil), make([]float64, draws)
	for i := range draws {
		states.SetRow(i, state.RawRowView(0))
		libraries[i] = cell.Library
	}
	counts, err := s.biology.counts(states, libraries, rand.New(rand.NewPCG(8, 8)))
	if err != nil {
		t.Fatal(err)
	}
	dense := counts.Dense()
	totals := make([]float64, draws)
	for i := range totals {
		for _, v := range dense.RawRowView(i) {
			totals[i] += v
		}
	}
	expected, err := s.Expected(state, []float64{cell.Library}, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	share := make([]float64, len(s.Genes))
	s.biology.shares(share, state.RawRowView(0))
	logs := make([]float64, draws)
	var worst float64
	for j := range s.Genes {
		n := mat.Col(nil, j, dense)
		mean, variance := stat.MeanVariance(n, nil)
		m, theta := cell.Library*share[j], s.biology.size[j]
		spread := m + m*m/theta
		if math.Abs(mean-m) > 5*math.Sqrt(spread/draws) {
			t.Errorf("gene %d: mean count %g, want %g", j, mean, m)
		}
		// The sample variance of a skewed count spreads by less than a fifth where the
		// mean is not small.
		if m > 1 && math.Abs(variance/spread-1) > 0.35 {
			t.Errorf("gene %d of mean %g: variance %g, want %g", j, m, variance, spread)
		}
		for i := range logs {
			logs[i] = math.Log1p(target * n[i] / totals[i])
		}
		mean, deviation := stat.MeanStdDev(logs, nil)
		excess := math.Abs(mean-expected.At(0, j)) - 4.5*deviation/math.Sqrt(draws)
		worst = max(worst, excess)
	}
	if worst > 0.005 {
		t.Errorf("expected log-expression is off by %g beyond its error", worst)
	}
}

// TestCounterfactualIsPaired: in expected log-expression, which softmax, counting
// noise and logarithm have bent, the pairing of a cell with its counterfactual
// still costs at most a thousandth more than the optimal one.
func TestCounterfactualIsPaired(t *testing.T) {
	s := screen(t)
	rows := s.Rows(Vehicle, 0)[:150]
	before, err := s.Counterfactual(rows, Vehicle, 0, 2500, nil)
	if err != nil {
		t.Fatal(err)
	}
	eachTreatment(func(drug string, dose float64) {
		after, err := s.Counterfactual(rows, drug, dose, 2500, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkAssignment(t, fmt.Sprint(drug, dose), before, after, 1e-3)
	})
}

// TestScreenCells checks sizes, shares of populations and that one seed gives
// one screen.
func TestScreenCells(t *testing.T) {
	s := screen(t)
	if n, g := s.Counts.Dims(); n != 300+8*40 || g != 1000 || len(s.Cells) != n {
		t.Errorf("%d×%d counts, %d cells", n, g, len(s.Cells))
	}
	var resistant float64
	lines := map[string]float64{}
	for _, c := range s.Cells {
		lines[c.Line]++
		if c.Resistant {
			resistant++
		}
	}
	n := float64(len(s.Cells))
	if math.Abs(resistant/n-resistantShare) > 5*math.Sqrt(.21/n) {
		t.Errorf("%g of %g cells are resistant", resistant, n)
	}
	for line, k := range lines {
		if math.Abs(k/n-1./3) > 5*math.Sqrt(2./9/n) {
			t.Errorf("%g of %g cells are %s", k, n, line)
		}
	}
	if zeros := 1 - float64(s.Counts.NNZ())/(n*1000); zeros < 0.2 || zeros > 0.8 {
		t.Errorf("%g of the counts are zero", zeros)
	}
	again, err := NewScreen(s.Options)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.Counts.Data, s.Counts.Data) || !mat.Equal(again.States, s.States) {
		t.Error("one seed gives two screens")
	}
	more := s.Options
	more.VehicleCells = 400
	larger, err := NewScreen(more)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(larger.biology.loading, s.biology.loading) {
		t.Error("the number of cells changes the genes")
	}
}

// TestScreenTask pairs doses with the vehicle among a split's cells.
func TestScreenTask(t *testing.T) {
	s := screen(t)
	train, test, err := s.Split(0.2, rand.NewPCG(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(train) != 240+8*32 || len(test) != 60+8*8 {
		t.Errorf("%d cells to train, %d to test", len(train), len(test))
	}
	for _, i := range test {
		if _, found := slices.BinarySearch(train, i); found {
			t.Fatalf("cell %d is on both sides", i)
		}
	}
	features := make([]string, stateSize)
	for j := range features {
		features[j] = fmt.Sprint("z", j)
	}
	task, err := s.Task(ScreenDrugs[1], s.States, features, train)
	if err != nil {
		t.Fatal(err)
	}
	if err := task.Validate(); err != nil {
		t.Fatal(err)
	}
	for k, p := range task.Train {
		rows := s.Rows(ScreenDrugs[1], ScreenDoses[k])
		rows = slices.DeleteFunc(rows, func(i int) bool { return slices.Contains(test, i) })
		if p.Condition[0].Number != ScreenDoses[k] || !mat.Equal(p.Target, selectRows(s.States, rows)) || p.Source.RawMatrix().Rows != 240 {
			t.Errorf("pair %d has dose %g, %d source cells, or other target cells", k, p.Condition[0].Number, p.Source.RawMatrix().Rows)
		}
	}
	if v := task.Schema.Variables[0]; v.Min != 10 || v.Max != 10000 {
		t.Errorf("doses from %g to %g", v.Min, v.Max)
	}
}

func TestScreenBadInput(t *testing.T) {
	s := screen(t)
	one := mat.NewDense(1, stateSize, nil)
	for what, f := range map[string]func() error{
		"few genes":    func() error { _, err := NewScreen(ScreenOptions{Genes: 100}); return err },
		"drug":         func() error { _, err := s.Map(nil, one, "aspirin", 10); return err },
		"dose":         func() error { _, err := s.Map(nil, one, ScreenDrugs[0], math.NaN()); return err },
		"coordinates":  func() error { _, err := s.Map(nil, mat.NewDense(1, 3, nil), ScreenDrugs[0], 10); return err },
		"no states":    func() error { _, err := s.Potential(nil, ScreenDrugs[0], 10); return err },
		"libraries":    func() error { _, err := s.Expected(one, nil, 1, nil); return err },
		"library":      func() error { _, err := s.Expected(one, []float64{0}, 1, nil); return err },
		"gene":         func() error { _, err := s.Expected(one, []float64{1}, 1, []int{1000}); return err },
		"treated cell": func() error { _, err := s.Counterfactual([]int{310}, ScreenDrugs[0], 10, 1, nil); return err },
		"no cells":     func() error { _, err := s.Counterfactual(nil, ScreenDrugs[0], 10, 1, nil); return err },
		"share":        func() error { _, _, err := s.Split(1, rand.NewPCG(0, 0)); return err },
		"task's rows": func() error {
			_, err := s.Task(ScreenDrugs[0], s.States, make([]string, stateSize), []int{-1})
			return err
		},
		"task's drug":     func() error { _, err := s.Task("aspirin", s.States, make([]string, stateSize), nil); return err },
		"task's features": func() error { _, err := s.Task(ScreenDrugs[0], s.States, nil, nil); return err },
		"task of nobody":  func() error { _, err := s.Task(ScreenDrugs[0], s.States, make([]string, stateSize), nil); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
