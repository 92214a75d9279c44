package experiments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/ot"
	"github.com/gomonge/gomonge/projection"
	"gonum.org/v1/gonum/mat"
)

// combinationSeries is a simulated screen of actions and pairs of them.
func combinationSeries(seed uint64, quick bool) (*series, error) {
	o := synthetic.CombinationOptions{Seed: seed}
	if quick {
		o = synthetic.CombinationOptions{Seed: seed, Genes: 800, Actions: 8, Pairs: 12, ControlCells: 300, CellsPerCondition: 60}
	}
	screen, err := synthetic.NewCombinationScreen(o)
	if err != nil {
		return nil, err
	}
	s := &series{data: "generator", schema: condition.Schema{Variables: []condition.Variable{{Name: "condition", Kind: condition.Set}}},
		features: screen.Genes, counts: screen.Counts, sources: [][]int{screen.Rows()}}
	for _, actions := range screen.Conditions {
		s.conditions = append(s.conditions, measured{value: condition.Value{{Labels: actions}}, rows: screen.Rows(actions...)})
	}
	s.truth = func(rows []int, c condition.Value, target float64, columns []int) (*mat.Dense, error) {
		var actions []string
		if c != nil {
			actions = actionsOf(c)
		}
		return screen.Counterfactual(rows, actions, target, columns)
	}
	return s, nil
}

// prepare makes the trials: for every seed and projection the splits of pairs, and one that holds actions out.
func (e *combination) prepare(ctx context.Context) error {
	for i := range uint64(e.o.Seeds) {
		seed := e.o.Seed + i
		e.teller.stageIs("making the data")
		s, err := e.gather(seed)
		if err != nil {
			return err
		}
		s.replicate = fmt.Sprintf("seed %d", seed)
		if err := e.prepareSeed(ctx, s, seed, i == 0); err != nil {
			return err
		}
	}
	e.trains = e.trainsOn
	e.pictures()
	return nil
}

// trainsOn says whether a method is asked of a trial. A quick run trains few networks, for what takes it longest is
// compiling them: those of multi-hot codes on every split, of the deep set on the first and on unknown actions, the
// rivals' on the first.
func (e *combination) trainsOn(t *trial, m method) bool {
	if m.embedded && t.embedded == nil {
		return false
	}
	if !e.o.Quick || m.trainings(1) == 0 {
		return true
	}
	first, last := e.splits[0], e.splits[len(e.splits)-1]
	onFirst := t.data == e.dataOf(e.dataName(), first, t.projection)
	onUnknown := last.unknown && t.data == e.dataOf(e.dataName(), last, t.projection)
	switch m.key {
	case multiHot:
		return !onUnknown
	case deepSet:
		return onFirst || onUnknown
	}
	return onFirst
}

func (e *combination) prepareSeed(ctx context.Context, s *series, seed uint64, first bool) error {
	if v := s.schema.Variables; len(v) != 1 || v[0].Kind != condition.Set {
		return fmt.Errorf("experiments: %s: the conditions of this experiment are one set of actions, such as A+B, and no more; they are %s", s.label(), strings.Join(s.schema.Names(), ", "))
	}
	cut, err := s.splits(parts, true, rand.NewPCG(seed, 1<<33))
	if err != nil {
		return err
	}
	found, err := singlecell.FindCombinations(s.schema, s.values())
	if err != nil {
		return err
	}
	if first {
		if err := e.plan(s, found); err != nil {
			return err
		}
	}
	for _, space := range e.o.Projections {
		bases := map[bool]*trial{}
		for _, plan := range e.splits {
			held, err := e.heldOut(s, found, plan, seed)
			if err != nil {
				return err
			}
			one := *s
			one.data = e.dataOf(s.data, plan, space)
			t := &trial{series: &one, split: halved(cut[0], held, rand.New(rand.NewPCG(seed, 1<<34))), heldOut: held, projection: space}
			if bases[plan.unknown] == nil {
				if bases[plan.unknown], err = e.base(ctx, t, found, plan); err != nil {
					return fmt.Errorf("%s: %w", t.label(), err)
				}
			}
			if err := e.prepareTrial(t, bases[plan.unknown], plan); err != nil {
				return fmt.Errorf("%s: %w", t.label(), err)
			}
			e.trials = append(e.trials, t)
		}
	}
	return nil
}

// dataOf names a trial in the table: the data, the split and, where there are several, the projection.
func (e *combination) dataOf(data string, plan pairSplit, projection string) string {
	text := data + ", " + plan.name
	if len(e.o.Projections) > 1 {
		text += ", " + projection
	}
	return text
}

// plan settles the splits by the pairs that there are.
func (e *combination) plan(s *series, found *singlecell.Combinations) error {
	n := len(found.Whole)
	sizes := e.o.Splits
	if sizes == nil {
		if sizes = singlecell.SplitSizes(n); e.o.Quick {
			sizes = []int{sizes[0], 0}
		}
	}
	for _, k := range sizes {
		if k >= n && e.o.Splits != nil {
			return fmt.Errorf("experiments: %s: a split that trains on %d pairs; of %d pairs both actions are measured alone, and one at least is held out", s.label(), k, n)
		}
		plan := pairSplit{name: fmt.Sprintf("%d/%d", k, n-k), train: k, test: n - k}
		if k >= 0 && k < n && !slices.Contains(e.splits, plan) {
			e.splits = append(e.splits, plan)
		}
	}
	if len(found.Partial) > 0 {
		e.result.warn(s.data, fmt.Sprintf("of %d pairs an action is not measured alone: they are trained on and never held out", len(found.Partial)))
	}
	if len(found.Singles) < 4 {
		e.result.warn(s.data, fmt.Sprintf("%d actions alone: none is held out as unknown", len(found.Singles)))
	} else {
		e.splits = append(e.splits, pairSplit{name: "unknown actions", unknown: true})
	}
	if len(e.splits) == 0 {
		return fmt.Errorf("experiments: %s has no pair of actions that are both measured alone, and too few actions to hold one out", s.label())
	}
	return nil
}

// heldOut are the numbers of the conditions that a split holds out.
func (e *combination) heldOut(s *series, found *singlecell.Combinations, plan pairSplit, seed uint64) (held []int, err error) {
	if plan.unknown {
		unknown, err := e.unknown(s, seed)
		for c, m := range s.conditions {
			if slices.ContainsFunc(actionsOf(m.value), func(a string) bool { return slices.Contains(unknown, a) }) {
				held = append(held, c)
			}
		}
		return held, err
	}
	values, err := found.Draw(plan.train, rand.NewPCG(seed, 1<<35))
	if err != nil {
		return nil, err
	}
	for c, m := range s.conditions {
		if slices.ContainsFunc(values, func(v condition.Value) bool { return s.schema.Key(v) == s.schema.Key(m.value) }) {
			held = append(held, c)
		}
	}
	return held, nil
}

// paperUnknown are the actions that the paper holds out.
var paperUnknown = []string{"BAK1", "FOXF1", "MAP2K6", "MAP4K3"}

// unknown are the actions to hold out: as asked, the paper's, or some drawn at random.
func (e *combination) unknown(s *series, seed uint64) ([]string, error) {
	var alone []string
	for _, m := range s.conditions {
		if labels := actionsOf(m.value); len(labels) == 1 {
			alone = append(alone, labels[0])
		}
	}
	for _, a := range e.o.Unknown {
		if !slices.Contains(alone, a) {
			return nil, fmt.Errorf("experiments: the unknown action %q is not measured alone (%s)", a, spell.Suggest(a, alone))
		}
	}
	list := slices.Clone(e.o.Unknown)
	if list == nil {
		list = slices.DeleteFunc(slices.Clone(paperUnknown), func(a string) bool { return !slices.Contains(alone, a) })
	}
	r := rand.New(rand.NewPCG(seed, 1<<36))
	for _, i := range r.Perm(len(alone)) {
		if e.o.Unknown == nil && len(list) < min(len(paperUnknown), len(alone)/2-1) {
			list = addNew(list, alone[i])
		}
	}
	if len(alone)-len(list) < 2 {
		return nil, fmt.Errorf("experiments: %d of %d actions are held out: two are needed to know others by", len(list), len(alone))
	}
	return list, nil
}

// halved cuts the cells of held-out conditions in halves: one to be judged by, the other a ceiling.
func halved(s split, held []int, r *rand.Rand) split {
	s.train, s.test = slices.Clone(s.train), slices.Clone(s.test)
	for _, c := range held {
		rows := slices.Concat(s.train[c], s.test[c])
		slices.Sort(rows)
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		s.train[c], s.test[c] = slices.Sorted(slices.Values(rows[:len(rows)/2])), slices.Sorted(slices.Values(rows[len(rows)/2:]))
	}
	return s
}

// base is a trial whose training cells all splits of its sort share: those of control and of conditions that none of
// them holds out. They fix genes, projection and coordinates of actions, the same for each.
func (e *combination) base(ctx context.Context, like *trial, found *singlecell.Combinations, plan pairSplit) (*trial, error) {
	t := &trial{series: like.series, split: like.split, heldOut: like.heldOut, projection: like.projection}
	if !plan.unknown {
		t.heldOut = nil
		for c, m := range t.conditions {
			if slices.ContainsFunc(found.Whole, func(v condition.Value) bool { return t.schema.Key(v) == t.schema.Key(m.value) }) {
				t.heldOut = append(t.heldOut, c)
			}
		}
	}
	e.teller.stageIs(t.label() + ": genes and projection")
	if err := t.choose(e.o.Genes); err != nil {
		return nil, err
	}
	if err := t.project(ctx, e.o.Components, e.autoencoder()); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if pca, is := t.latentSpace.(*projection.PCA); is {
		total := 0.0
		for _, share := range pca.ExplainedRatio() {
			total += share
		}
		_, k := pca.Dims()
		e.result.Notes = addNew(e.result.Notes, fmt.Sprintf("%s: %d principal components of %d genes explain %.1f %% of the variance of the training cells", t.label(), k, len(t.columns), 100*total))
	}
	if err := t.buildTask(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(e.methods, func(m method) bool { return m.embedded }) {
		if err := e.embed(ctx, t); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// autoencoder is the options of the networks that project.
func (e *combination) autoencoder() projection.AutoencoderOptions {
	o := projection.AutoencoderOptions{Steps: autoSteps, Hidden: []int{256, 256}, Seed: e.seed, Backend: e.o.Backend}
	if e.o.Quick {
		o.Steps, o.Hidden = 20, []int{32}
	}
	return o
}

// autoSteps is how long autoencoders are trained.
const autoSteps = 1000

// prepareTrial makes the trial's task, with what its base fixed.
func (e *combination) prepareTrial(t, base *trial, plan pairSplit) error {
	for c, m := range t.conditions {
		if !plan.unknown || !t.holds(c) || len(actionsOf(m.value)) == 1 {
			t.asked = append(t.asked, c)
		}
	}
	t.prepare, t.columns, t.latentSpace, t.latent, t.kept, t.warnings = base.prepare, base.columns, base.latentSpace, base.latent, base.kept, base.warnings
	if err := t.buildTask(); err != nil {
		return err
	}
	if base.embedded != nil {
		task := *t.task
		task.Schema.Variables = slices.Clone(task.Schema.Variables)
		at := base.embedded.Schema.Variables[0].Vectors
		task.Schema.Variables[0].Vectors = at
		task.Train = placed(task.Train, func(a string) bool { return at[a] != nil })
		if err := task.Schema.Fit(datasets.Conditions(task.Train)); err != nil {
			return err
		}
		t.embedded = &task
	}
	if err := t.setRulers(e.o.Markers); err != nil {
		return err
	}
	e.result.warned(t.warnings...)
	return t.lookUp()
}

// placed are the pairs all of whose actions have coordinates: those of a pair of which one is not measured alone have none.
func placed(pairs []datasets.Pair, has func(action string) bool) []datasets.Pair {
	return slices.DeleteFunc(slices.Clone(pairs), func(p datasets.Pair) bool {
		return slices.ContainsFunc(actionsOf(p.Condition), func(a string) bool { return !has(a) })
	})
}

// embeddingPoints of a cloud tell how far it is from others.
const embeddingPoints = 100

// embed gives actions mode-of-action coordinates by their cells: trained ones by training cells, unknown ones by the half
// that they are not judged by.
func (e *combination) embed(ctx context.Context, t *trial) error {
	task := *t.task
	var alone []string
	for _, p := range task.Train {
		if labels := actionsOf(p.Condition); len(labels) == 1 {
			alone = append(alone, labels[0])
		}
	}
	task.Train = placed(task.Train, func(a string) bool { return slices.Contains(alone, a) })
	for _, c := range t.heldOut {
		if m := t.conditions[c]; len(actionsOf(m.value)) == 1 {
			task.HeldOut = append(task.HeldOut, datasets.Pair{Condition: m.value, Source: task.Train[0].Source, Target: takeRows(t.latent, t.train[c])})
		}
	}
	some := func(x *mat.Dense) ot.Measure {
		n, d := x.Dims()
		return ot.Uniform(x.Slice(0, min(n, embeddingPoints), 0, d).(*mat.Dense))
	}
	o := datasets.EmbedOptions{PlaceHeldOut: true}
	o.Source = rand.NewPCG(e.seed, 1<<37)
	embedded, made, err := task.EmbedActions(ctx, t.schema.Names()[0], func(a, b *mat.Dense) (float64, error) {
		return ot.W2Squared(ctx, some(a), some(b))
	}, o)
	if err != nil {
		e.result.warn(t.label(), fmt.Sprintf("no mode-of-action coordinates, and no method that needs them: %v", err))
		return ctx.Err()
	}
	t.embedded = embedded
	e.result.Notes = append(e.result.Notes, fmt.Sprintf("%s: mode-of-action coordinates of %d actions, stress %.2f (relative error of the distances)", t.label(), len(made.Coordinates), made.Stress))
	return nil
}
