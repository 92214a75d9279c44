package baselines

import (
	"context"
	"fmt"

	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
)

// Method is a name that [Fit] knows.
type Method struct {
	Name string
	// Description in one line, for lists of methods.
	Description string

	// Trains says that it is trained step by step, and reads Options.ICNN or, as the
	// method cpa, Options.CPA; Samples, that it is solved on a sample and reads Points and Seed.
	Trains, Samples bool

	fit  func(ctx context.Context, task *datasets.Task, o Options) (Map, error)
	load func(s *saved) (Map, error)
}

// Options of [Fit]; methods pass over what they have no use for.
type Options struct {
	// Points is how many rows of a cloud a plan is solved on; 0 means 1000.
	Points int
	// Seed fixes which rows these are.
	Seed uint64
	// Ridge are the options of the method ridge.
	Ridge RidgeOptions
	// ICNN are the options of the networks' training; they have a Seed of their own.
	ICNN condot.Options
	// CPA are the options of the method cpa; they have a Seed of their own.
	CPA CPAOptions
}

// group is the methods that differ in reach alone.
type group struct {
	name            string
	description     string
	trains, samples bool
	fit             func(ctx context.Context, task *datasets.Task, reach Reach, o Options) (Map, error)
	load            func(s *saved, reach Reach) (Map, error)
}

// usual is the reach of the method that has a group's name.
var usual = map[string]Reach{"mean": Pooled, "affine": Interpolated, "plan": Nearest, "quantile": Interpolated, "icnn": Pooled}

var groups = []group{
	{name: "mean", description: "shift by the difference of means",
		fit: func(ctx context.Context, task *datasets.Task, r Reach, _ Options) (Map, error) {
			return made(FitShift(ctx, task, r))
		},
		load: func(s *saved, r Reach) (Map, error) { return made(loadShift(s, r)) }},
	{name: "affine", description: "affine map between the Gaussians with the clouds' moments",
		fit: func(ctx context.Context, task *datasets.Task, r Reach, _ Options) (Map, error) {
			return made(FitAffine(ctx, task, r))
		},
		load: func(s *saved, r Reach) (Map, error) { return made(loadAffine(s, r)) }},
	{name: "plan", description: "optimal coupling of the training points, carried to new ones by the nearest point", samples: true,
		fit: func(ctx context.Context, task *datasets.Task, r Reach, o Options) (Map, error) {
			return made(FitPlan(ctx, task, r, o.Points, o.Seed))
		},
		load: func(s *saved, r Reach) (Map, error) { return made(loadPlan(s, r)) }},
	{name: "quantile", description: "quantiles matched, for clouds of one feature",
		fit: func(ctx context.Context, task *datasets.Task, r Reach, _ Options) (Map, error) {
			return made(FitQuantile(ctx, task, r))
		},
		load: func(s *saved, r Reach) (Map, error) { return made(loadQuantile(s, r)) }},
	{name: "icnn", description: "optimal transport by input-convex networks: CondOT with no condition", trains: true,
		fit: func(ctx context.Context, task *datasets.Task, r Reach, o Options) (Map, error) {
			return made(FitICNN(ctx, task, r, o.ICNN))
		},
		load: func(s *saved, r Reach) (Map, error) { return made(loadICNN(s, r)) }},
}

// made turns the result of a constructor into a Map that is nil on error.
func made[M Map](m M, err error) (Map, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

var reachDescriptions = map[Reach]string{
	Pooled:       "one for all conditions",
	PerCondition: "of trained conditions only",
	Nearest:      "of the nearest trained condition",
	Interpolated: "interpolated between trained conditions",
}

// methodName is the name of a group's method: the group's own for its usual
// reach, and nearest for the affine map of the nearest condition.
func methodName(of string, reach Reach) string {
	if of == "affine" && reach == Nearest {
		return "nearest"
	}
	if usual[of] == reach {
		return of
	}
	return of + "-" + string(reach)
}

// Methods lists what [Fit] knows, with one line on each.
func Methods() []Method {
	list := []Method{
		{Name: "identity", Description: "leave points where they are",
			fit: func(ctx context.Context, task *datasets.Task, _ Options) (Map, error) {
				return made(FitIdentity(ctx, task))
			},
			load: func(s *saved) (Map, error) { return &Identity{s.Training}, nil }},
		{Name: "additive", Description: "shift by the sum of the effects of a condition's parts",
			fit: func(ctx context.Context, task *datasets.Task, _ Options) (Map, error) {
				return made(FitAdditive(ctx, task))
			},
			load: func(s *saved) (Map, error) { return made(loadAdditive(s)) }},
		{Name: "ridge", Description: "shift by ridge regression on the condition, in 10 principal components",
			fit: func(ctx context.Context, task *datasets.Task, o Options) (Map, error) {
				return made(FitRidge(ctx, task, o.Ridge))
			},
			load: func(s *saved) (Map, error) { return made(loadRidge(s)) }},
	}
	for _, g := range groups {
		for _, r := range reaches {
			list = append(list, Method{Name: methodName(g.name, r), Description: g.description + ", " + reachDescriptions[r],
				Trains: g.trains, Samples: g.samples,
				fit:  func(ctx context.Context, task *datasets.Task, o Options) (Map, error) { return g.fit(ctx, task, r, o) },
				load: func(s *saved) (Map, error) { return g.load(s, r) }})
		}
	}
	return append(list, Method{Name: "cpa", Description: "compositional perturbation autoencoder: counterfactuals by embeddings that add up", Trains: true,
		fit: func(ctx context.Context, task *datasets.Task, o Options) (Map, error) {
			return made(FitCPA(ctx, task, o.CPA))
		},
		load: func(s *saved) (Map, error) { return made(loadCPA(s)) }})
}

// Names of the methods, in the order of [Methods].
func Names() []string {
	methods := Methods()
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = m.Name
	}
	return names
}

// Fit fits the method of that name to the training pairs of a task. A method
// that cannot be fitted to such a task returns a [NotApplicableError].
func Fit(ctx context.Context, name string, task *datasets.Task, o Options) (Map, error) {
	for _, m := range Methods() {
		if m.Name == name {
			return m.fit(ctx, task, o)
		}
	}
	return nil, fmt.Errorf("baselines: unknown method %q (%s)", name, spell.Suggest(name, Names()))
}
