package experiments

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/mat"
)

// report fills the result.
func (c *methodComparison) report(r *Result, found []compared) error {
	o := c.o
	r.Notes = append(r.Notes, fmt.Sprintf("%d dimensions, %d rounds of training, seed %d; engine %s", o.Dim, o.Steps, o.Seed, r.Engine))
	if o.Quick {
		r.warn("", "a quick run: few rounds of small networks; its numbers show that everything works, not how well")
	}
	for k, task := range c.tasks {
		of := found[k*len(o.Methods):][:len(o.Methods)]
		for _, f := range of {
			r.Table = append(r.Table, f.Rows...)
			r.warned(f.Warnings...)
		}
		if err := c.table(r, task, of); err != nil {
			return err
		}
		if err := c.picture(r, task, of); err != nil {
			return err
		}
	}
	r.Summary = summarise(r.Table)
	return nil
}

// table of one task, and its figure.
func (c *methodComparison) table(r *Result, task *synthetic.Task, of []compared) error {
	sheet := Sheet{Title: fmt.Sprintf("%s, d = %d: L2-UVP (%%)", task.Kind, c.o.Dim), Header: []string{"method", "trained", "held out", extrapolated, "seconds"},
		Notes: []string{"L2-UVP is 100·E‖T̂−T‖² over the variance of the target, in the mean over conditions, with a 95 % bootstrap interval over conditions; n/a: the method has no answer for a condition of the split, or there is none. Seconds of training, compilation excluded."}}
	series := map[string]*plots.IntervalsSeries{InSample: {Name: "trained"}, HeldOut: {Name: "held out"}}
	var rows []string
	for i, f := range of {
		line := []string{c.o.Methods[i]}
		for _, setting := range []string{InSample, HeldOut, extrapolated} {
			mean, err := meanOf(f.Rows, setting, c.o.Seed)
			if err != nil {
				return err
			}
			text := digits(mean.Value)
			if !math.IsNaN(mean.Low) && !math.IsNaN(mean.Value) {
				text += fmt.Sprintf(" (%s–%s)", digits(mean.Low), digits(mean.High))
			}
			line = append(line, text)
			if s := series[setting]; s != nil {
				s.Values = append(s.Values, plots.Interval{Value: mean.Value, Low: mean.Low, High: mean.High})
			}
		}
		seconds := math.NaN()
		if f.Seconds > 0 {
			seconds = f.Seconds
		}
		sheet.Rows = append(sheet.Rows, append(line, digits(seconds)))
		rows = append(rows, c.o.Methods[i])
	}
	r.Sheets = append(r.Sheets, sheet)
	figure, err := plots.Intervals(plots.Axis{Label: "L2-UVP", Unit: "%", Log: true}, rows, *series[InSample], *series[HeldOut])
	if err != nil {
		return err
	}
	r.Drawings = append(r.Drawings, Drawing{string(task.Kind) + "-errors", fmt.Sprintf("Error of the maps of %s, over trained and held-out conditions: mean and 95 %% interval over conditions.", task.Kind), figure})
	return nil
}

// meanOf the figures of a setting; NaN where there are none or one is n/a.
func meanOf(rows []Row, setting string, seed uint64) (metrics.Figure, error) {
	var figures []metrics.Figure
	for _, row := range rows {
		if row.Setting == setting {
			if math.IsNaN(row.Metric.Value) {
				return row.Metric, nil
			}
			figures = append(figures, row.Metric)
		}
	}
	if figures == nil {
		return metrics.Unbounded(uvp, math.NaN(), 0, ""), nil
	}
	return metrics.OverConditions(figures, metrics.Options{Seed: seed})
}

// picture of the test points under one condition, by the first two features.
func (c *methodComparison) picture(r *Result, task *synthetic.Task, of []compared) error {
	shown := c.shown(task)
	var truth *mat.Dense
	for _, k := range task.Conditions {
		if task.Schema.Format(k.Value) == shown {
			truth, _ = task.Map(nil, task.TestCloud, k.Value) // nil where it is not known
		}
	}
	if truth == nil {
		return nil
	}
	n, d := truth.Dims()
	panels := []plots.CloudsPanel{{Title: "truth", Clouds: []plots.Cloud{{Name: "source", Points: task.TestCloud}, {Name: "truth", Points: truth}}}}
	for i, f := range of {
		if f.Points != nil {
			panels = append(panels, plots.CloudsPanel{Title: c.o.Methods[i], Clouds: []plots.Cloud{{Name: "truth", Points: truth}, {Name: c.o.Methods[i], Points: mat.NewDense(n, d, f.Points)}}})
		}
	}
	figure, err := plots.Clouds(plots.Axis{Label: task.Features[0]}, plots.Axis{Label: task.Features[1]}, 5, panels...)
	if err != nil {
		return err
	}
	r.Drawings = append(r.Drawings, Drawing{string(task.Kind) + "-points", fmt.Sprintf("Where the methods carry test points of %s under %s, by the first two features, over the exact images.", task.Kind, shown), figure})
	return nil
}
