package plots

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// EmbeddingPanel is one panel of [Embeddings]: the cells that were observed at a condition, and what a
// method predicts there.
type EmbeddingPanel struct {
	Title               string
	Method              string     // [StyleOf] makes the prediction's colour
	Observed, Predicted *mat.Dense // in the plane, a row a cell; Predicted nil shows the observed alone
}

// backdrop is the colour of observed cells under a prediction: lighter than any method's.
var backdrop = rgb(0xc8c8c8)

// Embeddings draws a panel for each method and condition, in rows of the given number of columns, on one
// embedding in the plane: observed cells in grey, predicted ones over them in the method's colour (Bunne
// et al. 2022, figures 7, 10 and 11). All panels share their axes, whose titles come from x and y; an
// axis is marked only where its Ticks say so, for a unit of an embedding such as UMAP's has no meaning.
// Of more than 1000 cells, 1000 evenly spaced rows are drawn.
//
// An error names the panel and the row of a value that cannot be drawn.
func Embeddings(x, y Axis, columns int, panels ...EmbeddingPanel) (*Figure, error) {
	switch {
	case len(panels) == 0:
		return nil, errors.New("drawing embeddings: no panels")
	case columns < 1:
		return nil, fmt.Errorf("drawing embeddings: %d columns", columns)
	case x.Log || y.Log:
		return nil, errors.New("drawing embeddings: a unit is as long everywhere, so no axis is logarithmic")
	}
	for _, a := range []*Axis{&x, &y} {
		if a.Ticks == nil {
			a.Ticks = []float64{}
		}
	}
	drawn := make([]scatterPanel, len(panels))
	for i, p := range panels {
		drawn[i].title = p.Title
		d, err := Cloud{Points: p.Observed}.dots()
		if err != nil {
			return nil, fmt.Errorf("panel %q, observed cells: %w", p.Title, err)
		}
		d.color = backdrop
		drawn[i].add("observed", d)
		if p.Predicted == nil {
			continue
		}
		if d, err = (Cloud{p.Method, p.Predicted}).dots(); err != nil {
			return nil, fmt.Errorf("panel %q, cells predicted by %s: %w", p.Title, p.Method, err)
		}
		drawn[i].add(p.Method, d)
	}
	return scatter(x, y, columns, drawn)
}
