package dice

import (
	"fmt"
	"math"
)

// Policy is what is decided in each period.
type Policy struct {
	// Abatement μ is the share of emissions abated, from 0; above 1 carbon is taken out of the air.
	Abatement []float64
	// Savings is the share of net output that is invested, in [0, 1).
	Savings []float64
}

// BasePolicy is the version's policy without climate policy beyond today's, in closed form: the base
// price of carbon (2 $/tCO2 growing by 2 % a year in 2016, 6 $ by 2.5 % in 2023) decides abatement, within
// its bounds, and savings are those of the last periods of the published runs throughout.
func BasePolicy(v Version) (Policy, error) {
	if err := v.check(); err != nil {
		return Policy{}, err
	}
	if v == V2023 {
		p := Policy{make([]float64, periods2023), make([]float64, periods2023)}
		for t := range p.Abatement {
			price := 6 * math.Pow(1.025, float64(step*t))
			p.Abatement[t] = min(math.Pow(price/backstop2023(t), 1/1.6), bound2023(t))
			p.Savings[t] = .28
		}
		return p, nil
	}
	p := Policy{make([]float64, periods2016), make([]float64, periods2016)}
	// The savings of a steady state: δ+.004 of capital at its share γ, discounted.
	savings := (.1 + .004) / (.1 + .004*1.45 + .015) * .3
	for t := range p.Abatement {
		price := 2 * math.Pow(1.02, float64(step*t))
		bound := 1.0
		if t >= 29 {
			bound = 1.2
		}
		p.Abatement[t] = min(math.Pow(price/backstop2016(t), 1/1.6), bound)
		p.Savings[t] = savings
	}
	return p, nil
}

// bound2023 is the largest abatement that DICE-2023 allows in a period, counted from 0.
func bound2023(t int) float64 {
	switch p := float64(t + 1); {
	case t == 0:
		return .05
	case t == 1:
		return .10
	case p <= 8:
		return .12 * (p - 1)
	case p <= 11:
		return .85 + .05*(p-8)
	case p <= 20:
		return 1
	case p <= 37:
		return 1.1
	case p <= 57:
		return 1.05
	}
	return 1
}

// check a policy for a model of n periods from a first year.
func (p Policy) check(n, first int) error {
	for _, s := range []struct {
		name   string
		values []float64
		high   float64
	}{{"abatement", p.Abatement, 2}, {"savings", p.Savings, 1}} {
		if len(s.values) != n {
			return fmt.Errorf("dice: a policy of %d periods of %s; the version has %d", len(s.values), s.name, n)
		}
		for t, x := range s.values {
			if !(x >= 0 && x < s.high) {
				return fmt.Errorf("dice: %s is %g in %d; it must be in [0, %g)", s.name, x, first+step*t, s.high)
			}
		}
	}
	return nil
}
