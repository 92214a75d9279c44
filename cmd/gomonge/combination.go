package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

// normanSubset is the value of --data that stands for the measured cells that ship.
const normanSubset = "norman-subset"

func (a *app) combinationCommand() *cobra.Command {
	var o experiments.CombinationOptions
	var run runFlags
	var data dataFlags
	var actions string
	cmd := &cobra.Command{
		Use:   "combination",
		Short: "Maps for single actions and unseen pairs of them, in six splits (section 5.3 of the CondOT paper)",
		Long: `combination learns maps from control cells to those under single actions, such as genes activated, and
pairs of them, and compares what they predict with cells that were measured: of known actions; of actions
never trained on; and of pairs never trained on, in six splits that train on fewer and fewer pairs. CondOT, with
multi-hot codes and with a deep set of mode-of-action coordinates, meets simple rivals, ICNN OT and CPA.
It writes tables of every split with intervals over pairs, and the paper's figures 5, 6, 7 and 12.

Without data it is a simulated screen, whose interactions are small and known. --data norman-subset is the
part of the screen of Norman et al. (2019) that ships; your own cells are an .h5ad file whose column condition
(or perturbation, or --actions) says A, A+ctrl, A+B, and control or ctrl for none.

` + resumeHelp + `

` + wrapped(0, "Methods: "+strings.Join(experiments.CombinationMethods(), ", ")+"."),
		Example: `  gomonge combination --quick --out runs/combination
  gomonge combination --quick --data norman-subset --splits 0 --methods additive,ridge,mean,identity --out runs/norman`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run,
				func() (files []rundir.DataFile, err error) {
					if err := checkMethodKeys("combination", o.Methods, experiments.CombinationMethods()); err != nil || data.data == "" {
						return nil, err
					}
					if o.Norman = data.data == normanSubset; o.Norman {
						return nil, nil
					}
					if !data.isScreen() {
						return nil, fmt.Errorf("--data %s: it is an .h5ad file, or %s", data.data, normanSubset)
					}
					o.Screen, files, err = a.readScreen(singlecell.ReadNorman, &data, singlecell.ScreenOptions{Actions: actions})
					return files, err
				},
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					o.Models = modelsBeside(checkpoint)
					return experiments.Combination(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	f.StringVar(&data.data, "data", "", "your cells (.h5ad), or norman-subset, the measured ones that ship (default: the simulated screen)")
	f.StringVar(&data.layer, "layer", "", "layer of the file that has the expression, or raw (default: X)")
	f.IntVar(&data.minRows, "min-rows", 0, "leave out conditions with fewer cells (default 20; the paper: 250)")
	f.StringVar(&actions, "actions", "", "column of the file that says what was done to a cell (default condition or perturbation)")
	f.IntSliceVar(&o.Splits, "splits", nil, "pairs to train on in each split (default the paper's six, in proportion)")
	f.StringSliceVar(&o.Unknown, "unknown", nil, "actions held out as unknown (default four)")
	f.StringSliceVar(&o.Methods, "methods", nil, "methods compared (default all)")
	f.StringSliceVar(&o.Projections, "projections", nil, "pca, autoencoder or both (default both, with --quick pca)")
	f.IntVar(&o.Seeds, "seeds", 0, "screens drawn, or splits of your cells, from --seed on (default 1)")
	f.IntVar(&o.Steps, "steps", 0, "training steps of a network (default: by the backend)")
	f.IntVar(&o.Components, "components", 0, "dimensions of the latent space (default 50)")
	f.IntVar(&o.Genes, "genes", 0, "highly variable genes kept (default 1000)")
	f.IntVar(&o.Markers, "markers", 0, "marker genes of a condition that metrics compare (default 50)")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	run.add(f, "combination")
	completeFrom(cmd, "methods", experiments.CombinationMethods())
	return cmd
}
