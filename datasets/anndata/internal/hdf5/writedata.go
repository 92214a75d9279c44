package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Set gives the group an attribute: a string, bool, []string or []int64.
func (g *WriteGroup) Set(name string, value any) error {
	m, err := g.w.attribute(name, value)
	if err == nil {
		g.attributes = append(g.attributes, m...)
	}
	return err
}

// attribute is the message of an attribute.
func (w *Writer) attribute(name string, value any) ([]byte, error) {
	var shape []int
	switch v := value.(type) {
	case string:
		value = []string{v}
	case bool:
		value = []bool{v}
	case []string:
		shape = []int{len(v)}
	case []int64:
		shape = []int{len(v)}
	default:
		return nil, fmt.Errorf("attribute %s: values of type %T are not written", name, value)
	}
	kind, _, n, err := typeOf(value)
	if err != nil {
		return nil, err
	}
	raw, err := w.encode(nil, value, 0, n)
	if err != nil {
		return nil, err
	}
	space := dataspace(shape)
	b := []byte{3, 0} // version, flags
	for _, n := range []int{len(name) + 1, len(kind), len(space)} {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	b = append(b, 1) // UTF-8
	b = append(append(b, name...), 0)
	b = append(append(append(b, kind...), space...), raw...)
	if len(b) > math.MaxUint16 {
		return nil, fmt.Errorf("attribute %s takes %d bytes; %d fit", name, len(b), math.MaxUint16)
	}
	return appendMessage(nil, messageAttribute, b), nil
}

// dataspace is the message of a shape; nil is one element.
func dataspace(shape []int) []byte {
	b := []byte{2, byte(len(shape)), 0, 1} // version, rank, flags, simple
	if shape == nil {
		b[3] = 0 // scalar
	}
	for _, n := range shape {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return b
}

// typeOf is the datatype message of a slice's elements, their size and number.
func typeOf(values any) (kind []byte, size, n int, err error) {
	switch v := values.(type) {
	case []int8:
		return integerType(1, true), 1, len(v), nil
	case []int16:
		return integerType(2, true), 2, len(v), nil
	case []int32:
		return integerType(4, true), 4, len(v), nil
	case []int64:
		return integerType(8, true), 8, len(v), nil
	case []float32:
		return floatType(4), 4, len(v), nil
	case []float64:
		return floatType(8), 8, len(v), nil
	case []bool:
		b := []byte{1<<4 | byte(Enum), 2, 0, 0, 1, 0, 0, 0} // two labels, one byte
		b = append(b, integerType(1, true)...)
		b = append(b, "FALSE\x00\x00\x00TRUE\x00\x00\x00\x00"...)
		return append(b, 0, 1), 1, len(v), nil
	case []string:
		b := []byte{1<<4 | byte(Variable), 1, 1, 0, 16, 0, 0, 0} // text in UTF-8, 16 bytes
		return append(b, integerType(1, false)...), 16, len(v), nil
	}
	return nil, 0, 0, fmt.Errorf("values of type %T are not written", values)
}

func integerType(size int, signed bool) []byte {
	b := []byte{1<<4 | byte(Integer), 0, 0, 0, byte(size), 0, 0, 0, 0, 0, byte(8 * size), 0}
	if signed {
		b[1] = 8
	}
	return b
}

func floatType(size int) []byte {
	l := ieee[size]
	b := []byte{1<<4 | byte(Float), 0x20, byte(l[0]), 0, byte(size), 0, 0, 0, 0, 0, byte(8 * size), 0}
	b = append(b, byte(l[1]), byte(l[2]), byte(l[3]), byte(l[4]))
	return binary.LittleEndian.AppendUint32(b, l[5])
}

// encode appends the elements from <= i < to as they are in the file.
func (w *Writer) encode(b []byte, values any, from, to int) ([]byte, error) {
	o := binary.LittleEndian
	switch v := values.(type) {
	case []int8:
		for _, x := range v[from:to] {
			b = append(b, byte(x))
		}
	case []int16:
		for _, x := range v[from:to] {
			b = o.AppendUint16(b, uint16(x))
		}
	case []int32:
		for _, x := range v[from:to] {
			b = o.AppendUint32(b, uint32(x))
		}
	case []int64:
		for _, x := range v[from:to] {
			b = o.AppendUint64(b, uint64(x))
		}
	case []float32:
		for _, x := range v[from:to] {
			b = o.AppendUint32(b, math.Float32bits(x))
		}
	case []float64:
		for _, x := range v[from:to] {
			b = o.AppendUint64(b, math.Float64bits(x))
		}
	case []bool:
		for _, x := range v[from:to] {
			if x {
				b = append(b, 1)
			} else {
				b = append(b, 0)
			}
		}
	case []string:
		for _, x := range v[from:to] {
			var err error
			if b, err = w.text(b, x); err != nil {
				return nil, err
			}
		}
	default:
		return nil, fmt.Errorf("values of type %T are not written", values)
	}
	return b, nil
}
