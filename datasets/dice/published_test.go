package dice

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// The base run of DICE-2016R and R2 is on the sheet "Base" of Nordhaus's workbook
// DICE-2016R-090916ap-v2.xlsm and its revision to R2. Everything that both have agrees to 2e-11
// over all 100 periods.
func TestExcelBase(t *testing.T) {
	for _, c := range []struct {
		v    Version
		file string
	}{{V2016R, "dice2016r_base.csv"}, {V2016R2, "dice2016r2_baseMIU.csv"}} {
		sheet := readColumns(t, c.file)
		p := run(t, c.v, Policy{sheet["miu"], sheet["savings"]})
		for column, got := range map[string][]float64{"tatm_c": p.Temperature, "mat_gtc": p.Carbon, "forc_wm2": p.Forcing, "damfrac": p.Damage,
			"e_total_gtco2": p.Emissions, "cpc_k": p.Consumption, "k_tr2010usd": p.Capital, "ygross_tr2010usd": p.GrossOutput, "pop_million": p.Population} {
			for k, want := range sheet[column] {
				if math.Abs(got[k]-want) > 2e-11*max(1, math.Abs(want)) {
					t.Errorf("%s: %s of period %d is %.13g, the workbook has %.13g", c.v, column, k, got[k], want)
					break
				}
			}
		}
	}
}

// The optimal run of DICE-2016R2 in GAMS (Dice2016-R2-GAMSoutputs.csv of MimiDICE2016R2), which prints
// nine decimals: paths agree to 6e-9 and half of the last one.
func TestGAMSOptimal2016(t *testing.T) {
	file := readColumns(t, "dice2016r2_gams_optimal.csv")
	policy := Policy{file["Emissions Control Rate"], file["Savings rate, S"]}
	printed := len(policy.Abatement)
	for len(policy.Abatement) < periods2016 {
		policy.Abatement, policy.Savings = append(policy.Abatement, 1), append(policy.Savings, .258278146)
	}
	p := run(t, V2016R2, policy)
	for column, got := range map[string][]float64{"Atmospheric Temperature": p.Temperature, "Atmospheric concentration, GtC": p.Carbon,
		"Total Emissions": p.Emissions, "Gross output": p.GrossOutput, "Consumption Per Capita": p.Consumption, "Damage costs, fraction": p.Damage} {
		for k, want := range withPrefix(t, file, column)[:min(90, printed)] {
			if math.Abs(got[k]-want) > 6e-9*math.Abs(want)+5e-10 {
				t.Errorf("%s of period %d is %.12g, GAMS has %.12g", column, k, got[k], want)
				break
			}
		}
	}
}

// withPrefix is the column whose name begins so: names hold broken characters.
func withPrefix(t *testing.T, file map[string][]float64, prefix string) []float64 {
	t.Helper()
	for name, values := range file {
		if strings.HasPrefix(name, prefix) {
			return values
		}
	}
	t.Fatalf("no column %q", prefix)
	return nil
}

// DICE-2023 in GAMS, as GAMSresults.mat of ebenetce/DICE2023 has it, with that run's own policy: paths
// agree to 2e-10, emissions and damages, printed with fewer digits, to 5e-8, and the objective
// to .01 of some 6 600.
func TestGAMS2023(t *testing.T) {
	for _, name := range []string{"paris", "cb_optimal_tb", "tb_20"} {
		file := readColumns(t, "dice2023_gams_"+name+".csv")
		p := run(t, V2023, Policy{file["Emissions control rate"], file["Savings rate, fraction gross output"]})
		for column, c := range map[string]struct {
			got       []float64
			tolerance float64
		}{"Atmospheric temperature (deg c above preind)": {p.Temperature, 2e-10}, "Atmospheric concentrations GtC": {p.Carbon, 2e-10},
			"Capital stock, 2019$": {p.Capital, 2e-10}, "Consumption": {world(p), 2e-10},
			"Total CO2 Emissions, GTCO2/year": {p.Emissions, 5e-8}, "Climate damages, fraction of output": {p.Damage, 5e-8}} {
			if len(file[column]) != periods2023 {
				t.Fatalf("%s: %d values of %s", name, len(file[column]), column)
			}
			for k, want := range file[column] {
				if math.Abs(c.got[k]-want) > c.tolerance*max(1, math.Abs(want)) {
					t.Errorf("%s: %s of period %d is %.12g, GAMS has %.12g", name, column, k, c.got[k], want)
					break
				}
			}
		}
		if want := file["Objective function (2019$)"][0]; math.Abs(p.Welfare-want) > .01 {
			t.Errorf("%s: welfare is %.9g, GAMS has %.9g", name, p.Welfare, want)
		}
	}
}

// world is consumption in 10¹² $.
func world(p *Path) []float64 {
	c := slices.Clone(p.Consumption)
	for t := range c {
		c[t] *= p.Population[t] / 1e3
	}
	return c
}
