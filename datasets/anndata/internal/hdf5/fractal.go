package hdf5

import (
	"fmt"
	"math/bits"
)

// fractalHeap holds links and attributes of objects with many of them.
type fractalHeap struct {
	f          *File
	idLength   int
	offsetSize int // bytes of an offset within the heap
	lengthSize int // bytes of an object's length
	hugeTree   uint64
	table      doublingTable
	root       uint64
	rootRows   int // 0: the root is a direct block
	sums       bool
}

// doublingTable says how large the blocks of an indirect block are: those of
// the first two rows are start bytes, those of each further row twice as large.
type doublingTable struct {
	width     uint64
	start     uint64
	maxDirect uint64
	heapBits  int
}

func (t doublingTable) blockSize(row int) uint64 {
	return t.start << max(0, row-1)
}

// directRows is the number of rows whose blocks hold objects themselves.
func (t doublingTable) directRows() int {
	return bits.Len64(t.maxDirect) - bits.Len64(t.start) + 2
}

func (f *File) openHeap(addr uint64) (*fractalHeap, error) {
	n := 22 + 12*f.lengthSize + 3*f.offsetSize + 4
	b, err := f.bytes(addr, f.available(addr, uint64(n)))
	if err != nil {
		return nil, err
	}
	c := f.cursor(b)
	c.magic("FRHP")
	c.version("fractal heap", 0)
	h := &fractalHeap{f: f, idLength: int(c.u16())}
	filters := c.u16()
	h.sums = c.u8()&2 != 0
	maxManaged := uint64(c.u32())
	c.length() // next huge object
	h.hugeTree = c.addr()
	c.length()
	c.addr()
	c.skip(8 * f.lengthSize) // statistics
	h.table = doublingTable{width: uint64(c.u16()), start: c.length(), maxDirect: c.length(), heapBits: int(c.u16())}
	c.skip(2) // rows that the root starts with
	h.root = c.addr()
	h.rootRows = int(c.u16())
	if c.err == nil && filters != 0 {
		return nil, fmt.Errorf("a filtered fractal heap is not supported")
	}
	c.sum(0, "fractal heap")
	if c.err != nil {
		return nil, c.err
	}
	t := h.table
	if t.width == 0 || bits.OnesCount64(t.start) != 1 || bits.OnesCount64(t.maxDirect) != 1 || t.start > t.maxDirect || t.heapBits > 64 || t.heapBits == 0 || h.rootRows > 64 {
		return nil, fmt.Errorf("a fractal heap with blocks of %d to %d bytes, %d in a row: the file is damaged", t.start, t.maxDirect, t.width)
	}
	h.offsetSize = (t.heapBits + 7) / 8
	h.lengthSize = min((bits.Len64(t.maxDirect)+6)/8, byteSize(maxManaged))
	return h, nil
}

// object reads the object of an id.
func (h *fractalHeap) object(id []byte, w *budget) ([]byte, error) {
	c := h.f.cursor(id)
	first := c.u8()
	if first>>6 != 0 {
		return nil, fmt.Errorf("version %d of a heap id", first>>6)
	}
	switch first >> 4 & 3 {
	case 0:
		offset, n := c.uint(h.offsetSize), c.uint(h.lengthSize)
		if c.err != nil {
			return nil, c.err
		}
		return h.managed(offset, n, w)
	case 1:
		return h.huge(c, w)
	case 2:
		n := int(first & 15)
		if h.idLength > 17 { // the length has a byte more
			n = n<<8 | int(c.u8())
		}
		return c.take(n + 1), c.err
	}
	return nil, fmt.Errorf("a heap id of unknown type")
}

// huge reads an object that has its own place in the file.
func (h *fractalHeap) huge(c *cursor, w *budget) ([]byte, error) {
	if c.left() >= h.f.offsetSize+h.f.lengthSize {
		addr, n := c.addr(), c.length()
		if c.err != nil {
			return nil, c.err
		}
		return w.whole(addr, n)
	}
	key := c.uint(min(8, c.left(), h.f.lengthSize))
	var found []byte
	err := h.f.eachRecord(h.hugeTree, 1, func(record []byte) error {
		r := h.f.cursor(record)
		addr, n, id := r.addr(), r.length(), r.length()
		if r.err != nil || id != key {
			return r.err
		}
		var err error
		found, err = w.whole(addr, n)
		return err
	})
	if err == nil && found == nil {
		err = fmt.Errorf("huge object %d is not in its heap", key)
	}
	return found, err
}

// whole reads n bytes at an address.
func (w *budget) whole(addr, n uint64) ([]byte, error) {
	c, err := w.cursor(addr, n)
	if err != nil {
		return nil, err
	}
	return c.b, nil
}

// managed reads an object in the heap's blocks, n bytes at an offset of the
// heap's address space.
func (h *fractalHeap) managed(offset, n uint64, w *budget) ([]byte, error) {
	addr, size := h.root, h.table.start
	if h.rootRows > 0 {
		var err error
		if addr, size, offset, err = h.findBlock(offset); err != nil {
			return nil, err
		}
	}
	head := uint64(5 + h.f.offsetSize + h.offsetSize)
	if h.sums {
		head += 4
	}
	if offset < head || n > size || offset > size-n {
		return nil, fmt.Errorf("%d bytes at %d of a heap block of %d: the file is damaged", n, offset, size)
	}
	block, err := h.f.bytes(addr, 4)
	if err != nil {
		return nil, err
	}
	if string(block) != "FHDB" {
		return nil, fmt.Errorf("%q where a heap's direct block begins", block)
	}
	return w.whole(addr+offset, n)
}

// findBlock goes down the indirect blocks to the direct block that holds an
// offset, and returns its address, its size and the offset in it.
func (h *fractalHeap) findBlock(offset uint64) (addr, size, within uint64, err error) {
	addr, rows := h.root, h.rootRows
	for range 64 {
		row, column, start := h.table.locate(offset)
		if row >= rows {
			return 0, 0, 0, fmt.Errorf("offset %d is behind the end of its heap: the file is damaged", offset)
		}
		if addr, err = h.entry(addr, uint64(row)*h.table.width+column, uint64(rows)); err != nil {
			return 0, 0, 0, err
		}
		size, offset = h.table.blockSize(row), offset-start
		if row < h.table.directRows() {
			return addr, size, offset, nil
		}
		rows = bits.Len64(size) - bits.Len64(h.table.start*h.table.width) + 1
	}
	return 0, 0, 0, fmt.Errorf("indirect blocks in a circle: the file is damaged")
}

// locate finds the row and column of the block that holds an offset, and the
// offset at which the block starts.
func (t doublingTable) locate(offset uint64) (row int, column, start uint64) {
	rowBytes := t.start * t.width
	if offset >= rowBytes && rowBytes > 0 {
		row = bits.Len64(offset / rowBytes)
		start = rowBytes << (row - 1)
	}
	size := t.blockSize(row)
	if size == 0 {
		return 1 << 30, 0, 0
	}
	column = (offset - start) / size
	return row, column, start + column*size
}

// entry reads the address of a child of an indirect block that has so many rows.
func (h *fractalHeap) entry(addr, index, rows uint64) (uint64, error) {
	head := uint64(5 + h.f.offsetSize + h.offsetSize)
	n := rows * h.table.width * uint64(h.f.offsetSize)
	b, err := h.f.bytes(addr, head+n+4)
	if err != nil {
		return 0, err
	}
	c := h.f.cursor(b)
	c.magic("FHIB")
	c.version("heap's indirect block", 0)
	c.skip(h.f.offsetSize + h.offsetSize)
	entries := h.f.cursor(c.take(int(n)))
	c.sum(0, "heap's indirect block")
	entries.skip(int(index) * h.f.offsetSize)
	child := entries.addr()
	if c.err != nil {
		return 0, c.err
	}
	return child, entries.err
}
