package experiments

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/stat"
)

// report fills the result.
func (a *ablation) report(r *Result, found []ablated) error {
	o := a.o
	r.Notes = append(r.Notes, fmt.Sprintf("%s, %s; %d rounds of training, seeds %d to %d; engine %s",
		a.task.Name, a.conditions(), o.Steps, o.Seed, o.Seed+uint64(o.Seeds)-1, r.Engine))
	if o.Quick {
		r.warn("", "a quick run: few rounds of small networks; its numbers show that everything works, not how well")
	}
	for _, f := range found {
		r.Table = append(r.Table, f.Rows...)
		r.warned(f.Warnings...)
	}
	r.Summary = summarise(r.Table)
	sheet := Sheet{
		Title:  "NCTM with one thing changed: " + a.title(),
		Header: []string{"variant", "trained", "held out", "parameters", "seconds", "× " + o.Variants[0]},
		Notes: []string{
			fmt.Sprintf("%s; in the mean over conditions, ± half of its 95 %% t interval over %d seeds of the networks, one task.", a.definition, o.Seeds),
			"parameters: of map and critic together; seconds: of training and pre-training, compilation excluded, mean over seeds. As many trainings as cores run side by side; one that was interrupted and resumed counts its last part alone.",
			"Rounds are equal, and so is the number of points a step: with one map step a round the map takes fewer steps, and a separate network sees one condition's points where the others see all.",
		},
	}
	inSample, heldOut := plots.IntervalsSeries{Name: "trained"}, plots.IntervalsSeries{Name: "held out"}
	base := math.NaN()
	for i, name := range o.Variants {
		of := found[i*o.Seeds : (i+1)*o.Seeds]
		var seconds []float64
		for _, f := range of {
			seconds = append(seconds, f.Seconds)
		}
		took := stat.Mean(seconds, nil)
		if i == 0 {
			base = took
		}
		row := []string{name}
		for setting, series := range map[string]*plots.IntervalsSeries{InSample: &inSample, HeldOut: &heldOut} {
			mean, half := meanInterval(a.errors(of, setting))
			series.Values = append(series.Values, plots.Interval{Value: mean, Low: mean - half, High: mean + half})
		}
		for _, setting := range []string{InSample, HeldOut} {
			mean, half := meanInterval(a.errors(of, setting))
			row = append(row, plusMinus(mean, half))
		}
		sheet.Rows = append(sheet.Rows, append(row, fmt.Sprint(of[0].Parameters), digits(took), digits(took/base)))
	}
	r.Sheets = append(r.Sheets, sheet)
	series := []plots.IntervalsSeries{inSample, heldOut}[:min(2, 1+a.heldOut)]
	figure, err := plots.Intervals(a.axis(), slices.Clone(o.Variants), series...)
	if err != nil {
		return err
	}
	r.Drawings = append(r.Drawings, Drawing{"ablation", "Error of NCTM's map with one thing changed at a time, over trained and held-out conditions: mean and 95 % interval over seeds.", figure})
	return nil
}
