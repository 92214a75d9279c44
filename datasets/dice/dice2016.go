package dice

import "math"

const (
	periods2016 = 100
	// Carbon in equilibrium, GtC: atmosphere and deep ocean.
	atmosphere, deepOcean = 588.0, 1720.0
	forcing2016           = 3.6813 // W/m² for a doubling of CO2
)

// dice2016 holds all of DICE-2016 that does not depend on its uncertain inputs, a value a period.
type dice2016 struct {
	policy Policy
	// population in millions, labour its power .7 in billions.
	population, labour []float64
	// growth and intensity are the shapes of the growth of productivity and of emissions per output.
	growth, intensity []float64
	land, backstop    []float64
	// cost is μ^2.6/2600, emitted 1−μ, other the forcing by other gases, weight the discount of welfare.
	cost, emitted, other, weight []float64
}

func backstop2016(t int) float64 { return 550 * math.Pow(1-.025, float64(t)) }

func newDICE2016(p Policy) *dice2016 {
	d := &dice2016{policy: p}
	population := 7403.0
	for t := range periods2016 {
		x := float64(t)
		d.population = append(d.population, population)
		d.labour = append(d.labour, math.Pow(population/1000, .7))
		population *= math.Pow(11500/population, .134)
		d.growth = append(d.growth, math.Exp(-.005*step*x))
		d.intensity = append(d.intensity, math.Pow(1-.001, step*x))
		d.land = append(d.land, 2.6*math.Pow(1-.115, x))
		d.backstop = append(d.backstop, backstop2016(t))
		d.cost = append(d.cost, math.Pow(p.Abatement[t], 2.6)/2.6/1000)
		d.emitted = append(d.emitted, 1-p.Abatement[t])
		d.other = append(d.other, .5+.5*min(x/17, 1))
		factor, _ := d.discount(t)
		d.weight = append(d.weight, factor*d.population[t])
	}
	return d
}

func (d *dice2016) discount(t int) (factor, elasticity float64) {
	return math.Pow(1.015, -step*float64(t)), 1.45
}

func (d *dice2016) run(p *Path, in Inputs, at int, pulse float64) error {
	copy(p.Population, d.population)
	upperOcean := in[CarbonCycle]
	// Shares of carbon that go between the boxes in a period.
	b12, b23 := .12, .007
	b11, b21, b32 := 1-b12, b12*atmosphere/upperOcean, b23*upperOcean/deepOcean
	b22, b33 := 1-b21-b23, 1-b32

	capital, productivity, intensity := 223.0, 5.115, .3503200274
	air, upper, deep := 851.0, 460.0, 1740.0
	warm, ocean := .85, .0068
	depreciation := math.Pow(1-.1, step)
	welfare := 0.0
	for t := range p.Temperature {
		gross := productivity * d.labour[t] * math.Pow(capital, .3)
		emissions := intensity*gross*d.emitted[t] + d.land[t]
		if t == at {
			emissions += pulse
		}
		forcing := forcing2016*math.Log2(air/atmosphere) + d.other[t]
		if t > 0 {
			next := warm + .1005*(forcing-forcing2016/in[ClimateSensitivity]*warm-.088*(warm-ocean))
			ocean += .025 * (warm - ocean)
			warm = next
		}
		damage := in[DamageCoefficient] * warm * warm
		net := gross * (1 - damage - d.backstop[t]*intensity*d.cost[t])
		if err := collapsed(2015+step*t, net, air, emissions); err != nil {
			return err
		}
		invested := d.policy.Savings[t] * net
		head := 1000 * (net - invested) / d.population[t]
		p.Temperature[t], p.Damage[t], p.Emissions[t], p.GrossOutput[t] = warm, damage, emissions, gross
		p.Consumption[t], p.Carbon[t], p.Capital[t], p.Forcing[t] = head, air, capital, forcing
		welfare += d.weight[t] * utility(head, 1.45)

		capital = depreciation*capital + step*invested
		productivity /= 1 - in[ProductivityGrowth]*d.growth[t]
		intensity *= math.Exp(step * in[Decarbonisation] * d.intensity[t])
		air, upper, deep = air*b11+upper*b21+emissions*(step/3.666), air*b12+upper*b22+deep*b32, deep*b33+upper*b23
	}
	p.Welfare = step*.0302455265681763*welfare - 10993.704
	return nil
}
