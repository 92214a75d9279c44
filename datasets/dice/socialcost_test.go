package dice

import (
	"math"
	"strings"
	"testing"
)

// Social cost of carbon of MimiDICE2016 and MimiDICE2016R2 (their "SC validation data", MIT licence),
// whose base policies are the workbooks': a pulse of 1 GtCO2 a year, to 1e-6 $.
func TestSocialCost(t *testing.T) {
	sheet := readColumns(t, "dice2016r2_baseMIU.csv")
	older := readColumns(t, "dice2016r_base.csv")
	for _, c := range []struct {
		v      Version
		policy Policy
		file   string
	}{{V2016R2, Policy{sheet["miu"], sheet["savings"]}, "scc_mimidice2016r2.csv"}, {V2016R, Policy{older["miu"], older["savings"]}, "scc_mimidice2016.csv"}} {
		m, err := New(c.v, c.policy)
		if err != nil {
			t.Fatal(err)
		}
		want := readColumns(t, c.file)
		for k, scc := range want["SC"] {
			got, err := m.SocialCost(c.v.Defaults(), SocialCostOptions{Year: int(want["year"][k]), Last: int(want["last_year"][k]),
				Discounting: &Discounting{want["prtp"][k], want["eta"][k]}})
			if err != nil || math.Abs(got-scc) > 1e-6 {
				t.Errorf("%s %g to %g: %.9g, want %.9g (%v)", c.v, want["year"][k], want["last_year"][k], got, scc, err)
			}
		}
	}
}

// Where the policy is optimal, the social cost is the shadow price of emissions over that of
// consumption, which GAMS reports: a change of policy is worth nothing in first order. GAMS keeps
// the optimum to about 1e-5; after 2100 its end of the horizon shows.
func TestShadowPrice2023(t *testing.T) {
	file := readColumns(t, "dice2023_gams_cb_optimal_tb.csv")
	m, err := New(V2023, Policy{file["Emissions control rate"], file["Savings rate, fraction gross output"]})
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k <= 16; k++ {
		want := file["Social cost of carbon $/tCO2"][k]
		got, err := m.SocialCost(V2023.Defaults(), SocialCostOptions{Year: 2020 + step*k, Pulse: 1e-3})
		if err != nil || math.Abs(got/want-1) > 1e-4 {
			t.Errorf("%d: %.9g, want %.9g (%v)", 2020+step*k, got, want, err)
		}
	}
}

// What SocialCost cannot answer.
func TestSocialCostBadInput(t *testing.T) {
	m := base(t, V2023)
	for want, o := range map[string]SocialCostOptions{
		"no period begins in 2021":          {Year: 2021},
		"no period begins in 1990":          {Year: 2030, Last: 1990},
		"is before the pulse's":             {Year: 2030, Last: 2025},
		"pulse of NaN":                      {Year: 2030, Pulse: math.NaN()},
		"time preference -2":                {Year: 2030, Discounting: &Discounting{TimePreference: -2}},
		"what is in the air in 2020":        {Year: 2020},
		"after a pulse of 1e+09 GtCO2 a ye": {Year: 2030, Pulse: 1e9},
	} {
		if _, err := m.SocialCost(V2023.Defaults(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", o, err, want)
		}
	}
}
