package singlecell

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Constants of the local regression.
const (
	loessSpan   = 0.3   // share of the points that a local fit uses
	loessCell   = 0.2   // a cell of the interpolation has no more points than this share of a fit's
	loessMargin = 0.005 // share of the range by which the outer vertices are beyond the points
)

// loess smooths y over x in one dimension and returns the fit at the points:
// local quadratic regression with tricube weights on the nearest loessSpan of
// the points (Cleveland and Devlin 1988), computed at the vertices of a k-d
// tree and blended between them by cubic Hermite polynomials of their values
// and slopes (Cleveland and Grosse 1991, Computational methods for local
// regression), which is what Seurat and scanpy call.
func loess(x, y []float64) ([]float64, error) {
	n := len(x)
	used := min(n, int(float64(n)*loessSpan+1e-5))
	if used < 4 {
		return nil, errors.New("singlecell: local regression needs 14 genes or more that vary")
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	l := local{used: used, x: make([]float64, n), y: make([]float64, n)}
	for k, i := range order {
		l.x[k], l.y[k] = x[i], y[i]
	}
	most := int(float64(n) * loessSpan * loessCell)
	low, high := l.x[0], l.x[n-1]
	margin := loessMargin * max(high-low, 1e-10*max(math.Abs(low), math.Abs(high))+1e-30)
	vertices := []float64{low - margin, high + margin}
	vertices = append(vertices, cuts(l.x, most, vertices[0], vertices[1])...)
	slices.Sort(vertices)
	vertices = slices.Compact(vertices)
	values, slopes := make([]float64, len(vertices)), make([]float64, len(vertices))
	for v, at := range vertices {
		var err error
		if values[v], slopes[v], err = l.fit(at); err != nil {
			return nil, err
		}
	}
	fitted := make([]float64, n)
	for i, at := range x {
		v, _ := slices.BinarySearch(vertices, at) // a vertex belongs to the cell below it
		v = min(max(v, 1), len(vertices)-1)
		fitted[i] = hermite(at, vertices[v-1], vertices[v], values[v-1], values[v], slopes[v-1], slopes[v])
	}
	return fitted, nil
}

// cuts are the vertices inside a cell (low, high) that has the sorted points x:
// at the middle point, or the nearest to it that differs from the next, and so
// on in both halves until they have at most most points.
func cuts(x []float64, most int, low, high float64) []float64 {
	n := len(x)
	if n <= max(most, 1) {
		return nil
	}
	m := (n+1)/2 - 1
	for offset := 0; m+offset >= 0 && m+offset < n-1; {
		if x[m+offset] != x[m+offset+1] {
			m += offset
			break
		}
		if offset = -offset; offset >= 0 {
			offset++
		}
	}
	at := x[m]
	if at == low || at == high {
		return nil
	}
	return slices.Concat([]float64{at}, cuts(x[:m+1], most, low, at), cuts(x[m+1:], most, at, high))
}

var errEqualMeans = errors.New("singlecell: local regression of variance on mean: too many genes have the same mean")

// local is a local regression over sorted points.
type local struct {
	used int
	x, y []float64
}

// fit is the value and the slope at a point of the quadratic fitted around it.
func (l *local) fit(at float64) (value, slope float64, err error) {
	from, _ := slices.BinarySearch(l.x, at)
	from = max(0, min(from, len(l.x)-l.used))
	for from > 0 && at-l.x[from-1] <= l.x[from+l.used-1]-at {
		from--
	}
	radius := max(at-l.x[from], l.x[from+l.used-1]-at)
	if radius <= 0 {
		return 0, 0, errEqualMeans
	}
	design, right := mat.NewDense(l.used, 3, nil), mat.NewDense(l.used, 1, nil)
	for k := range l.used {
		d := l.x[from+k] - at
		r := math.Abs(d) / radius
		w := math.Sqrt(math.Pow(1-r*r*r, 3))
		design.SetRow(k, []float64{w, w * d, w * d * d})
		right.Set(k, 0, w*l.y[from+k])
	}
	return leastSquares(design, right)
}

// leastSquares are the first two coefficients, by the pseudo-inverse of the
// design with columns of norm 1.
func leastSquares(design, right *mat.Dense) (first, second float64, err error) {
	_, columns := design.Dims()
	norms := make([]float64, columns)
	for j := range norms {
		norms[j] = max(mat.Norm(design.ColView(j), 2), math.SmallestNonzeroFloat64)
	}
	design.Apply(func(_, j int, v float64) float64 { return v / norms[j] }, design)
	var svd mat.SVD
	if !svd.Factorize(design, mat.SVDThin) {
		return 0, 0, errors.New("singlecell: local regression: the singular values were not found")
	}
	const tiny = 100 * 0x1p-52
	rank := svd.Rank(tiny)
	if rank == 0 { // all points are at the edge
		return 0, 0, errEqualMeans
	}
	var solution mat.Dense
	svd.SolveTo(&solution, right, rank)
	return solution.At(0, 0) / norms[0], solution.At(1, 0) / norms[1], nil
}

// hermite is the cubic that has values and slopes at both ends.
func hermite(at, low, high, valueLow, valueHigh, slopeLow, slopeHigh float64) float64 {
	width := high - low
	h := (at - low) / width
	g := 1 - h
	return g*g*(1+2*h)*valueLow + h*h*(3-2*h)*valueHigh + (h*g*g*slopeLow-h*h*g*slopeHigh)*width
}
