package experiments

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/sensitivity"
	"gonum.org/v1/gonum/mat"
)

// TestSensitivity runs all methods without networks on the linear study: the table has the package's numbers, the JSON form can be
// read, and there is a figure of each kind.
func TestSensitivity(t *testing.T) {
	r, err := Sensitivity(context.Background(), SensitivityOptions{Quick: true, Methods: []string{"exact", "sinkhorn", "gaussian", "1d", "sobol"},
		Indices: sensitivity.Options{Replicates: 20}, Sizes: []int{100, 200}})
	if err != nil {
		t.Fatal(err)
	}
	study, _, err := sensitivity.LinearStudy()
	if err != nil {
		t.Fatal(err)
	}
	runs, err := study.Sample(context.Background(), 300, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	want, err := sensitivity.Indices(context.Background(), runs, sensitivity.Options{Cells: 6, Permutations: 3, Replicates: 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range want.Indices {
		f := r.figures("linear", "exact", InSample, x.Input, "index")
		if len(f) != 1 || f[0].Value != x.Value || f[0].Low != x.Interval.Low {
			t.Errorf("index of %s is %v, want %g", x.Input, f, x.Value)
		}
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Sensitivity []struct {
			Method  string
			Indices []struct {
				Name, Input, Output    string
				Value, Low, High, Null float64
				Advective              *float64
			}
		}
	}
	if err := json.Unmarshal(raw, &read); err != nil {
		t.Fatal(err)
	}
	if s := read.Sensitivity[0]; s.Method != "exact" || s.Indices[0].Input != "X1" || s.Indices[0].Value != want.Indices[0].Value || s.Indices[0].Null != want.Indices[0].Null.Mean || s.Indices[0].Advective == nil {
		t.Errorf("%+v", s)
	}
	var figures []string
	for _, d := range r.Drawings {
		figures = append(figures, d.Name)
	}
	if got := strings.Join(figures, " "); got != "indices separations times" {
		t.Errorf("figures %s", got)
	}
	if err := r.Write(t.TempDir()); err != nil {
		t.Error(err)
	}
}

// TestSensitivityShown: intervals of all kinds are drawn on the scale of the estimate and of the null level, .3 with replicates .1 above it.
func TestSensitivityShown(t *testing.T) {
	for kind, ends := range map[sensitivity.IntervalKind][2]float64{sensitivity.Normal: {.15, .25}, sensitivity.Percentile: {.35, .45}} {
		got := shown(sensitivity.Index{Value: .3, Interval: sensitivity.Interval{Low: ends[0], High: ends[1], Bias: .1}}, kind)
		if math.Abs(got.Low-.25) > 1e-12 || math.Abs(got.High-.35) > 1e-12 {
			t.Errorf("%s: %+v, want .25 to .35", kind, got)
		}
	}
}

// TestSensitivityClosedForms: bars of first order stand beside the closed form of first order, and scaled outputs beside none.
func TestSensitivityClosedForms(t *testing.T) {
	_, want, err := sensitivity.LinearStudy()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		methods []string
		scale   bool
		first   []float64 // of the first input
	}{{[]string{"sobol"}, false, []float64{2 * want[0].Advective}}, {[]string{"gaussian", "sobol"}, false, []float64{want[0].Total, 2 * want[0].Advective}}, {[]string{"gaussian"}, true, nil}} {
		o, err := SensitivityOptions{Quick: true, Methods: c.methods, Indices: sensitivity.Options{Scale: c.scale}}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		s := &sensing{o: o, teller: newTeller(nil), found: map[string]*sensed{}, result: &Result{}}
		if s.subject, err = o.subject(context.Background()); err != nil {
			t.Fatal(err)
		}
		fits, err := s.fits(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fits {
			if err := f.run(context.Background(), nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		var got []float64
		for _, one := range s.closedForms([]string{"X1"}) {
			got = append(got, one.Values[0].Value)
		}
		if !slices.Equal(got, c.first) {
			t.Errorf("%v, scaled %t: %v, want %v", c.methods, c.scale, got, c.first)
		}
		if v := s.exact(sensitivity.Exact, "X1"); math.IsNaN(v) != c.scale {
			t.Errorf("%v, scaled %t: the sheet has %g", c.methods, c.scale, v)
		}
	}
}

// TestSensitivityWarnings: what maps over outputs warn of is told.
func TestSensitivityWarnings(t *testing.T) {
	data := &sensitivity.Runs{Inputs: []sensitivity.Input{{Name: "x"}}, Outputs: mat.NewDense(40, 2, nil), OutputNames: []string{"a", "b"}}
	for i := range 40 {
		data.Inputs[0].Values = append(data.Inputs[0].Values, float64(i%3))
		data.Outputs.SetRow(i, []float64{float64(i % 3), float64(i)})
	}
	r, err := Sensitivity(context.Background(), SensitivityOptions{Data: data, DataName: "mine", Quick: true, Methods: []string{"1d"}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.HasPrefix(w, "mine: output b: input x has 3 values") }) {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// TestSensitivityMap: DICE has maps over years, and Sobol' indices of its model.
func TestSensitivityMap(t *testing.T) {
	r, err := Sensitivity(context.Background(), SensitivityOptions{Quick: true, Study: "dice", Methods: []string{"1d", "sobol"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Drawings) != 2 || r.Drawings[1].Name != "map" {
		t.Errorf("drawings %v", r.Drawings)
	}
	// Productivity growth decides emissions and output (climate-economic literature and the one-dimensional table of the project's
	// design, .81 at N = 10 000 without logarithms): with 300 runs its index is above every other's.
	most, at := 0.0, ""
	for _, in := range []string{"t2xco2", "ga0", "gsigma1", "mueq", "a2"} {
		for _, row := range r.Table {
			if row.Series == "log emissions" && row.Condition == in && row.Metric.Name == "index" && row.Metric.Value > most {
				most, at = row.Metric.Value, in
			}
		}
	}
	if at != "ga0" || most < .5 {
		t.Errorf("emissions follow from %s, %g", at, most)
	}
}

// TestSensitivityNeural trains for a few rounds, is interrupted by nothing, and resumed finds what was done.
func TestSensitivityNeural(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains")
	}
	o := SensitivityOptions{Quick: true, Methods: []string{"exact", "neural"}, Convergence: true, Runs: 120, Steps: 4, Checkpoint: t.TempDir()}
	first, err := Sensitivity(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var figures []string
	for _, d := range first.Drawings {
		figures = append(figures, d.Name)
	}
	if got := strings.Join(figures, " "); got != "indices separations neural-costs convergence" {
		t.Errorf("figures %s", got)
	}
	o.Resume = true
	again, err := Sensitivity(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := first.Markdown(), again.Markdown(); a != b { // seconds of what was done are those of then
		t.Errorf("%s\nand resumed\n%s", a, b)
	}
	o.Runs = 130
	if _, err := Sensitivity(context.Background(), o); err == nil || !strings.Contains(err.Error(), "other data") {
		t.Errorf("resumed with other runs: %v", err)
	}
}

// TestSensitivityOptions are those that cannot be.
func TestSensitivityOptions(t *testing.T) {
	data := &sensitivity.Runs{Inputs: []sensitivity.Input{{Name: "x", Values: []float64{1, 2, 3, 4}}}, Outputs: mat.NewDense(4, 1, []float64{1, 2, 2, math.NaN()})}
	for _, c := range []struct {
		o    SensitivityOptions
		says string
	}{
		{SensitivityOptions{Study: "linaer"}, "linear"},
		{SensitivityOptions{Methods: []string{"exakt"}}, "exact"},
		{SensitivityOptions{Methods: []string{"exact", "exact"}}, "twice"},
		{SensitivityOptions{Runs: 2}, "4 at least"},
		{SensitivityOptions{Steps: -1}, "-1 steps"},
		{SensitivityOptions{Sizes: []int{1}}, "4 at least"},
		{SensitivityOptions{Data: data, Sizes: []int{100}}, "given runs"},
		{SensitivityOptions{Data: data, Bias: true}, "given runs"},
		{SensitivityOptions{Bias: true, Seeds: 1}, "1 seeds"},
		{SensitivityOptions{Bias: true, Methods: []string{"sobol"}}, "first method"},
		{SensitivityOptions{Bias: true, Indices: sensitivity.Options{Permutations: -1}}, "null level"},
		{SensitivityOptions{Quick: true, Bias: true, Study: "sobolg"}, "no closed form"},
		{SensitivityOptions{Quick: true, Bias: true, Indices: sensitivity.Options{Scale: true}}, "scaled"},
		{SensitivityOptions{Quick: true, Bias: true, Runs: 15}, "10 runs a cell"},
		{SensitivityOptions{Bias: true, Methods: []string{"gaussian"}, Runs: 400, Indices: sensitivity.Options{Cells: 50}}, "10 runs a cell"},
		{SensitivityOptions{Quick: true, Convergence: true}, "name both methods"},
		{SensitivityOptions{Data: data, Indices: sensitivity.Options{Cells: 9}}, "9 cells for 3 runs"},
	} {
		if _, err := Sensitivity(context.Background(), c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.says)
		}
	}
}

// TestSensitivityBias: every seed's estimates are the package's, the sheet has their means beside the closed forms, the figure is there, and an
// experiment that is resumed, with another number of cores, finds what was done.
func TestSensitivityBias(t *testing.T) {
	o := SensitivityOptions{Quick: true, Methods: []string{"gaussian"}, Bias: true, Seeds: 2, Seed: 5, Checkpoint: t.TempDir()}
	first, err := Sensitivity(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	study, exact, err := sensitivity.LinearStudy()
	if err != nil {
		t.Fatal(err)
	}
	sums := make([]float64, 3)
	for _, seed := range []uint64{5, 6} {
		runs, err := study.Sample(context.Background(), 150, sensitivity.Random, seed)
		if err != nil {
			t.Fatal(err)
		}
		want, err := sensitivity.Indices(context.Background(), runs, sensitivity.Options{Method: sensitivity.Gaussian, Cells: 6, Permutations: 3, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for j, x := range want.Indices {
			sums[j] += x.Limit
			for metric, v := range map[string]float64{"index": x.Value, "null": x.Null.Mean, "corrected": x.Corrected, "limit": x.Limit} {
				found := slices.ContainsFunc(first.Table, func(r Row) bool {
					return r.Series == "150 runs in 6 cells" && r.Replicate == fmt.Sprint(seed) && r.Condition == x.Input && r.Metric.Name == metric && r.Metric.Value == v
				})
				if !found {
					t.Errorf("seed %d: no %s %g of %s", seed, metric, v, x.Input)
				}
			}
		}
	}
	sheet := first.Sheets[len(first.Sheets)-1]
	if len(sheet.Rows) != 3*5 { // 75, 150 and 300 runs in 6 cells, 300 in 3 and 12
		t.Fatalf("%d rows", len(sheet.Rows))
	}
	for j, row := range sheet.Rows[3:6] {
		if want := fmt.Sprintf("150 6 X%d %.4f", j+1, exact[j].Total); strings.Join(row[:4], " ") != want || !strings.HasPrefix(row[8], fmt.Sprintf("%.4f ±", sums[j]/2)) {
			t.Errorf("row %q, want %s and the limit %g", row, want, sums[j]/2)
		}
	}
	if d := first.Drawings[len(first.Drawings)-1]; d.Name != "bias" {
		t.Errorf("figure %s", d.Name)
	}
	o.Resume, o.Indices.Workers = true, 3
	again, err := Sensitivity(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := first.Markdown(), again.Markdown(); a != b {
		t.Errorf("%s\nand resumed\n%s", a, b)
	}
}
