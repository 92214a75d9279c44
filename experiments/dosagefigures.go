package experiments

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/stat"
)

// drawn are the methods of figures, which would be too full with all.
var drawn = []string{"condot-identity", "condot-gaussian", "icnn", "affine", "mean", "identity"}

// settingTitles stand over or beside what is drawn.
var settingTitles = map[string]string{InSample: "in sample", HeldOut: "held out", NewSource: "new source"}

// drawings of a data set: figure 4a, figure 9 and, where the truth is known, the distance to it.
func (d *dosage) drawings(data string) ([]Drawing, error) {
	w, err := d.perDose(data, wEps, "Wε", append(slices.Clone(drawn), projected))
	if err != nil {
		return nil, err
	}
	list := []Drawing{{data + "-wasserstein", "Wε between predicted and measured cells per condition, in sample and held out (the paper's figure 4a). " + d.spread(data) + " Observed: other cells of the condition, after a round trip through the components as predictions have it.", w}}
	if d.known(data) {
		u, err := d.perDose(data, uvp, "L2-UVP", drawn)
		if err != nil {
			return nil, err
		}
		list = append(list, Drawing{data + "-truth", "L2-UVP: distance of predictions from the known counterfactual, per condition, in sample and held out. " + d.spread(data), u})
	}
	p := d.portraits[data]
	marginals, err := p.figure(d.judged)
	if err != nil {
		return nil, err
	}
	return append(list, Drawing{data + "-marginals", p.caption, marginals}), nil
}

// spread says what the bars of a figure are.
func (d *dosage) spread(data string) string {
	if d.replicates(data) == 1 {
		return "Bars are 95 % intervals over cells."
	}
	return fmt.Sprintf("Means over %d replicates (drugs, seeds or folds of cells); bars are their range.", d.replicates(data))
}

// axis of the conditions: their number, where that is all they are, else their place in the list.
func (d *dosage) axis(data string) (plots.Axis, []float64) {
	t := d.of(data)[0]
	at := make([]float64, len(t.conditions))
	if v := t.schema.Variables; len(v) == 1 && v[0].Kind == condition.Continuous {
		for c, m := range t.conditions {
			at[c] = m.value[0].Number
		}
		return plots.Axis{Label: v[0].Name, Unit: t.unit, Log: v[0].Scale == condition.Log, Ticks: at}, at
	}
	for c := range at {
		at[c] = float64(c + 1)
	}
	return plots.Axis{Label: "condition, in the order of the table", Ticks: at}, at
}

// perDose draws a metric against the condition, in sample beside held out.
func (d *dosage) perDose(data, metric, label string, keys []string) (*plots.Figure, error) {
	axis, at := d.axis(data)
	t := d.of(data)[0]
	y := plots.Axis{Label: label}
	switch {
	case metric == uvp:
		y.Unit, y.Log = "%", true
	case t.isExpression():
		y.Unit = "log-expression²"
	}
	var panels []plots.LinesPanel
	for _, setting := range []string{InSample, HeldOut} {
		p := plots.LinesPanel{Title: settingTitles[setting], X: axis, Y: y}
		for _, key := range keys {
			s := plots.Series{Name: shortName(key)}
			for c := range t.conditions {
				figures := d.result.figures(data, key, setting, t.key(c), metric)
				if len(figures) == 0 {
					continue
				}
				mean, low, high := ends(figures)
				s.X, s.Y = append(s.X, at[c]), append(s.Y, mean)
				s.Low, s.High = append(s.Low, low), append(s.High, high)
			}
			if len(s.X) > 0 {
				p.Series = append(p.Series, s)
			}
		}
		if len(p.Series) > 0 {
			panels = append(panels, p)
		}
	}
	return plots.Lines(panels...)
}

// ends are the mean and the range of replicates, or the interval of one figure.
func ends(figures []metrics.Figure) (mean, low, high float64) {
	if f := figures[0]; len(figures) == 1 {
		if !f.HasInterval() {
			return f.Value, f.Value, f.Value
		}
		return f.Value, math.Max(f.Low, f.Value/10), f.High // positive, for a logarithmic axis
	}
	low, high = math.Inf(1), math.Inf(-1)
	values := make([]float64, len(figures))
	for i, f := range figures {
		values[i] = f.Value
		low, high = math.Min(low, f.Value), math.Max(high, f.Value)
	}
	return stat.Mean(values, nil), low, high
}

// shortName in legends; package plots knows the looks.
func shortName(key string) string {
	switch key {
	case "condot-identity":
		return "CondOT (identity)"
	case "condot-gaussian":
		return "CondOT (Gaussian)"
	case multiHot:
		return "CondOT (multi-hot)"
	case deepSet:
		return "CondOT (deep set)"
	case "cpa":
		return "CPA"
	case "icnn":
		return "ICNN OT"
	case projected:
		return "observed"
	}
	return key
}
