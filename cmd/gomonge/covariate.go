package main

import (
	"context"
	"strings"

	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

func (a *app) covariateCommand() *cobra.Command {
	var o experiments.CovariateOptions
	var data dataFlags
	var screen screenFlags
	var run runFlags
	var unseen []string
	cmd := &cobra.Command{
		Use:   "covariate",
		Short: "Maps that depend on the cell line, and sources never seen (section 5.2 of the CondOT paper)",
		Long: `covariate learns maps from untreated to treated cells that depend on a label, such as the cell line,
and compares what they predict with cells that were measured: in sample; held out, where a label was trained
on under other doses only; and for a new source, a cell line or a donor of which no method saw a cell. It
writes the last columns of the paper's table 1, and figure 4b: one gene's densities in each cell line.

Without data it is a simulated screen of three cell lines, where the truth is known. Your own cells are an
.h5ad file in the layout of sci-Plex (columns drug, dose and cell_type; --drug chooses one), or any table as
gomonge fit reads it, with --condition and --control; --unseen NAME=VALUE names rows that no method sees.
Raw counts are told by their numbers, normalised and logged; logarithms are taken as they stand.

` + resumeHelp + `

` + wrapped(0, "Methods: "+strings.Join(experiments.CovariateMethods(), ", ")+"."),
		Example: `  gomonge covariate --quick --out runs/covariate
  gomonge covariate --quick --data cells.csv --condition cell_type --condition dose:log --control dose=0 --out runs/lines`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run,
				func() (files []rundir.DataFile, err error) {
					if err := checkMethodKeys("covariate", o.Methods, experiments.CovariateMethods()); err != nil || !data.given() {
						return nil, err
					}
					if data.isScreen() {
						o.Drug = screen.drug
						o.Screen, files, err = a.readScreen(singlecell.ReadSciPlex, &data, drugOptions(screen.drug))
						return files, err
					}
					o.Task, o.Unseen, o.Counts, files, err = a.readUnseen(&data, unseen)
					return files, err
				},
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					o.Models = modelsBeside(checkpoint)
					return experiments.Covariate(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&unseen, "unseen", nil, "NAME=VALUE of rows of --data that no method sees: another donor, say; repeat it for more")
	f.StringSliceVar(&o.Methods, "methods", nil, "methods compared (default all)")
	f.IntVar(&o.Seeds, "seeds", 0, "screens drawn, or splits of your data, from --seed on (default 1)")
	f.IntVar(&o.Steps, "steps", 0, "training steps of a network (default: by the backend)")
	f.IntVar(&o.Components, "components", 0, "principal components that methods work in (default 16)")
	f.IntVar(&o.Genes, "genes", 0, "highly variable genes kept of counts (default 1000)")
	f.IntVar(&o.Markers, "markers", 0, "marker genes that metrics compare (default 50)")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	data.add(f)
	screen.add(f)
	run.add(f, "covariate")
	completeFrom(cmd, "methods", experiments.CovariateMethods())
	return cmd
}
