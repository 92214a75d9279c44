package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// RidgeRow is one row of a panel of [Ridges], such as a year.
type RidgeRow struct {
	Label   string
	Samples []Sample
}

// RidgePanel is one panel of [Ridges], such as a scenario.
type RidgePanel struct {
	Title string
	Rows  []RidgeRow // from top to bottom; a row without samples stays empty
}

// ridgeHeight is how high the highest density is, in rows.
const ridgeHeight = 0.92

// Ridges draws densities of one quantity row over row, a panel for each setting side by side: source,
// truth and the map's distribution for each scenario and year. Source, target and truth are filled.
// All panels share the axis x, and every density its scale, so that areas are equal. Densities are
// Gaussian kernel estimates with Silverman's bandwidth, as in [Densities]; on a logarithmic axis they are
// densities of the logarithm.
//
// An error names the panel, the row, the sample and the index of a value that cannot be drawn.
func Ridges(x Axis, panels ...RidgePanel) (*Figure, error) {
	reach, most, err := ridgeReach(x, panels)
	if err != nil {
		return nil, err
	}
	if x.Min != 0 || x.Max != 0 {
		reach = span{x.forward(x.Min), x.forward(x.Max), true}
	}
	drawn := make([][]ridge, len(panels))
	top := 0.0
	for i, rp := range panels {
		for r, row := range rp.Rows {
			for _, s := range row.Samples {
				rg := s.ridge(x, reach)
				rg.row = r
				top = math.Max(top, slices.Max(rg.Y))
				drawn[i] = append(drawn[i], rg)
			}
		}
	}
	shown := Axis{Label: x.Label, Unit: x.Unit, Ticks: x.Ticks}
	row := make([]*plot.Plot, len(panels))
	var legend []Entry
	for i, rp := range panels {
		p, err := NewPanel(rp.Title, shown, Axis{Min: -.1, Max: float64(most) + .05})
		if err != nil {
			return nil, err
		}
		shown.set(&p.X, reach)
		if x.Log {
			p.X.Tick.Marker = x.powers(reach)
		}
		names := make(plot.ConstantTicks, len(rp.Rows))
		for r, row := range rp.Rows {
			names[r] = plot.Tick{Value: float64(most - 1 - r), Label: row.Label}
		}
		p.Y.Tick.Marker = names
		for _, rg := range drawn[i] {
			rg.base = float64(most - 1 - rg.row)
			for k := range rg.Y {
				rg.Y[k] = rg.base + ridgeHeight*rg.Y[k]/top
			}
			p.Add(rg.curve)
			legend = append(legend, Entry{rg.Name, rg.curve})
		}
		row[i] = p
	}
	return grid([][]*plot.Plot{row}, legend, 6*vg.Centimeter, 1.8*vg.Centimeter+1.1*vg.Centimeter*vg.Length(most))
}

// ridge is a sample's curve and the row it stands in.
type ridge struct {
	curve
	row int
}

// ridgeReach checks the samples; it returns the range of their densities, of the logarithm where the
// axis is logarithmic, and the number of rows.
func ridgeReach(x Axis, panels []RidgePanel) (reach span, most int, err error) {
	if err := x.check("horizontal"); err != nil {
		return reach, 0, fmt.Errorf("drawing ridges: %w", err)
	}
	for _, p := range panels {
		most = max(most, len(p.Rows))
		for _, row := range p.Rows {
			for _, s := range row.Samples {
				err := s.check()
				for i := 0; err == nil && i < len(s.Values); i++ {
					if e := x.admits(s.Values[i]); e != nil {
						err = fmt.Errorf("value %d: %w", i, e)
					}
				}
				if err != nil {
					return reach, 0, fmt.Errorf("panel %q, row %q, sample %q: %w", p.Title, row.Label, s.Name, err)
				}
				reach.add(s.on(x).reach()...)
			}
		}
	}
	if !reach.any {
		return reach, 0, errors.New("drawing ridges: no samples")
	}
	return reach, most, nil
}

// forward takes a value to where densities are estimated.
func (a Axis) forward(v float64) float64 {
	if a.Log {
		return math.Log10(v)
	}
	return v
}

// powers marks a linear axis of logarithms as the logarithmic axis it stands for.
func (a Axis) powers(of span) plot.ConstantTicks {
	marks := plot.ConstantTicks(logTicks(math.Pow(10, of.min), math.Pow(10, of.max)))
	if a.Ticks != nil {
		marks = nil
		for _, v := range a.Ticks {
			marks = append(marks, plot.Tick{Value: v, Label: number(v)})
		}
	}
	for i := range marks {
		marks[i].Value = math.Log10(marks[i].Value)
	}
	return marks
}

// on is the sample of the logarithms where the axis is logarithmic.
func (s Sample) on(x Axis) Sample {
	if !x.Log {
		return s
	}
	values := make([]float64, len(s.Values))
	for i, v := range s.Values {
		values[i] = x.forward(v)
	}
	s.Values = values
	return s
}

// ridge estimates the sample's density over the range.
func (s Sample) ridge(x Axis, reach span) ridge {
	t := s.on(x)
	h := math.Max(bandwidth(t.Values, t.Weights), (reach.max-reach.min)/100)
	at := make([]float64, gridPoints)
	for i := range at {
		at[i] = reach.min + (reach.max-reach.min)*float64(i)/(gridPoints-1)
	}
	key := styleKey(s.Name)
	return ridge{curve: curve{
		Series: Series{Name: s.Name, X: at, Y: density(t.Values, t.Weights, h, at)},
		style:  StyleOf(s.Name), fill: key == "source" || key == "target" || key == "truth",
	}}
}
