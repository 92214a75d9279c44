package plots

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// StagePanel is one panel of [Stages]: points carried to where a map had them at some stage of training,
// over the clouds that they come from and should reach.
type StagePanel struct {
	Title                   string
	Source, Target, Carried *mat.Dense // a row a point; the first two columns are drawn
}

// outside is the share of carried points beyond the frame of source and target from which a panel has
// axes of its own.
const outside = 0.05

// Stages draws small square panels in rows (Bunne et al. 2022, figure 8b): source and target, and the
// carried points over them. All panels have the frame of all sources and targets, with a quarter of
// its width on each side. One that more than 5 % of its carried points leave has wider axes, which hold
// them all; its title says how much wider.
func Stages(rows [][]StagePanel) (*Figure, error) {
	var frame span
	for _, row := range rows {
		for _, p := range row {
			for _, m := range []*mat.Dense{p.Source, p.Target} {
				if err := frame.addCloud(m); err != nil {
					return nil, fmt.Errorf("panel %q: %w", p.Title, err)
				}
			}
		}
	}
	frame = frame.padded(false, .25)
	panels := make([][]*plot.Plot, len(rows))
	var legend []Entry
	for i, row := range rows {
		for j, sp := range row {
			p, entries, err := sp.panel(frame)
			if err != nil {
				return nil, fmt.Errorf("panel %q: %w", sp.Title, err)
			}
			if j > 0 {
				p.Y.Label.Text = ""
			}
			if i+1 < len(rows) {
				p.X.Label.Text = ""
			}
			panels[i] = append(panels[i], p)
			legend = append(legend, entries...)
		}
	}
	if len(panels) == 0 || len(panels[0]) == 0 {
		return nil, errors.New("drawing stages: no panels")
	}
	const side = 4.6 * vg.Centimeter
	return grid(panels, legend, side, side)
}

// panel draws the clouds within a square.
func (sp StagePanel) panel(frame span) (*plot.Plot, []Entry, error) {
	var own span
	if err := own.addCloud(sp.Carried); err != nil {
		return nil, nil, fmt.Errorf("carried points: %w", err)
	}
	view, title := frame, sp.Title
	if sp.leaves(frame) {
		own.add(frame.min, frame.max)
		view = own.padded(false, .05)
		title += fmt.Sprintf(", %.3g× wider", (view.max-view.min)/(frame.max-frame.min))
	}
	p, err := NewPanel(title, Axis{Label: "x₁"}, Axis{Label: "x₂"})
	if err != nil {
		return nil, nil, err
	}
	Axis{Label: "x₁"}.set(&p.X, view)
	Axis{Label: "x₂"}.set(&p.Y, view)
	var legend []Entry
	for _, c := range []Cloud{{"source", sp.Source}, {"target", sp.Target}, {"transported", sp.Carried}} {
		d, err := c.dots()
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		d.at = slices.DeleteFunc(d.at, func(q vg.Point) bool {
			return min(float64(q.X), float64(q.Y)) < view.min || max(float64(q.X), float64(q.Y)) > view.max
		})
		p.Add(d)
		legend = append(legend, Entry{c.Name, d})
	}
	return p, legend, nil
}

// leaves says whether more than a few carried points are beyond the frame.
func (sp StagePanel) leaves(frame span) bool {
	n, _ := sp.Carried.Dims()
	beyond := 0
	for i := range n {
		for j := range 2 {
			if v := sp.Carried.At(i, j); v < frame.min || v > frame.max {
				beyond++
				break
			}
		}
	}
	return float64(beyond) > outside*float64(n)
}

// addCloud adds the first two columns.
func (s *span) addCloud(m *mat.Dense) error {
	if m == nil || m.IsEmpty() {
		return errors.New("a cloud without points")
	}
	n, d := m.Dims()
	if d < 2 {
		return fmt.Errorf("a cloud of %d column; two are drawn", d)
	}
	for i := range n {
		for j := range 2 {
			if v := m.At(i, j); !finite(v) {
				return fmt.Errorf("row %d, column %d is %g", i, j, v)
			}
			s.add(m.At(i, j))
		}
	}
	return nil
}
