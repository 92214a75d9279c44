package main

import (
	"context"
	"strings"

	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

func (a *app) ablationCommand() *cobra.Command {
	var o experiments.AblationOptions
	var run runFlags
	var kind string
	cmd := &cobra.Command{
		Use:   "ablation",
		Short: "What each part of NCTM brings, on a task with a known answer",
		Long: `ablation trains NCTM with one thing changed at a time: how the condition comes in, how it is
encoded, pre-training, depth, steps of the map in a round, and networks of their own for each condition.
It compares the maps' errors over seeds, their numbers of parameters and the seconds that training takes.

--on synthetic trains on a task whose optimal maps are known; climate on GDP per capita of synthetic
countries without and with climate damages; sensitivity on the conditional laws of a linear Gaussian model,
where transport costs are held against exact ones.

` + wrapped(0, "Variants: "+strings.Join(experiments.AblationVariants(), ", ")+".") + `

What is done is kept in DIR.partial: after Ctrl-C, or where the run was killed, --resume goes on from
there, to the same bits.`,
		Example: `  gomonge ablation --quick --json --out runs/ablation`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run, func() ([]rundir.DataFile, error) { return nil, nil },
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Kind = synthetic.Kind(kind)
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					return experiments.Ablation(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.On, "on", "", "what to train on: "+strings.Join(experiments.AblationGrounds(), ", ")+" (default synthetic)")
	completeFrom(cmd, "on", experiments.AblationGrounds())
	f.StringVar(&kind, "kind", "", "kind of the synthetic task, as synth has it (default dose)")
	f.IntVar(&o.Dim, "dim", 0, "its dimension (default 16)")
	f.IntVar(&o.Steps, "steps", 0, "training steps of every variant (default 400, in pure Go 10)")
	f.IntVar(&o.Seeds, "seeds", 0, "networks of each variant, from --seed on (default 3)")
	f.StringSliceVar(&o.Variants, "variants", nil, "some of the variants (default all)")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	run.add(f, "ablation")
	return cmd
}
