package baselines

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// Plan is the optimal coupling of the training points themselves, with a map
// read off it: a training point of the source goes to its barycentric
// projection, the mean of the target points that get its mass, and any other
// point is displaced as the nearest training point is (for the one that goes
// where its neighbour goes, the estimator 1NN of Manole, Balakrishnan,
// Niles-Weed and Wasserman, Plugin estimation of smooth optimal transport maps,
// 2024, section 4.1; the displacement errs by less where maps are near the identity).
type Plan struct {
	family[plan]
}

// plan has the training points of the source and where they go.
type plan struct{ source, image *mat.Dense }

// Streams of random numbers for the rows that plans are solved on.
const (
	streamSource uint64 = iota + 1
	streamTarget        // + the condition
)

// FitPlan solves the exact transport problem of each training condition, or of
// all together, on at most points rows of either cloud, drawn by seed; points = 0
// means 1000. Points of weight zero are left out.
func FitPlan(ctx context.Context, task *datasets.Task, reach Reach, points int, seed uint64) (*Plan, error) {
	f, err := newFamily[plan]("plan", task, reach)
	if err != nil {
		return nil, err
	}
	switch {
	case points == 0:
		points = 1000
	case points < 2:
		return nil, fmt.Errorf("baselines: %s: a plan of %d points; two or more are needed", f.Method, points)
	}
	sources, targets, err := endsOf(task, reach)
	if err != nil {
		return nil, err
	}
	for j := range sources {
		// One stream for all sources: conditions that share a cloud share its rows.
		source, _, err := ot.Subsample(sources[j], points, rand.NewPCG(seed, streamSource))
		if err != nil {
			return nil, err
		}
		target, _, err := ot.Subsample(targets[j], points, rand.NewPCG(seed, streamTarget+uint64(j)))
		if err != nil {
			return nil, err
		}
		p, err := solvePlan(ctx, source, target)
		if err != nil {
			return nil, fmt.Errorf("baselines: %s: %s: %w", f.Method, f.label(j), err)
		}
		f.maps = append(f.maps, p)
	}
	return &Plan{f}, nil
}

// solvePlan is the map of one coupling, in the float32 numbers that files hold.
func solvePlan(ctx context.Context, source, target ot.Measure) (plan, error) {
	c, err := ot.Transport(ctx, ot.HalfSquaredEuclidean, source, target, ot.ExactOptions{})
	if err != nil {
		return plan{}, err
	}
	image, err := c.Barycentric(target.Points)
	if err != nil {
		return plan{}, err
	}
	var kept []int
	for i := range c.N {
		if source.Weights == nil || source.Weights[i] > 0 {
			kept = append(kept, i)
		}
	}
	return plan{rounded(source.Points, kept), rounded(image, kept)}, nil
}

// rounded is a copy of some rows in float32.
func rounded(x *mat.Dense, rows []int) *mat.Dense {
	_, d := x.Dims()
	out := mat.NewDense(len(rows), d, nil)
	for k, i := range rows {
		to := out.RawRowView(k)
		for f, v := range x.RawRowView(i) {
			to[f] = float64(float32(v))
		}
	}
	return out
}

func (p plan) carry(x *mat.Dense) (*mat.Dense, error) {
	n, _ := p.source.Dims()
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = p.source.RawRowView(i)
	}
	y := mat.DenseCopyOf(x)
	for i := range y.RawMatrix().Rows {
		row := y.RawRowView(i)
		at := nearest(rows, row)
		to := p.image.RawRowView(at)
		for k, v := range p.source.RawRowView(at) {
			row[k] += to[k] - v
		}
	}
	return y, nil
}
