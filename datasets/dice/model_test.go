package dice

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// Runs in closed form against those of testdata/forward.py, which is written apart in Python. The two
// round differently: 1e-10 is what is left of it after 80 periods.
func TestForward(t *testing.T) {
	text, err := os.ReadFile("testdata/forward.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]json.RawMessage
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		v    Version
		in   Inputs
	}{{"2016R2", V2016R2, V2016R2.Defaults()}, {"2016R2 inputs", V2016R2, Inputs{4.5, .05, -.01, 300, .004}}, {"2023", V2023, V2023.Defaults()}} {
		var rows [][8]float64
		if err := json.Unmarshal(golden[c.name], &rows); err != nil || len(rows) < 6 {
			t.Fatal(len(rows), err)
		}
		m := base(t, c.v)
		p, err := m.Run(nil, c.in)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			k := slices.Index(m.Years(), int(row[0]))
			got := [8]float64{row[0], p.Temperature[k], p.Carbon[k], p.Emissions[k], p.GrossOutput[k], p.Damage[k], p.Consumption[k], p.Capital[k]}
			for j, want := range row {
				if math.Abs(got[j]-want) > 1e-10*max(1, math.Abs(want)) {
					t.Errorf("%s, %g, column %d: %.14g, want %.14g", c.name, row[0], j, got[j], want)
				}
			}
		}
	}
}

// A path whose memory is used again holds the same run, without a new allocation.
func TestRunAgain(t *testing.T) {
	for _, v := range Versions() {
		m, in := base(t, v), v.Defaults()
		first, err := m.Run(nil, in)
		if err != nil {
			t.Fatal(err)
		}
		other := v.Defaults()
		other[DamageCoefficient] *= 2
		again := new(Path)
		if again, err = m.Run(again, other); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { again, err = m.Run(again, in) }); n != 0 || err != nil {
			t.Errorf("%s: %g allocations a run, %v", v, n, err)
		}
		for _, o := range Outputs() {
			if !slices.Equal(first.Of(o), again.Of(o)) || len(first.Of(o)) != len(m.Years()) {
				t.Errorf("%s: %s differs between runs", v, o)
			}
		}
		if first.Welfare != again.Welfare || first.Of("heat") != nil {
			t.Errorf("%s: welfare %g and %g", v, first.Welfare, again.Welfare)
		}
	}
}

// Economies that collapse say when and by what.
func TestCollapse(t *testing.T) {
	for _, c := range []struct {
		v    Version
		in   Inputs
		what string
	}{
		{V2016R2, Inputs{3.1, .076, -.0152, 360, .5}, "output"},   // damages over all output
		{V2016R2, Inputs{3.1, .9, -.0152, 360, .00227}, "output"}, // growth that burns without end
		{V2016R2, Inputs{3.1, .076, .3, 360, .00227}, "output"},   // emissions that explode
		{V2016R2, Inputs{3.1, .076, -.0152, 1, .00227}, "carbon"}, // an upper ocean that holds nothing
		{V2023, Inputs{3, .066, -.015, 32.4, .5}, "output"},
	} {
		_, err := base(t, c.v).Run(nil, c.in)
		var collapse *CollapseError
		if !errors.As(err, &collapse) || !strings.Contains(collapse.What, c.what) {
			t.Errorf("%s %v: error %v, want one of %s", c.v, c.in, err, c.what)
		} else if collapse.Year < 2015 || collapse.Year > 2510 {
			t.Errorf("%v: in %d", c.in, collapse.Year)
		}
	}
}

// What is no model and no input.
func TestBadInput(t *testing.T) {
	good := basePolicy(t, V2016R2)
	check := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	_, err := New("2016", good)
	check(err, `no version "2016"`)
	_, err = BasePolicy("2013R")
	check(err, `no version "2013R"`)
	_, err = New(V2023, good)
	check(err, "100 periods of abatement; the version has 81")
	savings := slices.Clone(good.Savings)
	savings[2] = 1
	_, err = New(V2016R2, Policy{good.Abatement, savings})
	check(err, "savings is 1 in 2025")
	for want, in := range map[string]Inputs{
		"t2xco2 is 0; it must be positive":   {0, .076, -.0152, 360, .00227},
		"mueq is -3; it must be positive":    {3, .076, -.0152, -3, .00227},
		"ga0 is 1; it must be below 1":       {3, 1, -.0152, 360, .00227},
		"a2 is NaN; it must be finite":       {3, .076, -.0152, 360, math.NaN()},
		"gsigma1 is +Inf; it must be finite": {3, .076, math.Inf(1), 360, .002},
	} {
		_, err := base(t, V2016R2).Run(nil, in)
		check(err, want)
	}
	if Version("x").Inputs() != nil || Version("x").Defaults() != (Inputs{}) {
		t.Error("inputs of no version")
	}
}

func BenchmarkRun(b *testing.B) {
	for _, v := range Versions() {
		b.Run(string(v), func(b *testing.B) {
			m, in := base(b, v), v.Defaults()
			var p *Path
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if p, err = m.Run(p, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
