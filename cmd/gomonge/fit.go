package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/projection"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// fitFlags are the flags of fit that are not of every command.
type fitFlags struct {
	dataFlags
	runFlags
	projectFlags
	method  string
	steps   int
	seconds float64
	devices int
	opt     []string
	test    float64
	certify bool
	judge   bool
	quick   bool
}

// rowsStream of random numbers chooses the rows of --test.
const rowsStream = 0x726f7773

// quickSteps is --quick's number of steps.
const quickSteps = 200

func (a *app) fitCommand() *cobra.Command {
	var o fitFlags
	cmd := &cobra.Command{
		Use:   "fit",
		Short: "Train a map on your data",
		Long: `fit trains a conditional map from a source cloud to target clouds under conditions, and
writes a run: its model in DIR/model, which needs no data to be used.

The data are two tables, --source and --target, or one, --data, whose source rows
--control names. Tables are .csv or .tsv files, also with .gz, .parquet or .h5ad files; columns that are no
conditions, weights or ids are features, matched between files by name.

While it trains, the run is DIR.partial. Ctrl-C saves a checkpoint, and --resume goes on from
it, or from the last one of a run that was killed, to the same bits.

With --devices every batch is shared among several, such as the GPUs of a machine; the map is that of one device, but
for rounding. gomonge backend list counts them; those of the CPU are virtual, and make nothing faster.

` + methodHelp(),
		Example: `  gomonge fit --source task/source.csv --target task/train.csv --condition dose:continuous --out runs/m
  gomonge fit --data cells.csv --condition dose:log --condition cell_type --control dose=0 --holdout dose=100 --seconds 20 --out runs/cells
  gomonge fit --method ncmt --source task/source.csv --target task/train.csv --condition dose --quick --opt cost=weak --out runs/stochastic
  gomonge fit --method condot --source task/source.csv --target task/train.csv --condition dose --quick --opt init=gaussian --opt architecture.width=32
  gomonge fit --data cells.csv --condition dose:log --condition cell_type --control dose=0 --project ae:2 --hidden 16 --quick --out runs/coded
  gomonge fit --source task/source.csv --target task/train.csv --condition dose --quick --devices 2 --out runs/shared
  gomonge fit --config runs/m/config.json --seed 2 --out runs/m2`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.fit(cmd, &o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.method, "method", "condot", "method: "+strings.Join(methodNames(), ", "))
	o.dataFlags.add(f)
	o.projectFlags.add(f)
	f.IntVar(&o.steps, "steps", 0, "training steps (0: the method's default)")
	f.Float64Var(&o.seconds, "seconds", 0, "train for about this long instead: the measured rate fixes the steps, which config.json keeps")
	f.IntVar(&o.devices, "devices", 1, "devices that share every batch")
	f.StringArrayVar(&o.opt, "opt", nil, "KEY=VALUE, an option of the method; repeat it for more")
	f.Float64Var(&o.test, "test", 0, "share of the rows of every condition to set aside and judge the model on, such as 0.2")
	f.BoolVar(&o.certify, "certify", false, "bound W₂² of those rows, and of conditions held out, by the model's potentials")
	f.BoolVar(&o.judge, "judge", true, "judge the model on those rows and conditions, beside baselines")
	f.BoolVar(&o.quick, "quick", false, fmt.Sprintf("few steps (%d)", quickSteps))
	o.runFlags.add(f, "fit")
	completeFrom(cmd, "method", methodNames())
	complete(cmd, "opt", cobra.ShellCompDirectiveNoSpace, func(typed string) []string { return completeOption(o.method, typed) })
	return cmd
}

// fit is the command.
func (a *app) fit(cmd *cobra.Command, o *fitFlags) (err error) {
	r, err := a.begins(cmd, &o.runFlags)
	if err != nil || r.done {
		return err
	}
	defer r.endsWith(&err)
	m, options, err := o.plan(cmd.Flags())
	if err != nil {
		return err
	}
	if m.sparse || o.project != "" {
		o.denseLimit = denseLimit
	}
	task, made, files, err := o.read(m.name)
	if err != nil {
		return err
	}
	a.tell(made)
	if task.Sparse() && o.project == "" {
		a.note("the clouds stay sparse: batches of %d features become dense one by one; --project, or gomonge prep --pca or --autoencoder, gives fewer, and faster steps", task.Dim())
	}
	if values := o.unlogged(task); values != "" {
		a.warn("the genes are %s: distances follow the cells' total counts and the few most expressed genes; gomonge prep --normalize --log1p makes logarithms", values)
	}
	if o.test > 0 {
		if task, err = task.SplitRows(o.test, rand.NewPCG(o.seed, rowsStream)); err != nil {
			return fmt.Errorf("--test: %w", err)
		}
	}
	if err := r.settle(a, files, m.trains || strings.HasPrefix(o.project, autoencoderKind)); err != nil {
		return err
	}
	return a.train(cmd.Context(), r, o, m, options, task)
}

// unlogged says what the genes of an .h5ad file are where they are no logarithms, as a map of them expects; else "".
func (o *fitFlags) unlogged(task *datasets.Task) singlecell.Values {
	if o.obsm != "" || !slices.ContainsFunc([]string{o.data, o.source, o.target}, isH5AD) {
		return ""
	}
	for _, x := range distinctClouds(task) {
		values, err := singlecell.Detect(x) // an error is of a cloud of zeros
		if err == nil && (values == singlecell.Counts || values == singlecell.Normalized) {
			return values
		}
	}
	return ""
}

// plan finds the method and reads its options, before any data is read.
func (o *fitFlags) plan(given *pflag.FlagSet) (method, any, error) {
	m, err := methodNamed(o.method)
	if err != nil {
		return m, nil, err
	}
	var options any = &struct{}{}
	if m.options != nil {
		options = m.options()
	}
	if err := setOptions(m.name, options, o.opt); err != nil {
		return m, nil, err
	}
	switch { // what is given wins over what a configuration says
	case given.Changed("seconds") && !given.Changed("steps"):
		o.steps = 0
	case given.Changed("steps") && !given.Changed("seconds"):
		o.seconds = 0
	}
	switch {
	case o.steps < 0 || o.seconds < 0:
		return m, nil, fmt.Errorf("--steps %d, --seconds %g: neither may be negative", o.steps, o.seconds)
	case o.devices < 1:
		return m, nil, fmt.Errorf("--devices %d: it is a number from 1", o.devices)
	case o.devices > 1 && !m.spreads:
		return m, nil, fmt.Errorf("--devices %d: the method %s computes on one; %s can use more", o.devices, m.name, strings.Join(spreading(), ", "))
	case o.test < 0 || o.test >= 1:
		return m, nil, fmt.Errorf("--test %g: it is a share of the rows, from 0 to below 1", o.test)
	case o.certify && m.name != condot.Method:
		return m, nil, fmt.Errorf("--certify: the method %s has no potentials to bound W₂² with; %s has", m.name, condot.Method)
	case o.certify && !o.judge:
		return m, nil, fmt.Errorf("--certify is done while the model is judged, which --judge=false leaves out: give one of the two")
	case o.certify && o.test == 0 && len(o.holdout) == 0:
		return m, nil, fmt.Errorf("--certify bounds W₂² of rows that were not trained on: set some aside with --test, or hold conditions out")
	case o.steps > 0 && o.seconds > 0:
		return m, nil, fmt.Errorf("--steps and --seconds: give one, the other follows")
	case o.quick && o.steps == 0 && o.seconds == 0 && m.trains:
		o.steps = quickSteps
	}
	if _, _, err := o.kind(); err != nil {
		return m, nil, err
	}
	return m, options, o.check()
}

// train trains, and saves what comes of it.
func (a *app) train(ctx context.Context, r *runner, o *fitFlags, m method, options any, task *datasets.Task) error {
	t := training{steps: o.steps, seconds: o.seconds, seed: o.seed, backend: a.backend, devices: o.devices, resume: r.hasCheckpoint()}
	var err error
	if t.checkpoint, err = r.run.Checkpoint(checkpointFile); err != nil {
		return err
	}
	seen, space := task, projection.Projection(nil)
	if o.project != "" {
		if space, err = a.fitProjection(ctx, r, o, task); err != nil {
			return err
		}
		if seen, err = projectedTask(space, task); err != nil {
			return err
		}
	}
	bar := a.meter(m.name)
	t.progress = bar.show
	a.note("training %s on %d conditions in %d dimensions", m.name, len(seen.Train), seen.Dim())
	fitted, report, err := m.fit(ctx, seen, options, t)
	bar.end()
	r.setOptions(optionsUsed(fitted, options))
	if space != nil && fitted != nil {
		setSpace(fitted, o.space())
		fitted = &projected{fitted, space, task.Features}
	}
	r.keep = r.keep || r.savedCheckpoint()
	if err == nil && report != nil && report.Reason == train.Interrupted {
		return stopped(r, fmt.Sprintf(" after %d of %s steps", report.Steps, planned(report.Planned)))
	}
	if err != nil {
		return a.failed(ctx, r, fitted, report, err)
	}
	return a.saveFit(ctx, r, o, m, fitted, report, task)
}

// stopped says how to go on with a run that the user interrupted.
func stopped(r *runner, when string) error {
	if !r.keep {
		return interrupted("interrupted%s; nothing is kept", when)
	}
	return interrupted("interrupted%s; the checkpoint is in %s. Go on with: gomonge %s --resume --out %s",
		when, r.run.Path(rundir.CheckpointFolder), r.config.Command, r.run.Dir())
}

func planned(steps int) string {
	if steps == 0 {
		return "as yet unknown"
	}
	return fmt.Sprint(steps)
}

// failed says what is left where training ended in an error.
func (a *app) failed(ctx context.Context, r *runner, model fitted, report *train.Report, err error) error {
	switch {
	case errors.Is(err, train.ErrDiverged) && model != nil:
		folder, pathErr := r.run.Checkpoint("last-good")
		if pathErr == nil {
			pathErr = model.Save(folder)
		}
		if pathErr != nil {
			return errors.Join(err, pathErr)
		}
		r.keep = true
		return fmt.Errorf("%w; the last good model is in %s; a smaller rate (--opt rate=...) may help", err, folder)
	case ctx.Err() != nil:
		return stopped(r, "")
	case report != nil: // training began: what was asked was in order
		return machineError(err)
	}
	return err
}

// fitResult is what fit says of the run.
type fitResult struct {
	Method     string         `json:"method"`
	Out        string         `json:"out"`
	Model      string         `json:"model"`
	Conditions []fitCondition `json:"conditions"`
	Report     *train.Report  `json:"report,omitempty"`
	Evaluation *evaluation    `json:"evaluation,omitempty"`
	Seconds    float64        `json:"seconds"`
	Warnings   []string       `json:"warnings"`
}

type fitCondition struct {
	Condition string `json:"condition"`
	Setting   string `json:"setting"`
	Source    int    `json:"source_points"`
	Target    int    `json:"target_points"`
}

func fitConditions(task *datasets.Task) (list []fitCondition) {
	add := func(setting string, pairs []datasets.Pair) {
		for _, p := range pairs {
			n, m := p.Sizes()
			list = append(list, fitCondition{task.Schema.Format(p.Condition), setting, n, m})
		}
	}
	add(inSample, task.Train)
	add(heldOut, task.HeldOut)
	return list
}

// judgeFit judges the model on what it was not trained on: rows that were set
// aside, and conditions held out; nil where there is neither.
func (a *app) judgeFit(ctx context.Context, o *fitFlags, m *model, task *datasets.Task) (*evaluation, error) {
	pairs := datasets.DensePairs(slices.Concat(task.Test, task.HeldOut))
	if len(pairs) == 0 || !o.judge {
		return nil, nil
	}
	j := &judge{model: m, preset: metrics.Panel, options: metrics.Options{Seed: o.seed, Workers: a.threads}, certify: o.certify, yardsticks: true, lenient: true}
	if task.Sparse() && m.projection == nil {
		a.note("without baselines: they are fitted to dense clouds alone")
	} else if err := j.fitYardsticks(ctx, task); err != nil {
		return nil, err
	}
	return j.all(ctx, a.meter("judging"), pairTrials(pairs))
}

// saveFit writes the run's files and gives it its name.
func (a *app) saveFit(ctx context.Context, r *runner, o *fitFlags, m method, model fitted, report *train.Report, task *datasets.Task) error {
	result := fitResult{Method: m.name, Out: r.run.Dir(), Model: joined(r.run.Dir(), "model"), Conditions: fitConditions(task),
		Report: report, Seconds: time.Since(r.started).Seconds(), Warnings: []string{}}
	trained := modelOf(model, result.Model)
	result.Warnings = append(result.Warnings, trained.warnings...)
	if report != nil && report.LossNames != nil { // of one training, not the sum of several
		r.config.Settings["steps"], r.config.Settings["seconds"] = report.Planned, 0
	}
	var unjudged error
	if result.Evaluation, unjudged = a.judgeFit(ctx, o, trained, task); unjudged != nil && ctx.Err() == nil {
		return unjudged
	}
	if result.Evaluation != nil {
		result.Warnings = append(result.Warnings, result.Evaluation.Warnings...)
	}
	if err := trained.Save(r.run.Path("model")); err != nil { // with the certificates that judging it made
		return err
	}
	if err := writeFit(r, &result); err != nil {
		return err
	}
	if err := r.finish(); err != nil {
		return err
	}
	if unjudged != nil {
		return interrupted("interrupted while the model was judged; it is in %s, and gomonge evaluate judges it", result.Model)
	}
	for _, w := range result.Warnings {
		a.warn("%s", w)
	}
	result.Report = withoutCurve(report) // report.json has it all
	return a.result(result, result.text)
}
