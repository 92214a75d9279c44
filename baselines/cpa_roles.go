package baselines

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
)

// roles say what each variable of a condition is to a CPA: perturbations, of
// which any number act at once, numbers that their doses are, and covariates.
type roles struct {
	perturbations, covariates []labelled
	doses                     []int // places of continuous variables
	units                     int   // perturbations in all: one, the treatment itself, where no variable has them
}

// labelled is a variable with the labels that training saw, sorted.
type labelled struct {
	place  int
	name   string
	levels []string
}

// newRoles gives variables their roles. Without a set, a number or another
// label, the labels of covariates are perturbations too: each population has its own effect.
func newRoles(schema condition.Schema, trained []condition.Value, covariates []int) (roles, error) {
	var r roles
	for i, v := range schema.Variables {
		l := labelled{place: i, name: v.Name}
		for _, c := range trained {
			l.levels = append(l.levels, c[i].Labels...)
		}
		slices.Sort(l.levels)
		l.levels = slices.Compact(l.levels)
		switch {
		case v.Kind == condition.Continuous:
			r.doses = append(r.doses, i)
		case slices.Contains(covariates, i):
			r.covariates = append(r.covariates, l)
		default:
			r.perturbations = append(r.perturbations, l)
		}
	}
	if len(r.perturbations) == 0 && len(r.doses) == 0 {
		r.perturbations = r.covariates
	}
	for _, p := range r.perturbations {
		r.units += len(p.levels)
	}
	if len(r.perturbations) == 0 {
		r.units = 1
	}
	if r.units == 0 {
		return r, errors.New("no training condition has an action: there is no perturbation to learn")
	}
	return r, nil
}

// ownSources are the places of variables of labels whose labels, two or more, all have source
// clouds of their own.
func ownSources(task *datasets.Task) (places []int) {
	for i, v := range task.Schema.Variables {
		if v.Kind != condition.Categorical && v.Kind != condition.Vector {
			continue
		}
		of, levels, own := map[cloudID]string{}, map[string]bool{}, true
		for _, p := range task.Train {
			label := p.Condition[i].Labels[0]
			id := idOf(sourceOf(p))
			if other, known := of[id]; known && other != label {
				own = false
			}
			of[id], levels[label] = label, true
		}
		if own && len(levels) > 1 {
			places = append(places, i)
		}
	}
	return places
}

// sizes of the parts of a condition's features, in their order.
func (r roles) sizes() (units, doses int, covariates []int) {
	for _, c := range r.covariates {
		covariates = append(covariates, len(c.levels))
	}
	return r.units, len(r.doses), covariates
}

// features of a condition: which perturbations are there, the doses' numbers on [0, 1] over the training range,
// and a one-hot code for each covariate. The error says which label was never trained.
func (r roles) features(schema condition.Schema, c condition.Value) ([]float32, error) {
	var f []float32
	for _, p := range r.perturbations {
		code, err := p.code(c)
		if err != nil {
			return nil, err
		}
		f = append(f, code...)
	}
	if len(r.perturbations) == 0 {
		f = append(f, 1)
	}
	if len(r.doses) > 0 {
		only := condition.Schema{}
		var numbers condition.Value
		for _, i := range r.doses {
			only.Variables, numbers = append(only.Variables, schema.Variables[i]), append(numbers, c[i])
		}
		var err error
		if f, err = only.Encode(f, numbers); err != nil {
			return nil, err
		}
	}
	for _, v := range r.covariates {
		code, err := v.code(c)
		if err != nil {
			return nil, err
		}
		f = append(f, code...)
	}
	return f, nil
}

// code is 1 for each level that a condition has.
func (l labelled) code(c condition.Value) ([]float32, error) {
	f := make([]float32, len(l.levels))
	for _, label := range c[l.place].Labels {
		at, known := slices.BinarySearch(l.levels, label)
		if !known {
			return nil, fmt.Errorf("%s %q was never trained (%s): it has no embedding", l.name, label, spell.Suggest(label, l.levels))
		}
		f[at] = 1
	}
	return f, nil
}

// covariateNames are the settled option.
func (r roles) covariateNames() string {
	var names []string
	for _, c := range r.covariates {
		names = append(names, c.name)
	}
	if names == nil {
		return noCovariates
	}
	return strings.Join(names, ",")
}
