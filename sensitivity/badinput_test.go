package sensitivity

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestBadInput goes through what given data may be like.
func TestBadInput(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *Runs, o *Options)
		says   string // of the error
	}{
		{"constant outputs", func(r *Runs, o *Options) { r.Outputs.Zero() }, "nothing to explain"},
		{"more cells than runs", func(r *Runs, o *Options) { o.Cells = 500 }, "500 cells for 200 runs"},
		{"one cell", func(r *Runs, o *Options) { o.Cells = 1 }, "at least 2"},
		{"infinite output", func(r *Runs, o *Options) { r.Outputs.Set(4, 1, math.Inf(1)) }, "output Y2 of run 5"},
		{"infinite input", func(r *Runs, o *Options) { r.Inputs[1].Values[2] = math.Inf(-1) }, "input X2 of run 3"},
		{"input never known", func(r *Runs, o *Options) {
			for i := range r.Inputs[0].Values {
				r.Inputs[0].Values[i] = math.NaN()
			}
		}, "input X1 is known in none of the 200 runs"},
		{"no whole run", func(r *Runs, o *Options) {
			for i := range r.Len() {
				r.Outputs.Set(i, 0, math.NaN())
			}
		}, "200 have NaN"},
		{"short input", func(r *Runs, o *Options) { r.Inputs[0].Values = r.Inputs[0].Values[:7] }, "7 values for 200 runs"},
		{"no inputs", func(r *Runs, o *Options) { r.Inputs = nil }, "no inputs"},
		{"inputs of one name", func(r *Runs, o *Options) { r.Inputs[1].Name = "X1" }, "two inputs"},
		{"nameless input", func(r *Runs, o *Options) { r.Inputs[1].Name = "" }, "no name"},
		{"numbers and labels", func(r *Runs, o *Options) { r.Inputs[1].Labels = make([]string, 200) }, "both"},
		{"names of outputs", func(r *Runs, o *Options) { r.OutputNames = []string{"Y"} }, "1 names for 2 outputs"},
		{"unknown method", func(r *Runs, o *Options) { o.Method = "exakt" }, "exact"},
		{"unknown interval", func(r *Runs, o *Options) { o.Interval = "norm" }, "normal"},
		{"two outputs on the line", func(r *Runs, o *Options) { o.Method = OneD }, "one output"},
		{"exponent", func(r *Runs, o *Options) { o.Exponent = .5 }, "p ≥ 1"},
		{"epsilon", func(r *Runs, o *Options) { o.Epsilon = -1 }, "epsilon"},
		{"few replicates", func(r *Runs, o *Options) { o.Replicates = 5 }, "20 at least"},
		{"confidence", func(r *Runs, o *Options) { o.Confidence = 95 }, ".95"},
		{"cost of a method with its own", func(r *Runs, o *Options) {
			o.Method, o.Cost = Gaussian, func(x, y []float64) float64 { return 0 }
		}, "cost of its own"},
	} {
		r, o := drawn(t, 200, 1), Options{Method: FirstOrder}
		c.change(r, &o)
		_, err := Indices(context.Background(), r, o)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	if _, err := Indices(context.Background(), nil, Options{}); err == nil {
		t.Error("no runs are taken")
	}
}

// TestOddInput goes through what is taken with a warning.
func TestOddInput(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *Runs, o *Options)
		warns  string
		check  func(r *Result) bool
	}{
		{"NaN rows", func(r *Runs, o *Options) { r.Outputs.Set(0, 0, math.NaN()); r.Outputs.Set(9, 1, math.NaN()) }, "2 of 200 runs",
			func(r *Result) bool { return r.N == 198 && r.Dropped == 2 }},
		{"constant input", func(r *Runs, o *Options) { clear(r.Inputs[0].Values) }, "input X1 is constant",
			func(r *Result) bool {
				return r.Indices[0].Value == 0 && r.Indices[0].Separations == nil && r.Indices[1].Value > 0
			}},
		{"constant output", func(r *Runs, o *Options) {
			for i := range r.Len() {
				r.Outputs.Set(i, 1, 3)
			}
		}, "output Y2 is constant", func(r *Result) bool { return r.Indices[0].Value > 0 }},
		{"cells of one run", func(r *Runs, o *Options) { o.Cells = 150 }, "100 of 150 cells have one run", nil},
		{"ties", func(r *Runs, o *Options) {
			for i, v := range r.Inputs[1].Values {
				r.Inputs[1].Values[i] = math.Round(v)
			}
		}, "make it categorical", nil},
		{"outputs of different scale", func(r *Runs, o *Options) {
			for i := range r.Len() {
				r.Outputs.Set(i, 1, 1e6*r.Outputs.At(i, 1))
			}
		}, "scaling divides", func(r *Result) bool { return r.Outputs[1] == "Y2" }},
	} {
		for _, method := range []Method{Exact, Gaussian, FirstOrder} {
			r, o := drawn(t, 200, 1), Options{Method: method, Permutations: 1}
			c.change(r, &o)
			got, err := Indices(context.Background(), r, o)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if !strings.Contains(strings.Join(got.Warnings, "\n"), c.warns) {
				t.Errorf("%s: warnings %q", c.name, got.Warnings)
			}
			if c.check != nil && !c.check(got) {
				t.Errorf("%s, %s: %+v", c.name, method, got)
			}
			for _, x := range got.Indices {
				if math.IsNaN(x.Value) {
					t.Errorf("%s, %s: %+v", c.name, method, x)
				}
			}
		}
	}
}

// TestScale: scaled outputs give the same indices in any units, and no warning of these.
func TestScale(t *testing.T) {
	a := drawn(t, 200, 1)
	b := drawn(t, 200, 1)
	for i := range b.Len() {
		b.Outputs.Set(i, 1, 1e5*b.Outputs.At(i, 1))
	}
	x, err := Indices(context.Background(), a, Options{Scale: true})
	if err != nil {
		t.Fatal(err)
	}
	y, err := Indices(context.Background(), b, Options{Scale: true})
	if err != nil || len(y.Warnings) > 0 {
		t.Fatal(err, y.Warnings)
	}
	for i := range x.Indices {
		near(t, "index", y.Indices[i].Value, x.Indices[i].Value, 1e-9)
	}
}

// TestUnknownInput: an input that no run knows is an error and not a constant, also where it is known in runs alone that are left out.
func TestUnknownInput(t *testing.T) {
	for k := range 2 {
		runs := drawn(t, 50, 1)
		unknown := Input{Name: "L", Labels: make([]string, 50)}
		if k == 1 {
			unknown.Labels[7] = "a"
			runs.Outputs.Set(7, 0, math.NaN())
		}
		runs.Inputs = append(runs.Inputs, unknown)
		_, err := Indices(context.Background(), runs, Options{})
		_, task := NeuralTask(runs, NeuralOptions{})
		for _, err := range []error{err, task} {
			if err == nil || !strings.Contains(err.Error(), "input L is known in none of the") {
				t.Errorf("error %v", err)
			}
		}
	}
	if _, err := drawn(t, 50, 1).Select("Y3"); err == nil || !strings.Contains(err.Error(), "nearest: Y1") {
		t.Errorf("error %v", err)
	}
}

// TestPartition: boundaries are those of floor(seq(1, N+1, length = M+1)), ties go by the order of the runs, labels
// make a cell each, and what is not known is in none.
func TestPartition(t *testing.T) {
	nan := math.NaN()
	p, err := NewPartition(Input{Name: "x", Values: []float64{3, 1, nan, 1, 2, 5, 4, 1}}, 3)
	if err != nil {
		t.Fatal(err)
	}
	// Ranks: rows 1, 3, 7 (ties), 4, 0, 6, 5; boundaries ⌊1+7m/3⌋ = 1, 3, 5, 8.
	want := [][]int{{1, 3}, {4, 7}, {0, 5, 6}}
	for k, cell := range want {
		if len(p.Cells[k]) != len(cell) {
			t.Fatalf("cells %v, want %v", p.Cells, want)
		}
		for i, row := range cell {
			if p.Cells[k][i] != row {
				t.Fatalf("cells %v, want %v", p.Cells, want)
			}
		}
	}
	near(t, "place", p.Place[2], 4, 1e-12)
	near(t, "rank", p.Rank[0], 1./7, 1e-12)
	p, err = NewPartition(Input{Name: "l", Labels: []string{"b", "a", "", "b"}}, 99)
	if err != nil || len(p.Cells) != 2 || p.Labels[0] != "a" || len(p.Cells[1]) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	for _, in := range []Input{{Name: "x", Values: []float64{nan, nan}}, {Name: "l", Labels: []string{"", ""}}} {
		if _, err := NewPartition(in, 2); err == nil {
			t.Errorf("%+v is cut", in)
		}
	}
}

// TestCategorical: labels that say the sign of a number are worth what two cells of it are.
func TestCategorical(t *testing.T) {
	runs := drawn(t, 400, 1)
	labels := make([]string, 400)
	p, err := NewPartition(runs.Inputs[0], 2)
	if err != nil {
		t.Fatal(err)
	}
	for k, cell := range p.Cells {
		for _, i := range cell {
			labels[i] = []string{"low", "high"}[k]
		}
	}
	runs.Inputs = []Input{runs.Inputs[0], {Name: "half", Labels: labels}}
	r, err := Indices(context.Background(), runs, Options{Cells: 2})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "index of the labels", r.Indices[1].Value, r.Indices[0].Value, 1e-12)
	if r.Indices[1].Separations[0].Label != "high" {
		t.Errorf("labels are not in order: %+v", r.Indices[1].Separations)
	}
	if m, err := NewMap(context.Background(), runs, Options{}); err != nil || mat.Min(m.Indices) < 0 {
		t.Errorf("%+v, %v", m, err)
	}
}
