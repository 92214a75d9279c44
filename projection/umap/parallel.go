package umap

import (
	"runtime"
	"sync"
)

// inRanges splits 0…n−1 into one range for each worker (0: each core) and calls f for all at once.
func inRanges(workers, n int, f func(from, to int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = min(workers, n)
	if workers <= 1 {
		f(0, n)
		return
	}
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { f(w*n/workers, (w+1)*n/workers) })
	}
	f(0, n/workers)
	wg.Wait()
}
