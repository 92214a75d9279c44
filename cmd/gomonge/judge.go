package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ncmt"
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
	// over is the number of conditions of a figure of several, else 0.
	over int
}

// allConditions stands for the condition of a figure of several.
const allConditions = "all"

// trial is a condition under which a map is judged.
type trial struct {
	condition condition.Value
	source    *mat.Dense // the points that are carried
	weights   []float64
	observed  ot.Measure
	// truth are the images of the very points of source; nil where they are not known.
	truth *mat.Dense
}

// judge judges a model and, for scale, the map that moves nothing, baselines and
// the observed points themselves.
type judge struct {
	model      *model
	preset     metrics.Preset
	options    metrics.Options
	certify    bool // bound W₂² too
	yardsticks bool // judge the ceiling too
	rivals     []rival
	lenient    bool // a condition that the model cannot be asked is a warning, whatever the reason
	warnings   []string
	cannot     []bool    // trials that the model has no answer to
	perturbed  []float64 // the mean over all conditions; nil where there is one
	only       []string  // patterns of the conditions that are judged; none: all
}

// all judges the model under every condition, in order.
func (j *judge) all(ctx context.Context, m *meter, trials []trial) (*evaluation, error) {
	started := time.Now()
	e := &evaluation{Model: j.model.folder, Method: j.model.method, Preset: string(j.preset), Table: []judged{}}
	defer m.end()
	if err := j.average(trials); err != nil {
		return nil, err
	}
	trials, err := j.asked(trials)
	if err != nil {
		return nil, err
	}
	if err := j.check(trials); err != nil {
		return nil, err
	}
	settings := map[string]*scores{}
	for i, t := range trials {
		setting := j.setting(t.condition)
		if settings[setting] == nil {
			settings[setting] = &scores{predicted: map[string][]ot.Measure{}}
		}
		rows, err := j.try(ctx, t, !j.cannot[i], settings[setting])
		if ctx.Err() != nil {
			return nil, interrupted("interrupted; nothing is kept")
		}
		if err != nil {
			return nil, err
		}
		e.Table = append(e.Table, rows...)
		m.count(i+1, len(trials), "conditions", time.Since(started))
	}
	for _, setting := range []string{inSample, heldOut, extrapolated} {
		rows, err := j.together(setting, settings[setting], trials)
		if err != nil {
			return nil, err
		}
		e.Table = append(e.Table, rows...)
	}
	if e.Means, err = j.means(e.Table); err != nil {
		return nil, err
	}
	e.Warnings, e.Seconds = append([]string{}, j.warnings...), time.Since(started).Seconds()
	return e, nil
}

// average is the mean over all conditions, which effects are measured against.
func (j *judge) average(trials []trial) (err error) {
	if len(trials) < 2 {
		return nil
	}
	clouds := make([]ot.Measure, len(trials))
	for i, t := range trials {
		clouds[i] = t.observed
	}
	j.perturbed, err = metrics.MeanOfMeans(clouds)
	return err
}

// asked are the trials whose conditions are to be judged; effects stay measured against the mean over all.
func (j *judge) asked(trials []trial) ([]trial, error) {
	if len(j.only) == 0 {
		return trials, nil
	}
	wanted := make([]bool, len(trials))
	for _, text := range j.only {
		pattern, err := j.model.schema.ParsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("--condition: %w", err)
		}
		var names []string
		found := false
		for k, t := range trials {
			if pattern.Matches(t.condition) {
				found, wanted[k] = true, true
			}
			names = append(names, j.model.schema.Format(t.condition))
		}
		if !found {
			return nil, fmt.Errorf("--condition %s: the data have no such condition (%s)", text, spell.Suggest(text, names))
		}
	}
	var chosen []trial
	for k, t := range trials {
		if wanted[k] {
			chosen = append(chosen, t)
		}
	}
	return chosen, nil
}

// together has the figures of all conditions of a setting at once.
func (j *judge) together(setting string, s *scores, trials []trial) (rows []judged, err error) {
	if s == nil {
		return nil, nil
	}
	control := ot.Measure{Points: trials[0].source, Weights: trials[0].weights}
	for _, name := range j.methods() {
		figures, over, err := s.across(j.preset, name, control, j.options)
		if err != nil {
			return nil, fmt.Errorf("%s, %s conditions together: %w", name, setting, err)
		}
		for _, f := range figures {
			rows = append(rows, judged{name, setting, allConditions, f, over})
		}
	}
	return rows, nil
}

// methods in the order in which they are shown.
func (j *judge) methods() []string {
	list := []string{j.model.method}
	if j.model.method != unmoved {
		list = append(list, unmoved)
	}
	for _, r := range j.rivals {
		list = append(list, r.name)
	}
	return append(list, halfSplit)
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

// try returns the figures of the trial: the model's if that has an answer, then the yardsticks'.
func (j *judge) try(ctx context.Context, t trial, answers bool, s *scores) ([]judged, error) {
	list, err := j.candidates(t, answers)
	if err != nil {
		return nil, err
	}
	var rows []judged
	clouds := map[string]ot.Measure{}
	add := func(name string, figures []metrics.Figure) {
		for _, f := range figures {
			rows = append(rows, judged{name, j.setting(t.condition), j.model.schema.Format(t.condition), f, 0})
		}
	}
	for _, c := range list {
		clouds[c.name] = ot.Measure{Points: c.cloud, Weights: t.weights}
		figures, err := j.figures(ctx, t, clouds[c.name])
		if err == nil && c.name == j.model.method {
			var own []metrics.Figure
			own, err = j.ofModel(ctx, t)
			figures = append(figures, own...)
		}
		if err != nil {
			return nil, fmt.Errorf("%s under %s: %w", c.name, j.model.schema.Format(t.condition), err)
		}
		add(c.name, figures)
	}
	figures, half, err := j.ceiling(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("halves of %s: %w", j.model.schema.Format(t.condition), err)
	}
	if half.Points != nil {
		clouds[halfSplit] = half
	}
	add(halfSplit, figures)
	return rows, s.add(t, clouds)
}

// figures of a carried cloud: against the true images first, where they are known,
// then the preset's, and what it says of effects against the source.
func (j *judge) figures(ctx context.Context, t trial, moved ot.Measure) (figures []metrics.Figure, err error) {
	if t.truth != nil {
		f, err := metrics.L2UVP(moved.Points, t.truth, t.weights, j.options)
		if err != nil {
			return nil, err
		}
		figures = append(figures, f)
		if f, err = metrics.Cosine(t.source, moved.Points, t.truth, t.weights, j.options); err != nil {
			return nil, err
		}
		figures = append(figures, f)
	}
	more, err := j.preset.Evaluate(ctx, moved, t.observed, j.options)
	if err != nil {
		return nil, err
	}
	effects, err := j.preset.Perturbation(moved, t.observed, metrics.Reference{Control: ot.Measure{Points: t.source, Weights: t.weights}, Perturbed: j.perturbed}, j.options)
	return slices.Concat(figures, more, effects), err
}

// ofModel are figures that the model itself gives: a certificate where it is asked for, transport costs.
func (j *judge) ofModel(ctx context.Context, t trial) ([]metrics.Figure, error) {
	switch {
	case j.certify && j.model.method == condot.Method:
		return j.bounds(ctx, t)
	case j.model.stochastic != nil:
		return j.costs(t)
	}
	return nil, nil
}

// costs of transport by NCTM's map and critic.
func (j *judge) costs(t trial) ([]metrics.Figure, error) {
	m := j.model.stochastic
	source, target, err := j.latents(t)
	if err != nil {
		return nil, err
	}
	c, err := m.Cost(source, target, t.weights, t.observed.Weights, t.condition)
	if err != nil {
		return nil, err
	}
	n, _ := t.source.Dims()
	figure := func(name, what string, e ncmt.Estimate) metrics.Figure {
		const normal = 1.96 // half of a 95 % interval in standard errors
		return metrics.Figure{Name: name, Value: e.Value, Low: e.Value - normal*e.StandardError, High: e.Value + normal*e.StandardError, N: n,
			Definition: fmt.Sprintf("%s, for the %s cost", what, m.Options.Cost)}
	}
	return []metrics.Figure{figure("transport_cost", "the middle of the next two where the map's is the higher, else the Lagrangian", c.Best),
		figure("transport_cost_map", "E k(x,T(x,c))", c.Map),
		figure("transport_cost_lagrangian", "E f(y,c) + E[k(x,T) − f(T,c)]", c.Lagrangian)}, nil
}

// latents are a trial's clouds in the space that the model works in.
func (j *judge) latents(t trial) (source, target *mat.Dense, err error) {
	if source, err = j.model.latent(t.source); err != nil {
		return nil, nil, err
	}
	target, err = j.model.latent(t.observed.Points)
	return source, target, err
}

// bounds are the certificate of W₂² between source and observed target.
func (j *judge) bounds(ctx context.Context, t trial) ([]metrics.Figure, error) {
	source, target, err := j.latents(t)
	if err != nil {
		return nil, err
	}
	c, err := j.model.networks.Certify(ctx, datasets.Pair{Condition: t.condition, Source: source, SourceWeights: t.weights,
		Target: target, TargetWeights: t.observed.Weights}, condot.CertifyOptions{Seed: j.options.Seed})
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
