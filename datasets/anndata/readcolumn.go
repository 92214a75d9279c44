package anndata

import (
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
)

// column reads a column, checked against its own categories and, but for the
// index, against the number of rows.
func (s *frameSource) column(name string) (*Column, error) {
	d, o, err := s.dataset(name)
	if err != nil {
		return nil, err
	}
	var c *Column
	if d == nil {
		c, err = s.f.groupColumn(o, name)
	} else if c, err = arrayColumn(d, name); err == nil {
		err = s.oldCategories(o, c)
	}
	if err != nil {
		return nil, err
	}
	n := c.Len()
	if name != s.index {
		if n, err = s.length(); err != nil {
			return nil, err
		}
	}
	if err := c.validate(n); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	return c, nil
}

// groupColumn reads a column that is a group: categories, or values with a mask.
func (f *File) groupColumn(o *hdf5.Object, name string) (*Column, error) {
	encoding, err := text(o, "encoding-type")
	if err != nil {
		return nil, err
	}
	part := func(member string) (*Column, error) {
		p, err := o.Child(member)
		if err == nil && (p == nil || !p.IsDataset()) {
			err = fmt.Errorf("%s: there is no %s in a column of encoding %q", o.Path(), member, encoding)
		}
		if err != nil {
			return nil, err
		}
		d, err := p.Dataset()
		if err != nil {
			return nil, err
		}
		return arrayColumn(d, name)
	}
	switch encoding {
	case "categorical":
		codes, err := part("codes")
		if err != nil {
			return nil, err
		}
		categories, err := part("categories")
		if err != nil {
			return nil, err
		}
		if err := codes.categorise(categories.Cells()); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Path(), err)
		}
		codes.Ordered, err = truth(o, "ordered")
		return codes, err
	case "nullable-integer", "nullable-boolean", "nullable-string-array":
		values, err := part("values")
		if err != nil {
			return nil, err
		}
		mask, err := part("mask")
		if err != nil {
			return nil, err
		}
		if mask.Kind != Bool || mask.Len() != values.Len() {
			return nil, fmt.Errorf("%s: a mask of %d %s values for %d", o.Path(), mask.Len(), mask.Kind, values.Len())
		}
		if slices.Contains(mask.Bools, true) {
			values.Missing = mask.Bools
		}
		return values, nil
	}
	return nil, fmt.Errorf("%s: columns of encoding %q are not read; drop the column or re-save it as text, numbers or categories", o.Path(), encoding)
}

// truth reads an attribute that is a truth value; false where there is none.
func truth(o *hdf5.Object, name string) (bool, error) {
	a, err := o.Attribute(name)
	if err != nil || a == nil || a.Len() != 1 {
		return false, err
	}
	v, err := a.Integers()
	if err != nil {
		return false, fmt.Errorf("%s: %w", o.Path(), err)
	}
	return v[0] != 0, nil
}

// categorise makes a column of codes one of categories.
func (c *Column) categorise(categories []string) error {
	if c.Kind != Integer {
		return fmt.Errorf("codes of kind %s", c.Kind)
	}
	codes := make([]int32, len(c.Integers))
	for i, k := range c.Integers {
		if k < -1 || k >= int64(len(categories)) {
			return fmt.Errorf("row %d has code %d of %d categories", i+1, k, len(categories))
		}
		codes[i] = int32(k)
	}
	c.Kind, c.Integers, c.Codes, c.Categories = Categorical, nil, codes, categories
	return nil
}

// oldCategories makes codes categories where an older anndata wrote them: 0.7
// with a reference at the column, 0.6 in uns.
func (s *frameSource) oldCategories(o *hdf5.Object, c *Column) error {
	if c.Kind != Integer {
		return nil
	}
	var from *hdf5.Object
	var err error
	if o == nil {
		from, err = s.f.find("uns", c.Name+"_categories")
	} else {
		var a *hdf5.Attribute
		if a, err = o.Attribute("categories"); err == nil && a != nil {
			from, err = a.Object(s.path + "/__categories/" + c.Name)
		}
	}
	if err != nil || from == nil {
		return err
	}
	d, err := from.Dataset()
	if err != nil {
		return err
	}
	categories, err := arrayColumn(d, c.Name)
	if err == nil {
		err = c.categorise(categories.Cells())
	}
	if err != nil {
		return fmt.Errorf("%s/%s: %w", s.path, c.Name, err)
	}
	c.Ordered, err = truth(from, "ordered")
	return err
}

// arrayColumn reads a dataset of one dimension.
func arrayColumn(d *hdf5.Dataset, name string) (*Column, error) {
	if len(d.Shape) != 1 {
		return nil, fmt.Errorf("%s has the shape %v: a column has one dimension", d.Path(), d.Shape)
	}
	c := &Column{Name: name}
	n := d.Rows()
	var err error
	switch {
	case d.Type.IsText():
		c.Kind = String
		c.Strings, err = d.Texts(0, n)
	case d.Type.IsBool():
		c.Kind = Bool
		c.Bools, err = truths(d)
	case d.Type.Class == hdf5.Enum:
		var codes []int64
		if codes, err = readAll[int64](d); err == nil {
			err = c.label(codes, d.Type)
		}
	case d.Type.Class == hdf5.Integer:
		c.Kind = Integer
		c.Integers, err = readAll[int64](d)
	default:
		c.Kind, c.single = Real, d.Type.Size <= 4
		c.Reals, err = readAll[float64](d)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// label makes an enumeration categories.
func (c *Column) label(values []int64, t *hdf5.Type) error {
	c.Kind, c.Categories = Categorical, t.Labels
	c.Codes = make([]int32, len(values))
	for i, v := range values {
		at := slices.Index(t.Values, v)
		if at < 0 {
			return fmt.Errorf("column %s, row %d has the value %d, which has no label", c.Name, i+1, v)
		}
		c.Codes[i] = int32(at)
	}
	return nil
}

func truths(d *hdf5.Dataset) ([]bool, error) {
	numbers, err := readAll[uint8](d)
	if err != nil {
		return nil, err
	}
	bools := make([]bool, len(numbers))
	for i, v := range numbers {
		if v > 1 {
			return nil, fmt.Errorf("%s: %s is no truth value", d.Path(), fmt.Sprint(v))
		}
		bools[i] = v == 1
	}
	return bools, nil
}

// readAll reads a whole dataset.
func readAll[T hdf5.Number](d *hdf5.Dataset) ([]T, error) {
	values := make([]T, d.Rows()*d.RowLength())
	return values, hdf5.Read(d, 0, d.Rows(), values)
}
