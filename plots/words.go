package plots

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// blank stands for words that take their room in a panel and are drawn by drawWords.
const blank = " "

// wordless copies panels with a blank for the title and the vertical axis's label. Gonum sets the titles of
// a row at different heights where the marks of one panel stick out. And it makes room for the label
// about the arithmetic middle of the axis, which is near the top of a logarithmic one, while it draws the label
// at half height.
func wordless(full [][]*plot.Plot) [][]*plot.Plot {
	bare := make([][]*plot.Plot, len(full))
	for i, row := range full {
		bare[i] = make([]*plot.Plot, len(row))
		for j, p := range row {
			if p == nil {
				continue
			}
			q := *p
			for _, text := range []*string{&q.Title.Text, &q.Y.Label.Text} {
				if *text != "" {
					*text = blank
				}
			}
			bare[i][j] = &q
		}
	}
	return bare
}

// drawWords draws what wordless left out of the panel p in c: the title right above its data, and the label
// of the vertical axis at half their height.
func drawWords(c draw.Canvas, p *plot.Plot, data draw.Canvas) {
	if title := p.Title; title.Text != "" {
		sty := title.TextStyle
		above := title.Padding + sty.Rectangle(title.Text).Size().Y + sty.FontExtents().Descent
		c.FillText(sty, vg.Point{X: c.Center().X, Y: data.Max.Y + above}, title.Text)
	}
	if label := p.Y.Label; label.Text != "" {
		sty := label.TextStyle
		sty.Rotation += math.Pi / 2
		x := c.Min.X + sty.Height(label.Text) - sty.FontExtents().Descent
		c.FillText(sty, vg.Point{X: x, Y: data.Center().Y}, label.Text)
	}
}
