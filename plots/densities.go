package plots

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// Sample is one feature's values under a name.
type Sample struct {
	Name    string    // source, target or a method; [StyleOf] makes its look
	Values  []float64 // of one feature, a value a point
	Weights []float64 // of the points, not negative; nil is equal weights
}

// DensityRow is one row of panels of [Densities]: a setting, such as in sample or held out.
type DensityRow struct {
	Label  string // beside the row
	Panels []DensityPanel
}

// DensityPanel holds the samples of one feature, drawn over each other in order.
type DensityPanel struct {
	Title   string // the feature
	X       Axis   // its axis; not logarithmic
	Samples []Sample
}

// gridPoints is how many points a density curve has.
const gridPoints = 257

// tails is how many bandwidths beyond the outermost values a curve is drawn: there it is at 1 % of a value's peak.
const tails = 3

// Densities draws the marginal densities of features: a row for each setting, a column for each
// feature, source and target filled, predictions as lines (Bunne et al. 2022, figure 9). Panels of one
// column share their horizontal axis. Densities are Gaussian kernel estimates with Silverman's
// bandwidth, 0.9 min(s, IQR/1.34) n^(−1/5) with the weights' effective n (Silverman 1986, eq. 3.31); a
// sample without spread is drawn as a narrow peak.
//
// An error names the panel, the sample and the index of a value that cannot be drawn.
func Densities(rows ...DensityRow) (*Figure, error) {
	var columns []*span
	for _, row := range rows {
		for j, p := range row.Panels {
			if j == len(columns) {
				columns = append(columns, &span{})
			}
			if p.X.Log {
				return nil, fmt.Errorf("panel %q: a kernel has one width everywhere, so no axis is logarithmic", p.Title)
			}
			for _, s := range p.Samples {
				if err := s.check(); err != nil {
					return nil, fmt.Errorf("%s, panel %q, sample %q: %w", row.Label, p.Title, s.Name, err)
				}
				columns[j].add(s.reach()...)
			}
		}
	}
	if len(columns) == 0 {
		return nil, errors.New("drawing densities: no panels")
	}
	all := make([][]*plot.Plot, len(rows))
	var legend []Entry
	for i, row := range rows {
		for j, dp := range row.Panels {
			p, entries, err := dp.panel(*columns[j])
			if err != nil {
				return nil, err
			}
			if j == 0 {
				p.Y.Label.Text = "density"
				if row.Label != "" {
					p.Y.Label.Text = row.Label + ": density"
				}
			}
			if i+1 < len(rows) && j < len(rows[i+1].Panels) {
				p.X.Label.Text = ""
			}
			all[i] = append(all[i], p)
			legend = append(legend, entries...)
		}
	}
	return grid(all, legend, 5.6*vg.Centimeter, 4.4*vg.Centimeter)
}

// reach is from where to where the sample's density is drawn.
func (s Sample) reach() []float64 {
	h := bandwidth(s.Values, s.Weights)
	return []float64{slices.Min(s.Values) - tails*h, slices.Max(s.Values) + tails*h}
}

// panel draws the samples over the range of their densities.
func (dp DensityPanel) panel(data span) (*plot.Plot, []Entry, error) {
	p, err := NewPanel(dp.Title, dp.X, Axis{})
	if err != nil {
		return nil, nil, err
	}
	xs := data.padded(false, 0.01)
	if dp.X.Min != 0 || dp.X.Max != 0 {
		xs = span{dp.X.Min, dp.X.Max, true}
	}
	dp.X.set(&p.X, xs)
	at := make([]float64, gridPoints)
	for i := range at {
		at[i] = xs.min + (xs.max-xs.min)*float64(i)/(gridPoints-1)
	}
	var legend []Entry
	var ys span
	ys.add(0)
	for _, s := range dp.Samples {
		h := bandwidth(s.Values, s.Weights)
		if least := (xs.max - xs.min) / 100; h < least { // below, the curve's own grid would miss it
			h = least
		}
		key := styleKey(s.Name)
		c := curve{
			Series: Series{Name: s.Name, X: at, Y: density(s.Values, s.Weights, h, at)},
			style:  StyleOf(s.Name), fill: key == "source" || key == "target",
		}
		ys.add(c.Y...)
		p.Add(c)
		legend = append(legend, Entry{s.Name, c})
	}
	Axis{}.set(&p.Y, span{0, 1.06 * max(ys.max, 1e-12), true})
	return p, legend, nil
}

// check says what keeps the sample from being drawn.
func (s Sample) check() error {
	if len(s.Values) == 0 {
		return errors.New("no values")
	}
	for i, v := range s.Values {
		if !finite(v) {
			return fmt.Errorf("value %d is %g", i, v)
		}
	}
	if s.Weights == nil {
		return nil
	}
	if len(s.Weights) != len(s.Values) {
		return fmt.Errorf("%d values and %d weights", len(s.Values), len(s.Weights))
	}
	total := 0.0
	for i, w := range s.Weights {
		if !finite(w) || w < 0 {
			return fmt.Errorf("weight %d is %g", i, w)
		}
		total += w
	}
	if total == 0 {
		return errors.New("all weights are zero")
	}
	return nil
}
