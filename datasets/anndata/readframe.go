package anndata

import (
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
)

// Obs reads the table of cells.
func (f *File) Obs() (*Frame, error) {
	t, err := f.frame("obs")
	return t, f.wrap(err)
}

// Var reads the table of genes. It is an error if a gene's name stands twice.
func (f *File) Var() (*Frame, error) {
	t, err := f.frame("var")
	if err == nil {
		err = unique(t.Index, "var")
	}
	return t, f.wrap(err)
}

// ObsColumn reads one column of the table of cells. The error for an unknown
// name has the nearest ones.
func (f *File) ObsColumn(name string) (*Column, error) {
	s, err := f.source("obs")
	if err != nil {
		return nil, f.wrap(err)
	}
	if !slices.Contains(s.columns, name) {
		return nil, f.wrap(unknown("column obs", name, s.columns))
	}
	c, err := s.column(name)
	return c, f.wrap(err)
}

// Cells reads the names of the cells, in order.
func (f *File) Cells() ([]string, error) {
	names, err := f.index("obs")
	return names, f.wrap(err)
}

// Genes reads the names of the genes, in order. It is an error if one stands twice.
func (f *File) Genes() ([]string, error) {
	names, err := f.index("var")
	if err == nil {
		err = unique(names, "var")
	}
	return names, f.wrap(err)
}

func (f *File) index(path ...string) ([]string, error) {
	s, err := f.source(path...)
	if err != nil {
		return nil, err
	}
	return s.indexTexts()
}

// unique says which name stands twice.
func unique(names []string, where string) error {
	seen := make(map[string]int, len(names))
	for i, name := range names {
		if first, twice := seen[name]; twice {
			return fmt.Errorf("%s: the name %s stands there twice, as number %d and %d (in Python, adata.var_names_make_unique())", where, name, first+1, i+1)
		}
		seen[name] = i
	}
	return nil
}

// frameSource is a table in the file: a group with a dataset for each column,
// or a dataset of compounds.
type frameSource struct {
	f        *File
	path     string
	group    *hdf5.Object
	compound *hdf5.Dataset // nil for a group
	index    string
	columns  []string
}

func (f *File) source(path ...string) (*frameSource, error) {
	o, err := f.find(path...)
	if err != nil {
		return nil, err
	}
	s := &frameSource{f: f, path: path[len(path)-1], group: o}
	if o == nil {
		return nil, fmt.Errorf("there is no %s: this is no h5ad file", s.path)
	}
	if o.IsDataset() {
		return s, s.openCompound()
	}
	return s, s.openGroup()
}

func (s *frameSource) openGroup() (err error) {
	if s.index, err = text(s.group, "_index"); err != nil {
		return err
	}
	names, err := s.group.Names()
	if err != nil {
		return err
	}
	if s.index == "" {
		for _, usual := range []string{"_index", "index"} {
			if slices.Contains(names, usual) {
				s.index = usual
				break
			}
		}
	}
	if !slices.Contains(names, s.index) {
		return fmt.Errorf("%s has no index (%q)", s.path, s.index)
	}
	order, err := attributeTexts(s.group, "column-order")
	if err != nil {
		return err
	}
	for _, name := range order {
		if name == s.index {
			continue
		}
		if !slices.Contains(names, name) {
			return fmt.Errorf("%s: column %s is listed and not there", s.path, name)
		}
		if slices.Contains(s.columns, name) {
			return fmt.Errorf("%s: column %s is listed twice", s.path, name)
		}
		s.columns = append(s.columns, name)
	}
	for _, name := range names { // what nothing lists stands behind
		if name != s.index && name != "__categories" && !slices.Contains(s.columns, name) {
			s.columns = append(s.columns, name)
		}
	}
	return nil
}

func (s *frameSource) openCompound() (err error) {
	if s.compound, err = s.group.Dataset(); err != nil {
		return err
	}
	if len(s.compound.Shape) != 1 || len(s.compound.Type.Members) == 0 {
		return fmt.Errorf("%s is neither a group nor a table", s.path)
	}
	for i, m := range s.compound.Type.Members {
		if m.Name == "index" || m.Name == "_index" || i == 0 {
			s.index = m.Name
		}
	}
	for _, m := range s.compound.Type.Members {
		if m.Name != s.index {
			s.columns = append(s.columns, m.Name)
		}
	}
	return nil
}

// dataset opens the values of the index or a column; nil for a group.
func (s *frameSource) dataset(name string) (*hdf5.Dataset, *hdf5.Object, error) {
	if s.compound != nil {
		d, err := s.compound.Field(name)
		return d, nil, err
	}
	o, err := s.group.Child(name)
	if err == nil && o == nil {
		err = fmt.Errorf("%s: there is no %s", s.path, name)
	}
	if err != nil || !o.IsDataset() {
		return nil, o, err
	}
	d, err := o.Dataset()
	return d, o, err
}

// length is the number of rows, by the index.
func (s *frameSource) length() (int, error) {
	d, o, err := s.dataset(s.index)
	if err != nil {
		return 0, err
	}
	if d == nil { // an index of categories or with missing names
		c, err := s.f.groupColumn(o, s.index)
		if err != nil {
			return 0, err
		}
		return c.Len(), nil
	}
	if len(d.Shape) != 1 {
		return 0, fmt.Errorf("%s has the shape %v: an index has one dimension", d.Path(), d.Shape)
	}
	return d.Rows(), nil
}

func (f *File) frameLength(path string) (int, error) {
	s, err := f.source(path)
	if err != nil {
		return 0, err
	}
	return s.length()
}

// indexTexts reads the index; one of numbers as text.
func (s *frameSource) indexTexts() ([]string, error) {
	c, err := s.column(s.index)
	if err != nil {
		return nil, err
	}
	if c.Kind == String && c.Missing == nil {
		return c.Strings, nil
	}
	return c.Cells(), nil
}

func (f *File) frame(path ...string) (*Frame, error) {
	s, err := f.source(path...)
	if err != nil {
		return nil, err
	}
	t := &Frame{IndexName: s.index}
	if t.Index, err = s.indexTexts(); err != nil {
		return nil, err
	}
	for _, name := range s.columns {
		c, err := s.column(name)
		if err != nil {
			return nil, err
		}
		t.Columns = append(t.Columns, *c)
	}
	if err := t.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	return t, nil
}

// ObsNames are the names of the columns of obs, in the file's order.
func (f *File) ObsNames() ([]string, error) {
	s, err := f.source("obs")
	if err != nil {
		return nil, f.wrap(err)
	}
	return s.columns, nil
}
