package condot

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/ot"
)

// ErrNotConvex is wrapped by the error of [Model.Certify] where the model's f is not
// known to be strongly convex, so that its values bound nothing.
var ErrNotConvex = errors.New("f is not known to be strongly convex")

// Bound is one side of a [Certificate].
type Bound struct {
	// Value in the units of the data squared, with the standard error that N points of
	// either cloud leave.
	Value         float64 `json:"value"`
	StandardError float64 `json:"standard_error"`
	SourcePoints  int     `json:"source_points"`
	TargetPoints  int     `json:"target_points"`
}

// Certificate holds a lower and an upper bound of W₂²(µ,ν), without a factor ½, between
// the source µ and the target ν of one condition, in one space.
//
// The lower bound is the dual value E‖x‖² + E‖y‖² − 2(E_ν f + E_µ f*), which no function
// f can push above W₂² (Kantorovich duality). The conjugate f* is not known exactly, and
// taking it too low would certify too much. Since f is α-strongly convex, any point ŷ gives
//
//	f*(x) ≤ ⟨x,ŷ⟩ − f(ŷ) + ‖x − ∇f(ŷ)‖²/(2α),
//
// and that is used. The upper bound adds the duality gap of samples: the mean, over stratified
// samples, of their exact transport cost less their own dual value, which is never negative.
// The sum's expectation is not below W₂², since the expected cost between samples is not: the
// mean of their couplings is a coupling of µ and ν. Joining the dual value of all rows and the
// gap of small samples gives little noise; what stays above W₂² is what samples cannot know of
// clouds of high dimension.
type Certificate struct {
	Condition condition.Value `json:"-"`
	// Space says where distances are measured.
	Space string `json:"space"`
	Lower Bound  `json:"lower"`
	Upper Bound  `json:"upper"`
	// Convexity is α, of the normalised problem.
	Convexity float64 `json:"convexity"`
	// Slack is what the lower bound gave away to inexact conjugates, in the units of
	// the data squared.
	Slack    float64  `json:"slack"`
	Warnings []string `json:"warnings,omitempty"`
}

// Interval is where W₂² is to be expected: two standard errors below the lower bound, not
// below zero, to two above the upper one.
func (c Certificate) Interval() (low, high float64) {
	return math.Max(0, c.Lower.Value-2*c.Lower.StandardError), c.Upper.Value + 2*c.Upper.StandardError
}

// CertifyOptions of [Model.Certify]; the zero value is a sound default.
type CertifyOptions struct {
	// SamplePoints is how many points of either cloud a sample of the upper bound has at
	// most: the time grows faster than their square. 0 means 2000.
	SamplePoints int
	// Seed draws the samples.
	Seed uint64
}

// samples is how many the upper bound takes: enough for a standard error.
const samples = 4

// Certify bounds W₂² between the source and the target of the pair, which need at least 8
// points each.
//
// The pair's rows must be held out: rows that training saw make the lower bound too high,
// since f was fitted to them. [datasets.Task.SplitRows] sets rows aside. The condition may
// be one that was never trained. The error wraps [ErrNotConvex] where the model's f gives no
// bounds.
func (m *Model) Certify(ctx context.Context, pair datasets.Pair, o CertifyOptions) (*Certificate, error) {
	if m.Options.Objective == Primal {
		return nil, fmt.Errorf("condot: a model of the primal training has no f to certify with; train with the dual objective")
	}
	setDefault(&o.SamplePoints, 2000)
	if o.SamplePoints < 2 {
		return nil, fmt.Errorf("condot: samples of %d points for the upper bound: at least 2 are needed", o.SamplePoints)
	}
	source, target := ot.Measure{Points: pair.Source, Weights: pair.SourceWeights}, ot.Measure{Points: pair.Target, Weights: pair.TargetWeights}
	wx, wy, err := m.checkPair(source, target)
	if err != nil {
		return nil, err
	}
	warnings, err := m.Check(pair.Condition)
	if err != nil {
		return nil, err
	}
	c := &Certificate{Condition: pair.Condition, Space: m.Space, Warnings: warnings}
	if c.Space == "" {
		c.Space = fmt.Sprintf("the data's own %d features", len(m.Features))
	}
	a, b, err := m.lower(ctx, c, pair, wx, wy)
	if err != nil {
		return nil, err
	}
	gap, se, err := sampleGap(ctx, source, target, wx, wy, a, b, o)
	if err != nil {
		return nil, err
	}
	c.Upper = c.Lower
	c.Upper.Value += gap
	c.Upper.StandardError = math.Max(c.Lower.StandardError, se)
	if low, high := c.Interval(); c.Slack > .1*(high-low) {
		c.Warnings = append(c.Warnings, fmt.Sprintf("the conjugates of f are not solved: they take %.3g off the lower bound", c.Slack))
	}
	return c, nil
}

// checkPair returns the shares of the points.
func (m *Model) checkPair(source, target ot.Measure) (wx, wy []float64, err error) {
	for _, c := range []struct {
		name   string
		cloud  ot.Measure
		shares *[]float64
	}{{"source", source, &wx}, {"target", target, &wy}} {
		if err := batches.CheckCloud(c.cloud.Points, m.Features); err != nil {
			return nil, nil, fmt.Errorf("condot: %s: %w", c.name, err)
		}
		if n, _ := c.cloud.Dims(); n < 2*samples {
			return nil, nil, fmt.Errorf("condot: the %s cloud has %d points; a certificate needs at least %d", c.name, n, 2*samples)
		}
		if err := c.cloud.Check(c.name); err != nil {
			return nil, nil, err
		}
		if *c.shares, err = c.cloud.Shares(); err != nil {
			return nil, nil, err
		}
	}
	return wx, wy, nil
}
