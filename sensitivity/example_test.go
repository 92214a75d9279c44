package sensitivity_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gomonge/gomonge/sensitivity"
)

// Which input of a linear model matters, from 2000 given runs, beside the closed form.
func ExampleIndices() {
	study, exact, err := sensitivity.LinearStudy()
	if err != nil {
		log.Fatal(err)
	}
	runs, err := study.Sample(context.Background(), 2000, sensitivity.SobolSequence, 1)
	if err != nil {
		log.Fatal(err)
	}
	r, err := sensitivity.Indices(context.Background(), runs, sensitivity.Options{Method: sensitivity.Gaussian, Cells: 20})
	if err != nil {
		log.Fatal(err)
	}
	for i, x := range r.Indices {
		fmt.Printf("%s %.1f (%.1f)\n", x.Input, x.Corrected, exact[i].Total)
	}
	// Output:
	// X1 0.5 (0.5)
	// X2 0.5 (0.5)
	// X3 0.1 (0.1)
}
