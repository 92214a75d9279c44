package umap_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/gomonge/gomonge/projection/umap"
)

// Two groups of points in ten dimensions, and a new point of the second group.
func Example() {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(1, 1))
	x := mat.NewDense(200, 10, nil)
	x.Apply(func(i, _ int, _ float64) float64 { return float64(6*(i/100)) + rng.NormFloat64() }, x)
	m, err := umap.Fit(ctx, x, umap.Options{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	added := mat.NewDense(1, 10, []float64{6, 6, 6, 6, 6, 6, 6, 6, 6, 6})
	place, err := m.Transform(ctx, added)
	if err != nil {
		log.Fatal(err)
	}
	mean := func(from, to int, c int) (s float64) {
		for i := from; i < to; i++ {
			s += m.Embedding().At(i, c) / float64(to-from)
		}
		return s
	}
	apart := func(from, to int) float64 {
		dx, dy := place.At(0, 0)-mean(from, to, 0), place.At(0, 1)-mean(from, to, 1)
		return dx*dx + dy*dy
	}
	trust, err := umap.Trustworthiness(x, m.Embedding(), 15)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("start:", m.Start())
	fmt.Println("neighbourhoods kept:", trust > .8)
	fmt.Println("nearer to the second group:", apart(100, 200) < apart(0, 100))
	// Output:
	// start: spectral by component
	// neighbourhoods kept: true
	// nearer to the second group: true
}
