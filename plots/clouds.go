package plots

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Cloud is a set of points under a name.
type Cloud struct {
	Name   string     // source, target, transported or a method; [StyleOf] makes its colour
	Points *mat.Dense // a row a point; the first two columns are drawn
}

// CloudsPanel is one panel of [Clouds]: its clouds are drawn over each other, the first at the bottom.
type CloudsPanel struct {
	Title  string
	Clouds []Cloud
}

// manyPoints is how many points of a cloud are drawn.
const manyPoints = 1000

// Clouds draws one small panel for each condition, method or stage of training, in rows of the given
// number of columns, with one legend (Bunne et al. 2022, figure 8b). All panels share their axes, and a
// unit is as long across as it is up. Of a cloud of more than 1000 points, 1000 evenly spaced rows are
// drawn. The axes' titles come from x and y; their ranges from the data unless x.Max or y.Max says more.
//
// An error names the panel, the cloud and the row of a value that cannot be drawn.
func Clouds(x, y Axis, columns int, panels ...CloudsPanel) (*Figure, error) {
	switch {
	case len(panels) == 0:
		return nil, errors.New("drawing clouds: no panels")
	case columns < 1:
		return nil, fmt.Errorf("drawing clouds: %d columns", columns)
	case x.Log || y.Log:
		return nil, errors.New("drawing clouds: a unit is as long everywhere, so no axis is logarithmic")
	}
	drawn := make([]scatterPanel, len(panels))
	for i, p := range panels {
		drawn[i].title = p.Title
		for _, c := range p.Clouds {
			d, err := c.dots()
			if err != nil {
				return nil, fmt.Errorf("panel %q, cloud %q: %w", p.Title, c.Name, err)
			}
			drawn[i].add(c.Name, d)
		}
	}
	return scatter(x, y, columns, drawn)
}

// scatterPanel is a panel of clouds that have been checked.
type scatterPanel struct {
	title string
	names []string // for the legend
	dots  []dots
}

func (p *scatterPanel) add(name string, d dots) {
	p.names, p.dots = append(p.names, name), append(p.dots, d)
}

// scatter draws panels that share axes on which a unit is as long across as up.
func scatter(x, y Axis, columns int, panels []scatterPanel) (*Figure, error) {
	var xs, ys span
	for _, p := range panels {
		for _, d := range p.dots {
			for _, q := range d.at {
				xs.add(float64(q.X))
				ys.add(float64(q.Y))
			}
		}
	}
	xs, ys = xs.padded(false, 0.04), ys.padded(false, 0.04)
	var rows [][]*plot.Plot
	var legend []Entry
	for i, sp := range panels {
		p, err := NewPanel(sp.title, x, y)
		if err != nil {
			return nil, err
		}
		x.set(&p.X, xs)
		y.set(&p.Y, ys)
		for k, d := range sp.dots {
			p.Add(d)
			legend = append(legend, Entry{sp.names[k], d})
		}
		if i%columns == 0 {
			rows = append(rows, nil)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], p)
		inner(p, i, columns, len(panels))
	}
	const width, height = 5 * vg.Centimeter, 5 * vg.Centimeter
	equalUnits(rows, width, height)
	return grid(rows, legend, width, height)
}

// equalUnits widens one axis of all panels, about its middle, until a unit is as long across as up.
func equalUnits(rows [][]*plot.Plot, width, height vg.Length) {
	full, columns := rectangular(rows)
	area := draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: width * vg.Length(columns), Y: height * vg.Length(len(rows))}}}
	first := rows[0][0]
	for range 3 { // new ranges have new marks, whose labels take another width
		size := first.DataCanvas(align(full, area)[0][0]).Size()
		unitX := float64(size.X) / (first.X.Max - first.X.Min)
		unitY := float64(size.Y) / (first.Y.Max - first.Y.Min)
		for _, row := range rows {
			for _, p := range row {
				stretch(&p.X, unitX/unitY)
				stretch(&p.Y, unitY/unitX)
			}
		}
	}
}

// stretch makes an axis's range longer by a factor; one below 1 changes nothing.
func stretch(a *plot.Axis, factor float64) {
	if middle, half := (a.Min+a.Max)/2, factor*(a.Max-a.Min)/2; factor > 1 {
		a.Min, a.Max = middle-half, middle+half
	}
}

// inner takes the titles off the axes that a neighbour's stand for.
func inner(p *plot.Plot, i, columns, n int) {
	if i%columns != 0 {
		p.Y.Label.Text = ""
	}
	if i+columns < n {
		p.X.Label.Text = ""
	}
}

// dots checks the cloud and picks the points to draw.
func (c Cloud) dots() (dots, error) {
	d := dots{color: StyleOf(c.Name).Color}
	if c.Points == nil || c.Points.IsEmpty() {
		return d, errors.New("no points")
	}
	n, dim := c.Points.Dims()
	if dim < 2 {
		return d, fmt.Errorf("%d column; two are drawn", dim)
	}
	for i := range n {
		if a, b := c.Points.At(i, 0), c.Points.At(i, 1); !finite(a) || !finite(b) {
			return d, fmt.Errorf("row %d is (%g, %g)", i, a, b)
		}
	}
	k := min(n, manyPoints)
	for j := range k {
		i := j * n / k
		d.at = append(d.at, vg.Point{X: vg.Length(c.Points.At(i, 0)), Y: vg.Length(c.Points.At(i, 1))})
	}
	return d, nil
}
