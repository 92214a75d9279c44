package anndata

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
	"github.com/gomonge/gomonge/datasets/sparse"
)

// readEverything reads all that a file has, and complains of numbers that no
// reader may return.
func readEverything(t testing.TB, b []byte) error {
	h, err := hdf5.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	f, err := newFile("damaged", h)
	if err != nil {
		return err
	}
	var problems []error
	read := func(m *Matrix, err error) {
		if err == nil && m != nil {
			var c *sparse.CSR
			if c, err = m.CSR(); err == nil {
				checkSound(t, m, c)
			}
		}
		problems = append(problems, err)
	}
	read(f.X())
	layers, err := f.Layers()
	problems = append(problems, err)
	for _, name := range layers[:min(len(layers), 5)] {
		read(f.Layer(name))
	}
	raw, _, err := f.Raw()
	read(raw, err)
	_, err = f.Obs()
	problems = append(problems, err)
	_, err = f.Var()
	problems = append(problems, err)
	names, err := f.ObsmNames()
	problems = append(problems, err)
	for _, name := range names[:min(len(names), 5)] {
		_, err = f.Obsm(name)
		problems = append(problems, err)
	}
	_, _, err = f.Uns()
	return errors.Join(append(problems, err)...)
}

// checkSound holds what was read against the matrix's own numbers.
func checkSound(t testing.TB, m *Matrix, c *sparse.CSR) {
	rows, cols := m.Dims()
	gotRows, gotCols := c.Dims()
	if gotRows != rows || gotCols != cols || len(c.Indptr) != rows+1 || c.Indptr[rows] != len(c.Data) {
		t.Fatalf("%d × %d with %d entries became %d × %d", rows, cols, len(c.Data), gotRows, gotCols)
	}
	for i := range rows {
		indices, data := c.Row(i)
		for k, j := range indices {
			if j < 0 || int(j) >= cols || k > 0 && j <= indices[k-1] || math.IsNaN(float64(data[k])) || math.IsInf(float64(data[k]), 0) {
				t.Fatalf("row %d has %g in column %d", i, data[k], j)
			}
		}
	}
}

// checkFault complains of an error that was a panic.
func checkFault(t *testing.T, err error) {
	t.Helper()
	var fault *hdf5.Fault
	if errors.As(err, &fault) {
		t.Error(err)
	}
}

// TestDamage cuts files off and flips bits. hdf5's tests bound time and memory.
func TestDamage(t *testing.T) {
	for _, name := range []string{"csr-gzip.h5ad", "csc-gzip.h5ad", "dense-plain.h5ad", "latest-gzip.h5ad", "csr-lzf.h5ad", "v0.6.h5ad", "v0.7.h5ad"} {
		whole, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := readEverything(t, whole); err != nil {
			t.Fatalf("%s, as it is: %v", name, err)
		}
		trials := 120
		if testing.Short() {
			trials = 25
		}
		for i := range trials {
			at := i * len(whole) / trials
			if err := readEverything(t, whole[:at]); err == nil {
				t.Errorf("%s: %d bytes of %d were read as a file", name, at, len(whole))
			}
			flipped := bytes.Clone(whole)
			flipped[(at*7919+i)%len(whole)] ^= 1 << (i % 8)
			checkFault(t, readEverything(t, flipped)) // an error, or changed numbers that are sound
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"csr-gzip.h5ad", "latest-gzip.h5ad", "v0.6.h5ad", "v0.7.h5ad", "dense-plain.h5ad"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkFault(t, readEverything(t, b)) })
}
