package umap

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

const (
	spectral    = "spectral"
	byComponent = "spectral by component"
	principal   = "principal components"
)

// width of the square that embeddings start in, and the noise that parts equal points.
const (
	startWidth = 10
	startNoise = 1e-4
)

// start places the points, and says how.
func (g graph) start(x *mat.Dense, o Options) ([]float32, string) {
	rng := rand.New(rand.NewPCG(o.Seed, 0x5ec))
	part, parts := g.components()
	var places *mat.Dense
	how := spectral
	if parts == 1 {
		places = g.eigenvectors(rng, o.Workers)
	} else {
		how = byComponent
		places = g.byComponent(x, part, parts, rng, o.Workers)
	}
	if places == nil {
		how = principal
		places = principalPlaces(x)
	}
	return scaled(places, rng), how
}

// scaled widens both columns to the starting square.
func scaled(places *mat.Dense, rng *rand.Rand) []float32 {
	n, _ := places.Dims()
	y := make([]float32, 2*n)
	for c := range 2 {
		column := mat.Col(nil, c, places)
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, v := range column {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
		width := hi - lo
		if width == 0 {
			width = 1
		}
		for i, v := range column {
			y[2*i+c] = float32(startWidth*(v-lo)/width + startNoise*rng.NormFloat64())
		}
	}
	return y
}

// principalPlaces are the first two principal components; zeros for those that the points do not have.
func principalPlaces(x *mat.Dense) *mat.Dense {
	n, d := x.Dims()
	places := mat.NewDense(n, 2, nil)
	var pc stat.PC
	k := min(2, n-1, d)
	if k == 0 || !pc.PrincipalComponents(x, nil) {
		return places
	}
	var axes mat.Dense
	pc.VectorsTo(&axes)
	for c := range k {
		axis := mat.Col(nil, c, &axes)
		for i := range n {
			places.Set(i, c, floats.Dot(x.RawRowView(i), axis))
		}
	}
	return places
}

// components numbers the connected parts of the graph.
func (g graph) components() (part []int, parts int) {
	part = make([]int, g.size())
	for i := range part {
		part[i] = -1
	}
	for first := range part {
		if part[first] >= 0 {
			continue
		}
		part[first] = parts
		for queue := []int{first}; len(queue) > 0; {
			i := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			for _, j := range g.ends[g.starts[i]:g.starts[i+1]] {
				if part[j] < 0 {
					part[j] = parts
					queue = append(queue, int(j))
				}
			}
		}
		parts++
	}
	return part, parts
}

// least size of a part to be placed by its eigenvectors.
const leastSpectral = 8

// byComponent places the parts' means by their principal components, and each part's points about it by the
// part's own eigenvectors (at random where it is small), half as far as the nearest other part, and at least
// a fiftieth of the whole.
func (g graph) byComponent(x *mat.Dense, part []int, parts int, rng *rand.Rand, workers int) *mat.Dense {
	members := make([][]int, parts)
	for i, p := range part {
		members[p] = append(members[p], i)
	}
	_, d := x.Dims()
	means := mat.NewDense(parts, d, nil)
	for p, list := range members {
		row := means.RawRowView(p)
		for _, i := range list {
			for j, v := range x.RawRowView(i) {
				row[j] += v / float64(len(list))
			}
		}
	}
	centres := principalPlaces(means)
	places := mat.NewDense(len(part), 2, nil)
	for p, list := range members {
		var own *mat.Dense
		if len(list) >= leastSpectral {
			own = g.within(list).eigenvectors(rng, workers)
		}
		if own == nil {
			own = mat.NewDense(len(list), 2, nil)
			own.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, own)
		}
		factor := room(centres, p) / math.Max(mat.Max(own), -mat.Min(own))
		for k, i := range list {
			for c := range 2 {
				places.Set(i, c, centres.At(p, c)+factor*own.At(k, c))
			}
		}
	}
	return places
}

// room is the radius that a part may take.
func room(centres *mat.Dense, p int) float64 {
	nearest, farthest := math.Inf(1), 0.0
	n, _ := centres.Dims()
	for q := range n {
		if d := math.Hypot(centres.At(p, 0)-centres.At(q, 0), centres.At(p, 1)-centres.At(q, 1)); q != p {
			nearest, farthest = math.Min(nearest, d), math.Max(farthest, d)
		}
	}
	if farthest == 0 {
		return 1
	}
	return math.Max(nearest/2, farthest/50)
}

// within is the part of the graph that holds the points of the list, which are in order.
func (g graph) within(list []int) graph {
	place := make(map[int32]int32, len(list))
	for k, i := range list {
		place[int32(i)] = int32(k)
	}
	out := graph{starts: make([]int, 1, len(list)+1)}
	for _, i := range list {
		for e := g.starts[i]; e < g.starts[i+1]; e++ {
			out.ends, out.weights = append(out.ends, place[g.ends[e]]), append(out.weights, g.weights[e])
		}
		out.starts = append(out.starts, len(out.ends))
	}
	return out
}
