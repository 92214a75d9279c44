package metrics

import (
	"context"
	"fmt"
	"math"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/stat"
)

// cellotSizes are the numbers of points, cellotRepeats how often they are chosen.
var cellotSizes = []int{100, 250, 500, 1000, 1500}

const cellotRepeats = 10

// cellotGammas are 50 bandwidths from 10 down to .001, evenly spaced in logarithm.
func cellotGammas() []float64 {
	gammas := make([]float64, 50)
	for k := range gammas {
		gammas[k] = math.Pow(10, 1-4*float64(k)/49)
	}
	return gammas
}

// cellotRBF is the kernel with CellOT's bandwidths.
var cellotRBF = RBF{Gammas: cellotGammas(), Biased: true}

// evaluateCellOT has every metric for each number of points.
func evaluateCellOT(ctx context.Context, c *collector, predicted, observed ot.Measure, o Options) {
	if o.MaxPoints == 0 {
		o.MaxPoints = cellotSizes[len(cellotSizes)-1]
	}
	whole, err := o.pair(predicted, observed, false) // checks them
	if err != nil {
		c.err = err
		return
	}
	n, _ := predicted.Dims()
	m, _ := observed.Dims()
	few := min(n, m, o.most(max(n, m)))
	var sizes []int
	for _, size := range cellotSizes {
		if size <= few {
			sizes = append(sizes, size)
		}
	}
	var warnings []string
	if len(sizes) == 0 {
		sizes = []int{few}
		warnings = append(warnings, fmt.Sprintf("%d points are fewer than CellOT's fewest, %d", few, cellotSizes[0]))
	}
	if min(whole.n, whole.m) < fewPoints {
		warnings = append(warnings, fmt.Sprintf("only %d points", few))
	}
	for _, size := range sizes {
		c.all(cellotAt(ctx, predicted, observed, size, warnings, o))
	}
}

// cellotAt are the figures for one number of points, means over the choices. The
// interval is that of one choice: the mean ± t·s.
func cellotAt(ctx context.Context, predicted, observed ot.Measure, size int, warnings []string, o Options) ([]Figure, error) {
	n, _ := predicted.Dims()
	m, _ := observed.Dims()
	repeats := cellotRepeats
	if size == n && size == m {
		repeats = 1 // there is one choice
	}
	src := o.stream(repeating)
	one := Options{MaxPoints: -1, Replicates: -1, Space: o.Space, Workers: o.Workers}
	var figures []Figure
	var values [][]float64
	for r := range repeats {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x, _, err := ot.Subsample(predicted, size, src)
		if err != nil {
			return nil, err
		}
		y, _, err := ot.Subsample(observed, size, src)
		if err != nil {
			return nil, err
		}
		var c collector
		cellotOnce(&c, x, y, one)
		if c.err != nil {
			return nil, c.err
		}
		if r == 0 {
			figures, values = c.figures, make([][]float64, len(c.figures))
		}
		for k, f := range c.figures {
			values[k] = append(values[k], f.Value)
		}
	}
	for k := range figures {
		f := Unbounded(fmt.Sprintf("%s_n%d", figures[k].Name, size), stat.Mean(values[k], nil), size, figures[k].Definition, warnings...)
		f.Definition += fmt.Sprintf("; n=%d, mean of %d random choices, interval of one choice", size, repeats)
		figures[k] = f.within(values[k])
	}
	return figures, nil
}

// cellotOnce are the metrics of one choice of points.
func cellotOnce(c *collector, x, y ot.Measure, o Options) {
	c.add(MeanDifference(x, y, o))
	c.add(MeansPearson(x, y, o))
	c.add(StdsPearson(x, y, o))
	c.add(CorrelationAgreement(x, y, o))
	c.add(MMDSquared(x, y, cellotRBF, o))
	c.add(NeighbourEnrichment(x, y, 50, o))
	c.add(NeighbourEnrichment(x, y, 100, o))
}
