package experiments

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/sensitivity"
)

// report fills the result.
func (s *sensing) report() error {
	r := s.result
	r.Notes = append(r.Notes, s.subject.about)
	r.warn("", s.subject.warnings...)
	if s.subject.scale {
		r.Notes = append(r.Notes, "outputs are in different units: each is divided by its standard deviation")
	}
	if s.o.Quick {
		r.warn("", "a quick run: few runs, few cells, small networks; its numbers show that everything works, not how well")
	}
	if s.o.Data == nil && s.o.Design != sensitivity.Random && s.o.Indices.Permutations >= 0 {
		r.Notes = append(r.Notes, "the null level is that of independent runs, and points of an even design reach less: of them it takes too much (up to .012 was seen, one output of 4000 runs in 25 cells)")
	}
	for _, name := range s.names {
		f := s.found[name]
		if slices.Contains(s.biasNames, name) {
			continue
		}
		r.warned(f.Warnings...)
		if f.Sobol != nil {
			s.sobolReport(f.Sobol)
		}
		if name == string(sensitivity.OneD) {
			r.Sheets = append(r.Sheets, s.singleSheet(f.Found))
		}
		for _, found := range f.Found {
			s.rows(name, found)
			if slices.Contains(s.o.Methods, name) && name != string(sensitivity.OneD) {
				r.Sheets = append(r.Sheets, s.sheet(name, found, f.Seconds))
			}
		}
	}
	if s.compares() {
		s.agreement()
	}
	if s.o.Bias {
		if err := s.biasReport(); err != nil {
			return err
		}
	}
	if len(s.o.Sizes) > 0 {
		r.Sheets = append(r.Sheets, s.times())
	}
	return s.drawings()
}

// rows of the table, and the JSON form, of one result.
func (s *sensing) rows(name string, found *sensitivity.Result) {
	output := ""
	if len(found.Outputs) == 1 {
		output = found.Outputs[0]
	}
	entry := SensitivityFound{Method: name, Bound: found.Bound}
	for _, x := range found.Indices {
		add := func(metric string, v float64, i sensitivity.Interval, definition string) metrics.Figure {
			f := metrics.Figure{Name: metric, Value: v, Low: i.Low, High: i.High, N: found.N, Definition: definition}
			if !math.IsNaN(v) {
				s.result.Table = append(s.result.Table, Row{Data: s.subject.name, Series: output, Method: name, Setting: InSample, Condition: x.Input, Metric: f})
			}
			return f
		}
		index := add("index", x.Value, x.Interval, found.Definition)
		add("advective", x.Advective, x.AdvectiveInterval, "advective part: ‖E Y − E[Y|X]‖² over the bound")
		add("diffusive", x.Diffusive, x.DiffusiveInterval, "the index less its advective part")
		add("null", x.Null.Mean, sensitivity.Interval{Low: math.NaN(), High: math.NaN()}, fmt.Sprintf("index of an input without influence: mean over %d permutations of the runs", x.Null.Permutations))
		add("null_threshold", x.Null.Threshold(), sensitivity.Interval{Low: math.NaN(), High: math.NaN()}, "what 95 % of inputs without influence stay below: mean + 1.645 SD")
		add("corrected", x.Corrected, sensitivity.Interval{Low: math.NaN(), High: math.NaN()}, "(index − null)/(1 − null)")
		add("limit", x.Limit, sensitivity.Interval{Low: math.NaN(), High: math.NaN()}, "(index + width − null)/(1 − null), with what the movement of the outputs' mean across cells takes from the index given back")
		entry.Indices = append(entry.Indices, SensitivityIndex{index, x.Input, output, x.Advective, x.Diffusive, x.Null.Mean, x.Null.Threshold(), x.Corrected, x.Limit})
	}
	s.result.Sensitivity = append(s.result.Sensitivity, entry)
}

// exact index of an input in closed form, of order one where the method is that; NaN where it is not known.
func (s *sensing) exact(m sensitivity.Method, input string) float64 {
	for j, in := range s.subject.runs.Inputs {
		if in.Name != input || s.subject.exact == nil {
			continue
		}
		if m == sensitivity.FirstOrder {
			return 2 * s.subject.exact[j].Advective
		}
		return s.subject.exact[j].Total
	}
	return math.NaN()
}

// sheet of the indices of all outputs together.
func (s *sensing) sheet(name string, found *sensitivity.Result, seconds float64) Sheet {
	t := Sheet{Title: fmt.Sprintf("Indices by method %s", name), Header: []string{"input", "index", "interval", "advective", "diffusive", "null level", "95 % below", "corrected", "limit"},
		Notes: []string{fmt.Sprintf("%s; %d runs; %.1f s.", found.Definition, found.N, seconds)}}
	if s.subject.exact != nil {
		t.Header = append(t.Header, "closed form")
	}
	if s.o.Indices.Replicates > 0 && name != neuralMethod {
		t.Notes = append(t.Notes, fmt.Sprintf("Intervals: %s, from %d bootstrap replicates within cells.", s.interval(), s.o.Indices.Replicates))
	}
	for _, x := range found.Ranked() {
		interval := missing
		if i := x.Interval; !math.IsNaN(i.Low) {
			interval = fmt.Sprintf("%.3f to %.3f", i.Low, i.High)
		}
		row := []string{x.Input, share(x.Value), interval, share(x.Advective), share(x.Diffusive), share(x.Null.Mean), share(x.Null.Threshold()), share(x.Corrected), share(x.Limit)}
		if s.subject.exact != nil {
			row = append(row, share(s.exact(found.Method, x.Input)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// interval in words.
func (s *sensing) interval() string {
	kind, level := s.o.Indices.Interval, s.o.Indices.Confidence
	setDefault(&kind, sensitivity.Normal)
	setDefault(&level, .95)
	if kind == sensitivity.Percentile {
		return fmt.Sprintf("%g %%, %s", 100*level, kind)
	}
	return fmt.Sprintf("%g %%, %s, of the index less its bootstrap bias", 100*level, kind)
}

// share writes an index with three decimals.
func share(v float64) string {
	if math.IsNaN(v) {
		return missing
	}
	return fmt.Sprintf("%.3f", v)
}

// singleSheet has the indices of every output on its own.
func (s *sensing) singleSheet(found []*sensitivity.Result) Sheet {
	t := Sheet{Title: "Indices of single outputs (method 1d)", Header: []string{"input"}}
	for _, f := range found {
		t.Header = append(t.Header, f.Outputs[0], "null level")
	}
	for j, in := range s.subject.runs.Inputs {
		row := []string{in.Name}
		for _, f := range found {
			row = append(row, share(f.Indices[j].Value), share(f.Indices[j].Null.Mean))
		}
		t.Rows = append(t.Rows, row)
	}
	if len(found) > 0 {
		t.Notes = []string{found[0].Definition + "."}
	}
	return t
}

// sobolReport has first and total order.
func (s *sensing) sobolReport(found *sensitivity.SobolResult) {
	t := Sheet{Title: "Sobol' indices", Header: []string{"input", "first order", "interval", "total", "interval"},
		Notes: []string{fmt.Sprintf("Shares of the variance, summed over the outputs: Saltelli's estimator of first order, Jansen's total one; %d runs of the model, %d rows dropped.", found.Runs, found.Dropped)}}
	entry := SensitivityFound{Method: sobolMethod, Bound: found.Variance}
	text := func(i sensitivity.Interval) string {
		if math.IsNaN(i.Low) {
			return missing
		}
		return fmt.Sprintf("%.3f to %.3f", i.Low, i.High)
	}
	for _, x := range found.Indices {
		t.Rows = append(t.Rows, []string{x.Input, share(x.First), text(x.FirstInterval), share(x.Total), text(x.TotalInterval)})
		for _, m := range []struct {
			name, definition string
			value            float64
			interval         sensitivity.Interval
		}{{"first_order", "Sobol' index of first order (Saltelli et al. 2010)", x.First, x.FirstInterval}, {"total_order", "total Sobol' index (Jansen 1999)", x.Total, x.TotalInterval}} {
			f := metrics.Figure{Name: m.name, Value: m.value, Low: m.interval.Low, High: m.interval.High, N: found.Runs, Definition: m.definition}
			s.result.Table = append(s.result.Table, Row{Data: s.subject.name, Method: sobolMethod, Setting: InSample, Condition: x.Input, Metric: f})
			nan := math.NaN()
			entry.Indices = append(entry.Indices, SensitivityIndex{f, x.Input, "", nan, nan, nan, nan, nan, nan})
		}
	}
	s.result.Sheets = append(s.result.Sheets, t)
	s.result.Sensitivity = append(s.result.Sensitivity, entry)
}

// times of exact and neural indices by the number of runs.
func (s *sensing) times() Sheet {
	t := Sheet{Title: "Seconds by the number of runs", Header: []string{"runs", "exact"},
		Notes: []string{"exact: all inputs, no intervals and no null levels; neural: compilation, training of one map for all inputs and its costs. What else ran at the same time counts: use one method after the other on an idle machine to compare programs."}}
	learned := slices.Contains(s.o.Methods, neuralMethod)
	if learned {
		t.Header = append(t.Header, "neural")
	}
	for _, n := range s.o.Sizes {
		row := []string{fmt.Sprint(n), digits(s.found[timedName(sensitivity.Exact, n)].Seconds)}
		if learned {
			row = append(row, digits(s.found[timedName(sensitivity.Learned, n)].Seconds))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
