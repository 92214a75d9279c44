package projection_test

import (
	"fmt"
	"log"

	"github.com/gomonge/gomonge/projection"
	"gonum.org/v1/gonum/mat"
)

// Points near a line in the plane, projected to it and back.
func ExampleFitPCA() {
	x := mat.NewDense(4, 2, []float64{0, 0, 1, 2, 2, 4, 3, 6})
	p, err := projection.FitPCA(x, 1)
	if err != nil {
		log.Fatal(err)
	}
	z, err := p.Transform(nil, x)
	if err != nil {
		log.Fatal(err)
	}
	back, err := p.Inverse(nil, z)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("share of the variance: %.3f\n", p.ExplainedRatio()[0])
	fmt.Printf("last point: latent %.3f, back %.3f\n", z.At(3, 0), back.RawRowView(3))
	// Output:
	// share of the variance: 1.000
	// last point: latent 3.354, back [3.000 6.000]
}
