package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Number is what numbers of a file can be read as.
type Number interface {
	int8 | int16 | int32 | int64 | int | uint8 | float32 | float64
}

// numeric says why elements are no numbers, or nil where they are.
func (t *Type) numeric() error {
	switch {
	case t.why != "":
		return fmt.Errorf("%s", t.why)
	case t.Class == Integer, t.Class == Float, t.Class == Enum:
		return nil
	}
	return fmt.Errorf("elements are of type %s and no numbers", t)
}

// convert reads len(dst) numbers from raw. It is an error if one does not fit:
// an integer that T cannot hold, a fraction that would become an integer, or a
// finite float64 that a float32 cannot hold.
func convert[T Number](t *Type, dst []T, raw []byte) error {
	if err := t.numeric(); err != nil {
		return err
	}
	if len(raw) < len(dst)*t.Size {
		return fmt.Errorf("%d bytes for %d elements of %d", len(raw), len(dst), t.Size)
	}
	switch {
	case t.Class == Float:
		return convertFloats(t, dst, raw)
	case t.Signed:
		return convertSigned(t, dst, raw)
	}
	return convertUnsigned(t, dst, raw)
}

func order(bigEndian bool) binary.ByteOrder {
	if bigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// fraction tells whether T has numbers between 0 and 1.
func fraction[T Number]() bool {
	x := 0.5
	return T(x) != 0
}

func convertFloats[T Number](t *Type, dst []T, raw []byte) error {
	o := order(t.BigEndian)
	if t.Size == 4 && !t.BigEndian && fraction[T]() {
		for i := range dst {
			dst[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
		}
		return nil
	}
	for i := range dst {
		var v float64
		switch t.Size {
		case 2:
			v = half(o.Uint16(raw[2*i:]))
		case 4:
			v = float64(math.Float32frombits(o.Uint32(raw[4*i:])))
		default:
			v = math.Float64frombits(o.Uint64(raw[8*i:]))
		}
		if fraction[T]() {
			dst[i] = T(v)
			if math.IsInf(float64(dst[i]), 0) && !math.IsInf(v, 0) {
				return fmt.Errorf("%g is too large for a float32", v)
			}
			continue
		}
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 || float64(T(v)) != v {
			return fmt.Errorf("%g where integers belong", v)
		}
		dst[i] = T(v)
	}
	return nil
}

// half is an IEEE 754 number of 16 bits.
func half(b uint16) float64 {
	exponent, mantissa := int(b>>10&31), float64(b&1023)
	var v float64
	switch {
	case exponent == 31 && mantissa == 0:
		v = math.Inf(1)
	case exponent == 31:
		v = math.NaN()
	case exponent == 0:
		v = math.Ldexp(mantissa, -24)
	default:
		v = math.Ldexp(1024+mantissa, exponent-25)
	}
	if b>>15 != 0 {
		v = -v
	}
	return v
}

func convertSigned[T Number](t *Type, dst []T, raw []byte) error {
	o := order(t.BigEndian)
	whole := !fraction[T]()
	for i := range dst {
		var v int64
		switch t.Size {
		case 1:
			v = int64(int8(raw[i]))
		case 2:
			v = int64(int16(o.Uint16(raw[2*i:])))
		case 4:
			if !t.BigEndian {
				v = int64(int32(binary.LittleEndian.Uint32(raw[4*i:])))
			} else {
				v = int64(int32(binary.BigEndian.Uint32(raw[4*i:])))
			}
		default:
			v = int64(o.Uint64(raw[8*i:]))
		}
		dst[i] = T(v)
		if whole && (int64(dst[i]) != v || dst[i] < 0 != (v < 0)) {
			return fmt.Errorf("%d is too large for the integers that belong here", v)
		}
	}
	return nil
}

func convertUnsigned[T Number](t *Type, dst []T, raw []byte) error {
	o := order(t.BigEndian)
	whole := !fraction[T]()
	for i := range dst {
		var v uint64
		switch t.Size {
		case 1:
			v = uint64(raw[i])
		case 2:
			v = uint64(o.Uint16(raw[2*i:]))
		case 4:
			v = uint64(o.Uint32(raw[4*i:]))
		default:
			v = o.Uint64(raw[8*i:])
		}
		dst[i] = T(v)
		if whole && (uint64(dst[i]) != v || dst[i] < 0) {
			return fmt.Errorf("%d is too large for the integers that belong here", v)
		}
	}
	return nil
}
