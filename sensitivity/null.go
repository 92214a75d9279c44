package sensitivity

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Streams of random numbers.
const (
	streamBootstrap uint64 = 1 << 32
	streamNull      uint64 = 2 << 32
	streamDesign    uint64 = 3 << 32
	streamSobol     uint64 = 4 << 32
	streamPoints    uint64 = 5 << 32
)

// null is the level of an input without influence whose cells have the sizes of p's: the mean index over cells
// of rows drawn at random. As cells of numbers follow from ranks, an input drawn from any law, a dummy, has the same.
func (s *estimation) null(ctx context.Context, name string, p *Partition) (Level, error) {
	if s.o.Permutations == 0 {
		return noLevel, nil
	}
	key := fmt.Sprint(sizes(p.Cells))
	if level, known := s.levels[key]; known {
		return level, nil
	}
	level, err := s.permuted(ctx, name, sizes(p.Cells))
	if err == nil {
		s.levels[key] = level
	}
	return level, err
}

// differentSizes counts the null levels that are needed.
func (s *estimation) differentSizes(parts []*Partition) int {
	keys := map[string]bool{}
	for _, p := range parts {
		if p != nil && s.o.Permutations > 0 {
			keys[fmt.Sprint(sizes(p.Cells))] = true
		}
	}
	return len(keys)
}

func (s *estimation) permuted(ctx context.Context, name string, sizes []int) (Level, error) {
	values := make([]float64, s.o.Permutations)
	err := forEach(s.o.Workers, len(values), func(k int) error {
		order := rand.New(rand.NewPCG(s.o.Seed, streamNull+uint64(k))).Perm(s.runs.Len())
		cells := make([][]int, len(sizes))
		for c, n := range sizes {
			cells[c], order = order[:n], order[n:]
		}
		m, err := s.measure(ctx, s.y, cells, 1)
		if err == nil {
			values[k] = m.statistics(sizes)[0]
			s.step(name)
		}
		return err
	})
	level := Level{Permutations: len(values)}
	level.Mean, level.SD = stat.MeanStdDev(values, nil)
	return level, err
}

// Dummy is the null level of a number that has no influence: what an input must score above to count as one
// that has. It is what [Indices] finds for its inputs, of which none is needed here.
func Dummy(ctx context.Context, outputs *mat.Dense, o Options) (Level, error) {
	runs := &Runs{Outputs: outputs}
	if n := runs.Len(); n > 0 {
		runs.Inputs = []Input{{Name: "dummy", Values: make([]float64, n)}}
		for i := range n {
			runs.Inputs[0].Values[i] = float64(i)
		}
	}
	s, err := newEstimation(runs, o)
	if err != nil {
		return Level{}, err
	}
	p, err := NewPartition(s.runs.Inputs[0], s.o.Cells)
	if err != nil {
		return Level{}, err
	}
	s.total = s.o.Permutations
	return s.null(ctx, "dummy", p)
}

// EntropicBound is the entropic cost between the outputs and themselves over the bound of the indices: what the
// index of [Sinkhorn] does not fall below, whatever the input, as far as cells have many runs. The outputs' number of runs squared is what it
// costs. Epsilon, cost and scaling of o count.
func EntropicBound(ctx context.Context, outputs *mat.Dense, o Options) (float64, error) {
	runs := &Runs{Outputs: outputs}
	if n := runs.Len(); n > 0 {
		runs.Inputs = []Input{{Name: "none", Values: make([]float64, n)}}
	}
	o.Method = Sinkhorn
	s, err := newEstimation(runs, o)
	if err != nil {
		return 0, err
	}
	every := make([]int, s.runs.Len())
	for i := range every {
		every[i] = i
	}
	m, err := s.measure(ctx, s.y, [][]int{every}, s.o.Workers)
	switch {
	case err != nil:
		return 0, fmt.Errorf("sensitivity: %w", err)
	case m.unsolved > 0:
		return 0, fmt.Errorf("sensitivity: Sinkhorn's iterations between the outputs and themselves did not converge at epsilon %g: take a larger one", s.o.Epsilon)
	}
	return m.costs[0] / m.bound, nil
}
