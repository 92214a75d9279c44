package singlecell_test

import (
	"fmt"
	"log"

	"github.com/gomonge/gomonge/datasets/singlecell"
	"gonum.org/v1/gonum/mat"
)

// The time course that ships with the package.
func ExampleHSMM() {
	task, err := singlecell.HSMM()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(task.Dim(), "genes")
	for _, p := range task.Train {
		from, _ := p.Source.Dims()
		to, _ := p.Target.Dims()
		fmt.Printf("%s: %d cells to %d cells\n", task.Schema.Format(p.Condition), from, to)
	}
	// Output:
	// 500 genes
	// hours=24: 69 cells to 74 cells
	// hours=48: 69 cells to 79 cells
	// hours=72: 69 cells to 49 cells
}

// Counts of three genes in two cells, brought to totals of 10.
func ExampleNormalizeTotal() {
	counts := mat.NewDense(2, 3, []float64{1, 0, 1, 2, 2, 16})
	if err := singlecell.NormalizeTotal(counts, 10); err != nil {
		log.Fatal(err)
	}
	fmt.Println(mat.Formatted(counts))
	// Output:
	// ⎡5  0  5⎤
	// ⎣1  1  8⎦
}
