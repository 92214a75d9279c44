package climate

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Draw is one state of all that is uncertain.
type Draw struct {
	// Coefficients of the damage.
	Coefficients []float64
	// Warming multiplies the warming of each country, and its mean that of the globe.
	Warming []float64
	// Level and Growth of each country: what its log GDP per capita of 2010 and its growth rate a year are off.
	Level, Growth []float64
}

// Spread of what the tables give without one.
const (
	// levelSpread of log GDP per capita: that of purchasing-power parities between rounds of prices, roughly.
	levelSpread = .1
	// growthSpread of a country's growth rate over the century, a year.
	growthSpread = .005
)

// Best is the draw of best estimates: published coefficients, the mean of climate models, GDP as in the tables.
func (w *World) Best(d Damage) (Draw, error) {
	c, err := d.Coefficients()
	if err != nil {
		return Draw{}, err
	}
	n := len(w.Countries)
	out := Draw{c, make([]float64, n), make([]float64, n), make([]float64, n)}
	for i := range n {
		out.Warming[i] = 1
	}
	return out, nil
}

// Draws draws n states: of the coefficients and the climate model by a randomly shifted Halton sequence, so that
// few draws stand well for their distribution, and independently for each country an error of the level of GDP
// per capita (10 %) and of its growth (half a per cent a year). The tables give no such errors: these are our
// choice. Damages leave them alone; without them, all draws of a country had one GDP without damages, which
// no map could send to several.
func (w *World) Draws(d Damage, n int, src rand.Source) ([]Draw, error) {
	e, err := d.estimate()
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, fmt.Errorf("climate: %d draws; at least one", n)
	}
	rng := rand.New(src)
	var shift [len(bases)]float64
	for k := range shift {
		shift[k] = rng.Float64()
	}
	list := make([]Draw, n)
	for k := range list {
		if list[k], err = w.Best(d); err != nil {
			return nil, err
		}
		w.draw(&list[k], e, halton(k, shift), rng)
	}
	return list, nil
}

// draw replaces best estimates by what a point of the unit cube stands for: the model by its first
// coordinate, coefficients by the others.
func (w *World) draw(out *Draw, e estimate, u [len(bases)]float64, rng *rand.Rand) {
	if n := len(w.Models); n > 0 {
		copy(out.Warming, w.Models[int(u[0]*float64(n))])
	} else {
		factor := math.Exp(modelSpread*distuv.UnitNormal.Quantile(u[0]) - modelSpread*modelSpread/2)
		for i := range out.Warming {
			out.Warming[i] = factor
		}
	}
	if r := w.Resamples[e.damage]; len(r) > 0 {
		copy(out.Coefficients, r[int(u[1]*float64(len(r)))])
	} else {
		out.Coefficients = e.at(u[1:])
	}
	for i := range out.Level {
		out.Level[i], out.Growth[i] = levelSpread*rng.NormFloat64(), growthSpread*rng.NormFloat64()
	}
}

// bases of the Halton sequence: one for the climate model, four for coefficients.
var bases = [5]int{2, 3, 5, 7, 11}

// halton is the k-th point of the sequence, shifted modulo 1 and inside the open cube (Halton 1960; Cranley &
// Patterson 1976).
func halton(k int, shift [len(bases)]float64) (u [len(bases)]float64) {
	for j, base := range bases {
		digit := 1.0
		for i := k; i > 0; i /= base {
			digit /= float64(base)
			u[j] += digit * float64(i%base)
		}
		_, u[j] = math.Modf(u[j] + shift[j])
		u[j] = min(max(u[j], 1e-9), 1-1e-9)
	}
	return u
}

// modelSpread is the deviation of the log of the mean warming between climate models.
const modelSpread = .18

// Projection is what becomes of a world, by country and year from 2010 on.
type Projection struct {
	SSP string
	// Undamaged and Damaged GDP per capita, 10³ $.
	Undamaged, Damaged *mat.Dense
	// Temperature of the countries, °C, and Population, in millions.
	Temperature, Population *mat.Dense
}

// Column of a year.
func (p *Projection) Column(year int) int { return year - firstYear }

// annual is the table of a pathway by year from 2010 on.
type annual struct {
	ssp                string
	income, population *mat.Dense // by country
	global             []float64  // warming since 2010, °C
}

func (w *World) annual(ssp string, warming Warming) (*annual, error) {
	s, err := w.pathway(ssp)
	if err != nil {
		return nil, err
	}
	n, years := len(w.Countries), w.Years[len(w.Years)-1]-firstYear+1
	a := &annual{ssp, mat.NewDense(n, years, nil), mat.NewDense(n, years, nil), make([]float64, years)}
	for t := range years {
		if a.global[t], err = warming.since(ssp, firstYear+t); err != nil {
			return nil, err
		}
		for i := range n {
			a.income.Set(i, t, w.at(w.Income[s][i], firstYear+t))
			a.population.Set(i, t, w.at(w.Population[s][i], firstYear+t))
		}
	}
	return a, nil
}

// Project runs a world to its last year, under an SSP and a draw:
//
//	y(t) = y(t−1)·(1 + η(t) + g(t))
//
// with the growth η of the SSP and what the damage adds to it, g; a damage in levels takes its share of each
// year's y.
func (w *World) Project(ssp string, d Damage, warming Warming, draw Draw) (*Projection, error) {
	if err := w.Validate(); err != nil {
		return nil, err
	}
	a, err := w.annual(ssp, warming)
	if err != nil {
		return nil, err
	}
	return w.project(a, d, draw)
}

func (w *World) project(a *annual, d Damage, draw Draw) (*Projection, error) {
	e, err := d.estimate()
	if err != nil {
		return nil, err
	}
	n, years := a.income.Dims()
	if len(draw.Coefficients) != len(e.point) || len(draw.Warming) != n || len(draw.Level) != n || len(draw.Growth) != n {
		return nil, fmt.Errorf("climate: a draw of %d coefficients, %d factors of warming, %d levels and %d growth rates; damage %s has %d, the world %d countries",
			len(draw.Coefficients), len(draw.Warming), len(draw.Level), len(draw.Growth), d, len(e.point), n)
	}
	p := &Projection{a.ssp, mat.NewDense(n, years, nil), mat.NewDense(n, years, nil), mat.NewDense(n, years, nil), a.population}
	poor, warming := w.poor(), stat.Mean(draw.Warming, nil)
	for i := range n {
		if err := w.projectCountry(p, i, a, d, draw, warming, poor[i]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// projectCountry fills the rows of a country; warming is the factor of the globe's, on which damages in levels depend.
func (w *World) projectCountry(p *Projection, i int, a *annual, d Damage, draw Draw, warming float64, poor bool) error {
	c := w.Countries[i]
	local := func(t int) float64 { return c.Temperature + c.Pattern*draw.Warming[i]*a.global[max(t, 0)] }
	table := a.income.RawRowView(i)
	undamaged := table[0] * math.Exp(draw.Level[i])
	damaged := undamaged
	for t := range table {
		if t > 0 {
			growth := table[t]/table[t-1] - 1 + draw.Growth[i]
			undamaged *= 1 + growth
			damaged *= 1 + growth + d.growth(draw.Coefficients, weather{c.Temperature, local(t), local(t - 1), local(t - 2)}, poor)
		}
		left := damaged * (1 - d.lost(draw.Coefficients, a.global[t]*warming+preindustrial))
		if !(left > 0 && undamaged > 0) || math.IsInf(left, 1) {
			return fmt.Errorf("climate: the economy of %s collapses in %d: GDP per capita is %.3g with damages, %.3g without", c.ISO3, firstYear+t, left, undamaged)
		}
		p.Undamaged.Set(i, t, undamaged)
		p.Damaged.Set(i, t, left)
		p.Temperature.Set(i, t, local(t))
	}
	return nil
}
