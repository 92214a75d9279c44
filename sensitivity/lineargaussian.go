package sensitivity

import (
	"fmt"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Parts are an index and the two parts that it has for the squared distance.
type Parts struct {
	// Total is Advective + Diffusive.
	Total float64
	// Advective is what the mean does, half of Sobol' index of first order (summed over the outputs);
	// Diffusive what the rest of the law does.
	Advective, Diffusive float64
}

// LinearGaussian are the indices of Y = A·X for X normal with covariance cov: all laws are Gaussian, and
// that of Y given Xᵢ = x has the mean c·x/cov_ii and, whatever x is, the covariance A·cov·Aᵀ − c·cᵀ/cov_ii with c = A·cov·eᵢ.
func LinearGaussian(a mat.Matrix, cov mat.Symmetric) ([]Parts, error) {
	return linearGaussian(a, cov, []normalCell{{square: 1}})
}

// LinearGaussianCells are the indices of Y = A·X where cells of equal probability stand for values of Xᵢ: what [Gaussian] estimates comes
// to with many runs. The covariance of Y in a cell is that at a value and what the mean moves, v·c·cᵀ/cov_ii for the variance v of a normal score in
// the cell. Exact indices in cells, of laws that are not quite normal, are no lower (Gelbrich 1990), and no higher than those of [LinearGaussian], since W₂²
// is convex.
func LinearGaussianCells(a mat.Matrix, cov mat.Symmetric, cells int) ([]Parts, error) {
	if cells < 1 {
		return nil, fmt.Errorf("sensitivity: %d cells: want 1 at least", cells)
	}
	return linearGaussian(a, cov, normalCells(cells))
}

// normalCell is a normal score in a cell: the square of its mean there, and its variance.
type normalCell struct{ square, variance float64 }

// normalCells are the moments of a standard normal law in n cells of equal probability: with its density φ at their ends a and b, the
// mean is n(φ(a)−φ(b)) and the mean square 1 + n(aφ(a)−bφ(b)).
func normalCells(n int) []normalCell {
	ends := func(k int) (density, moment float64) {
		if k == 0 || k == n {
			return 0, 0
		}
		z := distuv.UnitNormal.Quantile(float64(k) / float64(n))
		density = distuv.UnitNormal.Prob(z)
		return density, z * density
	}
	list := make([]normalCell, n)
	for k := range list {
		fromDensity, fromMoment := ends(k)
		toDensity, toMoment := ends(k + 1)
		mean := float64(n) * (fromDensity - toDensity)
		list[k] = normalCell{mean * mean, 1 + float64(n)*(fromMoment-toMoment) - mean*mean}
	}
	return list
}

func linearGaussian(a mat.Matrix, cov mat.Symmetric, cells []normalCell) ([]Parts, error) {
	k, d := a.Dims()
	if cov.SymmetricDim() != d {
		return nil, fmt.Errorf("sensitivity: a %d×%d matrix and a covariance of %d inputs", k, d, cov.SymmetricDim())
	}
	var ac, acat mat.Dense
	ac.Mul(a, cov)
	acat.Mul(&ac, a.T())
	whole := ot.Gaussian{Mean: make([]float64, k), Cov: mat.NewSymDense(k, nil)}
	for i := range k {
		for j := range i + 1 {
			whole.Cov.SetSym(i, j, (acat.At(i, j)+acat.At(j, i))/2)
		}
	}
	if bound := 2 * mat.Trace(whole.Cov); !(bound > 0) {
		return nil, fmt.Errorf("sensitivity: the outputs do not vary: tr A·Cov·Aᵀ is %g", bound/2)
	}
	out := make([]Parts, d)
	for i := range d {
		variance := cov.At(i, i)
		if !(variance > 0) {
			return nil, fmt.Errorf("sensitivity: input %d has the variance %g: want a positive one", i+1, variance)
		}
		var err error
		if out[i], err = partsOf(whole, mat.VecDenseCopyOf(ac.ColView(i)), variance, cells); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// partsOf the index of one input with covariances c with the outputs.
func partsOf(whole ot.Gaussian, c *mat.VecDense, variance float64, cells []normalCell) (out Parts, err error) {
	share := 1 / float64(len(cells)) / (2 * mat.Trace(whole.Cov))
	for _, cell := range cells {
		given := ot.Gaussian{Mean: whole.Mean, Cov: mat.NewSymDense(len(whole.Mean), nil)}
		given.Cov.SymRankOne(whole.Cov, (cell.variance-1)/variance, c)
		w, err := ot.Bures(whole, given)
		if err != nil {
			return out, err
		}
		out.Advective += share * cell.square * mat.Dot(c, c) / variance
		out.Diffusive += share * w.Covariance
	}
	out.Total = out.Advective + out.Diffusive
	return out, nil
}
