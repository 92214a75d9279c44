package ot

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Gaussian is a normal law N(Mean, Cov) on ℝᵈ.
type Gaussian struct {
	Mean []float64
	Cov  *mat.SymDense
}

// FitGaussian is the normal law with the weighted mean and covariance of a
// cloud: Σ wᵢ(xᵢ−m)(xᵢ−m)ᵀ with weights that sum to 1, the covariance of the
// cloud itself and not the estimate with n−1.
func FitGaussian(m Measure) (Gaussian, error) {
	if err := m.Check("given"); err != nil {
		return Gaussian{}, err
	}
	w, err := m.Shares()
	if err != nil {
		return Gaussian{}, err
	}
	n, d := m.Dims()
	mean := make([]float64, d)
	for i := range n {
		for k, v := range m.Points.RawRowView(i) {
			mean[k] += w[i] * v
		}
	}
	// The rows √wᵢ(xᵢ−m), so that the covariance is one symmetric product.
	centred := mat.NewDense(n, d, nil)
	for i := range n {
		row, root := centred.RawRowView(i), math.Sqrt(w[i])
		for k, v := range m.Points.RawRowView(i) {
			row[k] = root * (v - mean[k])
		}
	}
	cov := mat.NewSymDense(d, nil)
	cov.SymOuterK(1, centred.T())
	return Gaussian{Mean: mean, Cov: cov}, nil
}

// Check reports what is wrong with the law; name says which it is in the error.
func (g Gaussian) Check(name string) error {
	if g.Cov == nil || g.Cov.IsEmpty() {
		return fmt.Errorf("ot: the %s Gaussian has no covariance", name)
	}
	d := g.Cov.SymmetricDim()
	if d != len(g.Mean) {
		return fmt.Errorf("ot: the %s Gaussian has a mean of length %d and a %d×%d covariance", name, len(g.Mean), d, d)
	}
	for k, v := range g.Mean {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("ot: the mean of the %s Gaussian is %v at %d", name, v, k)
		}
		for l := range k + 1 {
			if c := g.Cov.At(k, l); math.IsNaN(c) || math.IsInf(c, 0) {
				return fmt.Errorf("ot: the covariance of the %s Gaussian is %v at row %d, column %d", name, c, k, l)
			}
		}
	}
	return nil
}

func checkGaussians(source, target Gaussian) error {
	if err := source.Check("source"); err != nil {
		return err
	}
	if err := target.Check("target"); err != nil {
		return err
	}
	if len(source.Mean) != len(target.Mean) {
		return fmt.Errorf("ot: Gaussians of %d and %d dimensions", len(source.Mean), len(target.Mean))
	}
	return nil
}

// Shrunk adds share·tr Σ/d to the diagonal of the covariance.
func (g Gaussian) Shrunk(share float64) Gaussian {
	d := g.Cov.SymmetricDim()
	return g.ridged(share * mat.Trace(g.Cov) / float64(d))
}

func (g Gaussian) ridged(ridge float64) Gaussian {
	cov := mat.NewSymDense(g.Cov.SymmetricDim(), nil)
	cov.CopySym(g.Cov)
	for k := range g.Mean {
		cov.SetSym(k, k, cov.At(k, k)+ridge)
	}
	return Gaussian{Mean: g.Mean, Cov: cov}
}

// GaussianW2 is W₂² between two normal laws, without a factor ½, in its two
// parts. Their sum is W2Squared; for clouds with these moments it is a lower
// bound of their W₂² (Gelbrich 1990).
type GaussianW2 struct {
	// Mean is ‖m₁−m₂‖².
	Mean float64
	// Covariance is the squared Bures distance tr Σ₁ + tr Σ₂ − 2 tr (Σ₁^½Σ₂Σ₁^½)^½.
	Covariance float64
}

// W2Squared is the sum of both parts.
func (w GaussianW2) W2Squared() float64 { return w.Mean + w.Covariance }

// Bures is W₂² between two normal laws in closed form (Dowson and Landau 1982).
// Singular covariances are fine.
func Bures(source, target Gaussian) (GaussianW2, error) {
	if err := checkGaussians(source, target); err != nil {
		return GaussianW2{}, err
	}
	root, err := spectral(source.Cov, sqrtPSD)
	if err != nil {
		return GaussianW2{}, err
	}
	values, _, err := eigen(between(root, target.Cov))
	if err != nil {
		return GaussianW2{}, err
	}
	w := GaussianW2{Mean: squaredDistance(source.Mean, target.Mean), Covariance: mat.Trace(source.Cov) + mat.Trace(target.Cov)}
	for _, v := range values {
		w.Covariance -= 2 * sqrtPSD(v)
	}
	w.Covariance = max(0, w.Covariance) // rounding of equal covariances
	return w, nil
}

// AffineMap is x ↦ TargetMean + A(x − SourceMean).
type AffineMap struct {
	A                      *mat.SymDense
	SourceMean, TargetMean []float64
	// SourceRidge and TargetRidge are what was added to the diagonals of
	// covariances too near to singular, 0 where none was.
	SourceRidge, TargetRidge float64
}

// nearSingular is the share of the mean variance tr Σ/d below which an
// eigenvalue of a covariance is not trusted.
const nearSingular = 1e-6

// GaussianMap is the optimal map between two normal laws for the cost
// ½‖x−y‖²: x ↦ m₂ + A(x−m₁) with A = Σ₁^{-½}(Σ₁^½Σ₂Σ₁^½)^½Σ₁^{-½}, symmetric
// and positive definite. Where a covariance has an eigenvalue under 10⁻⁶ of its
// mean eigenvalue, that much is added to its diagonal and said in the result:
// directions without variance on either side are then scaled like the whole.
func GaussianMap(source, target Gaussian) (*AffineMap, error) {
	if err := checkGaussians(source, target); err != nil {
		return nil, err
	}
	m := &AffineMap{SourceMean: source.Mean, TargetMean: target.Mean}
	var err error
	if source, m.SourceRidge, err = source.regular("source"); err != nil {
		return nil, err
	}
	if target, m.TargetRidge, err = target.regular("target"); err != nil {
		return nil, err
	}
	root, err := spectral(source.Cov, sqrtPSD)
	if err != nil {
		return nil, err
	}
	inverse, err := spectral(source.Cov, func(v float64) float64 { return 1 / math.Sqrt(v) })
	if err != nil {
		return nil, err
	}
	middle, err := spectral(between(root, target.Cov), sqrtPSD)
	if err != nil {
		return nil, err
	}
	m.A = between(inverse, middle)
	return m, nil
}

// regular adds to the diagonal of a covariance that is too near to singular.
func (g Gaussian) regular(name string) (Gaussian, float64, error) {
	values, _, err := eigen(g.Cov)
	if err != nil {
		return g, 0, err
	}
	floor := nearSingular * mat.Trace(g.Cov) / float64(len(values))
	if !(floor > 0) {
		return g, 0, fmt.Errorf("ot: the %s Gaussian has no variance: a map from or to one point is a shift", name)
	}
	if values[0] >= floor { // in ascending order
		return g, 0, nil
	}
	return g.ridged(floor), floor, nil
}

// Transport writes the images of the rows of x to dst, which may be nil or x
// itself, and returns it.
func (m *AffineMap) Transport(dst, x *mat.Dense) (*mat.Dense, error) {
	n, d := Uniform(x).Dims()
	if d != len(m.SourceMean) {
		return nil, errCount("features", d, len(m.SourceMean))
	}
	if dst == nil {
		dst = mat.NewDense(n, d, nil)
	} else if r, c := dst.Dims(); r != n || c != d {
		return nil, fmt.Errorf("ot: a %d×%d destination for %d points of %d features", r, c, n, d)
	}
	centred := mat.NewDense(n, d, nil)
	for i := range n {
		row := centred.RawRowView(i)
		for k, v := range x.RawRowView(i) {
			row[k] = v - m.SourceMean[k]
		}
	}
	dst.Mul(centred, m.A)
	for i := range n {
		row := dst.RawRowView(i)
		for k := range row {
			row[k] += m.TargetMean[k]
		}
	}
	return dst, nil
}

// eigen is the spectral decomposition, eigenvalues ascending.
func eigen(s mat.Symmetric) ([]float64, *mat.Dense, error) {
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		return nil, nil, fmt.Errorf("ot: the eigenvalues of a %d×%d covariance could not be found", s.SymmetricDim(), s.SymmetricDim())
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	return e.Values(nil), &vectors, nil
}

// spectral applies f to the eigenvalues of s.
func spectral(s mat.Symmetric, f func(float64) float64) (*mat.SymDense, error) {
	values, vectors, err := eigen(s)
	if err != nil {
		return nil, err
	}
	for k, v := range values {
		values[k] = f(v)
	}
	var left, product mat.Dense
	left.Mul(vectors, mat.NewDiagDense(len(values), values))
	product.Mul(&left, vectors.T())
	return symmetric(&product), nil
}

// sqrtPSD is the root of an eigenvalue that only rounding makes negative.
func sqrtPSD(v float64) float64 { return math.Sqrt(max(0, v)) }

// between is r·s·r for symmetric matrices.
func between(r, s mat.Symmetric) *mat.SymDense {
	var left, product mat.Dense
	left.Mul(r, s)
	product.Mul(&left, r)
	return symmetric(&product)
}

func symmetric(m *mat.Dense) *mat.SymDense {
	d, _ := m.Dims()
	out := mat.NewSymDense(d, nil)
	for k := range d {
		for l := range k + 1 {
			out.SetSym(k, l, (m.At(k, l)+m.At(l, k))/2)
		}
	}
	return out
}
