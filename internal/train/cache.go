package train

import (
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
)

// keptPrograms is how many compiled programs a process keeps for those that ask again.
const keptPrograms = 64

// cacheKey names a program: key is that of [Cached].
type cacheKey struct {
	be  compute.Backend
	key string
}

// cached is a program that is compiled at most once.
type cached struct {
	once    sync.Once
	program *Program
	err     error
	used    uint64
}

var (
	cacheMu  sync.Mutex
	programs = map[cacheKey]*cached{}
	uses     uint64
)

// Cached is [Compile], but where this process has compiled a program for the engine and the key before, it
// is handed out again: a second training of the same shape starts at once. The key must hold all that
// build depends on. Several may run the program at the same time, and nobody may Close it.
func Cached(be compute.Backend, key, name string, build func(g *graph.Graph) []*graph.Node) (*Program, error) {
	cacheMu.Lock()
	uses++
	c, known := programs[cacheKey{be, key}]
	if !known {
		forget(keptPrograms - 1)
		c = &cached{}
		programs[cacheKey{be, key}] = c
	}
	c.used = uses
	cacheMu.Unlock()
	c.once.Do(func() { c.program, c.err = Compile(be, name, build) })
	if c.err != nil { // the next to ask may have more memory, or another graph
		cacheMu.Lock()
		if programs[cacheKey{be, key}] == c {
			delete(programs, cacheKey{be, key})
		}
		cacheMu.Unlock()
	}
	return c.program, c.err
}

// forget the programs whose last use is longest ago until few are left; the collector frees those that
// nobody runs any more.
func forget(left int) {
	for len(programs) > left {
		var oldest cacheKey
		least := uses + 1
		for k, c := range programs {
			if c.used < least {
				oldest, least = k, c.used
			}
		}
		delete(programs, oldest)
	}
}
