package hdf5

import "fmt"

// Attribute is a small array that belongs to an object.
type Attribute struct {
	Name  string
	Type  *Type
	Shape []int // nil for one element
	Empty bool
	f     *File
	raw   []byte
}

// Attribute finds an attribute; nil without an error where there is none.
func (o *Object) Attribute(name string) (*Attribute, error) {
	all, err := o.Attributes()
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
	}
	return nil, nil
}

// Attributes are all attributes of an object.
func (o *Object) Attributes() (all []Attribute, err error) {
	defer guard(&err)
	add := func(data []byte) error {
		a, err := o.f.readAttribute(data)
		if err == nil {
			all = append(all, *a)
		}
		return err
	}
	for _, m := range o.messages {
		var err error
		switch m.kind {
		case messageAttribute:
			var data []byte
			if data, err = o.f.resolve(m, true); err == nil {
				err = add(data)
			}
		case messageAttributeInfo:
			err = o.f.denseAttributes(m.data, add)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: its attributes: %w", display(o.path), err)
		}
	}
	return all, nil
}

// denseAttributes hands on the attributes that are kept in a fractal heap.
func (f *File) denseAttributes(info []byte, add func(data []byte) error) error {
	c := f.cursor(info)
	c.version("attribute info", 0)
	if c.u8()&1 != 0 {
		c.skip(2) // the next order of creation
	}
	heapAddr, index := c.addr(), c.addr()
	if c.err != nil || heapAddr == undefined {
		return c.err
	}
	return f.denseObjects(heapAddr, index, 8, add)
}

// readAttribute reads an attribute message.
func (f *File) readAttribute(data []byte) (*Attribute, error) {
	c := f.cursor(data)
	version, flags := c.u8(), c.u8()
	nameSize, typeSize, spaceSize := int(c.u16()), int(c.u16()), int(c.u16())
	pad := func(n int) int { return n }
	switch version {
	case 1:
		pad, flags = padded, 0
	case 2:
	case 3:
		c.skip(1) // character set
	default:
		return nil, fmt.Errorf("version %d of an attribute is not supported", version)
	}
	a := &Attribute{f: f}
	a.Name = trim(string(c.take(pad(nameSize))), 0)
	kind, space := c.take(pad(typeSize)), c.take(pad(spaceSize))
	if c.err != nil {
		return nil, c.err
	}
	kind, err := f.resolve(message{messageDatatype, flags&1 != 0, kind}, true)
	if err == nil {
		space, err = f.resolve(message{messageDataspace, flags&2 != 0, space}, true)
	}
	if err == nil {
		err = a.read(kind, space, c)
	}
	if err != nil {
		return nil, fmt.Errorf("attribute %s: %w", a.Name, err)
	}
	return a, nil
}

func (a *Attribute) read(kind, space []byte, c *cursor) error {
	t := a.f.cursor(kind)
	a.Type = a.f.readType(t, 0)
	if t.err != nil {
		return t.err
	}
	var err error
	if a.Shape, _, a.Empty, err = a.f.readDataspace(space); err != nil {
		return err
	}
	if a.Empty {
		return nil
	}
	n := uint64(a.Type.Size)
	for _, k := range a.Shape {
		var ok bool
		if n, ok = product(n, uint64(k)); !ok || n > uint64(c.left()) {
			return fmt.Errorf("%v elements of %d bytes in %d: the file is damaged", a.Shape, a.Type.Size, c.left())
		}
	}
	a.raw = c.take(int(n))
	return c.err
}

// Len is the number of elements.
func (a *Attribute) Len() int { return len(a.raw) / a.Type.Size }

// Texts reads the elements as text.
func (a *Attribute) Texts() (texts []string, err error) {
	defer guard(&err)
	if !a.Type.IsText() {
		return nil, fmt.Errorf("attribute %s is of type %s and no text", a.Name, a.Type)
	}
	if texts, err = a.f.texts(a.Type, a.raw); err != nil {
		return nil, fmt.Errorf("attribute %s: %w", a.Name, err)
	}
	return texts, nil
}

// Integers reads the elements as integers.
func (a *Attribute) Integers() (numbers []int64, err error) {
	defer guard(&err)
	numbers = make([]int64, a.Len())
	if err := convert(a.Type, numbers, a.raw); err != nil {
		return nil, fmt.Errorf("attribute %s: %w", a.Name, err)
	}
	return numbers, nil
}

// Object opens what an attribute that is one reference refers to.
func (a *Attribute) Object(path string) (o *Object, err error) {
	defer guard(&err)
	addr, err := a.f.reference(a.Type, a.raw)
	if err != nil {
		return nil, fmt.Errorf("attribute %s: %w", a.Name, err)
	}
	return a.f.object(addr, path)
}
