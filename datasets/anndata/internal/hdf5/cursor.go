package hdf5

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// cursor reads fields of a structure one after another. After an error all
// fields are 0.
type cursor struct {
	b                      []byte
	at                     int
	offsetSize, lengthSize int
	err                    error
}

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// take returns the next n bytes, or nil where there are fewer.
func (c *cursor) take(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > len(c.b)-c.at {
		c.fail("a structure of %d bytes ends within a field of %d bytes", len(c.b), n)
		return nil
	}
	c.at += n
	return c.b[c.at-n : c.at]
}

func (c *cursor) skip(n int) { c.take(n) }

func (c *cursor) left() int { return len(c.b) - c.at }

// uint reads an unsigned number of n bytes, little-endian.
func (c *cursor) uint(n int) uint64 {
	if n > 8 {
		c.fail("a number of %d bytes", n)
		return 0
	}
	var v uint64
	for i, b := range c.take(n) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

func (c *cursor) u8() byte    { return byte(c.uint(1)) }
func (c *cursor) u16() uint16 { return uint16(c.uint(2)) }
func (c *cursor) u32() uint32 { return uint32(c.uint(4)) }
func (c *cursor) u64() uint64 { return c.uint(8) }

// length reads a number of the file's length size.
func (c *cursor) length() uint64 { return c.uint(c.lengthSize) }

// addr reads an address; all bits set is undefined.
func (c *cursor) addr() uint64 {
	v := c.uint(c.offsetSize)
	if n := 8 * c.offsetSize; n < 64 && v == 1<<n-1 {
		return undefined
	}
	return v
}

// text reads up to a 0 byte, which it skips.
func (c *cursor) text() string {
	if c.err != nil {
		return ""
	}
	n := bytes.IndexByte(c.b[c.at:], 0)
	if n < 0 {
		c.fail("a name without an end")
		return ""
	}
	s := string(c.take(n))
	c.skip(1)
	return s
}

// magic checks a structure's signature.
func (c *cursor) magic(want string) {
	if got := c.take(len(want)); c.err == nil && string(got) != want {
		c.fail("%q where a structure begins with %s", got, want)
	}
}

// version checks a structure's version.
func (c *cursor) version(what string, want byte) {
	if got := c.u8(); c.err == nil && got != want {
		c.fail("version %d of a %s; %d is supported", got, what, want)
	}
}

// sum checks the checksum that follows what was read since from.
func (c *cursor) sum(from int, what string) {
	if c.err != nil {
		return
	}
	want := checksum(c.b[from:c.at])
	if got := c.u32(); c.err == nil && got != want {
		c.fail("the checksum of a %s is wrong: the file is damaged", what)
	}
}

// checksum is Jenkins' lookup3 hash (hashlittle, 2006) with initial value 0,
// the format's checksum of metadata.
func checksum(k []byte) uint32 {
	a := 0xdeadbeef + uint32(len(k))
	b, c := a, a
	for len(k) > 12 {
		a += binary.LittleEndian.Uint32(k)
		b += binary.LittleEndian.Uint32(k[4:])
		c += binary.LittleEndian.Uint32(k[8:])
		a, b, c = mix(a, b, c)
		k = k[12:]
	}
	if len(k) == 0 {
		return c
	}
	var tail [12]byte
	copy(tail[:], k)
	a += binary.LittleEndian.Uint32(tail[:])
	b += binary.LittleEndian.Uint32(tail[4:])
	c += binary.LittleEndian.Uint32(tail[8:])
	return final(a, b, c)
}

func rotate(x uint32, k int) uint32 { return x<<k | x>>(32-k) }

func mix(a, b, c uint32) (x, y, z uint32) {
	a -= c
	a ^= rotate(c, 4)
	c += b
	b -= a
	b ^= rotate(a, 6)
	a += c
	c -= b
	c ^= rotate(b, 8)
	b += a
	a -= c
	a ^= rotate(c, 16)
	c += b
	b -= a
	b ^= rotate(a, 19)
	a += c
	c -= b
	c ^= rotate(b, 4)
	b += a
	return a, b, c
}

func final(a, b, c uint32) uint32 {
	c ^= b
	c -= rotate(b, 14)
	a ^= c
	a -= rotate(c, 11)
	b ^= a
	b -= rotate(a, 25)
	c ^= b
	c -= rotate(b, 16)
	a ^= c
	a -= rotate(c, 4)
	b ^= a
	b -= rotate(a, 14)
	c ^= b
	c -= rotate(b, 24)
	return c
}
