package sensitivity

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Variable is an uncertain input.
type Variable struct {
	Name string
	// Law of the input, by its quantiles, such as distuv.Normal or distuv.Uniform.
	Law distuv.Quantiler
}

// Study is a model that can be run at will, with the laws of its inputs.
type Study struct {
	Name   string
	Inputs []Variable
	// Correlation of the inputs' normal scores, with ones on the diagonal: a Gaussian copula. Nil: independent.
	Correlation mat.Symmetric
	Outputs     []string
	// Run writes the outputs of the inputs x to dst. It is called from several goroutines. NaN says that a run failed.
	Run func(dst, x []float64)
}

func (s *Study) check() error {
	if len(s.Inputs) == 0 || len(s.Outputs) == 0 || s.Run == nil {
		return fmt.Errorf("sensitivity: a study needs inputs, outputs and a model to run; this has %d inputs and %d outputs", len(s.Inputs), len(s.Outputs))
	}
	for _, v := range s.Inputs {
		if v.Law == nil {
			return fmt.Errorf("sensitivity: input %q has no law", v.Name)
		}
	}
	return nil
}

// Sample draws n points of the inputs by a design and runs the model at them, on all cores.
func (s *Study) Sample(ctx context.Context, n int, design Design, seed uint64) (*Runs, error) {
	x, err := s.Draw(n, design, seed)
	if err != nil {
		return nil, err
	}
	y, err := s.evaluate(ctx, x)
	if err != nil {
		return nil, err
	}
	r := &Runs{Outputs: y, OutputNames: s.Outputs}
	for j, v := range s.Inputs {
		r.Inputs = append(r.Inputs, Input{Name: v.Name, Values: mat.Col(nil, j, x)})
	}
	return r, nil
}

// Draw are n points of the inputs by a design.
func (s *Study) Draw(n int, design Design, seed uint64) (*mat.Dense, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	u, err := design.Uniform(n, len(s.Inputs), seed)
	if err != nil {
		return nil, err
	}
	return u, s.fromUniform(u)
}

// fromUniform turns independent uniform coordinates into inputs.
func (s *Study) fromUniform(u *mat.Dense) error {
	n, d := u.Dims()
	if s.Correlation != nil {
		if err := correlate(u, s.Correlation); err != nil {
			return err
		}
	}
	for i := range n {
		row := u.RawRowView(i)
		for j := range d {
			row[j] = s.Inputs[j].Law.Quantile(row[j])
			if math.IsNaN(row[j]) || math.IsInf(row[j], 0) {
				return fmt.Errorf("sensitivity: the law of input %s has the quantile %v", s.Inputs[j].Name, row[j])
			}
		}
	}
	return nil
}

// correlate makes the coordinates of a Gaussian copula of independent uniform ones.
func correlate(u *mat.Dense, correlation mat.Symmetric) error {
	n, d := u.Dims()
	if correlation.SymmetricDim() != d {
		return fmt.Errorf("sensitivity: a correlation matrix of %d inputs for %d", correlation.SymmetricDim(), d)
	}
	for j := range d {
		if correlation.At(j, j) != 1 {
			return fmt.Errorf("sensitivity: the correlation matrix has %g on its diagonal, for input %d: want 1", correlation.At(j, j), j+1)
		}
	}
	var c mat.Cholesky
	if !c.Factorize(correlation) {
		return fmt.Errorf("sensitivity: the correlation matrix is not positive definite")
	}
	var root mat.TriDense
	c.LTo(&root)
	z, w := make([]float64, d), mat.NewVecDense(d, nil)
	for i := range n {
		row := u.RawRowView(i)
		for j, p := range row {
			z[j] = distuv.UnitNormal.Quantile(p)
		}
		w.MulVec(&root, mat.NewVecDense(d, z))
		for j := range row {
			row[j] = min(max(distuv.UnitNormal.CDF(w.AtVec(j)), math.SmallestNonzeroFloat64), 1-1e-16)
		}
	}
	return nil
}

// evaluateBlock is how many runs a goroutine takes at a time.
const evaluateBlock = 64

// evaluate runs the model at the rows of x.
func (s *Study) evaluate(ctx context.Context, x *mat.Dense) (*mat.Dense, error) {
	n, _ := x.Dims()
	y := mat.NewDense(n, len(s.Outputs), nil)
	err := forEach(0, (n+evaluateBlock-1)/evaluateBlock, func(b int) error {
		for i := b * evaluateBlock; i < min(n, (b+1)*evaluateBlock); i++ {
			s.Run(y.RawRowView(i), x.RawRowView(i))
		}
		return ctx.Err()
	})
	return y, err
}

// gaussianMatrix of [LinearStudy].
var gaussianMatrix = mat.NewDense(2, 3, []float64{4, -2, 1, 2, 5, -1})

// LinearStudy is Y = A·X with A = [4 −2 1; 2 5 −1] and standard normal inputs whose correlations are .5, the
// Gaussian test function of the R package gsaot; and the closed form of its indices.
func LinearStudy() (*Study, []Parts, error) {
	cov := mat.NewSymDense(3, []float64{1, .5, .5, .5, 1, .5, .5, .5, 1})
	s := &Study{Name: "linear", Correlation: cov, Outputs: []string{"Y1", "Y2"}}
	for _, name := range []string{"X1", "X2", "X3"} {
		s.Inputs = append(s.Inputs, Variable{name, distuv.UnitNormal})
	}
	s.Run = func(dst, x []float64) {
		for k := range dst {
			dst[k] = 0
			for j, v := range x {
				dst[k] += gaussianMatrix.At(k, j) * v
			}
		}
	}
	exact, err := LinearGaussian(gaussianMatrix, cov)
	return s, exact, err
}

// IshigamiStudy is Y = sin X₁ + a sin² X₂ + b X₃⁴ sin X₁ with inputs uniform on (−π, π). Usual are a = 7 and
// b = .1 (Ishigami and Homma 1990), or a = 2 and b = 1, the default of the R package gsaot.
func IshigamiStudy(a, b float64) *Study {
	s := &Study{Name: "ishigami", Outputs: []string{"Y"}}
	for _, name := range []string{"X1", "X2", "X3"} {
		s.Inputs = append(s.Inputs, Variable{name, distuv.Uniform{Min: -math.Pi, Max: math.Pi}})
	}
	s.Run = func(dst, x []float64) {
		sin, fourth := math.Sin(x[1]), x[2]*x[2]*x[2]*x[2]
		dst[0] = math.Sin(x[0])*(1+b*fourth) + a*sin*sin
	}
	return s
}

// SobolGStudy is Y = Π (|4Xⱼ−2|+aⱼ)/(1+aⱼ) with inputs uniform on (0, 1): the smaller aⱼ, the more Xⱼ matters
// (Saltelli and Sobol' 1995). No a means 0, 1, 4.5, 9, 99, 99, 99, 99.
func SobolGStudy(a ...float64) *Study {
	if len(a) == 0 {
		a = []float64{0, 1, 4.5, 9, 99, 99, 99, 99}
	}
	s := &Study{Name: "sobolg", Outputs: []string{"Y"}}
	for j := range a {
		s.Inputs = append(s.Inputs, Variable{fmt.Sprintf("X%d", j+1), distuv.Uniform{Min: 0, Max: 1}})
	}
	s.Run = func(dst, x []float64) {
		dst[0] = 1
		for j, v := range x {
			dst[0] *= (math.Abs(4*v-2) + a[j]) / (1 + a[j])
		}
	}
	return s
}

// LinearMatrix is the matrix A of [LinearStudy], for [LinearGaussian] and [LinearGaussianCells].
func LinearMatrix() *mat.Dense { return mat.DenseCopyOf(gaussianMatrix) }
