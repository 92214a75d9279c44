package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
)

type transportFlags struct {
	model, data, out string
	condition, grid  string
	weight, id       string
	layer, obsm      string
	rows             string
	inverse          bool
	samples          int
	seed             uint64
}

func (a *app) transportCommand() *cobra.Command {
	var o transportFlags
	cmd := &cobra.Command{
		Use:   "transport",
		Short: "Carry points by a trained map",
		Long: `transport carries the rows of a table to a condition, and writes what they become with
their ids and the columns of the condition.

With --condition all rows go to that one; with --conditions, a table of conditions, each row goes to
each of them; with neither, each row goes to the condition in its own columns.
Columns that are no features of the model are left out.

The result is a table of any of the formats of --data. From an .h5ad file to another, cells keep
all that obs says of them, and genes what var does; the points are in X, or in the --obsm that
they came from.

A stochastic map (ncmt with a weak cost) carries a row to the mean of its images; with --samples N
every row becomes N rows, each an image drawn at random, numbered in the column sample.`,
		Example: `  gomonge transport --model runs/m/model --data task/source.csv --condition dose=0.35 --out predicted.csv
  gomonge transport --model runs/m/model --data task/source.csv --conditions grid.csv --out predicted.csv
  gomonge transport --model runs/m/model --data task/test.csv --out predicted.csv
  gomonge transport --model runs/m/model --data predicted.csv --inverse --out back.csv
  gomonge transport --model runs/stochastic/model --data task/source.csv --condition dose=0.35 --samples 4 --out drawn.csv`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.transport(cmd.Context(), &o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "", "folder of the model")
	f.StringVar(&o.data, "data", "", "table of points")
	f.StringVar(&o.condition, "condition", "", "one condition for all rows: NAME=VALUE,...")
	f.StringVar(&o.grid, "conditions", "", "table of conditions, a row each: every point is carried to every one")
	f.BoolVar(&o.inverse, "inverse", false, "carry target points back to the source")
	f.IntVar(&o.samples, "samples", 0, "of a stochastic map: draw that many images of each row (default: their mean)")
	f.Uint64Var(&o.seed, "seed", 0, "seed of --samples")
	f.StringVar(&o.weight, "weight", "", "column of row weights, which the result keeps")
	f.StringVar(&o.id, "id", "", "column of row ids (default: the first, where it is named id, index, cell_id, barcode or not at all)")
	addH5AD(f, &o.layer, &o.obsm)
	addRows(f, &o.rows)
	f.StringVar(&o.out, "out", "", "table to write")
	return cmd
}

// required says which of a command's flags must have a value and has none.
func required(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return fmt.Errorf("--%s is missing", pairs[i])
		}
	}
	return nil
}

// transportResult is what transport says of what it wrote.
type transportResult struct {
	Out        string   `json:"out"`
	Rows       int      `json:"rows"`
	Conditions []string `json:"conditions"`
	Inverse    bool     `json:"inverse"`
	Warnings   []string `json:"warnings"`
}

func (a *app) transport(ctx context.Context, o *transportFlags) error {
	if err := required("model", o.model, "data", o.data, "out", o.out); err != nil {
		return err
	}
	if o.condition != "" && o.grid != "" {
		return fmt.Errorf("--condition is one condition, --conditions a table of them: give one of the two")
	}
	if err := writable(o.out); err != nil {
		return err
	}
	m, err := a.openModel(o.model)
	if err != nil {
		return err
	}
	carry, err := o.carrier(m)
	if err != nil {
		return err
	}
	job, err := o.read(m)
	if err != nil {
		return err
	}
	if o.samples > 0 {
		if slices.Contains(m.schema.Names(), sampleColumn) {
			return fmt.Errorf("--samples numbers images in a column %q, and the model has a condition of that name", sampleColumn)
		}
		job.repeat(o.samples)
	}
	warnings, err := m.check(job.conditions())
	if err != nil {
		return err
	}
	moved, err := job.carry(ctx, m.schema, carry)
	if err != nil {
		return err
	}
	if err := o.write(job, moved); err != nil {
		return err
	}
	result := transportResult{o.out, moved.Len(), nil, o.inverse, slices.Concat([]string{}, m.warnings, warnings)}
	for _, g := range job.groups {
		result.Conditions = append(result.Conditions, m.schema.Format(g.Condition))
	}
	for _, w := range result.Warnings {
		a.warn("%s", w)
	}
	return a.result(result, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s, %s\n", result.Out, counted(result.Rows, "row"), counted(len(result.Conditions), "condition"))
	})
}

// write writes the table of the moved points; from an h5ad file to another with
// what the one says of cells and genes.
func (o *transportFlags) write(job *journey, moved *datasets.Table) error {
	if !isH5AD(o.data) || !isH5AD(o.out) {
		return datasets.WriteTable(o.out, moved)
	}
	return datasets.WriteTableLike(o.out, moved, job.read, job.from, datasets.ReadOptions{Layer: o.layer, Obsm: o.obsm})
}

// carrier is the map that the flags ask for.
func (o *transportFlags) carrier(m *model) (func(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error), error) {
	switch {
	case o.inverse && o.samples != 0:
		return nil, fmt.Errorf("--inverse and --samples: give one of the two")
	case o.inverse && m.inverse == nil:
		return nil, fmt.Errorf("--inverse: the method %s has no inverse map", m.method)
	case o.inverse:
		return m.inverse, nil
	case o.samples < 0:
		return nil, fmt.Errorf("--samples %d: give 1 or more", o.samples)
	case o.samples > 0 && (m.stochastic == nil || !m.stochastic.Stochastic()):
		return nil, fmt.Errorf("--samples: the map in %s carries a point to one image; only ncmt trained with --opt cost=weak or cost=kernel draws several", m.folder)
	case o.samples > 0:
		source := rand.NewPCG(o.seed, 0)
		return func(_, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
			z, err := m.latent(x)
			if err != nil {
				return nil, err
			}
			y, err := m.stochastic.Sample(z, c, 1, source)
			if err != nil {
				return nil, err
			}
			return m.decoded(y[0])
		}, nil
	}
	return m.Transport, nil
}

// sampleColumn numbers the images of a row.
const sampleColumn = "sample"

// repeat makes n rows of each, numbered in the column sample.
func (j *journey) repeat(n int) {
	t := j.table
	long := &datasets.Table{IDName: t.IDName, WeightName: t.WeightName, Features: t.Features, X: mat.NewDense(n*t.Len(), len(t.Features), nil)}
	numbers := datasets.Column{Name: sampleColumn}
	for row := range t.Len() {
		for k := range n {
			long.X.SetRow(row*n+k, t.X.RawRowView(row))
			numbers.Cells = append(numbers.Cells, strconv.Itoa(k+1))
			if t.IDs != nil {
				long.IDs = append(long.IDs, t.IDs[row])
			}
			if t.Weights != nil {
				long.Weights = append(long.Weights, t.Weights[row])
			}
		}
	}
	long.Columns = []datasets.Column{numbers}
	j.table, j.images = long, n
	for g, group := range j.groups {
		var rows []int
		for _, row := range group.Rows {
			for k := range n {
				rows = append(rows, row*n+k)
			}
		}
		j.groups[g].Rows = rows
	}
}

// journey is a table and which of its rows go where; stacked says that the
// result holds the rows of one group after those of the other. images is how
// many rows of the table stand for one of the table read. from is, once they were
// carried, the row of the table read that each row of the result comes from.
type journey struct {
	read    *datasets.Table
	table   *datasets.Table
	groups  []datasets.Group
	stacked bool
	images  int
	from    []int
}

func (j *journey) conditions() []condition.Value {
	values := make([]condition.Value, len(j.groups))
	for i, g := range j.groups {
		values[i] = g.Condition
	}
	return values
}

// read reads the table and settles where its rows go.
func (o *transportFlags) read(m *model) (*journey, error) {
	own := o.condition == "" && o.grid == ""
	options := datasets.ReadOptions{Features: m.features, Weight: o.weight, ID: o.id, Layer: o.layer, Obsm: o.obsm, Rows: o.rows}
	if own {
		options.Conditions = m.schema.Names()
	}
	var values []condition.Value
	var err error
	switch {
	case o.condition != "":
		var v condition.Value
		v, err = m.schema.Parse(o.condition)
		values = []condition.Value{v}
	case o.grid != "":
		values, err = datasets.ReadConditions(o.grid, m.schema)
	}
	if err != nil {
		return nil, err
	}
	t, err := datasets.ReadTable(o.data, options)
	if err != nil {
		return nil, err
	}
	if own {
		groups, err := t.Groups(m.schema)
		return &journey{read: t, table: t, groups: groups}, err
	}
	all := make([]int, t.Len())
	for i := range all {
		all[i] = i
	}
	j := &journey{read: t, table: t, stacked: true}
	for _, v := range values {
		j.groups = append(j.groups, datasets.Group{Condition: v, Rows: all})
	}
	return j, nil
}

// carry carries every group and returns the table of where they come out.
func (j *journey) carry(ctx context.Context, s condition.Schema, carry func(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error)) (*datasets.Table, error) {
	rows := 0
	for _, g := range j.groups {
		rows += len(g.Rows)
	}
	moved := mat.NewDense(rows, len(j.table.Features), nil)
	values := make([]condition.Value, rows)
	from := make([]int, rows) // the row of the table
	next := 0
	for _, g := range j.groups {
		if ctx.Err() != nil {
			return nil, interrupted("interrupted; nothing is written")
		}
		x, _ := j.table.Cloud(g.Rows)
		y, err := carry(nil, x, g.Condition)
		if err != nil {
			return nil, err
		}
		for i, row := range g.Rows {
			at := row
			if j.stacked {
				at = next
				next++
			}
			moved.SetRow(at, y.RawRowView(i))
			values[at], from[at] = g.Condition, row
		}
	}
	j.from = make([]int, rows)
	for i, row := range from {
		j.from[i] = row / max(1, j.images)
	}
	return j.result(moved, values, from).WithConditions(s, values)
}

// result is the table of the moved points, with the ids and weights of theirs.
func (j *journey) result(moved *mat.Dense, values []condition.Value, from []int) *datasets.Table {
	t := &datasets.Table{IDName: j.table.IDName, WeightName: j.table.WeightName, Features: j.table.Features, X: moved}
	for _, c := range j.table.Columns {
		if c.Name != sampleColumn {
			continue
		}
		cells := make([]string, len(from))
		for i, row := range from {
			cells[i] = c.Cells[row]
		}
		t.Columns = append(t.Columns, datasets.Column{Name: c.Name, Cells: cells})
	}
	for _, row := range from {
		if j.table.IDs != nil {
			t.IDs = append(t.IDs, j.table.IDs[row])
		}
		if j.table.Weights != nil {
			t.Weights = append(t.Weights, j.table.Weights[row])
		}
	}
	return t
}
