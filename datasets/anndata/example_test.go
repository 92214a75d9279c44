package anndata_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gomonge/gomonge/datasets/anndata"
	"gonum.org/v1/gonum/mat"
)

// What is in a file, and its first cells.
func ExampleOpen() {
	f, err := anndata.Open("testdata/csr-gzip.h5ad")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	cells, genes := f.Dims()
	fmt.Println(cells, "cells,", genes, "genes")
	drug, err := f.ObsColumn("drug")
	if err != nil {
		log.Fatal(err)
	}
	counts, _ := drug.Counts()
	for i, name := range drug.Categories {
		fmt.Println(name, counts[i])
	}
	x, err := f.X()
	if err != nil {
		log.Fatal(err)
	}
	first, err := x.Rows(0, 3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(x.Format, first.NNZ(), "entries in the first 3 cells")
	// Output:
	// 23 cells, 11 genes
	// control 8
	// givinostat 8
	// KLF1+MAP2K6 7
	// unused 0
	// csr 11 entries in the first 3 cells
}

// Two cells that Python's anndata can open.
func ExampleWrite() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "predicted.h5ad")
	err = anndata.Write(path, &anndata.Data{
		X: mat.NewDense(2, 2, []float64{0, 1.5, 2, 0}),
		Obs: &anndata.Frame{
			Index:   []string{"a", "b"},
			Columns: []anndata.Column{{Name: "dose", Kind: anndata.Real, Reals: []float64{0.1, 10}}},
		},
		Var: &anndata.Frame{Index: []string{"KLF1", "MAP2K6"}},
	}, anndata.WriteOptions{Gzip: 4})
	if err != nil {
		log.Fatal(err)
	}
	f, err := anndata.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	obs, err := f.Obs()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(obs.Index, obs.Columns[0].Cells())
	// Output:
	// [a b] [0.1 10]
}
