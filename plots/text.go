package plots

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// note is a line of text in a corner of a panel.
type note struct {
	text        string
	right, over bool // in which corner
}

// Plot implements plot.Plotter.
func (n note) Plot(c draw.Canvas, _ *plot.Plot) {
	const inset = vg.Length(5)
	sty := letters(tickSize, ink)
	at := vg.Point{X: c.Min.X + inset, Y: c.Min.Y + inset}
	sty.YAlign = draw.YBottom
	if n.right {
		at.X, sty.XAlign = c.Max.X-inset, draw.XRight
	}
	if n.over {
		at.Y, sty.YAlign = c.Max.Y-inset, draw.YTop
	}
	c.FillText(sty, at, n.text)
}

// letters is text of the house's font.
func letters(size vg.Length, c color.Color) text.Style {
	sty := plot.New().Legend.TextStyle
	sty.Font = font.From(sans, size)
	sty.Color = c
	return sty
}
