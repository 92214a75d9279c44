package umap

import (
	"math"
	"slices"
)

// near holds the nearest points of each of n points, nearest first, as many for all.
type near struct {
	k         int
	own       bool      // neighbours are of the same cloud; the point itself is not among them
	indices   []int32   // n·k
	distances []float64 // n·k, Euclidean
}

// graph has the weighted edges from each point, in compressed rows.
type graph struct {
	starts  []int
	ends    []int32
	weights []float32
}

func (g graph) size() int { return len(g.starts) - 1 }

// strengths gives an edge to a neighbour at distance d the weight exp(−max(0, d−ρ)/σ), where ρ is the
// distance to the nearest neighbour that is not at distance 0, or 0 if connectivity is 0, and σ such that the weights,
// that of the nearest neighbour left out, sum to log₂ of the size of the neighbourhood (§3.1 and
// algorithm 3 of the paper). The mean is that of the distances in the fitted cloud, the points themselves counted.
func (n near) strengths(connectivity int, mean float64) graph {
	points := len(n.indices) / n.k
	g := graph{starts: make([]int, points+1), ends: n.indices, weights: make([]float32, len(n.indices))}
	size := n.k
	if n.own {
		size++
	}
	target := math.Log2(float64(size))
	for i := range points {
		g.starts[i+1] = (i + 1) * n.k
		row, rho := n.distances[i*n.k:(i+1)*n.k], 0.0
		if first := slices.IndexFunc(row, func(d float64) bool { return d > 0 }); connectivity > 0 && first >= 0 {
			rho = row[first]
		}
		sigma := bandwidth(row, rho, target, mean, n.own)
		for e, d := range row {
			w := 1.0
			if d > rho && sigma > 0 {
				w = math.Exp(-(d - rho) / sigma)
			}
			g.weights[i*n.k+e] = float32(w)
		}
	}
	return g
}

// mean distance in a cloud to its own nearest points, each point itself, at 0, counted.
func (n near) mean() (m float64) {
	for _, d := range n.distances {
		m += d / float64(len(n.distances))
	}
	return m * float64(n.k) / float64(n.k+1)
}

// bandwidth is σ of one row of distances, by bisection, and at least a thousandth of a mean distance: of the row
// where ρ > 0, else of all. Of a row of new points the first neighbour stands where the point itself is in the others.
func bandwidth(row []float64, rho, target, mean float64, own bool) float64 {
	summed := row
	if !own {
		summed = row[1:]
	}
	low, high, mid := 0.0, math.Inf(1), 1.0
	for range 64 {
		sum := 0.0
		for _, d := range summed {
			if d > rho {
				sum += math.Exp(-(d - rho) / mid)
			} else {
				sum++
			}
		}
		if math.Abs(sum-target) < 1e-5 {
			break
		}
		if sum > target {
			high = mid
			mid = (low + high) / 2
		} else {
			low = mid
			if math.IsInf(high, 1) {
				mid *= 2
			} else {
				mid = (low + high) / 2
			}
		}
	}
	if rho > 0 {
		sum, size := 0.0, len(row)
		for _, d := range row {
			sum += d
		}
		if own {
			size++
		}
		mean = sum / float64(size)
	}
	return math.Max(mid, 1e-3*mean)
}

// union joins the edges of both directions, a + b − ab, into a symmetric graph (§3.1 of the paper: the
// probability that at least one of the two exists).
func (n near) union() graph {
	g := n.strengths(1, n.mean())
	points := g.size()
	counts := make([]int, points+1)
	for i := range points {
		for e := g.starts[i]; e < g.starts[i+1]; e++ {
			counts[i+1]++
			counts[g.ends[e]+1]++
		}
	}
	for i := range points {
		counts[i+1] += counts[i]
	}
	type edge struct {
		end    int32
		weight float32
	}
	all, next := make([]edge, counts[points]), slices.Clone(counts[:points])
	for i := range points {
		for e := g.starts[i]; e < g.starts[i+1]; e++ {
			j := int(g.ends[e])
			all[next[i]], next[i] = edge{g.ends[e], g.weights[e]}, next[i]+1
			all[next[j]], next[j] = edge{int32(i), g.weights[e]}, next[j]+1
		}
	}
	out := graph{starts: make([]int, 1, points+1)}
	for i := range points {
		row := all[counts[i]:counts[i+1]]
		slices.SortFunc(row, func(a, b edge) int { return int(a.end) - int(b.end) })
		for e := 0; e < len(row); e++ {
			w := row[e].weight
			if e+1 < len(row) && row[e+1].end == row[e].end { // at most one in each direction
				e++
				w += row[e].weight - w*row[e].weight
			}
			out.ends, out.weights = append(out.ends, row[e].end), append(out.weights, w)
		}
		out.starts = append(out.starts, len(out.ends))
	}
	return out
}

// pruned is the graph with weights as shares of the largest, without the edges that would never be drawn in so many epochs.
func (g graph) pruned(epochs int, largest float32) graph {
	out := graph{starts: make([]int, 1, len(g.starts))}
	for i := range g.size() {
		for e := g.starts[i]; e < g.starts[i+1]; e++ {
			if w := g.weights[e] / largest; w*float32(epochs) >= 1 {
				out.ends, out.weights = append(out.ends, g.ends[e]), append(out.weights, w)
			}
		}
		out.starts = append(out.starts, len(out.ends))
	}
	return out
}

// weightedMeans are the places of each point's neighbours, averaged by the weights; a point that is
// equal to one of them starts there.
func (g graph) weightedMeans(places []float32) []float32 {
	y := make([]float32, 2*g.size())
	for i := range g.size() {
		var sum, x, z float32
		for e := g.starts[i]; e < g.starts[i+1]; e++ {
			w, j := g.weights[e], g.ends[e]
			if w == 1 {
				sum, x, z = 1, places[2*j], places[2*j+1]
				break
			}
			sum, x, z = sum+w, x+w*places[2*j], z+w*places[2*j+1]
		}
		y[2*i], y[2*i+1] = x/sum, z/sum
	}
	return y
}
