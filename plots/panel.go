package plots

import (
	"errors"
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of the house style.
const (
	PanelWidth  = 6.4 * vg.Centimeter // of one panel in a grid, axes included
	PanelHeight = 5.2 * vg.Centimeter

	titleSize  = vg.Length(9.5)
	labelSize  = vg.Length(9)
	tickSize   = vg.Length(8)
	legendSize = vg.Length(9)
	lineWidth  = vg.Length(1.4)
	hairline   = vg.Length(0.5)
	glyphSize  = vg.Length(2.6)
)

var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

// NewPanel returns an empty plot in the house style, with its title, axes and grid. The caller adds
// plotters and hands it to [Grid]. An axis without Min and Max takes the range of what is added.
func NewPanel(title string, x, y Axis) (*plot.Plot, error) {
	if err := errors.Join(x.check("horizontal"), y.check("vertical")); err != nil {
		return nil, fmt.Errorf("panel %q: %w", title, err)
	}
	p := plot.New()
	p.Title.Text = title
	p.Title.Padding = vg.Points(4)
	p.Title.TextStyle.Font = font.From(sans, titleSize)
	for _, side := range []struct {
		axis *plot.Axis
		with Axis
	}{{&p.X, x}, {&p.Y, y}} {
		a := side.axis
		a.Padding = 0
		a.LineStyle = draw.LineStyle{Color: ink, Width: hairline}
		a.Tick.LineStyle = a.LineStyle
		a.Tick.Length = vg.Points(3)
		a.Tick.Label.Font = font.From(sans, tickSize)
		a.Label.TextStyle.Font = font.From(sans, labelSize)
		a.Label.Padding = vg.Points(2)
		lo, hi := a.Min, a.Max // gonum's: empty until something is added
		side.with.set(a, span{lo, hi, true})
	}
	p.Add(gridLines{})
	return p, nil
}

// gridLines draws a light line at every labelled mark.
type gridLines struct{}

// Plot implements plot.Plotter.
func (gridLines) Plot(c draw.Canvas, p *plot.Plot) {
	style := draw.LineStyle{Color: color.NRGBA{R: 0xe4, G: 0xe4, B: 0xe4, A: 0xff}, Width: hairline}
	trX, trY := p.Transforms(&c)
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if x := trX(t.Value); t.Label != "" && c.ContainsX(x) {
			c.StrokeLine2(style, x, c.Min.Y, x, c.Max.Y)
		}
	}
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if y := trY(t.Value); t.Label != "" && c.ContainsY(y) {
			c.StrokeLine2(style, c.Min.X, y, c.Max.X, y)
		}
	}
}

// Entry is a line of a legend: a name beside a small picture of its look.
type Entry struct {
	Name  string
	Thumb plot.Thumbnailer
}

// Grid puts panels in rows and columns with their data areas aligned, and one legend for all below
// them. A nil panel leaves its place empty; rows may differ in length. The figure is as wide as its
// longest row.
func Grid(rows [][]*plot.Plot, legend []Entry) (*Figure, error) {
	return grid(rows, legend, PanelWidth, PanelHeight)
}

func grid(rows [][]*plot.Plot, legend []Entry, width, height vg.Length) (*Figure, error) {
	full, columns := rectangular(rows)
	if columns == 0 {
		return nil, errors.New("drawing a figure: no panels")
	}
	f := &Figure{width: width*vg.Length(columns) + 2*margin, height: height*vg.Length(len(rows)) + 2*margin}
	lines := legendLines(legend, f.width-2*margin)
	below := vg.Length(len(lines)) * legendHeight
	f.height += below
	f.draw = func(c draw.Canvas) {
		c.SetColor(color.White)
		c.Fill(c.Rectangle.Path())
		bare := wordless(full)
		for i, row := range align(bare, draw.Crop(c, margin, -margin, margin+below, -margin)) {
			for j, at := range row {
				if full[i][j] != nil {
					bare[i][j].Draw(at)
					drawWords(at, full[i][j], bare[i][j].DataCanvas(at))
				}
			}
		}
		drawLegend(draw.Crop(c, margin, -margin, margin, 0), lines)
	}
	return f, nil
}

const margin = vg.Length(4) // round the figure

// rectangular fills short rows up with nil.
func rectangular(rows [][]*plot.Plot) (full [][]*plot.Plot, columns int) {
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	for _, row := range rows {
		full = append(full, append(slices.Clone(row), make([]*plot.Plot, columns-len(row))...))
	}
	return full, columns
}

// align is where the panels go in area.
func align(full [][]*plot.Plot, area draw.Canvas) [][]draw.Canvas {
	return plot.Align(full, draw.Tiles{Rows: len(full), Cols: len(full[0]), PadX: vg.Points(8), PadY: vg.Points(10)}, area)
}

const (
	legendHeight = vg.Length(15)
	thumbWidth   = vg.Length(22)
	entryGap     = vg.Length(14)
)

func legendStyle() draw.TextStyle {
	sty := letters(legendSize, ink)
	sty.YAlign = draw.YCenter
	return sty
}

func (e Entry) width(sty draw.TextStyle) vg.Length { return thumbWidth + 4 + sty.Width(e.Name) }

// legendLines breaks the entries into lines no wider than width; names that come twice are left out.
func legendLines(legend []Entry, width vg.Length) (lines [][]Entry) {
	sty := legendStyle()
	seen := map[string]bool{}
	var used vg.Length
	for _, e := range legend {
		if seen[e.Name] {
			continue
		}
		seen[e.Name] = true
		w := e.width(sty)
		if len(lines) == 0 || used+entryGap+w > width {
			lines, used = append(lines, nil), -entryGap
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], e)
		used += entryGap + w
	}
	return lines
}

// drawLegend draws the lines, each centred, upwards from the bottom of c.
func drawLegend(c draw.Canvas, lines [][]Entry) {
	sty := legendStyle()
	for i, line := range lines {
		var total vg.Length
		for _, e := range line {
			total += e.width(sty) + entryGap
		}
		x := c.Center().X - (total-entryGap)/2
		y := c.Min.Y + legendHeight*(vg.Length(len(lines)-i)-0.5)
		for _, e := range line {
			box := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: x, Y: y - legendHeight/3}, Max: vg.Point{X: x + thumbWidth, Y: y + legendHeight/3},
			}}
			if e.Thumb != nil {
				e.Thumb.Thumbnail(&box)
			}
			c.FillText(sty, vg.Point{X: x + thumbWidth + 4, Y: y}, e.Name)
			x += e.width(sty) + entryGap
		}
	}
}
