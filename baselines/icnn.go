package baselines

import (
	"context"
	"fmt"
	"os"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// ICNN is optimal transport by input-convex networks (Makkuva, Taghvaei, Oh and
// Lee 2020): CondOT with no condition. Pooled, it is trained on all conditions
// as one; else it is a map for each, each trained as a task of its own.
type ICNN struct {
	family[unconditional]
}

// Reports of the trainings, one a map. After [Load] their curves of losses have the last point only.
func (m *ICNN) Reports() []*train.Report {
	reports := make([]*train.Report, len(m.maps))
	for j, u := range m.maps {
		reports[j] = u.Report
	}
	return reports
}

// unconditional is a CondOT model of a task whose schema has no variables.
type unconditional struct{ *condot.Model }

func (m unconditional) carry(x *mat.Dense) (*mat.Dense, error) {
	return m.Transport(nil, x, condition.Value{})
}

// FitICNN trains one map, or one for each condition. Of the options, Seconds
// are shared out among the maps and Steps are those of each; Checkpoint names
// the file of the first map, the others' have ".1", ".2" and so on behind it, and
// Resume starts those of several maps anew that have no file yet.
//
// When ctx is cancelled, the pooled map is returned as far as it got, with a
// warning; several maps of which some never started are an error.
func FitICNN(ctx context.Context, task *datasets.Task, reach Reach, o condot.Options) (*ICNN, error) {
	f, err := newFamily[unconditional]("icnn", task, reach)
	if err != nil {
		return nil, err
	}
	sources, targets, err := endsOf(task, reach)
	if err != nil {
		return nil, err
	}
	m := &ICNN{family: f}
	o.Seconds /= float64(len(sources))
	for j := range sources {
		model, report, err := condot.Fit(ctx, withoutCondition(task, sources[j], targets[j]), optionsOf(o, j, len(sources)))
		if err != nil {
			return nil, fmt.Errorf("baselines: %s: %s: %w", m.Method, m.label(j), err)
		}
		if report.Reason == train.Interrupted {
			if len(sources) > 1 {
				return nil, fmt.Errorf("baselines: %s: stopped in training map %d of %d: %w", m.Method, j+1, len(sources), context.Cause(ctx))
			}
			m.warn("training was interrupted after %d of %d steps", report.Steps, report.Planned)
		}
		for _, w := range report.Warnings {
			m.warn("%s: %s", m.label(j), w)
		}
		m.maps = append(m.maps, unconditional{model})
	}
	return m, nil
}

// withoutCondition is the task of one pair of clouds.
func withoutCondition(task *datasets.Task, source, target ot.Measure) *datasets.Task {
	return &datasets.Task{Name: task.Name, Features: task.Features, Train: []datasets.Pair{{
		Condition: condition.Value{},
		Source:    source.Points, SourceWeights: source.Weights,
		Target: target.Points, TargetWeights: target.Weights,
	}}}
}

// optionsOf the j-th of n maps: a checkpoint of its own, resumed from where it exists.
func optionsOf(o condot.Options, j, n int) condot.Options {
	if n == 1 || o.Checkpoint == "" {
		return o
	}
	if j > 0 {
		o.Checkpoint = fmt.Sprintf("%s.%d", o.Checkpoint, j)
	}
	if _, err := os.Stat(o.Checkpoint); err != nil {
		o.Resume = false // training never came to this map, or was quick to leave it
	}
	return o
}
