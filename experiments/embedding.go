package experiments

import (
	"context"
	"slices"

	"github.com/gomonge/gomonge/plots"
	"github.com/gomonge/gomonge/projection/umap"
	"gonum.org/v1/gonum/mat"
)

// plane is figure 7 on principal components: cells observed at a condition, and what each method predicts there.
func (t *trial) plane(c int, judged []*judgement) (*plots.Figure, error) {
	two := func(x *mat.Dense) (*mat.Dense, error) { return takeColumns(x, []int{0, 1}), nil }
	return t.inPlane(c, judged, "PC", two)
}

// most cells that an embedding is fitted on.
const mostEmbedded = 3000

// embedding is figure 7 by UMAP, fitted on the compared cells of all conditions and of their sources.
func (t *trial) embedding(ctx context.Context, c int, judged []*judgement) (*plots.Figure, error) {
	var rows []int
	for _, cells := range t.compared {
		rows = append(append(rows, cells.source...), cells.target...)
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	if stride := (len(rows) + mostEmbedded - 1) / mostEmbedded; stride > 1 {
		few := rows[:0]
		for i := 0; i < len(rows); i += stride {
			few = append(few, rows[i])
		}
		rows = few
	}
	if len(rows) < 10 { // too few for neighbourhoods
		return nil, nil
	}
	m, err := umap.Fit(ctx, takeRows(t.latent, rows), umap.Options{Neighbours: min(15, len(rows)-1), Seed: 1})
	if err != nil {
		return nil, err
	}
	return t.inPlane(c, judged, "UMAP", func(x *mat.Dense) (*mat.Dense, error) { return m.Transform(ctx, x) })
}

// inPlane draws the cells observed at a condition and the methods' predictions, a panel a method, in a plane.
func (t *trial) inPlane(c int, judged []*judgement, plane string, place func(*mat.Dense) (*mat.Dense, error)) (*plots.Figure, error) {
	observed, err := place(takeRows(t.latent, t.compared[c].target))
	if err != nil {
		return nil, err
	}
	var panels []plots.EmbeddingPanel
	for _, j := range judged {
		values := j.Pictured[c]
		if j.trial != t || len(values) == 0 {
			continue
		}
		_, k := t.latent.Dims()
		predicted, err := place(mat.NewDense(len(values)/k, k, values))
		if err != nil {
			return nil, err
		}
		panels = append(panels, plots.EmbeddingPanel{Title: shortName(j.method), Method: shortName(j.method), Observed: observed, Predicted: predicted})
	}
	if len(panels) == 0 {
		return nil, nil
	}
	return plots.Embeddings(plots.Axis{Label: plane + " 1"}, plots.Axis{Label: plane + " 2"}, 4, panels...)
}
