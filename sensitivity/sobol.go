package sensitivity

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// SobolOptions of [Study.Sobol]; the zero value is a sound default.
type SobolOptions struct {
	// N rows of each of the two designs; the model runs N·(inputs+2) times. 0 means 4096.
	N int
	// Design; "" means SobolSequence.
	Design Design
	// Replicates of the bootstrap over rows; 0 means 200, negative none.
	Replicates int
	// Confidence of percentile intervals; 0 means .95.
	Confidence float64
	Seed       uint64
}

// SobolIndex of one input: shares of the variance, summed over the outputs.
type SobolIndex struct {
	Input string
	// First is the share that the input explains alone, Σ Var E[Yₖ|Xᵢ] / Σ Var Yₖ; Total that which it has a part in,
	// Σ E Var[Yₖ|X₋ᵢ] / Σ Var Yₖ.
	First, Total                 float64
	FirstInterval, TotalInterval Interval
}

// SobolResult of [Study.Sobol].
type SobolResult struct {
	// Runs of the model; Dropped rows, where one of them failed.
	Runs, Dropped int
	// Variance Σ Var Yₖ.
	Variance float64
	Indices  []SobolIndex
}

// Sobol estimates Sobol' indices of independent inputs from two designs A and B and those that have the column
// of one input from B and the others from A: of first order by Saltelli et al. (2010,
// doi:10.1016/j.cpc.2009.09.018, table 2 b), total by Jansen (1999, f). Inputs that depend on each other are an error: their variance
// does not fall into parts.
func (s *Study) Sobol(ctx context.Context, o SobolOptions) (*SobolResult, error) {
	setDefault(&o.N, 4096)
	setDefault(&o.Replicates, 200)
	setDefault(&o.Confidence, .95)
	if err := s.check(); err != nil {
		return nil, err
	}
	switch {
	case s.Correlation != nil:
		return nil, fmt.Errorf("sensitivity: the inputs of study %s depend on each other: Sobol' indices are for independent ones", s.Name)
	case o.N < 2:
		return nil, fmt.Errorf("sensitivity: %d rows: at least 2 are needed", o.N)
	case !(o.Confidence > 0 && o.Confidence < 1):
		return nil, fmt.Errorf("sensitivity: confidence %g: want a share between 0 and 1, such as .95", o.Confidence)
	}
	t, err := s.rows(ctx, o)
	if err != nil {
		return nil, err
	}
	d := len(s.Inputs)
	r := &SobolResult{Runs: o.N * (d + 2), Dropped: o.N - len(t.whole)}
	if len(t.whole) < 2 {
		return nil, fmt.Errorf("sensitivity: %d of %d rows have a run that failed: at least 2 whole ones are needed", r.Dropped, o.N)
	}
	values, variance := t.indices(t.whole)
	if r.Variance = variance; !(variance > 0) {
		return nil, fmt.Errorf("sensitivity: the outputs of study %s do not vary", s.Name)
	}
	b := replicates{kind: Percentile, alpha: (1 - o.Confidence) / 2}
	random := rand.New(rand.NewPCG(o.Seed, streamSobol))
	for range o.Replicates {
		drawn := make([]int, len(t.whole))
		for k := range drawn {
			drawn[k] = t.whole[random.IntN(len(t.whole))]
		}
		v, _ := t.indices(drawn)
		b.drawn = append(b.drawn, v)
	}
	for j, in := range s.Inputs {
		x := SobolIndex{Input: in.Name, First: values[j], Total: values[d+j], FirstInterval: noInterval, TotalInterval: noInterval}
		if b.drawn != nil {
			x.FirstInterval, x.TotalInterval = b.interval(values, j), b.interval(values, d+j)
		}
		r.Indices = append(r.Indices, x)
	}
	return r, nil
}

// sobolRows are the outputs of the designs, less the mean of A's and B's.
type sobolRows struct {
	a, b  *mat.Dense
	mixed []*mat.Dense
	whole []int // rows without a run that failed
}

// rows runs the model at all designs.
func (s *Study) rows(ctx context.Context, o SobolOptions) (*sobolRows, error) {
	d := len(s.Inputs)
	both, err := o.Design.Uniform(o.N, 2*d, o.Seed)
	if err != nil {
		return nil, err
	}
	half := func(from int) *mat.Dense { return mat.DenseCopyOf(both.Slice(0, o.N, from, from+d)) }
	a, b := half(0), half(d)
	for _, u := range []*mat.Dense{a, b} {
		if err := s.fromUniform(u); err != nil {
			return nil, err
		}
	}
	t := &sobolRows{}
	if t.a, err = s.evaluate(ctx, a); err != nil {
		return nil, err
	}
	if t.b, err = s.evaluate(ctx, b); err != nil {
		return nil, err
	}
	for j := range d {
		x := mat.DenseCopyOf(a)
		x.SetCol(j, mat.Col(nil, j, b))
		y, err := s.evaluate(ctx, x)
		if err != nil {
			return nil, err
		}
		t.mixed = append(t.mixed, y)
	}
	t.find()
	t.centre()
	return t, nil
}

// find the rows all of whose runs are numbers.
func (t *sobolRows) find() {
	n, _ := t.a.Dims()
	for i := range n {
		failed := false
		for _, m := range append(slices.Clone(t.mixed), t.a, t.b) {
			for _, v := range m.RawRowView(i) {
				failed = failed || math.IsNaN(v) || math.IsInf(v, 0)
			}
		}
		if !failed {
			t.whole = append(t.whole, i)
		}
	}
}

// centre takes the mean of A's and B's outputs away, with which the estimator of first order is less noisy.
func (t *sobolRows) centre() {
	_, k := t.a.Dims()
	for c := range k {
		mean := 0.0
		for _, i := range t.whole {
			mean += (t.a.At(i, c) + t.b.At(i, c)) / 2 / float64(len(t.whole))
		}
		for _, m := range append(slices.Clone(t.mixed), t.a, t.b) {
			for _, i := range t.whole {
				m.Set(i, c, m.At(i, c)-mean)
			}
		}
	}
}

// indices of first order of all inputs, then the total ones, from some rows, and Σ Var Y.
func (t *sobolRows) indices(rows []int) (values []float64, variance float64) {
	_, k := t.a.Dims()
	d := len(t.mixed)
	values = make([]float64, 2*d)
	both := make([]float64, 0, 2*len(rows))
	for c := range k {
		both = both[:0]
		for _, i := range rows {
			both = append(both, t.a.At(i, c), t.b.At(i, c))
		}
		variance += stat.Variance(both, nil)
		for j, m := range t.mixed {
			for _, i := range rows {
				fa, fb, f := t.a.At(i, c), t.b.At(i, c), m.At(i, c)
				values[j] += fb * (f - fa)
				values[d+j] += (fa - f) * (fa - f) / 2
			}
		}
	}
	for j := range values {
		values[j] /= variance * float64(len(rows))
	}
	return values, variance
}
