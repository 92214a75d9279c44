package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/pflag"
)

// dataFlags say which files hold a task and what their columns are.
type dataFlags struct {
	data, source, target string
	conditions           []string
	control              string
	match                []string
	holdout              []string
	minRows              int
	columnFlags
}

// columnFlags say what the columns of a file are, apart from conditions.
type columnFlags struct {
	features, drop []string
	weight, id     string
	layer, obsm    string
	rows           string
	denseLimit     int // of an h5ad file's genes; 0: none
}

func (d *dataFlags) add(f *pflag.FlagSet) {
	f.StringVar(&d.data, "data", "", "one table with all rows: those of --control are the source")
	f.StringVar(&d.source, "source", "", "table of source points")
	f.StringVar(&d.target, "target", "", "table of target points and their conditions")
	f.StringArrayVar(&d.conditions, "condition", nil, "column NAME[:continuous|log|categorical|set|vector=FILE] of a condition; repeat it for more (the kind is guessed, and said, where it is left out)")
	f.StringVar(&d.control, "control", "", "NAME=VALUE of the rows that are the source")
	f.StringSliceVar(&d.match, "match", nil, "variables by which source rows belong to target conditions (default: those for which it can be done; none: one source for all)")
	f.StringArrayVar(&d.holdout, "holdout", nil, "NAME=VALUE,... of conditions that are not trained on; repeat it for more")
	f.IntVar(&d.minRows, "min-rows", 0, "leave out conditions with fewer rows")
	d.columnFlags.add(f)
}

func (c *columnFlags) add(f *pflag.FlagSet) {
	f.StringSliceVar(&c.features, "features", nil, "columns that are features (default: all that are nothing else)")
	f.StringSliceVar(&c.drop, "drop", nil, "columns to leave out")
	f.StringVar(&c.weight, "weight", "", "column of row weights")
	f.StringVar(&c.id, "id", "", "column of row ids (default: the first, where it is named id, index, cell_id, barcode or not at all)")
	addH5AD(f, &c.layer, &c.obsm)
	addRows(f, &c.rows)
}

// addH5AD adds the flags that say where the features of an h5ad file are.
func addH5AD(f *pflag.FlagSet, layer, obsm *string) {
	f.StringVar(layer, "layer", "", "layer of an .h5ad file that has the features, or raw (default: X)")
	f.StringVar(obsm, "obsm", "", "points of an .h5ad file that are the features, such as X_pca")
}

// addRows adds the flag that says which rows of a table are meant.
func addRows(f *pflag.FlagSet, rows *string) {
	f.StringVar(rows, "rows", "", "NAME=VALUE of the rows to read, such as split=train (default: all)")
}

// variables of the conditions that were asked for.
func (d *dataFlags) variables() ([]condition.Variable, []string, error) {
	if len(d.conditions) == 0 {
		return nil, nil, fmt.Errorf("no --condition: name the columns that make a condition, such as --condition dose:log")
	}
	var variables []condition.Variable
	var names []string
	for _, spec := range d.conditions {
		v, err := condition.ParseVariable(spec)
		if err != nil {
			return nil, nil, err
		}
		variables = append(variables, v)
		names = append(names, v.Name)
	}
	return variables, names, nil
}

// check says which files are missing or too many.
func (d *dataFlags) check() error {
	switch {
	case d.data != "" && (d.source != "" || d.target != ""):
		return fmt.Errorf("--data is one table with all rows: give either it, or --source and --target")
	case d.data == "" && d.source == "" && d.target == "":
		return fmt.Errorf("no data: give --data with --control, or --source and --target")
	case d.data == "" && d.source == "":
		return fmt.Errorf("--target without --source: a map needs both (one table with all rows is --data, with --control)")
	case d.data == "" && d.target == "":
		return fmt.Errorf("--source without --target: a map needs both")
	}
	return nil
}

// denseLimit is how many bytes of an h5ad file's genes become dense for a method
// that can train on sparse ones, or is trained in a latent space; tests lower it.
var denseLimit = 256 << 20

// read reads the files and makes the task of them.
func (d *dataFlags) read(name string) (*datasets.Task, *datasets.TaskReport, []rundir.DataFile, error) {
	if err := d.check(); err != nil {
		return nil, nil, nil, err
	}
	variables, names, err := d.variables()
	if err != nil {
		return nil, nil, nil, err
	}
	path := d.data
	if path == "" {
		path = d.target
	}
	target, err := datasets.ReadTable(path, d.options(names))
	if err != nil {
		return nil, nil, nil, err
	}
	files := []rundir.DataFile{{File: target.File, SHA256: target.SHA256}}
	var source *datasets.Table
	if d.source != "" {
		if source, err = d.readSource(d.source, names); err != nil {
			return nil, nil, nil, err
		}
		files = append(files, rundir.DataFile{File: source.File, SHA256: source.SHA256})
	}
	for _, v := range variables {
		if v.File != "" {
			sum, err := rundir.Hash(v.File)
			if err != nil {
				return nil, nil, nil, err
			}
			files = append(files, rundir.DataFile{File: v.File, SHA256: sum})
		}
	}
	task, report, err := datasets.NewTask(source, target, datasets.TaskOptions{
		Name: name, Variables: variables, Control: d.control, Match: d.matches(), HoldOut: d.holdout, MinRows: d.minRows})
	return task, report, files, err
}

// matches are the variables of --match; empty but not nil for none.
func (d *dataFlags) matches() []string {
	if len(d.match) == 1 && d.match[0] == "none" {
		return []string{}
	}
	return d.match
}

// options for a table with the condition columns and the control's.
func (d *dataFlags) options(names []string) datasets.ReadOptions {
	o := d.columnFlags.options()
	o.Conditions = slices.Clone(names)
	if column, _, ok := strings.Cut(d.control, "="); ok && !slices.Contains(names, strings.TrimSpace(column)) {
		o.Conditions = append(o.Conditions, strings.TrimSpace(column))
	}
	return o
}

func (c *columnFlags) options() datasets.ReadOptions {
	return datasets.ReadOptions{Features: c.features, Drop: c.drop, Weight: c.weight, ID: c.id, Layer: c.layer, Obsm: c.obsm, Rows: c.rows, DenseLimit: c.denseLimit}
}

// readSource reads a table that need not have the columns that are no
// features: conditions, weights, those left out.
func (c *columnFlags) readSource(path string, names []string) (*datasets.Table, error) {
	o := datasets.ReadOptions{Features: c.features, Optional: slices.Concat(names, c.drop), Layer: c.layer, Obsm: c.obsm, Rows: c.rows, DenseLimit: c.denseLimit}
	if c.weight != "" {
		o.Optional = append(o.Optional, c.weight)
	}
	if c.id != "" {
		o.Optional = append(o.Optional, c.id)
	}
	t, err := datasets.ReadTable(path, o)
	if err != nil || c.weight == "" {
		return t, err
	}
	if _, err := t.Column(c.weight); err != nil {
		return t, nil // equal weights
	}
	o.Weight = c.weight
	o.Optional = slices.Concat(names, c.drop)
	return datasets.ReadTable(path, o)
}

// tell says what was settled and left out when the task was made.
func (a *app) tell(report *datasets.TaskReport) {
	for _, n := range report.Notes {
		a.note("%s", n)
	}
	for _, d := range report.Dropped {
		a.note("%d rows left out: %s", d.Rows, d.Reason)
	}
}

// isH5AD tells by a file's name whether it is an h5ad file.
func isH5AD(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".h5ad") }

// writable says why a table cannot be written; "" asks for none.
func writable(path string) error {
	if path == "" {
		return nil
	}
	return datasets.Writable(path)
}
