package baselines

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/internal/train"
)

// CPAOptions of [FitCPA]; the zero value means the defaults.
type CPAOptions struct {
	// Covariates names the variables of the condition that the source has too, such as a
	// cell line, separated by commas: their embeddings are learnt from both clouds, and they are no
	// perturbation. "" means those whose labels all have source clouds of their own, "none" none.
	Covariates string `json:"covariates"`
	// Latent is the dimension of the basal latent space; 0 means 64.
	Latent int `json:"latent"`
	// Width and Depth of the hidden layers of encoder and decoder; 0 means 128 and 2.
	Width int `json:"width"`
	Depth int `json:"depth"`
	// AdversaryWidth and AdversaryDepth of the classifier's hidden layers; 0 means 64 and 2.
	AdversaryWidth int `json:"adversary_width"`
	AdversaryDepth int `json:"adversary_depth"`
	// DoserWidth and DoserDepth of each perturbation's dose response; 0 means 16
	// and 1. A negative depth means no hidden layer: a sigmoid of a scaled and shifted dose.
	DoserWidth int `json:"doser_width"`
	DoserDepth int `json:"doser_depth"`

	// Steps are rounds of ten steps of the autoencoder; 0 means 300, unless Seconds are given,
	// from which the measured rate fixes the steps.
	Steps   int     `json:"steps"`
	Seconds float64 `json:"seconds"`
	// Batch is the number of target points a step, over all its conditions, and of
	// source points; 0 means 256.
	Batch int `json:"batch"`
	// Rate is the learning rate of the autoencoder, AdversaryRate that of the classifier; 0 means 2e-3 for both.
	Rate          float64 `json:"rate"`
	AdversaryRate float64 `json:"adversary_rate"`
	// AdversarySteps are those of the classifier before each one of the autoencoder; 0 means 3.
	AdversarySteps int `json:"adversary_steps"`
	// Adversary weighs what the classifier knows in the autoencoder's loss; 0 means
	// 10, negative none. Penalty weighs the squared gradient of its answers in the classifier's own; 0 means 3, negative none.
	Adversary float64 `json:"adversary"`
	Penalty   float64 `json:"penalty"`
	// EMA is the decay a step of the moving average of weights that is served; 0 means 0.998, negative none.
	EMA float64 `json:"ema"`
	// Validation is the share of each cloud's rows that training never sees, on which the
	// energy distance between counterfactual and observed points is watched. 0 means 0.05, negative none.
	Validation float64 `json:"validation"`
	// Patience is how many of 20 validations without a better value end training, and the
	// best weights are served; 0: never, and the last ones are: an encoder that still tells
	// conditions apart has images of more spread, and a smaller distance, than one that does not.
	Patience int `json:"patience"`

	// Seed fixes weights, batches and splits.
	Seed uint64 `json:"seed"`
	// Backend names the engine: "" or "auto", "xla:cpu", "xla:cuda", "xla:PATH", "go".
	Backend string `json:"backend"`
	// Checkpoint is a file that training writes now and then and when it is
	// cancelled; with Resume it goes on from there, to the same bits.
	Checkpoint string `json:"checkpoint"`
	Resume     bool   `json:"resume"`
	// Progress is told about the run, at most a few times a second.
	Progress func(train.Progress) `json:"-"`
}

// withDefaults fills in what zero values stand for.
func (o CPAOptions) withDefaults() CPAOptions {
	if o.Seconds == 0 && o.Steps == 0 {
		o.Steps = 300
	}
	if o.DoserDepth == 0 {
		o.DoserDepth = 1
	}
	for _, v := range []struct {
		value *int
		usual int
	}{{&o.Latent, 64}, {&o.Width, 128}, {&o.Depth, 2}, {&o.AdversaryWidth, 64}, {&o.AdversaryDepth, 2},
		{&o.DoserWidth, 16}, {&o.Batch, 256}, {&o.AdversarySteps, 3}} {
		if *v.value == 0 {
			*v.value = v.usual
		}
	}
	for _, v := range []struct {
		value *float64
		usual float64
	}{{&o.Rate, 2e-3}, {&o.AdversaryRate, 2e-3}, {&o.Adversary, 10}, {&o.Penalty, 3}, {&o.EMA, .998}, {&o.Validation, .05}} {
		if *v.value == 0 {
			*v.value = v.usual
		}
	}
	return o
}

// check says what cannot be trained.
func (o CPAOptions) check() error {
	const most = 1 << 16
	for _, v := range []struct {
		name  string
		value int
	}{{"latent", o.Latent}, {"width", o.Width}, {"depth", o.Depth}, {"adversary width", o.AdversaryWidth}, {"adversary depth", o.AdversaryDepth},
		{"doser width", o.DoserWidth}, {"batch", o.Batch}, {"adversary steps", o.AdversarySteps}} {
		if v.value < 1 || v.value > most {
			return fmt.Errorf("%s is %d; from 1 to %d is possible", v.name, v.value, most)
		}
	}
	switch {
	case o.DoserDepth > most || o.Steps < 0 || o.Patience < 0:
		return fmt.Errorf("%d steps, patience %d, doser depth %d: steps and patience may not be negative, depths have bounds", o.Steps, o.Patience, o.DoserDepth)
	case o.Steps > 0 && o.Seconds > 0:
		return fmt.Errorf("steps %d and seconds %g: give one of the two", o.Steps, o.Seconds)
	case o.Resume && o.Checkpoint == "":
		return errors.New("resume needs the checkpoint's file")
	}
	anything := -math.MaxFloat64
	for _, v := range []struct {
		name             string
		value, low, high float64
	}{{"rate", o.Rate, 0, math.Inf(1)}, {"adversary rate", o.AdversaryRate, 0, math.Inf(1)}, {"seconds", o.Seconds, 0, math.Inf(1)},
		{"adversary", o.Adversary, anything, math.Inf(1)}, {"penalty", o.Penalty, anything, math.Inf(1)},
		{"EMA", o.EMA, anything, 1}, {"validation", o.Validation, anything, 1}} {
		if !(v.value >= v.low && v.value < v.high) {
			return fmt.Errorf("%s is %g; it must be in [%g, %g)", v.name, v.value, v.low, v.high)
		}
	}
	return nil
}

// noCovariates is the name of none.
const noCovariates = "none"

// covariates are the places of the variables that Covariates names.
func (o CPAOptions) covariates(s condition.Schema) ([]int, error) {
	var places []int
	if o.Covariates == "" || o.Covariates == noCovariates {
		return nil, nil
	}
	for _, name := range strings.Split(o.Covariates, ",") {
		name = strings.TrimSpace(name)
		at := -1
		for i, v := range s.Variables {
			if v.Name == name {
				at = i
			}
		}
		if at < 0 {
			return nil, fmt.Errorf("covariate %q is no variable of the condition (%s)", name, spell.Suggest(name, s.Names()))
		}
		if k := s.Variables[at].Kind; k != condition.Categorical && k != condition.Vector {
			return nil, fmt.Errorf("covariate %s is a %v variable; covariates have labels, one at a time", name, k)
		}
		places = append(places, at)
	}
	return places, nil
}
