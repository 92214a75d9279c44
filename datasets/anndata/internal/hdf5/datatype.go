package hdf5

import (
	"fmt"
	"strings"
)

// Class is a kind of datatype.
type Class byte

// The classes of the format.
const (
	Integer Class = iota
	Float
	Time
	Text // of fixed length
	BitField
	Opaque
	Compound
	Reference
	Enum
	Variable // of variable length: text where Type.Base is nil
	Array
)

var classNames = []string{"integer", "float", "time", "text", "bit field", "opaque", "compound", "reference", "enumeration", "variable-length", "array"}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class %d", byte(c))
}

// Type says what an element of a dataset or an attribute is.
type Type struct {
	Class Class
	// Size of an element in the file, in bytes.
	Size int
	// Signed tells of integers whether they have a sign.
	Signed bool
	// BigEndian tells of numbers whether the first byte is the highest.
	BigEndian bool
	// Members of a compound, in order.
	Members []Member
	// Base of an enumeration, an array or a sequence of variable length.
	Base *Type
	// Labels and Values of an enumeration.
	Labels []string
	Values []int64
	// Dims of an array.
	Dims []int
	// padding of text: 0 ends at a 0 byte, 1 is filled up with 0 bytes, 2 with spaces.
	padding byte
	// why says why the numbers cannot be read, where they cannot.
	why string
}

// Member is a field of a compound.
type Member struct {
	Name   string
	Offset int
	Type   *Type
}

// IsText tells whether elements are text.
func (t *Type) IsText() bool { return t.Class == Text || t.Class == Variable && t.Base == nil }

// IsBool tells whether elements are truth values as h5py stores them: an
// enumeration of FALSE and TRUE, 0 and 1.
func (t *Type) IsBool() bool {
	if t.Class != Enum || len(t.Labels) != 2 {
		return false
	}
	for i, label := range t.Labels {
		if want := map[string]int64{"FALSE": 0, "TRUE": 1}; strings.ToUpper(label) != label || t.Values[i] != want[label] {
			return false
		}
	}
	return t.Labels[0] != t.Labels[1]
}

// String describes the type, such as "float64" or "compound of 3".
func (t *Type) String() string {
	switch {
	case t.Class == Integer && !t.Signed:
		return fmt.Sprintf("uint%d", 8*t.Size)
	case t.Class == Integer:
		return fmt.Sprintf("int%d", 8*t.Size)
	case t.Class == Float:
		return fmt.Sprintf("float%d", 8*t.Size)
	case t.IsBool():
		return "bool"
	case t.IsText():
		return "text"
	case t.Class == Compound:
		return fmt.Sprintf("compound of %d", len(t.Members))
	}
	return t.Class.String()
}

// readType reads a datatype message.
func (f *File) readType(c *cursor, depth int) *Type {
	const deepest = 8
	if depth > deepest {
		c.fail("datatypes nested deeper than %d", deepest)
		return nil
	}
	first := c.u8()
	version := first >> 4
	flags := uint32(c.uint(3))
	t := &Type{Class: Class(first & 15), Size: int(c.u32())}
	if c.err == nil && (version == 0 || version > 5) {
		c.fail("version %d of a datatype is not supported", version)
	}
	if c.err == nil && (t.Size <= 0 || int64(t.Size) > max(f.size, 16)) {
		c.fail("elements of %d bytes: the file is damaged", t.Size)
	}
	if c.err != nil {
		return nil
	}
	switch t.Class {
	case Integer, BitField:
		t.readInteger(c, flags)
	case Float:
		t.readFloat(c, flags)
	case Time:
		c.skip(2)
	case Text:
		t.padding = byte(flags & 15)
	case Opaque:
		c.skip(int(flags & 0xff))
	case Compound:
		f.readCompound(c, t, version, int(flags&0xffff), depth)
	case Reference:
		if flags&15 != 0 {
			t.why = "only references to objects are supported"
		}
	case Enum:
		f.readEnum(c, t, version, int(flags&0xffff), depth)
	case Variable:
		base := f.readType(c, depth+1)
		t.padding = byte(flags >> 4 & 15)
		if flags&15 != 1 {
			t.Base = base
		}
		if c.err == nil && t.Size != 4+f.offsetSize+4 {
			c.fail("elements of variable length that take %d bytes: the file is damaged", t.Size)
		}
	case Array:
		f.readArray(c, t, version, depth)
	default:
		c.fail("datatypes of %s are not supported", t.Class)
	}
	return t
}

func (t *Type) readInteger(c *cursor, flags uint32) {
	t.BigEndian, t.Signed = flags&1 != 0, flags&8 != 0
	offset, precision := c.u16(), c.u16()
	switch {
	case t.Size != 1 && t.Size != 2 && t.Size != 4 && t.Size != 8:
		t.why = fmt.Sprintf("integers of %d bytes are not supported", t.Size)
	case offset != 0 || int(precision) != 8*t.Size:
		t.why = fmt.Sprintf("integers of %d bits in %d bytes are not supported", precision, t.Size)
	}
}

// ieee are the layouts of IEEE 754 numbers by size: position of the sign,
// position and size of the exponent, position and size of the mantissa, bias.
var ieee = map[int][6]uint32{
	2: {15, 10, 5, 0, 10, 15},
	4: {31, 23, 8, 0, 23, 127},
	8: {63, 52, 11, 0, 52, 1023},
}

func (t *Type) readFloat(c *cursor, flags uint32) {
	t.BigEndian = flags&1 != 0
	offset, precision := c.u16(), c.u16()
	got := [6]uint32{flags >> 8 & 0xff, uint32(c.u8()), uint32(c.u8()), uint32(c.u8()), uint32(c.u8()), c.u32()}
	want, ok := ieee[t.Size]
	if !ok || got != want || offset != 0 || int(precision) != 8*t.Size || flags&0x40 != 0 || flags>>4&3 != 2 {
		t.why = fmt.Sprintf("floats of %d bytes that are not IEEE 754's of 2, 4 or 8 are not supported", t.Size)
	}
}

func (f *File) readCompound(c *cursor, t *Type, version byte, n, depth int) {
	for range n {
		m := Member{Name: c.text()}
		if version < 3 {
			c.skip(padded(len(m.Name)+1) - len(m.Name) - 1)
			m.Offset = int(c.u32())
		} else {
			m.Offset = int(c.uint(byteSize(uint64(t.Size))))
		}
		rank := 0
		if version == 1 {
			rank = int(c.u8())
			c.skip(3 + 4 + 4 + 16)
		}
		m.Type = f.readType(c, depth+1)
		if c.err != nil {
			return
		}
		if m.Offset < 0 || m.Offset > t.Size-m.Type.Size {
			c.fail("member %q of a compound is outside its %d bytes", m.Name, t.Size)
			return
		}
		if rank != 0 {
			m.Type.why = "arrays in compounds are not supported"
		}
		t.Members = append(t.Members, m)
	}
}

// padded is n rounded up to a multiple of 8.
func padded(n int) int { return (n + 7) &^ 7 }

func (f *File) readEnum(c *cursor, t *Type, version byte, n, depth int) {
	t.Base = f.readType(c, depth+1)
	if c.err != nil {
		return
	}
	if t.Base.Class != Integer || t.Base.why != "" || t.Base.Size != t.Size {
		t.why = "enumerations of what is not an integer are not supported"
		return
	}
	t.Signed, t.BigEndian = t.Base.Signed, t.Base.BigEndian
	for range n {
		name := c.text()
		if version < 3 {
			c.skip(padded(len(name)+1) - len(name) - 1)
		}
		if c.err != nil {
			return
		}
		t.Labels = append(t.Labels, name)
	}
	raw := c.take(n * t.Size)
	if c.err != nil {
		return
	}
	t.Values = make([]int64, n)
	if err := convert(t.Base, t.Values, raw); err != nil {
		c.err = err
	}
}

func (f *File) readArray(c *cursor, t *Type, version byte, depth int) {
	rank := int(c.u8())
	if version < 3 {
		c.skip(3)
	}
	for range rank {
		t.Dims = append(t.Dims, int(c.u32()))
	}
	if version < 3 {
		c.skip(4 * rank)
	}
	t.Base = f.readType(c, depth+1)
	t.why = "arrays as elements are not supported"
}
