package climate

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/gomonge/gomonge/internal/spell"
)

// Country of a world.
type Country struct {
	ISO3, Name string
	// Temperature is the mean of 1980 to 2010, weighted by population, °C.
	Temperature float64
	// Pattern is the local warming for a degree of global warming.
	Pattern float64
}

// World is what is known of countries before damages are reckoned.
type World struct {
	Name      string
	Countries []Country
	// SSPs are the pathways, such as SSP2.
	SSPs []string
	// Years of Income and Population, ascending from 2010; between them both grow at a steady rate.
	Years []int
	// Income is GDP per capita without damages, in 10³ $ at purchasing-power parity, and Population is in
	// millions: by SSP, country and year.
	Income, Population [][][]float64
	// Models are how much faster countries warm in one climate model than in the mean of all: by model and
	// country, around 1. Nil means that draws scale the warming of all countries alike, by
	// a lognormal factor of deviation .18, which is the spread of the mean warming of 25 models of CMIP5 under RCP8.5
	// (tables of Ricke et al. 2018).
	Models [][]float64
	// Resamples of a damage's coefficients, of which draws take one at random; without any they are drawn from a normal
	// distribution.
	Resamples map[Damage][][]float64
}

// Validate says what is wrong with a world.
func (w *World) Validate() error {
	if len(w.Countries) < 2 || len(w.SSPs) == 0 || len(w.Years) < 2 {
		return fmt.Errorf("climate: a world of %d countries, %d SSPs and %d years; 2, 1 and 2 are needed", len(w.Countries), len(w.SSPs), len(w.Years))
	}
	if w.Years[0] != firstYear || !sort.IntsAreSorted(w.Years) || len(slices.Compact(slices.Clone(w.Years))) < len(w.Years) {
		return fmt.Errorf("climate: years %v; they ascend from %d", w.Years, firstYear)
	}
	for _, c := range w.Countries {
		if !(math.Abs(c.Temperature) < 60) || !(c.Pattern > 0 && c.Pattern < 10) {
			return fmt.Errorf("climate: %s has %g °C and warms by %g for a global degree", c.ISO3, c.Temperature, c.Pattern)
		}
	}
	for _, t := range []struct {
		name   string
		values [][][]float64
	}{{"GDP per capita", w.Income}, {"population", w.Population}} {
		if len(t.values) != len(w.SSPs) {
			return fmt.Errorf("climate: %s of %d SSPs, there are %d", t.name, len(t.values), len(w.SSPs))
		}
		for s, countries := range t.values {
			if len(countries) != len(w.Countries) {
				return fmt.Errorf("climate: %s of %d countries in %s, there are %d", t.name, len(countries), w.SSPs[s], len(w.Countries))
			}
			for i, path := range countries {
				if len(path) != len(w.Years) {
					return fmt.Errorf("climate: %s of %s in %s has %d years, there are %d", t.name, w.Countries[i].ISO3, w.SSPs[s], len(path), len(w.Years))
				}
				for k, x := range path {
					if !(x > 0) || math.IsInf(x, 1) {
						return fmt.Errorf("climate: %s of %s in %s, %d, is %g", t.name, w.Countries[i].ISO3, w.SSPs[s], w.Years[k], x)
					}
				}
			}
		}
	}
	return w.validateDraws()
}

// validateDraws says what is wrong with the tables that draws take from.
func (w *World) validateDraws() error {
	for k, model := range w.Models {
		if len(model) != len(w.Countries) {
			return fmt.Errorf("climate: climate model %d has %d countries, there are %d", k+1, len(model), len(w.Countries))
		}
		for i, x := range model {
			if !(x > 0) || math.IsInf(x, 1) {
				return fmt.Errorf("climate: in climate model %d %s warms by %g times the mean; want a positive number", k+1, w.Countries[i].ISO3, x)
			}
		}
	}
	for d, resamples := range w.Resamples {
		e, err := d.estimate()
		if err != nil {
			return err
		}
		for k, row := range resamples {
			if len(row) != len(e.point) {
				return fmt.Errorf("climate: resample %d of damage %s has %d coefficients, the damage has %d", k+1, d, len(row), len(e.point))
			}
			for _, x := range row {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					return fmt.Errorf("climate: resample %d of damage %s has the coefficient %g", k+1, d, x)
				}
			}
		}
	}
	return nil
}

// pathway is the number of an SSP.
func (w *World) pathway(ssp string) (int, error) {
	if s := slices.Index(w.SSPs, ssp); s >= 0 {
		return s, nil
	}
	return 0, fmt.Errorf("climate: no pathway %q (%s)", ssp, spell.Suggest(ssp, w.SSPs))
}

// at interpolates a path to a year, at a steady rate of growth.
func (w *World) at(path []float64, year int) float64 {
	k := sort.SearchInts(w.Years, year)
	if k < len(w.Years) && w.Years[k] == year {
		return path[k]
	}
	t := float64(year-w.Years[k-1]) / float64(w.Years[k]-w.Years[k-1])
	return math.Pow(path[k-1], 1-t) * math.Pow(path[k], t)
}

// poor says which countries have less than the median GDP per capita of the first year.
func (w *World) poor() []bool {
	first := make([]float64, len(w.Countries))
	for i := range first {
		first[i] = w.Income[0][i][0]
	}
	sorted := slices.Sorted(slices.Values(first))
	median := sorted[len(sorted)/2]
	below := make([]bool, len(first))
	for i, x := range first {
		below[i] = x < median
	}
	return below
}
