package dice

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
)

// Sample is what the runs of a Monte Carlo study made. Runs that collapsed are not in it.
type Sample struct {
	// Inputs of the runs, n×5 in the order of [Version.Inputs].
	Inputs *mat.Dense
	// Years of the columns of outputs.
	Years []int
	// Failures are the runs that collapsed.
	Failures []Failure

	outputs map[Output]*mat.Dense
}

// Failure is a run that collapsed.
type Failure struct {
	// Row of the inputs that were asked for.
	Row    int
	Inputs Inputs
	Err    error
}

// Of is an output of the runs, n×years; nil if it was not asked for.
func (s *Sample) Of(o Output) *mat.Dense { return s.outputs[o] }

// MonteCarlo runs the model for every row of inputs, n×5 in the order of [Version.Inputs], on all cores and
// keeps the outputs named (all if none is) in the years given (all periods if nil). A run ends with the last
// of these years: of Nordhaus's inputs 8 % collapse some time before 2510, but hardly one before 2150. Rows
// that are no inputs are an error; runs that collapse are listed in [Sample.Failures], all of them an error.
func (m *Model) MonteCarlo(ctx context.Context, x *mat.Dense, years []int, outputs ...Output) (*Sample, error) {
	if x == nil || x.IsEmpty() {
		return nil, errors.New("dice: no inputs")
	}
	n, d := x.Dims()
	if d != inputs {
		return nil, fmt.Errorf("dice: %d columns of inputs; the version has %d", d, inputs)
	}
	for r := range n {
		if err := m.checkInputs(Inputs(x.RawRowView(r))); err != nil {
			return nil, fmt.Errorf("row %d: %w", r, err)
		}
	}
	if len(outputs) == 0 {
		outputs = Outputs()
	}
	if years == nil {
		years = m.years
	}
	if len(years) == 0 {
		return nil, errors.New("dice: no years")
	}
	at, err := m.periods(years)
	if err != nil {
		return nil, err
	}
	s := &Sample{Years: slices.Clone(years), outputs: map[Output]*mat.Dense{}}
	for _, o := range outputs {
		if !slices.Contains(Outputs(), o) {
			return nil, fmt.Errorf("dice: no output %q (%s)", o, suggestOutput(o))
		}
		s.outputs[o] = mat.NewDense(n, len(years), nil)
	}
	failed := m.runRows(ctx, x, slices.Max(at)+1, func(r int, p *Path) {
		for o, values := range s.outputs {
			row, path := values.RawRowView(r), p.Of(o)
			for k, t := range at {
				row[k] = path[t]
			}
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s, s.keep(x, failed)
}

// suggestOutput names the outputs nearest to what is none.
func suggestOutput(o Output) string {
	var names []string
	for _, known := range Outputs() {
		names = append(names, string(known))
	}
	return spell.Suggest(string(o), names)
}

// periods are the numbers of years among the model's periods.
func (m *Model) periods(years []int) ([]int, error) {
	at := make([]int, len(years))
	for k, year := range years {
		if at[k] = slices.Index(m.years, year); at[k] < 0 {
			return nil, fmt.Errorf("dice: no period begins in %d; they begin every %d years from %d to %d", year, step, m.years[0], m.years[len(m.years)-1])
		}
	}
	return at, nil
}

// runRows runs every row for some periods and hands its path on, from several goroutines; errors come back
// by row.
func (m *Model) runRows(ctx context.Context, x *mat.Dense, periods int, done func(row int, p *Path)) []error {
	n, _ := x.Dims()
	errs := make([]error, n)
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			path := new(Path)
			path.size(periods)
			for r := w; r < n && ctx.Err() == nil; r += workers {
				if errs[r] = m.engine.run(path, Inputs(x.RawRowView(r)), -1, 0); errs[r] == nil {
					done(r, path)
				}
			}
		})
	}
	wg.Wait()
	return errs
}

// keep leaves only the runs without an error in the sample.
func (s *Sample) keep(x *mat.Dense, errs []error) error {
	var rows []int
	for r, err := range errs {
		if err == nil {
			rows = append(rows, r)
		} else {
			s.Failures = append(s.Failures, Failure{r, Inputs(x.RawRowView(r)), err})
		}
	}
	if len(rows) == 0 {
		return fmt.Errorf("dice: all %d runs collapsed; the first: %w", len(errs), errs[0])
	}
	s.Inputs = selectRows(x, rows)
	if len(s.Failures) > 0 {
		for o, values := range s.outputs {
			s.outputs[o] = selectRows(values, rows)
		}
	}
	return nil
}

// selectRows copies rows of x.
func selectRows(x *mat.Dense, rows []int) *mat.Dense {
	_, d := x.Dims()
	out := mat.NewDense(len(rows), d, nil)
	for k, r := range rows {
		copy(out.RawRowView(k), x.RawRowView(r))
	}
	return out
}
