package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ot"
	"github.com/spf13/cobra"
)

type evaluateFlags struct {
	runFlags
	model, data        string
	truth, source      string
	control, preset    string
	weight, id         string
	layer, obsm, rows  string
	match, conditions  []string
	points, replicates int
	certify, quick     bool
	yardsticks         bool
}

func (a *app) evaluateCommand() *cobra.Command {
	var o evaluateFlags
	cmd := &cobra.Command{
		Use:   "evaluate",
		Short: "Measure how good a map is",
		Long: `evaluate carries points by a model and measures how far they are from where they
should be, for every condition. Figures come with 95 % intervals; definitions are those of the preset.

Beside the model stand yardsticks: the map that moves nothing; one half of the observed points
against the other, the best that can be hoped for; and, where the model's run and the data that it was
trained on are still there, baselines fitted to those: the mean shift, sums of effects, Gaussian maps.
Scores put the mean shift (or the unmoved points) at 0 and the halves at 1.

Presets (--preset):
` + presetHelp() + `

With --truth, --data has the points to carry, each with its condition, and the table of
the truth has the same rows, carried by the true map: L2-UVP and the cosine of displacements
come first. Else --data has observed target points with their conditions, and the points to carry are the table --source, or
the rows of --data that --control names (by default as the model's run did).`,
		Example: `  gomonge evaluate --model runs/m/model --data task/test.csv --truth task/truth.csv --out runs/m-test
  gomonge evaluate --model runs/cells/model --data cells.csv --control dose=0 --preset condot-paper --json
  gomonge evaluate --model runs/m/model --data task/train.csv --source task/source.csv --condition dose=0.2 --quick`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.evaluate(cmd, &o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "", "folder of the model")
	f.StringVar(&o.data, "data", "", "table of points with their conditions")
	f.StringVar(&o.truth, "truth", "", "table of the same rows, carried by the true map")
	f.StringVar(&o.source, "source", "", "table of source points")
	f.StringVar(&o.control, "control", "", "NAME=VALUE of the rows of --data that are the source")
	f.StringSliceVar(&o.match, "match", nil, "variables by which source rows belong to target conditions (default: those for which it can be done; none: one source for all)")
	f.StringArrayVar(&o.conditions, "condition", nil, "NAME=VALUE,... of conditions to judge, of those in the data; repeat it for more (default: all)")
	f.StringVar(&o.preset, "preset", "", "metrics: "+strings.Join(presetNames(), ", ")+" (default "+string(metrics.Panel)+")")
	f.StringVar(&o.weight, "weight", "", "column of row weights")
	f.StringVar(&o.id, "id", "", "column of row ids (default: the first, where it is named id, index, cell_id, barcode or not at all)")
	addH5AD(f, &o.layer, &o.obsm)
	addRows(f, &o.rows)
	f.IntVar(&o.points, "points", 0, "points of a cloud that distances are measured on, at most (0: the preset's, 1000 but for cellot, 1500)")
	f.IntVar(&o.replicates, "replicates", 200, "bootstrap replicates of an interval")
	f.BoolVar(&o.certify, "certify", false, "bound W₂² from below and above by the model's potentials; the rows must not be those of training")
	f.BoolVar(&o.yardsticks, "yardsticks", true, "judge baselines and halves of the observed points beside the model")
	f.BoolVar(&o.quick, "quick", false, "few points (300) and replicates (50)")
	o.runFlags.add(f, "evaluate")
	completeFrom(cmd, "preset", presetNames())
	return cmd
}

func presetNames() []string {
	var names []string
	for _, p := range metrics.Presets() {
		names = append(names, string(p))
	}
	return names
}

// presetHelp lists the presets for the help.
func presetHelp() string {
	var lines []string
	for _, p := range metrics.Presets() {
		lines = append(lines, fmt.Sprintf("  %-14s %s", p, p.Description()))
	}
	return strings.Join(lines, "\n")
}

func (a *app) evaluate(cmd *cobra.Command, o *evaluateFlags) (err error) {
	r, err := a.begins(cmd, &o.runFlags)
	if err != nil || r.done {
		return err
	}
	defer r.endsWith(&err)
	j, err := a.judge(cmd, o)
	if err != nil {
		return err
	}
	trials, files, err := o.trials(a, j.model)
	if err != nil {
		return err
	}
	if err := r.settle(a, files, j.model.networks != nil); err != nil {
		return err
	}
	if o.yardsticks {
		if err := a.fitYardsticks(cmd.Context(), j); err != nil {
			return err
		}
	}
	result, err := j.all(cmd.Context(), a.meter("evaluate"), trials)
	if err != nil {
		return err
	}
	result.Out = r.run.Dir()
	if err := result.write(r.run); err != nil {
		return err
	}
	if err := r.finish(); err != nil {
		return err
	}
	for _, w := range result.Warnings {
		a.warn("%s", w)
	}
	return a.result(result, result.text)
}

// fitYardsticks fits the baselines, or says why there are none.
func (a *app) fitYardsticks(ctx context.Context, j *judge) error {
	task, err := trainingTask(j.model)
	if err != nil {
		a.note("without baselines of the training data: %v", err)
		return nil
	}
	return j.fitYardsticks(ctx, task)
}

// judge reads the model and the preset.
func (a *app) judge(cmd *cobra.Command, o *evaluateFlags) (*judge, error) {
	if err := required("model", o.model, "data", o.data); err != nil {
		return nil, err
	}
	preset, err := metrics.ParsePreset(o.preset)
	if err != nil {
		return nil, fmt.Errorf("--preset: %w", err)
	}
	if o.points < 0 || o.points == 1 || o.replicates < 0 {
		return nil, fmt.Errorf("--points %d, --replicates %d: a cloud has two points or more, and replicates are not negative", o.points, o.replicates)
	}
	if o.quick && !cmd.Flags().Changed("points") {
		o.points = 300
	}
	if o.quick && !cmd.Flags().Changed("replicates") {
		o.replicates = 50
	}
	m, err := a.openModel(o.model)
	if err != nil {
		return nil, err
	}
	options := metrics.Options{MaxPoints: o.points, Replicates: o.replicates, Seed: o.seed, Workers: a.threads}
	if o.replicates == 0 {
		options.Replicates = -1 // no intervals
	}
	if o.certify && m.networks == nil {
		return nil, fmt.Errorf("--certify: the method %s has no potentials to bound W₂² with; %s has", m.method, condot.Method)
	}
	return &judge{model: m, preset: preset, options: options, certify: o.certify, yardsticks: o.yardsticks, only: o.conditions, warnings: slices.Clone(m.warnings)}, nil
}

// trials reads the tables and puts the points of each condition together.
func (o *evaluateFlags) trials(a *app, m *model) ([]trial, []rundir.DataFile, error) {
	switch {
	case o.truth != "" && (o.source != "" || o.control != ""):
		return nil, nil, fmt.Errorf("--truth: the points to carry are those of --data; leave --source and --control out")
	case o.source != "" && o.control != "":
		return nil, nil, fmt.Errorf("--source and --control both say what the source is: give one of the two")
	case o.truth != "":
		return o.trueTrials(m)
	}
	if o.source == "" && o.control == "" {
		o.control = controlOf(m)
	}
	return o.observedTrials(a, m)
}

// trueTrials pairs the rows of --data with those of --truth.
func (o *evaluateFlags) trueTrials(m *model) ([]trial, []rundir.DataFile, error) {
	options := datasets.ReadOptions{Features: m.features, Conditions: m.schema.Names(), Weight: o.weight, ID: o.id, Layer: o.layer, Obsm: o.obsm, Rows: o.rows}
	data, err := datasets.ReadTable(o.data, options)
	if err != nil {
		return nil, nil, err
	}
	options.Weight = ""
	truth, err := datasets.ReadTable(o.truth, options)
	if err != nil {
		return nil, nil, err
	}
	if err := sameRows(m.schema, data, truth); err != nil {
		return nil, nil, err
	}
	groups, err := data.Groups(m.schema)
	if err != nil {
		return nil, nil, err
	}
	var trials []trial
	for _, g := range groups {
		if len(g.Rows) < 2 {
			return nil, nil, fmt.Errorf("%s has one row for %s; a cloud has two or more", data.File, m.schema.Format(g.Condition))
		}
		x, w := data.Cloud(g.Rows)
		y, _ := truth.Cloud(g.Rows)
		trials = append(trials, trial{g.Condition, x, w, ot.Measure{Points: y, Weights: w}, y})
	}
	return trials, filesOfTables(data, truth), nil
}

// sameRows says where the rows of the truth are not those of the data.
func sameRows(s condition.Schema, data, truth *datasets.Table) error {
	if data.Len() != truth.Len() {
		return fmt.Errorf("%s has %d rows and %s %d: the truth has the very rows of the data, carried", data.File, data.Len(), truth.File, truth.Len())
	}
	a, err := data.Conditions(s)
	if err != nil {
		return err
	}
	b, err := truth.Conditions(s)
	if err != nil {
		return err
	}
	for i := range a {
		if s.Compare(a[i], b[i]) != 0 {
			return fmt.Errorf("data row %d is under %s in %s and under %s in %s: rows must stand in the same order", i+1, s.Format(a[i]), data.File, s.Format(b[i]), truth.File)
		}
		if data.IDs != nil && truth.IDs != nil && data.IDs[i] != truth.IDs[i] {
			return fmt.Errorf("data row %d is %s in %s and %s in %s: rows must stand in the same order", i+1, data.IDs[i], data.File, truth.IDs[i], truth.File)
		}
	}
	return nil
}

// controlOf is the control that the run of a model was given.
func controlOf(m *model) string {
	c, err := rundir.ReadConfig(joined(m.folder, ".."))
	if err != nil {
		return "" // a model on its own
	}
	control, _ := c.Settings["control"].(string)
	return control
}

// observedTrials has the source points of each condition beside its observed target points.
func (o *evaluateFlags) observedTrials(a *app, m *model) ([]trial, []rundir.DataFile, error) {
	names := m.schema.Names()
	d := dataFlags{control: o.control, match: o.match, columnFlags: columnFlags{features: m.features, weight: o.weight, id: o.id, layer: o.layer, obsm: o.obsm, rows: o.rows}}
	target, err := datasets.ReadTable(o.data, d.options(names))
	if err != nil {
		return nil, nil, err
	}
	var source *datasets.Table
	tables := []*datasets.Table{target}
	if o.source != "" {
		if source, err = d.readSource(o.source, names); err != nil {
			return nil, nil, err
		}
		tables = append(tables, source)
	}
	variables := slices.Clone(m.schema.Variables)
	task, report, err := datasets.NewTask(source, target, datasets.TaskOptions{Variables: variables, Control: o.control, Match: d.matches()})
	if err != nil {
		return nil, nil, err
	}
	a.tell(report)
	return pairTrials(task.Train), filesOfTables(tables...), nil
}

func filesOfTables(tables ...*datasets.Table) (files []rundir.DataFile) {
	for _, t := range tables {
		files = append(files, rundir.DataFile{File: t.File, SHA256: t.SHA256})
	}
	return files
}
