package main

import (
	"context"
	"strings"

	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

func (a *app) picturesCommand() *cobra.Command {
	var o experiments.PicturesOptions
	var run runFlags
	cmd := &cobra.Command{
		Use:   "pictures",
		Short: "NCTM without conditions: a Gaussian carried to planar pictures",
		Long: `pictures trains NCTM without conditions from a Gaussian to planar pictures: deterministic and stochastic,
and with orthogonal starts, residual connections and layer normalisation each left out. It draws
where test points are carried and measures how far that is from the picture.

` + wrapped(0, "Pictures: "+strings.Join(synthetic.PictureNames(), ", ")+".") + `

What is done is kept in DIR.partial: after Ctrl-C, or where the run was killed, --resume goes on from
there, to the same bits.`,
		Example: `  gomonge pictures --quick --json --out runs/pictures`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run, func() ([]rundir.DataFile, error) { return nil, nil },
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					return experiments.Pictures(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.Pictures, "pictures", nil, "some of the pictures (default all)")
	f.IntVar(&o.Steps, "steps", 0, "training steps of every map (default 1500, in pure Go 10)")
	f.IntVar(&o.Seeds, "seeds", 0, "networks of each variant, from --seed on (default 3)")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	run.add(f, "pictures")
	return cmd
}
