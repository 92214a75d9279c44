package dice

import "fmt"

// Output is a path that a run makes.
type Output string

// Outputs of a run.
const (
	// Temperature of the atmosphere, °C above preindustrial.
	Temperature Output = "temperature"
	// Damage by climate change, a share of gross output.
	Damage Output = "damage"
	// Emissions of CO2, from industry and land, GtCO2 a year.
	Emissions Output = "emissions"
	// GrossOutput of the world before damages and abatement, 10¹² $ a year: of 2010, in V2023 of 2019.
	GrossOutput Output = "output"
	// Consumption a head, 10³ $ a year.
	Consumption Output = "consumption"
	// Carbon in the atmosphere, GtC.
	Carbon Output = "carbon"
	// Capital, 10¹² $.
	Capital Output = "capital"
	// Forcing by radiation, W/m².
	Forcing Output = "forcing"
)

// Outputs lists them.
func Outputs() []Output {
	return []Output{Temperature, Damage, Emissions, GrossOutput, Consumption, Carbon, Capital, Forcing}
}

// Path is what a run makes, a value a period. It can be handed to [Model.Run] again, which then needs no
// memory.
type Path struct {
	Temperature, Damage, Emissions, GrossOutput, Consumption, Carbon, Capital, Forcing []float64
	// Population in millions: with it [Path.Consumption] makes world consumption.
	Population []float64
	// Welfare is the sum over the run of discounted utility, which DICE's optimal policies maximise, on the
	// scale of the published runs.
	Welfare float64
}

// Of is the path of an output; nil if there is no such one.
func (p *Path) Of(o Output) []float64 {
	switch o {
	case Temperature:
		return p.Temperature
	case Damage:
		return p.Damage
	case Emissions:
		return p.Emissions
	case GrossOutput:
		return p.GrossOutput
	case Consumption:
		return p.Consumption
	case Carbon:
		return p.Carbon
	case Capital:
		return p.Capital
	case Forcing:
		return p.Forcing
	}
	return nil
}

// size gives every path n values.
func (p *Path) size(n int) {
	if len(p.Temperature) == n {
		return
	}
	all := make([]float64, 9*n)
	for i, s := range [...]*[]float64{&p.Temperature, &p.Damage, &p.Emissions, &p.GrossOutput, &p.Consumption, &p.Carbon, &p.Capital, &p.Forcing, &p.Population} {
		*s = all[i*n : (i+1)*n : (i+1)*n]
	}
}

// CollapseError says that a run has no meaning from a year on: damages and abatement took all output, or
// the carbon cycle ran dry or away.
type CollapseError struct {
	Year int
	// What left its range, and its value.
	What  string
	Value float64
}

func (e *CollapseError) Error() string {
	return fmt.Sprintf("dice: the run collapses in %d: %s is %.4g", e.Year, e.What, e.Value)
}
