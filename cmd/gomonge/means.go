package main

import (
	"math"

	"github.com/gomonge/gomonge/metrics"
)

// mean is a metric's mean over the conditions of a setting.
type mean struct {
	Method     string  `json:"method"`
	Setting    string  `json:"setting"`
	Metric     string  `json:"metric"`
	Mean       float64 `json:"mean"`
	Conditions int     `json:"conditions"`
	// Figure is the mean with its interval over conditions.
	Figure metrics.Figure `json:"figure"`
	// Normalised is where it lies between Baseline, 0, and the half-split, 1; nil for those two.
	Normalised *metrics.Figure `json:"normalised,omitempty"`
	Baseline   string          `json:"baseline,omitempty"`
}

// means over conditions, in the order in which methods, settings and metrics appear.
func (j *judge) means(rows []judged) ([]mean, error) {
	type key struct{ method, setting, metric string }
	var order []key
	groups := map[key][]judged{}
	for _, r := range rows {
		k := key{r.Method, r.Setting, r.Metric.Name}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], r)
	}
	var list []mean
	for _, k := range order {
		group := groups[k]
		f, err := j.mean(group)
		if err != nil {
			return nil, err
		}
		if math.IsNaN(f.Value) {
			continue
		}
		m := mean{Method: k.method, Setting: k.setting, Metric: k.metric, Mean: f.Value, Figure: f}
		for _, r := range group {
			if m.Conditions += r.over; r.over == 0 && !math.IsNaN(r.Metric.Value) {
				m.Conditions++
			}
		}
		baseline := meanShift
		if groups[key{baseline, k.setting, k.metric}] == nil {
			baseline = unmoved
		}
		if k.method != halfSplit && k.method != baseline {
			base, top := groups[key{baseline, k.setting, k.metric}], groups[key{halfSplit, k.setting, k.metric}]
			if m.Normalised, err = j.normalised(group, base, top); err != nil {
				return nil, err
			}
			if m.Normalised != nil {
				m.Baseline = baseline
			}
		}
		list = append(list, m)
	}
	return list, nil
}

// mean of one metric; a figure that is one of several conditions already stands as it is.
func (j *judge) mean(group []judged) (metrics.Figure, error) {
	if group[0].over > 0 {
		return group[0].Metric, nil
	}
	figures := make([]metrics.Figure, len(group))
	for i, r := range group {
		figures[i] = r.Metric
	}
	if len(figures) == 1 {
		return figures[0], nil // with the interval over its points
	}
	return metrics.OverConditions(figures, j.options)
}

// normalised is the score over the conditions that all three have; nil where
// there is none, and for metrics without a better direction.
func (j *judge) normalised(group, base, top []judged) (*metrics.Figure, error) {
	if metrics.AimOf(group[0].Metric.Name) == metrics.Unranked {
		return nil, nil
	}
	find := func(list []judged, condition string) *judged {
		for i := range list {
			if list[i].Condition == condition {
				return &list[i]
			}
		}
		return nil
	}
	var v, b, c []metrics.Figure
	for _, r := range group {
		if x, y := find(base, r.Condition), find(top, r.Condition); x != nil && y != nil {
			v, b, c = append(v, r.Metric), append(b, x.Metric), append(c, y.Metric)
		}
	}
	if len(v) == 0 {
		return nil, nil
	}
	f, err := metrics.Normalised(v, b, c, j.options)
	if err != nil || math.IsNaN(f.Value) {
		return nil, err
	}
	return &f, nil
}
