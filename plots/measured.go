package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// MeasuredPair is a combination of two actions that was measured; a single action is paired with itself.
type MeasuredPair struct {
	A, B string
	Test bool // held out; else in training
}

// SplitSize is how many pairs a split trains and tests on.
type SplitSize struct {
	Name        string
	Train, Test int
}

// Measured draws which single actions (the diagonal) and pairs (below it) were measured, squares for
// those in training and circles for those that are held out, and beside it the sizes of splits (Bunne et al. 2022,
// figure 12). Rows and columns are the actions in their order.
//
// An error names an action that is not among them, a pair that comes twice, or a negative size.
func Measured(actions []string, measured []MeasuredPair, splits []SplitSize) (*Figure, error) {
	if len(actions) == 0 || len(measured) == 0 {
		return nil, errors.New("drawing what was measured: no actions or nothing measured")
	}
	cells, err := measuredCells(actions, measured)
	if err != nil {
		return nil, err
	}
	side := vg.Length(math.Min(13, math.Max(6, .55*float64(len(actions))))) * vg.Centimeter
	matrix, err := cells.panel(actions, side)
	if err != nil {
		return nil, err
	}
	legend := []Entry{{"in training", squares{test: false}}, {"held out", squares{test: true}}}
	if len(splits) == 0 {
		return grid([][]*plot.Plot{{matrix}}, legend, side, side)
	}
	sizes, err := splitSizes(splits)
	if err != nil {
		return nil, err
	}
	const beside = 6.4 * vg.Centimeter
	lines := legendLines(legend, side+beside)
	f := &Figure{width: side + beside + 2*margin, height: side + legendHeight + 2*margin}
	f.draw = func(c draw.Canvas) {
		c.SetColor(color.White)
		c.Fill(c.Rectangle.Path())
		inside := draw.Crop(c, margin, -margin, margin, -margin)
		matrix.Draw(draw.Crop(inside, 0, -beside-12, legendHeight, 0))
		high := min(side, vg.Length(len(splits))*.8*vg.Centimeter+1.6*vg.Centimeter)
		sizes.Draw(draw.Crop(inside, side, 0, legendHeight+side-high, 0))
		drawLegend(inside, lines)
	}
	return f, nil
}

// squares marks cells of a grid: row and column of each.
type squares struct {
	n     int
	cells [][3]int // row, column, 1 if it is held out
	test  bool     // of the legend's picture
}

func measuredCells(actions []string, measured []MeasuredPair) (squares, error) {
	s := squares{n: len(actions)}
	seen := map[[2]int]bool{}
	for _, m := range measured {
		i, j := slices.Index(actions, m.A), slices.Index(actions, m.B)
		if i < 0 || j < 0 {
			return s, fmt.Errorf("drawing what was measured: %q and %q: both must be among the %d actions", m.A, m.B, len(actions))
		}
		i, j = max(i, j), min(i, j)
		if seen[[2]int{i, j}] {
			return s, fmt.Errorf("drawing what was measured: %q and %q come twice", m.A, m.B)
		}
		seen[[2]int{i, j}] = true
		held := 0
		if m.Test {
			held = 1
		}
		s.cells = append(s.cells, [3]int{i, j, held})
	}
	return s, nil
}

// panel has the actions' names at its left and below.
func (s squares) panel(actions []string, side vg.Length) (*plot.Plot, error) {
	whole := Axis{Min: -.5, Max: float64(s.n) - .5}
	p, err := NewPanel("", whole, whole)
	if err != nil {
		return nil, err
	}
	size := min(tickSize, .72*side/vg.Length(s.n)) // the names take about a fifth of the side
	across, up := make(plot.ConstantTicks, s.n), make(plot.ConstantTicks, s.n)
	for i, name := range actions {
		across[i] = plot.Tick{Value: float64(i), Label: name + " "} // a gap before the axis
		up[i] = plot.Tick{Value: float64(s.n - 1 - i), Label: name}
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = across, up
	p.X.Tick.Label.Rotation = math.Pi / 2
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YCenter
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Label.Font.Size = size
		a.Tick.Length = vg.Points(1.5)
	}
	p.Add(s)
	return p, nil
}

// measuredColors of what is in training and of what is held out: dark and light.
var measuredColors = [2]color.NRGBA{blue, orange}

// Plot implements plot.Plotter.
func (s squares) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	half := .45 * min(trX(1)-trX(0), trY(1)-trY(0))
	for _, cell := range s.cells {
		s.mark(&c, vg.Point{X: trX(float64(cell[1])), Y: trY(float64(s.n - 1 - cell[0]))}, half, cell[2])
	}
}

func (s squares) mark(c *draw.Canvas, at vg.Point, half vg.Length, held int) {
	var shape draw.GlyphDrawer = draw.BoxGlyph{}
	if held == 1 {
		shape = draw.CircleGlyph{}
	}
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: measuredColors[held], Radius: half, Shape: shape}, at)
}

// Thumbnail implements plot.Thumbnailer.
func (s squares) Thumbnail(c *draw.Canvas) {
	held := 0
	if s.test {
		held = 1
	}
	s.mark(c, c.Center(), 4, held)
}

// splitSizes is a panel with a bar for each split, its training pairs before those it holds out.
func splitSizes(splits []SplitSize) (*plot.Plot, error) {
	most := 0
	names := make(plot.ConstantTicks, len(splits))
	for i, s := range splits {
		if s.Train < 0 || s.Test < 0 || s.Train+s.Test == 0 {
			return nil, fmt.Errorf("drawing what was measured: split %q has %d pairs in training and %d held out", s.Name, s.Train, s.Test)
		}
		most = max(most, s.Train+s.Test)
		names[i] = plot.Tick{Value: float64(len(splits) - 1 - i), Label: s.Name}
	}
	p, err := NewPanel("sizes of splits", Axis{Label: "pairs", Max: 1.02 * float64(most)}, Axis{Min: -.6, Max: float64(len(splits)) - .4})
	if err != nil {
		return nil, err
	}
	p.Y.Tick.Marker = names
	p.Add(stacked(splits))
	return p, nil
}

// stacked draws the bars of the splits.
type stacked []SplitSize

// Plot implements plot.Plotter.
func (s stacked) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	for i, split := range s {
		y, from := float64(len(s)-1-i), 0
		for k, n := range []int{split.Train, split.Test} {
			if n == 0 {
				continue
			}
			lo, hi := vg.Point{X: trX(float64(from)), Y: trY(y - .32)}, vg.Point{X: trX(float64(from + n)), Y: trY(y + .32)}
			c.FillPolygon(measuredColors[k], []vg.Point{lo, {X: lo.X, Y: hi.Y}, hi, {X: hi.X, Y: lo.Y}})
			sty := letters(tickSize, [2]color.NRGBA{rgb(0xffffff), ink}[k])
			sty.XAlign, sty.YAlign = draw.XCenter, draw.YCenter
			if text := fmt.Sprint(n); sty.Width(text) < hi.X-lo.X {
				c.FillText(sty, vg.Point{X: (lo.X + hi.X) / 2, Y: (lo.Y + hi.Y) / 2}, text)
			}
			from += n
		}
	}
}
