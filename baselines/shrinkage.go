package baselines

import (
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// effectivePoints is Kish's effective sample size 1/Σw² of shares w, n for equal ones.
func effectivePoints(shares []float64) float64 {
	return 1 / floats.Dot(shares, shares)
}

// intensity is the weight λ of the multiple µI of the identity, µ = tr S/d, in
// the shrunk covariance (1−λ)S + λµI of least expected squared error (Ledoit
// and Wolf, A well-conditioned estimator for large-dimensional covariance
// matrices, J. Multivariate Analysis 88, 2004, eq. 14):
//
//	λ = min(1, Σ wᵢ²‖(xᵢ−m)(xᵢ−m)ᵀ − S‖² / ‖S − µI‖²),
//
// with shares w, 1/n in the paper.
func intensity(m ot.Measure, g ot.Gaussian) (float64, error) {
	w, err := m.Shares()
	if err != nil {
		return 0, err
	}
	d := len(g.Mean)
	mu, size, apart := mat.Trace(g.Cov)/float64(d), 0.0, 0.0
	for k := range d {
		for l := range d {
			v := g.Cov.At(k, l)
			size += v * v
			if k == l {
				v -= mu
			}
			apart += v * v
		}
	}
	noise := 0.0
	x := mat.NewVecDense(d, nil)
	for i, share := range w {
		floats.SubTo(x.RawVector().Data, m.Points.RawRowView(i), g.Mean)
		length := mat.Dot(x, x)
		noise += share * share * (length*length - 2*mat.Inner(x, g.Cov, x) + size)
	}
	if noise >= apart { // also where both are 0
		return 1, nil
	}
	return noise / apart, nil
}

// shrunk is the law with the covariance (1−λ)S + λ(tr S/d)I.
func shrunk(g ot.Gaussian, lambda float64) ot.Gaussian {
	d := len(g.Mean)
	ridge := lambda * mat.Trace(g.Cov) / float64(d)
	cov := mat.NewSymDense(d, nil)
	cov.ScaleSym(1-lambda, g.Cov)
	for k := range d {
		cov.SetSym(k, k, cov.At(k, k)+ridge)
	}
	return ot.Gaussian{Mean: g.Mean, Cov: cov}
}
