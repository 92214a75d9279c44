package anndata

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
	"gonum.org/v1/gonum/mat"
)

// TestVarpNames: matrices between genes are named, although nothing reads them.
func TestVarpNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "varp.h5ad")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w, square := hdf5.NewWriter(file), mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	p := &writing{}
	p.frame(w.Root(), "obs", &Frame{Index: []string{"a", "b"}})
	p.frame(w.Root(), "var", &Frame{Index: []string{"g", "h"}})
	p.matrix(w.Root(), "X", square)
	p.matrix(p.group(w.Root(), "varp", "dict", "0.1.0"), "links", square)
	if p.err != nil {
		t.Fatal(p.err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if names, err := f.VarpNames(); err != nil || !slices.Equal(names, []string{"links"}) {
		t.Errorf("names %q, %v", names, err)
	}
}
