package main

import (
	"context"
	"strings"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

func (a *app) compareCommand() *cobra.Command {
	var o experiments.ComparisonOptions
	var run runFlags
	var kinds []string
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "CondOT, NCTM and simple rivals on tasks with a known answer",
		Long: `compare trains CondOT, NCTM and baselines on the same clouds of tasks whose optimal maps are known, and
measures by how much each misses them under trained, held-out and extrapolated conditions.

` + wrapped(0, "Baselines: "+strings.Join(baselines.Names(), ", ")+".") + `

What is done is kept in DIR.partial: after Ctrl-C, or where the run was killed, --resume goes on from
there, to the same bits.`,
		Example: `  gomonge compare --kinds dose --methods condot,affine,identity --quick --json --out runs/compare`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run, func() ([]rundir.DataFile, error) { return nil, nil },
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Kinds = nil
					for _, kind := range kinds {
						o.Kinds = append(o.Kinds, synthetic.Kind(kind))
					}
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					return experiments.Comparison(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&kinds, "kinds", nil, "kinds of tasks, as synth has them (default dose, mix, combination, gaussian, vectors)")
	f.IntVar(&o.Dim, "dim", 0, "their dimension (default 16)")
	f.StringSliceVar(&o.Methods, "methods", nil, "condot, ncmt and baselines (default "+strings.Join(experiments.ComparedMethods(), ",")+")")
	f.IntVar(&o.Steps, "steps", 0, "training steps of each network (default 800, in pure Go 10)")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	run.add(f, "compare")
	return cmd
}
