package anndata

import (
	"fmt"
	"strings"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
	"gonum.org/v1/gonum/mat"
)

// Uns reads settings and results that have no place of their own: nil, bool,
// int64, float64, string, slices of these, *mat.Dense, [Frame] and maps of such
// values by name. What is of another kind is left out; skipped says what and why.
func (f *File) Uns() (values map[string]any, skipped []string, err error) {
	o, err := f.find("uns")
	if err != nil || o == nil {
		return nil, nil, f.wrap(err)
	}
	left := maxUns
	v, err := f.unsGroup(o, []string{"uns"}, &skipped, &left)
	return v, skipped, f.wrap(err)
}

// Bounds of what Uns walks through: a damaged file's links may run in a circle.
const (
	maxUns      = 100000 // values
	maxUnsDepth = 32
)

func (f *File) unsGroup(o *hdf5.Object, path []string, skipped *[]string, left *int) (map[string]any, error) {
	if len(path) > maxUnsDepth {
		return nil, fmt.Errorf("%s: groups nested deeper than %d", strings.Join(path, "/"), maxUnsDepth)
	}
	names, err := o.Names()
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for _, name := range names {
		if *left--; *left < 0 {
			return nil, fmt.Errorf("uns has more than %d values", maxUns)
		}
		within := append(path[:len(path):len(path)], name)
		member, err := o.Child(name)
		if err != nil {
			return nil, err
		}
		v, err := f.unsValue(member, within, skipped, left)
		if err != nil {
			*skipped = append(*skipped, err.Error())
			continue
		}
		values[name] = v
	}
	return values, nil
}

func (f *File) unsValue(o *hdf5.Object, path []string, skipped *[]string, left *int) (any, error) {
	if o == nil {
		return nil, fmt.Errorf("%s is not there", strings.Join(path, "/"))
	}
	encoding, err := text(o, "encoding-type")
	if err != nil {
		return nil, err
	}
	switch {
	case o.IsDataset():
		return unsArray(o)
	case encoding == "" || encoding == "dict":
		return f.unsGroup(o, path, skipped, left)
	case encoding == "dataframe":
		return f.frame(path...)
	case encoding == "categorical" || strings.HasPrefix(encoding, "nullable-"):
		c, err := f.groupColumn(o, path[len(path)-1])
		if err != nil {
			return nil, err
		}
		return c.Cells(), nil
	}
	return nil, fmt.Errorf("%s: the encoding %q is not read", o.Path(), encoding)
}

// unsArray reads a dataset as the Go value that is nearest.
func unsArray(o *hdf5.Object) (any, error) {
	d, err := o.Dataset()
	if err != nil {
		return nil, err
	}
	if d.Empty {
		return nil, nil
	}
	if len(d.Shape) == 2 && d.Shape[0] > 0 && d.Shape[1] > 0 && !d.Type.IsText() && d.Type.Class != hdf5.Compound {
		x, err := readAll[float64](d)
		if err != nil {
			return nil, err
		}
		return mat.NewDense(d.Shape[0], d.Shape[1], x), nil
	}
	switch {
	case len(d.Shape) > 1:
		return nil, fmt.Errorf("%s: arrays of shape %v of %s are not read", d.Path(), d.Shape, d.Type)
	case d.Type.Class == hdf5.Compound:
		return records(d)
	case d.Type.IsText():
		return scalar[string](d)(d.Texts(0, d.Rows()))
	case d.Type.IsBool():
		return scalar[bool](d)(truths(d))
	case d.Type.Class == hdf5.Integer:
		return scalar[int64](d)(readAll[int64](d))
	}
	return scalar[float64](d)(readAll[float64](d))
}

// scalar takes the one value of a dataset without dimensions out of its slice.
func scalar[T any](d *hdf5.Dataset) func(values []T, err error) (any, error) {
	return func(values []T, err error) (any, error) {
		switch {
		case err != nil:
			return nil, err
		case d.Shape == nil:
			return values[0], nil
		}
		return values, nil
	}
}

// records reads a table of compounds, such as the names of rank_genes_groups.
func records(d *hdf5.Dataset) (any, error) {
	if len(d.Shape) != 1 {
		return nil, fmt.Errorf("%s: a single record is not read", d.Path())
	}
	t := &Frame{}
	for i := range d.Rows() {
		t.Index = append(t.Index, fmt.Sprint(i))
	}
	for _, m := range d.Type.Members {
		field, err := d.Field(m.Name)
		if err != nil {
			return nil, err
		}
		c, err := arrayColumn(field, m.Name)
		if err != nil {
			return nil, err
		}
		t.Columns = append(t.Columns, *c)
	}
	return t, nil
}
