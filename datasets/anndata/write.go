package anndata

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/internal/atomicfile"
	"gonum.org/v1/gonum/mat"
)

// Data is what Write writes, cells × genes.
type Data struct {
	// X is a *sparse.CSR, which is written as such in float32, or another
	// matrix, which is written dense in float64; nil where there is none.
	X mat.Matrix
	// Obs and Var say what the cells and the genes are; their lengths are
	// those of X.
	Obs, Var *Frame
	// Layers are further matrices of the shape of X.
	Layers map[string]mat.Matrix
	// Obsm and Varm hold points for each cell and each gene.
	Obsm, Varm map[string]*mat.Dense
	// Uns holds values of the kinds that [File.Uns] reads.
	Uns map[string]any
}

// WriteOptions say how a file is stored.
type WriteOptions struct {
	// Gzip is the level of compression, 1 to 9; 0 stores numbers as they are.
	Gzip int
}

// Write writes an h5ad file that anndata 0.8 and later open. The file is whole
// or not there. It is an error, before anything is written, if lengths do not
// agree, a name stands twice, or a number of a matrix is not finite.
func Write(path string, d *Data, o WriteOptions) error {
	if o.Gzip < 0 || o.Gzip > 9 {
		return fmt.Errorf("anndata: gzip level %d: levels are 1 to 9, or 0 for none", o.Gzip)
	}
	if err := d.Validate(); err != nil {
		return fmt.Errorf("anndata: %s: %w", path, err)
	}
	return atomicfile.WriteFile(path, func(f *os.File) error {
		w := hdf5.NewWriter(f)
		p := &writing{gzip: o.Gzip}
		p.data(w.Root(), d)
		if p.err == nil {
			p.err = w.Close()
		}
		if p.err != nil {
			return fmt.Errorf("anndata: %s: %w", path, p.err)
		}
		return nil
	})
}

// Validate says what is wrong with data that are to be written.
func (d *Data) Validate() error {
	if d.Obs == nil || d.Var == nil {
		return fmt.Errorf("data need Obs and Var: the names of cells and genes")
	}
	for name, t := range map[string]*Frame{"obs": d.Obs, "var": d.Var} {
		if err := t.Validate(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := unique(d.Var.Index, "var"); err != nil {
		return err
	}
	cells, genes := d.Obs.Len(), d.Var.Len()
	if d.X != nil {
		if err := checkShape(d.X, cells, genes); err != nil {
			return fmt.Errorf("X: %w", err)
		}
	}
	for name, m := range d.Layers {
		if err := checkShape(m, cells, genes); err != nil {
			return fmt.Errorf("layer %s: %w", name, err)
		}
	}
	for name, m := range d.Obsm {
		if err := checkShape(m, cells, -1); err != nil {
			return fmt.Errorf("obsm %s: %w", name, err)
		}
	}
	for name, m := range d.Varm {
		if err := checkShape(m, genes, -1); err != nil {
			return fmt.Errorf("varm %s: %w", name, err)
		}
	}
	return nil
}

// checkShape compares a matrix's shape, any number of columns where cols is
// negative, and its entries with what belongs.
func checkShape(m mat.Matrix, rows, cols int) error {
	r, c := m.Dims()
	if cols < 0 {
		cols = c
	}
	if r != rows || c != cols {
		return fmt.Errorf("%d × %d entries for %d × %d", r, c, rows, cols)
	}
	if _, checked := m.(*sparse.CSR); checked {
		return nil
	}
	for i := range r {
		for j := range c {
			if v := m.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("entry %g in row %d, column %d: entries are finite", v, i, j)
			}
		}
	}
	return nil
}

// writing writes the parts of a file. After an error it writes nothing more.
type writing struct {
	gzip int
	err  error
}

// attributes name an encoding, as every member of an h5ad file does.
func attributes(kind, version string) map[string]any {
	return map[string]any{"encoding-type": kind, "encoding-version": version}
}

// group makes a group of an encoding.
func (p *writing) group(in *hdf5.WriteGroup, name, kind, version string) *hdf5.WriteGroup {
	if p.err != nil {
		return in
	}
	g, err := in.Group(name)
	p.err = err
	p.set(g, "encoding-type", kind)
	p.set(g, "encoding-version", version)
	return g
}

func (p *writing) set(g *hdf5.WriteGroup, name string, value any) {
	if p.err == nil {
		p.err = g.Set(name, value)
	}
}

// array writes a dataset of numbers, truth values or text.
func (p *writing) array(g *hdf5.WriteGroup, name string, values any, shape []int) {
	kind := attributes("array", "0.2.0")
	_, isText := values.([]string)
	switch {
	case values == nil:
		kind = attributes("null", "0.1.0")
	case isText && shape == nil:
		kind = attributes("string", "0.2.0")
	case isText:
		kind = attributes("string-array", "0.2.0")
	case shape == nil:
		kind = attributes("numeric-scalar", "0.2.0")
	}
	p.plain(g, name, values, shape, kind)
}

// plain writes a dataset with the attributes given.
func (p *writing) plain(g *hdf5.WriteGroup, name string, values any, shape []int, attributes map[string]any) {
	if p.err == nil {
		p.err = g.Dataset(name, values, shape, hdf5.DatasetOptions{Gzip: p.gzip, Attributes: attributes})
	}
}

func (p *writing) data(root *hdf5.WriteGroup, d *Data) {
	p.set(root, "encoding-type", "anndata")
	p.set(root, "encoding-version", "0.1.0")
	if d.X != nil {
		p.matrix(root, "X", d.X)
	}
	p.frame(root, "obs", d.Obs)
	p.frame(root, "var", d.Var)
	layers := p.group(root, "layers", "dict", "0.1.0")
	for _, name := range slices.Sorted(maps.Keys(d.Layers)) {
		p.matrix(layers, name, d.Layers[name])
	}
	for _, points := range []struct {
		name string
		m    map[string]*mat.Dense
	}{{"obsm", d.Obsm}, {"varm", d.Varm}} {
		g := p.group(root, points.name, "dict", "0.1.0")
		for _, name := range slices.Sorted(maps.Keys(points.m)) {
			p.matrix(g, name, points.m[name])
		}
	}
	p.group(root, "obsp", "dict", "0.1.0")
	p.group(root, "varp", "dict", "0.1.0")
	p.values(root, "uns", d.Uns)
}

// matrix writes sparse rows as such and other matrices with their zeros.
func (p *writing) matrix(g *hdf5.WriteGroup, name string, m mat.Matrix) {
	rows, cols := m.Dims()
	if c, ok := m.(*sparse.CSR); ok {
		g = p.group(g, name, "csr_matrix", "0.1.0")
		p.set(g, "shape", []int64{int64(rows), int64(cols)})
		starts := make([]int64, len(c.Indptr))
		for i, k := range c.Indptr {
			starts[i] = int64(k)
		}
		p.plain(g, "data", c.Data, []int{len(c.Data)}, nil)
		p.plain(g, "indices", c.Indices, []int{len(c.Indices)}, nil)
		if n := len(c.Data); n <= math.MaxInt32 { // scipy wants starts and indices of one type
			short := make([]int32, len(starts))
			for i, k := range starts {
				short[i] = int32(k)
			}
			p.plain(g, "indptr", short, []int{len(short)}, nil)
			return
		}
		p.plain(g, "indptr", starts, []int{len(starts)}, nil)
		return
	}
	values := make([]float64, 0, rows*cols)
	for i := range rows {
		for j := range cols {
			values = append(values, m.At(i, j))
		}
	}
	p.array(g, name, values, []int{rows, cols})
}
