package train

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gomonge/gomonge/internal/backend"
)

// scaled compiles x ↦ factor·x under a key, and counts the compilations.
func scaled(t *testing.T, be compute.Backend, key string, factor float32, built *int) *Program {
	t.Helper()
	p, err := Cached(be, key, "scaled", func(g *graph.Graph) []*graph.Node {
		*built++
		return []*graph.Node{graph.MulScalar(graph.Parameter(g, "x", shapes.Make(dtypes.Float32, 2)), factor)}
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCachedCompilesOnce(t *testing.T) {
	engine, err := backend.Get("go")
	if err != nil {
		t.Fatal(err)
	}
	be, built := engine.Backend, 0
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			x, err := Upload(be, []float32{1, 2}, 2)
			if err != nil {
				t.Error(err)
				return
			}
			out, err := scaled(t, be, "twice", 2, &built).Run([]compute.Buffer{x}, nil)
			if err != nil {
				t.Error(err)
				return
			}
			var y [2]float32
			if err := Download(y[:], out[0]); err != nil || y != [2]float32{2, 4} {
				t.Errorf("twice (1, 2) is %v, %v", y, err)
			}
		})
	}
	wait.Wait()
	if built != 1 {
		t.Errorf("one program was built %d times", built)
	}
	scaled(t, be, "thrice", 3, &built)
	if built != 2 {
		t.Errorf("two programs were built %d times", built)
	}
}

func TestCachedForgetsTheOldest(t *testing.T) {
	engine, err := backend.Get("go")
	if err != nil {
		t.Fatal(err)
	}
	built := 0
	scaled(t, engine.Backend, "first", 1, &built)
	for k := range keptPrograms - 1 {
		scaled(t, engine.Backend, fmt.Sprint("other ", k), 1, &built)
	}
	before := built
	scaled(t, engine.Backend, "first", 1, &built) // still kept, and used again
	scaled(t, engine.Backend, "one more", 1, &built)
	scaled(t, engine.Backend, "first", 1, &built)
	if built != before+1 {
		t.Errorf("a program in use was forgotten: %d compilations after %d", built, before)
	}
	scaled(t, engine.Backend, "other 0", 1, &built)
	if built != before+2 {
		t.Errorf("the program used longest ago was kept: %d compilations after %d", built, before)
	}
	if len(programs) > keptPrograms {
		t.Errorf("%d programs are kept", len(programs))
	}
}
