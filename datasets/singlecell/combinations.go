package singlecell

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
)

// paperPairs are how many of the pairs of actions the six splits of the
// combination experiment train on, out of paperPairsOf (Bunne, Krause and
// Cuturi 2022, §5.3; the last is in their code only).
var paperPairs = []int{56, 42, 29, 16, 4, 0}

const paperPairsOf = 84

// SplitSizes are how many combinations each of the paper's six splits trains
// on, largest first, where there are n of them: 56, 42, 29, 16, 4 and 0 of 84,
// in proportion and rounded, and at most n−1: one is left to hold out.
func SplitSizes(n int) []int {
	sizes := make([]int, len(paperPairs))
	for i, k := range paperPairs {
		sizes[i] = min(int(math.Round(float64(k)*float64(max(n, 0))/paperPairsOf)), max(n-1, 0))
	}
	return sizes
}

// Combinations are the conditions of a screen of sets of actions, told apart
// by how many actions they hold.
type Combinations struct {
	// Singles have one action, or none.
	Singles []condition.Value
	// Whole are combinations each action of which is a single condition too,
	// so that their answer can be foretold from parts; Partial are the others.
	Whole, Partial []condition.Value

	schema condition.Schema
	at     int // the variable that is a set
}

// FindCombinations sorts conditions by their number of actions. The schema must
// have one variable that is a set.
func FindCombinations(s condition.Schema, conditions []condition.Value) (*Combinations, error) {
	c := &Combinations{schema: s, at: -1}
	for i, v := range s.Variables {
		if v.Kind != condition.Set {
			continue
		}
		if c.at >= 0 {
			return nil, fmt.Errorf("singlecell: combinations of %s or of %s: one variable is a set", s.Variables[c.at].Name, v.Name)
		}
		c.at = i
	}
	if c.at < 0 {
		return nil, fmt.Errorf("singlecell: none of the variables %v is a set, of which there are combinations", s.Names())
	}
	alone := map[string]bool{}
	for _, v := range conditions {
		if labels := v[c.at].Labels; len(labels) <= 1 {
			c.Singles = append(c.Singles, v)
			for _, l := range labels {
				alone[l] = true
			}
		}
	}
	for _, v := range conditions {
		labels := v[c.at].Labels
		switch {
		case len(labels) <= 1:
		case slices.ContainsFunc(labels, func(l string) bool { return !alone[l] }):
			c.Partial = append(c.Partial, v)
		default:
			c.Whole = append(c.Whole, v)
		}
	}
	return c, nil
}

// Draw says which conditions are held out where train of the Whole combinations
// are trained on, drawn at random beside all Singles and Partial ones. With
// one state of source, what a smaller train keeps is among what a larger keeps.
// Conditions of one set of actions, under several covariates, are on one side;
// train counts sets.
func (c *Combinations) Draw(train int, source rand.Source) ([]condition.Value, error) {
	set := condition.Schema{Variables: c.schema.Variables[c.at : c.at+1]}
	key := func(v condition.Value) string { return set.Key(v[c.at : c.at+1]) }
	var keys []string
	for _, v := range c.Whole {
		keys = append(keys, key(v))
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if train < 0 || train >= len(keys) {
		return nil, fmt.Errorf("singlecell: %d of %d combinations to train on, each of whose actions stands alone too: 0 to %d leave one to hold out", train, len(keys), len(keys)-1)
	}
	rand.New(source).Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	var out []condition.Value
	for _, v := range c.Whole {
		if slices.Contains(keys[train:], key(v)) {
			out = append(out, v)
		}
	}
	return out, nil
}

// HoldOutCombinations returns the task with train of its combinations of
// actions kept in Train, drawn at random, and the others held out; see
// [Combinations.Draw]. A+B and B+A are one condition.
func HoldOutCombinations(t *datasets.Task, train int, source rand.Source) (*datasets.Task, error) {
	c, err := FindCombinations(t.Schema, datasets.Conditions(t.Train))
	if err != nil {
		return nil, err
	}
	out, err := c.Draw(train, source)
	if err != nil {
		return nil, err
	}
	patterns := make([]string, len(out))
	for i, v := range out {
		patterns[i] = t.Schema.Format(v)
	}
	return t.HoldOut(patterns...)
}

// ReadHeldOut reads the conditions to hold out from a .csv or .tsv file with a
// column for each variable of the schema, a row each; other columns are passed
// over. A+B is B+A. absent are those of the file that are none of conditions;
// it is an error if all are.
func ReadHeldOut(path string, s condition.Schema, conditions []condition.Value) (heldOut, absent []condition.Value, err error) {
	listed, err := datasets.ReadConditions(path, s)
	if err != nil {
		return nil, nil, err
	}
	known := map[string]bool{}
	var names []string
	for _, v := range conditions {
		known[s.Key(v)] = true
		names = append(names, s.Key(v))
	}
	seen := map[string]bool{}
	for _, v := range listed {
		key := s.Key(v)
		switch {
		case seen[key]:
		case known[key]:
			heldOut = append(heldOut, v)
		default:
			absent = append(absent, v)
		}
		seen[key] = true
	}
	if len(heldOut) == 0 {
		return nil, absent, fmt.Errorf("singlecell: %s: none of its %d conditions is one of the data (%s)", path, len(absent), spell.Suggest(s.Key(absent[0]), names))
	}
	return heldOut, absent, nil
}
