package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/sensitivity"
	"github.com/spf13/cobra"
)

func (a *app) sensitivityCommand() *cobra.Command {
	var o experiments.SensitivityOptions
	var table runsFlags
	var run runFlags
	var interval, design string
	cmd := &cobra.Command{
		Use:   "sensitivity",
		Short: "Which uncertain inputs of a model its outputs follow from, by optimal transport",
		Long: `sensitivity reads runs of any model, a run a row, and says how much each input matters for all the
outputs together: 0 where the outputs do not depend on it, 1 where they follow from it alone. Inputs may
depend on each other. Beside each index stands the level that an input without influence would reach
with as many runs (independent ones: even designs reach less), the index with that taken away, corrected,
and with what the width of cells loses given back, limit.

Rows with NA, NaN or nothing in an output are left out, and counted. An input of words, or one named by
--categorical, has a cell a level; a number is cut into --cells quantile cells. With no data it runs a
built-in study.

Methods (--method, several by commas to compare them):
  exact     transport cost ‖y−y′‖² by the network simplex
  sinkhorn  with entropy
  gaussian  of means and covariances: an advective and a diffusive part
  1d        of every output on its own, and a map over outputs
  neural    one trained map for all inputs; with exact, both are compared
  sobol     first and total order of a study with independent inputs; of runs, first order

Studies (--study):
` + studyHelp() + `

What is done is kept in DIR.partial: after Ctrl-C, or where the run was killed, --resume goes on from there.`,
		Example: `  gomonge sensitivity --quick --study linear --method exact,gaussian,neural --bootstrap 20 --out runs/linear
  gomonge sensitivity --quick --study ishigami --method sobol,1d --json --out runs/ishigami
  gomonge sensitivity --quick --bias --method gaussian --out runs/bias
  gomonge sensitivity --data cells.csv --inputs cell_type,dose --outputs g1,g2 --categorical dose --out runs/which`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run,
				func() (files []rundir.DataFile, err error) {
					o.Indices.Interval, o.Design = sensitivity.IntervalKind(interval), sensitivity.Design(design)
					if err := checkSensitivity(&o, &table); err != nil || table.data == "" {
						return nil, err
					}
					var file rundir.DataFile
					o.Data, file, err = table.read(a)
					o.DataName = table.data
					return []rundir.DataFile{file}, err
				},
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					return experiments.Sensitivity(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	table.add(f)
	f.StringVar(&o.Study, "study", "", "built-in study: "+strings.Join(experiments.SensitivityStudies(), ", ")+" (default linear)")
	f.IntVar(&o.Runs, "runs", 0, "runs of a study (default 4000)")
	f.StringVar(&design, "design", "", "how its inputs are drawn: sobol-sequence (default), latin-hypercube, random")
	f.StringSliceVar(&o.Methods, "method", nil, "methods (default exact)")
	f.IntVar(&o.Indices.Cells, "cells", 0, "cells that a number is cut into (default 25, or one for every 20 runs)")
	f.IntVar(&o.Indices.Replicates, "bootstrap", 0, "replicates for intervals (default 0: none)")
	f.StringVar(&interval, "interval", "", "kind of interval: normal (default), basic, percentile, bca, studentized")
	f.Float64Var(&o.Indices.Confidence, "confidence", 0, "of intervals (default .95)")
	f.IntVar(&o.Indices.Permutations, "permutations", 0, "of the runs, for the null level (default 10; -1: none)")
	f.BoolVar(&o.Indices.Scale, "scale", false, "divide each output by its standard deviation")
	f.Float64Var(&o.Indices.Epsilon, "epsilon", 0, "of sinkhorn, as a share of the largest cost (default .01)")
	f.Float64Var(&o.Indices.Exponent, "exponent", 0, "p of the cost |y−y′|^p of 1d (default 2)")
	f.IntVar(&o.Steps, "steps", 0, "training rounds of neural (default 600)")
	f.BoolVar(&o.Convergence, "convergence", false, "train neural with and without pre-training, and compare it with exact on the way")
	f.BoolVar(&o.Bias, "bias", false, "of the first method against numbers of runs and of cells, for --study linear")
	f.IntVar(&o.Seeds, "seeds", 0, "samples, from --seed on, for --bias (default 10)")
	f.IntSliceVar(&o.Sizes, "sizes", nil, "numbers of runs at which exact and neural are timed")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	run.add(f, "sensitivity")
	completeFrom(cmd, "method", experiments.SensitivityMethods())
	completeFrom(cmd, "study", experiments.SensitivityStudies())
	return cmd
}

// studyHelp has a study a line, or more.
func studyHelp() string {
	var b strings.Builder
	for _, line := range experiments.SensitivityStudyHelp() {
		b.WriteString("  " + wrapped(4, line) + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// checkSensitivity says what is wrong with the flags before anything is computed.
func checkSensitivity(o *experiments.SensitivityOptions, table *runsFlags) error {
	for _, m := range o.Methods {
		if err := known("method", m, experiments.SensitivityMethods()); err != nil {
			return err
		}
	}
	if o.Study != "" {
		if err := known("study", o.Study, experiments.SensitivityStudies()); err != nil {
			return err
		}
	}
	if i := string(o.Indices.Interval); i != "" {
		if err := known("interval", i, texts(sensitivity.IntervalKinds())); err != nil {
			return err
		}
	}
	if d := string(o.Design); d != "" {
		if err := known("design", d, texts(sensitivity.Designs())); err != nil {
			return err
		}
	}
	switch {
	case table.data != "" && o.Bias:
		return fmt.Errorf("--bias is told from the closed form of --study linear: leave it out with --data")
	case o.Seeds != 0 && !o.Bias:
		return fmt.Errorf("--seeds is for --bias, which is missing")
	case table.data != "" && o.Study != "":
		return fmt.Errorf("--data and --study: give one of the two")
	case table.data == "" && (table.inputs != nil || table.outputs != nil || table.categorical != nil):
		return fmt.Errorf("--inputs, --outputs and --categorical name columns of --data, which is missing")
	case table.data != "" && table.inputs == nil:
		return fmt.Errorf("--inputs is missing: name the columns of %s that are inputs", table.data)
	case table.data != "" && table.outputs == nil:
		return fmt.Errorf("--outputs is missing: name the columns of %s that are outputs", table.data)
	case table.data != "" && len(o.Sizes) > 0:
		return fmt.Errorf("--sizes are runs drawn of a --study: leave it out with --data")
	}
	return nil
}

// texts of named values.
func texts[T ~string](list []T) (out []string) {
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// known says that a flag's value is none of those that it can have.
func known(flag, value string, list []string) error {
	for _, v := range list {
		if v == value {
			return nil
		}
	}
	return fmt.Errorf("--%s %q is none (%s); there are %s", flag, value, spell.Suggest(value, list), strings.Join(list, ", "))
}
