package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/internal/spell"
)

// cellGroup is the cells of a condition.
type cellGroup struct {
	name  string
	value condition.Value
	cells []int
}

// pattern is NAME=VALUE,...: the cells that have all of these values.
type pattern []columnValue

type columnValue struct{ column, value string }

func parsePattern(flag, text string) (pattern, error) {
	var p pattern
	for _, part := range strings.Split(text, ",") {
		name, value, ok := strings.Cut(part, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, fmt.Errorf("--%s %q: write NAME=VALUE, such as dose=0", flag, text)
		}
		p = append(p, columnValue{name, strings.TrimSpace(value)})
	}
	return p, nil
}

// sameValue compares a cell with what was asked for, as text or as numbers.
func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

func (p pattern) text() string {
	var parts []string
	for _, v := range p {
		parts = append(parts, v.column+"="+v.value)
	}
	return strings.Join(parts, ",")
}

// nearest names the values that are near where one column was asked for.
func (p *preparation) nearest(what pattern) string {
	if len(what) != 1 {
		return ""
	}
	c, err := p.obs.Column(what[0].column)
	if err != nil {
		return ""
	}
	seen := map[string]bool{}
	var known []string
	for i := range c.Len() {
		if v := c.Cell(i); !seen[v] {
			seen[v] = true
			known = append(known, v)
		}
	}
	return " (" + spell.Suggest(what[0].value, known) + ")"
}

// holds tells of a column's cells whether they have a value: the same set, where
// the column is a condition of sets, else the same text or number.
func (p *preparation) holds(column, value string) func(cell string) bool {
	same := func(cell string) bool { return sameValue(cell, value) }
	k := slices.Index(p.schema.Names(), column)
	if k < 0 || p.schema.Variables[k].Kind != condition.Set {
		return same
	}
	one := condition.Schema{Variables: p.schema.Variables[k : k+1]}
	asked, err := one.ParseCells([]string{value})
	if err != nil {
		return same
	}
	known := map[string]bool{}
	return func(cell string) bool {
		is, ok := known[cell]
		if !ok {
			v, err := one.ParseCells([]string{cell})
			is = err == nil && one.Compare(v, asked) == 0
			known[cell] = is
		}
		return is
	}
}

// marked marks the cells that a pattern describes.
func (p *preparation) marked(flag string, what pattern) ([]bool, error) {
	is := make([]bool, p.obs.Len())
	for k, part := range what {
		c, err := p.obs.Column(part.column)
		if err != nil {
			return nil, fmt.Errorf("--%s: %s: %w", flag, p.result.File, err)
		}
		holds := p.holds(part.column, part.value)
		for i := range is {
			is[i] = (k == 0 || is[i]) && holds(c.Cell(i))
		}
	}
	return is, nil
}

// cells are the numbers of the cells that a pattern describes.
func (p *preparation) cells(flag string, what pattern) ([]int, error) {
	is, err := p.marked(flag, what)
	if err != nil {
		return nil, err
	}
	var cells []int
	for i, yes := range is {
		if yes {
			cells = append(cells, i)
		}
	}
	if len(cells) == 0 {
		return nil, fmt.Errorf("--%s: %s has no cell with %s%s", flag, p.result.File, what.text(), p.nearest(what))
	}
	return cells, nil
}

// findConditions groups the cells by their conditions, and leaves small groups out.
func (p *preparation) findConditions(context.Context) error {
	if len(p.conditions) == 0 {
		return nil
	}
	if err := p.settleKinds(); err != nil {
		return err
	}
	without, err := p.group()
	if err != nil {
		return err
	}
	if err := p.dropSmall(); err != nil {
		return err
	}
	const poor = 20
	for _, g := range p.groups {
		if len(g.cells) < poor {
			p.result.warn("condition %s has %s: figures of so few are poor (--min-rows leaves such out)", g.name, counted(len(g.cells), "cell"))
		}
	}
	if without > 0 {
		p.result.warn("%s without a value in %s: of no condition", counted(without, "cell"), strings.Join(p.schema.Names(), ", "))
	}
	columns, err := p.conditionColumns()
	if err != nil {
		return err
	}
	for _, c := range columns {
		if counts, _ := c.Counts(); slices.Contains(counts, 0) {
			p.result.warn("column %s has categories without cells", c.Name)
		}
	}
	return nil
}

// dropSmall leaves the cells of conditions of fewer than --min-rows out.
func (p *preparation) dropSmall() error {
	small := make([]bool, p.obs.Len())
	few, left := 0, 0
	for _, g := range p.groups {
		if len(g.cells) >= p.minRows {
			continue
		}
		few, left = few+1, left+len(g.cells)
		for _, i := range g.cells {
			small[i] = true
		}
	}
	if few == 0 {
		return nil
	}
	if few == len(p.groups) {
		return fmt.Errorf("--min-rows %d: %s has no condition of as many cells", p.minRows, p.result.File)
	}
	p.result.Dropped = append(p.result.Dropped, dropped{fmt.Sprintf("cells of %s of fewer than %d", counted(few, "condition"), p.minRows), left})
	var kept []int
	for i, is := range small {
		if !is {
			kept = append(kept, i)
		}
	}
	if err := p.keepCells(kept); err != nil {
		return err
	}
	_, err := p.group()
	return err
}

// conditionColumns are the columns of obs that make a condition.
func (p *preparation) conditionColumns() ([]*anndata.Column, error) {
	columns := make([]*anndata.Column, len(p.schema.Variables))
	for k, v := range p.schema.Variables {
		var err error
		if columns[k], err = p.obs.Column(v.Name); err != nil {
			return nil, fmt.Errorf("--condition: %s: %w", p.result.File, err)
		}
	}
	return columns, nil
}

// settleKinds guesses the kinds of columns that were named without one from the
// cells that are no control, as fit does.
func (p *preparation) settleKinds() error {
	isControl, err := p.marked("control", p.controls)
	if err != nil {
		return err
	}
	columns, err := p.conditionColumns()
	if err != nil {
		return err
	}
	for k, c := range columns {
		var cells []string
		for i, is := range isControl {
			if !is {
				cells = append(cells, c.Cell(i))
			}
		}
		if note := p.schema.Variables[k].Guess(cells); note != "" {
			p.note("%s", note)
		}
	}
	return p.schema.Validate()
}

// group finds the control and the cells of each condition; cells without a
// value in one of the columns are of none, and counted.
func (p *preparation) group() (without int, err error) {
	if p.controls != nil {
		if p.controlCells, err = p.cells("control", p.controls); err != nil {
			return 0, err
		}
	}
	isControl := marks(p.obs.Len(), p.controlCells)
	columns, err := p.conditionColumns()
	if err != nil {
		return 0, err
	}
	p.groups = nil
	byKey, bySpelling := map[string]int{}, map[string]int{}
	cells := make([]string, len(columns))
	for i, is := range isControl {
		if is {
			continue
		}
		for k, c := range columns {
			cells[k] = c.Cell(i)
		}
		if slices.Contains(cells, "") {
			without++
			continue
		}
		spelling := strings.Join(cells, "\x00")
		g, known := bySpelling[spelling]
		if !known {
			value, err := p.schema.ParseCells(cells)
			if err != nil {
				return 0, fmt.Errorf("--condition: %s: cell %s: %w", p.result.File, p.obs.Index[i], err)
			}
			key := p.schema.Key(value)
			if g, known = byKey[key]; !known {
				g = len(p.groups)
				p.groups = append(p.groups, cellGroup{name: p.schema.Format(value), value: value})
			}
			byKey[key], bySpelling[spelling] = g, g
		}
		p.groups[g].cells = append(p.groups[g].cells, i)
	}
	return without, nil
}

// holdOut finds the cells of the conditions that --holdout names.
func (p *preparation) holdOut() (cells []int, err error) {
	for _, text := range p.holdout {
		what, err := p.schema.ParsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("--holdout: %w", err)
		}
		var names []string
		found := false
		for _, g := range p.groups {
			names = append(names, g.name)
			if what.Matches(g.value) {
				found = true
				cells = append(cells, g.cells...)
			}
		}
		if !found {
			return nil, fmt.Errorf("--holdout %s: %s has no cell of such a condition (%s)", text, p.result.File, spell.Suggest(text, names))
		}
	}
	return cells, nil
}
