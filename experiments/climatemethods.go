package experiments

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ncmt"
)

// climateMethod is a rival of the climate experiment.
type climateMethod struct {
	key, label string
	// network says that it is trained; repeated, with several seeds.
	network, repeated bool
	// change makes a variant of NCTM; nil in NCTM itself and in what is not NCTM.
	change func(*ncmt.Options)
	fit    func(ctx context.Context, s *climateStudy, task *datasets.Task, o climateTraining) (carrier, []string, error)
}

// climateTraining is what a training is told.
type climateTraining struct {
	method     climateMethod
	seed       uint64
	checkpoint string
	resume     bool
	progress   func(train.Progress)
}

var climateMethods = []climateMethod{
	{key: "ncmt", label: "NCTM", network: true, repeated: true, fit: climateNCMT},
	{key: "ncmt-no-pretraining", label: "NCTM, no pre-training", network: true, repeated: true, fit: climateNCMT,
		change: func(o *ncmt.Options) { o.Pretrain = -1 }},
	{key: "ncmt-positional", label: "NCTM, positional encoding", network: true, repeated: true, fit: climateNCMT,
		change: func(o *ncmt.Options) { o.Conditions.Encoding = ncmt.PositionalEncoding }},
	{key: "ncmt-fourier", label: "NCTM, Fourier features", network: true, repeated: true, fit: climateNCMT,
		change: func(o *ncmt.Options) { o.Conditions.Encoding = ncmt.FourierEncoding }},
	{key: "condot", label: "CondOT", network: true, fit: climateCondOT},
	{key: "quantile", label: "quantiles, interpolated", fit: climateBaseline},
	{key: "affine", label: "affine Gaussian, interpolated", fit: climateBaseline},
	{key: "nearest", label: "affine Gaussian of the nearest", fit: climateBaseline},
	{key: "plan", label: "optimal plan of the nearest", fit: climateBaseline},
	{key: "mean-interpolated", label: "mean shift, interpolated", fit: climateBaseline},
	{key: "mean", label: "mean shift", fit: climateBaseline},
	{key: "ridge", label: "shift by ridge regression", fit: climateBaseline},
	{key: "additive", label: "shift by additive effects", fit: climateBaseline},
	{key: "identity", label: "identity", fit: climateBaseline},
}

// ClimateMethods are the methods that [Climate] compares, as tables name them.
func ClimateMethods() (keys []string) {
	for _, m := range climateMethods {
		keys = append(keys, m.key)
	}
	return keys
}

// climateMethodOf that key.
func climateMethodOf(key string) climateMethod {
	for _, m := range climateMethods {
		if m.key == key {
			return m
		}
	}
	return climateMethod{key: key, label: key}
}

func climateNCMT(ctx context.Context, s *climateStudy, task *datasets.Task, c climateTraining) (carrier, []string, error) {
	// On the line small networks that train long are more exact than wide ones in the same time.
	o := ncmt.Options{Steps: s.o.Steps, Seed: c.seed, Backend: s.o.Backend, Validation: -1, Checkpoint: c.checkpoint, Resume: c.resume, Progress: c.progress,
		Architecture: ncmt.Architecture{Width: 16 * task.Dim(), Hidden: 128, Decoder: 2, CriticDecoder: 2}}
	if s.o.Quick {
		o.Batch, o.Pretrain = 120, 20
		o.Architecture = ncmt.Architecture{Width: 16, Encoder: 1, Decoder: 1, CriticDecoder: 1, Hidden: 16}
	}
	if c.method.change != nil {
		c.method.change(&o)
	}
	m, report, err := ncmt.Fit(ctx, task, o)
	warnings, err := lenient(m != nil, err)
	if err != nil {
		return nil, nil, err
	}
	return logged{m}, append(warnings, report.Warnings...), nil
}

// logged is NCTM with its curves.
type logged struct{ *ncmt.Model }

func (m logged) report() *train.Report { return m.Report }

func climateCondOT(ctx context.Context, s *climateStudy, task *datasets.Task, c climateTraining) (carrier, []string, error) {
	o := condot.Options{Steps: max(1, s.o.Steps/10), Seed: c.seed, Backend: s.o.Backend, Batch: 256, Validation: -1, Checkpoint: c.checkpoint, Resume: c.resume, Progress: c.progress}
	if s.o.Quick {
		o = small(o)
	}
	return condotFit(condot.IdentityInit)(ctx, task, o)
}

func climateBaseline(ctx context.Context, s *climateStudy, task *datasets.Task, c climateTraining) (carrier, []string, error) {
	m, err := baselines.Fit(ctx, c.method.key, task, baselines.Options{Seed: s.o.Seed})
	if err != nil {
		return nil, nil, err
	}
	return m, m.Trained().Warnings(), nil
}

// fitAndJudge fits a method to a trial and asks it all questions.
func (s *climateStudy) fitAndJudge(ctx context.Context, j *climateJudgement, kept *drawer, progress func(train.Progress)) error {
	o := climateTraining{method: j.method, seed: j.seed, progress: progress}
	var err error
	if o.checkpoint, o.resume, err = kept.state(0); err != nil {
		return err
	}
	j.climateVerdict = climateVerdict{}
	fitted, warnings, err := j.method.fit(ctx, s, j.trial.Task.Task, o)
	if notApplicable(err) {
		return nil // tables say n/a
	}
	if err != nil || ctx.Err() != nil {
		return err
	}
	j.Warnings = warningsOf(j.name(), warnings...)
	j.Log = logOf(j.name(), fitted)
	if s.o.Models != "" {
		folder := filepath.Join(s.o.Models, j.method.key)
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return fmt.Errorf("experiments: %w", err)
		}
		if err := fitted.Save(filepath.Join(folder, fmt.Sprintf("%s-seed-%d", j.trial.source, j.seed))); err != nil {
			return err
		}
	}
	for _, q := range j.trial.questions {
		y, err := fitted.Transport(nil, q.pair.Source, q.pair.Condition)
		if notApplicable(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := j.judge(ctx, q, y, s.o.Poverty); err != nil {
			return err
		}
	}
	return nil
}
