package main

import (
	"context"
	"encoding/json"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/ncmt"
	"gonum.org/v1/gonum/mat"
)

// fitting trains, from a checkpoint where it says resume, and gives the map.
type fitting func(ctx context.Context, checkpoint string, resume bool) (carry, *condot.Report, error)

// carry writes the images of x under a condition to dst, which may be nil.
type carry func(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error)

// methods read their options and train on a task. The map of CondOT is ∇g.
var methods = map[string]func(t *datasets.Task, options []byte) (fitting, error){
	"condot": func(t *datasets.Task, options []byte) (fitting, error) {
		var o condot.Options
		err := json.Unmarshal(options, &o)
		return func(ctx context.Context, checkpoint string, resume bool) (carry, *condot.Report, error) {
			o.Checkpoint, o.Resume = checkpoint, resume
			m, report, err := condot.Fit(ctx, t, o)
			if err != nil {
				return nil, nil, err
			}
			return m.Gradient, report, nil
		}, err
	},
	"ncmt": func(t *datasets.Task, options []byte) (fitting, error) {
		var o ncmt.Options
		err := json.Unmarshal(options, &o)
		return func(ctx context.Context, checkpoint string, resume bool) (carry, *condot.Report, error) {
			o.Checkpoint, o.Resume = checkpoint, resume
			m, report, err := ncmt.Fit(ctx, t, o)
			if err != nil {
				return nil, nil, err
			}
			return m.Transport, report, nil
		}, err
	},
}
