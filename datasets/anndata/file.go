package anndata

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
	"github.com/gomonge/gomonge/internal/spell"
)

// File is an open h5ad file. Its methods may be called from several goroutines.
type File struct {
	path         string
	h            *hdf5.File
	root         *hdf5.Object
	cells, genes int
}

// Open opens an h5ad file and reads how many cells and genes it has. Close it
// in the end.
func Open(path string) (*File, error) {
	if scheme, _, remote := strings.Cut(path, "://"); remote {
		return nil, fmt.Errorf("anndata: %s: files at %s:// are not read; download it first", path, scheme)
	}
	h, err := hdf5.Open(path)
	if errors.Is(err, hdf5.ErrNotHDF5) {
		err = fmt.Errorf("%w (encrypted, compressed as a whole, or another format), so no h5ad", err)
	}
	if err != nil {
		return nil, fmt.Errorf("anndata: %s: %w", path, err)
	}
	f, err := newFile(path, h)
	if err != nil {
		h.Close()
	}
	return f, err
}

// OpenReader reads an h5ad file of size bytes from r, an embedded one for
// instance; path names it in messages. It need not be closed.
func OpenReader(r io.ReaderAt, size int64, path string) (*File, error) {
	h, err := hdf5.NewFile(r, size)
	if err != nil {
		return nil, fmt.Errorf("anndata: %s: %w", path, err)
	}
	return newFile(path, h)
}

func newFile(path string, h *hdf5.File) (f *File, err error) {
	f = &File{path: path, h: h}
	if f.root, err = h.Root(); err != nil {
		return nil, f.wrap(err)
	}
	if f.cells, err = f.frameLength("obs"); err != nil {
		return nil, f.wrap(err)
	}
	if f.genes, err = f.frameLength("var"); err != nil {
		return nil, f.wrap(err)
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.h.Close() }

// Path is the name that the file was opened under.
func (f *File) Path() string { return f.path }

// Dims is the number of cells and genes.
func (f *File) Dims() (cells, genes int) { return f.cells, f.genes }

// wrap names the file in an error.
func (f *File) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("anndata: %s: %w", f.path, err)
}

// find opens the object at a path; nil where there is none.
func (f *File) find(path ...string) (*hdf5.Object, error) {
	o := f.root
	for _, name := range path {
		if !o.IsGroup() {
			return nil, nil
		}
		var err error
		if o, err = o.Child(name); err != nil || o == nil {
			return nil, err
		}
	}
	return o, nil
}

// members are the names in a group; none where there is no such group.
func (f *File) members(path ...string) ([]string, error) {
	o, err := f.find(path...)
	if err != nil || o == nil || !o.IsGroup() {
		return nil, err
	}
	return o.Names()
}

// text reads an attribute that is one text; empty where there is none.
func text(o *hdf5.Object, name string) (string, error) {
	texts, err := attributeTexts(o, name)
	if err != nil || len(texts) == 0 {
		return "", err
	}
	return texts[0], nil
}

// attributeTexts reads an attribute of text; nil where there is none, or
// where it is of another kind.
func attributeTexts(o *hdf5.Object, name string) ([]string, error) {
	a, err := o.Attribute(name)
	if err != nil || a == nil || a.Empty || !a.Type.IsText() {
		return nil, err
	}
	texts, err := a.Texts()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Path(), err)
	}
	return texts, nil
}

// Layers are the names of further matrices of the shape of X.
func (f *File) Layers() ([]string, error) {
	names, err := f.members("layers")
	return names, f.wrap(err)
}

// ObsmNames are the names of what Obsm reads.
func (f *File) ObsmNames() ([]string, error) {
	names, err := f.arrayNames("obsm")
	return names, f.wrap(err)
}

// VarmNames are the names of what Varm reads.
func (f *File) VarmNames() ([]string, error) {
	names, err := f.arrayNames("varm")
	return names, f.wrap(err)
}

// ObspNames are the names of what Obsp reads.
func (f *File) ObspNames() ([]string, error) {
	names, err := f.members("obsp")
	return names, f.wrap(err)
}

// VarpNames are the names of the matrices between genes, which nothing here reads.
func (f *File) VarpNames() ([]string, error) {
	names, err := f.members("varp")
	return names, f.wrap(err)
}

// arrayNames are members of a group, or of a compound that stands for one.
func (f *File) arrayNames(group string) ([]string, error) {
	o, err := f.find(group)
	if err != nil || o == nil {
		return nil, err
	}
	if !o.IsDataset() {
		return o.Names()
	}
	d, err := o.Dataset()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range d.Type.Members {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return names, nil
}

// unknown is the error for a member that a group lacks.
func unknown(what, name string, known []string) error {
	if len(known) == 0 {
		return fmt.Errorf("there is no %s %s, and none other", what, name)
	}
	return fmt.Errorf("there is no %s %s (%s)", what, name, spell.Suggest(name, known))
}
