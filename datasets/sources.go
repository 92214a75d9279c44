package datasets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/spell"
)

// findControl marks the rows that Control names, by their text or number.
func (b *builder) findControl() error {
	if b.options.Control == "" {
		return nil
	}
	name, value, ok := strings.Cut(b.options.Control, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" {
		return fmt.Errorf("datasets: control %q; write NAME=VALUE, such as dose=0", b.options.Control)
	}
	cells, err := b.target.Column(name)
	if err != nil {
		return err
	}
	b.controlColumn = name
	for i, cell := range cells {
		b.control[i] = sameCell(cell, value)
	}
	return nil
}

// sameCell compares cells as text, or as numbers where both are.
func sameCell(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if a == b {
		return true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

// findEmptySets marks rows whose set is empty where that is what Control names,
// in another of its spellings, or, in a single table without Control, what
// stands for it.
func (b *builder) findEmptySets() error {
	implied := b.source == nil && b.options.Control == ""
	for i, v := range b.schema.Variables {
		if v.Kind != condition.Set || !implied && v.Name != b.controlColumn {
			continue
		}
		one := condition.Schema{Variables: b.schema.Variables[i : i+1]}
		if !implied {
			_, value, _ := strings.Cut(b.options.Control, "=")
			if asked, err := one.ParseCells([]string{value}); err != nil || len(asked[0].Labels) > 0 {
				continue
			}
		}
		cells, err := b.target.Column(v.Name)
		if err != nil {
			return err
		}
		empty := map[string]bool{}
		for row, cell := range cells {
			is, known := empty[cell]
			if !known {
				value, err := one.ParseCells([]string{cell})
				is = err == nil && len(value[0].Labels) == 0
				empty[cell] = is
			}
			b.control[row] = b.control[row] || is
		}
		if implied {
			b.controlColumn = v.Name
			b.note("rows with no %s (control, ctrl or empty) are taken as the source; name others by a control NAME=VALUE", v.Name)
			break
		}
	}
	return nil
}

// takeSource settles which rows are source points.
func (b *builder) takeSource() error {
	var controls []int
	for row, is := range b.control {
		if is {
			controls = append(controls, row)
		}
	}
	if b.source != nil {
		if len(controls) > 0 {
			b.report.Dropped = append(b.report.Dropped, Dropped{fmt.Sprintf("control rows (%s) beside a source table", b.options.Control), len(controls)})
		}
		b.sourceRows = make([]int, b.source.Len())
		for i := range b.sourceRows {
			b.sourceRows[i] = i
		}
		return nil
	}
	if b.controlColumn == "" {
		return fmt.Errorf("datasets: %s alone: name its source rows by a control NAME=VALUE, such as dose=0, or give a source table", b.target.name())
	}
	if len(controls) == 0 {
		return b.noControl()
	}
	b.source, b.sourceRows = b.target, controls
	return nil
}

func (b *builder) noControl() error {
	cells, err := b.target.Column(b.controlColumn)
	if err != nil {
		return err
	}
	present := slices.Clone(cells)
	slices.Sort(present)
	wanted := b.options.Control
	if wanted == "" {
		wanted = b.controlColumn + "=control"
	}
	_, value, _ := strings.Cut(wanted, "=")
	return fmt.Errorf("datasets: %s has no row with %s (%s)", b.target.name(), wanted, spell.Suggest(value, slices.Compact(present)))
}

// matchSources gives each condition its source cloud.
func (b *builder) matchSources() error {
	by, err := b.matchBy()
	if err != nil {
		return err
	}
	rows := b.sourceRowsBy(by)
	clouds := map[string]group{}
	for i := range b.groups {
		g := &b.groups[i]
		key := b.matchKey(by, g.Condition)
		made, ok := clouds[key]
		if !ok {
			if len(rows[key]) < 2 {
				return fmt.Errorf("datasets: %s has %d source rows for condition %s; a cloud needs two or more", b.source.name(), len(rows[key]), b.schema.Key(g.Condition))
			}
			if b.source.Sparse != nil {
				made.sparseSource, made.sourceWeights, err = b.source.SparseCloud(rows[key])
			} else {
				made.source, made.sourceWeights = b.source.Cloud(rows[key])
			}
			if err != nil {
				return err
			}
			if err := checkWeights(made.sourceWeights, len(rows[key])); err != nil {
				return fmt.Errorf("datasets: %s: source of %s: %w", b.source.name(), b.schema.Key(g.Condition), err)
			}
			clouds[key] = made
		}
		g.source, g.sparseSource, g.sourceWeights = made.source, made.sparseSource, made.sourceWeights
	}
	unused := len(b.sourceRows)
	for key := range clouds {
		unused -= len(rows[key])
	}
	if len(by) > 0 {
		names := make([]string, len(by))
		for i, at := range by {
			names[i] = b.schema.Variables[at].Name
		}
		b.note("each condition has the source rows of its own %s", strings.Join(names, ", "))
		if unused > 0 {
			b.report.Dropped = append(b.report.Dropped, Dropped{fmt.Sprintf("source rows with the %s of no condition", strings.Join(names, ", ")), unused})
		}
	}
	return nil
}

// matchBy is the variables by which source rows belong to conditions: those
// asked for, else those for which every condition has its rows in the source.
func (b *builder) matchBy() ([]int, error) {
	var by []int
	if b.options.Match != nil {
		for _, name := range b.options.Match {
			at := slices.Index(b.schema.Names(), name)
			if at < 0 {
				return nil, fmt.Errorf("datasets: sources cannot be matched by %s, which is no variable of a condition (%s)", name, spell.Suggest(name, b.schema.Names()))
			}
			if _, err := b.source.Column(name); err != nil {
				return nil, err
			}
			by = append(by, at)
		}
		return by, nil
	}
	for at := range b.schema.Variables {
		if missing, possible := b.missingSource([]int{at}); possible && missing == "" {
			by = append(by, at)
		} else if possible && b.schema.Variables[at].Kind != condition.Set {
			b.note("sources are not matched by %s: there are no two source rows with %s", b.schema.Variables[at].Name, missing)
		}
	}
	if missing, _ := b.missingSource(by); missing != "" {
		b.note("all conditions share one source: there are no two source rows with %s", missing)
		return nil, nil
	}
	return by, nil
}

// missingSource names a condition, in some of its variables, without two
// source rows of its own. possible is false where the source has none of the
// labels at all, because it lacks the column or because the variable tells
// source from target.
func (b *builder) missingSource(by []int) (missing string, possible bool) {
	rows := b.sourceRowsBy(by)
	for _, g := range b.groups {
		key := b.matchKey(by, g.Condition)
		switch {
		case len(rows[key]) >= 2:
			possible = true
		case missing == "":
			names := make([]string, len(by))
			for i, at := range by {
				names[i] = b.schema.Variables[at].Name
			}
			missing = strings.Join(names, ", ") + "=" + key
		}
	}
	return missing, possible
}

// sourceRowsBy collects source rows by what they hold in some variables. Rows
// whose cells cannot be read there belong to no condition.
func (b *builder) sourceRowsBy(by []int) map[string][]int {
	rows := map[string][]int{}
	if len(by) == 0 {
		rows[""] = b.sourceRows
		return rows
	}
	part := b.part(by)
	columns := make([][]string, len(by))
	for i, v := range part.Variables {
		var err error
		if columns[i], err = b.source.Column(v.Name); err != nil {
			return rows
		}
	}
	cells := make([]string, len(by))
	keys := map[string]string{} // cells as they stand -> key
	for _, row := range b.sourceRows {
		for i := range cells {
			cells[i] = columns[i][row]
		}
		text := strings.Join(cells, "\x00")
		key, known := keys[text]
		if !known {
			key = "\x00" // no condition's key
			if value, err := part.ParseCells(cells); err == nil {
				key = part.Key(value)
			}
			keys[text] = key
		}
		rows[key] = append(rows[key], row)
	}
	return rows
}

// part is the schema of some of the variables.
func (b *builder) part(by []int) condition.Schema {
	var part condition.Schema
	for _, at := range by {
		part.Variables = append(part.Variables, b.schema.Variables[at])
	}
	return part
}

// matchKey is what a condition is in some of its variables.
func (b *builder) matchKey(by []int, v condition.Value) string {
	value := make(condition.Value, len(by))
	for i, at := range by {
		value[i] = v[at]
	}
	return b.part(by).Key(value)
}
