package condot

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// gaussianStart makes g and f start at the affine maps between the Gaussians of each
// training pair (eqs. 8 and 9 of the paper): T_j(x) = m₂ + A_j(x − m₁) for g, its inverse
// for f. Equal pairs of clouds share a computation but not a parameter. The warnings name
// shrunk covariances.
func gaussianStart(task *datasets.Task, norm batches.Normalisation, g, f *network, gp, fp []float32) (warnings []string, err error) {
	d := g.dim
	laws := map[batches.CloudKey]ot.Gaussian{}
	law := func(m *mat.Dense, w []float64) (ot.Gaussian, error) {
		if l, ok := laws[batches.KeyOf(m, w)]; ok {
			return l, nil
		}
		l, shrunk, err := normalisedLaw(m, w, norm)
		if shrunk {
			warnings = append(warnings, fmt.Sprintf("a cloud of %d points in %d dimensions has a near-singular covariance: the Gaussian start shrinks it", m.RawMatrix().Rows, d))
		}
		laws[batches.KeyOf(m, w)] = l
		return l, err
	}
	smallest := math.Inf(1)
	forward, backward := make([]*ot.AffineMap, len(task.Train)), make([]*ot.AffineMap, len(task.Train))
	for j, p := range task.Train {
		x, err := law(p.Source, p.SourceWeights)
		if err != nil {
			return warnings, err
		}
		y, err := law(p.Target, p.TargetWeights)
		if err != nil {
			return warnings, err
		}
		if forward[j], err = ot.GaussianMap(x, y); err != nil {
			return warnings, err
		}
		if backward[j], err = ot.GaussianMap(y, x); err != nil {
			return warnings, err
		}
		for _, m := range []*ot.AffineMap{forward[j], backward[j]} {
			lowest, err := lowestEigenvalue(m.A)
			if err != nil {
				return warnings, err
			}
			smallest = math.Min(smallest, lowest)
		}
	}
	if err := g.setAffine(gp, forward, smallest); err != nil {
		return warnings, err
	}
	return warnings, f.setAffine(fp, backward, smallest)
}

// normalisedLaw is the Gaussian of a cloud in normalised units. A covariance with an
// eigenvalue under 1e-4 of the mean one is shrunk: 1e-2 of the mean is added.
func normalisedLaw(m *mat.Dense, w []float64, norm batches.Normalisation) (law ot.Gaussian, shrunk bool, err error) {
	law, err = ot.FitGaussian(ot.Measure{Points: m, Weights: w})
	if err != nil {
		return law, false, err
	}
	d := len(law.Mean)
	mean := make([]float64, d)
	for k := range mean {
		mean[k] = (law.Mean[k] - norm.Mean[k]) / norm.Scale
	}
	cov := mat.NewSymDense(d, nil)
	cov.ScaleSym(1/(norm.Scale*norm.Scale), law.Cov)
	lowest, err := lowestEigenvalue(cov)
	if err != nil {
		return law, false, err
	}
	average := mat.Trace(cov) / float64(d)
	if lowest < 1e-4*average {
		shrunk = true
		for k := range d {
			cov.SetSym(k, k, cov.At(k, k)+1e-2*average)
		}
	}
	return ot.Gaussian{Mean: mean, Cov: cov}, shrunk, nil
}

func lowestEigenvalue(s *mat.SymDense) (float64, error) {
	var e mat.EigenSym
	if !e.Factorize(s, false) {
		return 0, fmt.Errorf("the eigenvalues of a %d×%d covariance did not converge", s.SymmetricDim(), s.SymmetricDim())
	}
	values := e.Values(nil)
	return values[0], nil
}

// squareRoot is a matrix B with B·Bᵀ = A − shift·I, where what rounding leaves below 0 counts as 0.
func squareRoot(a *mat.SymDense, shift float64) (*mat.Dense, error) {
	var e mat.EigenSym
	if !e.Factorize(a, true) {
		return nil, fmt.Errorf("the square root of a %d×%d affine map did not converge", a.SymmetricDim(), a.SymmetricDim())
	}
	values := e.Values(nil)
	var q, root mat.Dense
	e.VectorsTo(&q)
	root.Apply(func(_, c int, v float64) float64 { return v * math.Sqrt(math.Max(0, values[c]-shift)) }, &q)
	return &root, nil
}

// setBank writes member j's ½⟨x,A_jx⟩ + ⟨m₂ − A_jm₁, x⟩: the square root of A_j less a share that
// the diagonal term keeps, so that f stays strongly convex, and the linear part.
func (n *picnn) setBank(params []float32, maps []*ot.AffineMap, smallest float64) error {
	d, share := n.dim, math.Min(.05, smallest/2)
	for j, m := range maps {
		root, err := squareRoot(m.A, share)
		if err != nil {
			return err
		}
		bank := n.layout.Slice(params, "bank")[j*d*d : (j+1)*d*d]
		linear := n.layout.Slice(params, "bankLinear")[j*d : (j+1)*d]
		for a := range d {
			shift := m.TargetMean[a]
			for b := range d {
				bank[a*d+b] = float32(root.At(a, b))
				shift -= m.A.At(a, b) * m.SourceMean[b]
			}
			linear[a] = float32(shift)
		}
	}
	n.setDiagonal(params, share)
	return nil
}

// setDiagonal makes softplus of the diagonal term's bias equal to v.
func (n *picnn) setDiagonal(params []float32, v float64) {
	bias := n.layout.Slice(params, "condition_b")
	for _, s := range n.seg {
		if s.name == "diagonal" {
			for i := range s.width {
				bias[i] = float32(math.Log(math.Expm1(v)))
			}
		}
		bias = bias[s.width:]
	}
}
