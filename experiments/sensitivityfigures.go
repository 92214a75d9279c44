package experiments

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/plots"
	"github.com/gomonge/gomonge/sensitivity"
	"gonum.org/v1/gonum/stat"
)

// drawings are ranked bars, separations, maps and, of the neural method, how it compares.
func (s *sensing) drawings() error {
	for _, draw := range []func() (*Drawing, error){s.barsDrawing, s.separationsDrawing, s.mapDrawing, s.costsDrawing, s.convergenceDrawing, s.biasDrawing, s.timesDrawing} {
		d, err := draw()
		if err != nil {
			return err
		}
		if d != nil {
			s.result.Drawings = append(s.result.Drawings, *d)
		}
	}
	return nil
}

// drawing is one, if its figure could be drawn.
func drawing(name, caption string, f *plots.Figure, err error) (*Drawing, error) {
	if err != nil {
		return nil, err
	}
	return &Drawing{name, caption, f}, nil
}

// jointMethods are those with indices of all outputs together, in the order asked for.
func (s *sensing) jointMethods() (list []string) {
	for _, m := range s.o.Methods {
		if m != string(sensitivity.OneD) && len(s.found[m].Found) == 1 {
			list = append(list, m)
		}
	}
	return list
}

// barsDrawing has every method's indices with intervals and the level of an input without influence.
func (s *sensing) barsDrawing() (*Drawing, error) {
	rows := make([]string, len(s.subject.runs.Inputs))
	for j, in := range s.subject.runs.Inputs {
		rows[j] = in.Name
	}
	var series []plots.IntervalsSeries
	var threshold plots.Threshold
	for _, m := range s.jointMethods() {
		one := plots.IntervalsSeries{Name: m}
		for _, x := range s.found[m].Found[0].Indices {
			one.Values = append(one.Values, shown(x, s.o.Indices.Interval))
			if t := x.Null.Threshold(); len(series) == 0 && t > threshold.Value {
				threshold = plots.Threshold{Name: "95 % of inputs without influence, " + m, Value: t}
			}
		}
		series = append(series, one)
	}
	if f := s.found[sobolMethod]; f != nil && f.Sobol != nil {
		first, total := plots.IntervalsSeries{Name: "Sobol' first order"}, plots.IntervalsSeries{Name: "Sobol' total"}
		for _, x := range f.Sobol.Indices {
			first.Values = append(first.Values, plots.Interval{Value: x.First, Low: x.FirstInterval.Low, High: x.FirstInterval.High})
			total.Values = append(total.Values, plots.Interval{Value: x.Total, Low: x.TotalInterval.Low, High: x.TotalInterval.High})
		}
		series = append(series, first, total)
	}
	series = append(series, s.closedForms(rows)...)
	if len(series) == 0 {
		return nil, nil
	}
	f, err := plots.Bars(plots.Axis{Label: "index"}, rows, threshold, series...)
	return drawing("indices", "Indices of all outputs together, ranked. Bars of intervals are the bootstrap's, moved back by its bias on to the estimate, which is what the dashed level is to be compared with.", f, err)
}

// closedForms of the inputs where they are known: a series for methods of first order and one for the others, as far as there are such.
func (s *sensing) closedForms(inputs []string) (list []plots.IntervalsSeries) {
	if s.subject.exact == nil {
		return nil
	}
	for _, m := range s.jointMethods() {
		method, one := s.found[m].Found[0].Method, plots.IntervalsSeries{Name: "closed form"}
		if method == sensitivity.FirstOrder {
			one.Name += ", first order"
		}
		if slices.ContainsFunc(list, func(other plots.IntervalsSeries) bool { return other.Name == one.Name }) {
			continue
		}
		for _, input := range inputs {
			one.Values = append(one.Values, plots.Interval{Value: s.exact(method, input), Low: math.NaN(), High: math.NaN()})
		}
		list = append(list, one)
	}
	return list
}

// shown is an index with its interval moved by the bias on to the estimate, the scale of the null level: replicates have the bias twice, so that
// their quantiles move down; the other kinds have taken it away, and move up.
func shown(x sensitivity.Index, kind sensitivity.IntervalKind) plots.Interval {
	bias := x.Interval.Bias
	if kind == sensitivity.Percentile {
		bias = -bias
	}
	return plots.Interval{Value: x.Value, Low: math.Min(x.Value, x.Interval.Low+bias), High: math.Max(x.Value, x.Interval.High+bias)}
}

// separationsDrawing has the separations of the cells, an input a panel.
func (s *sensing) separationsDrawing() (*Drawing, error) {
	var panels []plots.LinesPanel
	for j, in := range s.subject.runs.Inputs {
		p := plots.LinesPanel{Title: in.Name, X: plots.Axis{Label: "rank of the input", Min: 0, Max: 1}, Y: plots.Axis{Label: "separation"}}
		for _, m := range s.jointMethods() {
			curve := plots.Series{Name: m}
			x := s.found[m].Found[0].Indices[j]
			if c := s.found[m].Curves; c != nil && !in.Categorical() && len(x.Separations) > 0 {
				for k, e := range c[j] {
					curve.X, curve.Y = append(curve.X, float64(k+1)/(curveRanks+1)), append(curve.Y, e.Value)
				}
			} else {
				for _, sep := range x.Separations {
					curve.X, curve.Y = append(curve.X, sep.Rank), append(curve.Y, sep.Value)
				}
			}
			if len(curve.X) > 0 {
				p.Series = append(p.Series, curve)
			}
		}
		if len(p.Series) > 0 {
			panels = append(panels, p)
		}
	}
	if len(panels) == 0 {
		return nil, nil
	}
	f, err := plots.LinesGrid(min(3, len(panels)), panels...)
	return drawing("separations", "How far the outputs are from all outputs where the input has a given rank: transport cost over the bound, by cells; of the neural method the map's cost at any rank.", f, err)
}

// mapDrawing has the indices of single outputs, of quantities over time where the study has such.
func (s *sensing) mapDrawing() (*Drawing, error) {
	f := s.found[string(sensitivity.OneD)]
	if f == nil || len(f.Maps) == 0 {
		return nil, nil
	}
	var panels []plots.HeatMapPanel
	for k, m := range f.Maps {
		p := plots.HeatMapPanel{Title: s.subject.paths[k].title, Rows: m.Inputs, Columns: s.subject.paths[k].columns}
		for i := range m.Inputs {
			p.Values = append(p.Values, slices.Clone(m.Indices.RawRowView(i)))
		}
		panels = append(panels, p)
	}
	x := "output"
	if s.subject.name == "dice" && s.o.Data == nil {
		x = "year"
	}
	figure, err := plots.HeatMaps(plots.Axis{Label: x}, plots.Axis{Label: "input"}, plots.Axis{Label: "index of one output", Min: 0, Max: 1}, panels...)
	return drawing("map", "Index of every input for every single output (one-dimensional transport).", figure, err)
}

// costsDrawing has neural against exact separations.
func (s *sensing) costsDrawing() (*Drawing, error) {
	if !s.compares() {
		return nil, nil
	}
	exact, learned := s.found[string(sensitivity.Exact)].Found[0], s.found[neuralMethod].Found[0]
	p := plots.PairedPanel{X: plots.Axis{Label: "separation by the simplex"}, Y: plots.Axis{Label: "separation by one map"}}
	for _, input := range names(exact) {
		if x, y := separations(exact, learned, input); len(x) > 0 {
			p.Groups = append(p.Groups, plots.PairedGroup{Name: input, X: x, Y: y})
		}
	}
	x, y := separations(exact, learned, "")
	p.Title = fmt.Sprintf("Pearson %.4f", stat.Correlation(x, y, nil))
	f, err := plots.Paired(p)
	return drawing("neural-costs", "Separations of every cell of every input: one trained map with its critic against the network simplex.", f, err)
}

// convergenceDrawing has the agreement of watched trainings with exact separations by the round.
func (s *sensing) convergenceDrawing() (*Drawing, error) {
	if !s.o.Convergence {
		return nil, nil
	}
	// Of the cells that the map is trained on, which are watched: the neural method knows no others.
	exact, _ := separations(s.found[string(sensitivity.Exact)].Found[0], s.found[neuralMethod].Found[0], "")
	miss := plots.LinesPanel{Title: "separations", X: plots.Axis{Label: "round of training"}, Y: plots.Axis{Label: "mean difference", Log: true}}
	rho := plots.LinesPanel{Title: "correlation", X: plots.Axis{Label: "round of training"}, Y: plots.Axis{Label: "1 − Pearson", Log: true}}
	for _, name := range []string{neuralMethod, withoutPretraining} {
		f := s.found[name]
		a, b := plots.Series{Name: name}, plots.Series{Name: name}
		for k, step := range f.Steps {
			sum := 0.0
			for i, v := range f.Separations[k] {
				sum += math.Abs(v-exact[i]) / float64(len(exact))
			}
			a.X, a.Y = append(a.X, float64(step)), append(a.Y, sum)
			if c := stat.Correlation(f.Separations[k], exact, nil); c < 1 {
				b.X, b.Y = append(b.X, float64(step)), append(b.Y, 1-c)
			}
		}
		if len(a.X) > 0 {
			miss.Series = append(miss.Series, a)
		}
		if len(b.X) > 0 {
			rho.Series = append(rho.Series, b)
		}
	}
	f, err := plots.Lines(miss, rho)
	return drawing("convergence", "The map's separations (without the critic) against those of the simplex while it trains, with and without pre-training to the identity.", f, err)
}

// timesDrawing has seconds by the number of runs.
func (s *sensing) timesDrawing() (*Drawing, error) {
	if len(s.o.Sizes) < 2 {
		return nil, nil
	}
	p := plots.LinesPanel{X: plots.Axis{Label: "runs", Log: true}, Y: plots.Axis{Label: "time", Unit: "s", Log: true}}
	for _, m := range []sensitivity.Method{sensitivity.Exact, sensitivity.Learned} {
		curve := plots.Series{Name: string(m)}
		for _, n := range s.o.Sizes {
			if f := s.found[timedName(m, n)]; f != nil && f.Seconds > 0 {
				curve.X, curve.Y = append(curve.X, float64(n)), append(curve.Y, f.Seconds)
			}
		}
		if len(curve.X) > 0 {
			p.Series = append(p.Series, curve)
		}
	}
	f, err := plots.Lines(p)
	return drawing("times", "Seconds of exact and of neural indices of all inputs by the number of runs.", f, err)
}
