package plots

import (
	"errors"
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// Series is one curve.
type Series struct {
	Name      string    // the method; [StyleOf] makes its look
	X, Y      []float64 // as long as each other; a NaN in Y is a gap
	Low, High []float64 // the interval about each Y, or both nil; not read where Y is NaN
}

// LinesPanel is one panel of [Lines].
type LinesPanel struct {
	Title  string
	X, Y   Axis
	Series []Series
}

// fewPoints is how many points a panel's curves may have to be drawn with markers and bars rather than bands.
const fewPoints = 12

// shift is how far bars of curves that follow each other stand apart, so that they do not hide each other.
const shift = vg.Length(2.4)

// Lines draws each panel's series, side by side, with one legend: a metric against a dose, in sample
// beside held out (Bunne et al. 2022, figure 4a), or loss and validation against the training step
// (figure 8c). Panels whose axes have the same title share its range. Where no series of a panel has more than 12
// points, they have markers, and bars for their intervals, side by side; else lines and bands.
//
// An error names the panel, the series and the index of a value that cannot be drawn.
func Lines(panels ...LinesPanel) (*Figure, error) { return LinesGrid(len(panels), panels...) }

// LinesGrid is [Lines] with its panels in rows of the given number of columns: for a statistic against
// each of many inputs.
func LinesGrid(columns int, panels ...LinesPanel) (*Figure, error) {
	if len(panels) == 0 {
		return nil, errors.New("drawing lines: no panels")
	}
	if columns < 1 {
		return nil, fmt.Errorf("drawing lines: %d columns", columns)
	}
	xs, ys := map[string]*span{}, map[string]*span{}
	var names []string
	for _, p := range panels {
		for _, s := range p.Series {
			if err := s.check(p.X, p.Y); err != nil {
				return nil, fmt.Errorf("panel %q, series %q: %w", p.Title, s.Name, err)
			}
			names = append(names, s.Name)
			spanOf(xs, p.X).add(s.X...)
			spanOf(ys, p.Y).add(s.Y...)
			spanOf(ys, p.Y).add(s.Low...)
			spanOf(ys, p.Y).add(s.High...)
		}
	}
	looks, drawn := stylesOf(names), 0
	var rows [][]*plot.Plot
	var legend []Entry
	for i, lp := range panels {
		p, err := NewPanel(lp.Title, lp.X, lp.Y)
		if err != nil {
			return nil, err
		}
		lp.X.set(&p.X, spanOf(xs, lp.X).padded(lp.X.Log, 0.08)) // with room for the bars beside the first and the last value
		lp.Y.set(&p.Y, spanOf(ys, lp.Y).padded(lp.Y.Log, 0.05))
		longest := 0
		for _, s := range lp.Series {
			longest = max(longest, len(s.X))
		}
		for k, s := range lp.Series {
			c := curve{Series: s, style: looks[drawn+k], marks: longest <= fewPoints}
			if c.marks && s.Low != nil {
				c.shift = shift * vg.Length(float64(k)-float64(len(lp.Series)-1)/2)
			}
			p.Add(c)
			legend = append(legend, Entry{s.Name, c})
		}
		drawn += len(lp.Series)
		if i%columns == 0 {
			rows = append(rows, nil)
		} else if lp.Y.text() == panels[i-i%columns].Y.text() {
			p.Y.Label.Text = ""
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], p)
	}
	if columns > 2 && len(panels) > columns {
		return grid(rows, legend, PanelWidth, PanelHeight)
	}
	return grid(rows, legend, 8*vg.Centimeter, 6.4*vg.Centimeter)
}

// spanOf is the range shared by the axes with a's title and scale.
func spanOf(m map[string]*span, a Axis) *span {
	key := fmt.Sprint(a.text(), a.Log)
	if m[key] == nil {
		m[key] = &span{}
	}
	return m[key]
}

// check says what keeps the series from being drawn on these axes.
func (s Series) check(x, y Axis) error {
	n := len(s.X)
	switch {
	case n == 0:
		return errors.New("no points")
	case len(s.Y) != n:
		return fmt.Errorf("%d values of x and %d of y", n, len(s.Y))
	case (s.Low == nil) != (s.High == nil), s.Low != nil && (len(s.Low) != n || len(s.High) != n):
		return fmt.Errorf("%d points with %d lower and %d upper ends of intervals", n, len(s.Low), len(s.High))
	}
	for i := range n {
		if err := x.admits(s.X[i]); err != nil {
			return fmt.Errorf("x[%d]: %w", i, err)
		}
		if s.Y[i] != s.Y[i] { // a gap
			continue
		}
		if err := y.admits(s.Y[i]); err != nil {
			return fmt.Errorf("y[%d]: %w", i, err)
		}
		if s.Low == nil {
			continue
		}
		if err := errors.Join(y.admits(s.Low[i]), y.admits(s.High[i])); err != nil {
			return fmt.Errorf("interval %d: %w", i, err)
		}
		if s.Low[i] > s.High[i] {
			return fmt.Errorf("interval %d runs from %g down to %g", i, s.Low[i], s.High[i])
		}
	}
	return nil
}
