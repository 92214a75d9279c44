package experiments

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/plots"
	"github.com/gomonge/gomonge/sensitivity"
)

// biasSetting is how many runs are cut into how many cells.
type biasSetting struct{ runs, cells int }

func (b biasSetting) String() string { return fmt.Sprintf("%d runs in %d cells", b.runs, b.cells) }

// fit names the estimate of a seed.
func (b biasSetting) fit(seed uint64) string { return fmt.Sprintf("bias, %s, seed %d", b, seed) }

// biasMethods are those whose limits are the closed form of the linear study, up to entropy.
var biasMethods = []string{string(sensitivity.Exact), string(sensitivity.Sinkhorn), string(sensitivity.Gaussian)}

// checkBias says what is wrong with options that ask for it.
func (o SensitivityOptions) checkBias() error {
	switch {
	case o.Data != nil:
		return fmt.Errorf("experiments: bias is the difference from a closed form, and given runs have none: leave one out")
	case !slices.Contains(biasMethods, o.Methods[0]):
		return fmt.Errorf("experiments: bias is of the first method, and %s has no closed form of all outputs: put one of %q first", o.Methods[0], biasMethods)
	case o.Seeds < 2:
		return fmt.Errorf("experiments: bias over %d seeds: want 2 at least, for intervals", o.Seeds)
	case o.Indices.Permutations < 0:
		return fmt.Errorf("experiments: bias shows what the null level takes away: leave permutations as they are, or give a positive number")
	}
	return nil
}

// baseCells are what numbers are cut into where runs vary, as package sensitivity has it.
func (o SensitivityOptions) baseCells() int {
	if o.Indices.Cells > 0 {
		return o.Indices.Cells
	}
	return max(2, min(25, o.Runs/20))
}

// leastInCell is how few runs a cell has in the settings.
const leastInCell = 10

// biasSettings are halved numbers of runs in as many cells as asked for, and all runs in fewer and more cells.
func (o SensitivityOptions) biasSettings() (list []biasSetting) {
	halvings, shares := 4, []float64{.2, .4, 1, 2, 4}
	if o.Quick {
		halvings, shares = 2, []float64{.5, 1, 2}
	}
	add := func(runs, cells int) {
		if b := (biasSetting{runs, cells}); cells >= 2 && runs >= leastInCell*cells && !slices.Contains(list, b) {
			list = append(list, b)
		}
	}
	for k := halvings; k >= 0; k-- {
		add(o.Runs>>k, o.baseCells())
	}
	for _, share := range shares {
		add(o.Runs, int(math.Round(share*float64(o.baseCells()))))
	}
	return list
}

// biasFits are the estimates of all settings and seeds.
func (s *sensing) biasFits(fits []fit) ([]fit, error) {
	if s.subject.exact == nil || s.subject.inCells == nil {
		return nil, fmt.Errorf("experiments: study %s%s has no closed form that bias could be told from: take study linear, not scaled", s.subject.name, map[bool]string{true: ", scaled,"}[s.o.Indices.Scale])
	}
	settings := s.o.biasSettings()
	if len(settings) < 2 || s.o.Runs < leastInCell*s.o.baseCells() {
		return nil, fmt.Errorf("experiments: bias of %d runs in %d cells: want %d runs a cell at least, and room for other numbers", s.o.Runs, s.o.baseCells(), leastInCell)
	}
	for _, b := range settings {
		for k := range s.o.Seeds {
			seed := s.o.Seed + uint64(k)
			s.biasNames = append(s.biasNames, b.fit(seed))
			fits = s.add(fits, b.fit(seed), 0, s.biased(b, seed))
		}
	}
	return fits, nil
}

// biased estimates the indices of one sample.
func (s *sensing) biased(b biasSetting, seed uint64) func(context.Context, *drawer, func(train.Progress), *sensed) error {
	return func(ctx context.Context, _ *drawer, _ func(train.Progress), into *sensed) error {
		design := s.o.Design
		setDefault(&design, sensitivity.Random)
		runs, err := s.subject.study.Sample(ctx, b.runs, design, seed)
		if err != nil {
			return err
		}
		o := s.options(b.fit(seed), sensitivity.Method(s.o.Methods[0]), s.o.Indices)
		o.Cells, o.Replicates, o.Seed = b.cells, 0, seed
		setDefault(&o.Permutations, 2) // of each of many samples
		r, err := sensitivity.Indices(ctx, runs, o)
		if err != nil {
			return err
		}
		for i := range r.Indices {
			r.Indices[i].Separations = nil
		}
		into.Found = []*sensitivity.Result{r}
		return nil
	}
}

// biasKinds are the estimates that are followed, by their metrics' names; the closed form of an input without influence is 0.
var biasKinds = []struct {
	metric, name string
	of           func(x sensitivity.Index) float64
}{
	{"index", "index", func(x sensitivity.Index) float64 { return x.Value }},
	{"null", "input without influence", func(x sensitivity.Index) float64 { return x.Null.Mean }},
	{"corrected", "corrected", func(x sensitivity.Index) float64 { return x.Corrected }},
	{"limit", "limit", func(x sensitivity.Index) float64 { return x.Limit }},
}

// overSeeds are an estimate's mean over seeds and half its 95 % interval.
func (s *sensing) overSeeds(b biasSetting, input int, of func(x sensitivity.Index) float64) (mean, half float64) {
	var values []float64
	for k := range s.o.Seeds {
		values = append(values, of(s.found[b.fit(s.o.Seed+uint64(k))].Found[0].Indices[input]))
	}
	return meanInterval(values)
}

// biasReport adds what was found of every seed to the table, and the means as a sheet.
func (s *sensing) biasReport() error {
	method := s.o.Methods[0]
	t := Sheet{Title: fmt.Sprintf("Bias of method %s against runs and cells", method), Header: []string{"runs", "cells", "input", "closed form", "in cells", "index", "null level", "corrected", "limit"},
		Notes: []string{fmt.Sprintf("Means over %d samples of %s runs, ± half a 95 %% interval of the mean. The closed form is of the outputs given the input's value, that in cells of normal laws with the moments of the outputs given its cell, which corrected Gaussian indices estimate and exact ones come near from above; the limit estimates the former.", s.o.Seeds, s.biasDesign())}}
	row := func(b biasSetting, replicate, method, input, metric string, v float64, definition string) {
		s.result.Table = append(s.result.Table, Row{Data: s.subject.name, Series: b.String(), Replicate: replicate, Method: method, Setting: InSample, Condition: input,
			Metric: metrics.Unbounded(metric, v, b.runs, definition)})
	}
	for _, b := range s.o.biasSettings() {
		inCells, err := s.subject.inCells(b.cells)
		if err != nil {
			return err
		}
		for j, in := range s.subject.runs.Inputs {
			row(b, "", "closed form", in.Name, "index", s.subject.exact[j].Total, "of the outputs given the input's value")
			row(b, "", "closed form", in.Name, "index_in_cells", inCells[j].Total, "of the outputs given the input's cell")
			line := []string{fmt.Sprint(b.runs), fmt.Sprint(b.cells), in.Name, fmt.Sprintf("%.4f", s.subject.exact[j].Total), fmt.Sprintf("%.4f", inCells[j].Total)}
			for _, kind := range biasKinds {
				for k := range s.o.Seeds {
					seed := s.o.Seed + uint64(k)
					found := s.found[b.fit(seed)].Found[0]
					row(b, fmt.Sprint(seed), method, in.Name, kind.metric, kind.of(found.Indices[j]), found.Definition)
				}
				mean, half := s.overSeeds(b, j, kind.of)
				text := missing
				if !math.IsNaN(mean) {
					text = fmt.Sprintf("%.4f ± %.4f", mean, half)
				}
				line = append(line, text)
			}
			t.Rows = append(t.Rows, line)
		}
	}
	s.result.Sheets = append(s.result.Sheets, t)
	return nil
}

// biasDesign is how the samples were drawn, in words.
func (s *sensing) biasDesign() string {
	if s.o.Design == "" || s.o.Design == sensitivity.Random {
		return "independent"
	}
	return string(s.o.Design)
}

// biasDrawing has the estimates less the closed form, by runs above and by cells below, an input a column.
func (s *sensing) biasDrawing() (*Drawing, error) {
	if !s.o.Bias {
		return nil, nil
	}
	byRuns, err := s.biasPanels("runs", fmt.Sprintf("%d cells", s.o.baseCells()), func(b biasSetting) (int, bool) { return b.runs, b.cells == s.o.baseCells() })
	if err != nil {
		return nil, err
	}
	byCells, err := s.biasPanels("cells", fmt.Sprintf("%d runs", s.o.Runs), func(b biasSetting) (int, bool) { return b.cells, b.runs == s.o.Runs })
	if err != nil {
		return nil, err
	}
	f, err := plots.LinesGrid(len(s.subject.runs.Inputs), append(byRuns, byCells...)...)
	return drawing("bias", fmt.Sprintf("Bias of method %s: means over %d samples of %s runs less the closed form (of an input without influence less 0), with 95 %% intervals of the mean. Cells lose what the line of the closed form in cells shows; the corrected index comes to that, and the limit to the closed form.",
		s.o.Methods[0], s.o.Seeds, s.biasDesign()), f, err)
}

// biasPanels are a panel an input, over what varies: its number in a setting, and whether all else is as asked for there.
func (s *sensing) biasPanels(label, title string, varied func(biasSetting) (count int, ok bool)) (panels []plots.LinesPanel, err error) {
	x := plots.Axis{Label: label, Log: true}
	var settings []biasSetting
	for _, b := range s.o.biasSettings() {
		if _, ok := varied(b); ok {
			settings = append(settings, b)
		}
	}
	count := func(b biasSetting) int { n, _ := varied(b); return n }
	slices.SortFunc(settings, func(a, b biasSetting) int { return count(a) - count(b) })
	for _, b := range settings {
		x.Ticks = append(x.Ticks, float64(count(b)))
	}
	for j, in := range s.subject.runs.Inputs {
		p := plots.LinesPanel{Title: in.Name + ", " + title, X: x, Y: plots.Axis{Label: "bias"}}
		if p.Series, err = s.biasSeries(settings, x.Ticks, j); err != nil {
			return nil, err
		}
		panels = append(panels, p)
	}
	return panels, nil
}

// biasSeries of one input's panel, at the settings' places x.
func (s *sensing) biasSeries(settings []biasSetting, x []float64, input int) (list []plots.Series, err error) {
	truth := s.subject.exact[input].Total
	inCells := plots.Series{Name: "closed form in cells", X: x}
	for _, b := range settings {
		parts, err := s.subject.inCells(b.cells)
		if err != nil {
			return nil, err
		}
		inCells.Y = append(inCells.Y, parts[input].Total-truth)
	}
	list = []plots.Series{{Name: "closed form", X: x, Y: make([]float64, len(x))}, inCells}
	for _, kind := range biasKinds {
		one := plots.Series{Name: kind.name, X: x}
		for _, b := range settings {
			mean, half := s.overSeeds(b, input, kind.of)
			if kind.metric != "null" {
				mean -= truth
			}
			one.Y, one.Low, one.High = append(one.Y, mean), append(one.Low, mean-half), append(one.High, mean+half)
		}
		if !math.IsNaN(one.Y[0]) {
			list = append(list, one)
		}
	}
	return list, nil
}
