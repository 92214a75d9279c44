package condition

import (
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/internal/spell"
)

// Check says what a model trained on the fitted schema can be asked.
//
// An error means that v cannot be encoded: a field that is missing or of the
// wrong form, a number that is not positive on a log scale, a label or action
// that training never saw and that has no coordinates. Warnings mean that it
// is beyond what was trained: a number outside the training range (and how
// far), a label or action that only its coordinates place.
func (s Schema) Check(v Value) (warnings []string, err error) {
	if err := s.checkShape(v); err != nil {
		return nil, err
	}
	for i, variable := range s.Variables {
		if variable.Kind == Continuous {
			if err := variable.checkPositive(v[i].Number); err != nil {
				return nil, err
			}
			if w := variable.outside(v[i].Number); w != "" {
				warnings = append(warnings, w)
			}
			continue
		}
		for _, label := range v[i].Labels {
			w, err := variable.checkKnown(label)
			if err != nil {
				return nil, err
			}
			if w != "" {
				warnings = append(warnings, w)
			}
		}
	}
	return warnings, nil
}

// outside warns of a number beyond the training range.
func (v Variable) outside(x float64) string {
	if x >= v.Min && x <= v.Max {
		return ""
	}
	side, edge := "above", v.Max
	if x < v.Min {
		side, edge = "below", v.Min
	}
	far := ""
	if v.Max > v.Min {
		u := v.unit(x)
		beyond := max(-u, u-1)
		far = fmt.Sprintf(" by %.3g of its %v width", beyond, v.Scale)
	}
	return fmt.Sprintf("%s=%s is outside the training range [%s, %s]: %s %s%s; the model extrapolates",
		v.Name, formatNumber(x), formatNumber(v.Min), formatNumber(v.Max), side, formatNumber(edge), far)
}

// checkKnown says whether a label can be encoded, and warns where coordinates
// alone place it.
func (v Variable) checkKnown(label string) (warning string, err error) {
	if _, trained := slices.BinarySearch(v.Levels, label); trained {
		return "", nil
	}
	what := "label"
	if v.Kind == Set {
		what = "action"
	}
	if v.Vectors == nil && v.Kind != Vector {
		return "", fmt.Errorf("condition: %s=%s: this %s was never trained (%s); one-hot levels cannot generalise to it: give vectors (mode-of-action or vector=FILE)",
			v.Name, label, what, spell.Suggest(label, v.Levels))
	}
	if _, placed := v.Vectors[label]; !placed {
		return "", fmt.Errorf("condition: %s=%s: this %s has no coordinates (%s); add it to the coordinates (mode-of-action placement or vector=FILE)",
			v.Name, label, what, spell.Suggest(label, sortedKeys(v.Vectors)))
	}
	return fmt.Sprintf("%s=%s was never trained: only its coordinates place it", v.Name, label), nil
}
