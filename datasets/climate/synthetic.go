package climate

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// summaryText is made by testdata/summary.py, which names its sources.
//
//go:embed summary.json
var summaryText []byte

// summary of the real tables.
type summary struct {
	// Levels of the Quantiles, by variable: temperature, log GDP per capita and log population of 2010, warming pattern.
	Levels    []float64
	Quantiles [4][]float64
	// Correlation of the normal scores of these four and of how a country's growth of income and of population
	// differs from what its income lets expect.
	Correlation [6][6]float64
	SSPs        []string
	Years       []int
	Income      growthSummary `json:"income_growth"`
	Population  growthSummary `json:"population_growth"`
}

// growthSummary is a regression of growth on the normal score of income in 2010, by SSP and period.
type growthSummary struct{ Mean, Slope, Spread [][]float64 }

var readSummary = sync.OnceValues(func() (*summary, error) {
	s := new(summary)
	return s, json.Unmarshal(summaryText, s)
})

// Synthetic draws a world of countries that are distributed like the 165 of the real tables: temperature, GDP
// per capita, population and warming pattern by their quantiles and the correlation of their normal scores,
// growth under each SSP by its regression on income in 2010 and a rest that a country keeps.
func Synthetic(countries int, src rand.Source) (*World, error) {
	if countries < 2 || countries > 10000 {
		return nil, fmt.Errorf("climate: %d synthetic countries; from 2 to 10000", countries)
	}
	s, err := readSummary()
	if err != nil {
		return nil, fmt.Errorf("climate: summary.json: %w", err)
	}
	correlation := mat.NewSymDense(6, nil)
	for i, row := range s.Correlation {
		for j := range i + 1 {
			correlation.SetSym(i, j, row[j])
		}
	}
	var factor mat.Cholesky
	if !factor.Factorize(correlation) {
		return nil, fmt.Errorf("climate: summary.json: the correlations are not positive definite")
	}
	var lower mat.TriDense
	factor.LTo(&lower)
	rng := rand.New(src)
	w := &World{Name: "synthetic countries", SSPs: slices.Clone(s.SSPs), Years: slices.Clone(s.Years)}
	w.Income, w.Population = make([][][]float64, len(s.SSPs)), make([][][]float64, len(s.SSPs))
	for i := range countries {
		z := mat.NewVecDense(6, nil)
		for k := range 6 {
			z.SetVec(k, rng.NormFloat64())
		}
		z.MulVec(&lower, z)
		score := z.RawVector().Data
		w.Countries = append(w.Countries, Country{ISO3: fmt.Sprintf("S%03d", i+1), Name: fmt.Sprintf("synthetic %d", i+1),
			Temperature: s.quantile(0, score[0]), Pattern: s.quantile(3, score[3])})
		for p := range s.SSPs {
			w.Income[p] = append(w.Income[p], s.Income.path(p, s.quantile(1, score[1]), score[1], score[4], s.Years))
			w.Population[p] = append(w.Population[p], s.Population.path(p, s.quantile(2, score[2]), score[1], score[5], s.Years))
		}
	}
	return w, w.Validate()
}

// quantile of a variable at a normal score.
func (s *summary) quantile(variable int, score float64) float64 {
	u := distuv.UnitNormal.CDF(score)
	k := min(max(sort.SearchFloat64s(s.Levels, u)-1, 0), len(s.Levels)-2)
	t := (u - s.Levels[k]) / (s.Levels[k+1] - s.Levels[k])
	return (1-t)*s.Quantiles[variable][k] + t*s.Quantiles[variable][k+1]
}

// path of a quantity from the log of its first value, for a country with these scores of income and of
// its growth's rest.
func (g growthSummary) path(ssp int, first, income, rest float64, years []int) []float64 {
	values := make([]float64, len(years))
	at := first
	for k := range years {
		values[k] = math.Exp(at)
		if k+1 < len(years) {
			at += float64(years[k+1]-years[k]) * (g.Mean[ssp][k] + g.Slope[ssp][k]*income + g.Spread[ssp][k]*rest)
		}
	}
	return values
}
