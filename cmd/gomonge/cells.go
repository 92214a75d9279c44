package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/spf13/pflag"
	"gonum.org/v1/gonum/mat"
)

// resumeHelp is what the help of experiments says of going on.
const resumeHelp = `What is done is kept in DIR.partial: after Ctrl-C, or where the run was killed, --resume goes on from
there, to the same bits.`

// modelsBeside is the folder of an experiment's fitted methods, in the run that has that folder of checkpoints.
func modelsBeside(checkpoints string) string {
	return filepath.Join(filepath.Dir(checkpoints), "models")
}

// screenFlags say which cells of a screen in the layout of sci-Plex are read.
type screenFlags struct{ drug string }

func (s *screenFlags) add(f *pflag.FlagSet) {
	f.StringVar(&s.drug, "drug", "", "drug of an .h5ad file in the layout of sci-Plex (default: the one that it has)")
}

// isScreen says whether the data are an .h5ad file whose columns have their usual names.
func (d *dataFlags) isScreen() bool {
	return strings.HasSuffix(strings.ToLower(d.data), ".h5ad") && len(d.conditions) == 0 && d.control == ""
}

// readScreen reads an .h5ad file, and says what was left out.
func (a *app) readScreen(read func(string, singlecell.ScreenOptions) (*singlecell.Screen, *datasets.TaskReport, error), d *dataFlags, o singlecell.ScreenOptions) (*singlecell.Screen, []rundir.DataFile, error) {
	if len(d.match)+len(d.holdout)+len(d.features)+len(d.drop) > 0 || d.weight != "" || d.obsm != "" {
		return nil, nil, errors.New("an .h5ad file in a usual layout is read whole: --match, --holdout, --features, --drop, --weight and --obsm go with --condition and --control")
	}
	o.Layer, o.MinCells = d.layer, d.minRows
	screen, report, err := read(d.data, o)
	if err != nil {
		return nil, nil, err
	}
	a.tell(report)
	sum, err := rundir.Hash(d.data)
	return screen, []rundir.DataFile{{File: d.data, SHA256: sum}}, err
}

// drugOptions keep the cells of one drug of a file, all for "".
func drugOptions(drug string) singlecell.ScreenOptions {
	if drug == "" {
		return singlecell.ScreenOptions{}
	}
	s := condition.Schema{Variables: []condition.Variable{{Name: "drug", Kind: condition.Categorical}}}
	return singlecell.ScreenOptions{Keep: []string{s.Format(condition.Value{{Labels: []string{drug}}})}}
}

// isCounts says whether the features of a task are raw counts: those of an .h5ad file are told by their numbers, others
// are taken as they stand.
func (a *app) isCounts(d *dataFlags, task *datasets.Task) (bool, error) {
	if !strings.HasSuffix(strings.ToLower(d.data), ".h5ad") || d.obsm != "" {
		return false, nil
	}
	values := singlecell.Values("")
	for _, p := range task.Train {
		for _, x := range []*mat.Dense{p.Source, p.Target} {
			found, err := singlecell.Detect(x)
			if err != nil {
				return false, fmt.Errorf("%s: %w", d.data, err)
			}
			if values == "" || found != singlecell.Binary { // a cloud of few counts may have nothing but 0 and 1
				values = found
			}
			if values != singlecell.Counts && values != singlecell.Binary {
				a.note("%s holds %s, which are taken as they stand", d.data, values)
				return false, nil
			}
		}
	}
	if values == singlecell.Counts {
		a.note("%s holds raw counts: they are normalised to the median total and logged, by training cells", d.data)
	}
	return values == singlecell.Counts, nil
}

// readUnseen reads a table, and makes one task of the rows that methods see and one of those that they do not, which
// NAME=VALUE name (nil without any). counts says whether features are raw counts.
func (a *app) readUnseen(d *dataFlags, unseen []string) (task, other *datasets.Task, counts bool, files []rundir.DataFile, err error) {
	if len(unseen) == 0 {
		task, made, files, err := d.read("data")
		if err != nil {
			return nil, nil, false, nil, err
		}
		a.tell(made)
		counts, err = a.isCounts(d, task)
		return task, nil, counts, files, err
	}
	if d.data == "" {
		return nil, nil, false, nil, errors.New("--unseen needs --data, one table with all rows")
	}
	variables, names, err := d.variables()
	if err != nil {
		return nil, nil, false, nil, err
	}
	o := d.options(names)
	for _, p := range unseen {
		name, _, ok := strings.Cut(p, "=")
		if !ok {
			return nil, nil, false, nil, fmt.Errorf("--unseen %q: write NAME=VALUE, such as donor=2", p)
		}
		if !slices.Contains(o.Conditions, name) {
			o.Conditions = append(o.Conditions, name)
		}
	}
	table, err := datasets.ReadTable(d.data, o)
	if err != nil {
		return nil, nil, false, nil, err
	}
	tables, err := divided(table, unseen)
	if err != nil {
		return nil, nil, false, nil, err
	}
	var tasks [2]*datasets.Task
	for side, what := range []string{"what --unseen leaves", "--unseen"} {
		made, report, err := datasets.NewTask(nil, tables[side], datasets.TaskOptions{Name: "data", Variables: variables, Control: d.control, Match: d.matches(), HoldOut: d.holdout, MinRows: d.minRows})
		if err != nil {
			return nil, nil, false, nil, fmt.Errorf("%s: %w", what, err)
		}
		if tasks[side] = made; side == 0 {
			a.tell(report)
		}
	}
	counts, err = a.isCounts(d, tasks[0])
	return tasks[0], tasks[1], counts, []rundir.DataFile{{File: table.File, SHA256: table.SHA256}}, err
}

// divided are the rows of a table that no NAME=VALUE names, and those that one does; each names some.
func divided(t *datasets.Table, named []string) (tables [2]*datasets.Table, err error) {
	hidden := make([]bool, t.Len())
	for _, text := range named {
		name, value, _ := strings.Cut(text, "=")
		cells, err := t.Column(name)
		if err != nil {
			return tables, err
		}
		some := false
		for i, cell := range cells {
			if cell == value {
				hidden[i], some = true, true
			}
		}
		if !some {
			return tables, fmt.Errorf("--unseen %s: %s", text, notThere(name, value, cells))
		}
	}
	var rows [2][]int
	for i, h := range hidden {
		if h {
			rows[1] = append(rows[1], i)
		} else {
			rows[0] = append(rows[0], i)
		}
	}
	for side := range tables {
		part := &datasets.Table{File: t.File, Features: t.Features}
		if len(rows[side]) > 0 {
			part.X, part.Weights = t.Cloud(rows[side])
		}
		for _, c := range t.Columns {
			cells := make([]string, len(rows[side]))
			for k, i := range rows[side] {
				cells[k] = c.Cells[i]
			}
			part.Columns = append(part.Columns, datasets.Column{Name: c.Name, Cells: cells})
		}
		tables[side] = part
	}
	return tables, nil
}

// notThere says that a column has no such value, and which are near.
func notThere(name, value string, cells []string) string {
	known := slices.Compact(slices.Sorted(slices.Values(cells)))
	return fmt.Sprintf("no row has %s=%s (%s)", name, value, spell.Suggest(value, known))
}
