package plots

import (
	"errors"
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PairedGroup holds the values that two methods have at the same conditions.
type PairedGroup struct {
	Name string    // known, unknown, combination or another; [StyleOf] makes its look
	X, Y []float64 // a value a condition; NaN where a method has none
}

// PairedPanel is one panel of [Paired]: the method of the vertical axis against that of the horizontal one.
type PairedPanel struct {
	Title  string
	X, Y   Axis // their titles, units and, the same for both, the scale; their range is shared
	Groups []PairedGroup
}

// Paired draws, side by side, the values of one method against those of another, a mark a condition,
// with the diagonal and how many marks are above and below it (Bunne et al. 2022, figure 5). Conditions
// at which one of the two has no value are left out and counted.
//
// An error names the panel, the group and the index of a value that cannot be drawn.
func Paired(panels ...PairedPanel) (*Figure, error) {
	if len(panels) == 0 {
		return nil, errors.New("drawing pairs of values: no panels")
	}
	var names []string
	for _, pp := range panels {
		for _, g := range pp.Groups {
			names = append(names, g.Name)
		}
	}
	looks := stylesOf(names)
	row := make([]*plot.Plot, len(panels))
	var legend []Entry
	for i, pp := range panels {
		p, entries, err := pp.panel(looks[:len(pp.Groups)])
		looks = looks[len(pp.Groups):]
		if err != nil {
			return nil, fmt.Errorf("panel %q: %w", pp.Title, err)
		}
		row[i], legend = p, append(legend, entries...)
	}
	const side = 6.6 * vg.Centimeter
	return grid([][]*plot.Plot{row}, legend, side, side)
}

func (pp PairedPanel) panel(looks []Style) (*plot.Plot, []Entry, error) {
	if pp.X.Log != pp.Y.Log {
		return nil, nil, errors.New("one axis is logarithmic and the other is not: there is no diagonal")
	}
	p, err := NewPanel(pp.Title, pp.X, pp.Y)
	if err != nil {
		return nil, nil, err
	}
	p.Add(diagonal{})
	var all span
	var legend []Entry
	var above, below, on, missing int
	for k, g := range pp.Groups {
		m, err := g.marks(pp.X, pp.Y)
		m.style = looks[k]
		if err != nil {
			return nil, nil, fmt.Errorf("group %q: %w", g.Name, err)
		}
		missing += len(g.X) - len(m.x)
		for k, x := range m.x {
			switch y := m.y[k]; {
			case y > x:
				above++
			case y < x:
				below++
			default:
				on++
			}
		}
		all.add(m.x...)
		all.add(m.y...)
		p.Add(m)
		legend = append(legend, Entry{g.Name, m})
	}
	all = all.padded(pp.X.Log, .06)
	pp.X.set(&p.X, all)
	pp.Y.set(&p.Y, all)
	p.X.Min, p.X.Max = min(p.X.Min, p.Y.Min), max(p.X.Max, p.Y.Max)
	p.Y.Min, p.Y.Max = p.X.Min, p.X.Max
	p.Add(note{text: fmt.Sprintf("%d above", above), over: true})
	p.Add(note{text: fmt.Sprintf("%d below", below) + also(on, "on it") + also(missing, "without a value"), right: true})
	return p, legend, nil
}

// also is a further count, if there is one.
func also(n int, what string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d %s", n, what)
}

// marks checks the group and keeps the conditions at which both methods have a value.
func (g PairedGroup) marks(x, y Axis) (m pairMarks, err error) {
	if len(g.X) != len(g.Y) {
		return m, fmt.Errorf("%d values across and %d up", len(g.X), len(g.Y))
	}
	for i := range g.X {
		if g.X[i] != g.X[i] || g.Y[i] != g.Y[i] {
			continue
		}
		if err := x.admits(g.X[i]); err != nil {
			return m, fmt.Errorf("x[%d]: %w", i, err)
		}
		if err := y.admits(g.Y[i]); err != nil {
			return m, fmt.Errorf("y[%d]: %w", i, err)
		}
		m.x, m.y = append(m.x, g.X[i]), append(m.y, g.Y[i])
	}
	return m, nil
}

// pairMarks draws a group's pairs of values.
type pairMarks struct {
	x, y  []float64
	style Style
}

// Plot implements plot.Plotter.
func (m pairMarks) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, x := range m.x {
		c.DrawGlyph(m.glyph(), vg.Point{X: trX(x), Y: trY(m.y[i])})
	}
}

func (m pairMarks) glyph() draw.GlyphStyle {
	return draw.GlyphStyle{Color: m.style.Color, Radius: 2.4, Shape: m.style.Glyph}
}

// Thumbnail implements plot.Thumbnailer.
func (m pairMarks) Thumbnail(c *draw.Canvas) { c.DrawGlyphNoClip(m.glyph(), c.Center()) }

// diagonal is the line of equal values of axes with one range.
type diagonal struct{}

// Plot implements plot.Plotter.
func (diagonal) Plot(c draw.Canvas, _ *plot.Plot) {
	c.StrokeLine2(draw.LineStyle{Color: grey, Width: 0.8, Dashes: dashed}, c.Min.X, c.Min.Y, c.Max.X, c.Max.Y)
}
