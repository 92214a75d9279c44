package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/internal/spell"
)

// cellGroup is the cells of a condition.
type cellGroup struct {
	name  string
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

// cells are the numbers of the cells that a pattern describes.
func (p *preparation) cells(flag string, what pattern) ([]int, error) {
	is := make([]bool, p.obs.Len())
	for k, part := range what {
		c, err := p.obs.Column(part.column)
		if err != nil {
			return nil, fmt.Errorf("--%s: %s: %w", flag, p.result.File, err)
		}
		for i := range is {
			is[i] = (k == 0 || is[i]) && sameValue(c.Cell(i), part.value)
		}
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
	if err := p.group(); err != nil {
		return err
	}
	few := map[string]bool{}
	var kept []int
	left := 0
	for _, g := range p.groups {
		if len(g.cells) < p.minRows {
			few[g.name] = true
			left += len(g.cells)
			continue
		}
		kept = append(kept, g.cells...)
	}
	if len(few) > 0 {
		p.result.Dropped = append(p.result.Dropped, dropped{fmt.Sprintf("cells of %s of fewer than %d", counted(len(few), "condition"), p.minRows), left})
		kept = append(kept, p.controlCells...)
		slices.Sort(kept)
		if len(kept) == 0 {
			return fmt.Errorf("--min-rows %d: %s has no condition of as many cells", p.minRows, p.result.File)
		}
		if err := p.keepCells(kept); err != nil {
			return err
		}
		if err := p.group(); err != nil {
			return err
		}
	}
	const poor = 20
	for _, g := range p.groups {
		if len(g.cells) < poor {
			p.result.warn("condition %s has %s: figures of so few are poor (--min-rows leaves such out)", g.name, counted(len(g.cells), "cell"))
		}
	}
	return nil
}

// group finds the control and the cells of each condition; cells without a
// value in one of the columns are of none.
func (p *preparation) group() (err error) {
	isControl := make([]bool, p.obs.Len())
	if p.controls != nil {
		if p.controlCells, err = p.cells("control", p.controls); err != nil {
			return err
		}
		for _, i := range p.controlCells {
			isControl[i] = true
		}
	}
	columns := make([]*anndata.Column, len(p.conditions))
	for k, name := range p.conditions {
		name, _, _ = strings.Cut(name, ":") // a kind, as fit has it, is no matter here
		if columns[k], err = p.obs.Column(name); err != nil {
			return fmt.Errorf("--condition: %s: %w", p.result.File, err)
		}
	}
	p.groups = nil
	at, without := map[string]int{}, 0
	parts := make([]string, len(columns))
cells:
	for i := range p.obs.Len() {
		if isControl[i] {
			continue
		}
		for k, c := range columns {
			if c.Cell(i) == "" {
				without++
				continue cells
			}
			parts[k] = c.Name + "=" + c.Cell(i)
		}
		name := strings.Join(parts, ",")
		g, known := at[name]
		if !known {
			g = len(p.groups)
			at[name] = g
			p.groups = append(p.groups, cellGroup{name: name})
		}
		p.groups[g].cells = append(p.groups[g].cells, i)
	}
	if without > 0 {
		p.result.warn("%s without a value in %s: of no condition", counted(without, "cell"), strings.Join(p.conditions, ", "))
	}
	for _, c := range columns {
		if counts, _ := c.Counts(); slices.Contains(counts, 0) {
			p.result.warn("column %s has categories without cells", c.Name)
		}
	}
	return nil
}
