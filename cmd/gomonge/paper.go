package main

import (
	"context"
	"strings"

	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

func (a *app) paperCommand() *cobra.Command {
	var o experiments.ChaptersOptions
	var run runFlags
	cmd := &cobra.Command{
		Use:   "paper",
		Short: "Run every experiment and write one report",
		Long: `paper runs every experiment, one after the other, on data that ships or is simulated, and writes
report.html: tables, beside the papers' numbers where they are known, and figures, in one file that needs
no network.

` + wrapped(0, "Chapters: "+strings.Join(experiments.ChapterNames(), ", ")+".") + `

What is done is kept in DIR.partial: after Ctrl-C, or where the run was killed, --resume goes on from
there, to the same bits.`,
		Example: `  gomonge paper --quick --only initialisation --json --out runs/paper`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run, func() ([]rundir.DataFile, error) { return nil, nil },
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					return experiments.Chapters(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.Only, "only", nil, "some of the chapters (default all)")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	run.add(f, "paper")
	completeFrom(cmd, "only", experiments.ChapterNames())
	return cmd
}
