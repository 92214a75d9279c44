package condition

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// SMACOF stops after maxGuttman transforms, or when one lowers the stress by
// less than stressTolerance of the sum of squared distances.
const (
	maxGuttman      = 5000
	stressTolerance = 1e-13
)

// smacof moves the points x, n×p, to a local minimum of the raw stress
//
//	σ(X) = Σ_{i<j} (‖x_i − x_j‖ − δ_ij)²
//
// by Guttman transforms x ← B(x)x/n, none of which raises it, and returns the
// stress reached. Source: de Leeuw 1977, Applications of convex analysis to
// multidimensional scaling; Borg and Groenen 2005, Modern Multidimensional
// Scaling, §8.6.
func smacof(x *mat.Dense, delta mat.Symmetric) float64 {
	n, p := x.Dims()
	total := sumSquares(delta)
	next := mat.NewDense(n, p, nil)
	last := math.Inf(1)
	for range maxGuttman {
		stress := guttman(next, x, delta)
		if last-stress <= stressTolerance*total {
			return stress
		}
		last = stress
		x.Copy(next)
	}
	return rawStress(x, delta)
}

// guttman writes the Guttman transform of x to next and returns the stress of x.
func guttman(next, x *mat.Dense, delta mat.Symmetric) float64 {
	n, _ := x.Dims()
	next.Zero()
	stress := 0.0
	for i := range n {
		xi, ti := x.RawRowView(i), next.RawRowView(i)
		for j := range i {
			xj, tj := x.RawRowView(j), next.RawRowView(j)
			d := distance(xi, xj)
			stress += (d - delta.At(i, j)) * (d - delta.At(i, j))
			if d == 0 {
				continue
			}
			pull := delta.At(i, j) / d / float64(n)
			for k := range xi {
				step := pull * (xi[k] - xj[k])
				ti[k] += step
				tj[k] -= step
			}
		}
	}
	return stress
}

func rawStress(x *mat.Dense, delta mat.Symmetric) float64 {
	n, _ := x.Dims()
	stress := 0.0
	for i := range n {
		for j := range i {
			d := distance(x.RawRowView(i), x.RawRowView(j)) - delta.At(i, j)
			stress += d * d
		}
	}
	return stress
}

// classicalScaling is Torgerson's solution: the leading p principal
// coordinates of the doubly centred −½δ². It is exact where the distances are
// those of points in p dimensions.
func classicalScaling(delta mat.Symmetric, p int) (*mat.Dense, error) {
	n := delta.SymmetricDim()
	means := make([]float64, n)
	grand := 0.0
	for i := range n {
		for j := range n {
			means[i] += delta.At(i, j) * delta.At(i, j) / float64(n)
		}
		grand += means[i] / float64(n)
	}
	gram := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			gram.SetSym(i, j, -(delta.At(i, j)*delta.At(i, j)-means[i]-means[j]+grand)/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(gram, true) {
		return nil, fmt.Errorf("condition: multidimensional scaling: the eigenvalues of the distances did not converge")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	x := mat.NewDense(n, p, nil)
	values := eigen.Values(nil) // ascending
	for k := range min(n, p) {
		column := n - 1 - k
		if values[column] <= 1e-12*values[n-1] {
			break // rounding, or not Euclidean: no axis
		}
		size := math.Sqrt(values[column])
		for i := range n {
			x.Set(i, k, size*vectors.At(i, column))
		}
	}
	return x, nil
}

// scaling is the best of several local minima of the stress: one from the
// classical solution and starts from random points.
func scaling(delta mat.Symmetric, p, starts int, source rand.Source) (best *mat.Dense, stress float64, err error) {
	n := delta.SymmetricDim()
	if best, err = classicalScaling(delta, p); err != nil {
		return nil, 0, err
	}
	stress = smacof(best, delta)
	if starts == 0 {
		return best, stress, nil
	}
	r := rand.New(source)
	size := math.Sqrt(sumSquares(delta) / float64(n*n*p))
	for range starts {
		x := mat.NewDense(n, p, nil)
		for i := range n {
			for k := range p {
				x.Set(i, k, size*r.NormFloat64())
			}
		}
		if s := smacof(x, delta); s < stress {
			best, stress = x, s
		}
	}
	return best, stress, nil
}

// toPrincipalAxes centres points and turns them so that their coordinates are
// uncorrelated with falling variance, the largest of each column positive:
// one form for all turns and mirror images of a configuration.
func toPrincipalAxes(x *mat.Dense) error {
	n, p := x.Dims()
	for k := range p {
		mean := mat.Sum(x.ColView(k)) / float64(n)
		for i := range n {
			x.Set(i, k, x.At(i, k)-mean)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDFullV) {
		return fmt.Errorf("condition: multidimensional scaling: the principal axes did not converge")
	}
	var axes, turned mat.Dense
	svd.VTo(&axes)
	turned.Mul(x, &axes)
	for k := range p {
		largest := 0.0
		for i := range n {
			if v := turned.At(i, k); math.Abs(v) > math.Abs(largest)*(1+1e-9) {
				largest = v
			}
		}
		for i := range n {
			if v := turned.At(i, k); largest < 0 {
				turned.Set(i, k, -v)
			}
		}
	}
	x.Copy(&turned)
	return nil
}

// sumSquares is Σ_{i<j} δ_ij².
func sumSquares(delta mat.Symmetric) float64 {
	sum := 0.0
	for i := range delta.SymmetricDim() {
		for j := range i {
			sum += delta.At(i, j) * delta.At(i, j)
		}
	}
	return sum
}

func distance(x, y []float64) float64 {
	sum := 0.0
	for k := range x {
		sum += (x[k] - y[k]) * (x[k] - y[k])
	}
	return math.Sqrt(sum)
}
