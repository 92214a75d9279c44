package condition

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// PairwiseW2 is the matrix of distances W₂ between clouds, for [ModeOfAction].
// w2Squared gives W₂² of two clouds, without the factor ½ of the cost; its root
// is taken here, with values below zero (as a debiased estimate may give)
// counted as zero. It is called from several goroutines at once. The error
// names the clouds by their numbers.
func PairwiseW2(ctx context.Context, clouds []*mat.Dense, w2Squared func(a, b *mat.Dense) (float64, error)) (*mat.SymDense, error) {
	if len(clouds) < 2 {
		return nil, fmt.Errorf("condition: pairwise distances of %d cloud; two or more are needed", len(clouds))
	}
	distances := mat.NewSymDense(len(clouds), nil)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	pairs := make(chan [2]int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for p := range pairs {
				squared, err := w2Squared(clouds[p[0]], clouds[p[1]])
				if err == nil && !finite(squared) {
					err = fmt.Errorf("W₂² is %g", squared)
				}
				if err != nil {
					cancel(fmt.Errorf("condition: distance of clouds %d and %d: %w", p[0], p[1], err))
					continue
				}
				distances.SetSym(p[0], p[1], math.Sqrt(max(squared, 0)))
			}
		})
	}
	for i := range clouds {
		for j := i + 1; j < len(clouds) && ctx.Err() == nil; j++ {
			pairs <- [2]int{i, j}
		}
	}
	close(pairs)
	workers.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return distances, nil
}
