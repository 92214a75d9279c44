package plots

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Threshold is a value that a figure marks, such as what an input without influence would reach.
type Threshold struct {
	Name  string // in the legend; empty for no threshold
	Value float64
}

// Bars draws, for each named row, a bar from zero for every series with its interval: sensitivity indices
// by input, beside those of other estimators. Rows are ranked, the largest value of the first series on
// top; those without one come last. Bars of values that do not exceed the threshold are hollow. The axis is not logarithmic.
//
// An error names the series and the row of a value that cannot be drawn.
func Bars(x Axis, rows []string, threshold Threshold, series ...IntervalsSeries) (*Figure, error) {
	switch {
	case len(rows) == 0 || len(series) == 0:
		return nil, errors.New("drawing bars: no rows or no series")
	case x.Log:
		return nil, errors.New("drawing bars: bars start at zero, which no logarithmic axis has")
	case threshold.Name != "" && !finite(threshold.Value):
		return nil, fmt.Errorf("drawing bars: the threshold %q is %g", threshold.Name, threshold.Value)
	}
	var all span
	all.add(0)
	for _, s := range series {
		if err := s.extend(&all, x, rows); err != nil {
			return nil, fmt.Errorf("drawing bars: %w", err)
		}
	}
	p, err := NewPanel("", x, Axis{Min: -.6, Max: float64(len(rows)) - .4})
	if err != nil {
		return nil, err
	}
	order := ranked(series[0].Values)
	names := make(plot.ConstantTicks, len(rows))
	for place, i := range order {
		names[place] = plot.Tick{Value: float64(len(rows) - 1 - place), Label: rows[i]}
	}
	p.Y.Tick.Marker = names
	var legend []Entry
	looks := stylesOf(namesOf(series))
	for k, s := range series {
		b := bars{IntervalsSeries: s, order: order, style: looks[k], k: k, of: len(series), threshold: threshold}
		p.Add(b)
		legend = append(legend, Entry{s.Name, b})
	}
	if threshold.Name != "" {
		all.add(threshold.Value)
		p.Add(upright(threshold.Value))
		legend = append(legend, Entry{threshold.Name, upright(threshold.Value)})
	}
	room := .05 * (all.max - all.min)
	if all.max > 0 {
		all.max += room
	}
	if all.min < 0 {
		all.min -= room
	}
	if all.max == all.min {
		all.max = 1
	}
	x.set(&p.X, all)
	each := .3 + .32*vg.Length(len(series))
	return grid([][]*plot.Plot{{p}}, legend, 13*vg.Centimeter, 1.6*vg.Centimeter+each*vg.Centimeter*vg.Length(len(rows)))
}

func namesOf(series []IntervalsSeries) []string {
	names := make([]string, len(series))
	for k, s := range series {
		names[k] = s.Name
	}
	return names
}

// extend checks the series' values and adds them and their intervals to the range.
func (s IntervalsSeries) extend(all *span, x Axis, rows []string) error {
	if len(s.Values) != len(rows) {
		return fmt.Errorf("series %q has %d values for %d rows", s.Name, len(s.Values), len(rows))
	}
	for i, v := range s.Values {
		if v.Value != v.Value {
			continue
		}
		if err := x.admits(v.Value); err != nil {
			return fmt.Errorf("series %q, row %q: %w", s.Name, rows[i], err)
		}
		all.add(v.Value, v.Low, v.High)
	}
	return nil
}

// ranked is the order of falling values, those that are NaN at the end.
func ranked(values []Interval) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := values[i].Value, values[j].Value
		switch {
		case a > b || b != b && a == a:
			return -1
		case a < b || a != a && b == b:
			return 1
		}
		return 0
	})
	return order
}

// bars draws one series.
type bars struct {
	IntervalsSeries
	order     []int // of the rows, from the top
	style     Style
	k, of     int // place among the series
	threshold Threshold
}

// Plot implements plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	width := .8 / float64(b.of)
	for place, i := range b.order {
		v := b.Values[i]
		if v.Value != v.Value {
			continue
		}
		y := float64(len(b.order)-1-place) + .4 - width*(float64(b.k)+.5)
		lo, hi := trY(y-.44*width), trY(y+.44*width)
		b.bar(c, []vg.Point{{X: trX(0), Y: lo}, {X: trX(0), Y: hi}, {X: trX(v.Value), Y: hi}, {X: trX(v.Value), Y: lo}},
			b.threshold.Name == "" || v.Value > b.threshold.Value)
		at := vg.Point{X: trX(v.Value), Y: trY(y)}
		if v.Low == v.Low && v.High == v.High {
			c.StrokeLines(draw.LineStyle{Color: ink, Width: vg.Points(1)}, c.ClipLinesXY([]vg.Point{{X: trX(v.Low), Y: at.Y}, {X: trX(v.High), Y: at.Y}})...)
		}
		if b.of > 1 {
			c.DrawGlyph(b.glyph(), at)
		}
	}
}

// bar fills a bar, or draws its outline.
func (b bars) bar(c draw.Canvas, corners []vg.Point, filled bool) {
	if filled {
		c.FillPolygon(mix(b.style.Color, 0xff, .35), c.ClipPolygonXY(corners))
	}
	c.StrokeLines(draw.LineStyle{Color: b.style.Color, Width: vg.Points(.8)}, c.ClipLinesXY(append(corners, corners[0]))...)
}

func (b bars) glyph() draw.GlyphStyle {
	return draw.GlyphStyle{Color: b.style.Color, Radius: glyphSize, Shape: b.style.Glyph}
}

// Thumbnail implements plot.Thumbnailer.
func (b bars) Thumbnail(c *draw.Canvas) {
	b.bar(*c, []vg.Point{c.Min, {X: c.Min.X, Y: c.Max.Y}, c.Max, {X: c.Max.X, Y: c.Min.Y}}, true)
	if b.of > 1 {
		c.DrawGlyphNoClip(b.glyph(), c.Center())
	}
}

// upright is a dashed line at a value of the horizontal axis.
type upright float64

func (upright) style() draw.LineStyle {
	return draw.LineStyle{Color: ink, Width: vg.Points(1), Dashes: dashed}
}

// Plot implements plot.Plotter.
func (u upright) Plot(c draw.Canvas, p *plot.Plot) {
	trX, _ := p.Transforms(&c)
	if x := trX(float64(u)); c.ContainsX(x) {
		c.StrokeLine2(u.style(), x, c.Min.Y, x, c.Max.Y)
	}
}

// Thumbnail implements plot.Thumbnailer.
func (u upright) Thumbnail(c *draw.Canvas) {
	c.StrokeLine2(u.style(), c.Center().X, c.Min.Y, c.Center().X, c.Max.Y)
}
