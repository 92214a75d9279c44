package hdf5

import "encoding/binary"

// block decodes the symbols of a block. As long as there are 8 bytes of input
// and room for the longest stretch it checks neither at each step.
func (z *inflater) block() error {
	in, out := z.in, z.out
	at, filled := z.at, z.filled
	hold, n := z.bits, z.n
	for at+8 <= len(in) && filled+258+16 <= len(out) {
		hold |= binary.LittleEndian.Uint64(in[at:]) << n
		at += int((63 - n) >> 3)
		n |= 56
		e := z.literals[hold&(1<<literalBits-1)]
		if e&entryTable != 0 {
			hold >>= literalBits
			n -= literalBits
			e = z.literals[uint64(e>>16)+hold&(1<<(e>>8&15)-1)]
		}
		hold >>= e & 0xff
		n -= uint(e & 0xff)
		if e&entryLiteral != 0 { // two codes of 15 bits each leave enough for a third
			out[filled] = byte(e >> 16)
			filled++
			e = z.literals[hold&(1<<literalBits-1)]
			if e&entryLiteral == 0 {
				continue
			}
			hold >>= e & 0xff
			n -= uint(e & 0xff)
			out[filled] = byte(e >> 16)
			filled++
			continue
		}
		if e&entryStop != 0 {
			z.at, z.filled, z.bits, z.n = at, filled, hold&(1<<n-1), n
			if e>>16 != 0 {
				return errZlib
			}
			return nil
		}
		extra := e & entryExtra >> 8
		length := int(e>>16) + int(hold&(1<<extra-1))
		hold >>= extra
		n -= uint(extra)
		e = z.distances[hold&(1<<distanceBits-1)]
		if e&entryTable != 0 {
			hold >>= distanceBits
			n -= distanceBits
			e = z.distances[uint64(e>>16)+hold&(1<<(e>>8&15)-1)]
		}
		hold >>= e & 0xff
		n -= uint(e & 0xff)
		extra = e & entryExtra >> 8
		distance := int(e>>16) + int(hold&(1<<extra-1))
		hold >>= extra
		n -= uint(extra)
		if e&entryStop != 0 || distance > filled {
			return errZlib
		}
		repeat(out, filled, length, distance)
		filled += length
	}
	z.at, z.filled, z.bits, z.n = at, filled, hold&(1<<n-1), n
	return z.tail()
}

// repeat copies length bytes from distance before at; there is room for 16
// bytes more.
func repeat(out []byte, at, length, distance int) {
	switch {
	case distance >= length:
		copy(out[at:at+length], out[at-distance:])
	case distance >= 8:
		to, from := out[at:at+length+8], out[at-distance:]
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(to[i:], binary.LittleEndian.Uint64(from[i:]))
		}
	default:
		for i := at; i < at+length; i++ {
			out[i] = out[i-distance]
		}
	}
}

// symbol decodes a symbol with all checks; ok is false where the input ends.
func (z *inflater) symbol(table []uint32, width uint) (e uint32, ok bool) {
	z.fill()
	e = table[z.bits&(1<<width-1)]
	if e&entryTable != 0 && z.n >= width {
		z.drop(width)
		e = table[uint64(e>>16)+z.bits&(1<<(e>>8&15)-1)]
	}
	if uint(e&0xff) > z.n {
		return 0, false
	}
	z.drop(uint(e & 0xff))
	return e, true
}

// tail decodes the rest of a block, with all checks.
func (z *inflater) tail() error {
	for {
		e, ok := z.symbol(z.literals[:], literalBits)
		switch {
		case !ok:
			return errZlibShort
		case e&entryLiteral != 0:
			if z.filled == len(z.out) {
				return errZlibLong
			}
			z.out[z.filled] = byte(e >> 16)
			z.filled++
			continue
		case e&entryStop != 0 && e>>16 != 0:
			return errZlib
		case e&entryStop != 0:
			return nil
		}
		more, ok := z.take(uint(e & entryExtra >> 8))
		if !ok {
			return errZlibShort
		}
		length := int(e>>16) + int(more)
		if e, ok = z.symbol(z.distances[:], distanceBits); !ok {
			return errZlibShort
		}
		if e&entryStop != 0 {
			return errZlib
		}
		if more, ok = z.take(uint(e & entryExtra >> 8)); !ok {
			return errZlibShort
		}
		distance := int(e>>16) + int(more)
		switch {
		case distance > z.filled:
			return errZlib
		case length > len(z.out)-z.filled:
			return errZlibLong
		}
		for range length {
			z.out[z.filled] = z.out[z.filled-distance]
			z.filled++
		}
	}
}
