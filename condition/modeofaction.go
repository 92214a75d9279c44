package condition

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Embedding is a mode-of-action embedding: points for actions, as far apart as
// what the actions do.
type Embedding struct {
	// Coordinates of each action, fit for [Variable.Vectors]. Their mean is
	// zero and their mean squared norm one; the axes are principal ones.
	Coordinates map[string][]float64 `json:"coordinates"`
	// Scale is what a distance between coordinates is multiplied by to give one
	// in the unit of the distances embedded.
	Scale float64 `json:"scale"`
	// Stress is Kruskal's stress-1, √(Σ(d−δ)²/Σδ²) over pairs: the relative
	// error of the distances. Below .05 is held to be good, above .2 poor.
	Stress float64 `json:"stress"`
}

// EmbeddingOptions of [ModeOfAction]; the zero value holds documented defaults.
type EmbeddingOptions struct {
	// Dim of the embedding; 0 means 10.
	Dim int
	// Source of randomness of the random starts; nil means none of them, so
	// that the embedding descends from classical scaling alone.
	Source rand.Source
	// Starts from random points, of which the best is kept beside the one from
	// classical scaling; 0 means 8 where there is a Source.
	Starts int
}

// ModeOfAction embeds actions by metric multidimensional scaling (SMACOF) of
// the distances between them, such as the pairwise W₂ between the target clouds
// of single actions (see [PairwiseW2]; not squared). distances is n×n for the n
// labels, finite, not negative, with a zero diagonal; not all may be zero.
// The result depends neither on the order of labels nor, with one Source, on the run.
//
// Source: Bunne, Krause and Cuturi 2022, Supervised training of conditional
// Monge maps, §3.3 (E_moa).
func ModeOfAction(labels []string, distances mat.Symmetric, o EmbeddingOptions) (*Embedding, error) {
	if o.Dim < 0 || o.Starts < 0 {
		return nil, fmt.Errorf("condition: mode of action: %d dimensions and %d starts; neither can be negative", o.Dim, o.Starts)
	}
	if o.Dim == 0 {
		o.Dim = 10
	}
	if o.Source == nil {
		o.Starts = 0
	} else if o.Starts == 0 {
		o.Starts = 8
	}
	sorted, delta, err := sortedDistances(labels, distances)
	if err != nil {
		return nil, err
	}
	total := sumSquares(delta)
	if total == 0 || !finite(total) {
		return nil, fmt.Errorf("condition: mode of action: the squared distances of the %d actions sum to %g: there is nothing to embed", len(labels), total)
	}
	x, stress, err := scaling(delta, o.Dim, o.Starts, o.Source)
	if err != nil {
		return nil, err
	}
	if err := toPrincipalAxes(x); err != nil {
		return nil, err
	}
	scale := mat.Norm(x, 2) / math.Sqrt(float64(len(labels)))
	x.Scale(1/scale, x)
	e := &Embedding{Coordinates: map[string][]float64{}, Scale: scale, Stress: math.Sqrt(stress / total)}
	for i, l := range sorted {
		e.Coordinates[l] = slices.Clone(x.RawRowView(i))
	}
	return e, nil
}

// sortedDistances checks labels and distances and puts both in order of labels.
func sortedDistances(labels []string, distances mat.Symmetric) ([]string, *mat.SymDense, error) {
	n := len(labels)
	if n < 2 || distances == nil || distances.SymmetricDim() != n {
		return nil, nil, fmt.Errorf("condition: mode of action: %d labels need as many rows of distances, and at least two", n)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(labels[a], labels[b]) })
	sorted := make([]string, n)
	delta := mat.NewSymDense(n, nil)
	for i, a := range order {
		sorted[i] = labels[a]
		if i > 0 && sorted[i-1] == sorted[i] {
			return nil, nil, fmt.Errorf("condition: mode of action: %q stands there twice", sorted[i])
		}
		for j, b := range order[:i+1] {
			d := distances.At(a, b)
			if !finite(d) || d < 0 || i == j && d != 0 {
				return nil, nil, fmt.Errorf("condition: mode of action: the distance of %s and %s is %g; distances are finite, not negative, and zero to itself", labels[a], labels[b], d)
			}
			delta.SetSym(i, j, d)
		}
	}
	return sorted, delta, nil
}
