package projection

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

func denseOf(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		m.SetRow(i, r)
	}
	return m
}

// golden is a case of testdata/pca_golden.py.
type golden struct {
	X                     [][]float64
	Rows, Cols            int
	Indptr                []int
	Indices               []int32
	Data                  []float32
	Components, Z, Back   [][]float64
	Mean, Variance, Ratio []float64
}

func (g golden) matrix(t *testing.T) mat.Matrix {
	t.Helper()
	if g.X != nil {
		return denseOf(g.X)
	}
	m, err := sparse.New(g.Rows, g.Cols, g.Indptr, g.Indices, g.Data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func near(got, want []float64, tolerance float64) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > tolerance {
			return false
		}
	}
	return true
}

// TestAgainstScikitLearn compares components with their sign, variances,
// projected and reconstructed points. The dense case is to rounding; the wide
// sparse one was computed by scikit-learn in float32, which has 6e-8, over
// relative eigenvalue gaps of a few percent.
func TestAgainstScikitLearn(t *testing.T) {
	data, err := os.ReadFile("testdata/pca_golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []golden
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for i, tolerance := range []float64{1e-10, 2e-5} {
		g := cases[i]
		x := g.matrix(t)
		p, err := FitPCA(x, len(g.Variance))
		if err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(p.Components(), denseOf(g.Components), tolerance) {
			t.Errorf("case %d: components differ", i)
		}
		if !near(p.Mean(), g.Mean, tolerance) || !near(p.ExplainedVariance(), g.Variance, tolerance) || !near(p.ExplainedRatio(), g.Ratio, tolerance) {
			t.Errorf("case %d: mean or variances differ:\n%v\n%v", i, p.ExplainedVariance(), g.Variance)
		}
		z, err := p.Transform(nil, x)
		if err != nil {
			t.Fatal(err)
		}
		first := mat.DenseCopyOf(z.Slice(0, 5, 0, len(g.Variance)))
		if !mat.EqualApprox(first, denseOf(g.Z), 10*tolerance) {
			t.Errorf("case %d: projected points differ", i)
		}
		back, err := p.Inverse(nil, first)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(back.Slice(0, 5, 0, 10), denseOf(g.Back), 10*tolerance) {
			t.Errorf("case %d: reconstructed points differ", i)
		}
	}
}

// expression is a sparse matrix of n×d with a few directions and noise: the
// spectrum has a flat end, as expression has.
func expression(n, d int) *sparse.CSR {
	rng := rand.New(rand.NewPCG(2, 3))
	programmes := mat.NewDense(5, d, nil)
	programmes.Apply(func(_, _ int, _ float64) float64 { return 0.6 * rng.NormFloat64() }, programmes)
	x := mat.NewDense(n, d, nil)
	for i := range n {
		s := []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		for j := range d {
			v := 0.7*rng.NormFloat64() - 0.5
			for k := range s {
				v += s[k] * programmes.At(k, j)
			}
			x.Set(i, j, max(0, v))
		}
	}
	m, err := sparse.FromMatrix(x)
	if err != nil {
		panic(err)
	}
	return m
}

// TestWaysAgree takes one matrix through the full spectrum, the iteration on
// the formed covariance and the iteration over rows, sparse and dense, with 20
// components that reach into the flat part of the spectrum. Residuals of 1e-11
// over gaps of about 1e-3 of the leading eigenvalue leave 1e-8 of the vectors.
func TestWaysAgree(t *testing.T) {
	x := expression(300, 600)
	const k = 20
	reference, dense := rowsOf(x), rowsOf(x.Dense())
	mean, total, err := reference.moments()
	if err != nil {
		t.Fatal(err)
	}
	c := reference.covariance(mean)
	if math.Abs(mat.Trace(c)-total) > 1e-10*total {
		t.Errorf("trace %g, total variance %g", mat.Trace(c), total)
	}
	if !mat.EqualApprox(c, dense.covariance(mean), 1e-12) {
		t.Error("sparse and dense covariance differ")
	}
	values, vectors, err := fullSpectrum(c, k)
	if err != nil {
		t.Fatal(err)
	}
	want := &PCA{mean: mean, components: vectors, variance: values, total: total}
	want.fixSigns()
	for what, f := range map[string]func() ([]float64, *mat.Dense, error){
		"formed": func() ([]float64, *mat.Dense, error) { return reference.leading(mean, k) },
		"rows": func() ([]float64, *mat.Dense, error) {
			return lanczos(600, k, func(dst, v []float64) { reference.multiply(dst, v, mean) })
		},
		"dense rows": func() ([]float64, *mat.Dense, error) {
			return lanczos(600, k, func(dst, v []float64) { dense.multiply(dst, v, mean) })
		},
	} {
		values, vectors, err := f()
		if err != nil {
			t.Fatal(err)
		}
		got := &PCA{mean: mean, components: vectors, variance: values, total: total}
		got.fixSigns()
		if !near(got.variance, want.variance, 1e-9*total) {
			t.Errorf("%s: variances\n%v\nwant\n%v", what, got.variance, want.variance)
		}
		if !mat.EqualApprox(got.components, want.components, 1e-7) {
			t.Errorf("%s: components differ", what)
		}
	}
}

// TestLowRank: fewer directions than components asked, and equal eigenvalues,
// on both sides of the size at which the iteration takes over.
func TestLowRank(t *testing.T) {
	for _, d := range []int{10, 700} {
		x := mat.NewDense(6, d, nil)
		for i := range 6 { // points ±e₁, ±e₂, ±e₃: three equal eigenvalues 2/5, the others 0
			x.Set(i, i/2, float64(2*(i%2)-1))
		}
		p, err := FitPCA(x, 5)
		if err != nil {
			t.Fatal(err)
		}
		if !near(p.ExplainedVariance(), []float64{.4, .4, .4, 0, 0}, 1e-12) {
			t.Errorf("d=%d: variances %v", d, p.ExplainedVariance())
		}
		var gram mat.Dense
		gram.Mul(p.Components(), p.Components().T())
		if !mat.EqualApprox(&gram, mat.NewDiagDense(5, []float64{1, 1, 1, 1, 1}), 1e-12) {
			t.Errorf("d=%d: components are not orthonormal", d)
		}
		z, err := p.Transform(nil, x)
		if err != nil {
			t.Fatal(err)
		}
		back, err := p.Inverse(nil, z)
		if err != nil || !mat.EqualApprox(back, x, 1e-12) {
			t.Errorf("d=%d: points of the components' span are not reconstructed (%v)", d, err)
		}
	}
}

func TestJSON(t *testing.T) {
	p, err := FitPCA(expression(40, 30), 4)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back PCA
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(*p, back) {
		t.Errorf("read back another projection: %v", err)
	}
	for what, bad := range map[string]string{
		"cut":      string(text[:len(text)/2]),
		"kind":     strings.Replace(string(text), "pca", "umap", 1),
		"mean":     strings.Replace(string(text), `"mean":[`, `"mean":[0,`, 1),
		"loadings": strings.Replace(string(text), `"components":[[`, `"components":[[9`, 1),
		"variance": strings.Replace(string(text), `"explained_variance":[`, `"explained_variance":[0,`, 1),
		"empty":    "{}",
	} {
		if err := json.Unmarshal([]byte(bad), new(PCA)); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestRefusals(t *testing.T) {
	x := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 7})
	p, err := FitPCA(x, 2)
	if err != nil {
		t.Fatal(err)
	}
	for what, f := range map[string]func() error{
		"one point":      func() error { _, err := FitPCA(mat.NewDense(1, 2, nil), 1); return err },
		"too many":       func() error { _, err := FitPCA(x, 3); return err },
		"none":           func() error { _, err := FitPCA(x, 0); return err },
		"constant":       func() error { _, err := FitPCA(mat.NewDense(3, 2, []float64{.1, 7, .1, 7, .1, 7}), 1); return err },
		"not a number":   func() error { _, err := FitPCA(mat.NewDense(2, 2, []float64{1, 2, math.NaN(), 1}), 1); return err },
		"other features": func() error { _, err := p.Transform(nil, mat.NewDense(1, 3, nil)); return err },
		"other latent":   func() error { _, err := p.Inverse(nil, mat.NewDense(1, 3, nil)); return err },
		"dst":            func() error { _, err := p.Transform(mat.NewDense(1, 1, nil), x); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
