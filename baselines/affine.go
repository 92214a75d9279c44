package baselines

import (
	"context"
	"fmt"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// Affine is the optimal map between the Gaussians that have the means and
// covariances of the two clouds, x ↦ m₂ + A(x − m₁): the best linear answer,
// and the exact one where target and source differ by a symmetric positive
// definite affine map, whatever their laws.
//
// Interpolated, it is the mean of the training conditions' maps
// ([Interpolated]), which is affine, symmetric and positive definite again.
//
// Where a cloud has fewer effective points than 2d, both covariances of its
// pair are shrunk to a multiple of the identity, by the larger of their two
// intensities (Chen et al. 2010), so that a pair of equal covariances still
// has A = I. A cloud of equal points makes the map a shift. Both are warned of,
// like the ridge of a nearly singular covariance ([ot.GaussianMap]).
type Affine struct {
	family[affine]
}

type affine struct{ *ot.AffineMap }

func (m affine) carry(x *mat.Dense) (*mat.Dense, error) { return m.Transport(nil, x) }

// FitAffine fits the maps.
func FitAffine(ctx context.Context, task *datasets.Task, reach Reach) (*Affine, error) {
	f, err := newFamily[affine]("affine", task, reach)
	if err != nil {
		return nil, err
	}
	sources, targets, err := endsOf(task, reach)
	if err != nil {
		return nil, err
	}
	for j := range sources {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("baselines: %s: stopped after %d of %d maps: %w", f.Method, j, len(sources), err)
		}
		m, err := f.fitAffine(f.label(j), sources[j], targets[j])
		if err != nil {
			return nil, fmt.Errorf("baselines: %s: %s: %w", f.Method, f.label(j), err)
		}
		f.maps = append(f.maps, m)
	}
	return &Affine{f}, nil
}

// label of the j-th map in messages.
func (f *family[M]) label(j int) string {
	if f.Reach == Pooled {
		return "all conditions together"
	}
	return "condition " + f.schema.Format(f.Conditions[j])
}

// fitAffine fits one map and warns of what it took.
func (t *Training) fitAffine(label string, source, target ot.Measure) (affine, error) {
	p, err := ot.FitGaussian(source)
	if err != nil {
		return affine{}, err
	}
	q, err := ot.FitGaussian(target)
	if err != nil {
		return affine{}, err
	}
	if mat.Trace(p.Cov) == 0 || mat.Trace(q.Cov) == 0 {
		t.warn("%s: a cloud of equal points has no covariance; the map is a shift", label)
		return shiftBetween(p, q), nil
	}
	rho, few, err := shrinkage(source, target, p, q)
	if err != nil {
		return affine{}, err
	}
	if rho > 0 {
		t.warn("%s: %.0f effective points in %d dimensions; both covariances are shrunk by %.2g to a multiple of the identity", label, few, len(p.Mean), rho)
		p, q = shrunk(p, rho), shrunk(q, rho)
	}
	m, err := ot.GaussianMap(p, q)
	if err != nil {
		return affine{}, err
	}
	if m.SourceRidge > 0 || m.TargetRidge > 0 {
		t.warn("%s: nearly singular covariances (features that are constant or follow from others) got ridges of %.2g (source) and %.2g (target)", label, m.SourceRidge, m.TargetRidge)
	}
	round(m.A)
	return affine{m}, nil
}

// shiftBetween is the map with A = I.
func shiftBetween(p, q ot.Gaussian) affine {
	a := mat.NewSymDense(len(p.Mean), nil)
	for k := range p.Mean {
		a.SetSym(k, k, 1)
	}
	return affine{&ot.AffineMap{A: a, SourceMean: p.Mean, TargetMean: q.Mean}}
}

// round a matrix to the float32 numbers that files hold, so that a map is the
// same before and after it is saved.
func round(a *mat.SymDense) {
	for k := range a.SymmetricDim() {
		for l := range k + 1 {
			a.SetSym(k, l, float64(float32(a.At(k, l))))
		}
	}
}
