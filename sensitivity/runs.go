package sensitivity

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Input is an input's value in every run: numbers, or labels of a categorical input.
type Input struct {
	Name string
	// Values in the runs; NaN where it is not known. Nil of a categorical input.
	Values []float64
	// Labels in the runs; "" where it is not known. Nil of a number.
	Labels []string
}

// Categorical says whether the input has labels.
func (in Input) Categorical() bool { return in.Labels != nil }

// known says whether the input's value in run i is.
func (in Input) known(i int) bool {
	if in.Categorical() {
		return in.Labels[i] != ""
	}
	return !math.IsNaN(in.Values[i])
}

// knownAnywhere says whether the input's value in some run is.
func (in Input) knownAnywhere() bool {
	for i := range max(len(in.Values), len(in.Labels)) {
		if in.known(i) {
			return true
		}
	}
	return false
}

// Runs are N runs of a model.
type Runs struct {
	Inputs []Input
	// Outputs are N×K: a run a row.
	Outputs *mat.Dense
	// OutputNames name the columns; nil: 1, 2 and so on.
	OutputNames []string
}

// Len is the number of runs.
func (r *Runs) Len() int {
	if r == nil || r.Outputs == nil || r.Outputs.IsEmpty() {
		return 0
	}
	n, _ := r.Outputs.Dims()
	return n
}

// outputName of column k.
func (r *Runs) outputName(k int) string {
	if k < len(r.OutputNames) {
		return r.OutputNames[k]
	}
	return fmt.Sprint(k + 1)
}

// Check says what is wrong with the runs. NaN is allowed: see [Indices].
func (r *Runs) Check() error {
	n := r.Len()
	if n < 2 {
		return fmt.Errorf("sensitivity: %d runs: at least 2 are needed", n)
	}
	_, k := r.Outputs.Dims()
	if r.OutputNames != nil && len(r.OutputNames) != k {
		return fmt.Errorf("sensitivity: %d names for %d outputs", len(r.OutputNames), k)
	}
	if len(r.Inputs) == 0 {
		return fmt.Errorf("sensitivity: no inputs")
	}
	for i := range n {
		for j, v := range r.Outputs.RawRowView(i) {
			if math.IsInf(v, 0) {
				return fmt.Errorf("sensitivity: output %s of run %d is %v: a run that failed is NaN, and is left out", r.outputName(j), i+1, v)
			}
		}
	}
	for j, in := range r.Inputs {
		if err := in.check(n); err != nil {
			return err
		}
		for _, other := range r.Inputs[:j] {
			if other.Name == in.Name {
				return fmt.Errorf("sensitivity: two inputs are named %q", in.Name)
			}
		}
	}
	return nil
}

func (in Input) check(n int) error {
	switch {
	case in.Name == "":
		return fmt.Errorf("sensitivity: an input has no name")
	case in.Values != nil && in.Labels != nil:
		return fmt.Errorf("sensitivity: input %s has both numbers and labels", in.Name)
	case len(in.Values)+len(in.Labels) != n:
		return fmt.Errorf("sensitivity: input %s has %d values for %d runs", in.Name, len(in.Values)+len(in.Labels), n)
	}
	for i, v := range in.Values {
		if math.IsInf(v, 0) {
			return fmt.Errorf("sensitivity: input %s of run %d is %v: want a number, or NaN where it is not known", in.Name, i+1, v)
		}
	}
	return nil
}

// complete are the runs all of whose outputs are numbers, and how many others there were.
func (r *Runs) complete() (*Runs, int, error) {
	if !floats.HasNaN(r.Outputs.RawMatrix().Data) && r.Outputs.RawMatrix().Stride == len(r.Outputs.RawRowView(0)) {
		return r, 0, nil
	}
	rows := make([]int, 0, r.Len())
	for i := range r.Len() {
		if !floats.HasNaN(r.Outputs.RawRowView(i)) {
			rows = append(rows, i)
		}
	}
	dropped := r.Len() - len(rows)
	switch {
	case dropped == 0:
		return r, 0, nil
	case len(rows) < 2:
		return nil, dropped, fmt.Errorf("sensitivity: of %d runs %d have NaN in an output: at least 2 whole ones are needed", r.Len(), dropped)
	}
	out := &Runs{OutputNames: r.OutputNames, Outputs: takeRows(r.Outputs, rows)}
	for _, in := range r.Inputs {
		kept := Input{Name: in.Name}
		if in.Categorical() {
			kept.Labels = picked(in.Labels, rows)
		} else {
			kept.Values = picked(in.Values, rows)
		}
		out.Inputs = append(out.Inputs, kept)
	}
	return out, dropped, nil
}

func picked[T any](list []T, rows []int) []T {
	out := make([]T, len(rows))
	for k, i := range rows {
		out[k] = list[i]
	}
	return out
}

func takeRows(m *mat.Dense, rows []int) *mat.Dense {
	_, d := m.Dims()
	out := mat.NewDense(len(rows), d, nil)
	for k, i := range rows {
		out.SetRow(k, m.RawRowView(i))
	}
	return out
}

// wide is the ratio of two outputs' deviations above which the larger decides alone.
const wide = 10

// scales are the outputs' standard deviations, with what there is to say about them; all of them 0 is an error.
func (r *Runs) scales() (sd []float64, warnings []string, err error) {
	n, k := r.Outputs.Dims()
	var constant []string
	column := make([]float64, n)
	least, most := math.Inf(1), 0.0
	small, large := 0, 0
	for j := range k {
		mat.Col(column, j, r.Outputs)
		s := stat.StdDev(column, nil)
		if floats.Max(column) == floats.Min(column) {
			s = 0 // and not what rounding of the mean makes of it
			constant = append(constant, r.outputName(j))
		} else {
			if s < least {
				least, small = s, j
			}
			if s > most {
				most, large = s, j
			}
		}
		if math.IsInf(s, 0) || math.IsNaN(s) {
			return nil, nil, fmt.Errorf("sensitivity: the variance of output %s overflows: give it in another unit", r.outputName(j))
		}
		sd = append(sd, s)
	}
	if len(constant) == k {
		return nil, nil, fmt.Errorf("sensitivity: the outputs are the same in all %d runs: there is nothing to explain", n)
	}
	for _, name := range constant {
		warnings = append(warnings, fmt.Sprintf("output %s is constant: it adds nothing", name))
	}
	if most > wide*least {
		warnings = append(warnings, fmt.Sprintf("output %s varies %.3g times as much as output %s: it decides almost alone; %s",
			r.outputName(large), most/least, r.outputName(small), scaleAdvice))
	}
	return sd, warnings, nil
}

// isScale tells the warning of outputs of different scale from others.
func isScale(warning string) bool { return strings.HasSuffix(warning, scaleAdvice) }

// scaleAdvice ends that warning.
const scaleAdvice = "scaling divides each output by its standard deviation"

// scaled divides the outputs by their standard deviations.
func scaled(y *mat.Dense, sd []float64) *mat.Dense {
	out := mat.DenseCopyOf(y)
	n, _ := out.Dims()
	for i := range n {
		row := out.RawRowView(i)
		for j, s := range sd {
			if s > 0 {
				row[j] /= s
			}
		}
	}
	return out
}

// Select are the runs with the named outputs alone, in that order.
func (r *Runs) Select(outputs ...string) (*Runs, error) {
	if len(outputs) == 0 {
		return nil, fmt.Errorf("sensitivity: no outputs are asked for")
	}
	_, k := r.Outputs.Dims()
	names := make([]string, k)
	for j := range names {
		names[j] = r.outputName(j)
	}
	out := &Runs{Inputs: r.Inputs, OutputNames: slices.Clone(outputs), Outputs: mat.NewDense(r.Len(), len(outputs), nil)}
	for c, name := range outputs {
		j := slices.Index(names, name)
		if j < 0 {
			return nil, fmt.Errorf("sensitivity: no output is named %q (%s)", name, spell.Suggest(name, names))
		}
		for i := range r.Len() {
			out.Outputs.Set(i, c, r.Outputs.At(i, j))
		}
	}
	return out, nil
}
