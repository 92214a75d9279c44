package experiments

import (
	"fmt"
	"slices"
)

// Names of the metrics, as package metrics has them.
const (
	mmd     = "mmd_squared"
	wEps    = "w_eps_kl"
	effects = "l2_ps"
	uvp     = "l2_uvp"
)

// sheets of a data set: the paper's Table 1 and 2, and the distance to the truth where it is known.
func (d *dosage) sheets(data string) []Sheet {
	list := []Sheet{d.table1(data), d.perCondition(data, wEps, "W_ε per condition (the paper's Table 2)", true)}
	if d.known(data) {
		list = append(list, d.perCondition(data, uvp, "L2-UVP per condition, in %: distance to the known counterfactual", false))
	}
	return list
}

// known says whether the truth is known.
func (d *screen) known(data string) bool { return d.of(data)[0].truth != nil }

// lines of a sheet: the methods that have figures, then the yardsticks.
func (d *screen) lines(data string) (keys []string) {
	for _, m := range d.methods {
		keys = append(keys, m.key)
	}
	for _, y := range yardsticks {
		keys = append(keys, y.key)
	}
	return slices.DeleteFunc(keys, func(key string) bool {
		return !slices.ContainsFunc(d.result.Summary, func(s Summary) bool { return s.Data == data && s.Method == key })
	})
}

// over says what ± stands for.
func (d *screen) over(data string) string {
	switch t := d.of(data)[0]; {
	case d.replicates(data) == 1:
		return "One replicate: no spread is shown; metrics.json has the intervals over cells."
	case t.split.name != "":
		return fmt.Sprintf("Mean ± sd over %d folds of cells.", d.replicates(data))
	default:
		return fmt.Sprintf("Mean ± sd over %d replicates (drugs and seeds).", d.replicates(data))
	}
}

// table1 has MMD and ℓ2(PS) in sample and held out, means over conditions.
func (d *dosage) table1(data string) Sheet {
	s := Sheet{Title: data + ": MMD² and ℓ2(PS) (the paper's Table 1)", Header: []string{"method", "in sample: MMD²", "ℓ2(PS)", "held out: MMD²", "ℓ2(PS)"},
		Notes: []string{d.over(data) + " Within a replicate, the mean over conditions."}}
	withPaper, withTruth := d.comparable(data), d.known(data)
	if withTruth {
		s.Header = append(s.Header, "L2-UVP in, %", "L2-UVP out, %")
		s.Notes = append(s.Notes, "L2-UVP: distance of predicted cells from what each would measure on average under the condition, relative to the variance of that. The input's own measurement noise is part of it, for every method.")
	}
	if withPaper {
		s.Header = append(s.Header, "paper in: MMD", "ℓ2(PS)", "paper out: MMD", "ℓ2(PS)")
		s.Notes = append(s.Notes, paperOrigin)
	}
	for _, key := range d.lines(data) {
		row := []string{labelOf(key)}
		for _, setting := range []string{InSample, HeldOut} {
			for _, metric := range []string{mmd, effects} {
				row = append(row, d.result.summary(data, key, setting, "", metric).text())
			}
		}
		if withTruth {
			for _, setting := range []string{InSample, HeldOut} {
				row = append(row, d.result.summary(data, key, setting, "", uvp).text())
			}
		}
		if withPaper {
			row = append(row, paperCells(paperTable1, key)...)
		}
		s.Rows = append(s.Rows, row)
	}
	if withPaper && !slices.Contains(d.lines(data), "cpa") {
		s.Rows = append(s.Rows, paperRow(len(s.Header), paperTable1))
	}
	return s
}

// perCondition has one metric per condition, in sample and, where there is a fold, held out.
func (d *screen) perCondition(data, metric, title string, withPaper bool) Sheet {
	withPaper = withPaper && d.comparable(data)
	s := Sheet{Title: data + ": " + title, Header: []string{"method"}, Notes: []string{d.over(data)}}
	type column struct{ setting, condition string }
	var columns []column
	t := d.of(data)[0]
	for _, key := range t.keys() {
		columns = append(columns, column{InSample, key})
		s.Header = append(s.Header, key)
	}
	for _, t := range d.of(data) {
		for _, c := range t.heldOut {
			if !slices.Contains(columns, column{HeldOut, t.key(c)}) {
				columns = append(columns, column{HeldOut, t.key(c)})
				s.Header = append(s.Header, t.key(c)+", held out")
			}
		}
	}
	if withPaper {
		for _, dose := range paperDoses {
			s.Header = append(s.Header, "paper, "+dose)
		}
		s.Notes = append(s.Notes, paperOrigin)
	}
	for _, sum := range d.result.Summary {
		if sum.Data == data && sum.Metric == metric {
			s.Notes = append(s.Notes, metric+": "+sum.Definition)
			break
		}
	}
	for _, key := range d.lines(data) {
		row, any := []string{labelOf(key)}, false
		for _, c := range columns {
			v := d.result.summary(data, key, c.setting, c.condition, metric)
			any = any || v.N > 0
			row = append(row, v.text())
		}
		if withPaper {
			row = append(row, paperCells(paperTable2, key)...)
		}
		if any {
			s.Rows = append(s.Rows, row)
		}
	}
	if withPaper && !slices.Contains(d.lines(data), "cpa") {
		s.Rows = append(s.Rows, paperRow(len(s.Header), paperTable2))
	}
	return s
}

// comparable says whether the doses are those of the paper.
func (d *screen) comparable(data string) bool {
	return slices.Equal(d.of(data)[0].keys(), paperDoses)
}

// paperCells are the paper's numbers for a method, empty where it has none.
func paperCells(table map[string][4]string, key string) []string {
	cells := table[key]
	return cells[:]
}

// paperRow is a line of the paper's numbers for CPA alone.
func paperRow(width int, table map[string][4]string) []string {
	cells := table["cpa"]
	row := make([]string, width-len(cells), width)
	row[0] = cpaLabel
	return append(row, cells[:]...)
}
