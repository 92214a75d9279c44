package ot

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// workers is how many goroutines to use when w are asked for; 0 means all cores.
func workers(w int) int {
	if w <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return w
}

// inBlocks calls f for consecutive blocks of 0…n−1, from several goroutines,
// and returns when all are done. Which blocks there are depends on n and size
// alone, so that sums taken block by block come out the same for any number
// of workers. worker is less than the number of workers.
func inBlocks(w, n, size int, f func(worker, block, from, to int)) {
	blocks := (n + size - 1) / size
	w = min(workers(w), blocks)
	if w <= 1 {
		for b := range blocks {
			f(0, b, b*size, min(n, (b+1)*size))
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for k := range w {
		wg.Go(func() {
			for b := int(next.Add(1)) - 1; b < blocks; b = int(next.Add(1)) - 1 {
				f(k, b, b*size, min(n, (b+1)*size))
			}
		})
	}
	wg.Wait()
}
