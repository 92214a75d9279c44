package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ot"
	"github.com/spf13/pflag"
	"gonum.org/v1/gonum/mat"
)

// Yardsticks that are no baselines.
const (
	unmoved   = "identity"   // leaves points where they are: the control
	halfSplit = "half-split" // one half of the observed points against the other: the ceiling
	meanShift = "mean"       // the baseline of normalised scores, where it is there
)

// trainedYardsticks are the baselines that a model is judged beside; what does
// not apply to a task or a condition is left out.
var trainedYardsticks = []string{meanShift, "additive", "ridge", "affine"}

// rival is a fitted baseline.
type rival struct {
	name string
	fitted
}

// fitYardsticks fits the baselines to what the model was trained on, in the space that it was trained in.
func (j *judge) fitYardsticks(ctx context.Context, task *datasets.Task) error {
	features := task.Features
	if j.model.projection != nil {
		var err error
		if task, err = projectedTask(j.model.projection, task); err != nil {
			return err
		}
	}
	for _, name := range trainedYardsticks {
		if name == j.model.method {
			continue
		}
		m, err := baselines.Fit(ctx, name, task, baselines.Options{Seed: j.options.Seed})
		var none *baselines.NotApplicableError
		if errors.As(err, &none) {
			continue
		}
		if err != nil {
			return fmt.Errorf("the yardstick %s: %w", name, err)
		}
		if j.model.projection == nil {
			j.rivals = append(j.rivals, rival{name, m})
		} else {
			j.rivals = append(j.rivals, rival{name, &projected{m, j.model.projection, features}})
		}
	}
	return nil
}

// trainingTask reads again what the run of a model was trained on; the error
// says why it cannot be had.
func trainingTask(m *model) (*datasets.Task, error) {
	c, err := rundir.ReadConfig(joined(m.folder, ".."))
	if err != nil || c.Command != "fit" {
		return nil, fmt.Errorf("%s is in no folder of a run of gomonge fit", m.folder)
	}
	var o fitFlags
	flags := pflag.NewFlagSet("fit", pflag.ContinueOnError)
	o.dataFlags.add(flags)
	flags.StringVar(&o.method, "method", "", "")
	flags.Float64Var(&o.test, "test", 0, "")
	flags.Uint64Var(&o.seed, "seed", 0, "")
	for name, value := range c.Settings {
		if f := flags.Lookup(name); f != nil {
			if err := setFlag(f, value); err != nil {
				return nil, fmt.Errorf("the setting %q of %s: %w", name, rundir.ConfigFile, err)
			}
		}
	}
	trained, err := methodNamed(o.method)
	if err != nil {
		return nil, err
	}
	if trained.sparse || m.projection != nil { // as fit read it
		o.denseLimit = denseLimit
	}
	task, _, files, err := o.read(m.method)
	if err != nil {
		return nil, err
	}
	if task.Sparse() && m.projection == nil {
		return nil, fmt.Errorf("its clouds are sparse, and baselines are fitted to dense ones alone")
	}
	for k, f := range files {
		if k < len(c.Data) && c.Data[k].SHA256 != f.SHA256 {
			return nil, fmt.Errorf("%s has changed since", f.File)
		}
	}
	if o.test > 0 {
		return task.SplitRows(o.test, rand.NewPCG(o.seed, rowsStream))
	}
	return task, nil
}

// candidate is a predicted cloud of a trial.
type candidate struct {
	name  string
	cloud *mat.Dense
}

// candidates are the model's cloud, if that has an answer, the identity's and the baselines'.
func (j *judge) candidates(t trial, answers bool) ([]candidate, error) {
	var list []candidate
	if answers {
		moved, err := j.model.Transport(nil, t.source, t.condition)
		if err != nil {
			return nil, err
		}
		list = append(list, candidate{j.model.method, moved})
	}
	if j.model.method != unmoved {
		list = append(list, candidate{unmoved, t.source})
	}
	for _, r := range j.rivals {
		moved, err := r.Transport(nil, t.source, t.condition)
		var none *baselines.NotApplicableError
		if errors.As(err, &none) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		list = append(list, candidate{r.name, moved})
	}
	return list, nil
}

// ceiling are the figures of one half of the observed points against the other.
func (j *judge) ceiling(ctx context.Context, t trial) ([]metrics.Figure, ot.Measure, error) {
	n, _ := t.observed.Dims()
	if !j.yardsticks || n < 4 {
		return nil, ot.Measure{}, nil
	}
	a, b, err := metrics.Halves(t.observed, j.options)
	if err != nil {
		return nil, a, err
	}
	t.observed, t.truth = b, nil
	figures, err := j.figures(ctx, t, a)
	for k := range figures {
		figures[k].Definition += "; between two random halves of the observed points"
	}
	return figures, a, err
}

// scores collects, for figures over all conditions of a setting, the mean of
// every method's cloud under each condition.
type scores struct {
	conditions []condition.Value
	predicted  map[string][]ot.Measure // by method; without points where it has no answer
	observed   []ot.Measure
	points     int // the fewest of an observed cloud
}

// centre is a cloud's mean as a cloud of one point.
func centre(m ot.Measure) (ot.Measure, error) {
	mean, err := metrics.MeanOfMeans([]ot.Measure{m})
	if err != nil {
		return ot.Measure{}, err
	}
	return ot.Uniform(mat.NewDense(1, len(mean), mean)), nil
}

// add takes in a trial and the clouds of its methods.
func (s *scores) add(t trial, clouds map[string]ot.Measure) error {
	n, _ := t.observed.Dims()
	if len(s.observed) == 0 || n < s.points {
		s.points = n
	}
	observed, err := centre(t.observed)
	if err != nil {
		return err
	}
	s.observed = append(s.observed, observed)
	s.conditions = append(s.conditions, t.condition)
	for name, cloud := range clouds {
		c, err := centre(cloud)
		if err != nil {
			return err
		}
		for len(s.predicted[name]) < len(s.observed)-1 {
			s.predicted[name] = append(s.predicted[name], ot.Measure{})
		}
		s.predicted[name] = append(s.predicted[name], c)
	}
	return nil
}

// across are the figures of a method over all conditions that it has an answer to.
func (s *scores) across(p metrics.Preset, name string, control ot.Measure, o metrics.Options) ([]metrics.Figure, int, error) {
	var predicted, observed []ot.Measure
	for k, c := range s.predicted[name] {
		if c.Points != nil {
			predicted, observed = append(predicted, c), append(observed, s.observed[k])
		}
	}
	figures, err := p.Across(predicted, observed, metrics.Reference{Control: control}, o)
	for k := range figures {
		figures[k].N = s.points
	}
	return figures, len(predicted), err
}
