package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// Settings of a condition.
const (
	inSample     = "in-sample"    // the model was trained on it
	heldOut      = "held-out"     // it was not
	extrapolated = "extrapolated" // nor on what is around it
)

// judged is one figure of a method under a condition.
type judged struct {
	Method    string         `json:"method"`
	Setting   string         `json:"setting"`
	Condition string         `json:"condition"`
	Metric    metrics.Figure `json:"metric"`
}

// trial is a condition under which a map is judged.
type trial struct {
	condition condition.Value
	source    *mat.Dense // the points that are carried
	weights   []float64
	observed  ot.Measure
	// truth are the images of the very points of source; nil where they are not known.
	truth *mat.Dense
}

// judge judges a model and, for scale, the map that moves nothing.
type judge struct {
	model    *model
	preset   metrics.Preset
	options  metrics.Options
	certify  bool // bound W₂² too
	lenient  bool // a condition that the model cannot be asked is a warning, whatever the reason
	warnings []string
	cannot   []bool // trials that the model has no answer to
}

// unmoved is the method that leaves points where they are.
const unmoved = "identity"

// all judges the model under every condition, in order.
func (j *judge) all(ctx context.Context, m *meter, trials []trial) (*evaluation, error) {
	started := time.Now()
	e := &evaluation{Model: j.model.folder, Method: j.model.method, Preset: string(j.preset), Table: []judged{}}
	defer m.end()
	if err := j.check(trials); err != nil {
		return nil, err
	}
	for i, t := range trials {
		rows, err := j.try(ctx, t, !j.cannot[i])
		if ctx.Err() != nil {
			return nil, interrupted("interrupted; nothing is kept")
		}
		if err != nil {
			return nil, err
		}
		e.Table = append(e.Table, rows...)
		m.count(i+1, len(trials), "conditions", time.Since(started))
	}
	e.Means, e.Warnings, e.Seconds = means(e.Table), append([]string{}, j.warnings...), time.Since(started).Seconds()
	return e, nil
}

// pairTrials are pairs of a task as trials.
func pairTrials(pairs []datasets.Pair) (trials []trial) {
	for _, p := range pairs {
		trials = append(trials, trial{p.Condition, p.Source, p.SourceWeights, ot.Measure{Points: p.Target, Weights: p.TargetWeights}, nil})
	}
	return trials
}

// check asks the model, before anything is computed, what it has no answer to.
func (j *judge) check(trials []trial) error {
	j.cannot = make([]bool, len(trials))
	for i, t := range trials {
		warnings, err := j.model.check([]condition.Value{t.condition})
		var none *baselines.NotApplicableError
		if err != nil && !j.lenient && !errors.As(err, &none) {
			return err
		}
		if err != nil {
			j.cannot[i], warnings = true, []string{err.Error()}
		}
		for _, w := range warnings {
			if !slices.Contains(j.warnings, w) {
				j.warnings = append(j.warnings, w)
			}
		}
	}
	return nil
}

// try returns the figures of the trial, the identity's after the model's if that has an answer.
func (j *judge) try(ctx context.Context, t trial, answers bool) ([]judged, error) {
	var moved *mat.Dense
	var err error
	if answers {
		if moved, err = j.model.Transport(nil, t.source, t.condition); err != nil {
			return nil, err
		}
	}
	var rows []judged
	for _, m := range []struct {
		name  string
		cloud *mat.Dense
	}{{j.model.method, moved}, {unmoved, t.source}} {
		if m.cloud == nil || m.name == unmoved && len(rows) > 0 && j.model.method == unmoved {
			continue
		}
		figures, err := j.figures(ctx, t, m.cloud)
		if err == nil && j.certify && m.name == condot.Method {
			var bounds []metrics.Figure
			bounds, err = j.bounds(ctx, t)
			figures = append(figures, bounds...)
		}
		if err != nil {
			return nil, fmt.Errorf("%s under %s: %w", m.name, j.model.schema.Format(t.condition), err)
		}
		for _, f := range figures {
			rows = append(rows, judged{m.name, j.setting(t.condition), j.model.schema.Format(t.condition), f})
		}
	}
	return rows, nil
}

// figures of a carried cloud: against the true images first, where they are known.
func (j *judge) figures(ctx context.Context, t trial, moved *mat.Dense) (figures []metrics.Figure, err error) {
	if t.truth != nil {
		f, err := metrics.L2UVP(moved, t.truth, t.weights, j.options)
		if err != nil {
			return nil, err
		}
		figures = append(figures, f)
		if f, err = metrics.Cosine(t.source, moved, t.truth, t.weights, j.options); err != nil {
			return nil, err
		}
		figures = append(figures, f)
	}
	more, err := j.preset.Evaluate(ctx, ot.Measure{Points: moved, Weights: t.weights}, t.observed, j.options)
	return append(figures, more...), err
}

// bounds are the certificate of W₂² between source and observed target.
func (j *judge) bounds(ctx context.Context, t trial) ([]metrics.Figure, error) {
	c, err := j.model.networks.Certify(ctx, datasets.Pair{Condition: t.condition, Source: t.source, SourceWeights: t.weights,
		Target: t.observed.Points, TargetWeights: t.observed.Weights}, condot.CertifyOptions{Seed: j.options.Seed})
	if errors.Is(err, condot.ErrNotConvex) {
		j.warnings = append(j.warnings, fmt.Sprintf("no certificate: %v", err))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	j.model.networks.Certificates = append(j.model.networks.Certificates, *c)
	figure := func(name, what string, b condot.Bound) metrics.Figure {
		const normal = 1.96 // half of a 95 % interval in standard errors
		return metrics.Figure{Name: name, Value: b.Value, Low: b.Value - normal*b.StandardError, High: b.Value + normal*b.StandardError,
			N: min(b.SourcePoints, b.TargetPoints), Definition: what + " of W₂², without ½; in " + c.Space, Warnings: c.Warnings}
	}
	return []metrics.Figure{figure("w2squared_lower", "dual lower bound", c.Lower), figure("w2squared_upper", "upper bound from exact transport between samples", c.Upper)}, nil
}

// setting of a condition, as the model was trained.
func (j *judge) setting(v condition.Value) string {
	s := j.model.schema
	if slices.ContainsFunc(j.model.conditions, func(c condition.Value) bool { return s.Key(c) == s.Key(v) }) {
		return inSample
	}
	for i, variable := range s.Variables {
		if variable.Kind == condition.Continuous && (v[i].Number < variable.Min || v[i].Number > variable.Max) {
			return extrapolated
		}
	}
	return heldOut
}

// mean is a metric's mean over the conditions of a setting.
type mean struct {
	Method     string  `json:"method"`
	Setting    string  `json:"setting"`
	Metric     string  `json:"metric"`
	Mean       float64 `json:"mean"`
	Conditions int     `json:"conditions"`
}

// means over conditions, in the order in which methods, settings and metrics appear.
func means(rows []judged) []mean {
	var list []mean
	for _, r := range rows {
		at := slices.IndexFunc(list, func(m mean) bool {
			return m.Method == r.Method && m.Setting == r.Setting && m.Metric == r.Metric.Name
		})
		if math.IsNaN(r.Metric.Value) {
			continue
		}
		if at < 0 {
			at = len(list)
			list = append(list, mean{r.Method, r.Setting, r.Metric.Name, 0, 0})
		}
		m := &list[at]
		m.Mean = (m.Mean*float64(m.Conditions) + r.Metric.Value) / float64(m.Conditions+1)
		m.Conditions++
	}
	return list
}
