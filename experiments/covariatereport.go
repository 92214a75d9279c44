package experiments

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// portrays chooses what figure 4b draws: for each label the held-out condition, or else its last one, in and out of
// sample; one gene, that of the metrics whose shift differs most between labels.
func (e *covariate) portrays() error {
	first := e.trials[0]
	at := labelled(first.schema)
	chosen := map[string]int{} // condition of each label
	var labels []string
	for c, m := range first.conditions {
		label := m.value[at].Labels[0]
		labels, chosen[label] = addNew(labels, label), c
	}
	rows := []*trial{first}
	for _, t := range e.trials[1:] {
		if t.replicate != first.replicate {
			break
		}
		rows = append(rows, t)
		if t.series == first.series {
			for _, c := range t.heldOut {
				chosen[t.conditions[c].value[at].Labels[0]] = c
			}
		}
	}
	var conditions []int
	for _, label := range labels {
		conditions = append(conditions, chosen[label])
	}
	feature := first.mostDivided(conditions)
	name := first.rulerNames(0)[feature]
	p := &portrait{methods: []string{"condot-gaussian", "condot-identity", "icnn", "cpa", "affine"}}
	for _, t := range rows {
		row := portraitRow{label: settingTitles[t.setting(t.asked[0])]}
		for _, c := range conditions {
			if same := t.asks(first.key(c)); same >= 0 {
				row.cells = append(row.cells, portraitCell{t, marginal{same, feature}, t.key(same)})
			}
		}
		if row.cells == nil { // conditions of an unseen source, which have no such label
			for _, c := range t.asked[max(0, len(t.asked)-len(conditions)):] {
				row.cells = append(row.cells, portraitCell{t, marginal{c, feature}, t.key(c)})
			}
		}
		if len(row.cells) > 0 {
			p.rows = append(p.rows, row)
		}
	}
	p.caption = fmt.Sprintf("Marginal densities of %s, the marker gene whose response differs most between the labels (the paper's figure 4b): measured source and target cells, and what each method makes of the source, in sample, held out and from a source that no method saw.", name)
	if first.latentSpace != nil {
		p.caption += projectedCaption
	}
	e.portraits[first.data] = p
	return nil
}

// asks is the number of the condition of that key that the trial is judged on; −1 where it is not.
func (t *trial) asks(key string) int {
	for _, c := range t.asked {
		if t.key(c) == key {
			return c
		}
	}
	return -1
}

// mostDivided is the feature, of those that metrics compare, whose shift from source to target differs most between
// conditions.
func (t *trial) mostDivided(conditions []int) int {
	var shifts [][]float64 // of each feature
	for range t.rulers[0] {
		shifts = append(shifts, nil)
	}
	for _, c := range conditions {
		target, source := t.observed(t.train[c], c), t.observed(t.sourceTrain[t.conditions[c].source], c)
		for f := range shifts {
			shifts[f] = append(shifts[f], stat.Mean(mat.Col(nil, f, target), nil)-stat.Mean(mat.Col(nil, f, source), nil))
		}
	}
	best, most := 0, -1.0
	for f, v := range shifts {
		if spread := slices.Max(v) - slices.Min(v); spread > most {
			best, most = f, spread
		}
	}
	return best
}

// report fills the result's notes, tables and figures.
func (e *covariate) report() error {
	r := e.result
	e.notes()
	settings := e.settings()
	r.Sheets = append(r.Sheets, e.table1(settings))
	for _, m := range []struct{ metric, title string }{{energyDistance, "E-distance"}, {wEps, "W_ε"}} {
		r.Sheets = append(r.Sheets, e.perLabel(settings, m.metric, m.title))
	}
	data := e.trials[0].data
	f, err := e.portraits[data].figure(e.judged)
	if err != nil {
		return err
	}
	r.Drawings = append(r.Drawings, Drawing{data + "-marginals", e.portraits[data].caption, f})
	if f, err = e.labelsFigure(settings); err != nil || f == nil {
		return err
	}
	r.Drawings = append(r.Drawings, Drawing{data + "-labels", "Wε between predicted and measured cells for each label, in sample, held out and from a new source: mean over conditions" + e.overSeeds() + ".", f})
	return nil
}

func (e *covariate) overSeeds() string {
	if e.o.Seeds == 1 {
		return ""
	}
	return fmt.Sprintf(" and %d seeds", e.o.Seeds)
}

// settings that there are trials of.
func (e *covariate) settings() (list []string) {
	for _, t := range e.trials {
		list = addNew(list, t.setting(t.asked[0]))
	}
	return list
}

// notes say what was done.
func (e *covariate) notes() {
	r, o := e.result, e.o
	r.Notes = append(r.Notes, fmt.Sprintf("engine: %s; seeds %d to %d; networks trained for %d steps each (half as many where a cloud has fewer than 100 cells)", r.Engine, o.Seed, o.Seed+uint64(o.Seeds)-1, o.Steps))
	for _, t := range e.trials {
		if t.replicate != e.trials[0].replicate {
			break
		}
		var keys, cells []string
		for _, c := range t.asked {
			keys, cells = append(keys, t.key(c)), append(cells, fmt.Sprint(len(t.compared[c].target)))
		}
		latent := "the features themselves"
		if t.latentSpace != nil {
			_, k := t.latentSpace.Dims()
			latent = fmt.Sprintf("%d principal components of %d features", k, len(t.columns))
		}
		r.Notes = append(r.Notes, fmt.Sprintf("%s, %s: %d conditions trained on, asked of %s; methods work in %s; metrics in %s; n = m = %s cells",
			t.series.label(), settingTitles[t.setting(t.asked[0])], len(t.task.Train), strings.Join(keys, "; "), latent, t.space(0), strings.Join(cells, ", ")))
	}
	if o.Quick {
		r.warn("", "a quick run: few steps of training of small networks on few cells; its numbers show that everything works, not how well")
	}
}

// paperCovariate has the paper's MMD and ℓ2(PS) with the cell line as covariate, in sample (Table 1).
var paperCovariate = map[string][2]string{
	"cpa":             {"0.2551 ± 0.006", "2.71 ± 1.51"},
	"icnn":            {"0.0206 ± 0.0109", "1.16 ± 0.75"},
	"condot-identity": {"0.0148 ± 0.0078", "0.39 ± 0.06"},
	"condot-gaussian": {"0.0146 ± 0.0074", "0.41 ± 0.07"},
}

// table1 has MMD and ℓ2(PS) in every setting, means over conditions.
func (e *covariate) table1(settings []string) Sheet {
	data := e.trials[0].data
	s := Sheet{Title: data + ": MMD² and ℓ2(PS) (the paper's Table 1, cell lines)", Header: []string{"method"},
		Notes: []string{"Mean over conditions" + e.spreadText() + " New source: a population of which no method saw a cell.", paperOrigin}}
	metrics := []struct{ key, name string }{{mmd, "MMD²"}, {effects, "ℓ2(PS)"}}
	if e.known(data) {
		metrics = append(metrics, struct{ key, name string }{uvp, "L2-UVP, %"})
	}
	for _, setting := range settings {
		for _, m := range metrics {
			s.Header = append(s.Header, settingTitles[setting]+": "+m.name)
		}
	}
	s.Header = append(s.Header, "paper in: MMD", "ℓ2(PS)")
	for _, key := range e.lines(data) {
		row := []string{labelOf(key)}
		for _, setting := range settings {
			for _, m := range metrics {
				row = append(row, e.result.summary(data, key, setting, "", m.key).text())
			}
		}
		cells := paperCovariate[key]
		s.Rows = append(s.Rows, append(row, cells[:]...))
	}
	return s
}

// spreadText says what ± stands for.
func (e *covariate) spreadText() string {
	if e.o.Seeds == 1 {
		return "; one replicate, so no spread is shown: metrics.json has the intervals over cells."
	}
	return fmt.Sprintf("; ± is the standard deviation over %d seeds.", e.o.Seeds)
}

// labelRows are a label's figures of a metric in a setting.
func (e *covariate) labelRows(key, setting, metric, label string) (values []float64) {
	for _, row := range e.result.Table {
		if row.Method == key && row.Setting == setting && row.Metric.Name == metric && (label == "" || e.labelOfRow(row) == label) {
			values = append(values, row.Metric.Value)
		}
	}
	return values
}

// labelOfRow is the covariate in a row's condition; "" where it has none.
func (e *covariate) labelOfRow(row Row) string {
	s := e.trials[0].schema
	v, err := s.Parse(row.Condition)
	if err != nil {
		return ""
	}
	return v[labelled(s)].Labels[0]
}

// columns are settings and the labels that they have; "" for a setting without.
func (e *covariate) columns(settings []string) (list [][2]string) {
	for _, setting := range settings {
		var labels []string
		for _, row := range e.result.Table {
			if row.Setting == setting {
				labels = addNew(labels, e.labelOfRow(row))
			}
		}
		for _, label := range labels {
			list = append(list, [2]string{setting, label})
		}
	}
	return list
}

// perLabel has one metric for every label in every setting.
func (e *covariate) perLabel(settings []string, metric, title string) Sheet {
	data := e.trials[0].data
	s := Sheet{Title: data + ": " + title + " per label", Header: []string{"method"}, Notes: []string{"Mean over the label's conditions" + e.overSeeds() + "."}}
	columns := e.columns(settings)
	for _, c := range columns {
		s.Header = append(s.Header, strings.Trim(c[1]+", "+settingTitles[c[0]], ", "))
	}
	for _, key := range e.lines(data) {
		row := []string{labelOf(key)}
		for _, c := range columns {
			values := e.labelRows(key, c[0], metric, c[1])
			if len(values) == 0 {
				row = append(row, missing)
				continue
			}
			row = append(row, digits(stat.Mean(values, nil)))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// labelsFigure draws Wε of each label, in every setting.
func (e *covariate) labelsFigure(settings []string) (*plots.Figure, error) {
	columns := e.columns(settings)
	var names []string
	for _, c := range columns {
		names = append(names, strings.Trim(c[1]+", "+settingTitles[c[0]], ", "))
	}
	var series []plots.IntervalsSeries
	for _, key := range append(keysOf(e.methods), projected) {
		s := plots.IntervalsSeries{Name: shortName(key)}
		drawn := slices.Contains([]string{"condot-identity", "icnn", "cpa", projected}, key)
		for _, c := range columns {
			values := e.labelRows(key, c[0], wEps, c[1])
			if len(values) == 0 {
				s.Values = append(s.Values, plots.Interval{Value: math.NaN(), Low: math.NaN(), High: math.NaN()})
				continue
			}
			mean, half := meanInterval(values)
			if math.IsNaN(half) {
				half = 0
			}
			s.Values = append(s.Values, plots.Interval{Value: mean, Low: mean - half, High: mean + half})
		}
		if drawn {
			series = append(series, s)
		}
	}
	if len(series) == 0 {
		return nil, nil
	}
	return plots.Intervals(plots.Axis{Label: "Wε", Unit: "log-expression²"}, names, series...)
}
