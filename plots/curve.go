package plots

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curve draws one series: a band or bars for its interval, its line, its markers.
type curve struct {
	Series
	style Style
	shift vg.Length // to the right, so that bars at one x do not cover each other
	marks bool
	fill  bool // the area down to base, lightly
	base  float64
}

// Plot implements plot.Plotter.
func (s curve) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	at := func(i int, y float64) vg.Point { return vg.Point{X: trX(s.X[i]) + s.shift, Y: trY(y)} }
	for _, run := range runs(s.Y) {
		line := make([]vg.Point, 0, run[1]-run[0])
		for i := run[0]; i < run[1]; i++ {
			line = append(line, at(i, s.Y[i]))
		}
		if s.fill {
			area := append([]vg.Point{{X: line[0].X, Y: trY(s.base)}}, line...)
			area = append(area, vg.Point{X: line[len(line)-1].X, Y: trY(s.base)})
			c.FillPolygon(fade(s.style.Color, 0x38), c.ClipPolygonXY(area))
		}
		if s.Low != nil && !s.marks {
			band := make([]vg.Point, 0, 2*len(line))
			for i := run[0]; i < run[1]; i++ {
				band = append(band, at(i, s.High[i]))
			}
			for i := run[1] - 1; i >= run[0]; i-- {
				band = append(band, at(i, s.Low[i]))
			}
			c.FillPolygon(fade(s.style.Color, 0x30), c.ClipPolygonXY(band))
		}
		c.StrokeLines(s.lineStyle(), c.ClipLinesXY(line)...)
		if s.marks {
			s.drawMarks(c, run, at)
		}
	}
}

func (s curve) drawMarks(c draw.Canvas, run [2]int, at func(int, float64) vg.Point) {
	bar := draw.LineStyle{Color: s.style.Color, Width: vg.Points(1)}
	const cap = vg.Length(1.8)
	for i := run[0]; i < run[1]; i++ {
		if s.Low != nil {
			lo, hi := at(i, s.Low[i]), at(i, s.High[i])
			c.StrokeLines(bar, c.ClipLinesXY([]vg.Point{lo, hi})...)
			for _, end := range []vg.Point{lo, hi} {
				c.StrokeLines(bar, c.ClipLinesXY([]vg.Point{{X: end.X - cap, Y: end.Y}, {X: end.X + cap, Y: end.Y}})...)
			}
		}
		c.DrawGlyph(s.glyphStyle(), at(i, s.Y[i]))
	}
}

func (s curve) lineStyle() draw.LineStyle {
	return draw.LineStyle{Color: s.style.Color, Width: lineWidth, Dashes: s.style.Dashes}
}

func (s curve) glyphStyle() draw.GlyphStyle {
	return draw.GlyphStyle{Color: s.style.Color, Radius: glyphSize, Shape: s.style.Glyph}
}

// Thumbnail implements plot.Thumbnailer.
func (s curve) Thumbnail(c *draw.Canvas) {
	if s.fill {
		c.FillPolygon(fade(s.style.Color, 0x38), []vg.Point{c.Min, {X: c.Min.X, Y: c.Max.Y}, c.Max, {X: c.Max.X, Y: c.Min.Y}})
	}
	y := c.Center().Y
	c.StrokeLine2(s.lineStyle(), c.Min.X, y, c.Max.X, y)
	if s.marks {
		c.DrawGlyphNoClip(s.glyphStyle(), c.Center())
	}
}

// runs are the stretches [from, to) of y without NaN.
func runs(y []float64) (list [][2]int) {
	from := -1
	for i := range len(y) + 1 {
		switch {
		case i < len(y) && finite(y[i]):
			if from < 0 {
				from = i
			}
		case from >= 0:
			list = append(list, [2]int{from, i})
			from = -1
		}
	}
	return list
}

// dots draws points.
type dots struct {
	at    []vg.Point // in data coordinates
	color color.NRGBA
}

// Plot implements plot.Plotter.
func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	style := d.glyphStyle()
	for _, q := range d.at {
		c.DrawGlyph(style, vg.Point{X: trX(float64(q.X)), Y: trY(float64(q.Y))})
	}
}

func (d dots) glyphStyle() draw.GlyphStyle {
	return draw.GlyphStyle{Color: fade(d.color, 0x80), Radius: vg.Points(1.15), Shape: draw.CircleGlyph{}}
}

// Thumbnail implements plot.Thumbnailer.
func (d dots) Thumbnail(c *draw.Canvas) {
	style := d.glyphStyle()
	style.Color, style.Radius = d.color, vg.Points(2.6)
	c.DrawGlyphNoClip(style, c.Center())
}
