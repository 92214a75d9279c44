package condition

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/internal/spell"
)

// Fit fills what encodings take from the training conditions: the range of a
// continuous variable, the sorted levels of the others, and Center and Spread
// of coordinates. It is an error to fit on nothing, on a value that does not
// fit the schema, on a number that is not positive on a log scale, or on a
// label without coordinates where the variable has them. On error the schema
// is as it was.
func (s *Schema) Fit(values []Value) error {
	if len(values) == 0 {
		return fmt.Errorf("condition: there are no training conditions to fit the schema on")
	}
	for _, v := range values {
		if err := s.checkShape(v); err != nil {
			return err
		}
	}
	fitted := slices.Clone(s.Variables)
	for i := range fitted {
		v := &fitted[i]
		var err error
		if v.Kind == Continuous {
			err = v.fitRange(values, i)
		} else {
			err = v.fitLevels(values, i)
		}
		if err != nil {
			return err
		}
	}
	if err := (Schema{fitted}).Validate(); err != nil {
		return err
	}
	s.Variables = fitted
	return nil
}

func (v *Variable) fitRange(values []Value, i int) error {
	v.Min, v.Max = math.Inf(1), math.Inf(-1)
	for _, value := range values {
		x := value[i].Number
		if err := v.checkPositive(x); err != nil {
			return err
		}
		v.Min, v.Max = min(v.Min, x), max(v.Max, x)
	}
	return nil
}

func (v *Variable) fitLevels(values []Value, i int) error {
	v.Levels = nil
	for _, value := range values {
		v.Levels = append(v.Levels, value[i].Labels...)
	}
	slices.Sort(v.Levels)
	v.Levels = slices.Compact(v.Levels)
	v.Center, v.Spread = nil, 0
	if v.Vectors == nil && v.Kind != Vector {
		return nil
	}
	for _, l := range v.Levels {
		if _, ok := v.Vectors[l]; !ok {
			return fmt.Errorf("condition: %s=%s has no coordinates (%s)", v.Name, l, spell.Suggest(l, sortedKeys(v.Vectors)))
		}
	}
	v.fitSpread()
	return nil
}

// fitSpread sets Center to the mean of the trained labels' coordinates and
// Spread to the root of their mean squared distance from it.
func (v *Variable) fitSpread() {
	if len(v.Levels) == 0 {
		return
	}
	n := float64(len(v.Levels))
	v.Center = make([]float64, v.vectorDim())
	for _, l := range v.Levels {
		for j, x := range v.Vectors[l] {
			v.Center[j] += x / n
		}
	}
	sum := 0.0
	for _, l := range v.Levels {
		for j, x := range v.Vectors[l] {
			sum += (x - v.Center[j]) * (x - v.Center[j]) / n
		}
	}
	v.Spread = math.Sqrt(sum)
}

// checkShape says whether v has a well-formed field for each variable:
// finite numbers, one label or a set of labels.
func (s Schema) checkShape(v Value) error {
	if len(v) != len(s.Variables) {
		return fmt.Errorf("condition: a value of %d fields for the %d variables of the schema", len(v), len(s.Variables))
	}
	for i, variable := range s.Variables {
		if err := variable.checkField(v[i]); err != nil {
			return err
		}
	}
	return nil
}

func (v Variable) checkField(f Field) error {
	switch v.Kind {
	case Continuous:
		if !finite(f.Number) {
			return fmt.Errorf("condition: %s=%v is not a finite number", v.Name, f.Number)
		}
		return nil
	case Categorical, Vector:
		if len(f.Labels) != 1 {
			return fmt.Errorf("condition: %s has %d labels; a %v variable has one", v.Name, len(f.Labels), v.Kind)
		}
	case Set:
	default:
		return fmt.Errorf("condition: variable %s has kind %v: it must be settled first", v.Name, v.Kind)
	}
	for _, l := range f.Labels {
		if err := v.checkLabel(l); err != nil {
			return err
		}
	}
	return nil
}

func (v Variable) checkPositive(x float64) error {
	if v.Scale == Log && x <= 0 {
		return fmt.Errorf("condition: %s=%g cannot go on a log scale; name such rows the control (control rows are not encoded), drop them, or take %s:continuous", v.Name, x, v.Name)
	}
	return nil
}
