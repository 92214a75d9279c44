package metrics

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/ot"
)

// Preset is a list of definitions under a name of its own. Figures of different
// presets are not comparable even where their names agree.
type Preset string

const (
	// Panel is the default: mmd_squared of the CondOT paper, sinkhorn_divergence
	// (cost ½‖x−y‖², ε = .05 of the mean cost between observed points),
	// energy_squared (Euclidean, U-statistic), l2_ps and means_r2; and, where
	// there is a control, the figures of [Preset.Perturbation] and [Preset.Across].
	Panel Preset = "panel"
	// CondOTPaper are the metrics of Bunne, Krause and Cuturi (2022): mmd_squared
	// (γ = .5, .1, .01, .005, unbiased), the entropic costs w_eps_kl and
	// w_eps_eq17 (cost ‖x−y‖², ε = .1, n = m) and l2_ps, the difference of means,
	// which the paper takes over 50 marker genes: give it clouds of those.
	CondOTPaper Preset = "condot-paper"
	// CondOTCode are those of its reference code: mmd_squared (γ = 2, 1, .5, .1,
	// .01, .005, with the diagonal), sinkhorn_divergence (cost ½‖x−y‖², ε = .01,
	// debiased) and l2_ps.
	CondOTCode Preset = "condot-code"
	// CellOT are the metrics of Bunne et al. (2023), each on 100, 250, 500, 1000
	// and 1500 points as far as there are as many, and each the mean of ten random
	// choices of them: l2_ps, means_pearson and stds_pearson, which CellOT calls
	// r2-means and r2-stds, correlation_pearson, mmd_squared (50 bandwidths from
	// γ = 10 to .001, with the diagonal), knn_enrichment_k50 and
	// knn_enrichment_k100. Its lower bound comes from [Halves].
	CellOT Preset = "cellot"
	// CMonge are the metrics of Conditional Monge Gap (Driessen et al.):
	// mmd_squared as in condot-code, w_eps_kl_euclidean (cost ‖x−y‖, not squared,
	// ε = .1), the drug signature l2_ps, and means_pearson_squared, which it calls R².
	CMonge Preset = "cmonge"
	// CellFlow are the metrics of CellFlow (Klein et al. 2025): means_r2
	// (r2_score), the Sinkhorn divergences with cost ‖x−y‖² and ε = 1, 10 and 100,
	// energy_squared_norms, its e_distance, and mmd_squared as in condot-code.
	CellFlow Preset = "cellflow"
)

// Presets are all presets, the default first.
func Presets() []Preset {
	return []Preset{Panel, CondOTPaper, CondOTCode, CellOT, CMonge, CellFlow}
}

// Description is the preset in one line, for lists of presets.
func (p Preset) Description() string {
	return map[Preset]string{
		Panel:       "MMD, Sinkhorn divergence, energy distance, means; effects against control where there is one",
		CondOTPaper: "the CondOT paper: MMD (4 bandwidths, unbiased), entropic cost of ‖x−y‖² at ε=.1, means",
		CondOTCode:  "the CondOT code: MMD (6 bandwidths, biased), Sinkhorn divergence at ε=.01, means",
		CellOT:      "CellOT: MMD (50 bandwidths), moments, correlations, neighbours, on 100 to 1500 points, ten times",
		CMonge:      "CMonge: MMD (6 bandwidths), entropic cost of ‖x−y‖ at ε=.1, drug signature, squared Pearson r",
		CellFlow:    "CellFlow: r2_score, Sinkhorn divergence at ε=1, 10, 100, energy of squared norms, MMD",
	}[p]
}

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
	return "", fmt.Errorf("metrics: no preset %q (%s): there are %s", name, spell.Suggest(name, names), strings.Join(names, ", "))
}

const (
	paperEpsilon = 0.1  // of cost ‖x−y‖², and in CMonge of ‖x−y‖
	codeEpsilon  = 0.01 // blur² with blur = .1
	panelShare   = 0.05 // of the mean cost between observed points
)

// Evaluate computes a preset's figures for a predicted and an observed cloud. The
// empty preset is [Panel].
func (p Preset) Evaluate(ctx context.Context, predicted, observed ot.Measure, o Options) ([]Figure, error) {
	all := map[Preset]func(context.Context, *collector, ot.Measure, ot.Measure, Options){
		Panel: evaluatePanel, CondOTPaper: evaluatePaper, CondOTCode: evaluateCode, CellOT: evaluateCellOT, CMonge: evaluateCMonge, CellFlow: evaluateCellFlow,
	}
	evaluate, known := all[p]
	if !known {
		if p != "" {
			_, err := ParsePreset(string(p))
			return nil, err
		}
		return Panel.Evaluate(ctx, predicted, observed, o)
	}
	var c collector
	evaluate(ctx, &c, predicted, observed, o)
	return c.named(p)
}

// collector holds figures until one fails.
type collector struct {
	figures []Figure
	err     error
}

func (c *collector) add(f Figure, err error) { c.all([]Figure{f}, err) }

func (c *collector) all(f []Figure, err error) {
	if c.err == nil {
		c.figures, c.err = append(c.figures, f...), err
	}
}

// named puts the preset's name before the definitions.
func (c *collector) named(p Preset) ([]Figure, error) {
	if c.err != nil {
		return nil, fmt.Errorf("metrics: preset %s: %w", p, c.err)
	}
	for k := range c.figures {
		c.figures[k].Definition = string(p) + ": " + c.figures[k].Definition
	}
	return c.figures, nil
}

func evaluatePanel(ctx context.Context, c *collector, predicted, observed ot.Measure, o Options) {
	c.add(MMDSquared(predicted, observed, PaperRBF, o))
	c.add(panelSinkhorn(ctx, predicted, observed, o))
	c.add(EnergySquared(predicted, observed, o))
	c.add(MeanDifference(predicted, observed, o))
	c.add(MeansR2(predicted, observed, o))
}

func evaluatePaper(ctx context.Context, c *collector, predicted, observed ot.Measure, o Options) {
	c.add(MMDSquared(predicted, observed, PaperRBF, o))
	c.all(EntropicCosts(ctx, predicted, observed, paperEpsilon, o))
	c.add(MeanDifference(predicted, observed, o))
}

func evaluateCode(ctx context.Context, c *collector, predicted, observed ot.Measure, o Options) {
	c.add(MMDSquared(predicted, observed, CodeRBF, o))
	c.add(SinkhornDivergence(ctx, predicted, observed, ot.HalfSquaredEuclidean, codeEpsilon, o))
	c.add(MeanDifference(predicted, observed, o))
}

func evaluateCMonge(ctx context.Context, c *collector, predicted, observed ot.Measure, o Options) {
	c.add(MMDSquared(predicted, observed, CodeRBF, o))
	c.add(EntropicCost(ctx, predicted, observed, ot.Euclidean, paperEpsilon, o))
	c.add(MeanDifference(predicted, observed, o))
	c.add(MeansPearsonSquared(predicted, observed, o))
}

func evaluateCellFlow(ctx context.Context, c *collector, predicted, observed ot.Measure, o Options) {
	c.add(MeansR2(predicted, observed, o))
	for _, epsilon := range []float64{1, 10, 100} {
		f, err := SinkhornDivergence(ctx, predicted, observed, ot.SquaredEuclidean, epsilon, o)
		f.Name = fmt.Sprintf("%s_eps%g", f.Name, epsilon)
		c.add(f, err)
	}
	c.add(EnergySquaredNorms(predicted, observed, o))
	c.add(MMDSquared(predicted, observed, CodeRBF, o))
}

// panelSinkhorn takes ε from the observed cloud alone, so that all predictions
// of it are judged by one.
func panelSinkhorn(ctx context.Context, predicted, observed ot.Measure, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	mean, err := observed.MeanHalfSquared()
	if err != nil {
		return Figure{}, err
	}
	if !(mean > 0) {
		return Figure{}, fmt.Errorf("all observed points are equal: no epsilon follows from them")
	}
	epsilon := panelShare * mean
	return p.sinkhornDivergence(ctx, ot.HalfSquaredEuclidean, epsilon, fmt.Sprintf("ε=%.6g (%g of the mean observed cost)", epsilon, panelShare), o)
}

// Halves are two random halves of the observed points. One in the place of the
// prediction, with the other as what is observed, is as near as another sample of
// the observed population comes: the ceiling of a score, CellOT's lower bound of a
// distance. They have half as many points each, which makes figures that are
// biased by the number of points worse.
func Halves(observed ot.Measure, o Options) (a, b ot.Measure, err error) {
	if err := observed.Check("observed"); err != nil {
		return a, b, err
	}
	n, _ := observed.Dims()
	if n < 4 {
		return a, b, fmt.Errorf("metrics: %d observed points make no two halves: at least 4 are needed", n)
	}
	order := rand.New(o.stream(splitting)).Perm(n)
	first, second := order[:n/2], order[n/2:]
	slices.Sort(first)
	slices.Sort(second)
	return rowsOf(observed, first), rowsOf(observed, second), nil
}

// rowsOf are some points of a cloud with their weights.
func rowsOf(m ot.Measure, rows []int) ot.Measure {
	out := ot.Measure{Points: part(m.Points, rows)}
	if m.Weights != nil {
		out.Weights = picked(m.Weights, rows)
	}
	return out
}
