package experiments

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/mat"
)

// pictures chooses whose predictions are drawn in the plane: of the first and the last trial of the first seed the held-out
// condition that moves cells farthest, of Norman's screen the paper's KLF1+MAP2K6 where it is held out.
func (e *combination) pictures() {
	for _, t := range e.trials {
		first, last := e.splits[0], e.splits[len(e.splits)-1]
		if t.replicate != e.trials[0].replicate || t.projection != pcaProjection || t.latentSpace == nil ||
			t.data != e.dataOf(e.dataName(), first, t.projection) && t.data != e.dataOf(e.dataName(), last, t.projection) {
			continue
		}
		farthest := -1.0
		for _, c := range t.heldOut {
			if !slices.Contains(t.asked, c) {
				continue
			}
			d := t.displacement(c)
			if t.schema.Key(t.conditions[c].value) == "KLF1+MAP2K6" {
				d = math.Inf(1)
			}
			if d > farthest {
				farthest, t.pictured = d, []int{c}
			}
		}
	}
}

// displacement is the distance of the mean of a condition's cells from that of its source, in the latent space.
func (t *trial) displacement(c int) float64 {
	mean := func(rows []int) *mat.VecDense {
		_, d := t.latent.Dims()
		m := mat.NewVecDense(d, nil)
		for _, i := range rows {
			m.AddScaledVec(m, 1/float64(len(rows)), t.latent.RowView(i))
		}
		return m
	}
	var d mat.VecDense
	d.SubVec(mean(t.train[c]), mean(t.sourceTrain[t.conditions[c].source]))
	return mat.Norm(&d, 2)
}

// drawings are the paper's figures 5, 6, 7 and 12, of each projection.
func (e *combination) drawings(ctx context.Context) (list []Drawing, err error) {
	add := func(name, caption string, f *plots.Figure, err error) error {
		if err == nil && f != nil {
			list = append(list, Drawing{name, caption, f})
		}
		return err
	}
	for _, space := range e.o.Projections {
		suffix := ""
		if len(e.o.Projections) > 1 {
			suffix = "-" + space
		}
		f, err := e.paired(space)
		if err := add("paired"+suffix, "Wε of the rivals against that of CondOT, a mark a condition (the paper's figure 5): known conditions, unknown actions and unseen pairs of the first split. Marks above the diagonal, which are counted, are conditions at which CondOT is nearer to the observed cells.", f, err); err != nil {
			return nil, err
		}
		f, err = e.splitsFigure(space)
		if err := add("splits"+suffix, "Known conditions and unseen pairs over splits that hold more and more pairs out (the paper's figure 6): mean over conditions and its 95 % interval.", f, err); err != nil {
			return nil, err
		}
	}
	f, err := e.measuredFigure()
	if err := add("measured", "Which actions and pairs are measured, and what the first split trains on and holds out; beside it the sizes of the splits (the paper's figure 12).", f, err); err != nil {
		return nil, err
	}
	for _, t := range e.trials {
		for _, c := range t.pictured {
			f, err := t.plane(c, e.judged)
			if err := add(asFile("plane-"+t.data), fmt.Sprintf("Cells observed at %s (grey) and what each method predicts, on the first two principal components of the training cells; %s.", t.key(c), t.data), f, err); err != nil {
				return nil, err
			}
			f, err = t.embedding(ctx, c, e.judged)
			if err := add(asFile("umap-"+t.data), fmt.Sprintf("The same by UMAP (the paper's figures 7 and 11): one embedding of the observed cells of all conditions of the trial, in which predictions are placed; %s, %s.", t.key(c), t.data), f, err); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// paired is figure 5.
func (e *combination) paired(space string) (*plots.Figure, error) {
	var panels []plots.PairedPanel
	for _, p := range []struct{ rival, condot, title string }{{"icnn", deepSet, "deep set of mode of action"}, {"icnn", multiHot, "multi-hot"}, {"cpa", multiHot, "multi-hot"}} {
		chosen := keysOf(e.methods)
		if !slices.Contains(chosen, p.rival) || !slices.Contains(chosen, p.condot) {
			continue
		}
		panel := plots.PairedPanel{Title: p.title, X: plots.Axis{Label: "Wε, CondOT", Unit: "log-expression²"}, Y: plots.Axis{Label: "Wε, " + shortName(p.rival), Unit: "log-expression²"}}
		seen := false
		for _, split := range e.splits {
			data := e.dataOf(e.dataName(), split, space)
			switch {
			case split.unknown:
				panel.Groups = append(panel.Groups, e.group("unknown", data, HeldOut, p.condot, p.rival))
			case !seen:
				seen = true
				panel.Groups = append(panel.Groups, e.group("known", data, InSample, p.condot, p.rival), e.group("combination", data, HeldOut, p.condot, p.rival))
			}
		}
		panels = append(panels, panel)
	}
	if len(panels) == 0 {
		return nil, nil
	}
	return plots.Paired(panels...)
}

// group has the values of two methods at the same conditions.
func (e *combination) group(name, data, setting, x, y string) plots.PairedGroup {
	g := plots.PairedGroup{Name: name}
	xs, ys := e.result.values(data, x, setting, wEps), e.result.values(data, y, setting, wEps)
	keys := map[string]float64{}
	for k := range xs {
		keys[k] = 0
	}
	for k := range ys {
		keys[k] = 0
	}
	at := func(values map[string]float64, k string) float64 {
		if v, there := values[k]; there {
			return v
		}
		return math.NaN()
	}
	for _, k := range sortedKeys(keys) {
		g.X, g.Y = append(g.X, at(xs, k)), append(g.Y, at(ys, k))
	}
	return g
}

// splitsFigure is figure 6.
func (e *combination) splitsFigure(space string) (*plots.Figure, error) {
	var panels []plots.LinesPanel
	for _, p := range []struct{ title, setting, metric, label, unit string }{
		{"known", InSample, wEps, "Wε", "log-expression²"},
		{"unseen pairs", HeldOut, wEps, "Wε", "log-expression²"},
		{"unseen pairs", HeldOut, mmd, "MMD²", ""},
		{"unseen pairs", HeldOut, energyDistance, "E-distance", "log-expression"},
	} {
		panel := plots.LinesPanel{Title: p.title, X: plots.Axis{Label: "pairs held out"}, Y: plots.Axis{Label: p.label, Unit: p.unit}}
		for _, key := range append(keysOf(e.methods), projected) {
			s := plots.Series{Name: shortName(key)}
			for _, split := range e.splits {
				values := listed(e.result.values(e.dataOf(e.dataName(), split, space), key, p.setting, p.metric))
				if split.unknown || len(values) == 0 {
					continue
				}
				mean, half := meanInterval(values)
				if math.IsNaN(half) {
					half = 0
				}
				s.X, s.Y = append(s.X, float64(split.test)), append(s.Y, mean)
				s.Low, s.High = append(s.Low, mean-half), append(s.High, mean+half)
			}
			if len(s.X) > 0 {
				panel.Series = append(panel.Series, s)
			}
		}
		if len(panel.Series) > 0 {
			panels = append(panels, panel)
		}
	}
	if len(panels) == 0 {
		return nil, nil
	}
	return plots.LinesGrid(2, panels...)
}

// measuredFigure is figure 12.
func (e *combination) measuredFigure() (*plots.Figure, error) {
	t := e.trials[0]
	var actions []string
	var measured []plots.MeasuredPair
	for c, m := range t.conditions {
		labels := actionsOf(m.value)
		actions = addNew(actions, labels...)
		if len(labels) > 2 {
			continue
		}
		measured = append(measured, plots.MeasuredPair{A: labels[0], B: labels[len(labels)-1], Test: t.holds(c)})
	}
	slices.Sort(actions)
	var sizes []plots.SplitSize
	for _, p := range e.splits {
		if !p.unknown {
			sizes = append(sizes, plots.SplitSize{Name: p.name, Train: p.train, Test: p.test})
		}
	}
	return plots.Measured(actions, measured, sizes)
}
