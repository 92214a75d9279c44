package umap

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// eigenvectors are those of the second and third largest eigenvalue of a connected graph's normalised
// adjacency D^(−½)WD^(−½), which are the second and third smallest of its Laplacian, n×2. Of up to 256 points they come from the full
// spectrum. Of more they come from subspace iteration, filtered by Chebyshev's polynomials (Zhou, Saad, Tiago and
// Chelikowsky 2006), to a residual of 1e-4; nil where they do not come within 1e-2.
func (g graph) eigenvectors(rng *rand.Rand, workers int) *mat.Dense {
	a := g.normalised()
	if len(a.trivial) <= mostDense {
		return a.dense()
	}
	a.workers = workers
	return a.iterate(rng)
}

const (
	mostDense    = 256
	width        = 6  // vectors in the subspace
	degree       = 20 // of the filter
	mostFilters  = 60
	residualGoal = 1e-4
	residualMost = 1e-2
)

// adjacency is a normalised adjacency matrix.
type adjacency struct {
	graph
	values  []float64
	trivial []float64 // the leading eigenvector, √degree, of eigenvalue 1
	workers int
}

func (g graph) normalised() adjacency {
	a := adjacency{graph: g, values: make([]float64, len(g.weights)), trivial: make([]float64, g.size())}
	total := 0.0
	for i := range a.trivial {
		degree := 0.0
		for _, w := range g.weights[g.starts[i]:g.starts[i+1]] {
			degree += float64(w)
		}
		total += degree
		a.trivial[i] = math.Sqrt(degree)
	}
	for i := range a.trivial {
		for e := g.starts[i]; e < g.starts[i+1]; e++ {
			a.values[e] = float64(g.weights[e]) / (a.trivial[i] * a.trivial[g.ends[e]])
		}
	}
	for i := range a.trivial {
		a.trivial[i] /= math.Sqrt(total)
	}
	return a
}

// dense takes the eigenvectors from the full spectrum.
func (a adjacency) dense() *mat.Dense {
	n := len(a.trivial)
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for e := a.starts[i]; e < a.starts[i+1]; e++ {
			s.SetSym(i, int(a.ends[e]), a.values[e])
		}
	}
	var eigen mat.EigenSym
	if n < 3 || !eigen.Factorize(s, true) {
		return nil
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	out := mat.NewDense(n, 2, nil)
	for c := range 2 {
		out.SetCol(c, mat.Col(nil, n-2-c, &vectors))
	}
	return out
}

// iterate filters a subspace until its two leading vectors stand.
func (a adjacency) iterate(rng *rand.Rand) *mat.Dense {
	n := len(a.trivial)
	v := make([]float64, n*width) // a row a point
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	if !a.orthonormalise(v) { // the filter would raise the trivial vector above all else
		return nil
	}
	cut, residual := 0.0, math.Inf(1)
	image := make([]float64, n*width)
	for range mostFilters {
		v = a.filter(v, cut)
		if !a.orthonormalise(v) {
			return nil
		}
		var values []float64
		if v, image, values = a.rotate(v, image); values == nil {
			return nil
		}
		residual, cut = 0, values[width-1]
		for c := range 2 {
			sum := 0.0
			for i := range n {
				r := image[i*width+c] - values[c]*v[i*width+c]
				sum += r * r
			}
			residual = math.Max(residual, math.Sqrt(sum))
		}
		if residual <= residualGoal {
			break
		}
	}
	if !(residual <= residualMost) {
		return nil
	}
	out := mat.NewDense(n, 2, nil)
	for i := range n {
		out.SetRow(i, v[i*width:i*width+2])
	}
	return out
}

// multiply sets dst to the adjacency times v.
func (a adjacency) multiply(dst, v []float64) {
	inRanges(a.workers, len(a.trivial), func(from, to int) {
		for i := from; i < to; i++ {
			var sum [width]float64
			for e := a.starts[i]; e < a.starts[i+1]; e++ {
				w, row := a.values[e], v[int(a.ends[e])*width:][:width]
				for c, u := range row {
					sum[c] += w * u
				}
			}
			copy(dst[i*width:], sum[:])
		}
	})
}

// filter applies the Chebyshev polynomial that is at most 1 on [−1, cut], where unwanted eigenvalues are, and grows beyond.
func (a adjacency) filter(v []float64, cut float64) []float64 {
	middle, half := (cut-1)/2, (cut+1)/2
	before, now := v, make([]float64, len(v))
	a.multiply(now, before)
	for i := range now {
		now[i] = (now[i] - middle*before[i]) / half
	}
	next := make([]float64, len(v))
	for k := 1; k < degree; k++ {
		a.multiply(next, now)
		for i := range next {
			next[i] = 2*(next[i]-middle*now[i])/half - before[i]
		}
		if k == 1 {
			before = make([]float64, len(v)) // v stays the caller's
		}
		before, now, next = now, next, before
	}
	return now
}

// orthonormalise makes the columns orthonormal and orthogonal to the trivial vector; false if they are dependent.
func (a adjacency) orthonormalise(v []float64) bool {
	n := len(a.trivial)
	for c := range width {
		start := a.norm(v, c)
		for range 2 {
			s := 0.0
			for i, t := range a.trivial {
				s += t * v[i*width+c]
			}
			for i, t := range a.trivial {
				v[i*width+c] -= s * t
			}
			for b := range c {
				s := 0.0
				for i := range n {
					s += v[i*width+b] * v[i*width+c]
				}
				for i := range n {
					v[i*width+c] -= s * v[i*width+b]
				}
			}
		}
		norm := a.norm(v, c)
		if !(norm > 1e-12*start) {
			return false
		}
		for i := range n {
			v[i*width+c] /= norm
		}
	}
	return true
}

func (a adjacency) norm(v []float64, c int) float64 {
	s := 0.0
	for i := range a.trivial {
		s += v[i*width+c] * v[i*width+c]
	}
	return math.Sqrt(s)
}

// rotate turns an orthonormal basis to the Ritz vectors, by falling value; it returns them, their images and values.
func (a adjacency) rotate(v, image []float64) (ritz, images, values []float64) {
	n := len(a.trivial)
	a.multiply(image, v)
	s := mat.NewSymDense(width, nil)
	for c := range width {
		for b := c; b < width; b++ {
			sum := 0.0
			for i := range n {
				sum += v[i*width+c] * image[i*width+b]
			}
			s.SetSym(c, b, sum)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(s, true) {
		return nil, nil, nil
	}
	var turn mat.Dense
	eigen.VectorsTo(&turn)
	ascending := eigen.Values(nil)
	ritz, images, values = make([]float64, len(v)), make([]float64, len(v)), make([]float64, width)
	for c := range width {
		values[c] = ascending[width-1-c]
		for b := range width {
			t := turn.At(b, width-1-c)
			for i := range n {
				ritz[i*width+c] += t * v[i*width+b]
				images[i*width+c] += t * image[i*width+b]
			}
		}
	}
	return ritz, images, values
}
