package experiments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// mostPoints of a cloud are compared.
const mostPoints = 500

// comparison is the cells of one condition that all methods are compared on, n each.
type comparison struct {
	source []int // rows of the source that are carried
	target []int // test rows of the condition
	others []int // other cells of the condition: training cells, or, held out, unseen ones
	// truth is what the source rows would measure on average under the condition, untreated what they
	// do without it; nil if unknown.
	truth, untreated *mat.Dense
}

// lookUp chooses the cells to compare, at random but the same for every method, and the
// counterfactuals where they are known.
func (t *trial) lookUp() error {
	t.compared = make([]comparison, len(t.conditions))
	for c, m := range t.conditions {
		r := rand.New(rand.NewPCG(uint64(c), 77))
		n := min(len(t.sourceTest[m.source]), len(t.test[c]), mostPoints)
		pick := func(rows []int, n int) []int {
			chosen := make([]int, 0, n)
			for _, i := range r.Perm(len(rows))[:n] {
				chosen = append(chosen, rows[i])
			}
			slices.Sort(chosen)
			return chosen
		}
		p := comparison{source: pick(t.sourceTest[m.source], n), target: pick(t.test[c], n), others: pick(t.train[c], min(n, len(t.train[c])))}
		if t.truth != nil {
			columns := make([]int, len(t.rulers[c]))
			for i, k := range t.rulers[c] {
				columns[i] = t.columns[k]
			}
			var err error
			if p.truth, err = t.truth(p.source, m.value, t.prepare.Target, columns); err != nil {
				return err
			}
			if p.untreated, err = t.truth(p.source, nil, t.prepare.Target, columns); err != nil {
				return err
			}
		}
		t.compared[c] = p
	}
	return nil
}

// judgement is what one method (or the yardsticks, for none) made of one trial.
type judgement struct {
	trial  *trial
	method string
	verdict
}

// verdict is what a judgement found, in the form in which it is kept.
type verdict struct {
	Rows     []Row
	Warnings []warning
	// Marginals are what the method predicts for what the portrait draws of the trial.
	Marginals map[marginal][]float64
	// Pictured is what it predicts for the trial's pictured conditions, in the latent space, row by row.
	Pictured map[int][]float64
	// Log is how the training went, a line for each point of its curves.
	Log []LogLine
}

// fitting returns the job that fits the method and judges it.
func (j *judgement) fitting(s *screen, m method) func(context.Context, *drawer, func(train.Progress)) error {
	return func(ctx context.Context, kept *drawer, progress func(train.Progress)) error {
		t := j.trial
		o, err := kept.training(s.training(t, m))
		if err != nil {
			return err
		}
		o.Progress = progress
		task := t.task
		if m.embedded {
			task = t.embedded
		}
		fitted, warnings, err := m.fit(ctx, task, o)
		if notApplicable(err) {
			return nil // tables say n/a
		}
		if err != nil || ctx.Err() != nil {
			return err
		}
		j.Warnings = warningsOf(t.label()+": "+m.key, warnings...)
		j.Log = logOf(t.label()+": "+m.key, fitted)
		if s.models != "" {
			if err := save(fitted, filepath.Join(s.models, m.key), t.folder()); err != nil {
				return err
			}
		}
		for _, c := range t.asked {
			z, y, err := t.predict(fitted, c)
			if notApplicable(err) {
				continue
			}
			if err != nil {
				return err
			}
			if err := j.judge(ctx, s, m.key, c, y); err != nil {
				return err
			}
			j.portray(s.portraits[t.data], c, y)
			j.picture(c, z)
		}
		return nil
	}
}

// picture keeps a predicted cloud of a pictured condition.
func (j *judgement) picture(c int, z *mat.Dense) {
	if !slices.Contains(j.trial.pictured, c) {
		return
	}
	if j.Pictured == nil {
		j.Pictured = map[int][]float64{}
	}
	j.Pictured[c] = mat.DenseCopyOf(z).RawMatrix().Data
}

// save puts a fitted method in a folder of its own in another, which is made.
func save(fitted carrier, in, folder string) error {
	if err := os.MkdirAll(in, 0o777); err != nil {
		return fmt.Errorf("experiments: the folder of models: %w", err)
	}
	return fitted.Save(filepath.Join(in, folder))
}

// predict carries the compared source cells to a condition and decodes them.
func (t *trial) predict(fitted carrier, c int) (latent, decoded *mat.Dense, err error) {
	if latent, err = fitted.Transport(nil, takeRows(t.latent, t.compared[c].source), t.conditions[c].value); err != nil {
		return nil, nil, err
	}
	decoded, err = t.decode(latent, c)
	return latent, decoded, err
}

// yardstick is a cloud that shows what a figure means.
type yardstick struct{ key, label string }

// Keys of the yardsticks.
const (
	observed  = "observed"
	projected = "observed-projected"
	noisy     = "counterfactual-noisy"
)

var yardsticks = []yardstick{
	{observed, "yardstick: other cells of the condition"},
	{projected, "yardstick: those, through the components"},
	{noisy, "yardstick: known answer, with the input's noise"},
}

// yardsticks returns the job that judges them.
func (j *judgement) yardsticks(s *screen) func(context.Context, *drawer, func(train.Progress)) error {
	return func(ctx context.Context, _ *drawer, _ func(train.Progress)) error {
		t := j.trial
		for _, c := range t.asked {
			p := t.compared[c]
			through, err := t.decode(takeRows(t.latent, p.others), c)
			if err != nil {
				return err
			}
			known, err := t.knownWithNoise(p, c)
			if err != nil {
				return err
			}
			for _, y := range []struct {
				key   string
				cloud *mat.Dense
			}{{observed, t.observed(p.others, c)}, {projected, through}, {noisy, known}} {
				if y.cloud == nil || y.key == projected && t.latentSpace == nil {
					continue
				}
				if err := j.judge(ctx, s, y.key, c, y.cloud); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// knownWithNoise is the known answer for each source cell, off by what its own measurement was off by: what
// the right map makes of inputs as noisy as these are. Nil where the answer is not known.
func (t *trial) knownWithNoise(p comparison, c int) (*mat.Dense, error) {
	if p.truth == nil {
		return nil, nil
	}
	y, err := t.decode(takeRows(t.latent, p.source), c)
	if err != nil {
		return nil, err
	}
	y.Sub(y, p.untreated)
	y.Add(y, p.truth)
	return y, nil
}

// judge compares a predicted cloud with the observed one and, where it is known, with the truth.
func (j *judgement) judge(ctx context.Context, s *screen, key string, c int, y *mat.Dense) error {
	t := j.trial
	o := metrics.Options{MaxPoints: -1, Seed: s.seed, Space: t.space(c), Workers: 1, Replicates: s.bootstraps}
	figures, err := metrics.CondOTPaper.Evaluate(ctx, ot.Uniform(y), ot.Uniform(t.observed(t.compared[c].target, c)), o)
	if err != nil {
		return err
	}
	energy, err := metrics.EnergySquared(ot.Uniform(y), ot.Uniform(t.observed(t.compared[c].target, c)), o)
	if err != nil {
		return err
	}
	figures = append(figures, energy)
	if paired := key != observed && key != projected; t.compared[c].truth != nil && paired {
		uvp, err := metrics.L2UVP(y, t.compared[c].truth, nil, o)
		if err != nil {
			return err
		}
		uvp.Definition += "; T(x) the mean of what the cell would measure under the condition"
		figures = append(figures, uvp)
	}
	for _, f := range figures {
		j.Rows = append(j.Rows, Row{Data: t.data, Series: t.series.name, Replicate: t.replica(), Method: key, Setting: t.setting(c), Condition: t.key(c), Metric: f})
	}
	return nil
}

// space names what is compared.
func (t *trial) space(c int) string {
	if ruler := t.rulers[c]; len(ruler) < len(t.features) {
		return fmt.Sprintf("%d marker genes, log-expression", len(ruler))
	}
	return fmt.Sprintf("%d features", len(t.rulers[c]))
}
