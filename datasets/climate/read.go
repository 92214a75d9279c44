package climate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Names of tables, below their folder.
const (
	ssp2File        = "ssp/ssp_v2_gdp_pop_country.csv"
	ssp3File        = "ssp/ssp_v3_gdp_pop_country.csv"
	temperatureFile = "climate/country_baseline_temperature_1980_2010.csv"
	patternFile     = "climate/country_warming_pattern_rcp85_bhm2015.csv"
	modelsFile      = "climate/country_temperature_cmip5_rcp_by_model.csv"
)

// sspFiles by version of the database.
var sspFiles = map[int]string{0: ssp2File, 2: ssp2File, 3: ssp3File}

// bootstraps of the coefficients and their columns.
var bootstraps = []struct {
	damage  Damage
	file    string
	columns []string
}{
	{BHM, "bhm/bootstrap_noLag.csv", []string{"temp", "temp2"}},
	{BHMLags, "bhm/bootstrap_5Lag.csv", []string{"tlin", "tsq"}},
	{BHMRichPoor, "bhm/bootstrap_richpoor.csv", []string{"temp", "temp2", "temppoor", "temp2poor"}},
	{BHMRichPoorLags, "bhm/bootstrap_richpoor_5lag.csv", []string{"tlin", "tsq", "tlinpoor", "tsqpoor"}},
}

// ReadOptions of [Read].
type ReadOptions struct {
	// Version of the SSP database: 2 (GDP in $ of 2005) or 3 (of 2017); 0 means 2. In version 2 one country stands apart:
	// Somalia has 43 $ a head in 2020 under SSP2, a twelfth of what the next has; in version 3 it has 1500 $.
	Version int
}

// Read makes a world of the tables in a folder:
//
//	ssp/ssp_v2_gdp_pop_country.csv (or v3)                 ssp, iso3, year, gdp_ppp_bn_usd…, pop_million
//	climate/country_baseline_temperature_1980_2010.csv     iso3, country, temp_c_popweighted_1980_2010
//	climate/country_warming_pattern_rcp85_bhm2015.csv      iso3, ratio_to_global_mean
//	climate/country_temperature_cmip5_rcp_by_model.csv     iso3, model, rcp, t2010, t2100; may be missing
//	bhm/bootstrap_noLag.csv, _5Lag, _richpoor, _richpoor_5lag   run, coefficients; may be missing
//
// Countries that are not in all of them are left out; dropped says which and why.
func Read(folder string, o ReadOptions) (w *World, dropped []string, err error) {
	file := sspFiles[o.Version]
	if file == "" {
		return nil, nil, fmt.Errorf("climate: there is no version %d of the SSP database here; 2 and 3 are", o.Version)
	}
	w = &World{Name: map[string]string{ssp2File: "SSP database v2", ssp3File: "SSP database v3"}[file], Resamples: map[Damage][][]float64{}}
	economy, err := readEconomy(filepath.Join(folder, file))
	if err != nil {
		return nil, nil, err
	}
	countries, dropped, err := readCountries(folder, economy)
	if err != nil {
		return nil, nil, err
	}
	w.Countries, w.SSPs, w.Years = countries, economy.ssps, economy.years
	for _, ssp := range w.SSPs {
		var income, population [][]float64
		for _, c := range countries {
			income = append(income, economy.income[ssp][c.ISO3])
			population = append(population, economy.population[ssp][c.ISO3])
		}
		w.Income, w.Population = append(w.Income, income), append(w.Population, population)
	}
	if w.Models, err = readModels(filepath.Join(folder, modelsFile), countries); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, b := range bootstraps {
		draws, err := readBootstrap(filepath.Join(folder, b.file), b.columns)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		w.Resamples[b.damage] = draws
	}
	return w, dropped, w.Validate()
}

// economy is the SSP table by pathway and country.
type economy struct {
	ssps               []string
	years              []int
	income, population map[string]map[string][]float64
}

// readEconomy reads GDP and population from 2010 to 2100.
func readEconomy(path string) (*economy, error) {
	t, err := readCSV(path, "ssp", "iso3", "year", "pop_million")
	if err != nil {
		return nil, err
	}
	gdpColumn, err := t.startingWith("gdp_ppp_bn")
	if err != nil {
		return nil, err
	}
	e := &economy{income: map[string]map[string][]float64{}, population: map[string]map[string][]float64{}}
	type key struct {
		ssp, iso string
		year     int
	}
	perHead, heads := map[key]float64{}, map[key]float64{}
	for r := range t.rows {
		if t.text(r, gdpColumn) == "" || t.text(r, "pop_million") == "" {
			continue // years for which the database has one of the two alone
		}
		year, err := t.number(r, "year")
		if err != nil {
			return nil, err
		}
		gdp, err := t.number(r, gdpColumn)
		if err != nil {
			return nil, err
		}
		people, err := t.number(r, "pop_million")
		if err != nil {
			return nil, err
		}
		k := key{t.text(r, "ssp"), t.text(r, "iso3"), int(year)}
		if k.year < firstYear || k.year > 2100 {
			continue
		}
		if !(gdp > 0 && people > 0) {
			return nil, fmt.Errorf("climate: %s, line %d: GDP %g and population %g; both are positive", path, r+2, gdp, people)
		}
		if _, twice := heads[k]; twice {
			return nil, fmt.Errorf("climate: %s, line %d: %s in %s, %d, stands there twice", path, r+2, k.iso, k.ssp, k.year)
		}
		perHead[k], heads[k] = gdp/people, people
		if !slices.Contains(e.ssps, k.ssp) {
			e.ssps = append(e.ssps, k.ssp)
			e.income[k.ssp], e.population[k.ssp] = map[string][]float64{}, map[string][]float64{}
		}
		if !slices.Contains(e.years, k.year) {
			e.years = append(e.years, k.year)
		}
		e.income[k.ssp][k.iso] = nil
	}
	slices.Sort(e.ssps)
	slices.Sort(e.years)
	for _, ssp := range e.ssps {
		for iso := range e.income[ssp] {
			var income, population []float64
			for _, year := range e.years {
				if people, known := heads[key{ssp, iso, year}]; known {
					income, population = append(income, perHead[key{ssp, iso, year}]), append(population, people)
				}
			}
			e.income[ssp][iso], e.population[ssp][iso] = income, population
		}
	}
	return e, nil
}

// readCountries joins temperatures and patterns with the countries of the SSPs.
func readCountries(folder string, e *economy) (list []Country, dropped []string, err error) {
	temperatures, err := readCSV(filepath.Join(folder, temperatureFile), "iso3", "country", "temp_c_popweighted_1980_2010")
	if err != nil {
		return nil, nil, err
	}
	patterns, err := readCSV(filepath.Join(folder, patternFile), "iso3", "ratio_to_global_mean")
	if err != nil {
		return nil, nil, err
	}
	pattern := map[string]float64{}
	for r := range patterns.rows {
		if pattern[patterns.text(r, "iso3")], err = patterns.number(r, "ratio_to_global_mean"); err != nil {
			return nil, nil, err
		}
	}
	listed := map[string]bool{}
	for r := range temperatures.rows {
		c := Country{ISO3: temperatures.text(r, "iso3"), Name: temperatures.text(r, "country")}
		if c.Temperature, err = temperatures.number(r, "temp_c_popweighted_1980_2010"); err != nil {
			return nil, nil, err
		}
		listed[c.ISO3] = true
		var known bool
		if c.Pattern, known = pattern[c.ISO3]; !known {
			dropped = append(dropped, c.ISO3+": no warming pattern")
			continue
		}
		if ssp := e.lacks(c.ISO3); ssp != "" {
			dropped = append(dropped, c.ISO3+": not all years of "+ssp)
			continue
		}
		list = append(list, c)
	}
	for _, ssp := range e.ssps {
		for _, iso := range slices.Sorted(maps.Keys(e.income[ssp])) {
			if !listed[iso] {
				listed[iso] = true
				dropped = append(dropped, iso+": no temperature")
			}
		}
	}
	return list, dropped, nil
}

// lacks is a pathway in which a country has not every year; "" for none.
func (e *economy) lacks(iso string) string {
	for _, ssp := range e.ssps {
		if len(e.income[ssp][iso]) < len(e.years) {
			return ssp
		}
	}
	return ""
}

// readModels reads how much faster each country warms from 2010 to 2100 in each model of CMIP5 under RCP8.5
// than in the mean of them, of models that have all countries.
func readModels(path string, countries []Country) ([][]float64, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	t, err := readCSV(path, "iso3", "model", "rcp", "t2010", "t2100")
	if err != nil {
		return nil, err
	}
	number := map[string]int{}
	for i, c := range countries {
		number[c.ISO3] = i
	}
	var order []string
	warming, count := map[string][]float64{}, map[string]int{}
	for r := range t.rows {
		i, known := number[t.text(r, "iso3")]
		if !known || t.text(r, "rcp") != "rcp85" {
			continue
		}
		model := t.text(r, "model")
		if warming[model] == nil {
			order = append(order, model)
			warming[model] = make([]float64, len(countries))
		}
		first, err := t.number(r, "t2010")
		if err != nil {
			return nil, err
		}
		last, err := t.number(r, "t2100")
		if err != nil {
			return nil, err
		}
		warming[model][i] = last - first
		count[model]++
	}
	order = slices.DeleteFunc(order, func(m string) bool { return count[m] != len(countries) })
	if len(order) == 0 {
		return nil, fmt.Errorf("climate: %s: no model has rcp85 of all %d countries", path, len(countries))
	}
	models := make([][]float64, len(order))
	for i := range countries {
		mean := 0.0
		for _, m := range order {
			mean += warming[m][i] / float64(len(order))
		}
		for k, m := range order {
			models[k] = append(models[k], warming[m][i]/mean)
		}
	}
	return models, nil
}

// readBootstrap reads the resamples of coefficients; run 0 is the point estimate and no resample.
func readBootstrap(path string, columns []string) ([][]float64, error) {
	t, err := readCSV(path, append([]string{"run"}, columns...)...)
	if err != nil {
		return nil, err
	}
	var draws [][]float64
	for r := range t.rows {
		if t.text(r, "run") == "0" {
			continue
		}
		draw := make([]float64, len(columns))
		for k, c := range columns {
			if draw[k], err = t.number(r, c); err != nil {
				return nil, err
			}
		}
		draws = append(draws, draw)
	}
	// In the order of what a degree does to growth at 25 °C, so that draws evenly spaced are spread evenly.
	slices.SortStableFunc(draws, func(a, b []float64) int { return cmp.Compare(a[0]+50*a[1], b[0]+50*b[1]) })
	return draws, nil
}

// Files are the tables that [Read] knows for a version of the SSP database (0 means 2), below its folder: three that
// are needed, and those that may be missing.
func Files(version int) []string {
	files := []string{sspFiles[version], temperatureFile, patternFile, modelsFile}
	for _, b := range bootstraps {
		files = append(files, b.file)
	}
	return files
}
