package experiments

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// energy is the name of the E-distance.
const energyDistance = "energy_squared"

// report fills the result's notes, tables and figures.
func (e *combination) report(ctx context.Context) error {
	e.notes()
	r := e.result
	for _, space := range e.o.Projections {
		if s, any := e.againstAdditive(space); any {
			r.Sheets = append(r.Sheets, s)
		}
		for _, m := range []struct{ metric, title string }{
			{energyDistance, "E-distance"}, {wEps, "W_ε"}, {mmd, "MMD²"}, {effects, "ℓ2(PS)"}, {uvp, "L2-UVP, %"},
		} {
			if m.metric == uvp && !e.known(e.trials[0].data) {
				continue
			}
			for _, setting := range []string{HeldOut, InSample} {
				s := e.perSplit(space, setting, m.metric, m.title)
				s.Detail = m.metric != energyDistance || setting == InSample
				r.Sheets = append(r.Sheets, s)
			}
		}
	}
	drawings, err := e.drawings(ctx)
	r.Drawings = drawings
	return err
}

// notes say what was done.
func (e *combination) notes() {
	r, o, t := e.result, e.o, e.trials[0]
	r.Notes = append([]string{fmt.Sprintf("engine: %s; seeds %d to %d; networks trained for %d steps each (half as many where a cloud has fewer than 100 cells); %s", r.Engine, o.Seed, o.Seed+uint64(o.Seeds)-1, o.Steps, strings.Join(o.Projections, " and "))}, r.Notes...)
	singles := 0
	for _, m := range t.conditions {
		if len(actionsOf(m.value)) == 1 {
			singles++
		}
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%s: %d actions alone and %d pairs; metrics in the %d genes most affected by each condition; splits are named by the pairs trained on and held out", strings.Split(t.data, ",")[0], singles, len(t.conditions)-singles, len(t.rulers[0])))
	for _, t := range e.trials {
		if t.truth == nil && t.heldOut != nil && t.replicate == e.trials[0].replicate {
			var keys []string
			for _, c := range t.heldOut {
				keys = append(keys, t.key(c))
			}
			r.Notes = append(r.Notes, fmt.Sprintf("%s: held out %s", t.data, strings.Join(keys, ", ")))
		}
	}
	if o.Quick {
		r.warn("", "a quick run: few steps of training of small networks on few cells of few actions; its numbers show that everything works, not how well")
	}
}

// values of a method in a setting of a split, the mean over seeds of each condition, by key.
func (r *Result) values(data, method, setting, metric string) map[string]float64 {
	all := map[string][]float64{}
	for _, row := range r.Table {
		if row.Data == data && row.Method == method && row.Setting == setting && row.Metric.Name == metric {
			all[row.Condition] = append(all[row.Condition], row.Metric.Value)
		}
	}
	means := map[string]float64{}
	for key, v := range all {
		means[key] = stat.Mean(v, nil)
	}
	return means
}

// listed are values in the order of their keys.
func listed(values map[string]float64) []float64 {
	var list []float64
	for _, k := range sortedKeys(values) {
		list = append(list, values[k])
	}
	return list
}

func sortedKeys(values map[string]float64) []string { return slices.Sorted(maps.Keys(values)) }

// intervalText is mean ± half of the 95 % t interval.
func intervalText(values []float64) string {
	if len(values) == 0 {
		return missing
	}
	return plusMinus(meanInterval(values))
}

// dataName is the data set's own name.
func (e *combination) dataName() string { return strings.Split(e.trials[0].data, ",")[0] }

// combinationLines are methods and yardsticks, in the order of tables.
func (e *combination) combinationLines() (keys []string) {
	keys = keysOf(e.methods)
	for _, y := range yardsticks {
		if y.key == noisy && !e.known(e.trials[0].data) {
			continue
		}
		keys = append(keys, y.key)
	}
	return keys
}

// perSplit has one metric of every split, on held-out or on known conditions.
func (e *combination) perSplit(space, setting, metric, title string) Sheet {
	of, note := "unseen pairs", "conditions that no method saw; unknown actions: single ones that none was trained on"
	if setting == InSample {
		of, note = "known conditions", "single actions and pairs that were trained on, by cells that were not"
	}
	s := Sheet{Title: fmt.Sprintf("%s, %s: %s on %s", e.dataName(), space, title, of), Header: []string{"method"}}
	for _, p := range e.splits {
		s.Header = append(s.Header, p.name)
	}
	for _, key := range e.combinationLines() {
		row := []string{labelOf(key)}
		for _, p := range e.splits {
			row = append(row, intervalText(listed(e.result.values(e.dataOf(e.dataName(), p, space), key, setting, metric))))
		}
		s.Rows = append(s.Rows, row)
	}
	s.Notes = append(s.Notes, "Mean over conditions ± half of its 95 % t interval over them"+e.overSeeds()+"; "+note+".")
	for _, sum := range e.result.Summary {
		if sum.Metric == metric {
			s.Notes = append(s.Notes, metric+": "+sum.Definition)
			break
		}
	}
	return s
}

func (e *combination) overSeeds() string {
	if e.o.Seeds == 1 {
		return ""
	}
	return fmt.Sprintf(", each the mean over %d seeds", e.o.Seeds)
}

// againstAdditive pairs each method with the additive rival on the same held-out pairs, where both were asked.
func (e *combination) againstAdditive(space string) (s Sheet, any bool) {
	s = Sheet{Title: fmt.Sprintf("%s, %s: E-distance on unseen pairs less that of the additive rival", e.dataName(), space), Header: []string{"method"},
		Notes: []string{"Mean over the same pairs ± half of its 95 % t interval" + e.overSeeds() + "; below zero is better than adding the single actions' shifts."}}
	splits := slices.DeleteFunc(slices.Clone(e.splits), func(p pairSplit) bool { return p.unknown })
	for _, p := range splits {
		s.Header = append(s.Header, p.name)
	}
	s.Header = append(s.Header, "at or below")
	for _, m := range e.methods {
		if m.key == "additive" {
			continue
		}
		row, below := []string{m.label}, 0
		for _, p := range splits {
			data := e.dataOf(e.dataName(), p, space)
			rival := e.result.values(data, "additive", HeldOut, energyDistance)
			differences := map[string]float64{}
			for key, v := range e.result.values(data, m.key, HeldOut, energyDistance) {
				if with, both := rival[key]; both {
					differences[key] = v - with
				}
			}
			row = append(row, intervalText(listed(differences)))
			if len(differences) > 0 {
				any = true
			}
			if len(differences) > 0 && stat.Mean(listed(differences), nil) <= 0 {
				below++
			}
		}
		s.Rows = append(s.Rows, append(row, fmt.Sprintf("%d of %d", below, len(splits))))
	}
	return s, any
}
