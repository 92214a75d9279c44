package metrics

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomonge/gomonge/ot"
)

// Preset is a list of definitions under a name of its own. Figures of different
// presets are not comparable even where their names agree.
type Preset string

const (
	// CondOTPaper are the metrics of Bunne, Krause and Cuturi (2022): mmd_squared
	// (γ = .5, .1, .01, .005, unbiased), the entropic costs w_eps_kl and
	// w_eps_eq17 (cost ‖x−y‖², ε = .1, n = m) and l2_ps, the difference of means,
	// which the paper takes over 50 marker genes: give it clouds of those.
	CondOTPaper Preset = "condot-paper"
	// CondOTCode are those of its reference code: mmd_squared (γ = 2, 1, .5, .1,
	// .01, .005, with the diagonal), sinkhorn_divergence (cost ½‖x−y‖², ε = .01,
	// debiased) and l2_ps.
	CondOTCode Preset = "condot-code"
	// Panel is the default: mmd_squared of the paper, sinkhorn_divergence (cost
	// ½‖x−y‖², ε = .05 of the mean cost between observed points), energy_squared
	// (Euclidean), l2_ps and means_r2.
	Panel Preset = "panel"
)

// Presets are all presets, the default first.
func Presets() []Preset { return []Preset{Panel, CondOTPaper, CondOTCode} }

// ParsePreset finds a preset by its name; the empty name is the default.
func ParsePreset(name string) (Preset, error) {
	if name == "" {
		return Panel, nil
	}
	var names []string
	for _, p := range Presets() {
		if string(p) == name {
			return p, nil
		}
		names = append(names, string(p))
	}
	return "", fmt.Errorf("metrics: no preset %q: there are %s", name, strings.Join(names, ", "))
}

const (
	paperEpsilon = 0.1
	codeEpsilon  = 0.01 // blur² with blur = .1
	panelShare   = 0.05 // of the mean cost between observed points
)

// Evaluate computes a preset's figures for a predicted and an observed cloud.
func (p Preset) Evaluate(ctx context.Context, predicted, observed ot.Measure, o Options) ([]Figure, error) {
	var figures []Figure
	var err error
	add := func(f Figure, e error) {
		if err == nil {
			figures, err = append(figures, f), e
		}
	}
	switch p {
	case CondOTPaper:
		add(MMDSquared(predicted, observed, PaperRBF, o))
		costs, e := EntropicCosts(ctx, predicted, observed, paperEpsilon, o)
		if e != nil {
			return nil, fmt.Errorf("metrics: preset %s: %w", p, e)
		}
		figures = append(figures, costs...)
		add(MeanDifference(predicted, observed, o))
	case CondOTCode:
		add(MMDSquared(predicted, observed, CodeRBF, o))
		add(SinkhornDivergence(ctx, predicted, observed, ot.HalfSquaredEuclidean, codeEpsilon, o))
		add(MeanDifference(predicted, observed, o))
	case Panel:
		add(MMDSquared(predicted, observed, PaperRBF, o))
		add(panelSinkhorn(ctx, predicted, observed, o))
		add(EnergySquared(predicted, observed, o))
		add(MeanDifference(predicted, observed, o))
		add(MeansR2(predicted, observed, o))
	default:
		_, err = ParsePreset(string(p))
	}
	if err != nil {
		return nil, fmt.Errorf("metrics: preset %s: %w", p, err)
	}
	for k := range figures {
		figures[k].Definition = string(p) + ": " + figures[k].Definition
	}
	return figures, nil
}

// panelSinkhorn takes ε from the observed cloud alone, so that all predictions
// of it are judged by one.
func panelSinkhorn(ctx context.Context, predicted, observed ot.Measure, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	mean, err := meanHalfSquared(observed)
	if err != nil {
		return Figure{}, err
	}
	if !(mean > 0) {
		return Figure{}, fmt.Errorf("all observed points are equal: no epsilon follows from them")
	}
	epsilon := panelShare * mean
	return p.sinkhornDivergence(ctx, ot.HalfSquaredEuclidean, epsilon, fmt.Sprintf("ε=%.6g (%g of the mean observed cost)", epsilon, panelShare), o)
}
