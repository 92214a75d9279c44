package singlecell_test

import (
	"fmt"
	"log"
	"math/rand/v2"

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

// The paper's hardest split of gene combinations, on the part of the screen that
// ships: all single genes in training, no pair whose genes both stand alone.
func ExampleHoldOutCombinations() {
	task, err := singlecell.Norman()
	if err != nil {
		log.Fatal(err)
	}
	split, err := singlecell.HoldOutCombinations(task, 0, rand.NewPCG(1, 0))
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range split.HeldOut {
		fmt.Println(split.Schema.Key(p.Condition))
	}
	// Output:
	// KLF1+MAP2K6
	// KLF1+TGFBR2
	// MAP2K3+MAP2K6
	// MAP2K3+SLC38A2
	// MAPK1+TGFBR2
}
