package metrics

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel calls f for 0…n−1 from several goroutines; 0 workers means all cores.
func inParallel(workers, n int, f func(k int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for k := int(next.Add(1)) - 1; k < n; k = int(next.Add(1)) - 1 {
				f(k)
			}
		})
	}
	wg.Wait()
}
