package datasets

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
)

// EmbedOptions of [Task.EmbedActions].
type EmbedOptions struct {
	condition.EmbeddingOptions
	// PlaceHeldOut also places labels that only HeldOut pairs have, from the
	// distances of their target clouds to those of the trained labels. A method
	// is then told what such an action does, though it is not trained on it.
	PlaceHeldOut bool
}

// EmbedActions gives the labels of a set or categorical variable mode-of-action
// coordinates and returns the task with them in its schema, fitted anew. A
// label's cloud is the target points of all training conditions that have this label
// alone, other variables pooled; see [condition.ModeOfAction] and, for w2Squared,
// [condition.PairwiseW2]. Clouds are taken without weights.
func (t *Task) EmbedActions(ctx context.Context, variable string, w2Squared func(a, b *mat.Dense) (float64, error), o EmbedOptions) (*Task, *condition.Embedding, error) {
	at := slices.Index(t.Schema.Names(), variable)
	if at < 0 {
		return nil, nil, fmt.Errorf("datasets: no variable %s to embed the actions of (%s)", variable, spell.Suggest(variable, t.Schema.Names()))
	}
	if kind := t.Schema.Variables[at].Kind; kind != condition.Set && kind != condition.Categorical {
		return nil, nil, fmt.Errorf("datasets: variable %s is %v; actions are the labels of a set or categorical one", variable, kind)
	}
	if t.Sparse() {
		t = t.Dense()
	}
	labels, clouds := singles(t.Train, at)
	if len(labels) < 2 {
		return nil, nil, fmt.Errorf("datasets: %d label of %s stands alone in a training condition; a mode-of-action embedding needs two or more", len(labels), variable)
	}
	distances, err := condition.PairwiseW2(ctx, clouds, w2Squared)
	if err != nil {
		return nil, nil, err
	}
	embedding, err := condition.ModeOfAction(labels, distances, o.EmbeddingOptions)
	if err != nil {
		return nil, nil, err
	}
	if o.PlaceHeldOut {
		if err := t.placeHeldOut(ctx, at, labels, clouds, embedding, w2Squared); err != nil {
			return nil, nil, err
		}
	}
	result := *t
	result.Schema.Variables = slices.Clone(t.Schema.Variables)
	result.Schema.Variables[at].Vectors = embedding.Coordinates
	if err := result.Schema.Fit(Conditions(t.Train)); err != nil {
		return nil, nil, fmt.Errorf("datasets: %s has labels that stand alone in no training condition: %w", variable, err)
	}
	return &result, embedding, nil
}

// singles are the labels that stand alone in some pair, sorted, each with its
// target points.
func singles(pairs []Pair, at int) (labels []string, clouds []*mat.Dense) {
	parts := map[string][]*mat.Dense{}
	for _, p := range pairs {
		if f := p.Condition[at]; len(f.Labels) == 1 {
			parts[f.Labels[0]] = append(parts[f.Labels[0]], p.Target)
		}
	}
	for l := range parts {
		labels = append(labels, l)
	}
	slices.Sort(labels)
	for _, l := range labels {
		clouds = append(clouds, stack(parts[l]))
	}
	return labels, clouds
}

// stack puts clouds above each other; a single one is not copied.
func stack(clouds []*mat.Dense) *mat.Dense {
	if len(clouds) == 1 {
		return clouds[0]
	}
	n, d := 0, 0
	for _, c := range clouds {
		rows, columns := c.Dims()
		n, d = n+rows, columns
	}
	all := mat.NewDense(n, d, nil)
	row := 0
	for _, c := range clouds {
		for i := range c.RawMatrix().Rows {
			all.SetRow(row, c.RawRowView(i))
			row++
		}
	}
	return all
}

// placeHeldOut adds labels of held-out pairs to the embedding, each by itself.
func (t *Task) placeHeldOut(ctx context.Context, at int, trained []string, clouds []*mat.Dense, e *condition.Embedding, w2Squared func(a, b *mat.Dense) (float64, error)) error {
	labels, targets := singles(t.HeldOut, at)
	placed := map[string][]float64{}
	for i, label := range labels {
		if slices.Contains(trained, label) {
			continue
		}
		distances := map[string]float64{}
		for j, other := range trained {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			squared, err := w2Squared(targets[i], clouds[j])
			if err != nil {
				return fmt.Errorf("datasets: distance of %s and %s: %w", label, other, err)
			}
			distances[other] = math.Sqrt(max(squared, 0))
		}
		var err error
		if placed[label], _, err = e.Place(distances); err != nil {
			return fmt.Errorf("datasets: placing %s: %w", label, err)
		}
	}
	for label, x := range placed {
		e.Coordinates[label] = x
	}
	return nil
}
