package plots

import (
	"errors"
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Interval is a value with its interval; Low and High are NaN where there is none, and Value where nothing
// is drawn.
type Interval struct{ Value, Low, High float64 }

// IntervalsSeries is one mark in each row of [Intervals].
type IntervalsSeries struct {
	Name   string // [StyleOf] makes its look
	Values []Interval
}

// Intervals draws, for each named row from top to bottom, the values of all series with their
// intervals on one horizontal axis: variants of a method against an error.
//
// An error names the series and the row of a value that cannot be drawn.
func Intervals(x Axis, rows []string, series ...IntervalsSeries) (*Figure, error) {
	if len(rows) == 0 || len(series) == 0 {
		return nil, errors.New("drawing intervals: no rows or no series")
	}
	p, err := NewPanel("", x, Axis{Min: -.6, Max: float64(len(rows)) - .4})
	if err != nil {
		return nil, err
	}
	var all span
	var legend []Entry
	looks := stylesOf(namesOf(series))
	for k, s := range series {
		if len(s.Values) != len(rows) {
			return nil, fmt.Errorf("drawing intervals: series %q has %d values for %d rows", s.Name, len(s.Values), len(rows))
		}
		for i, v := range s.Values {
			if v.Value != v.Value {
				continue
			}
			if err := x.admits(v.Value); err != nil {
				return nil, fmt.Errorf("series %q, row %q: %w", s.Name, rows[i], err)
			}
			all.add(v.Value)
			for _, end := range []float64{v.Low, v.High} {
				if x.admits(end) == nil {
					all.add(end)
				}
			}
		}
		m := marks{IntervalsSeries: s, axis: x, style: looks[k], shift: apart * vg.Length(float64(len(series)-1)/2-float64(k))}
		p.Add(m)
		legend = append(legend, Entry{s.Name, m})
	}
	x.set(&p.X, all.padded(x.Log, .05))
	names := make(plot.ConstantTicks, len(rows))
	for i, name := range rows {
		names[i] = plot.Tick{Value: float64(len(rows) - 1 - i), Label: name}
	}
	p.Y.Tick.Marker = names
	return grid([][]*plot.Plot{{p}}, legend, 13*vg.Centimeter, 1.6*vg.Centimeter+max(.62*vg.Centimeter, apart*vg.Length(len(series)-1)+1.5*apart)*vg.Length(len(rows)))
}

// apart is the distance of series within a row; rows are further apart than that.
const apart vg.Length = 5

// marks draws one series of intervals.
type marks struct {
	IntervalsSeries
	axis  Axis
	style Style
	shift vg.Length // up, so that series do not cover each other
}

// Plot implements plot.Plotter.
func (m marks) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, v := range m.Values {
		if v.Value != v.Value {
			continue
		}
		at := vg.Point{X: trX(v.Value), Y: trY(float64(len(m.Values)-1-i)) + m.shift}
		low, high := c.Min.X, trX(v.High)
		if m.axis.admits(v.Low) == nil { // an interval that leaves a logarithmic axis runs to its edge
			low = trX(v.Low)
		}
		if v.Low == v.Low && v.High == v.High {
			c.StrokeLines(draw.LineStyle{Color: m.style.Color, Width: vg.Points(1)}, c.ClipLinesXY([]vg.Point{{X: low, Y: at.Y}, {X: high, Y: at.Y}})...)
		}
		c.DrawGlyph(m.glyph(), at)
	}
}

func (m marks) glyph() draw.GlyphStyle {
	return draw.GlyphStyle{Color: m.style.Color, Radius: glyphSize, Shape: m.style.Glyph}
}

// Thumbnail implements plot.Thumbnailer.
func (m marks) Thumbnail(c *draw.Canvas) { c.DrawGlyph(m.glyph(), c.Center()) }
