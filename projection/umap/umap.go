// Package umap embeds points of many features in the plane so that neighbours stay neighbours: uniform
// manifold approximation and projection (McInnes, Healy and Melville, arXiv:1802.03426). [Fit] embeds a
// cloud, [Model.Transform] places new points beside it, [Trustworthiness] says how far neighbourhoods can
// be believed. Distances between far groups mean little, and no metric should be computed in the plane.
package umap

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Options of [Fit]; the zero value has the defaults of the paper's implementation.
type Options struct {
	Neighbours int     // how many nearest points make a neighbourhood, the point itself counted; 0 is 15
	MinDist    float64 // how near points may come in the plane; 0 is 0.1
	Spread     float64 // scale of the plane, at least MinDist; 0 is 1
	Epochs     int     // 0 is 500 for up to 10 000 points and 200 for more; new points take a third of what is given here, else 100 or 30
	Seed       uint64  // of the start and of the sampling
	Workers    int     // goroutines; 0 is all cores. The embedding does not depend on it
}

// Model is a fitted embedding.
type Model struct {
	options   Options
	force     *force
	points    *mat.Dense // that it was fitted on
	embedding []float32  // two coordinates a point
	mean      float64    // distance of the points to their neighbours
	epochs    int        // as they were asked for; 0: the default
	start     string
}

// Fit embeds the rows of x (n×d, Euclidean distances) in the plane. Of up to 16 384 points the neighbours
// are exact, of more they are found by descent (Dong, Moses and Li 2011) from random projection trees. The
// start is spectral, as [Model.Start] tells.
//
// The same x, options and machine give the same bits, whatever the number of workers.
func Fit(ctx context.Context, x *mat.Dense, o Options) (*Model, error) {
	asked := o.Epochs
	o, err := o.complete(x)
	if err != nil {
		return nil, err
	}
	near, err := neighbours(ctx, x, o)
	if err != nil {
		return nil, err
	}
	m, err := near.embed(ctx, x, o)
	if err != nil {
		return nil, err
	}
	m.epochs = asked
	return m, nil
}

// embed lays out the points of x whose neighbours these are.
func (n near) embed(ctx context.Context, x *mat.Dense, o Options) (*Model, error) {
	force, err := newForce(o.MinDist, o.Spread)
	if err != nil {
		return nil, err
	}
	g := n.union()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	start, how := g.start(x, o)
	l := layout{graph: g.pruned(o.Epochs, slices.Max(g.weights)), force: force, seed: o.Seed, epochs: o.Epochs, rate: 1, workers: o.Workers}
	y, err := l.run(ctx, start)
	if err != nil {
		return nil, err
	}
	return &Model{options: o, force: force, points: mat.DenseCopyOf(x), embedding: y, mean: n.mean(), start: how}, nil
}

// Start says what the embedding started from: "spectral", the leading eigenvectors of the graph of
// neighbours; "spectral by component", those of each connected part of it, the parts placed by the principal
// components of their means; or "principal components" of the points, where the eigenvectors were not found.
func (m *Model) Start() string { return m.start }

// Embedding is a copy of the points in the plane, n×2.
func (m *Model) Embedding() *mat.Dense { return plane(m.embedding) }

// Transform places new points (n×d) in the plane, n×2, each by its neighbours among the points that the model was
// fitted on, which stay where they are. Neighbours are exact. A point's place does not depend on the other
// new points but for its row, which seeds its sampling, and for the default number of epochs, which is less
// for more than 10 000 of them.
func (m *Model) Transform(ctx context.Context, x *mat.Dense) (*mat.Dense, error) {
	if err := check(x); err != nil {
		return nil, err
	}
	n, d := x.Dims()
	if _, features := m.points.Dims(); d != features {
		return nil, fmt.Errorf("umap: points of %d features, the embedding was fitted on %d", d, features)
	}
	near, err := nearest(ctx, x, m.points, m.options.Neighbours, false, m.options.Workers)
	if err != nil {
		return nil, err
	}
	g := near.strengths(0, m.mean)
	epochs := 30
	switch {
	case m.epochs > 0:
		epochs = max(1, m.epochs/3)
	case n <= fewPoints:
		epochs = 100
	}
	l := layout{graph: g.pruned(epochs, 1), force: m.force, others: m.embedding, seed: m.options.Seed + 1, epochs: epochs, rate: .25, workers: m.options.Workers}
	y, err := l.run(ctx, g.weightedMeans(m.embedding))
	if err != nil {
		return nil, err
	}
	return plane(y), nil
}

// fewPoints take more epochs than many.
const fewPoints = 10_000

func defaultEpochs(n int) int {
	if n <= fewPoints {
		return 500
	}
	return 200
}

// complete checks the points and the options and fills in defaults.
func (o Options) complete(x *mat.Dense) (Options, error) {
	if err := check(x); err != nil {
		return o, err
	}
	n, _ := x.Dims()
	if o.Neighbours == 0 {
		o.Neighbours = 15
	}
	if o.MinDist == 0 {
		o.MinDist = .1
	}
	if o.Spread == 0 {
		o.Spread = 1
	}
	if o.Epochs == 0 {
		o.Epochs = defaultEpochs(n)
	}
	switch {
	case o.Neighbours < 2:
		return o, fmt.Errorf("umap: %d neighbours, the point itself counted: at least 2", o.Neighbours)
	case n < o.Neighbours:
		return o, fmt.Errorf("umap: %d points with %d neighbours each, the point itself counted: want at least as many points, or fewer neighbours", n, o.Neighbours)
	case !(o.MinDist > 0) || !(o.Spread >= o.MinDist) || math.IsInf(o.Spread, 1):
		return o, fmt.Errorf("umap: least distance %g and spread %g: want 0 < least distance ≤ spread", o.MinDist, o.Spread)
	case o.Epochs < 0 || o.Workers < 0:
		return o, fmt.Errorf("umap: %d epochs and %d workers: neither is negative", o.Epochs, o.Workers)
	}
	return o, nil
}

// check says what keeps a cloud from being embedded.
func check(x *mat.Dense) error {
	if x == nil || x.IsEmpty() {
		return fmt.Errorf("umap: a cloud without points")
	}
	n, _ := x.Dims()
	for i := range n {
		for j, v := range x.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("umap: %g in row %d, column %d: points are finite", v, i, j)
			}
		}
	}
	return nil
}

// plane is a matrix of two columns.
func plane(y []float32) *mat.Dense {
	m := mat.NewDense(len(y)/2, 2, nil)
	for i, v := range y {
		m.RawMatrix().Data[i] = float64(v)
	}
	return m
}
