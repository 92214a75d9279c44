package anndata

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// Format is how a file stores a matrix.
type Format string

// The formats of matrices.
const (
	CSR   Format = "csr"   // sparse, row after row
	CSC   Format = "csc"   // sparse, column after column
	Dense Format = "dense" // with its zeros
)

// Matrix is a matrix in a file, whose entries are read when they are asked for.
type Matrix struct {
	// Format in the file.
	Format Format
	// Stored is the number of entries in the file: those that are not 0 of a
	// sparse matrix, all of a dense one.
	Stored int

	f             *File
	path          string
	rows, cols    int
	dense         *hdf5.Dataset
	data, indices *hdf5.Dataset
	starts        []int // of the rows of a CSR matrix, the columns of a CSC one
}

// X is the file's main matrix, cells × genes.
func (f *File) X() (*Matrix, error) {
	m, err := f.matrix(f.cells, f.genes, "X")
	if err == nil && m == nil {
		layers, _ := f.Layers()
		err = fmt.Errorf("there is no X; its layers: %q", layers)
	}
	return m, f.wrap(err)
}

// Layer is a further matrix of the shape of X. The error for an unknown name
// has the nearest ones.
func (f *File) Layer(name string) (*Matrix, error) {
	m, err := f.matrix(f.cells, f.genes, "layers", name)
	if err == nil && m == nil {
		var known []string
		if known, err = f.members("layers"); err == nil {
			err = unknown("layer", name, known)
		}
	}
	return m, f.wrap(err)
}

// Raw is the matrix that was set aside before genes were chosen, and the table
// of its genes. Both are nil without an error where the file has none.
func (f *File) Raw() (*Matrix, *Frame, error) {
	x, genes := []string{"raw", "X"}, []string{"raw", "var"}
	if o, err := f.find(x...); err != nil || o == nil { // anndata 0.6
		x, genes = []string{"raw.X"}, []string{"raw.var"}
	}
	if o, err := f.find(x...); err != nil || o == nil {
		return nil, nil, f.wrap(err)
	}
	v, err := f.frame(genes...)
	if err == nil {
		err = unique(v.Index, "raw.var")
	}
	if err != nil {
		return nil, nil, f.wrap(err)
	}
	m, err := f.matrix(f.cells, v.Len(), x...)
	return m, v, f.wrap(err)
}

// HasRaw tells whether the file has a Raw.
func (f *File) HasRaw() bool {
	for _, path := range [][]string{{"raw", "X"}, {"raw.X"}} {
		if o, err := f.find(path...); err == nil && o != nil {
			return true
		}
	}
	return false
}

// Expression is X where layer is empty, a layer, or, under the name raw, what
// was set aside before genes were chosen; and the names of its genes.
func (f *File) Expression(layer string) (*Matrix, []string, error) {
	raw, err := f.isRaw(layer)
	if err != nil {
		return nil, nil, err
	}
	if raw {
		m, genes, err := f.Raw()
		if err != nil {
			return nil, nil, err
		}
		return m, genes.Index, nil
	}
	var m *Matrix
	if layer == "" {
		m, err = f.X()
	} else {
		m, err = f.Layer(layer)
	}
	if err != nil {
		return nil, nil, err
	}
	genes, err := f.Genes()
	return m, genes, err
}

// ExpressionVar is the table of the genes of [File.Expression].
func (f *File) ExpressionVar(layer string) (*Frame, error) {
	raw, err := f.isRaw(layer)
	if err != nil {
		return nil, err
	}
	if raw {
		_, genes, err := f.Raw()
		return genes, err
	}
	return f.Var()
}

// isRaw tells whether a layer's name stands for the file's raw.
func (f *File) isRaw(layer string) (bool, error) {
	if layer != "raw" || !f.HasRaw() {
		return false, nil
	}
	layers, err := f.Layers()
	return err == nil && !slices.Contains(layers, layer), err
}

// matrix opens a matrix of a known shape; nil where there is none.
func (f *File) matrix(rows, cols int, path ...string) (*Matrix, error) {
	o, err := f.find(path...)
	if err != nil || o == nil {
		return nil, err
	}
	m := &Matrix{f: f, path: o.Path(), rows: rows, cols: cols}
	if o.IsDataset() {
		err = m.openDense(o)
	} else {
		err = m.openSparse(o)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Matrix) openDense(o *hdf5.Object) (err error) {
	m.Format = Dense
	if m.dense, err = o.Dataset(); err != nil {
		return err
	}
	shape := m.dense.Shape
	if len(shape) != 2 || shape[0] != m.rows || shape[1] != m.cols {
		return fmt.Errorf("%s has the shape %v where %d × %d belong", m.path, shape, m.rows, m.cols)
	}
	m.Stored = m.rows * m.cols
	return nil
}

func (m *Matrix) openSparse(o *hdf5.Object) error {
	shape, err := m.readFormat(o)
	if err != nil {
		return err
	}
	if len(shape) != 2 || shape[0] != int64(m.rows) || shape[1] != int64(m.cols) {
		return fmt.Errorf("%s has the shape %v where %d × %d belong", m.path, shape, m.rows, m.cols)
	}
	part := func(name string) (*hdf5.Dataset, error) {
		p, err := o.Child(name)
		if err == nil && p == nil {
			err = fmt.Errorf("%s has no %s", m.path, name)
		}
		if err != nil {
			return nil, err
		}
		d, err := p.Dataset()
		if err == nil && len(d.Shape) != 1 {
			err = fmt.Errorf("%s has the shape %v: it has one dimension", d.Path(), d.Shape)
		}
		return d, err
	}
	if m.data, err = part("data"); err != nil {
		return err
	}
	if m.indices, err = part("indices"); err != nil {
		return err
	}
	starts, err := part("indptr")
	if err != nil {
		return err
	}
	m.Stored = m.data.Rows()
	if m.indices.Rows() != m.Stored {
		return fmt.Errorf("%s has %d entries and %d indices", m.path, m.Stored, m.indices.Rows())
	}
	return m.readStarts(starts)
}

// readFormat reads whether a sparse matrix is stored by rows or columns, and its shape.
func (m *Matrix) readFormat(o *hdf5.Object) ([]int64, error) {
	format, err := text(o, "encoding-type")
	if err != nil {
		return nil, err
	}
	name := "shape"
	if format == "" { // anndata 0.6
		if format, err = text(o, "h5sparse_format"); err != nil {
			return nil, err
		}
		name = "h5sparse_shape"
	}
	switch format {
	case "csr_matrix", "csr":
		m.Format = CSR
	case "csc_matrix", "csc":
		m.Format = CSC
	default:
		return nil, fmt.Errorf("%s: matrices of encoding %q are not read; re-save it as a CSR, CSC or dense matrix", m.path, format)
	}
	a, err := o.Attribute(name)
	if err == nil && a == nil {
		err = fmt.Errorf("it does not say its shape")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.path, err)
	}
	return a.Integers()
}

// readStarts reads and checks where rows or columns start.
func (m *Matrix) readStarts(d *hdf5.Dataset) error {
	lines := m.rows
	if m.Format == CSC {
		lines = m.cols
	}
	if d.Rows() != lines+1 {
		return fmt.Errorf("%s has %d starts for %d lines: one more than lines belong", d.Path(), d.Rows(), lines)
	}
	starts, err := readAll[int](d)
	if err != nil {
		return err
	}
	if starts[0] != 0 || starts[lines] != m.Stored {
		return fmt.Errorf("%s runs from %d to %d for %d entries: the file is damaged", d.Path(), starts[0], starts[lines], m.Stored)
	}
	for i := range lines {
		if starts[i+1] < starts[i] {
			return fmt.Errorf("%s falls from %d to %d at line %d: the file is damaged", d.Path(), starts[i], starts[i+1], i)
		}
	}
	m.starts = starts
	return nil
}

// Dims is the number of rows and columns.
func (m *Matrix) Dims() (rows, cols int) { return m.rows, m.cols }

// Path is the name of the matrix in its file, such as X or layers/counts.
func (m *Matrix) Path() string { return m.path }

// Rows reads rows from <= row < to as sparse rows. A CSC matrix is gone
// through as a whole for it, in blocks: read all rows at once where memory
// permits. Entries are rounded to float32, and are finite.
func (m *Matrix) Rows(from, to int) (*sparse.CSR, error) {
	if from < 0 || to < from || to > m.rows {
		return nil, m.f.wrap(fmt.Errorf("%s: rows %d to %d of %d", m.path, from, to, m.rows))
	}
	var c *sparse.CSR
	var err error
	switch m.Format {
	case CSR:
		c, err = m.rowsOfCSR(from, to)
	case CSC:
		c, err = m.rowsOfCSC(from, to)
	default:
		c, err = m.rowsOfDense(from, to)
	}
	if err != nil {
		return nil, m.f.wrap(fmt.Errorf("%s: %w", m.path, err))
	}
	return c, nil
}

// CSR reads all rows as sparse rows, see [Matrix.Rows].
func (m *Matrix) CSR() (*sparse.CSR, error) { return m.Rows(0, m.rows) }

func (m *Matrix) rowsOfCSR(from, to int) (*sparse.CSR, error) {
	first, last := m.starts[from], m.starts[to]
	indices, data := make([]int32, last-first), make([]float32, last-first)
	if err := hdf5.Read(m.indices, first, last, indices); err != nil {
		return nil, err
	}
	if err := hdf5.Read(m.data, first, last, data); err != nil {
		return nil, err
	}
	starts := make([]int, to-from+1)
	for i := range starts {
		starts[i] = m.starts[from+i] - first
	}
	for i := range to - from {
		sortRow(indices[starts[i]:starts[i+1]], data[starts[i]:starts[i+1]])
	}
	return sparse.New(to-from, m.cols, starts, indices, data)
}

// block is how many entries are read at a time where not all are kept.
const block = 1 << 20

// eachBlock reads the indices of all entries in blocks, with their values
// where those are asked for.
func (m *Matrix) eachBlock(values bool, f func(first int, indices []int32, data []float32)) error {
	indices, data := make([]int32, min(block, m.Stored)), make([]float32, min(block, m.Stored))
	for first := 0; first < m.Stored; first += block {
		n := min(block, m.Stored-first)
		if err := hdf5.Read(m.indices, first, first+n, indices[:n]); err != nil {
			return err
		}
		if values {
			if err := hdf5.Read(m.data, first, first+n, data[:n]); err != nil {
				return err
			}
		}
		for _, i := range indices[:n] {
			if i < 0 || int(i) >= m.rows {
				return fmt.Errorf("an entry in row %d of %d: the file is damaged", i, m.rows)
			}
		}
		f(first, indices[:n], data[:n])
	}
	return nil
}

// rowsOfCSC counts the entries of each row, and then puts them in their places.
func (m *Matrix) rowsOfCSC(from, to int) (*sparse.CSR, error) {
	starts := make([]int, to-from+1)
	err := m.eachBlock(false, func(_ int, rows []int32, _ []float32) {
		for _, i := range rows {
			if int(i) >= from && int(i) < to {
				starts[int(i)-from+1]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range to - from {
		starts[i+1] += starts[i]
	}
	total := starts[to-from]
	indices, data := make([]int32, total), make([]float32, total)
	next := append([]int(nil), starts...)
	column := 0
	err = m.eachBlock(true, func(first int, rows []int32, values []float32) {
		for k, i := range rows {
			for m.starts[column+1] <= first+k {
				column++
			}
			if int(i) >= from && int(i) < to {
				at := next[int(i)-from]
				indices[at], data[at] = int32(column), values[k]
				next[int(i)-from]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return sparse.New(to-from, m.cols, starts, indices, data)
}

// rowsOfDense keeps the entries that are not 0.
func (m *Matrix) rowsOfDense(from, to int) (*sparse.CSR, error) {
	starts := make([]int, 1, to-from+1)
	var indices []int32
	var data []float32
	step := max(1, block/max(1, m.cols))
	buffer := make([]float32, min(step, to-from)*m.cols)
	for at := from; at < to; at += step {
		n := min(step, to-at)
		if err := hdf5.Read(m.dense, at, at+n, buffer[:n*m.cols]); err != nil {
			return nil, err
		}
		for i := range n {
			for j, v := range buffer[i*m.cols : (i+1)*m.cols] {
				if v != 0 { // NaN too, which sparse.New refuses
					indices, data = append(indices, int32(j)), append(data, v)
				}
			}
			starts = append(starts, len(data))
		}
	}
	return sparse.New(to-from, m.cols, starts, indices, data)
}

// Dense reads rows from <= row < to with their zeros. There must be one or
// more, and columns too.
func (m *Matrix) Dense(from, to int) (*mat.Dense, error) {
	if m.Format == Dense && from >= 0 && from <= to && to <= m.rows {
		x, err := denseRows(m.dense, from, to)
		return x, m.f.wrap(err)
	}
	c, err := m.Rows(from, to)
	if err != nil {
		return nil, err
	}
	if to == from || m.cols == 0 {
		return nil, m.f.wrap(fmt.Errorf("%s: %d × %d entries are no matrix", m.path, to-from, m.cols))
	}
	return c.Dense(), nil
}

// denseRows reads rows of a dataset of two dimensions, finite numbers.
func denseRows(d *hdf5.Dataset, from, to int) (*mat.Dense, error) {
	rows, cols := to-from, d.RowLength()
	if rows == 0 || cols == 0 {
		return nil, fmt.Errorf("%s: %d × %d entries are no matrix", d.Path(), rows, cols)
	}
	x := make([]float64, rows*cols)
	if err := hdf5.Read(d, from, to, x); err != nil {
		return nil, err
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s: entry %g in row %d, column %d: entries are finite", d.Path(), v, from+i/cols, i%cols)
		}
	}
	return mat.NewDense(rows, cols, x), nil
}
