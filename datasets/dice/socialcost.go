package dice

import (
	"fmt"
	"math"
)

// Discounting of consumption a head c from year to year: (c₀/c)^Elasticity/(1+TimePreference)^years.
type Discounting struct {
	// TimePreference is the rate of pure time preference a year, Elasticity that of marginal utility.
	TimePreference, Elasticity float64
}

// SocialCostOptions of [Model.SocialCost].
type SocialCostOptions struct {
	// Year of the pulse, in which a period begins.
	Year int
	// Last is the first year of the last period that counts; 0 means the model's last.
	Last int
	// Discounting; nil means the version's own.
	Discounting *Discounting
	// Pulse in GtCO2 a year, throughout the period; 0 means 1.
	Pulse float64
}

// SocialCost of carbon is the worth, in the year of the pulse, of all consumption lost by a pulse of
// emissions, in $ per tCO2, the policy unchanged. Dollars are those of 2010, in [V2023] of 2019.
func (m *Model) SocialCost(in Inputs, o SocialCostOptions) (float64, error) {
	if o.Last == 0 {
		o.Last = m.years[len(m.years)-1]
	}
	if o.Pulse == 0 {
		o.Pulse = 1
	}
	at, err := m.periods([]int{o.Year, o.Last})
	if err != nil {
		return 0, err
	}
	first, last := at[0], at[1]
	if last < first {
		return 0, fmt.Errorf("dice: the last year %d is before the pulse's, %d", o.Last, o.Year)
	}
	if m.version == V2023 && first == 0 {
		return 0, fmt.Errorf("dice: version %s is given what is in the air in %d: pulses are from %d on", m.version, o.Year, m.years[1])
	}
	if math.IsNaN(o.Pulse) || math.IsInf(o.Pulse, 0) {
		return 0, fmt.Errorf("dice: a pulse of %g GtCO2 a year", o.Pulse)
	}
	if d := o.Discounting; d != nil && !(d.TimePreference > -1 && !math.IsInf(d.TimePreference, 1) && d.Elasticity >= 0 && !math.IsInf(d.Elasticity, 1)) {
		return 0, fmt.Errorf("dice: time preference %g and elasticity %g; the first is above -1, the second is not negative", d.TimePreference, d.Elasticity)
	}
	base, err := m.run(nil, in, -1, 0)
	if err != nil {
		return 0, err
	}
	pulsed, err := m.run(nil, in, first, o.Pulse)
	if err != nil {
		return 0, fmt.Errorf("after a pulse of %g GtCO2 a year: %w", o.Pulse, err)
	}
	sum := 0.0
	for t := first; t <= last; t++ {
		// Consumption in 10³ $ a head times 10⁶ heads: 10⁹ $ a year, against Gt a year.
		lost := (base.Consumption[t] - pulsed.Consumption[t]) * base.Population[t]
		sum += m.worth(base, o.Discounting, first, t) * lost
	}
	return sum / o.Pulse, nil
}

// worth in period first of a unit of consumption in period t.
func (m *Model) worth(p *Path, d *Discounting, first, t int) float64 {
	if d != nil {
		return math.Pow(p.Consumption[first]/p.Consumption[t], d.Elasticity) * math.Pow(1+d.TimePreference, -step*float64(t-first))
	}
	now, elasticity := m.engine.discount(first)
	then, _ := m.engine.discount(t)
	return then / now * math.Pow(p.Consumption[first]/p.Consumption[t], elasticity)
}
