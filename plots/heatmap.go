package plots

import (
	"errors"
	"fmt"
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// HeatMapPanel is one panel of [HeatMaps]: a table of values.
type HeatMapPanel struct {
	Title   string
	Rows    []string    // from top to bottom
	Columns []string    // from left to right
	Values  [][]float64 // a slice a row; NaN leaves a cell empty
}

// writtenColumns is how many columns a heat map may have to have its values written in its cells.
const writtenColumns = 12

// HeatMaps draws tables of values as coloured cells, side by side, with one scale below: sensitivity
// indices of inputs (rows) over outputs or years (columns). Colours grow darker with the value, from
// scale.Min to scale.Max or over the range of the values; where there are at most 12 columns, values are
// written too. Of many columns every second, fifth, … is named. The axes' titles come from x, y and scale, none of which is logarithmic.
//
// An error names the panel, the row and the column of a value that cannot be drawn.
func HeatMaps(x, y, scale Axis, panels ...HeatMapPanel) (*Figure, error) {
	if len(panels) == 0 {
		return nil, errors.New("drawing heat maps: no panels")
	}
	if x.Log || y.Log || scale.Log {
		return nil, errors.New("drawing heat maps: no axis is logarithmic")
	}
	var all span
	most, wide := 0, 0
	for _, p := range panels {
		if err := p.check(scale); err != nil {
			return nil, fmt.Errorf("panel %q: %w", p.Title, err)
		}
		for _, row := range p.Values {
			all.add(row...)
		}
		most, wide = max(most, len(p.Rows)), max(wide, len(p.Columns))
	}
	if scale.Min != 0 || scale.Max != 0 {
		all = span{scale.Min, scale.Max, true}
	}
	if !all.any || all.max == all.min {
		all = all.padded(false, 0)
	}
	row := make([]*plot.Plot, len(panels))
	for i, hp := range panels {
		p, err := hp.panel(x, y, all)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			p.Y.Label.Text = ""
		}
		row[i] = p
	}
	width := vg.Length(min(12, max(6, 3+.9*float64(wide)))) * vg.Centimeter
	height := 2.2*vg.Centimeter + .62*vg.Centimeter*vg.Length(most)
	f, err := grid([][]*plot.Plot{row}, nil, width, height)
	if err != nil {
		return nil, err
	}
	tables, body := f.draw, f.height
	f.height += scaleHeight
	f.draw = func(c draw.Canvas) {
		c.SetColor(color.White)
		c.Fill(c.Rectangle.Path())
		tables(draw.Crop(c, 0, 0, scaleHeight, 0))
		drawScale(draw.Crop(c, margin, -margin, margin, -body), scale, all)
	}
	return f, nil
}

func (hp HeatMapPanel) check(scale Axis) error {
	if len(hp.Rows) == 0 || len(hp.Columns) == 0 || len(hp.Values) != len(hp.Rows) {
		return fmt.Errorf("%d rows of values for %d names and %d columns", len(hp.Values), len(hp.Rows), len(hp.Columns))
	}
	for i, row := range hp.Values {
		if len(row) != len(hp.Columns) {
			return fmt.Errorf("row %q has %d values for %d columns", hp.Rows[i], len(row), len(hp.Columns))
		}
		for j, v := range row {
			if v != v {
				continue
			}
			if err := scale.admits(v); err != nil {
				return fmt.Errorf("row %q, column %q: %w", hp.Rows[i], hp.Columns[j], err)
			}
		}
	}
	return nil
}

func (hp HeatMapPanel) panel(x, y Axis, all span) (*plot.Plot, error) {
	n, m := len(hp.Rows), len(hp.Columns)
	p, err := NewPanel(hp.Title, Axis{Label: x.Label, Unit: x.Unit, Min: -.5, Max: float64(m) - .5}, Axis{Label: y.Label, Unit: y.Unit, Min: -.5, Max: float64(n) - .5})
	if err != nil {
		return nil, err
	}
	var across, up plot.ConstantTicks
	for i, name := range hp.Rows {
		up = append(up, plot.Tick{Value: float64(n - 1 - i), Label: name})
	}
	every := named(m)
	for j := 0; j < m; j += every {
		across = append(across, plot.Tick{Value: float64(j), Label: hp.Columns[j]})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = across, up
	p.Add(heat{hp, all})
	return p, nil
}

// named is how many columns there are from one that is named to the next.
func named(columns int) int {
	for every := 1; ; every *= 10 {
		for _, m := range []int{1, 2, 5} {
			if columns <= m*every*writtenColumns {
				return m * every
			}
		}
	}
}

// heat draws the cells.
type heat struct {
	HeatMapPanel
	span
}

// Plot implements plot.Plotter.
func (h heat) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, row := range h.Values {
		y := float64(len(h.Rows) - 1 - i)
		for j, v := range row {
			if v != v {
				continue
			}
			x, share := float64(j), h.share(v)
			lo, hi := vg.Point{X: trX(x - .5), Y: trY(y - .5)}, vg.Point{X: trX(x + .5), Y: trY(y + .5)}
			c.FillPolygon(shade(share), []vg.Point{lo, {X: lo.X, Y: hi.Y}, hi, {X: hi.X, Y: lo.Y}})
			if len(h.Columns) > writtenColumns {
				continue
			}
			sty := letters(tickSize, ink)
			if share > .5 {
				sty.Color = color.White
			}
			sty.XAlign, sty.YAlign = draw.XCenter, draw.YCenter
			c.FillText(sty, vg.Point{X: trX(x), Y: trY(y)}, strconv.FormatFloat(v, 'g', 2, 64))
		}
	}
}

// share is where in the scale's range a value is, between 0 and 1.
func (s span) share(v float64) float64 { return min(1, max(0, (v-s.min)/(s.max-s.min))) }

// shades of the scale: blues of falling lightness.
var shades = []color.NRGBA{rgb(0xf4f8fb), rgb(0xb6d4e8), rgb(0x56a0cf), rgb(0x0f5f9e), rgb(0x06294d)}

// shade is the colour of a share of the scale.
func shade(share float64) color.NRGBA {
	at := share * float64(len(shades)-1)
	k := min(int(at), len(shades)-2)
	a, b, w := shades[k], shades[k+1], at-float64(k)
	m := func(a, b uint8) uint8 { return uint8((1-w)*float64(a) + w*float64(b) + .5) }
	return color.NRGBA{R: m(a.R, b.R), G: m(a.G, b.G), B: m(a.B, b.B), A: 0xff}
}

const scaleHeight = vg.Length(30)

// drawScale draws the colours with their marks and the scale's title in the middle of c.
func drawScale(c draw.Canvas, scale Axis, all span) {
	const width, height, steps = 5 * vg.Centimeter, vg.Length(9), 100
	left, top := c.Center().X-width/2, c.Max.Y-2
	for k := range steps {
		x := left + width*vg.Length(k)/steps
		c.FillPolygon(shade((float64(k)+.5)/steps), []vg.Point{{X: x, Y: top - height}, {X: x, Y: top}, {X: x + width/steps + .3, Y: top}, {X: x + width/steps + .3, Y: top - height}})
	}
	sty := letters(tickSize, ink)
	sty.XAlign, sty.YAlign = draw.XCenter, draw.YTop
	for _, t := range linearTicks(all.min, all.max) {
		x := left + width*vg.Length(all.share(t.Value))
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: hairline}, x, top-height-3, x, top-height)
		c.FillText(sty, vg.Point{X: x, Y: top - height - 4}, t.Label)
	}
	title := letters(labelSize, ink)
	title.XAlign, title.YAlign = draw.XRight, draw.YCenter
	c.FillText(title, vg.Point{X: left - 10, Y: top - height/2}, scale.text())
}
