package baselines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Additive shifts points by a sum of the effects of a condition's parts.
//
// Where the condition is one set of actions, the effect of an action is the
// shift of the training condition that has it alone, and a combination, trained
// or not, gets the sum over its members: the additive baseline of perturbation
// benchmarks (Ahlmann-Eltze, Huber and Anders 2025). An action that was never
// measured alone has no effect to add: a [NotApplicableError].
//
// Any other condition has main effects: the shifts of the training conditions
// are regressed on their encoding by least squares with an intercept, the
// solution of least norm where several are as good. A label's effect is then an
// offset, a continuous variable's a slope over its training range, and no
// interaction of the two exists: what is missing from a grid of drugs and doses
// is filled in from its row and column. Beyond the training range the slope
// goes on.
type Additive struct {
	Training
	singles map[string]shift // of actions measured alone; nil with main effects
	main    mainEffects
}

// mainEffects is the shift Mean + Slopesᵀ(code − Center).
type mainEffects struct {
	Mean   []float64   `json:"mean"`
	Center []float64   `json:"center"`
	Slopes [][]float64 `json:"slopes"` // a row for each number of the code
}

// FitAdditive measures the effects.
func FitAdditive(_ context.Context, task *datasets.Task) (*Additive, error) {
	t, err := newTraining("additive", task)
	if err != nil {
		return nil, err
	}
	m := &Additive{Training: t}
	sources, targets, err := endsOf(task, PerCondition)
	if err != nil {
		return nil, err
	}
	shifts, err := differences(sources, targets)
	if err != nil {
		return nil, err
	}
	if m.sumsSingles() {
		return m, m.fitSingles(shifts)
	}
	codes, err := m.positions()
	if err != nil {
		return nil, err
	}
	m.main, err = fitMainEffects(codes, shifts)
	return m, err
}

// sumsSingles tells whether the condition is one set of actions.
func (m *Additive) sumsSingles() bool {
	return len(m.schema.Variables) == 1 && m.schema.Variables[0].Kind == condition.Set
}

func (m *Additive) fitSingles(shifts [][]float64) error {
	m.singles = map[string]shift{}
	for j, c := range m.Conditions {
		if len(c[0].Labels) == 1 {
			m.singles[c[0].Labels[0]] = shifts[j]
		}
	}
	if len(m.singles) == 0 {
		return &NotApplicableError{Method: m.Method, Err: errors.New("no training condition has a single action")}
	}
	var missing []string
	for _, action := range m.schema.Variables[0].Levels {
		if m.singles[action] == nil {
			missing = append(missing, action)
		}
	}
	if len(missing) > 0 {
		m.warn("%d actions were trained in combinations only and have no effect to add: %s", len(missing), strings.Join(missing, ", "))
	}
	return nil
}

// fitMainEffects regresses shifts on codes: centred, so that the least norm is
// one of the slopes and the intercept is free.
func fitMainEffects(codes, shifts [][]float64) (mainEffects, error) {
	e, design, response := centred(codes, shifts)
	if design == nil {
		return e, nil
	}
	var svd mat.SVD
	if !svd.Factorize(design, mat.SVDThin) {
		return e, errors.New("baselines: additive: the singular values of the encoded conditions could not be found")
	}
	rank := svd.Rank(1e-6) // encodings are float32
	if rank == 0 {
		return e, nil
	}
	var slopes mat.Dense
	svd.SolveTo(&slopes, response, rank)
	for k := range e.Slopes {
		copy(e.Slopes[k], slopes.RawRowView(k))
	}
	return e, nil
}

// centred are effects of slope 0, and the codes and the shifts about their
// means, a row a condition; nil where codes have no numbers.
func centred(codes, shifts [][]float64) (e mainEffects, design, response *mat.Dense) {
	n, p, d := len(codes), len(codes[0]), len(shifts[0])
	e = mainEffects{Mean: make([]float64, d), Center: make([]float64, p), Slopes: make([][]float64, p)}
	for j := range codes {
		floats.AddScaled(e.Center, 1/float64(n), codes[j])
		floats.AddScaled(e.Mean, 1/float64(n), shifts[j])
	}
	for k := range e.Slopes {
		e.Slopes[k] = make([]float64, d)
	}
	if p == 0 {
		return e, nil, nil
	}
	design, response = mat.NewDense(n, p, nil), mat.NewDense(n, d, nil)
	for j := range codes {
		floats.SubTo(design.RawRowView(j), codes[j], e.Center)
		floats.SubTo(response.RawRowView(j), shifts[j], e.Mean)
	}
	return e, design, response
}

// at is the shift of a code.
func (e mainEffects) at(code []float64) shift {
	s := slices.Clone(e.Mean)
	for k, slope := range e.Slopes {
		floats.AddScaled(s, code[k]-e.Center[k], slope)
	}
	return s
}

// Transport shifts the points of x, an n×d cloud of the source; dst may be nil or x.
func (m *Additive) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	return m.shifted(dst, x, c, m.shift)
}

// Check says what Transport would say of c, and warns of numbers beyond the
// training range and of labels that only their coordinates place.
func (m *Additive) Check(c condition.Value) (warnings []string, err error) {
	if _, err := m.shift(c); err != nil {
		return nil, err
	}
	return m.schema.Check(c)
}

// shift of a condition.
func (m *Additive) shift(c condition.Value) (shift, error) {
	if _, err := m.index(c); err != nil {
		return nil, err
	}
	if m.singles != nil {
		return m.sum(c)
	}
	code, err := m.position(c)
	if err != nil {
		return nil, m.notApplicable(c, err)
	}
	return m.main.at(code), nil
}

// sum of the effects of a set's actions.
func (m *Additive) sum(c condition.Value) (shift, error) {
	sum := make(shift, len(m.Features))
	for _, action := range slices.Compact(slices.Sorted(slices.Values(c[0].Labels))) {
		effect, ok := m.singles[action]
		if !ok {
			return nil, m.notApplicable(c, fmt.Errorf("no training condition has %s alone (%s): its effect is not known", action, spell.Suggest(action, m.actions())))
		}
		floats.Add(sum, effect)
	}
	return sum, nil
}

// actions that were measured alone.
func (m *Additive) actions() []string {
	var names []string
	for name := range m.singles {
		names = append(names, name)
	}
	return names
}
