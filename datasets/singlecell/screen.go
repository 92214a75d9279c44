package singlecell

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/sparse"
)

// Screen is a perturbation screen that was read from a file: the expression of
// cells, sparse, and what was done to each. Nothing is normalised and no gene
// chosen: [Screen.Task] does so by the training cells of a split.
type Screen struct {
	File  string
	X     *sparse.CSR // cells × genes, as the file has it
	Genes []string
	// Values says what X holds.
	Values Values
	// Schema of the conditions, not fitted, and the condition of each cell;
	// nil where the cell is a control.
	Schema     condition.Schema
	Conditions []condition.Value

	columns []datasets.Column // text of the variables; controlName in the first where a cell is a control
}

// Distinct are the conditions of the screen without the control, each once, in
// the order of [condition.Schema.Compare].
func (s *Screen) Distinct() []condition.Value {
	seen := map[string]bool{}
	var out []condition.Value
	for _, v := range s.Conditions {
		if v == nil || seen[s.Schema.Key(v)] {
			continue
		}
		seen[s.Schema.Key(v)] = true
		out = append(out, v)
	}
	slices.SortFunc(out, s.Schema.Compare)
	return out
}

// Column is the text of a variable in the file, a cell for each of the screen's, the control's too; nil for one
// that was not read.
func (s *Screen) Column(variable string) []string {
	for _, c := range s.columns {
		if c.Name == variable {
			return c.Cells
		}
	}
	return nil
}

// SplitOptions say how a screen becomes a task.
type SplitOptions struct {
	// HoldOut are patterns of conditions that a method never sees, see
	// [condition.Schema.ParsePattern]; nor do the normalisation and the choice of genes.
	HoldOut []string
	// Genes to keep, the most variable ones of the training cells; 0 for all.
	Genes int
	// Flavor by which they are chosen; Seurat if empty. SeuratV3 needs counts.
	Flavor Flavor
	// Sparse leaves the clouds of the task sparse, see [datasets.Pair].
	Sparse bool
}

// Task makes a task of log-expression: counts are brought to the median total of
// the training cells and logged, and the most variable genes are kept, both by the control and
// the training conditions alone. Only kept genes become dense, cloud by cloud.
// The preprocessor is nil where the screen holds logarithms already, which stay as they are.
func (s *Screen) Task(o SplitOptions) (*datasets.Task, *Preprocessor, *datasets.TaskReport, error) {
	train, err := s.training(o.HoldOut)
	if err != nil {
		return nil, nil, nil, err
	}
	x, names, prepare, err := s.prepare(train, o)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", s.File, err)
	}
	table := &datasets.Table{File: s.File, Features: names, Sparse: x, Columns: s.columns}
	task, report, err := datasets.NewTask(nil, table, datasets.TaskOptions{
		Variables: s.Schema.Variables,
		Control:   s.columns[0].Name + "=" + controlName,
		HoldOut:   o.HoldOut,
	})
	if err != nil {
		return nil, nil, nil, err
	}
	if !o.Sparse {
		task = task.Dense()
	}
	return task, prepare, report, nil
}

// training are the cells of the control and of conditions that no pattern holds out.
func (s *Screen) training(holdOut []string) ([]int, error) {
	var patterns []condition.Pattern
	for _, text := range holdOut {
		p, err := s.Schema.ParsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("singlecell: hold-out %q: %w", text, err)
		}
		patterns = append(patterns, p)
	}
	var rows []int
	for i, v := range s.Conditions {
		if v == nil || !slices.ContainsFunc(patterns, func(p condition.Pattern) bool { return p.Matches(v) }) {
			rows = append(rows, i)
		}
	}
	return rows, nil
}

// prepare brings the expression to logarithms of the genes that are kept, by
// the training cells.
func (s *Screen) prepare(train []int, o SplitOptions) (*sparse.CSR, []string, *Preprocessor, error) {
	_, cols := s.X.Dims()
	if o.Genes < 0 || o.Genes > cols {
		return nil, nil, nil, fmt.Errorf("singlecell: %d variable genes of %d", o.Genes, cols)
	}
	all := o.Genes == 0 || o.Genes == cols
	if s.Values == Logged && all {
		return s.X, s.Genes, nil, nil
	}
	trained, err := s.X.SelectRows(train)
	if err != nil {
		return nil, nil, nil, err
	}
	v := VariableOptions{Flavor: o.Flavor, Top: o.Genes}
	if s.Values == Logged {
		return s.chooseLogged(trained, v)
	}
	var p *Preprocessor
	if all {
		p = &Preprocessor{Columns: cols, Genes: allColumns(cols), Names: s.Genes}
		p.Target, err = MedianTotal(trained)
	} else {
		p, err = FitPreprocessor(trained, s.Genes, v)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	x, err := p.Apply(s.X)
	return x, p.Names, p, err
}

// chooseLogged keeps the variable genes of logarithms as they are.
func (s *Screen) chooseLogged(trained *sparse.CSR, v VariableOptions) (*sparse.CSR, []string, *Preprocessor, error) {
	found, err := HighlyVariable(trained, v)
	if err != nil {
		return nil, nil, nil, err
	}
	kept := Flagged(found)
	if len(kept) == 0 {
		return nil, nil, nil, errors.New("singlecell: no gene is highly variable")
	}
	names := make([]string, len(kept))
	for k, j := range kept {
		names[k] = s.Genes[j]
	}
	x, err := s.X.SelectColumns(kept)
	return x, names, nil, err
}

func allColumns(n int) []int {
	out := make([]int, n)
	for j := range out {
		out[j] = j
	}
	return out
}
