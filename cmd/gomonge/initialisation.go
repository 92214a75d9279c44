package main

import (
	"context"

	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

func (a *app) initialisationCommand() *cobra.Command {
	var o experiments.InitialisationOptions
	var run runFlags
	cmd := &cobra.Command{
		Use:   "initialisation",
		Short: "How the start of the potentials decides their training (figure 8 of the CondOT paper)",
		Long: `initialisation trains CondOT's potentials from the three starts of the paper: the Gaussian
approximation of the map, the identity, and random weights. It shows points as carried before and after
training, forward and backward, and the exact Wasserstein distance over training.

What is done is kept in DIR.partial: after Ctrl-C, or where the run was killed, --resume goes on from
there, to the same bits.`,
		Example: `  gomonge initialisation --quick --json --out runs/initialisation`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run, func() ([]rundir.DataFile, error) { return nil, nil },
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					return experiments.Initialisation(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Steps, "steps", 0, "training steps (default 300, in pure Go 30)")
	f.IntVar(&o.Points, "points", 0, "points of the clouds that distances are measured between (default 500)")
	f.IntVar(&o.Seeds, "seeds", 0, "repetitions, from --seed on (default 3)")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	run.add(f, "initialisation")
	return cmd
}
