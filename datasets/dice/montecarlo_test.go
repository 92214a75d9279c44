package dice

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func draw(t testing.TB, v Version, n int) *mat.Dense {
	t.Helper()
	x, err := Draw(v, n, rand.NewPCG(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Inputs drawn have the moments of their distributions, to four standard errors, and Quantile is
// their quantile.
func TestDraw(t *testing.T) {
	const n = 20000
	for _, v := range Versions() {
		x := draw(t, v, n)
		for j, input := range v.Inputs() {
			column := mat.Col(nil, j, x)
			low := 0
			for i := range column {
				if column[i] < input.Quantile(.1) {
					low++
				}
				if input.LogNormal {
					column[i] = math.Log(column[i])
				}
			}
			mean, sd := stat.MeanStdDev(column, nil)
			if math.Abs(mean-input.Mu) > 4*input.Sigma/math.Sqrt(n) || math.Abs(sd/input.Sigma-1) > 4/math.Sqrt(2*n) {
				t.Errorf("%s %s: mean %g, deviation %g; want %g, %g", v, input.Name, mean, sd, input.Mu, input.Sigma)
			}
			if share := float64(low) / n; math.Abs(share-.1) > 4*math.Sqrt(.09/n) {
				t.Errorf("%s %s: %g are below the 10 %% quantile", v, input.Name, share)
			}
		}
	}
	if !mat.Equal(draw(t, V2016R2, 50), draw(t, V2016R2, 50)) {
		t.Error("draws of one seed differ")
	}
}

// A sample holds what single runs give, whichever core ran them.
func TestMonteCarlo(t *testing.T) {
	m := base(t, V2016R2)
	x := draw(t, V2016R2, 300)
	years := []int{2050, 2100}
	s, err := m.MonteCarlo(t.Context(), x, years, Temperature, Consumption)
	if err != nil {
		t.Fatal(err)
	}
	if s.Of(Carbon) != nil || !slices.Equal(s.Years, years) || len(s.Failures) != 0 || !mat.Equal(s.Inputs, x) {
		t.Errorf("years %v, %d failures", s.Years, len(s.Failures))
	}
	for r := range 300 {
		in := Inputs(x.RawRowView(r))
		p, err := m.Run(nil, in)
		if err != nil { // collapses after 2100, which the sample does not ask about
			continue
		}
		if s.Of(Temperature).At(r, 0) != p.Temperature[7] || s.Of(Consumption).At(r, 1) != p.Consumption[17] {
			t.Errorf("run %d differs", r)
		}
	}
}

// Runs that collapse leave the sample, by name.
func TestMonteCarloFailures(t *testing.T) {
	m := base(t, V2016R2)
	x := draw(t, V2016R2, 40)
	x.Set(3, DamageCoefficient, .5)
	x.Set(39, CarbonCycle, 1)
	s, err := m.MonteCarlo(t.Context(), x, []int{2020, 2105, 2030})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Failures) != 2 || s.Failures[0].Row != 3 || s.Failures[1].Row != 39 || s.Failures[0].Inputs[DamageCoefficient] != .5 || len(s.Years) != 3 {
		t.Errorf("failures %v", s.Failures)
	}
	for _, o := range Outputs() {
		n, k := s.Of(o).Dims()
		if n != 38 || k != 3 || math.IsNaN(mat.Sum(s.Of(o))) {
			t.Errorf("%s is %d×%d, sum %g", o, n, k, mat.Sum(s.Of(o)))
		}
	}
	if s.Inputs.At(3, ClimateSensitivity) != x.At(4, ClimateSensitivity) {
		t.Error("inputs do not belong to their runs")
	}
	for r := range 40 {
		x.Set(r, DamageCoefficient, 9)
	}
	_, all := m.MonteCarlo(t.Context(), x, nil)
	_, none := m.MonteCarlo(t.Context(), nil, nil)
	_, columns := m.MonteCarlo(t.Context(), mat.NewDense(1, 4, nil), nil)
	_, year := m.MonteCarlo(t.Context(), x, []int{2051})
	_, output := m.MonteCarlo(t.Context(), x, nil, "heat")
	_, near := m.MonteCarlo(t.Context(), x, nil, Temperature, "emision")
	x.Set(5, 0, math.NaN())
	_, nan := m.MonteCarlo(t.Context(), x, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, cancelled := m.MonteCarlo(ctx, draw(t, V2016R2, 3), nil)
	_, size := Draw(V2016R, 0, rand.NewPCG(1, 1))
	_, version := Draw("x", 2, rand.NewPCG(1, 1))
	for want, err := range map[string]error{"all 40 runs collapsed": all, "no inputs": none, "4 columns of inputs": columns, "no period begins in 2051": year,
		`no output "heat" (known: capital`: output, `no output "emision" (nearest: emissions)`: near, "row 5: dice: t2xco2 is NaN": nan, "canceled": cancelled, "0 sets": size, `no version "x"`: version} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// What the package says of the limit on extracted carbon that it does not hold: 400 GtC and the emissions of industry, which
// are all but those of land, 2.6 GtCO2 a year falling by 11.5 % a period. The share is of 5000 draws, to four standard errors.
func TestExtraction(t *testing.T) {
	m := base(t, V2016R2)
	extracted := func(emissions []float64) (most float64) {
		sum, land := 400.0, 2.6
		for _, e := range emissions {
			sum += (e - land) * step / 3.666
			land *= 1 - .115
			most = max(most, sum)
		}
		return most
	}
	if most := extracted(run(t, V2016R2, basePolicy(t, V2016R2)).Emissions); math.Abs(most-3640) > 5 {
		t.Errorf("the base run extracts %g GtC", most)
	}
	const n = 5000
	s, err := m.MonteCarlo(t.Context(), draw(t, V2016R2, n), m.Years()[:17], Emissions) // to 2095, of which 2100 has the sum
	if err != nil {
		t.Fatal(err)
	}
	over := 0.0
	for r := range n {
		if extracted(s.Of(Emissions).RawRowView(r)) > 6000 {
			over += 1. / n
		}
	}
	if math.Abs(over-.035) > 4*math.Sqrt(.035*.965/n) {
		t.Errorf("%g of the runs extract more than 6000 GtC before 2100", over)
	}
}

// The spread of Nordhaus's (2018) inputs around the base run of 2016R2 in 2100, against a Monte Carlo
// study of 10 000 runs in Python: to the sum of both errors of sampling, four deviations.
func TestSpread(t *testing.T) {
	sheet := readColumns(t, "dice2016r2_baseMIU.csv")
	m, err := New(V2016R2, Policy{sheet["miu"], sheet["savings"]})
	if err != nil {
		t.Fatal(err)
	}
	const n = 10000
	s, err := m.MonteCarlo(t.Context(), draw(t, V2016R2, n), []int{2100})
	if err != nil {
		t.Fatal(err)
	}
	median := func(o Output) float64 {
		x := mat.Col(nil, 0, s.Of(o))
		slices.Sort(x)
		return x[len(x)/2]
	}
	mean, sd := stat.MeanStdDev(mat.Col(nil, 0, s.Of(Temperature)), nil)
	damage, _ := stat.MeanStdDev(mat.Col(nil, 0, s.Of(Damage)), nil)
	for _, c := range []struct {
		name             string
		got, want, error float64
	}{{"mean of warming", mean, 4.238, 1.131}, {"deviation of warming", sd, 1.131, 1.131}, {"mean of damages", damage, .0434, .0344},
		{"median of warming", median(Temperature), 4.09, 1.25 * 1.131}, {"median of emissions", median(Emissions), 68.5, 90}, {"median of output", median(GrossOutput), 762, 900}, {"median of carbon", median(Carbon), 1766, 1000}} {
		if math.Abs(c.got-c.want) > 4*math.Sqrt2*c.error/math.Sqrt(n) {
			t.Errorf("%s %g, want %g", c.name, c.got, c.want)
		}
	}
	if len(s.Failures) > 0 {
		t.Errorf("%d runs collapse before 2100: %v", len(s.Failures), s.Failures[0])
	}
}

func BenchmarkMonteCarlo(b *testing.B) {
	m := base(b, V2016R)
	x := draw(b, V2016R, 10000)
	for b.Loop() {
		if _, err := m.MonteCarlo(b.Context(), x, nil); err != nil {
			b.Fatal(err)
		}
	}
}
