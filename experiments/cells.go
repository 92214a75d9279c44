package experiments

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// The names that screens give to their variables.
const (
	drugVariable = "drug"
	doseVariable = "dose"
	typeVariable = "cell_type"
)

// screened makes a series of the cells of a screen under conditions in some of its variables; the others are pooled. Where
// the cell type is among them, each type has the control cells of its own as source. keep says which conditions are in it;
// nil means all.
func screened(data string, s *singlecell.Screen, variables []string, keep func(condition.Value) bool) (*series, error) {
	list := &series{data: data, features: s.Genes}
	switch s.Values {
	case singlecell.Counts:
		list.counts = s.X
	case singlecell.Logged:
		list.points, list.expression = s.X, true
	default:
		return nil, fmt.Errorf("experiments: %s holds %s: counts or their logarithms are expected; another layer may have them", s.File, s.Values)
	}
	var at []int
	for _, name := range variables {
		if i := slices.Index(s.Schema.Names(), name); i >= 0 {
			at = append(at, i)
			list.schema.Variables = append(list.schema.Variables, s.Schema.Variables[i])
		}
	}
	if len(at) == 0 {
		return nil, fmt.Errorf("experiments: %s: none of %q varies there; what does is %q", s.File, variables, s.Schema.Names())
	}
	typed := slices.IndexFunc(list.schema.Variables, func(v condition.Variable) bool { return v.Name == typeVariable })
	sources := controlsOf(s, typed >= 0)
	ofSource, ofCondition := map[string]int{}, map[string]int{}
	for i, v := range s.Conditions {
		if v == nil || keep != nil && !keep(v) {
			continue
		}
		value := make(condition.Value, len(at))
		for k, j := range at {
			value[k] = v[j]
		}
		key := list.schema.Key(value)
		c, known := ofCondition[key]
		if !known {
			label := ""
			if typed >= 0 {
				label = value[typed].Labels[0]
			}
			if len(sources[label]) == 0 {
				return nil, fmt.Errorf("experiments: %s has no control cell of %s %s", s.File, typeVariable, label)
			}
			if _, has := ofSource[label]; !has {
				ofSource[label] = len(list.sources)
				list.sources = append(list.sources, sources[label])
			}
			c = len(list.conditions)
			ofCondition[key] = c
			list.conditions = append(list.conditions, measured{value: value, source: ofSource[label]})
		}
		list.conditions[c].rows = append(list.conditions[c].rows, i)
	}
	slices.SortStableFunc(list.conditions, func(a, b measured) int { return list.schema.Compare(a.value, b.value) })
	return list, nil
}

// controlsOf are the control cells, of each cell type or, under "", all.
func controlsOf(s *singlecell.Screen, typed bool) map[string][]int {
	list := map[string][]int{}
	types := s.Column(typeVariable)
	for i, v := range s.Conditions {
		switch {
		case v != nil:
		case typed && types != nil:
			list[types[i]] = append(list[types[i]], i)
		default:
			list[""] = append(list[""], i)
		}
	}
	return list
}

// drugsOf a screen; one without a name where it has one drug alone.
func drugsOf(s *singlecell.Screen) (names []string, is func(v condition.Value, drug string) bool) {
	at := slices.Index(s.Schema.Names(), drugVariable)
	if at < 0 {
		return []string{""}, func(condition.Value, string) bool { return true }
	}
	for _, v := range s.Distinct() {
		names = addNew(names, v[at].Labels[0])
	}
	return names, func(v condition.Value, drug string) bool { return v[at].Labels[0] == drug }
}

// asCounts takes the features of a series for raw counts.
func (s *series) asCounts() error {
	x, dense := s.points.(*mat.Dense)
	if !dense {
		return nil
	}
	if err := singlecell.CheckCounts(x); err != nil {
		return fmt.Errorf("experiments: %s: %w", s.label(), err)
	}
	counts, err := sparse.FromMatrix(x)
	s.counts, s.points = counts, nil
	return err
}

// baseName is a file's name without folder and extension, for tables.
func baseName(path string) string {
	return strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), ",", " ")
}
