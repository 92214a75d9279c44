package hdf5

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls a worker's function for i = 0..n-1, from as many workers as
// there are processors, and returns the error of the lowest i that has one.
func parallel(n int, worker func() func(i int) error) error {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		work := worker()
		for i := range n {
			if err := work(i); err != nil {
				return err
			}
		}
		return nil
	}
	var (
		group sync.WaitGroup
		next  atomic.Int64
		lock  sync.Mutex
		first error
		at    = n
	)
	for range workers {
		group.Go(func() {
			work := guarded(worker())
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := work(i); err != nil {
					next.Store(int64(n))
					lock.Lock()
					if i < at {
						first, at = err, i
					}
					lock.Unlock()
					return
				}
			}
		})
	}
	group.Wait()
	return first
}

// guarded makes panics of a worker errors.
func guarded(work func(i int) error) func(i int) error {
	return func(i int) (err error) {
		defer guard(&err)
		return work(i)
	}
}
