package synthetic

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// goldenCase is a task of the Python benchmark program condw2 with the
// parameters that it drew and what it computes (testdata/condw2_golden.py).
type goldenCase struct {
	Task  string
	Dim   int
	X     [][]float64
	Scale float64
	Shift []float64
	Basis []struct {
		W   [][]float64
		B   []float64
		Tau float64
	}
	Amplitude, C50     [][]float64
	Single             [][]float64
	Pair               [][][]float64
	Axes, Covariance   [][]float64
	LogLow             []float64 `json:"log_low"`
	LogSlope           []float64 `json:"log_slope"`
	Drift, Oscillation []float64
	Conditions         []struct {
		Dose      float64
		Cat       string
		Perts     []string
		Map       [][]float64
		Potential []float64
		W2Squared *float64
	}
}

func denseOf(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		m.SetRow(i, r)
	}
	return m
}

// familyOf builds the family of a case from its parameters.
func (g goldenCase) familyOf() family {
	if g.Task == "G" {
		return &affine{
			axes: denseOf(g.Axes), logLow: g.LogLow, logSlope: g.LogSlope,
			drift: g.Drift, oscillation: g.Oscillation, scale: g.Scale, shift: g.Shift,
		}
	}
	f := &smooth{scale: g.Scale, shift: g.Shift}
	for _, b := range g.Basis {
		f.basis = append(f.basis, &logSumExp{denseOf(b.W), b.B, b.Tau})
	}
	switch g.Task {
	case "A":
		f.weigh = doseWeights
	case "B":
		var table []responses
		for i := range g.Amplitude {
			table = append(table, responses{g.Amplitude[i], g.C50[i]})
		}
		f.weigh = mixWeights(table)
	case "C":
		f.weigh = combinationWeights(effects{g.Single, g.Pair})
	}
	return f
}

// TestGoldenFamily checks maps, potentials and the closed form of W₂² against
// condw2's to rounding.
func TestGoldenFamily(t *testing.T) {
	data, err := os.ReadFile("testdata/condw2_golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	const tolerance = 1e-12
	for _, g := range cases {
		f := g.familyOf()
		x := denseOf(g.X)
		for _, c := range g.Conditions {
			value := condition.Value{{Number: c.Dose}}
			switch g.Task {
			case "B":
				value = condition.Value{{Labels: []string{c.Cat}}, {Number: c.Dose}}
			case "C":
				value = condition.Value{{Labels: c.Perts}}
			}
			potential, err := f.at(value)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := potential.gradient(x), denseOf(c.Map); !mat.EqualApprox(got, want, tolerance) {
				t.Errorf("task %s %v: map\n%v\nwant\n%v", g.Task, value, mat.Formatted(got), mat.Formatted(want))
			}
			for i, got := range potential.value(x) {
				if math.Abs(got-c.Potential[i]) > tolerance*math.Max(1, math.Abs(got)) {
					t.Errorf("task %s %v: potential %g, want %g", g.Task, value, got, c.Potential[i])
				}
			}
			if c.W2Squared == nil {
				continue
			}
			if got := potential.(*quadratic).w2Squared(denseOf(g.Covariance)); math.Abs(got-*c.W2Squared) > tolerance*got {
				t.Errorf("task %s %v: W2Squared %g, want %g", g.Task, value, got, *c.W2Squared)
			}
		}
	}
}
