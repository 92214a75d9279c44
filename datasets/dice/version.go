package dice

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Version of DICE.
type Version string

// Versions that run.
const (
	V2016R  Version = "2016R"
	V2016R2 Version = "2016R2"
	V2023   Version = "2023"
)

// Versions lists them.
func Versions() []Version { return []Version{V2016R, V2016R2, V2023} }

// check says whether there is such a version.
func (v Version) check() error {
	var names []string
	for _, known := range Versions() {
		if v == known {
			return nil
		}
		names = append(names, string(known))
	}
	return fmt.Errorf("dice: no version %q (%s)", v, spell.Suggest(string(v), names))
}

// Places of the inputs in [Inputs].
const (
	ClimateSensitivity = iota
	ProductivityGrowth
	Decarbonisation
	CarbonCycle
	DamageCoefficient
	inputs
)

// Inputs are the values of a version's uncertain inputs, in the order of [Version.Inputs].
type Inputs [inputs]float64

// Input is an uncertain input of the model.
type Input struct {
	// Name as the model's code has it, and what it is.
	Name, Meaning string
	// Default is its value in the published runs.
	Default float64
	// Mu and Sigma of its normal distribution, or of its logarithm's where LogNormal.
	Mu, Sigma float64
	LogNormal bool
}

// Quantile of the input's distribution at u in (0, 1).
func (i Input) Quantile(u float64) float64 {
	x := i.Mu + i.Sigma*distuv.UnitNormal.Quantile(u)
	if i.LogNormal {
		return math.Exp(x)
	}
	return x
}

// Inputs of the version, which are independent of each other; nil if there is no such version. Those of
// 2016 have the distributions of Nordhaus (2018). A study of that kind for 2023 does not exist: the same
// relative spread is put on its counterparts, with the lifetime of carbon in place of the upper
// ocean, at 8 % standard deviation; that choice is ours. Normal distributions are not truncated: the
// coefficient of damages is negative, warming a gain, in about 2 % of draws.
func (v Version) Inputs() []Input {
	damage := Input{"a2", "damages, share of output per °C squared", .00227, .00227, .001135, false}
	switch v {
	case V2016R:
		damage.Default, damage.Mu, damage.Sigma = .00236, .00236, .00118
	case V2016R2:
	case V2023:
		return []Input{
			{"t2xco2", "equilibrium warming for a doubling of CO2, °C", 3.93 * (.324 + .44), 1.106, .2646, true},
			{"ga1", "first growth of productivity, share per 5 years", .066, .066, .066 * .056 / .076, false},
			{"gsigma1", "first growth of emissions per output, share a year", -.015, -.015, .015 * .0032 / .0152, false},
			{"irf0", "mean lifetime of carbon in the air over 100 years before warming, years", 32.4, 32.4, .08 * 32.4, false},
			{"a2", "damages, share of output per °C squared", .003467, .003467, .003467 / 2, false},
		}
	default:
		return nil
	}
	return []Input{
		{"t2xco2", "equilibrium warming for a doubling of CO2, °C", 3.1, 1.106, .2646, true},
		{"ga0", "first growth of productivity, share per 5 years", .076, .076, .056, false},
		{"gsigma1", "first growth of emissions per output, share a year", -.0152, -.0152, .0032, false},
		{"mueq", "equilibrium carbon in the biosphere and upper ocean, GtC", 360, 5.851, .2649, true},
		damage,
	}
}

// Defaults are the values of the published runs; zeros if there is no such version.
func (v Version) Defaults() (in Inputs) {
	for i, input := range v.Inputs() {
		in[i] = input.Default
	}
	return in
}

// Draw draws n sets of inputs, n×5.
func Draw(v Version, n int, src rand.Source) (*mat.Dense, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, fmt.Errorf("dice: %d sets of inputs; at least one", n)
	}
	rng := rand.New(src)
	x := mat.NewDense(n, inputs, nil)
	for r := range n {
		for j, input := range v.Inputs() {
			z := input.Mu + input.Sigma*rng.NormFloat64()
			if input.LogNormal {
				z = math.Exp(z)
			}
			x.Set(r, j, z)
		}
	}
	return x, nil
}
