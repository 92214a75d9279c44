package experiments

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/metrics"
	"gonum.org/v1/gonum/stat"
)

// report fills the result from what was judged.
func (d *dosage) report() error {
	r := d.result
	d.collect()
	d.notes()
	for _, data := range d.data() {
		r.Sheets = append(r.Sheets, d.sheets(data)...)
		drawings, err := d.drawings(data)
		if err != nil {
			return err
		}
		r.Drawings = append(r.Drawings, drawings...)
	}
	return nil
}

// collect fills the result's table, summary and warnings from what was judged.
func (d *screen) collect() {
	r := d.result
	for _, j := range d.judged {
		r.Table = append(r.Table, j.Rows...)
		r.warned(j.Warnings...)
		r.Log = append(r.Log, j.Log...)
	}
	r.warned(figureWarnings(r.Table)...)
	r.Summary = summarise(r.Table)
}

// figureWarnings counts the warnings that figures carry, by metric, with the first of each as an example.
func figureWarnings(table []Row) (list []warning) {
	counts, first, where := map[string]int{}, map[string]string{}, map[string][]string{}
	var order []string
	for _, row := range table {
		if len(row.Metric.Warnings) == 0 {
			continue
		}
		name := row.Metric.Name
		if counts[name]++; counts[name] == 1 {
			order, first[name] = append(order, name), row.Metric.Warnings[0]
		}
		where[name] = addNew(where[name], row.Data)
	}
	for _, name := range order {
		for _, data := range where[name] {
			list = append(list, warning{data, fmt.Sprintf("%d figures of %s carry a warning, such as: %s", counts[name], name, first[name])})
		}
	}
	return list
}

// data are the data sets, in order.
func (d *screen) data() (names []string) {
	for _, t := range d.trials {
		names = addNew(names, t.data)
	}
	return names
}

// of are the trials of a data set.
func (d *screen) of(data string) []*trial {
	return slices.DeleteFunc(slices.Clone(d.trials), func(t *trial) bool { return t.data != data })
}

// notes say what was done.
func (d *dosage) notes() {
	r, o := d.result, d.o
	networks, steps := 0, []string{}
	for _, t := range d.trials {
		for _, m := range d.methods {
			if n := m.trainings(len(t.task.Train)); n > 0 && d.trains(t, m) {
				networks += n
				steps = addNew(steps, fmt.Sprint(d.training(t, m).Steps))
			}
		}
	}
	r.Notes = append(r.Notes, fmt.Sprintf("engine: %s; seed %d; %d networks trained for %s steps each", r.Engine, o.Seed, networks, strings.Join(steps, " or ")))
	if o.Quick {
		r.warn("", "a quick run: few steps of training of small networks on few cells of one drug, no networks for each condition and none on measured data; its numbers show that everything works, not how well")
	}
	for _, data := range d.data() {
		trials := d.of(data)
		t := trials[0]
		kept := ""
		if t.prepare != nil {
			kept = fmt.Sprintf("; counts normalised to the median total, log1p, %d highly variable genes", len(t.columns))
		}
		latent := "methods work on the features themselves"
		if t.latentSpace != nil {
			_, k := t.latentSpace.Dims()
			latent = fmt.Sprintf("methods work in %d principal components", k)
		}
		var heldOut, compared []string
		for _, t := range trials {
			for _, c := range t.heldOut {
				heldOut = addNew(heldOut, t.key(c))
			}
			for c := range t.compared {
				compared = addNew(compared, fmt.Sprint(len(t.compared[c].source)))
			}
		}
		if heldOut == nil {
			heldOut = []string{"none"}
		}
		r.Notes = append(r.Notes, fmt.Sprintf("%s: %d replicates (drugs, seeds or folds of cells), held out in turn: %s%s; %s; all of this fixed by training cells alone; metrics in %s; n = m = %s cells",
			data, d.replicates(data), strings.Join(heldOut, ", "), kept, latent, t.space(0), strings.Join(compared, ", ")))
	}
}

// replicates of a data set's in-sample trials.
func (d *screen) replicates(data string) (n int) {
	for _, t := range d.of(data) {
		if t.heldOut == nil {
			n++
		}
	}
	return n
}

// place is where a summary stands: rows that differ only in series and replicate share one.
type place struct{ data, method, setting, condition, metric string }

// replicate is one repetition of the experiment within a place.
type replicate struct{ series, name string }

// summarise averages the table over replicates, per condition and over the conditions of a setting. The
// latter takes the mean over conditions within a replicate first.
func summarise(table []Row) []Summary {
	values := map[place]map[replicate][]float64{}
	definitions := map[place]string{}
	var order []place
	add := func(p place, row Row) {
		if values[p] == nil {
			values[p] = map[replicate][]float64{}
			order = append(order, p)
			definitions[p] = row.Metric.Definition
		}
		at := replicate{row.Series, row.Replicate}
		values[p][at] = append(values[p][at], row.Metric.Value)
	}
	for _, row := range table {
		p := place{row.Data, row.Method, row.Setting, row.Condition, row.Metric.Name}
		add(p, row)
		p.condition = ""
		add(p, row)
	}
	list := make([]Summary, len(order))
	for i, p := range order {
		var means []float64
		for _, v := range values[p] {
			means = append(means, stat.Mean(v, nil))
		}
		slices.Sort(means) // maps have no order, and sums depend on theirs
		mean, sd := meanSD(means)
		list[i] = Summary{Data: p.data, Method: p.method, Setting: p.setting, Condition: p.condition, Metric: p.metric, Definition: definitions[p], Mean: mean, SD: sd, N: len(means)}
	}
	return list
}

// summary finds one; its mean is NaN where there is none.
func (r *Result) summary(data, method, setting, condition, metric string) Summary {
	for _, s := range r.Summary {
		if s.Data == data && s.Method == method && s.Setting == setting && s.Condition == condition && s.Metric == metric {
			return s
		}
	}
	return Summary{Mean: math.NaN(), SD: math.NaN()}
}

// text of a summary in a sheet.
func (s Summary) text() string { return plusMinus(s.Mean, s.SD) }

// figures of one metric under one condition, a replicate each.
func (r *Result) figures(data, method, setting, condition, metric string) (list []metrics.Figure) {
	for _, row := range r.Table {
		if row.Data == data && row.Method == method && row.Setting == setting && row.Condition == condition && row.Metric.Name == metric {
			list = append(list, row.Metric)
		}
	}
	return list
}
