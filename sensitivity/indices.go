package sensitivity

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Interval is a confidence interval of an estimate, by the bootstrap.
type Interval struct {
	// Low and High are its ends; NaN where there is none.
	Low, High float64
	// Bias that the bootstrap sees, and StandardError; NaN without replicates. All intervals but the percentile
	// one are about the estimate less its bias, and need not hold the estimate.
	Bias, StandardError float64
}

// noInterval stands where there is none.
var noInterval = Interval{math.NaN(), math.NaN(), math.NaN(), math.NaN()}

// Separation is how far the outputs of a cell are from all outputs.
type Separation struct {
	// Place is the mean value of the input in the cell; Rank the middle of the cell, from 0 to 1; Label that of
	// a categorical input.
	Place, Rank float64
	Label       string
	// N runs are in the cell.
	N int
	// Value is the cost of transport over the bound, Advective that part of it (NaN where the cost has none).
	Value, Advective float64
	// Interval of the value.
	Interval Interval
}

// Level is what an input without influence scores with as many runs in cells of the same sizes. It is that of independent runs: points
// spread more evenly, as those of [SobolSequence] are, score less, so that Corrected takes too much from them.
type Level struct {
	// Mean and SD over Permutations of the runs; NaN without any.
	Mean, SD     float64
	Permutations int
}

// noLevel stands where there is none.
var noLevel = Level{Mean: math.NaN(), SD: math.NaN()}

// Threshold is what 95 % of inputs without influence stay below: mean + 1.645 SD.
func (l Level) Threshold() float64 { return l.Mean + 1.645*l.SD }

// Index of one input.
type Index struct {
	Input string
	// Value of the estimate, from 0 to 1 but for what finite samples and entropy add.
	Value float64
	// Advective and Diffusive parts, which sum to Value; NaN where the cost has none.
	Advective, Diffusive float64
	// Intervals of these.
	Interval, AdvectiveInterval, DiffusiveInterval Interval
	// Null is the level of an input without influence.
	Null Level
	// Corrected is (ι−ι₀)/(1−ι₀) with the mean null level ι₀: what it would be with many runs in the same cells, 0 for an input without
	// influence. NaN without a null level.
	Corrected float64
	// Width is what the index loses where the outputs' laws in whole cells stand for those at single values of the input, and Limit is
	// (ι+w−ι₀)/(1−ι₀), what it would be with many runs in many cells: 1 where the outputs follow from the input. Width comes from
	// a regression of the outputs on the input in each cell and from covariances alone, and does not see a spread that changes across a cell. It is 0 of labels, which have no width;
	// both are NaN without a null level and where the cost is not ‖y−y′‖² or has entropy.
	Width, Limit float64
	// Separations of the cells, in ascending order of the input.
	Separations []Separation
}

// Result of [Indices].
type Result struct {
	Method Method
	// Definition says what the indices are.
	Definition string
	// N runs were used, Dropped left out for a NaN in an output.
	N, Dropped int
	Outputs    []string
	// Bound is what costs are divided by.
	Bound   float64
	Indices []Index
	// Warnings say what to keep in mind.
	Warnings []string
}

// Find the index of an input.
func (r *Result) Find(input string) (Index, bool) {
	for _, x := range r.Indices {
		if x.Input == input {
			return x, true
		}
	}
	return Index{}, false
}

// Ranked are the indices, the largest first.
func (r *Result) Ranked() []Index {
	list := slices.Clone(r.Indices)
	slices.SortStableFunc(list, func(a, b Index) int {
		switch {
		case a.Value > b.Value:
			return -1
		case a.Value < b.Value:
			return 1
		}
		return 0
	})
	return list
}

// Indices estimates how much each input matters for all outputs together, from given runs.
//
// Runs with NaN in an output are left out, and counted; those where an input is NaN, or its label empty, are
// in no cell of that input but count among all outputs. An input that is constant has index 0, one that
// is known in no run is an error. What is suspicious, such as cells of one run or outputs of very different scale, is warned of.
func Indices(ctx context.Context, runs *Runs, o Options) (*Result, error) {
	s, err := newEstimation(runs, o)
	if err != nil {
		return nil, err
	}
	parts := make([]*Partition, len(s.runs.Inputs))
	for j, in := range s.runs.Inputs {
		if in.constant() {
			s.result.warn(fmt.Sprintf("input %s is constant: its index is 0", in.Name))
			continue
		}
		if parts[j], err = NewPartition(in, s.o.Cells); err != nil {
			return nil, err
		}
		s.result.warn(parts[j].remarks(in)...)
		s.total += 1 + s.o.Replicates
	}
	s.total += s.o.Permutations * s.differentSizes(parts)
	for j, in := range s.runs.Inputs {
		x, err := s.index(ctx, in, j, parts[j])
		if err != nil {
			return nil, fmt.Errorf("sensitivity: input %s: %w", in.Name, err)
		}
		s.result.Indices = append(s.result.Indices, *x)
	}
	return s.result, nil
}

// estimation is the state of one.
type estimation struct {
	o       Options
	runs    *Runs
	y       *mat.Dense
	measure measure
	result  *Result
	levels  map[string]Level // by the sizes of cells

	mu          sync.Mutex
	done, total int
}

func newEstimation(runs *Runs, o Options) (*estimation, error) {
	if err := runs.Check(); err != nil {
		return nil, err
	}
	complete, dropped, err := runs.complete()
	if err != nil {
		return nil, err
	}
	for _, in := range complete.Inputs {
		if !in.knownAnywhere() {
			return nil, fmt.Errorf("sensitivity: input %s is known in none of the %d runs whose outputs are: leave it out", in.Name, complete.Len())
		}
	}
	if o, err = o.withDefaults(complete); err != nil {
		return nil, err
	}
	s := &estimation{o: o, runs: complete, y: complete.Outputs, levels: map[string]Level{},
		result: &Result{Method: o.Method, Definition: o.definition(), N: complete.Len(), Dropped: dropped}}
	_, k := s.y.Dims()
	for j := range k {
		s.result.Outputs = append(s.result.Outputs, complete.outputName(j))
	}
	if dropped > 0 {
		s.result.warn(fmt.Sprintf("%d of %d runs have NaN in an output and are left out", dropped, runs.Len()))
	}
	sd, warnings, err := complete.scales()
	if err != nil {
		return nil, err
	}
	if o.Scale {
		s.y = scaled(s.y, sd)
		warnings = slices.DeleteFunc(warnings, isScale)
	}
	s.result.warn(warnings...)
	s.measure = o.measure(s.y)
	return s, nil
}

// warn adds warnings that are not there yet.
func (r *Result) warn(warnings ...string) {
	for _, w := range warnings {
		if !slices.Contains(r.Warnings, w) {
			r.Warnings = append(r.Warnings, w)
		}
	}
}

// step says that one more estimate is done.
func (s *estimation) step(input string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	if s.o.Progress != nil {
		s.o.Progress(Progress{Input: input, Done: s.done, Total: s.total})
	}
}

// newIndex is that of an input of which nothing is known.
func newIndex(input string) *Index {
	nan := math.NaN()
	return &Index{Input: input, Interval: noInterval, AdvectiveInterval: noInterval, DiffusiveInterval: noInterval, Null: noLevel, Corrected: nan, Width: nan, Limit: nan}
}

// index of one input; p is nil of a constant one.
func (s *estimation) index(ctx context.Context, in Input, number int, p *Partition) (*Index, error) {
	x := newIndex(in.Name)
	if p == nil {
		return x, nil
	}
	m, err := s.measure(ctx, s.y, p.Cells, s.o.Workers)
	if err != nil {
		return nil, err
	}
	if m.unsolved > 0 {
		s.result.warn(fmt.Sprintf("input %s: Sinkhorn's iterations did not converge in %d of %d cells: take a larger epsilon", in.Name, m.unsolved, len(p.Cells)))
	}
	s.step(in.Name)
	s.result.Bound = m.bound
	values := m.statistics(sizes(p.Cells))
	x.Value, x.Advective, x.Diffusive = values[0], values[1], values[2]
	x.Separations = make([]Separation, len(p.Cells))
	for k, cell := range p.Cells {
		sep := Separation{Place: p.Place[k], Rank: p.Rank[k], N: len(cell), Value: values[3+k], Advective: math.NaN(), Interval: noInterval}
		if m.advective != nil {
			sep.Advective = m.advective[k] / m.bound
		}
		if p.Labels != nil {
			sep.Label = p.Labels[k]
		}
		x.Separations[k] = sep
	}
	if err := s.bootstrap(ctx, x, number, p, values); err != nil {
		return nil, err
	}
	return x, s.correct(ctx, x, in, p)
}

// correct fills the null level and what follows from it.
func (s *estimation) correct(ctx context.Context, x *Index, in Input, p *Partition) (err error) {
	if x.Null, err = s.null(ctx, in.Name, p); err != nil {
		return err
	}
	x.Corrected = (x.Value - x.Null.Mean) / (1 - x.Null.Mean)
	if x.Null.Permutations > 0 && s.o.hasWidth() {
		x.Width, err = s.width(in, p)
		x.Limit = (x.Value + x.Width - x.Null.Mean) / (1 - x.Null.Mean)
	}
	return err
}

// statistics of an estimate: the index, its advective and diffusive part, and the separation of each cell.
func (m measured) statistics(sizes []int) []float64 {
	out := make([]float64, 3+len(m.costs))
	total := 0
	for _, n := range sizes {
		total += n
	}
	for k, c := range m.costs {
		share := float64(sizes[k]) / float64(total) / m.bound
		out[0] += share * c
		if m.advective != nil {
			out[1] += share * m.advective[k]
		}
		out[3+k] = c / m.bound
	}
	out[2] = out[0] - out[1]
	if m.advective == nil {
		out[1], out[2] = math.NaN(), math.NaN()
	}
	return out
}

// scaling in words.
func (o Options) scaling() string {
	if o.Scale {
		return "; outputs divided by their standard deviations"
	}
	return ""
}

// definition of the indices in words.
func (o Options) definition() string {
	cost := "‖y−y′‖²"
	if o.Cost != nil {
		cost = "the given cost"
	}
	cells := fmt.Sprintf("; %d cells of a number%s", o.Cells, o.scaling())
	switch o.Method {
	case Sinkhorn:
		return fmt.Sprintf("entropic transport cost, %s, ε = %g of the largest, over the mean cost between runs%s", cost, o.Epsilon, cells)
	case Gaussian:
		return "W₂² between Gaussians with the outputs' moments over 2 tr Cov Y" + cells
	case OneD:
		return fmt.Sprintf("one-dimensional transport cost |y−y′|^%g over its mean between runs%s", o.Exponent, cells)
	case FirstOrder:
		return "Sobol' index of first order by cells, Σ Var E[Y|X] / Σ Var Y" + cells
	}
	return fmt.Sprintf("exact transport cost, %s, over the mean cost between runs%s", cost, cells)
}
