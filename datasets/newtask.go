package datasets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// TaskOptions say how tables become a task.
type TaskOptions struct {
	Name string
	// Variables of a condition, each the name of a text column of the target
	// table. The kind of an Unspecified one is guessed; coordinates of a Vector
	// one are read from its File.
	Variables []condition.Variable
	// Control, NAME=VALUE, names the rows of the one table that are the
	// source; NAME is any text column. They are never encoded, so dose=0 is
	// fine beside a log scale. Without it, and with a single table, rows whose
	// Set variable is empty are the source. Beside a source table such rows of
	// the target table are left out.
	Control string
	// Match names the variables by which source rows belong to target
	// conditions: with cell_line among them, the source of a condition is the
	// source rows of its cell line. Nil means those variables for which it can
	// be done; empty but not nil means one source for all.
	Match []string
	// HoldOut are patterns of conditions that a method never sees, such as dose=100
	// or drug=givinostat,dose=100; see [condition.Schema.ParsePattern].
	HoldOut []string
	// MinRows of a target cloud: conditions with fewer rows are left out and
	// counted. 0 means that none is left out and that fewer than two rows are an error.
	MinRows int
}

// TaskReport says what NewTask settled by itself and what it left out.
type TaskReport struct {
	// Notes are kinds that were guessed, how sources were matched, and what
	// may go wrong with the data.
	Notes []string
	// Dropped rows of the target table, by reason.
	Dropped []Dropped
}

// Dropped counts rows that are not in a task.
type Dropped struct {
	Reason string
	Rows   int
}

// NewTask makes a task from a table of source points and one of target points,
// or, where source is nil, from one table that holds both. Features of the two
// tables are matched by name, in any order; target's order is kept. Rows of one condition, in
// the sense of [condition.Schema.Key], are one cloud. Pairs are in the order of
// [condition.Schema.Compare], and the schema is fitted on the training conditions.
func NewTask(source, target *Table, o TaskOptions) (*Task, *TaskReport, error) {
	b := &builder{target: target, source: source, options: o, report: &TaskReport{}}
	for _, step := range []func() error{
		b.checkTables, b.findControl, b.settleVariables, b.findEmptySets, b.takeSource, b.group, b.matchSources,
	} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	task, err := b.task()
	if err != nil {
		return nil, nil, err
	}
	return task, b.report, nil
}

// builder carries a task from step to step of NewTask.
type builder struct {
	source, target *Table
	options        TaskOptions
	report         *TaskReport

	control       []bool // rows of target that are no target points
	controlColumn string
	schema        condition.Schema
	sourceRows    []int // rows of source that are source points
	groups        []group
}

// group is the target rows of one condition, and its source cloud.
type group struct {
	Group
	source        *mat.Dense
	sparseSource  *sparse.CSR // in its place
	sourceWeights []float64
}

func (b *builder) note(format string, args ...any) {
	b.report.Notes = append(b.report.Notes, fmt.Sprintf(format, args...))
}

func (b *builder) checkTables() error {
	if b.target == nil {
		return fmt.Errorf("datasets: there is no table of target points")
	}
	if err := b.target.Validate(); err != nil {
		return err
	}
	b.control = make([]bool, b.target.Len())
	if b.source != nil && (b.source.Sparse == nil) != (b.target.Sparse == nil) { // both sparse or none
		b.source, b.target = b.source.Dense(), b.target.Dense()
	}
	if b.source == nil {
		return nil
	}
	if err := b.source.Validate(); err != nil {
		return err
	}
	source, extra, err := b.source.Select(b.target.Features)
	if err != nil {
		return err
	}
	if len(extra) > 0 {
		return fmt.Errorf("datasets: %s has features that %s lacks: %s; choose the features that both have, or drop these",
			b.source.name(), b.target.name(), abridge(extra))
	}
	b.source = source
	return nil
}

// abridge lists the first few names of many.
func abridge(names []string) string {
	const shown = 5
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// settleVariables finds the columns, guesses kinds and reads coordinates.
func (b *builder) settleVariables() error {
	b.schema.Variables = slices.Clone(b.options.Variables)
	for i := range b.schema.Variables {
		v := &b.schema.Variables[i]
		cells, err := b.target.Column(v.Name)
		if err != nil {
			return err
		}
		if note := v.Guess(leaveOut(cells, b.control)); note != "" {
			b.note("%s", note)
		}
		if v.Kind == condition.Vector && v.Vectors == nil {
			if err := v.ReadVectors(); err != nil {
				return err
			}
		}
	}
	return b.schema.Validate()
}

func leaveOut(cells []string, out []bool) []string {
	var kept []string
	for i, c := range cells {
		if !out[i] {
			kept = append(kept, c)
		}
	}
	return kept
}

// group collects the target rows of each condition. A condition is fitted by
// itself, so that what cannot be encoded is found at its row.
func (b *builder) group() error {
	groups, err := b.target.groups(b.schema, b.control, func(v condition.Value) error {
		alone := b.schema
		return alone.Fit([]condition.Value{v})
	})
	if err != nil {
		return err
	}
	for _, g := range groups {
		b.groups = append(b.groups, group{Group: g})
	}
	return b.dropSmall()
}

func (b *builder) dropSmall() error {
	kept := b.groups[:0]
	few, rows := 0, 0
	for _, g := range b.groups {
		switch {
		case len(g.Rows) < b.options.MinRows:
			few++
			rows += len(g.Rows)
		case len(g.Rows) < 2:
			return fmt.Errorf("datasets: %s: condition %s has one row; a cloud needs two or more: add rows, or leave small conditions out with a minimum of rows",
				b.target.where(g.Rows[0]), b.schema.Key(g.Condition))
		default:
			kept = append(kept, g)
		}
	}
	b.groups = kept
	if few > 0 {
		b.report.Dropped = append(b.report.Dropped, Dropped{fmt.Sprintf("%d conditions of fewer than %d rows", few, b.options.MinRows), rows})
	}
	if len(b.groups) == 0 {
		return fmt.Errorf("datasets: %s has no target rows left", b.target.name())
	}
	return nil
}

// task builds the pairs, holds conditions out and fits the schema.
func (b *builder) task() (*Task, error) {
	t := &Task{Name: b.options.Name, Features: slices.Clone(b.target.Features), Schema: b.schema}
	for _, g := range b.groups {
		pair := Pair{Condition: g.Condition, Source: g.source, SparseSource: g.sparseSource, SourceWeights: g.sourceWeights}
		var err error
		if b.target.Sparse != nil {
			pair.SparseTarget, pair.TargetWeights, err = b.target.SparseCloud(g.Rows)
		} else {
			pair.Target, pair.TargetWeights = b.target.Cloud(g.Rows)
		}
		if err != nil {
			return nil, err
		}
		t.Train = append(t.Train, pair)
	}
	if err := t.Schema.Fit(Conditions(t.Train)); err != nil {
		return nil, err
	}
	if len(b.options.HoldOut) > 0 {
		var err error
		if t, err = t.HoldOut(b.options.HoldOut...); err != nil {
			return nil, err
		}
	}
	for _, p := range t.HeldOut {
		if _, err := t.Schema.Check(p.Condition); err != nil {
			b.note("the held-out condition %s cannot be asked of a model: %v", t.Schema.Key(p.Condition), err)
		}
	}
	b.noteConstant(t)
	if err := t.ValidateEither(); err != nil {
		return nil, err
	}
	return t, nil
}

// noteConstant names features that do not vary in any cloud of the training
// pairs: they carry nothing, and make covariances singular.
func (b *builder) noteConstant(t *Task) {
	varies := make([]bool, t.Dim())
	seen := map[mat.Matrix]bool{}
	first := make([]float64, t.Dim())
	if p := t.Train[0]; p.SparseSource != nil {
		copy(first, denseRows(p.SparseSource, []int{0}).RawRowView(0))
	} else {
		copy(first, p.Source.RawRowView(0))
	}
	for _, p := range t.Train {
		for _, cloud := range []*sparse.CSR{p.SparseSource, p.SparseTarget} {
			if cloud != nil && !seen[cloud] {
				seen[cloud] = true
				varying(cloud, first, varies)
			}
		}
		for _, cloud := range []*mat.Dense{p.Source, p.Target} {
			if cloud == nil || seen[cloud] {
				continue
			}
			seen[cloud] = true
			for i := range cloud.RawMatrix().Rows {
				for j, x := range cloud.RawRowView(i) {
					varies[j] = varies[j] || x != first[j]
				}
			}
		}
	}
	var constant []string
	for j, v := range varies {
		if !v {
			constant = append(constant, t.Features[j])
		}
	}
	if len(constant) > 0 {
		b.note("%d of %d features are constant over all training rows: %s", len(constant), t.Dim(), abridge(constant))
	}
}
