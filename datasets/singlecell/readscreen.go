package singlecell

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/internal/spell"
)

// ScreenOptions say which cells of a file are read. The zero value reads all of
// conditions with FewestCells or more.
type ScreenOptions struct {
	// Layer has the expression: a layer of the file, or raw; X if empty.
	Layer string
	// Actions (of [ReadNorman]), Drug, Dose and CellType (of [ReadSciPlex]) name
	// columns of obs; the first of their usual names that the file has where they are empty.
	Actions, Drug, Dose, CellType string
	// Keep are patterns of the conditions to read, such as drug=givinostat; nil
	// reads all. Control cells are always read.
	Keep []string
	// MinCells of a condition: those with fewer are left out and counted;
	// FewestCells if 0.
	MinCells int
	// Share of all cells of the file to read, drawn at random by Seed; all if 0.
	Share float64
	Seed  uint64
}

// FewestCells of a condition that is worth a cloud.
const FewestCells = 20

// screenColumn is a column of obs that is a variable of a screen's conditions.
type screenColumn struct {
	variable condition.Variable
	asked    string   // by the user
	usual    []string // names
	// optional columns that a file lacks are no error.
	optional bool
}

// screenReader reads a screen step by step.
type screenReader struct {
	f       *anndata.File
	o       ScreenOptions
	s       *Screen
	report  *datasets.TaskReport
	columns [][]string
	control []bool
	missing []bool
	rows    []int // that are read
}

// readScreen reads a screen whose variables stand in the columns; those rows
// are controls whose first one is.
func readScreen(path string, o ScreenOptions, columns []screenColumn, isControl func(cell string) bool) (*Screen, *datasets.TaskReport, error) {
	if o.MinCells == 0 {
		o.MinCells = FewestCells
	}
	if o.MinCells < 2 || !(o.Share >= 0 && o.Share <= 1) {
		return nil, nil, fmt.Errorf("singlecell: conditions of %d cells or more, a share %g of them: 2 or more, and a share up to 1", o.MinCells, o.Share)
	}
	f, err := anndata.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	r := &screenReader{f: f, o: o, s: &Screen{File: path}, report: &datasets.TaskReport{}}
	if cells, genes := f.Dims(); cells == 0 || genes == 0 {
		return nil, nil, fmt.Errorf("singlecell: %s has %d cells × %d genes: there must be some of both", path, cells, genes)
	}
	for _, step := range []func() error{
		func() error { return r.readColumns(columns) },
		func() error { return r.findControl(isControl) },
		r.parse, r.subsample, r.dropSmall, r.readX,
	} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	return r.s, r.report, nil
}

func (r *screenReader) drop(rows int, format string, args ...any) {
	if rows > 0 {
		r.report.Dropped = append(r.report.Dropped, datasets.Dropped{Reason: fmt.Sprintf(format, args...), Rows: rows})
	}
}

func (r *screenReader) note(format string, args ...any) {
	r.report.Notes = append(r.report.Notes, fmt.Sprintf(format, args...))
}

// readColumns reads the columns of obs that are variables.
func (r *screenReader) readColumns(columns []screenColumn) error {
	known, err := r.f.ObsNames()
	if err != nil {
		return err
	}
	cells, _ := r.f.Dims()
	r.missing = make([]bool, cells)
	for _, c := range columns {
		name := c.asked
		if name == "" {
			at := slices.IndexFunc(c.usual, func(n string) bool { return slices.Contains(known, n) })
			if at < 0 && c.optional {
				continue
			}
			if at < 0 {
				return fmt.Errorf("singlecell: %s: no column of obs is called %s (%s): name the one that has the %s",
					r.f.Path(), strings.Join(c.usual, ", "), spell.Suggest(c.usual[0], known), c.variable.Name)
			}
			name = c.usual[at]
		}
		column, err := r.f.ObsColumn(name)
		if err != nil {
			return err
		}
		texts := column.Cells()
		for i, text := range texts {
			r.missing[i] = r.missing[i] || strings.TrimSpace(text) == ""
		}
		if counts, _ := column.Counts(); slices.Contains(counts, 0) {
			empty := 0
			for _, n := range counts {
				if n == 0 {
					empty++
				}
			}
			r.note("%d of the %d categories of %s have no cells", empty, len(counts), name)
		}
		r.s.Schema.Variables = append(r.s.Schema.Variables, c.variable)
		r.columns = append(r.columns, texts)
	}
	return nil
}

// controlName stands for the control in the text of a screen.
const controlName = "control"

func (r *screenReader) findControl(isControl func(cell string) bool) error {
	r.control = make([]bool, len(r.missing))
	n := 0
	for i, cell := range r.columns[0] {
		if r.control[i] = isControl(cell); r.control[i] {
			n++
		}
	}
	if n == 0 {
		present := slices.Clone(r.columns[0])
		slices.Sort(present)
		return fmt.Errorf("singlecell: %s: no cell is a control by its %s (%s)", r.f.Path(), r.s.Schema.Variables[0].Name, spell.Suggest(controlName, slices.Compact(present)))
	}
	return nil
}

// parse reads the condition of every cell that has one and is asked for.
func (r *screenReader) parse() error {
	var patterns []condition.Pattern
	for _, text := range r.o.Keep {
		p, err := r.s.Schema.ParsePattern(text)
		if err != nil {
			return fmt.Errorf("singlecell: keep %q: %w", text, err)
		}
		patterns = append(patterns, p)
	}
	r.s.Conditions = make([]condition.Value, len(r.missing))
	known := map[string]condition.Value{}
	missing, unasked := 0, 0
	for i := range r.missing {
		switch value, err := r.value(i, known); {
		case r.control[i]:
			r.rows = append(r.rows, i)
		case r.missing[i]:
			missing++
		case err != nil:
			return fmt.Errorf("singlecell: %s, cell %d: %w", r.f.Path(), i+1, err)
		case patterns != nil && !slices.ContainsFunc(patterns, func(p condition.Pattern) bool { return p.Matches(value) }):
			unasked++
		default:
			r.s.Conditions[i] = value
			r.rows = append(r.rows, i)
		}
	}
	r.drop(missing, "cells without a value of %s", strings.Join(r.s.Schema.Names(), ", "))
	r.drop(unasked, "cells of conditions that were not asked for")
	if patterns != nil && len(r.s.Distinct()) == 0 {
		return fmt.Errorf("singlecell: %s: no condition matches %s", r.f.Path(), strings.Join(r.o.Keep, " or "))
	}
	return nil
}

// value is the condition of a cell; each spelling is parsed once.
func (r *screenReader) value(i int, known map[string]condition.Value) (condition.Value, error) {
	if r.control[i] || r.missing[i] {
		return nil, nil
	}
	cells := make([]string, len(r.columns))
	for k, column := range r.columns {
		cells[k] = column[i]
	}
	text := strings.Join(cells, "\x00")
	if v, ok := known[text]; ok {
		return v, nil
	}
	v, err := r.s.Schema.ParseCells(cells)
	known[text] = v
	return v, err
}

// subsample draws a share of all cells of the file.
func (r *screenReader) subsample() error {
	if r.o.Share == 0 || r.o.Share == 1 {
		return nil
	}
	n := len(r.missing)
	chosen := make([]bool, n)
	for _, i := range rand.New(rand.NewPCG(r.o.Seed, 0)).Perm(n)[:sampleSize(n, r.o.Share)] {
		chosen[i] = true
	}
	before := len(r.rows)
	r.rows = slices.DeleteFunc(r.rows, func(i int) bool { return !chosen[i] })
	r.drop(before-len(r.rows), "cells that are not in the random share of %g", r.o.Share)
	return nil
}

// sampleSize is a share of n, rounded down as scanpy's subsample does.
func sampleSize(n int, share float64) int { return int(share * float64(n)) }

// dropSmall leaves conditions of too few cells out.
func (r *screenReader) dropSmall() error {
	cells := map[string]int{}
	controls := 0
	for _, i := range r.rows {
		if r.control[i] {
			controls++
		} else {
			cells[r.s.Schema.Key(r.s.Conditions[i])]++
		}
	}
	few := 0
	for _, n := range cells {
		if n < r.o.MinCells {
			few++
		}
	}
	before := len(r.rows)
	r.rows = slices.DeleteFunc(r.rows, func(i int) bool {
		return !r.control[i] && cells[r.s.Schema.Key(r.s.Conditions[i])] < r.o.MinCells
	})
	r.drop(before-len(r.rows), "cells of conditions of fewer than %d cells (%d of %d)", r.o.MinCells, few, len(cells))
	if controls < FewestCells {
		return fmt.Errorf("singlecell: %s has %d control cells: %d or more are needed", r.f.Path(), controls, FewestCells)
	}
	if len(cells) == 0 {
		return fmt.Errorf("singlecell: %s: no condition is left: all %d cells that are read are controls", r.f.Path(), controls)
	}
	if few == len(cells) {
		return fmt.Errorf("singlecell: %s: all %d conditions have fewer than %d cells", r.f.Path(), few, r.o.MinCells)
	}
	return nil
}

// readX reads the expression of the rows, and brings the columns to them.
func (r *screenReader) readX() error {
	m, genes, err := r.f.Expression(r.o.Layer)
	if err != nil {
		return err
	}
	r.s.Genes = genes
	if r.s.X, err = readRows(m, r.rows); err != nil {
		return err
	}
	if r.s.Values, err = Detect(r.s.X); err != nil {
		return fmt.Errorf("%s: %w", r.f.Path(), err)
	}
	if r.s.Values == Scaled {
		return fmt.Errorf("singlecell: %s: counts or their logarithms are expected, and these are %s: use another layer, or raw", r.f.Path(), r.s.Values)
	}
	conditions := make([]condition.Value, len(r.rows))
	for k, i := range r.rows {
		conditions[k] = r.s.Conditions[i]
	}
	r.s.Conditions = conditions
	for v, column := range r.columns {
		cells := make([]string, len(r.rows))
		for k, i := range r.rows {
			if cells[k] = column[i]; r.control[i] && v == 0 {
				cells[k] = controlName
			}
		}
		r.s.columns = append(r.s.columns, datasets.Column{Name: r.s.Schema.Variables[v].Name, Cells: cells})
	}
	return nil
}

// rowsAtOnce are in memory twice while some rows of a file are read.
const rowsAtOnce = 8192

// readRows reads some rows, increasing, of a matrix in a file.
func readRows(m *anndata.Matrix, rows []int) (*sparse.CSR, error) {
	n, _ := m.Dims()
	if len(rows) == n {
		return m.CSR()
	}
	step := rowsAtOnce
	if m.Format == anndata.CSC { // which is gone through as a whole each time
		step = n
	}
	var parts []*sparse.CSR
	for from := 0; from < n; from += step {
		first, _ := slices.BinarySearch(rows, from)
		last, _ := slices.BinarySearch(rows, from+step)
		if first == last {
			continue
		}
		block, err := m.Rows(from, min(from+step, n))
		if err != nil {
			return nil, err
		}
		wanted := make([]int, last-first)
		for k := range wanted {
			wanted[k] = rows[first+k] - from
		}
		if block, err = block.SelectRows(wanted); err != nil {
			return nil, err
		}
		parts = append(parts, block)
	}
	return sparse.Stack(parts...)
}
