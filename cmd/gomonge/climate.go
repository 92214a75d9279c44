package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/gomonge/gomonge/datasets/climate"
	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

func (a *app) climateCommand() *cobra.Command {
	var o experiments.ClimateOptions
	var run runFlags
	var data, damage, warming string
	var version int
	cmd := &cobra.Command{
		Use:   "climate",
		Short: "Maps from GDP per capita without climate damages to that with them, over SSP and year",
		Long: `climate learns maps from the GDP per capita of countries without damages by warming to that with them,
under five socio-economic pathways (SSP) and over the years to 2100, some years and a block of years of one SSP
held out. NCTM, with and without pre-training and with each encoding of the year, and CondOT meet simple rivals;
on the line the exact answer is known. Beside distances it compares the Gini coefficient, the income of the poorest
tenth and the share of the poor, of map and truth.

Countries are synthetic, drawn from summaries of the public tables. --data DIR reads the tables themselves:
` + wrapped(2, strings.Join(climate.Files(0), "; ")+" (the first three are needed).") + `

` + resumeHelp + `

` + wrapped(0, "Damages: "+damageNames()+".") + `
` + wrapped(0, "Methods: "+strings.Join(experiments.ClimateMethods(), ", ")+"."),
		Example: `  gomonge climate --quick --out runs/climate
  gomonge climate --quick --damage kalkuhl-wenz --sources own-year --weighted --methods quantile,affine,mean --out runs/kw`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.experiment(cmd, &run,
				func() (files []rundir.DataFile, err error) {
					if err := checkMethodKeys("climate", o.Methods, experiments.ClimateMethods()); err != nil {
						return nil, err
					}
					if data == "" {
						if version != 0 {
							return nil, fmt.Errorf("--ssp-version %d chooses among tables: give their folder with --data", version)
						}
						return nil, nil
					}
					if o.Countries != 0 {
						return nil, fmt.Errorf("--countries %d is for synthetic ones; --data has countries of its own", o.Countries)
					}
					o.World, files, err = a.readWorld(data, version)
					return files, err
				},
				func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error) {
					o.Damage, o.Warming = climate.Damage(damage), climate.Warming(warming)
					o.Seed, o.Backend, o.Checkpoint, o.Resume, o.Progress = run.seed, a.backend, checkpoint, resume, progress
					o.Models = modelsBeside(checkpoint)
					return experiments.Climate(ctx, o)
				})
		},
	}
	f := cmd.Flags()
	f.StringVar(&data, "data", "", "folder of the public tables (default: synthetic countries)")
	f.IntVar(&version, "ssp-version", 0, "2 or 3: which SSP database of the folder (default 2)")
	f.IntVar(&o.Countries, "countries", 0, "synthetic countries (default 48)")
	f.StringVar(&damage, "damage", "", "what warming does to output (default bhm)")
	f.StringVar(&warming, "warming", "", "ar6, or rcp85-linear for that of Burke, Hsiang & Miguel (default ar6)")
	f.IntVar(&o.Draws, "draws", 0, "draws of what is uncertain to train on, and as many to compare (default 100)")
	f.StringSliceVar(&o.Sources, "sources", nil, "base-year, own-year or both: whose GDP without damages maps start from (default both)")
	f.IntVar(&o.BaseYear, "base-year", 0, "that year (default 2020)")
	f.BoolVar(&o.LocalWarming, "local-warming", false, "a second feature: the temperature of the country")
	f.BoolVar(&o.Weighted, "weighted", false, "train on people, and compare people, instead of countries")
	f.Float64Var(&o.Poverty, "poverty", 0, "line of GDP per capita under which the poor are counted, 10³ $ (default 2)")
	f.StringSliceVar(&o.Methods, "methods", nil, "methods compared (default all)")
	f.IntVar(&o.Seeds, "seeds", 0, "networks of NCTM and of each variant on the first source, from --seed on (default 3)")
	f.IntVar(&o.Steps, "steps", 0, "training steps of NCTM (default 4000, in pure Go 400); CondOT takes a tenth")
	f.BoolVar(&o.Quick, "quick", false, "a small and short run of the same code")
	run.add(f, "climate")
	completeFrom(cmd, "methods", experiments.ClimateMethods())
	return cmd
}

// damageNames by commas.
func damageNames() string {
	var names []string
	for _, d := range climate.Damages() {
		names = append(names, string(d))
	}
	return strings.Join(names, ", ")
}

// readWorld reads the public tables, and says which countries they lack.
func (a *app) readWorld(folder string, version int) (*climate.World, []rundir.DataFile, error) {
	w, dropped, err := climate.Read(folder, climate.ReadOptions{Version: version})
	if err != nil {
		return nil, nil, err
	}
	if len(dropped) > 0 {
		a.note("%d countries are not in all tables and left out: %s", len(dropped), strings.Join(dropped, "; "))
	}
	var files []rundir.DataFile
	for _, name := range climate.Files(version) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		sum, err := rundir.Hash(path)
		if errors.Is(err, fs.ErrNotExist) { // it is one that may be missing
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		files = append(files, rundir.DataFile{File: path, SHA256: sum})
	}
	return w, files, nil
}
