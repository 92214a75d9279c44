package anndata

import (
	"fmt"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// Obsm reads points for each cell, such as X_pca: cells × coordinates. The
// error for an unknown name has the nearest ones.
func (f *File) Obsm(name string) (*mat.Dense, error) {
	x, err := f.points("obsm", name, f.cells)
	return x, f.wrap(err)
}

// Varm reads points for each gene, such as PCs: genes × coordinates.
func (f *File) Varm(name string) (*mat.Dense, error) {
	x, err := f.points("varm", name, f.genes)
	return x, f.wrap(err)
}

// Obsp reads numbers for each pair of cells, such as distances of neighbours:
// cells × cells.
func (f *File) Obsp(name string) (*sparse.CSR, error) {
	m, err := f.matrix(f.cells, f.cells, "obsp", name)
	if err == nil && m == nil {
		var known []string
		if known, err = f.members("obsp"); err == nil {
			err = unknown("obsp", name, known)
		}
	}
	if err != nil {
		return nil, f.wrap(err)
	}
	return m.CSR()
}

func (f *File) points(group, name string, rows int) (*mat.Dense, error) {
	o, err := f.find(group)
	if err != nil {
		return nil, err
	}
	if o != nil && o.IsDataset() {
		return pointsOfCompound(o, name, rows)
	}
	if o, err = f.find(group, name); err != nil {
		return nil, err
	}
	if o == nil {
		known, err := f.members(group)
		if err != nil {
			return nil, err
		}
		return nil, unknown(group, name, known)
	}
	if !o.IsDataset() {
		return f.pointsOfGroup(o, group, name, rows)
	}
	d, err := o.Dataset()
	if err != nil {
		return nil, err
	}
	if len(d.Shape) != 2 || d.Shape[0] != rows {
		return nil, fmt.Errorf("%s has the shape %v where %d rows of coordinates belong", d.Path(), d.Shape, rows)
	}
	return denseRows(d, 0, rows)
}

// pointsOfGroup reads points that are a table of numbers or a sparse matrix.
func (f *File) pointsOfGroup(o *hdf5.Object, group, name string, rows int) (*mat.Dense, error) {
	encoding, err := text(o, "encoding-type")
	if err != nil {
		return nil, err
	}
	if encoding != "dataframe" {
		return f.sparsePoints(o, group, name, rows)
	}
	t, err := f.frame(group, name)
	if err != nil {
		return nil, err
	}
	if t.Len() != rows || rows == 0 || len(t.Columns) == 0 {
		return nil, fmt.Errorf("%s/%s is a table of %d rows where %d belong", group, name, t.Len(), rows)
	}
	x := mat.NewDense(rows, len(t.Columns), nil)
	for j, c := range t.Columns {
		for i := range rows {
			switch c.Kind {
			case Integer:
				x.Set(i, j, float64(c.Integers[i]))
			case Real:
				x.Set(i, j, c.Reals[i])
			default:
				return nil, fmt.Errorf("%s/%s: column %s holds no numbers", group, name, c.Name)
			}
		}
	}
	return x, nil
}

// sparsePoints reads points whose number of coordinates the file alone says.
func (f *File) sparsePoints(o *hdf5.Object, group, name string, rows int) (*mat.Dense, error) {
	shape, err := (&Matrix{path: o.Path()}).readFormat(o)
	if err != nil {
		return nil, err
	}
	const most = 1 << 16 // coordinates: a point is a row in memory
	if len(shape) != 2 || shape[1] < 1 || shape[1] > most {
		return nil, fmt.Errorf("%s has the shape %v", o.Path(), shape)
	}
	m, err := f.matrix(rows, int(shape[1]), group, name)
	if err != nil {
		return nil, err
	}
	return m.Dense(0, rows)
}

// pointsOfCompound reads points of anndata 0.6: an array in each row of a table.
func pointsOfCompound(o *hdf5.Object, name string, rows int) (*mat.Dense, error) {
	d, err := o.Dataset()
	if err != nil {
		return nil, err
	}
	field, err := d.Field(name)
	if err != nil {
		return nil, err
	}
	if field, err = field.Unfold(); err != nil {
		return nil, err
	}
	if len(field.Shape) != 2 || field.Shape[0] != rows {
		return nil, fmt.Errorf("%s has the shape %v where %d rows of coordinates belong", field.Path(), field.Shape, rows)
	}
	return denseRows(field, 0, rows)
}
