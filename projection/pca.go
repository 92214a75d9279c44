// Package projection brings clouds of many features to a latent space of few
// dimensions and back: principal components ([FitPCA]) and an autoencoder
// ([FitAutoencoder]), fitted on training points only. Both save to a folder, from which [Load] reads them.
package projection

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// PCA is a projection on the k leading principal components of d features:
// z = W(x − m) with orthonormal rows of W, and back x = Wᵀz + m.
type PCA struct {
	mean       []float64  // m, d values
	components *mat.Dense // W, k×d
	variance   []float64  // of the training points along each component
	total      float64    // variance of the training points over all features
}

// FitPCA finds the components of the rows of x (n×d), at most min(n−1, d). x is
// read by its stored entries where it is a mat.RowNonZeroDoer (a sparse matrix
// is never made dense). The sign of a component is such that its loading of
// largest absolute value is positive, as in scikit-learn.
//
// Up to 4 096 features the covariance is formed (of sparse rows by blocks, on all
// cores, in sums whose order does not depend on their number); its eigenvectors come from the
// full spectrum if it is small and from Lanczos's iteration with full
// reorthogonalisation otherwise, until residuals are below 1e-11 of the largest
// eigenvalue. Beyond that the iteration goes over the rows instead.
func FitPCA(x mat.Matrix, components int) (*PCA, error) {
	n, d := x.Dims()
	if n < 2 || d == 0 {
		return nil, fmt.Errorf("projection: principal components of %d points with %d features: at least 2 points and 1 feature", n, d)
	}
	if most := min(n-1, d); components < 1 || components > most {
		return nil, fmt.Errorf("projection: %d components of %d points with %d features: between 1 and %d", components, n, d, most)
	}
	rows := rowsOf(x)
	mean, total, err := rows.moments()
	if err != nil {
		return nil, err
	}
	if total == 0 {
		return nil, errors.New("projection: all points are equal: there are no principal components")
	}
	values, vectors, err := rows.leading(mean, components)
	if err != nil {
		return nil, err
	}
	p := &PCA{mean: mean, components: vectors, variance: values, total: total}
	p.fixSigns()
	return p, nil
}

// fixSigns makes the loading of largest absolute value of each component positive.
func (p *PCA) fixSigns() {
	for k := range p.variance {
		row := p.components.RawRowView(k)
		largest := 0
		for j, v := range row {
			if math.Abs(v) > math.Abs(row[largest]) {
				largest = j
			}
		}
		if row[largest] < 0 {
			for j := range row {
				row[j] = -row[j]
			}
		}
	}
}

// Dims is the number of features d and of components k.
func (p *PCA) Dims() (features, components int) { return len(p.mean), len(p.variance) }

// Mean is a copy of the mean m of the training points.
func (p *PCA) Mean() []float64 { return append([]float64(nil), p.mean...) }

// Components is a copy of W, k×d, with orthonormal rows.
func (p *PCA) Components() *mat.Dense { return mat.DenseCopyOf(p.components) }

// ExplainedVariance is the variance (denominator n−1) of the training points
// along each component, falling.
func (p *PCA) ExplainedVariance() []float64 { return append([]float64(nil), p.variance...) }

// ExplainedRatio is the share of the training points' variance over all
// features that each component has.
func (p *PCA) ExplainedRatio() []float64 {
	out := p.ExplainedVariance()
	for k := range out {
		out[k] /= p.total
	}
	return out
}

// Transform projects the rows of x (n×d) into dst (n×k), which is allocated if nil.
func (p *PCA) Transform(dst *mat.Dense, x mat.Matrix) (*mat.Dense, error) {
	n, d := x.Dims()
	if d != len(p.mean) || n == 0 {
		return nil, fmt.Errorf("projection: a cloud of %d×%d to project, the components have %d features", n, d, len(p.mean))
	}
	z, err := shaped(dst, n, len(p.variance))
	if err != nil {
		return nil, err
	}
	k := len(p.variance)
	offset := make([]float64, k)
	loadings := mat.DenseCopyOf(p.components.T()) // a row a feature, so that an entry of x meets contiguous numbers
	for j, m := range p.mean {
		floats.AddScaled(offset, -m, loadings.RawRowView(j))
	}
	rows := rowsOf(x)
	eachPart(n, func(_, from, to int) {
		var e entries
		for i := from; i < to; i++ {
			out := z.RawRowView(i)
			copy(out, offset)
			rows.read(i, &e)
			for c, j := range e.columns {
				floats.AddScaled(out, e.values[c], loadings.RawRowView(int(j)))
			}
		}
	})
	return z, nil
}

// Inverse brings the rows of z (n×k) back to feature space, into dst (n×d),
// which is allocated if nil.
func (p *PCA) Inverse(dst *mat.Dense, z *mat.Dense) (*mat.Dense, error) {
	n, k := z.Dims()
	if k != len(p.variance) || n == 0 {
		return nil, fmt.Errorf("projection: latent points of %d×%d, there are %d components", n, k, len(p.variance))
	}
	x, err := shaped(dst, n, len(p.mean))
	if err != nil {
		return nil, err
	}
	x.Mul(z, p.components)
	for i := range n {
		row := x.RawRowView(i)
		for j, m := range p.mean {
			row[j] += m
		}
	}
	return x, nil
}

// shaped returns dst, or a new matrix if it is nil, of n×d.
func shaped(dst *mat.Dense, n, d int) (*mat.Dense, error) {
	if dst == nil {
		return mat.NewDense(n, d, nil), nil
	}
	if r, c := dst.Dims(); r != n || c != d {
		return nil, fmt.Errorf("projection: dst is %d×%d, the result is %d×%d", r, c, n, d)
	}
	return dst, nil
}
