package baselines

import (
	"math"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// effectivePoints is Kish's effective sample size 1/Σw² of shares w, n for equal ones.
func effectivePoints(shares []float64) float64 {
	return 1 / floats.Dot(shares, shares)
}

// intensity is the weight ρ of the multiple µI of the identity, µ = tr S/d, in
// the shrunk covariance (1−ρ)S + ρµI of n effective points that approximates the one of
// least expected squared error for normal laws:
//
//	ρ = min(1, (tr S² + tr²S) / ((n+1)(tr S² − tr²S/d))),
//
// Chen, Wiesel, Eldar and Hero, Shrinkage algorithms for MMSE covariance
// estimation, IEEE Trans. Signal Processing 58, 2010, eq. 23, without its terms
// of 2/d, as scikit-learn has it.
func intensity(cov mat.Symmetric, n float64) float64 {
	d := cov.SymmetricDim()
	trace, square := 0.0, 0.0 // of S and of S²
	for k := range d {
		trace += cov.At(k, k)
		for l := range d {
			square += cov.At(k, l) * cov.At(k, l)
		}
	}
	apart := (n + 1) * (square - trace*trace/float64(d))
	if near := square + trace*trace; near < apart {
		return near / apart
	}
	return 1 // also where S is a multiple of the identity
}

// shrunk is the law with the covariance (1−ρ)S + ρ(tr S/d)I.
func shrunk(g ot.Gaussian, rho float64) ot.Gaussian {
	d := len(g.Mean)
	ridge := rho * mat.Trace(g.Cov) / float64(d)
	cov := mat.NewSymDense(d, nil)
	cov.ScaleSym(1-rho, g.Cov)
	for k := range d {
		cov.SetSym(k, k, cov.At(k, k)+ridge)
	}
	return ot.Gaussian{Mean: g.Mean, Cov: cov}
}

// shrinkage is the intensity by which the covariances of both clouds are
// shrunk, 0 unless one of them has fewer effective points than twice the
// dimension, and the lesser of their numbers of points.
func shrinkage(source, target ot.Measure, p, q ot.Gaussian) (rho, few float64, err error) {
	few = math.Inf(1)
	for _, side := range []struct {
		cloud ot.Measure
		law   ot.Gaussian
	}{{source, p}, {target, q}} {
		w, err := side.cloud.Shares()
		if err != nil {
			return 0, 0, err
		}
		n := effectivePoints(w)
		few = min(few, n)
		if n < 2*float64(len(p.Mean)) {
			rho = max(rho, intensity(side.law.Cov, n))
		}
	}
	return rho, few, nil
}
