package experiments

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// meanInterval is the mean and the half width of its 95 % t interval (NaN for one value).
func meanInterval(values []float64) (mean, half float64) {
	n := float64(len(values))
	if n < 2 {
		return stat.Mean(values, nil), math.NaN()
	}
	mean, sd := stat.MeanStdDev(values, nil)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(.975)
	return mean, t * sd / math.Sqrt(n)
}

// meanSD is the mean and the standard deviation (NaN for one value).
func meanSD(values []float64) (mean, sd float64) {
	if len(values) < 2 {
		return stat.Mean(values, nil), math.NaN()
	}
	return stat.MeanStdDev(values, nil)
}

// ends are the distances of one start at iteration 0 and after training, a value a seed.
func (s *initialisation) ends(init condot.Init, direction string) (before, after []float64) {
	for _, tr := range s.trajectories {
		if tr.init == init {
			before = append(before, stat.Mean(tr.Initial[direction], nil))
			after = append(after, stat.Mean(tr.Final[direction], nil))
		}
	}
	return before, after
}

func (s *initialisation) summaries() (list []Summary) {
	for _, init := range starts {
		for _, direction := range []string{forward, backward} {
			before, after := s.ends(init, direction)
			for _, end := range []struct {
				name   string
				values []float64
			}{{"start", before}, {"trained", after}} {
				mean, sd := meanSD(end.values)
				list = append(list, Summary{Data: "figure8", Method: "condot-" + string(init), Setting: InSample, Condition: direction + ", " + end.name,
					Metric: "w2squared", Definition: w2Definition, Mean: mean, SD: sd, N: len(end.values)})
			}
		}
	}
	return list
}

func (s *initialisation) sheet(floor map[string][]float64) Sheet {
	spread := fmt.Sprintf("Mean ± sd over %d seeds", s.o.Seeds)
	if s.o.Seeds == 1 {
		spread = "One seed: no spread is shown"
	}
	sheet := Sheet{
		Title:  "Initialisation: W₂² to the cloud that should be reached",
		Header: []string{"start", "forward, step 0", "forward, trained", "backward, step 0", "backward, trained"},
		Notes: []string{
			fmt.Sprintf("%s; n = m = %d. %s (within a seed, the mean of %d pairs of test clouds). Forward is ∇g from source to target, backward ∇f.",
				w2Definition, s.o.Points, spread, testClouds),
			"observed: two clouds of the same law, which no map can beat but by chance.",
		},
	}
	for _, init := range starts {
		row := []string{"CondOT, " + string(init)}
		for _, direction := range []string{forward, backward} {
			before, after := s.ends(init, direction)
			for _, v := range [][]float64{before, after} {
				mean, sd := meanSD(v)
				row = append(row, plusMinus(mean, sd))
			}
		}
		sheet.Rows = append(sheet.Rows, row)
	}
	sheet.Rows = append(sheet.Rows, []string{"observed", "", digits(stat.Mean(floor[forward], nil)), "", digits(stat.Mean(floor[backward], nil))})
	return sheet
}

// drawings are figure 8b and 8c: points before and after training, and distances over training.
func (s *initialisation) drawings(floor map[string][]float64) ([]Drawing, error) {
	points, err := s.pointsFigure()
	if err != nil {
		return nil, err
	}
	curves, err := s.curvesFigure(floor)
	if err != nil {
		return nil, err
	}
	return []Drawing{
		{"initialisation-points", "Test points at iteration 0 and after training: the source carried forward by ∇g (first two rows) and the target carried backward by ∇f (last two), from each start. " +
			"Panels at iteration 0 whose points leave the others' frame have axes of their own.", points},
		{"initialisation-distance", fmt.Sprintf("W₂² between carried and observed test points over training, from each start (mean and range over %d seeds); the dotted line is W₂² between two clouds of the same law.", s.o.Seeds), curves},
	}, nil
}

func (s *initialisation) pointsFigure() (*plots.Figure, error) {
	first := map[condot.Init]*trajectory{}
	for _, tr := range s.trajectories {
		if first[tr.init] == nil {
			first[tr.init] = tr
		}
	}
	test := s.tests[0]
	var rows [][]plots.StagePanel
	for _, direction := range []string{forward, backward} {
		for _, trained := range []bool{false, true} {
			var row []plots.StagePanel
			for _, init := range starts {
				tr := first[init]
				carried, stage := tr.Before, "iteration 0"
				if trained {
					carried, stage = tr.After, "trained"
				}
				row = append(row, plots.StagePanel{Title: fmt.Sprintf("%s: %s, %s", init, direction, stage), Source: test.source, Target: test.target, Carried: carried[direction]})
			}
			rows = append(rows, row)
		}
	}
	return plots.Stages(rows)
}

func (s *initialisation) curvesFigure(floor map[string][]float64) (*plots.Figure, error) {
	var panels []plots.LinesPanel
	for _, direction := range []string{forward, backward} {
		p := plots.LinesPanel{Title: direction, X: plots.Axis{Label: "training step"}, Y: plots.Axis{Label: "W₂²", Log: true}}
		last := 0.0
		for _, init := range starts {
			c := s.curve(init, direction)
			last = math.Max(last, c.X[len(c.X)-1])
			p.Series = append(p.Series, c)
		}
		least := stat.Mean(floor[direction], nil)
		p.Series = append(p.Series, plots.Series{Name: "observed", X: []float64{0, last}, Y: []float64{least, least}})
		panels = append(panels, p)
	}
	return plots.Lines(panels...)
}

// curve is the mean over seeds of one start's distances, with their range.
func (s *initialisation) curve(init condot.Init, direction string) plots.Series {
	bySteps := map[int][]float64{}
	var steps []int
	for _, tr := range s.trajectories {
		if tr.init != init {
			continue
		}
		for _, c := range tr.Stations {
			if bySteps[c.Step] == nil {
				steps = append(steps, c.Step)
			}
			bySteps[c.Step] = append(bySteps[c.Step], c.Distance[direction])
		}
	}
	series := plots.Series{Name: startNames[init]}
	for _, step := range steps {
		v := bySteps[step]
		series.X, series.Y = append(series.X, float64(step)), append(series.Y, stat.Mean(v, nil))
		low, high := v[0], v[0]
		for _, d := range v {
			low, high = math.Min(low, d), math.Max(high, d)
		}
		series.Low, series.High = append(series.Low, low), append(series.High, high)
	}
	return series
}
