package hdf5_test

import (
	"fmt"
	"log"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
)

// Rows of a dataset under gzip, as integers.
func ExampleRead() {
	f, err := hdf5.Open("testdata/filters.h5")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	root, err := f.Root()
	if err != nil {
		log.Fatal(err)
	}
	o, err := root.Child("gzip")
	if err != nil {
		log.Fatal(err)
	}
	d, err := o.Dataset()
	if err != nil {
		log.Fatal(err)
	}
	rows := make([]int32, 2*d.RowLength())
	if err := hdf5.Read(d, 10, 12, rows); err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Shape, d.Type, rows)
	// Output: [40 3] float32 [30 31 32 33 34 35]
}
