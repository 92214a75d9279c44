package metrics

import (
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func fig(name string, value, low, high float64) Figure {
	return Figure{Name: name, Value: value, Low: low, High: high, N: 100, Definition: "d"}
}

func TestBestRespectsIntervals(t *testing.T) {
	nan := math.NaN()
	for _, k := range []struct {
		what string
		row  Row
		want []bool
	}{
		{"overlap", Row{Figures: []Figure{fig("w", 1, 0.8, 1.2), fig("w", 1.1, 0.9, 1.3), fig("w", 2, 1.8, 2.2)}}, []bool{true, true, false}},
		{"apart", Row{Figures: []Figure{fig("w", 1, 0.9, 1.1), fig("w", 1.3, 1.2, 1.4)}}, []bool{true, false}},
		{"higher", Row{Aim: Higher, Figures: []Figure{fig("r", 0.5, 0.4, 0.6), fig("r", 0.9, 0.8, 1)}}, []bool{false, true}},
		{"no intervals", Row{Figures: []Figure{fig("w", 1, nan, nan), fig("w", 1, nan, nan), fig("w", 1.0001, nan, nan)}}, []bool{true, true, false}},
		{"missing", Row{Figures: []Figure{{}, fig("w", nan, nan, nan), fig("w", 3, 2, 4)}}, []bool{false, false, true}},
		{"unranked", Row{Aim: Unranked, Figures: []Figure{fig("w", 1, 0, 2)}}, []bool{false}},
		{"nothing", Row{Figures: []Figure{{}, {}}}, []bool{false, false}},
	} {
		if got := k.row.Best(); !slices.Equal(got, k.want) {
			t.Errorf("%s: %v, want %v", k.what, got, k.want)
		}
	}
}

// A yardstick is better than all methods, and is not marked.
func TestYardsticksAreNotMarked(t *testing.T) {
	table := Table{Methods: []string{"a", "ceiling", "b"}, Yardsticks: []string{"ceiling"}, Rows: []Row{
		{Label: "w", Figures: []Figure{fig("w", 2, 1.8, 2.2), fig("w", 0.1, 0, 0.2), fig("w", 3, 2.8, 3.2)}}}}
	if s := table.Markdown(); !strings.Contains(s, "**2.00 [1.80, 2.20]** | 0.100 [0, 0.200] | 3.00") {
		t.Errorf("the table is\n%s", s)
	}
	var b strings.Builder
	if err := table.WriteCSV(&b); err != nil || strings.Count(b.String(), ",true,") != 1 {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func ExampleTable() {
	t := Table{Title: "Held-out doses", Methods: []string{"condot", "identity"}, Rows: []Row{
		{Label: "mmd_squared", Figures: []Figure{
			{Name: "mmd_squared", Value: 0.0021, Low: 0.0012, High: 0.0031, N: 500, Definition: "MMD²"},
			{Name: "mmd_squared", Value: 0.0312, Low: 0.0281, High: 0.0344, N: 500, Definition: "MMD²"}}},
		{Label: "cosine", Aim: Higher, Figures: []Figure{
			{Name: "cosine", Value: 0.97, Low: 0.96, High: 0.98, N: 500, Definition: "cos"},
			{}}},
	}}
	fmt.Print(t)
	fmt.Println()
	fmt.Print(t.Markdown())
	// Output:
	// Held-out doses
	//                                        condot                 identity
	// ──────────────────────────────────────────────────────────────────────
	// mmd_squared (1)  *0.00210 [0.00120, 0.00310]*  0.0312 [0.0281, 0.0344]
	// cosine (2)             *0.970 [0.960, 0.980]*
	// Marked: the best of a row and all whose 95 % intervals meet its.
	// (1) mmd_squared: MMD²; n=500
	// (2) cosine: cos; n=500
	//
	// ## Held-out doses
	//
	// |  | condot | identity |
	// | --- | ---: | ---: |
	// | mmd_squared (1) | **0.00210 [0.00120, 0.00310]** | 0.0312 [0.0281, 0.0344] |
	// | cosine (2) | **0.970 [0.960, 0.980]** |  |
	//
	// Marked: the best of a row and all whose 95 % intervals meet its.
	//
	// (1) mmd_squared: MMD²; n=500
	//
	// (2) cosine: cos; n=500
}

func TestTableCSVAndNotes(t *testing.T) {
	f := fig("w2squared", 1.0/3, 0.25, 0.5)
	f.Warnings = []string{"only 12 points"}
	table := Table{Methods: []string{"a", "b"}, Rows: []Row{{Label: "dose=1", Figures: []Figure{f, fig("w2squared", 2, math.NaN(), math.NaN())}}}}
	var b strings.Builder
	if err := table.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"label", "method", "name", "value", "low", "high", "n", "best", "definition", "warnings"},
		{"dose=1", "a", "w2squared", "0.3333333333333333", "0.25", "0.5", "100", "true", "d", "only 12 points"},
		{"dose=1", "b", "w2squared", "2", "", "", "100", "false", "d", ""},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("CSV\n%v\nwant\n%v", got, want)
	}
	if s := table.String(); !strings.Contains(s, "*0.333 [0.250, 0.500]* (1)") || !strings.Contains(s, "(1) warning: only 12 points") {
		t.Errorf("the terminal's table does not carry the warning:\n%s", s)
	}
	table.Rows[0].Figures = table.Rows[0].Figures[:1]
	if err := table.WriteCSV(&b); err == nil {
		t.Error("a row with too few figures: no error")
	}
}

func TestAimOf(t *testing.T) {
	for name, want := range map[string]Aim{"mmd_squared": Lower, "w_eps_kl": Lower, "duality_gap": Unranked, "l2_uvp": Lower, "l2_ps": Lower,
		"means_r2": Higher, "pearson_delta": Higher, "cosine": Higher, "de_overlap": Higher, "discrimination_l2": Higher, "knn_enrichment_k50_n100": Unranked, "spread_ratio": Unranked, "weighted_mse": Lower, "means_pearson_squared": Higher, "mmd_squared_normalised": Higher} {
		if AimOf(name) != want {
			t.Errorf("%s: aim %v, want %v", name, AimOf(name), want)
		}
	}
}

func TestOverConditions(t *testing.T) {
	var figures []Figure
	for k := range 40 {
		f := fig("w", float64(k%4), 0, 1)
		f.N = 50 + k
		figures = append(figures, f)
	}
	figures = append(figures, fig("w", math.NaN(), 0, 0))
	mean, err := OverConditions(figures, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Standard error √(1.25/40) = .177; a bootstrap of 200 gives its quantiles to a tenth or so.
	if mean.Value != 1.5 || mean.N != 50 || math.Abs(mean.High-mean.Low-2*1.96*0.177) > 0.15 {
		t.Errorf("%+v", mean)
	}
	if !strings.Contains(mean.Definition, "mean over 40 conditions") || !slices.Contains(mean.Warnings, "1 of 41 conditions have no value") {
		t.Errorf("definition %q, warnings %q", mean.Definition, mean.Warnings)
	}
	if _, err := OverConditions([]Figure{fig("a", 1, 0, 2), fig("b", 1, 0, 2)}, Options{}); err == nil {
		t.Error("two metrics averaged: no error")
	}
	if _, err := OverConditions(nil, Options{}); err == nil {
		t.Error("no figures: no error")
	}
}

// With one condition the score is the value's, scaled; with several it is that of
// the means, and its interval that of conditions drawn together.
func TestNormalised(t *testing.T) {
	nan := math.NaN()
	one := func(f Figure) []Figure { return []Figure{f} }
	got, err := Normalised(one(fig("w", 3, 2, 4)), one(fig("w", 11, nan, nan)), one(fig("w", 1, nan, nan)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Value-0.8) > 1e-15 || math.Abs(got.Low-0.7) > 1e-15 || math.Abs(got.High-0.9) > 1e-15 {
		t.Errorf("%+v, want .8 in [.7, .9]", got)
	}
	if same, _ := Normalised(one(fig("w", 3, 2, 4)), one(fig("w", 1, nan, nan)), one(fig("w", 1, nan, nan)), Options{}); !math.IsNaN(same.Value) || len(same.Warnings) == 0 {
		t.Errorf("no span between baseline and ceiling: %+v", same)
	}
	if back, _ := Normalised(one(fig("w", 3, 2, 4)), one(fig("w", 1, nan, nan)), one(fig("w", 2, nan, nan)), Options{}); !slices.Contains(back.Warnings, "the ceiling is no better than the baseline: the score says nothing") {
		t.Errorf("a ceiling worse than the baseline: %+v", back)
	}
	// Values ½(baseline + ceiling) in each condition score ½, whichever conditions are drawn; one without a value is left out.
	var v, b, c []Figure
	for k := range 20 {
		low, high := float64(k%5), float64(10+k*k)
		v, b, c = append(v, fig("w", (low+high)/2, nan, nan)), append(b, fig("w", high, nan, nan)), append(c, fig("w", low, nan, nan))
	}
	v[3].Value = nan
	half, err := Normalised(v, b, c, Options{})
	if err != nil || math.Abs(half.Value-0.5) > 1e-12 || math.Abs(half.Low-0.5) > 1e-12 || math.Abs(half.High-0.5) > 1e-12 || !slices.Contains(half.Warnings, "1 of 20 conditions have no value") {
		t.Errorf("%+v, %v", half, err)
	}
	if _, err := Normalised(v, b[:3], c, Options{}); err == nil {
		t.Error("fewer baselines than values: no error")
	}
	if _, err := Normalised(one(fig("w", 3, 2, 4)), one(fig("v", 1, nan, nan)), one(fig("w", 1, nan, nan)), Options{}); err == nil {
		t.Error("two metrics in one score: no error")
	}
}
