package hdf5

import (
	"encoding/binary"
	"errors"
	"hash/adler32"
	"math/bits"
)

// The inflater decodes a whole zlib stream (RFC 1950, RFC 1951) from memory to
// memory. That the chunk and its size are known beforehand makes it several
// times as fast as a reader of streams.

var (
	errZlib      = errors.New("gzip: the compressed data are damaged")
	errZlibLong  = errors.New("gzip: the data are longer than their chunk: the file is damaged")
	errZlibShort = errors.New("gzip: the compressed data end too soon: the file is damaged")
	errZlibSum   = errors.New("gzip: the checksum is wrong: the file is damaged")
)

// Bits that the first tables are indexed by; longer codes go on in a further one.
const (
	literalBits  = 11
	distanceBits = 8
)

// An entry of a decoding table has the number of bits of its code (bits 0 to
// 7), what it is (bits 8 to 15) and a value (bits 16 to 31).
const (
	entryLiteral = 0x80 << 8 // the value is a byte
	entryStop    = 0x40 << 8 // the end of a block where the value is 0, else no code
	entryTable   = 0x20 << 8 // the value is where a further table begins; with its number of bits
	entryExtra   = 0x1f << 8 // bits that are added to the value: a length or a distance
)

// inflater has the tables of a block.
type inflater struct {
	literals  [1<<literalBits + 143*16]uint32 // two codes or more need a further table
	distances [1<<distanceBits + 15*128]uint32
	lengths   [320]uint8

	in     []byte
	at     int    // of the next byte in in
	bits   uint64 // that were taken from in and not used
	n      uint   // how many those are
	out    []byte
	filled int // of out
}

// inflate decodes src into dst and returns what it filled of it.
func (z *inflater) inflate(dst, src []byte) ([]byte, error) {
	if len(src) < 6 || src[0]&15 != 8 || src[0]>>4 > 7 || src[1]&0x20 != 0 || (uint(src[0])<<8|uint(src[1]))%31 != 0 {
		return nil, errZlib
	}
	z.in, z.at, z.bits, z.n = src, 2, 0, 0
	z.out, z.filled = dst, 0
	for last := false; !last; {
		z.fill()
		if z.n < 3 {
			return nil, errZlibShort
		}
		last = z.bits&1 != 0
		kind := z.bits >> 1 & 3
		z.drop(3)
		var err error
		switch kind {
		case 0:
			err = z.stored()
		case 1:
			z.fixedTables()
			err = z.block()
		case 2:
			if err = z.readTables(); err == nil {
				err = z.block()
			}
		default:
			err = errZlib
		}
		if err != nil {
			return nil, err
		}
	}
	z.at -= int(z.n / 8) // whole bytes that were not used
	if z.at+4 > len(src) {
		return nil, errZlibShort
	}
	if adler32.Checksum(dst[:z.filled]) != binary.BigEndian.Uint32(src[z.at:]) {
		return nil, errZlibSum
	}
	return dst[:z.filled], nil
}

// fill takes bytes until there are 56 bits or more, or no more bytes.
func (z *inflater) fill() {
	for z.n <= 56 && z.at < len(z.in) {
		z.bits |= uint64(z.in[z.at]) << z.n
		z.at++
		z.n += 8
	}
}

func (z *inflater) drop(n uint) {
	z.bits >>= n
	z.n -= n
}

// take uses n bits; ok is false where there are fewer.
func (z *inflater) take(n uint) (v uint64, ok bool) {
	if z.n < n {
		z.fill()
		if z.n < n {
			return 0, false
		}
	}
	v = z.bits & (1<<n - 1)
	z.drop(n)
	return v, true
}

// stored copies a block that is not compressed.
func (z *inflater) stored() error {
	z.at -= int(z.n / 8)
	z.bits, z.n = 0, 0
	if z.at+4 > len(z.in) {
		return errZlibShort
	}
	n := int(binary.LittleEndian.Uint16(z.in[z.at:]))
	if n != int(^binary.LittleEndian.Uint16(z.in[z.at+2:])) {
		return errZlib
	}
	z.at += 4
	switch {
	case n > len(z.in)-z.at:
		return errZlibShort
	case n > len(z.out)-z.filled:
		return errZlibLong
	}
	z.filled += copy(z.out[z.filled:], z.in[z.at:z.at+n])
	z.at += n
	return nil
}

// Lengths and distances of RFC 1951, 3.2.5: the smallest of each code, and the
// number of bits that are added.
var (
	lengthBase    = [31]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra   = [31]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distanceBase  = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distanceExtra = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
	codeOrder     = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

// literalEntry is the entry of a symbol of the literal and length code.
func literalEntry(symbol int) uint32 {
	switch {
	case symbol < 256:
		return entryLiteral | uint32(symbol)<<16
	case symbol == 256:
		return entryStop
	case symbol > 285:
		return entryStop | 1<<16
	}
	return uint32(lengthExtra[symbol-257])<<8 | uint32(lengthBase[symbol-257])<<16
}

func distanceEntry(symbol int) uint32 {
	if symbol >= 30 {
		return entryStop | 1<<16
	}
	return uint32(distanceExtra[symbol])<<8 | uint32(distanceBase[symbol])<<16
}

func codeEntry(symbol int) uint32 { return entryLiteral | uint32(symbol)<<16 }

// build makes the decoding table of a canonical code from its lengths.
func build(table []uint32, width uint, lengths []uint8, entry func(symbol int) uint32) error {
	var count, next [16]int
	for _, l := range lengths {
		count[l]++
	}
	count[0] = 0
	used, code, longest := 0, 0, uint(0)
	for l := 1; l < 16; l++ {
		code = (code + count[l-1]) << 1
		next[l] = code
		used += count[l] << (15 - l)
		if count[l] > 0 {
			longest = uint(l)
		}
	}
	if used > 1<<15 || used < 1<<15 && (longest > 1 || used == 0 && width == literalBits) {
		return errZlib // more codes than there is room for, or fewer than fill it
	}
	for i := range 1 << width {
		table[i] = entryStop | 1<<16
	}
	free := 1 << width // where a further table begins
	for symbol, l := range lengths {
		if l == 0 {
			continue
		}
		n := uint(l)
		reversed := int(bits.Reverse16(uint16(next[l])) >> (16 - n))
		next[l]++
		e := entry(symbol)
		if n <= width {
			for i := reversed; i < 1<<width; i += 1 << n {
				table[i] = e | uint32(n)
			}
			continue
		}
		head := reversed & (1<<width - 1)
		if table[head]&entryTable == 0 {
			size := longest - width
			if free+1<<size > len(table) {
				return errZlib
			}
			table[head] = entryTable | uint32(size)<<8 | uint32(free)<<16 | uint32(width)
			for i := range 1 << size {
				table[free+i] = entryStop | 1<<16
			}
			free += 1 << size
		}
		size := uint(table[head] >> 8 & 15)
		start := int(table[head] >> 16)
		for i := reversed >> width; i < 1<<size; i += 1 << (n - width) {
			table[start+i] = e | uint32(n-width)
		}
	}
	return nil
}

// fixedTables are those of blocks without a code of their own.
func (z *inflater) fixedTables() {
	l := z.lengths[:288]
	for i := range l {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	_ = build(z.literals[:], literalBits, l, literalEntry)
	d := z.lengths[:32]
	for i := range d {
		d[i] = 5
	}
	_ = build(z.distances[:], distanceBits, d, distanceEntry)
}

// readTables reads a block's codes.
func (z *inflater) readTables() error {
	z.fill()
	if z.n < 14 {
		return errZlibShort
	}
	literals, distances, codes := int(z.bits&31)+257, int(z.bits>>5&31)+1, int(z.bits>>10&15)+4
	z.drop(14)
	if literals > 286 || distances > 30 {
		return errZlib
	}
	var l [19]uint8
	for _, i := range codeOrder[:codes] {
		v, ok := z.take(3)
		if !ok {
			return errZlibShort
		}
		l[i] = uint8(v)
	}
	if err := build(z.distances[:], 7, l[:], codeEntry); err != nil {
		return err
	}
	if err := z.readLengths(literals + distances); err != nil {
		return err
	}
	if z.lengths[256] == 0 {
		return errZlib // no end
	}
	if err := build(z.literals[:], literalBits, z.lengths[:literals], literalEntry); err != nil {
		return err
	}
	return build(z.distances[:], distanceBits, z.lengths[literals:literals+distances], distanceEntry)
}

// readLengths reads the lengths of n codes, coded themselves by z.distances.
func (z *inflater) readLengths(n int) error {
	for i := 0; i < n; {
		z.fill()
		e := z.distances[z.bits&127]
		if e&entryStop != 0 {
			return errZlib
		}
		if uint(e&0xff) > z.n {
			return errZlibShort
		}
		z.drop(uint(e & 0xff))
		symbol := uint8(e >> 16)
		if symbol < 16 {
			z.lengths[i] = symbol
			i++
			continue
		}
		repeat, width, base := uint8(0), uint(3), 3
		switch {
		case symbol == 16 && i == 0:
			return errZlib
		case symbol == 16:
			repeat, width = z.lengths[i-1], 2
		case symbol == 18:
			width, base = 7, 11
		}
		v, ok := z.take(width)
		if !ok {
			return errZlibShort
		}
		k := base + int(v)
		if i+k > n {
			return errZlib
		}
		for range k {
			z.lengths[i] = repeat
			i++
		}
	}
	return nil
}
