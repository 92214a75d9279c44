package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/spf13/cobra"
)

func (a *app) dosageCommand() *cobra.Command {
	var o experiments.DosageOptions
	var data dataFlags
	var screen screenFlags
	var run runFlags
	cmd := &cobra.Command{
		Use:   "dosage",
		Short: "Maps over a drug's dose or over time, against simple rivals (section 5.1 of the CondOT paper)",
		Long: `dosage learns maps from untreated cells to those under a dose, or at a time, and compares
what they predict with cells that were measured: in sample, and with doses held out. CondOT meets every
simple rival, on a simulated screen of two drugs, where the truth is known, and on measured data that
ships; or on your own table. It writes the paper's tables 1 and 2 and figures 4a and 9.

Your own cells are an .h5ad file in the layout of sci-Plex (columns drug, dose and cell_type; --drug chooses
one, cell types are pooled), or any table as gomonge fit reads it, with --condition and --control. Raw counts
of an .h5ad file are told by their numbers, normalised and logged; all else is taken as it stands.

` + resumeHelp + `

` + wrapped(0, "Methods: "+strings.Join(experiments.MethodKeys(), ", ")+"."),
		Example: `  gomonge dosage --quick --out runs/dosage
  gomonge dosage --quick --data cells.csv --condition dose:log --condition cell_type --control dose=0 --folds dose=10 --out runs/mine`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run,
				func() (files []rundir.DataFile, err error) {
					if err := checkMethodKeys("dosage", o.Methods, experiments.MethodKeys()); err != nil || !data.given() {
						return nil, err
					}
					if data.isScreen() {
						o.Screen, files, err = a.readScreen(singlecell.ReadSciPlex, &data, drugOptions(screen.drug))
						return files, err
					}
					o.Task, _, o.Counts, files, err = a.readUnseen(&data, nil)
					return files, err
				},
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					o.Models = modelsBeside(checkpoint)
					return experiments.Dosage(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Folds, "folds", nil, "conditions held out: one (the middle one), all (each in turn), none, or NAME=VALUE; repeat it for more (default one)")
	f.StringSliceVar(&o.Methods, "methods", nil, "methods compared (default all)")
	f.IntVar(&o.Seeds, "seeds", 0, "screens drawn, or splits of your data, from --seed on (default 1, with --folds all 3)")
	f.IntVar(&o.Steps, "steps", 0, "training steps of a network (default: by the backend)")
	f.IntVar(&o.Components, "components", 0, "principal components that methods work in (default 16)")
	f.IntVar(&o.Genes, "genes", 0, "highly variable genes kept of counts (default 1000)")
	f.IntVar(&o.Markers, "markers", 0, "marker genes that metrics compare (default 50)")
	f.StringVar(&o.Unit, "unit", "", "unit of the dose in your data, for axes")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	data.add(f)
	screen.add(f)
	run.add(f, "dosage")
	completeFrom(cmd, "methods", experiments.MethodKeys())
	return cmd
}

// given says whether the user has data.
func (d *dataFlags) given() bool {
	return d.data != "" || d.source != "" || d.target != "" || len(d.conditions) > 0 || d.control != ""
}

// checkMethodKeys of an experiment, before any data is read.
func checkMethodKeys(experiment string, keys, known []string) error {
	for _, k := range keys {
		if near := spell.Nearest(k, known, 1); len(near) == 0 || near[0] != k {
			return fmt.Errorf("--methods %q is no method of %s (%s)", k, experiment, spell.Suggest(k, known))
		}
	}
	return nil
}
