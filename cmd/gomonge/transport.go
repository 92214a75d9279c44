package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
)

type transportFlags struct {
	model, data, out string
	condition, grid  string
	weight, id       string
	inverse          bool
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
Columns that are no features of the model are left out.`,
		Example: `  gomonge transport --model runs/m/model --data task/source.csv --condition dose=0.35 --out predicted.csv
  gomonge transport --model runs/m/model --data task/source.csv --conditions grid.csv --out predicted.csv
  gomonge transport --model runs/m/model --data task/test.csv --out predicted.csv
  gomonge transport --model runs/m/model --data predicted.csv --inverse --out back.csv`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.transport(cmd.Context(), &o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "", "folder of the model")
	f.StringVar(&o.data, "data", "", "table of points")
	f.StringVar(&o.condition, "condition", "", "one condition for all rows: NAME=VALUE,...")
	f.StringVar(&o.grid, "conditions", "", "table of conditions, a row each: every point is carried to every one")
	f.BoolVar(&o.inverse, "inverse", false, "carry target points back to the source")
	f.StringVar(&o.weight, "weight", "", "column of row weights, which the result keeps")
	f.StringVar(&o.id, "id", "", "column of row ids (default: the first, where it is named id, index, cell_id, barcode or not at all)")
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
	m, err := a.openModel(o.model)
	if err != nil {
		return err
	}
	carry := m.Transport
	if o.inverse {
		if carry = m.inverse; carry == nil {
			return fmt.Errorf("--inverse: the method %s has no inverse map", m.method)
		}
	}
	job, err := o.read(m)
	if err != nil {
		return err
	}
	warnings, err := m.check(job.conditions())
	if err != nil {
		return err
	}
	moved, err := job.carry(ctx, m.schema, carry)
	if err != nil {
		return err
	}
	if err := datasets.WriteTable(o.out, moved); err != nil {
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

// journey is a table and which of its rows go where; stacked says that the
// result holds the rows of one group after those of the other.
type journey struct {
	table   *datasets.Table
	groups  []datasets.Group
	stacked bool
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
	options := datasets.ReadOptions{Features: m.features, Weight: o.weight, ID: o.id}
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
		return &journey{table: t, groups: groups}, err
	}
	all := make([]int, t.Len())
	for i := range all {
		all[i] = i
	}
	j := &journey{table: t, stacked: true}
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
	return j.result(moved, values, from).WithConditions(s, values)
}

// result is the table of the moved points, with the ids and weights of theirs.
func (j *journey) result(moved *mat.Dense, values []condition.Value, from []int) *datasets.Table {
	t := &datasets.Table{IDName: j.table.IDName, WeightName: j.table.WeightName, Features: j.table.Features, X: moved}
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
