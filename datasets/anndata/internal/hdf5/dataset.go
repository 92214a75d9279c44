package hdf5

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
)

// Dataset is an array of elements: numbers, text or compounds. A dataset
// without dimensions is one element.
type Dataset struct {
	// Type of an element.
	Type *Type
	// Shape is the number of elements along each dimension; nil for one element.
	Shape []int
	// Empty tells of a dataset that has no elements by definition (a null dataspace).
	Empty bool

	f       *File
	path    string
	layout  *layout
	limits  []uint64 // largest shape; undefined where there is no limit
	filters []filter
	fill    []byte // an element that was never written
	stored  *Type  // what an element is in the file: Type, or a compound with it
	space   []int  // shape of what is stored
	offset  int    // of Type in stored
	fold    int    // elements of Type, one after another, in one of stored

	index struct {
		sync.Once
		chunks []chunk
		err    error
	}
}

// Dataset opens the data of an object.
func (o *Object) Dataset() (d *Dataset, err error) {
	defer guard(&err)
	d = &Dataset{f: o.f, path: o.path, fold: 1}
	if err := d.open(o); err != nil {
		return nil, fmt.Errorf("%s: %w", display(o.path), err)
	}
	return d, nil
}

func (d *Dataset) open(o *Object) error {
	if !o.IsDataset() {
		return fmt.Errorf("a group where a dataset belongs")
	}
	if o.has(messageExternal) {
		return fmt.Errorf("its data are in another file, which is not read")
	}
	messages := map[uint16][]byte{}
	for _, kind := range []uint16{messageDatatype, messageDataspace, messageLayout, messageFilters, messageFill} {
		data, err := d.f.find(o.messages, kind)
		if err != nil {
			return err
		}
		messages[kind] = data
	}
	if messages[messageDatatype] == nil || messages[messageDataspace] == nil {
		return fmt.Errorf("a dataset without type or shape: the file is damaged")
	}
	c := d.f.cursor(messages[messageDatatype])
	d.Type = d.f.readType(c, 0)
	if c.err != nil {
		return fmt.Errorf("its type: %w", c.err)
	}
	d.stored = d.Type
	var err error
	if d.Shape, d.limits, d.Empty, err = d.f.readDataspace(messages[messageDataspace]); err != nil {
		return err
	}
	d.space = d.Shape
	if d.layout, err = d.f.readLayout(messages[messageLayout]); err != nil {
		return err
	}
	if data := messages[messageFilters]; data != nil {
		if d.filters, err = d.f.readFilters(data); err != nil {
			return err
		}
	}
	if data := messages[messageFill]; data != nil {
		if d.fill, err = readFill(d.f.cursor(data)); err != nil {
			return err
		}
	}
	return d.check()
}

// readDataspace reads a dataspace message.
func (f *File) readDataspace(data []byte) (shape []int, limits []uint64, empty bool, err error) {
	c := f.cursor(data)
	version, rank, flags := c.u8(), int(c.u8()), c.u8()
	switch version {
	case 1:
		c.skip(5)
	case 2:
		empty = c.u8() == 2
	default:
		return nil, nil, false, fmt.Errorf("version %d of a dataspace is not supported", version)
	}
	if c.err == nil && rank > 32 {
		return nil, nil, false, fmt.Errorf("%d dimensions: the file is damaged", rank)
	}
	all := []uint64{}
	for range rank {
		n := c.length()
		if n > 1<<62 {
			return nil, nil, false, fmt.Errorf("a dimension of %d: the file is damaged", n)
		}
		shape = append(shape, int(n))
		all = append(all, n)
	}
	limits = all
	if flags&1 != 0 {
		limits = nil
		for range rank {
			limits = append(limits, c.length())
		}
	}
	if _, ok := product(all...); !ok {
		return nil, nil, false, fmt.Errorf("a shape of %v: the file is damaged", shape)
	}
	return shape, limits, empty, c.err
}

// readFill reads a fill value message; nil stands for zeros.
func readFill(c *cursor) ([]byte, error) {
	version := c.u8()
	defined := true
	switch version {
	case 1, 2:
		c.skip(2)
		defined = c.u8() != 0 || version == 1
	case 3:
		defined = c.u8()&0x20 != 0
	default:
		return nil, fmt.Errorf("version %d of a fill value is not supported", version)
	}
	if !defined || c.err != nil {
		return nil, c.err
	}
	n := int(int32(c.u32()))
	if n <= 0 {
		return nil, c.err
	}
	return c.take(n), c.err
}

// check compares sizes with one another and with the file's.
func (d *Dataset) check() error {
	l := d.layout
	total, ok := product(append(d.dims(), uint64(d.stored.Size))...)
	most := max(min(largestRatio(d.filters, 0), maxRatio), maxUnwritten) * uint64(d.f.size)
	switch {
	case d.Empty:
		return nil
	case !ok || total > most:
		return fmt.Errorf("%v elements of %d bytes are more than a file of %d bytes holds", d.Shape, d.stored.Size, d.f.size)
	case d.fill != nil && len(d.fill) != d.stored.Size:
		return fmt.Errorf("a fill value of %d bytes for elements of %d: the file is damaged", len(d.fill), d.stored.Size)
	case l.class == layoutCompact && uint64(len(l.compact)) < total:
		return fmt.Errorf("%d bytes of %d: the file is damaged", len(l.compact), total)
	case l.class == layoutContiguous && l.addr != undefined && total > 0:
		if l.size != 0 && l.size < total {
			return fmt.Errorf("%d bytes of %d: the file is damaged", l.size, total)
		}
		return d.f.inside(l.addr, total)
	case l.class == layoutChunked:
		return d.checkChunked()
	}
	return nil
}

func (d *Dataset) checkChunked() error {
	l := d.layout
	if len(l.dims) != len(d.Shape) || l.elementSize != uint64(d.stored.Size) {
		return fmt.Errorf("chunks of %d dimensions, elements of %d bytes, for %d and %d: the file is damaged", len(l.dims), l.elementSize, len(d.Shape), d.stored.Size)
	}
	if err := checkFilters(d.filters); err != nil {
		return err
	}
	if _, ok := product(append(slices.Clone(l.dims), l.elementSize)...); !ok {
		return fmt.Errorf("chunks of %v elements: the file is damaged", l.dims)
	}
	if n, ok := product(d.grid(d.dims())...); !ok || n > maxUnwritten*uint64(d.f.size) {
		return fmt.Errorf("%v chunks are more than a file of %d bytes holds", d.grid(d.dims()), d.f.size)
	}
	return nil
}

// dims is the shape of what is stored.
func (d *Dataset) dims() []uint64 {
	dims := make([]uint64, len(d.space))
	for i, n := range d.space {
		dims[i] = uint64(n)
	}
	return dims
}

// Rows is the size of the first dimension; 1 where there is none.
func (d *Dataset) Rows() int {
	switch {
	case d.Empty:
		return 0
	case len(d.Shape) == 0:
		return 1
	}
	return d.Shape[0]
}

// RowLength is the number of elements for each row.
func (d *Dataset) RowLength() int {
	n := 1
	for _, k := range d.Shape[min(1, len(d.Shape)):] {
		n *= k
	}
	return n
}

// Field is the dataset of one member of a compound's elements.
func (d *Dataset) Field(name string) (*Dataset, error) {
	for _, m := range d.Type.Members {
		if m.Name == name {
			return d.view(m.Type, d.Shape, 1, d.path+"["+name+"]", d.offset+m.Offset), nil
		}
	}
	return nil, fmt.Errorf("%s: there is no member %s", d.path, name)
}

// Path names the dataset in messages.
func (d *Dataset) Path() string { return d.path }

// Read reads rows from <= row < to as numbers, row after row: dst has
// RowLength numbers for each row.
func Read[T Number](d *Dataset, from, to int, dst []T) (err error) {
	defer guard(&err)
	if err := d.Type.numeric(); err != nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	return d.rows(from, to, len(dst), func(at int, raw []byte) error {
		return convert(d.Type, dst[at:at+len(raw)/d.Type.Size], raw)
	})
}

// Texts reads rows from <= row < to as text.
func (d *Dataset) Texts(from, to int) (texts []string, err error) {
	defer guard(&err)
	if !d.Type.IsText() {
		return nil, fmt.Errorf("%s: elements are of type %s and no text", d.path, d.Type)
	}
	n := max(0, to-from) * d.RowLength()
	raw := make([]byte, n*d.Type.Size)
	err = d.rows(from, to, n, func(at int, b []byte) error {
		copy(raw[at*d.Type.Size:], b)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if texts, err = d.f.texts(d.Type, raw); err != nil {
		return nil, fmt.Errorf("%s: %w", d.path, err)
	}
	return texts, nil
}

// rows hands on the elements of rows in pieces, from several goroutines: n of
// them in all, at is the number of elements before the piece.
func (d *Dataset) rows(from, to, n int, put func(at int, raw []byte) error) error {
	if from < 0 || to < from || to > d.Rows() || n != (to-from)*d.RowLength() {
		return fmt.Errorf("%s: rows %d to %d into %d elements; it has %d rows of %d", d.path, from, to, n, d.Rows(), d.RowLength())
	}
	if n == 0 {
		return nil
	}
	if d.stored != d.Type {
		put = d.gather(put)
	}
	n /= d.fold
	first := from * (d.RowLength() / d.fold)
	var err error
	switch {
	case d.layout.class == layoutCompact:
		size := d.stored.Size
		err = put(0, d.layout.compact[first*size:(first+n)*size])
	case d.layout.class == layoutContiguous:
		err = d.contiguous(first, n, put)
	default:
		err = d.chunked(from, to, put)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	return nil
}

// gather picks the bytes of a member out of compounds.
func (d *Dataset) gather(put func(at int, raw []byte) error) func(at int, raw []byte) error {
	return func(at int, raw []byte) error {
		size := d.Type.Size * d.fold
		picked := make([]byte, 0, len(raw)/d.stored.Size*size)
		for i := d.offset; i+size <= len(raw); i += d.stored.Size {
			picked = append(picked, raw[i:i+size]...)
		}
		return put(at*d.fold, picked)
	}
}

// contiguous reads n elements that follow one another.
func (d *Dataset) contiguous(first, n int, put func(at int, raw []byte) error) error {
	size := d.stored.Size
	block := max(1, (1<<20)/size)
	pieces := (n + block - 1) / block
	return parallel(pieces, func() func(i int) error {
		var b []byte
		return func(i int) error {
			at := i * block
			count := min(block, n-at)
			if b == nil {
				b = make([]byte, count*size)
			}
			if cap(b) < count*size {
				b = make([]byte, count*size)
			}
			b = b[:count*size]
			if d.layout.addr == undefined {
				return put(at, d.filled(b))
			}
			if err := d.f.readAt(b, d.layout.addr+uint64(first+at)*uint64(size)); err != nil {
				return err
			}
			return put(at, b)
		}
	})
}

// filled sets all elements of b to the fill value.
func (d *Dataset) filled(b []byte) []byte {
	if d.fill == nil {
		clear(b)
		return b
	}
	return append(b[:0], bytes.Repeat(d.fill, len(b)/len(d.fill))...)
}

// Unfold is the dataset with the dimensions of its elements, which are arrays,
// behind its own. A dataset of other elements is returned as it is.
func (d *Dataset) Unfold() (*Dataset, error) {
	t := d.Type
	if t.Class != Array {
		return d, nil
	}
	n, ok := uint64(t.Base.Size), true
	shape := slices.Clone(d.Shape)
	for _, k := range t.Dims {
		if n, ok = product(n, uint64(k)); !ok {
			break
		}
		shape = append(shape, k)
	}
	if !ok || n != uint64(t.Size) || t.Base.Class == Array {
		return nil, fmt.Errorf("%s: arrays of %v elements in %d bytes: the file is damaged", d.path, t.Dims, t.Size)
	}
	return d.view(t.Base, shape, t.Size/t.Base.Size, d.path, d.offset), nil
}

// view is the dataset seen as elements of another type, each of those stored
// holding fold of them at an offset.
func (d *Dataset) view(t *Type, shape []int, fold int, path string, offset int) *Dataset {
	return &Dataset{Type: t, Shape: shape, Empty: d.Empty, f: d.f, path: path, layout: d.layout, space: d.space,
		limits: d.limits, filters: d.filters, fill: d.fill, stored: d.stored, offset: offset, fold: fold}
}
