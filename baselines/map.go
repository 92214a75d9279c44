package baselines

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// Map is a fitted baseline.
type Map interface {
	// Transport carries the points of x, an n×d cloud of the source, to
	// condition c and returns their images, in dst unless that is nil; dst may
	// be x itself. The error wraps [NotApplicableError] where the method has no
	// answer for c.
	Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error)
	// Check says what Transport would: the error where c has no answer, warnings
	// where it is beyond what was trained.
	Check(c condition.Value) (warnings []string, err error)
	// Trained says what the map was fitted to.
	Trained() *Training
	// Warnings of the fit, which belong beside every number that the map makes.
	Warnings() []string
	// Save writes the map to a folder, from which [Load] reads it.
	Save(folder string) error
}

// NotApplicableError says that a method has no answer: for a condition, or for
// a whole task. Tables print n/a in its place.
type NotApplicableError struct {
	// Method is the name under which [Fit] knows it.
	Method string
	// Condition that was asked for, as text; "" where no condition has an answer.
	Condition string
	// Err says why.
	Err error
}

// Error names the method, the condition and the reason.
func (e *NotApplicableError) Error() string {
	if e.Condition == "" {
		return fmt.Sprintf("baselines: %s does not apply to this task: %v", e.Method, e.Err)
	}
	return fmt.Sprintf("baselines: %s does not apply to condition %s: %v", e.Method, e.Condition, e.Err)
}

// Unwrap is the reason.
func (e *NotApplicableError) Unwrap() error { return e.Err }

// Training is what a map knows of the task that it was fitted to.
type Training struct {
	// Method is the name under which [Fit] knows the map.
	Method string
	// Features are the names of the d columns of clouds.
	Features []string
	// Space says what the features are where they are not the data's own
	// columns, such as "50 principal components".
	Space string
	// Conditions of the training pairs.
	Conditions []condition.Value

	schema   condition.Schema
	warnings []string
}

// Trained says what the map was fitted to.
func (t *Training) Trained() *Training { return t }

// Schema of the conditions, fitted on those of training.
func (t *Training) Schema() condition.Schema { return t.schema }

// Warnings of the fit belong beside every number that the map makes: they are
// saved with it.
func (t *Training) Warnings() []string { return t.warnings }

// warn adds a warning.
func (t *Training) warn(format string, args ...any) {
	t.warnings = append(t.warnings, fmt.Sprintf(format, args...))
}

// index of a training condition, −1 for others. A value that does not have the
// form of the schema's is an error.
func (t *Training) index(c condition.Value) (int, error) {
	if _, err := t.schema.MarshalValue(c); err != nil {
		return -1, err
	}
	key := t.schema.Key(c)
	for j, trained := range t.Conditions {
		if t.schema.Key(trained) == key {
			return j, nil
		}
	}
	return -1, nil
}

// checkClouds says why x cannot be carried into dst.
func (t *Training) checkClouds(dst, x *mat.Dense) error {
	if x == nil || x.IsEmpty() {
		return fmt.Errorf("baselines: %s: the cloud has no points", t.Method)
	}
	n, d := x.Dims()
	if d != len(t.Features) {
		return fmt.Errorf("baselines: %s: the cloud has %d columns, the model %d features", t.Method, d, len(t.Features))
	}
	for i := range n {
		for k, v := range x.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("baselines: %s: row %d, feature %s of the cloud is %v; coordinates must be finite", t.Method, i, t.Features[k], v)
			}
		}
	}
	if dst == nil || dst.IsEmpty() {
		return nil
	}
	if r, c := dst.Dims(); r != n || c != d {
		return fmt.Errorf("baselines: %s: the destination is %d×%d, the cloud %d×%d", t.Method, r, c, n, d)
	}
	return nil
}

// into copies y to dst, which takes its form where it is empty, unless dst is nil.
func into(dst, y *mat.Dense) *mat.Dense {
	if dst == nil {
		return y
	}
	if dst.IsEmpty() {
		dst.ReuseAs(y.Dims())
	}
	dst.Copy(y)
	return dst
}

// notApplicable wraps a reason why condition c has no answer.
func (t *Training) notApplicable(c condition.Value, reason error) error {
	return &NotApplicableError{Method: t.Method, Condition: t.schema.Format(c), Err: reason}
}

// shifted carries x by the shift of a condition.
func (t *Training) shifted(dst, x *mat.Dense, c condition.Value, of func(condition.Value) (shift, error)) (*mat.Dense, error) {
	if err := t.checkClouds(dst, x); err != nil {
		return nil, err
	}
	s, err := of(c)
	if err != nil {
		return nil, err
	}
	y, err := s.carry(x)
	if err != nil {
		return nil, err
	}
	return into(dst, y), nil
}
