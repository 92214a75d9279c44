package dice

import "math"

const (
	periods2023 = 81
	forcing2023 = 3.93 // W/m² for a doubling of CO2
	// longest mean time in the air over 100 years: no more than 100 can be solved for, and the published runs
	// stay below. FaIR, from which DICE-2023 has its carbon cycle, stops here (Smith et al. 2018, GMD 11:2273).
	longest = 97.0
)

// reservoirs of DFAIR: the share of emissions that goes to each and its lifetime in years.
var reservoirs = [4]struct{ share, life float64 }{{.2173, 1e6}, {.224, 394.4}, {.2824, 36.53}, {.2763, 4.304}}

// dice2023 holds all of DICE-2023 that does not depend on its uncertain inputs, a value a period.
type dice2023 struct {
	policy                                Policy
	population, labour, growth, intensity []float64
	land, otherGases, otherForcing        []float64
	// price is the cost of abating all emissions, in 10³ $ per tCO2 and over 2.6; cost μ^2.6, emitted 1−μ.
	price, cost, emitted, weight []float64
}

func backstop2023(t int) float64 {
	rate := .05
	if t > 6 {
		rate = .005
	}
	return 515 * math.Exp(-rate*float64(t-6))
}

func newDICE2023(p Policy) *dice2023 {
	d := &dice2023{policy: p}
	population := 7752.9
	for t := range periods2023 {
		x, ramp := float64(t), min(float64(t)/16, 1)
		d.population = append(d.population, population)
		d.labour = append(d.labour, math.Pow(population/1000, .7))
		population *= math.Pow(10825/population, .145)
		d.growth = append(d.growth, math.Exp(-.0015*step*x))
		d.intensity = append(d.intensity, math.Pow(.96, x))
		d.land = append(d.land, 5.9*math.Pow(.9, x))
		d.otherGases = append(d.otherGases, 9.96+(15.5-9.96)*ramp)
		d.otherForcing = append(d.otherForcing, -.054+(.265+.054)*ramp)
		d.price = append(d.price, backstop2023(t)*(1.40+(1.21-1.40)*ramp)/2.6/1000)
		d.cost = append(d.cost, math.Pow(p.Abatement[t], 2.6))
		d.emitted = append(d.emitted, 1-p.Abatement[t])
		factor, _ := d.discount(t)
		d.weight = append(d.weight, factor*d.population[t])
	}
	return d
}

// discount is that of a risky investment less what is saved for precaution (Barrage & Nordhaus 2024).
func (d *dice2023) discount(t int) (factor, elasticity float64) {
	x := step * float64(t)
	preference := math.Exp(.001+.5*.05) - 1
	variance := min(1e-4*x, 1e-4*step*47)
	precaution := -.5 * variance * .95 * .95
	return math.Pow((1+preference)*(1+precaution), -x), .95
}

// air is the state of carbon and temperature.
type air struct {
	reservoir   [4]float64 // GtC above preindustrial
	carbon      float64    // GtC
	box         [2]float64 // °C
	temperature float64
	forcing     float64
	alpha       float64 // scale of the reservoirs' lifetimes
}

func (d *dice2023) run(p *Path, in Inputs, at int, pulse float64) error {
	copy(p.Population, d.population)
	capital, productivity, intensity := 295.0, 5.84, 37.56/(135.7*.95)
	a := air{reservoir: [4]float64{150.093, 102.698, 39.534, 6.1865}, box: [2]float64{.1477, 1.099454}, alpha: .4472}
	cumulative, gases := 633.5, .518
	depreciation := math.Pow(1-.1, step)
	welfare := 0.0
	for t := range p.Temperature {
		gross := productivity * d.labour[t] * math.Pow(capital, .3)
		emissions := (intensity*gross + d.land[t]) * d.emitted[t]
		if t == at {
			emissions += pulse
		}
		if err := a.next(t, in, emissions, cumulative, gases+d.otherForcing[t]); err != nil {
			return err
		}
		damage := in[DamageCoefficient] * a.temperature * a.temperature
		net := gross * (1 - damage - d.price[t]*intensity*d.cost[t])
		if err := collapsed(2020+step*t, net, a.carbon, emissions); err != nil {
			return err
		}
		invested := d.policy.Savings[t] * net
		head := 1000 * (net - invested) / d.population[t]
		p.Temperature[t], p.Damage[t], p.Emissions[t], p.GrossOutput[t] = a.temperature, damage, emissions, gross
		p.Consumption[t], p.Carbon[t], p.Capital[t], p.Forcing[t] = head, a.carbon, capital, a.forcing
		welfare += d.weight[t] * utility(head, .95)

		capital = depreciation*capital + step*invested
		productivity /= 1 - in[ProductivityGrowth]*d.growth[t]
		// Decarbonisation slows by 4 % a period, to half a per cent a year at least.
		intensity *= math.Exp(step * min(in[Decarbonisation]*d.intensity[t], -.005))
		cumulative += emissions * (step / 3.666)
		gases = .861*gases + .00955*d.otherGases[t]*d.emitted[t]
	}
	p.Welfare = step*.00891061*welfare - 6275.91
	return nil
}

// next brings carbon and temperature to a period with the emissions of that period. The lifetime of
// carbon depends on where they end up, so its scale is solved for.
func (a *air) next(t int, in Inputs, emissions, cumulative, other float64) error {
	if t == 0 {
		a.carbon, a.temperature = 886.5128014, 1.24715
		a.forcing = forcing2023*math.Log2(a.carbon/atmosphere) + other
		return nil
	}
	from := *a
	excess := func(alpha float64) float64 {
		a.carry(&from, in, alpha, emissions, other)
		absorbed := cumulative - (a.carbon - atmosphere)
		return min(in[CarbonCycle]+.019*absorbed+4.165*a.temperature, longest) - lifetime(alpha)
	}
	low, high := from.alpha, from.alpha
	for f := excess(low); f < 0 || math.IsNaN(f); f = excess(low) {
		if low /= 2; low < 1e-9 {
			return &CollapseError{2020 + step*t, "scale of carbon's lifetime", low}
		}
	}
	for excess(high) > 0 {
		high *= 1.5
	}
	a.alpha = root(excess, low, high)
	a.carry(&from, in, a.alpha, emissions, other)
	return nil
}

// carry moves the state on by a period whose scale of lifetimes is alpha.
func (a *air) carry(from *air, in Inputs, alpha, emissions, other float64) {
	a.carbon = atmosphere
	for i, r := range reservoirs {
		life := r.life * alpha
		stays := math.Exp(-step / life)
		a.reservoir[i] = r.share*life*(emissions/3.667)*(1-stays) + from.reservoir[i]*stays
		a.carbon += a.reservoir[i]
	}
	a.forcing = forcing2023*math.Log2(a.carbon/atmosphere) + other
	scale := in[ClimateSensitivity] / (forcing2023 * (.324 + .44))
	a.temperature = 0
	for i, b := range [2]struct{ lag, response float64 }{{236, .324}, {4.07, .44}} {
		stays := math.Exp(-step / b.lag)
		a.box[i] = from.box[i]*stays + scale*b.response*a.forcing*(1-stays)
		a.temperature += a.box[i]
	}
}

// lifetime is the mean time that emitted carbon spends in the air in its first 100 years.
func lifetime(alpha float64) (sum float64) {
	for _, r := range reservoirs {
		sum += alpha * r.share * r.life * -math.Expm1(-100/(alpha*r.life))
	}
	return sum
}

// root of a falling function between low and high, by regula falsi in its Illinois form.
func root(f func(float64) float64, low, high float64) (x float64) {
	atLow, atHigh := f(low), f(high)
	last, side := math.Inf(1), 0
	for range 200 {
		if x = low; atLow != atHigh {
			x = (low*atHigh - high*atLow) / (atHigh - atLow)
		}
		if math.Abs(x-last) <= 1e-15*x {
			break
		}
		last = x
		if y := f(x); y > 0 {
			if low, atLow = x, y; side == 1 {
				atHigh /= 2
			}
			side = 1
		} else {
			if high, atHigh = x, y; side == -1 {
				atLow /= 2
			}
			side = -1
		}
	}
	return x
}
