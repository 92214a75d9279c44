package experiments

import (
	"context"
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/internal/backend"
	"gonum.org/v1/gonum/mat"
)

// screen is what experiments on screens of cells share: methods that are fitted to trials, and what was found by the
// cells set aside.
type screen struct {
	seed    uint64
	methods []method
	// bootstraps of each figure's bootstrap, as metrics has them; negative where intervals over conditions say more.
	bootstraps int
	teller     *teller
	result     *Result
	trials     []*trial
	judged     []*judgement
	// portraits are whose marginal densities are drawn, by data set.
	portraits map[string]*portrait
	// models is the folder that fitted methods are saved in; "" keeps none.
	models string
	// training is the options of a method's networks on a trial, and trains says whether it is asked of the trial.
	training func(t *trial, m method) condot.Options
	trains   func(t *trial, m method) bool
}

func newScreen(experiment string, seed uint64, methods []method, tell func(Progress), engine *backend.Engine) *screen {
	return &screen{seed: seed, methods: methods, teller: newTeller(tell), portraits: map[string]*portrait{},
		result: &Result{Experiment: experiment, Engine: engine.Description}}
}

// pureWarning says what the pure-Go engine costs.
func pureWarning(steps int) string {
	return fmt.Sprintf("the pure-Go engine computes: %d steps of training instead of %d; networks are worse than they would be on XLA", steps, 10*steps)
}

// fingerprint names all that a resumed experiment's numbers follow from: the options, and the cells as methods see
// them and as metrics do.
func (s *screen) fingerprint(options any) string {
	var clouds []*mat.Dense
	var conditions []string
	for _, t := range s.trials {
		for _, p := range t.task.Train {
			conditions = append(conditions, fmt.Sprintf("%s %+v", t.task.Schema.Format(p.Condition), t.task.Schema.Variables))
		}
		clouds = append(clouds, t.latent)
		for _, c := range t.asked {
			clouds = append(clouds, t.observed(t.compared[c].target, c))
		}
	}
	return fingerprintOf(s.result.Engine, struct {
		Options    any
		Conditions []string
	}{options, conditions}, clouds...)
}

// run does all fits, keeping what is done in a folder of checkpoints; options are those that numbers follow from.
func (s *screen) run(ctx context.Context, engine *backend.Engine, folder string, resume bool, options any) error {
	keep, err := newKeeper(folder, resume, s.fingerprint(options))
	if err != nil {
		return err
	}
	return runFits(ctx, s.teller, engine, keep, s.fits())
}

// fits are the trainings of all methods on all trials, those that take long first.
func (s *screen) fits() []fit {
	type planned struct {
		fit
		verdict *judgement
	}
	var list []planned
	for _, t := range s.trials {
		for _, m := range s.methods {
			if !s.trains(t, m) {
				continue
			}
			j := &judgement{trial: t, method: m.key}
			list = append(list, planned{fit{t.label() + ": " + m.key, m.trainings(len(t.task.Train)) * s.training(t, m).Steps, j.fitting(s, m), &j.verdict}, j})
		}
		j := &judgement{trial: t}
		list = append(list, planned{fit{t.label() + ": yardsticks", 0, j.yardsticks(s), &j.verdict}, j})
	}
	for _, p := range list {
		s.judged = append(s.judged, p.verdict)
	}
	slices.SortStableFunc(list, func(a, b planned) int { return b.rounds - a.rounds })
	fits := make([]fit, len(list))
	for i, p := range list {
		fits[i] = p.fit
	}
	return fits
}
