package dice

import (
	"fmt"
	"math"
	"slices"
)

// step is the length of a period in years.
const step = 5

// Model is a version of DICE under a policy. It is not changed by running, and may run in many goroutines.
type Model struct {
	version Version
	years   []int
	engine  engine
}

// engine is the arithmetic of a version.
type engine interface {
	// run fills a path, for as many periods as it has; a pulse in GtCO2 a year is added to the emissions of a period
	// (none where it is negative).
	run(p *Path, in Inputs, at int, pulse float64) error
	// discount of utility in a period, 1 in the first, and the elasticity of marginal utility.
	discount(t int) (factor, elasticity float64)
}

// New makes a model of a version under a policy.
func New(v Version, policy Policy) (*Model, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	n, first := periods2016, 2015
	if v == V2023 {
		n, first = periods2023, 2020
	}
	if err := policy.check(n, first); err != nil {
		return nil, err
	}
	m := &Model{version: v}
	for t := range n {
		m.years = append(m.years, first+step*t)
	}
	if v == V2023 {
		m.engine = newDICE2023(policy)
	} else {
		m.engine = newDICE2016(policy)
	}
	return m, nil
}

// Version of the model.
func (m *Model) Version() Version { return m.version }

// Years of the periods.
func (m *Model) Years() []int { return slices.Clone(m.years) }

// Run runs the model with the inputs given and returns its path: dst, if it is not nil, whose memory is
// used again. The error of a run that collapses is a [CollapseError].
func (m *Model) Run(dst *Path, in Inputs) (*Path, error) { return m.run(dst, in, -1, 0) }

func (m *Model) run(dst *Path, in Inputs, at int, pulse float64) (*Path, error) {
	if err := m.checkInputs(in); err != nil {
		return nil, err
	}
	if dst == nil {
		dst = new(Path)
	}
	dst.size(len(m.years))
	if err := m.engine.run(dst, in, at, pulse); err != nil {
		return nil, err
	}
	return dst, nil
}

// checkInputs says which input is no number or has no meaning.
func (m *Model) checkInputs(in Inputs) error {
	for i, x := range in {
		positive := i == ClimateSensitivity || i == CarbonCycle
		if math.IsNaN(x) || math.IsInf(x, 0) || positive && x <= 0 || i == ProductivityGrowth && x >= 1 {
			ask := "finite"
			if positive {
				ask = "positive"
			} else if i == ProductivityGrowth {
				ask = "below 1"
			}
			return fmt.Errorf("dice: %s is %g; it must be %s", m.version.Inputs()[i].Name, x, ask)
		}
	}
	return nil
}

// collapsed says what left its range in a period, or nil.
func collapsed(year int, net, carbon, emissions float64) error {
	switch {
	case !(carbon > 0) || math.IsInf(carbon, 1):
		return &CollapseError{year, "carbon in the atmosphere, GtC,", carbon}
	case !(net > 0) || math.IsInf(net, 1):
		return &CollapseError{year, "output after damages and abatement, 10¹² $,", net}
	case math.IsNaN(emissions) || math.IsInf(emissions, 0):
		return &CollapseError{year, "emissions, GtCO2 a year,", emissions}
	}
	return nil
}

// utility of consumption c a head with elasticity e.
func utility(c, e float64) float64 { return (math.Pow(c, 1-e)-1)/(1-e) - 1 }
