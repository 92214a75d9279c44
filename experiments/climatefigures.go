package experiments

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/datasets/climate"
	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// climateLines are the methods that lines show beside each other where more were asked for than can be told apart.
var climateLines = []string{"ncmt", "condot", "quantile", "affine", "mean-interpolated"}

// lines are the methods that lines show of a trial: all that answered, or those of climateLines, or else the first of them.
func (s *climateStudy) lines(t *climateTrial) []string {
	answered := slices.DeleteFunc(slices.Clone(s.o.Methods), func(key string) bool {
		return !slices.ContainsFunc(s.judged, func(j *climateJudgement) bool { return j.trial == t && j.method.key == key && len(j.Rows) > 0 })
	})
	if len(answered) <= len(climateLines) {
		return answered
	}
	usual := slices.DeleteFunc(slices.Clone(answered), func(key string) bool { return !slices.Contains(climateLines, key) })
	if len(usual) > 0 {
		return usual
	}
	return answered[:len(climateLines)]
}

// drawings of a trial.
func (s *climateStudy) drawings(t *climateTrial) ([]Drawing, error) {
	j := s.shown(t)
	if j == nil {
		return nil, nil
	}
	var list []Drawing
	for _, make := range []func(*climateTrial, *climateJudgement) (Drawing, error){s.ridges, s.overYears, s.ofQuantiles, s.countryPath} {
		d, err := make(t, j)
		if err != nil {
			return nil, err
		}
		if d.Figure == nil {
			continue
		}
		d.Name = "climate-" + d.Name + "-" + t.source
		list = append(list, d)
	}
	return list, nil
}

// ofSSP are the questions of a pathway, by year.
func (t *climateTrial) ofSSP(ssp string) []question {
	return slices.DeleteFunc(slices.Clone(t.questions), func(q question) bool { return q.ssp != ssp })
}

// ridges are the distributions of source, truth and map over SSP and year.
func (s *climateStudy) ridges(t *climateTrial, j *climateJudgement) (Drawing, error) {
	var panels []plots.RidgePanel
	for _, ssp := range t.World.SSPs {
		panel := plots.RidgePanel{Title: ssp}
		for _, q := range t.ofSSP(ssp) {
			panel.Rows = append(panel.Rows, plots.RidgeRow{Label: q.label(), Samples: []plots.Sample{
				{Name: "source", Values: exponentials(mat.Col(nil, 0, q.pair.Source)), Weights: q.pair.SourceWeights},
				{Name: "truth", Values: exponentials(mat.Col(nil, 0, q.pair.Target)), Weights: q.pair.TargetWeights},
				{Name: j.method.label, Values: exponentials(j.Incomes[q.text]), Weights: q.pair.SourceWeights}}})
		}
		panels = append(panels, panel)
	}
	f, err := plots.Ridges(plots.Axis{Label: "GDP per capita", Unit: "10³ $", Log: true}, panels...)
	return Drawing{"ridges", fmt.Sprintf("GDP per capita of countries and draws without damages (source), with damages (truth), and as %s carries the one to the other, by SSP and year; * not trained on, ** in the held-out block.", j.method.label), f}, err
}

func exponentials(logs []float64) []float64 {
	x := make([]float64, len(logs))
	for i, v := range logs {
		x[i] = math.Exp(v)
	}
	return x
}

// overYears is W₂ of the methods by year.
func (s *climateStudy) overYears(t *climateTrial, _ *climateJudgement) (Drawing, error) {
	var panels []plots.LinesPanel
	for _, ssp := range t.World.SSPs {
		panel := plots.LinesPanel{Title: ssp, X: plots.Axis{Label: "year"}, Y: plots.Axis{Label: "W₂ to the truth", Log: true}}
		for _, key := range s.lines(t) {
			line := plots.Series{Name: climateMethodOf(key).label}
			for _, q := range t.ofSSP(ssp) {
				var values []float64
				for _, j := range s.judged {
					if j.trial == t && j.method.key == key {
						values = append(values, j.value(q.text, wTwo))
					}
				}
				if len(values) > 0 {
					line.X, line.Y = append(line.X, float64(q.year)), append(line.Y, stat.Mean(values, nil))
				}
			}
			if len(line.X) > 0 && !slices.ContainsFunc(line.Y, math.IsNaN) {
				panel.Series = append(panel.Series, line)
			}
		}
		if len(panel.Series) > 0 {
			panels = append(panels, panel)
		}
	}
	if len(panels) == 0 {
		return Drawing{}, nil
	}
	f, err := plots.LinesGrid(3, panels...)
	return Drawing{"distances", fmt.Sprintf("W₂ between predicted and true distributions; the years %v are held out under every SSP, %v under %s.", t.Options.HeldOutYears, t.Options.HeldOutBlockYears, t.Options.HeldOutSSP), f}, err
}

// ofQuantiles is the error of quantiles by their level.
func (s *climateStudy) ofQuantiles(t *climateTrial, _ *climateJudgement) (Drawing, error) {
	var panels []plots.LinesPanel
	for k, setting := range climateSettings {
		panel := plots.LinesPanel{Title: []string{"trained", "held-out years", "held-out block"}[k], X: plots.Axis{Label: "level of the quantile", Min: 0, Max: 1}, Y: plots.Axis{Label: "error of log GDP per capita", Log: true}}
		for _, key := range s.lines(t) {
			line := plots.Series{Name: climateMethodOf(key).label, X: quantileLevels, Y: make([]float64, len(quantileLevels))}
			n := 0
			for _, j := range s.judged {
				if j.trial != t || j.method.key != key {
					continue
				}
				for _, q := range t.questions {
					if q.setting != setting || j.Incomes[q.text] == nil {
						continue
					}
					n++
					for i, e := range quantileErrors(j.Incomes[q.text], mat.Col(nil, 0, q.pair.Target), q.pair.SourceWeights) {
						line.Y[i] += e
					}
				}
			}
			if n == 0 {
				continue
			}
			for i := range line.Y {
				line.Y[i] = max(line.Y[i]/float64(n), 1e-6)
			}
			panel.Series = append(panel.Series, line)
		}
		if len(panel.Series) > 0 {
			panels = append(panels, panel)
		}
	}
	if len(panels) == 0 {
		return Drawing{}, nil
	}
	f, err := plots.Lines(panels...)
	return Drawing{"quantiles", "How far quantiles of the predicted log GDP per capita are from the true ones, in the mean over conditions.", f}, err
}

// quantileErrors are |predicted − true| at the levels.
func quantileErrors(predicted, truth, weights []float64) []float64 {
	errors := make([]float64, len(quantileLevels))
	for i, u := range quantileLevels {
		errors[i] = math.Abs(quantileOf(predicted, weights, u) - quantileOf(truth, weights, u))
	}
	return errors
}

// quantileOf weighted values: the least that has a share u of the weight at or below it.
func quantileOf(values, weights []float64, u float64) float64 {
	x := slices.Clone(values)
	w := slices.Clone(weights)
	if w == nil {
		slices.Sort(x)
	} else {
		stat.SortWeighted(x, w)
	}
	return stat.Quantile(u, stat.Empirical, x, w)
}

// countryPath follows the most populous of the hot countries.
func (s *climateStudy) countryPath(t *climateTrial, j *climateJudgement) (Drawing, error) {
	country := t.hot()
	var panels []plots.LinesPanel
	for _, ssp := range t.World.SSPs {
		without, with, carried := plots.Series{Name: "source"}, plots.Series{Name: "truth"}, plots.Series{Name: j.method.label}
		for _, q := range t.ofSSP(ssp) {
			y := float64(q.year)
			for _, c := range []struct {
				line   *plots.Series
				values []float64
			}{{&without, mat.Col(nil, 0, q.pair.Source)}, {&with, mat.Col(nil, 0, q.pair.Target)}, {&carried, j.Incomes[q.text]}} {
				if c.values == nil {
					continue
				}
				mean, sd := t.ofCountry(country, c.values)
				c.line.X, c.line.Y = append(c.line.X, y), append(c.line.Y, math.Exp(mean))
				c.line.Low, c.line.High = append(c.line.Low, math.Exp(mean-sd)), append(c.line.High, math.Exp(mean+sd))
			}
		}
		panels = append(panels, plots.LinesPanel{Title: ssp, X: plots.Axis{Label: "year"}, Y: plots.Axis{Label: "GDP per capita", Unit: "10³ $", Log: true}, Series: []plots.Series{without, with, carried}})
	}
	c := t.World.Countries[country]
	f, err := plots.LinesGrid(3, panels...)
	return Drawing{"country", fmt.Sprintf("One country over the years: %s (%.1f °C), the most populous of the hot ones. Mean and one standard deviation of its draws, in logs: without damages (source), with damages (truth), and its rows as %s carries them. The map knows incomes, not countries: it moves a country as others of its income are moved.", c.Name, c.Temperature, j.method.label), f}, err
}

// hot is the most populous country above 23 °C, or the hottest one.
func (t *climateTrial) hot() (best int) {
	people := t.questions[0].people
	list := t.World.Countries
	for i, c := range list {
		switch at := list[best]; {
		case c.Temperature > at.Temperature && at.Temperature < 23,
			c.Temperature >= 23 && at.Temperature >= 23 && people[i] > people[best]:
			best = i
		}
	}
	return best
}

// ofCountry is the mean and the spread of a country's rows.
func (t *climateTrial) ofCountry(country int, values []float64) (mean, sd float64) {
	var own []float64
	for r, id := range t.TestRows {
		if id == (climate.RowID{Country: country, Draw: id.Draw}) {
			own = append(own, values[r])
		}
	}
	if len(own) < 2 {
		return stat.Mean(own, nil), 0
	}
	return stat.MeanStdDev(own, nil)
}
