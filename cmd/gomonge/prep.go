package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/spf13/cobra"
)

// prepFlags are the flags of prep.
type prepFlags struct {
	out, layer        string
	limits            singlecell.Limits // of cells
	minCells          int
	conditions        []string
	control           string
	minRows           int
	test              float64
	holdout           []string
	train             string
	normalize, log1p  bool
	target            float64
	hvg               string
	subset            bool
	pca, autoencoder  int
	steps             int
	projection        string
	markers           int
	seed              uint64
	variable          singlecell.VariableOptions // of hvg
	schema            condition.Schema           // of conditions
	controls, trained pattern                    // of control and train
}

func (a *app) prepCommand() *cobra.Command {
	var o prepFlags
	cmd := &cobra.Command{
		Use:   "prep FILE.h5ad --out OUT.h5ad",
		Short: "Normalise, log, choose variable genes and project single-cell counts",
		Long: `prep reads an .h5ad file and writes another, with the numbers and the names of scanpy, so that
scanpy reads on from there. What is asked for is done in this order:

  --min-genes, --min-counts, --max-counts   cells within limits; --min-cells: genes expressed in so many
  --min-rows              leaves out the --condition columns' groups of fewer cells
  --test, --holdout       a column split in obs: train, test and heldout
  --normalize, --log1p    every cell to the median total, then log(1 + x)
  --hvg N[:FLAVOUR]       var.highly_variable: the N most variable genes, or with 0 those beyond
                          scanpy's cut-offs; flavours seurat, cell_ranger, seurat_v3 (of counts)
  --subset                keeps those genes alone
  --markers N             uns.markers: the N genes most affected by each condition, against --control
  --pca K, --autoencoder K   obsm.X_pca, obsm.X_autoencoder: K coordinates of the variable genes

Where there is a split, or --train names the cells, the median total, the choice of genes, the
markers and the projection are those of the training cells alone, and are applied to all.
What is left out is counted. fit, evaluate and transport read the result by --obsm X_pca, and take
the rows of one part by --rows split=train.`,
		Example: `  gomonge prep counts.h5ad --min-genes 5 --min-cells 3 --normalize --log1p --hvg 20 --pca 5 --out prep.h5ad
  gomonge prep counts.h5ad --condition dose --control dose=0 --test 0.2 --normalize --log1p --markers 5 --hvg 20:cell_ranger --subset --out split.h5ad --json
  gomonge fit --data prep.h5ad --obsm X_pca --condition dose:log --control dose=0 --out runs/pca`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name one .h5ad file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.prep(cmd.Context(), &o, args[0]) },
	}
	o.add(cmd)
	return cmd
}

func (o *prepFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.out, "out", "", ".h5ad file to write")
	f.StringVar(&o.layer, "layer", "", "layer that has the counts, or raw (default: X)")
	f.IntVar(&o.limits.MinExpressed, "min-genes", 0, "leave out cells that express fewer genes")
	f.Float64Var(&o.limits.MinCounts, "min-counts", 0, "leave out cells of fewer counts")
	f.Float64Var(&o.limits.MaxCounts, "max-counts", 0, "leave out cells of more counts (0: none)")
	f.IntVar(&o.minCells, "min-cells", 0, "leave out genes that fewer cells express")
	f.StringArrayVar(&o.conditions, "condition", nil, "column NAME[:KIND] of obs that is a condition, as for fit; repeat it for more")
	f.StringVar(&o.control, "control", "", "NAME=VALUE of the control cells, which are trained on")
	f.IntVar(&o.minRows, "min-rows", 0, "leave out conditions of fewer cells")
	f.Float64Var(&o.test, "test", 0, "share of the cells of every condition to set aside, such as 0.2")
	f.StringArrayVar(&o.holdout, "holdout", nil, "NAME=VALUE,... of conditions that nothing is fitted on; repeat it for more")
	f.StringVar(&o.train, "train", "", "NAME=VALUE of the cells to fit on, by a column that is there, instead of --test and --holdout")
	f.BoolVar(&o.normalize, "normalize", false, "bring the counts of every cell to the same total")
	f.Float64Var(&o.target, "target-sum", 0, "that total (0: the median of the training cells)")
	f.BoolVar(&o.log1p, "log1p", false, "take log(1 + x)")
	f.StringVar(&o.hvg, "hvg", "", "N[:seurat|cell_ranger|seurat_v3]: mark the N most variable genes")
	f.BoolVar(&o.subset, "subset", false, "keep the genes that --hvg marks, or that highly_variable of the file does, alone")
	f.IntVar(&o.pca, "pca", 0, "project to so many principal components")
	f.IntVar(&o.autoencoder, "autoencoder", 0, "project by an autoencoder to so many coordinates")
	f.IntVar(&o.steps, "steps", 0, "training steps of the autoencoder (0: its default)")
	f.StringVar(&o.projection, "projection", "", "folder to save the projection to, which brings points back")
	f.IntVar(&o.markers, "markers", 0, "marker genes of each condition to look for")
	f.Uint64Var(&o.seed, "seed", 0, "seed of everything that is drawn")
	completeFrom(cmd, "hvg", []string{"1000:seurat", "1000:cell_ranger", "1000:seurat_v3"})
}

// check reads the flags that are small languages, and says which disagree.
func (o *prepFlags) check(in string) (err error) {
	if err := required("out", o.out); err != nil {
		return err
	}
	if !isH5AD(in) || !isH5AD(o.out) {
		return fmt.Errorf("prep goes from an .h5ad file to another, not from %s to %s", in, o.out)
	}
	if err := writable(o.out); err != nil {
		return err
	}
	if o.hvg != "" {
		if o.variable, err = variableOptions(o.hvg); err != nil {
			return err
		}
	}
	for _, spec := range o.conditions {
		v, err := condition.ParseVariable(spec)
		if err != nil {
			return fmt.Errorf("--condition: %w", err)
		}
		o.schema.Variables = append(o.schema.Variables, v)
	}
	if o.control != "" {
		if o.controls, err = parsePattern("control", o.control); err != nil {
			return err
		}
	}
	if o.train != "" {
		if o.trained, err = parsePattern("train", o.train); err != nil {
			return err
		}
	}
	return o.agree()
}

// agree says which flags disagree.
func (o *prepFlags) agree() error {
	switch {
	case o.pca < 0 || o.autoencoder < 0 || o.markers < 0 || o.minRows < 0 || o.minCells < 0 || o.steps < 0:
		return fmt.Errorf("--pca, --autoencoder, --steps, --markers, --min-rows and --min-cells are not negative")
	case o.test < 0 || o.test >= 1:
		return fmt.Errorf("--test %g: it is a share of the cells, from 0 to below 1", o.test)
	case o.train != "" && (o.test > 0 || len(o.holdout) > 0):
		return fmt.Errorf("--train names the training cells, and so do --test and --holdout: give one or the other")
	case (o.test > 0 || len(o.holdout) > 0 || o.markers > 0 || o.minRows > 0) && len(o.conditions) == 0:
		return fmt.Errorf("--test, --holdout, --markers and --min-rows go by conditions: name their columns by --condition")
	case o.markers > 0 && o.control == "":
		return fmt.Errorf("--markers compares with the control: name its cells by --control NAME=VALUE")
	case o.pca > 0 && o.autoencoder > 0 && o.projection != "":
		return fmt.Errorf("--projection is a folder for one projection: give --pca or --autoencoder")
	case o.projection != "" && o.pca == 0 && o.autoencoder == 0:
		return fmt.Errorf("--projection without --pca or --autoencoder: there is none to save")
	case o.target != 0 && !o.normalize:
		return fmt.Errorf("--target-sum is the total that --normalize brings cells to: give that too")
	}
	return nil
}

// variableOptions reads N[:FLAVOUR].
func variableOptions(text string) (o singlecell.VariableOptions, err error) {
	number, flavour, _ := strings.Cut(text, ":")
	o.Flavor = singlecell.Seurat
	if flavour != "" {
		o.Flavor = singlecell.Flavor(flavour)
	}
	known := []singlecell.Flavor{singlecell.Seurat, singlecell.CellRanger, singlecell.SeuratV3}
	if o.Top, err = strconv.Atoi(strings.TrimSpace(number)); err != nil || o.Top < 0 || !slices.Contains(known, o.Flavor) {
		return o, fmt.Errorf("--hvg %q: write a number of genes, and after a colon seurat, cell_ranger or seurat_v3, such as 1000:seurat", text)
	}
	if o.Flavor == singlecell.SeuratV3 && o.Top == 0 {
		return o, fmt.Errorf("--hvg %q: seurat_v3 has no cut-offs; name a number of genes", text)
	}
	return o, nil
}

// prep is the command.
func (a *app) prep(ctx context.Context, o *prepFlags, in string) error {
	if err := o.check(in); err != nil {
		return err
	}
	p, err := o.open(in)
	if err != nil {
		return err
	}
	p.app = a
	for _, step := range []func(context.Context) error{
		p.filter, p.findConditions, p.split, p.chooseByCounts, p.normalise, p.choose, p.keepChosen, p.findMarkers, p.project,
	} {
		if err := step(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return interrupted("interrupted; nothing is written")
		}
	}
	if err := p.write(); err != nil {
		return err
	}
	for _, w := range p.result.Warnings {
		a.warn("%s", w)
	}
	return a.result(p.result, p.result.text)
}
