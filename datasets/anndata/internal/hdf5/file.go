package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// undefined is the address of what is not there.
const undefined = math.MaxUint64

// signature begins every HDF5 file, or follows a user block.
var signature = []byte("\x89HDF\r\n\x1a\n")

// ErrNotHDF5 is the error of a file without the format's signature.
var ErrNotHDF5 = errors.New("not an HDF5 file")

// File is an open HDF5 file. Its methods may be called from several goroutines.
type File struct {
	r          io.ReaderAt
	size       int64
	close      func() error
	base       uint64 // addresses count from here
	offsetSize int    // bytes of an address
	lengthSize int    // bytes of a length
	root       uint64 // address of the root group's header
}

// Open opens a file for reading.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	opened, err := NewFile(f, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	opened.close = f.Close
	return opened, nil
}

// NewFile reads a file of size bytes from r.
func NewFile(r io.ReaderAt, size int64) (f *File, err error) {
	defer guard(&err)
	f = &File{r: r, size: size, close: func() error { return nil }}
	if err := f.readSuperblock(); err != nil {
		return nil, err
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.close() }

// findSignature looks for the superblock at 0, 512, 1024, 2048, ...
func (f *File) findSignature() (int64, error) {
	at := int64(0)
	for at+int64(len(signature)) <= f.size {
		b := make([]byte, len(signature))
		if _, err := f.r.ReadAt(b, at); err != nil {
			return 0, err
		}
		if bytes.Equal(b, signature) {
			return at, nil
		}
		at = max(512, 2*at)
	}
	return 0, ErrNotHDF5
}

func (f *File) readSuperblock() error {
	at, err := f.findSignature()
	if err != nil {
		return err
	}
	const longest = 128
	b := make([]byte, min(longest, f.size-at))
	if _, err := f.r.ReadAt(b, at); err != nil {
		return err
	}
	f.base = uint64(at)
	c := &cursor{b: b, at: len(signature)}
	version := c.u8()
	switch version {
	case 0, 1:
		f.readOldSuperblock(c, version)
	case 2, 3:
		f.readNewSuperblock(c)
	default:
		return fmt.Errorf("superblock version %d is not supported (0 to 3 are)", version)
	}
	return c.err
}

func (f *File) readOldSuperblock(c *cursor, version byte) {
	c.skip(4) // versions of free space, symbol table; reserved; version of shared headers
	f.takeSizes(c)
	c.skip(1 + 2 + 2 + 4) // reserved, K of leafs and of nodes, flags
	if version == 1 {
		c.skip(4) // K of chunk indices
	}
	c.addr()
	c.addr() // free space
	f.checkEnd(c, c.addr())
	c.addr() // driver information
	c.addr() // name of the root's entry
	f.root = c.addr()
}

func (f *File) readNewSuperblock(c *cursor) {
	f.takeSizes(c)
	c.skip(1) // flags
	c.addr()
	c.addr() // extension
	f.checkEnd(c, c.addr())
	f.root = c.addr()
	sum := checksum(c.b[:min(c.at, len(c.b))])
	if c.u32() != sum && c.err == nil {
		c.fail("the superblock's checksum is wrong: the file is damaged")
	}
}

// takeSizes reads the sizes of addresses and lengths.
func (f *File) takeSizes(c *cursor) {
	f.offsetSize, f.lengthSize = int(c.u8()), int(c.u8())
	for _, n := range []int{f.offsetSize, f.lengthSize} {
		if n != 2 && n != 4 && n != 8 {
			c.fail("addresses of %d bytes and lengths of %d: 2, 4 and 8 are supported", f.offsetSize, f.lengthSize)
			return
		}
	}
	c.offsetSize, c.lengthSize = f.offsetSize, f.lengthSize
}

// checkEnd complains of a file that ends before its end-of-file address.
func (f *File) checkEnd(c *cursor, end uint64) {
	if c.err == nil && end != undefined && end > uint64(f.size) {
		c.fail("the file is truncated: it has %d bytes of %d", f.size, end)
	}
}

// budget is what one walk through linked structures may read. Structures do
// not overlap, so no walk through a sound file reads more than all of it.
type budget struct {
	f    *File
	left int64
}

func (f *File) budget() *budget { return &budget{f, f.size} }

// cursor reads n bytes at an address.
func (w *budget) cursor(addr uint64, n uint64) (*cursor, error) {
	b, err := w.f.bytes(addr, n)
	if err != nil {
		return nil, err
	}
	if w.left -= int64(n); w.left < 0 {
		return nil, fmt.Errorf("structures overlap or run in a circle (at address %d): the file is damaged", addr)
	}
	return w.f.cursor(b), nil
}

// bytes reads n bytes at an address.
func (f *File) bytes(addr, n uint64) ([]byte, error) {
	if err := f.inside(addr, n); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	return b, f.readAt(b, addr)
}

// inside checks that n bytes at an address are in the file.
func (f *File) inside(addr, n uint64) error {
	held := uint64(f.size) - f.base
	if addr == undefined || n > held || addr > held-n {
		return fmt.Errorf("%d bytes at address %d are not in the file, which has %d", n, addr, held)
	}
	return nil
}

// readAt fills b from an address that was checked.
func (f *File) readAt(b []byte, addr uint64) error {
	if len(b) == 0 {
		return nil
	}
	if _, err := f.r.ReadAt(b, int64(f.base+addr)); err != nil {
		return fmt.Errorf("reading %d bytes at address %d: %w", len(b), addr, err)
	}
	return nil
}

// available shortens n to what the file holds after an address.
func (f *File) available(addr, n uint64) uint64 {
	held := uint64(f.size) - f.base
	if addr > held {
		return 0
	}
	return min(n, held-addr)
}

func (f *File) cursor(b []byte) *cursor {
	return &cursor{b: b, offsetSize: f.offsetSize, lengthSize: f.lengthSize}
}
