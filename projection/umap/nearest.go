package umap

import (
	"context"
	"math"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"github.com/gomonge/gomonge/internal/vec"
)

// mostExact is the number of points up to which all distances are computed: about where descent becomes faster.
const mostExact = 16_384

// neighbours finds the nearest points of each point but itself.
func neighbours(ctx context.Context, x *mat.Dense, o Options) (near, error) {
	if n, _ := x.Dims(); n > mostExact {
		return descend(ctx, x, o)
	}
	return nearest(ctx, x, x, o.Neighbours-1, true, o.Workers)
}

// rowsAtOnce is how many rows share the work of one tile of distances.
const rowsAtOnce = 4

// nearest finds the k points of y that are nearest to each row of x, exactly; where they are the same cloud, but
// for the point itself. Of points at the same distance the first come first.
func nearest(ctx context.Context, x, y *mat.Dense, k int, own bool, workers int) (near, error) {
	n, d := x.Dims()
	m, _ := y.Dims()
	out := near{k: k, own: own, indices: make([]int32, n*k), distances: make([]float64, n*k)}
	packed := vec.Pack(m, d, y.RawRowView)
	var stopped atomic.Bool
	groups := (n + rowsAtOnce - 1) / rowsAtOnce
	inRanges(workers, groups, func(from, to int) {
		dst, scratch := make([]float64, rowsAtOnce*m), make([]float64, vec.Scratch(d))
		for group := from; group < to; group++ {
			if group%64 == 0 && ctx.Err() != nil {
				stopped.Store(true)
				return
			}
			var rows [][]float64
			for i := group * rowsAtOnce; i < min(n, (group+1)*rowsAtOnce); i++ {
				rows = append(rows, x.RawRowView(i))
			}
			packed.SquaredDistances(dst, rows, scratch)
			for r := range rows {
				i := group*rowsAtOnce + r
				self := -1
				if own {
					self = i
				}
				smallest(dst[r*m:(r+1)*m], self, out.indices[i*k:(i+1)*k], out.distances[i*k:(i+1)*k])
			}
		}
	})
	if stopped.Load() {
		return out, ctx.Err()
	}
	for i, s := range out.distances {
		out.distances[i] = math.Sqrt(s)
	}
	return out, nil
}

// smallest puts the least values, but for that at self, and their places in order.
func smallest(values []float64, self int, places []int32, least []float64) {
	have, last := 0, len(least)-1
	for j, v := range values {
		if j == self || have > last && v >= least[last] {
			continue
		}
		p := min(have, last)
		for p > 0 && least[p-1] > v {
			least[p], places[p] = least[p-1], places[p-1]
			p--
		}
		least[p], places[p] = v, int32(j)
		have = min(have+1, last+1)
	}
}
