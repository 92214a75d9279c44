package hdf5

import (
	"fmt"
	"slices"
)

// indexTree1 reads a version 1 B-tree of chunks.
func (d *Dataset) indexTree1(add func(at []uint64, c chunk) error) error {
	rank := len(d.space)
	return d.f.budget().eachChild(d.layout.addr, treeOfChunks, 8+8*(rank+1), func(key []byte, addr uint64) error {
		c := d.f.cursor(key)
		k := chunk{addr: addr, size: uint64(c.u32()), mask: c.u32()}
		at := make([]uint64, rank)
		for i := range at {
			offset := c.u64()
			if offset%d.layout.dims[i] != 0 {
				return fmt.Errorf("a chunk at offset %d, where chunks are %d long: the file is damaged", offset, d.layout.dims[i])
			}
			at[i] = offset / d.layout.dims[i]
		}
		if len(d.filters) == 0 && k.size != uint64(d.chunkBytes()) {
			return fmt.Errorf("a chunk of %d bytes where chunks are %d: the file is damaged", k.size, d.chunkBytes())
		}
		return add(at, k)
	})
}

// indexTree2 reads a version 2 B-tree of chunks.
func (d *Dataset) indexTree2(add func(at []uint64, c chunk) error) error {
	rank := len(d.space)
	kind := byte(10)
	if len(d.filters) > 0 {
		kind = 11
	}
	return d.f.eachRecord(d.layout.addr, kind, func(record []byte) error {
		c := d.f.cursor(record)
		k, err := d.entry(c, len(record)-8*rank)
		if err != nil {
			return err
		}
		at := make([]uint64, rank)
		for i := range at {
			at[i] = c.u64()
		}
		if c.err != nil {
			return c.err
		}
		return add(at, k)
	})
}

// entry reads a chunk's address and, where there are filters, its size and
// mask, size bytes in all.
func (d *Dataset) entry(c *cursor, size int) (chunk, error) {
	k := chunk{addr: c.addr(), size: uint64(d.chunkBytes())}
	if len(d.filters) > 0 {
		k.size, k.mask = c.uint(size-d.f.offsetSize-4), c.u32()
	} else if c.err == nil && size != d.f.offsetSize {
		c.fail("chunk index entries of %d bytes: the file is damaged", size)
	}
	return k, c.err
}

// indexImplicit is that of chunks which follow one another, not filtered.
func (d *Dataset) indexImplicit(add func(at []uint64, c chunk) error) error {
	grid := d.grid(d.limits)
	n, ok := product(grid...)
	size := uint64(d.chunkBytes())
	if bytes, fits := product(n, size); !ok || !fits || d.f.inside(d.layout.addr, bytes) != nil || len(d.filters) > 0 {
		return fmt.Errorf("%d chunks of %d bytes in a row are not in the file: it is damaged", n, size)
	}
	for i := range n {
		if err := add(coordinates(i, grid), chunk{addr: d.layout.addr + i*size, size: size}); err != nil {
			return err
		}
	}
	return nil
}

// client is what an array of chunks says it is of: 1 for filtered ones.
func (d *Dataset) client() byte {
	if len(d.filters) > 0 {
		return 1
	}
	return 0
}

// checkClient compares the client of a chunk index's block with the dataset's.
func (d *Dataset) checkClient(c *cursor) {
	if got := c.u8(); c.err == nil && got != d.client() {
		c.fail("a chunk index of kind %d for a dataset of kind %d: the file is damaged", got, d.client())
	}
}

// indexFixed reads a fixed array of chunks.
func (d *Dataset) indexFixed(add func(at []uint64, c chunk) error) error {
	w := d.f.budget()
	c, err := w.cursor(d.layout.addr, uint64(8+d.f.lengthSize+d.f.offsetSize+4))
	if err != nil {
		return err
	}
	c.magic("FAHD")
	c.version("fixed array", 0)
	d.checkClient(c)
	entrySize, pageBits := int(c.u8()), int(c.u8())
	n, block := c.length(), c.addr()
	c.sum(0, "fixed array")
	if c.err != nil || block == undefined {
		return c.err
	}
	if n > uint64(d.f.size) || entrySize == 0 || pageBits > 32 {
		return fmt.Errorf("a fixed array of %d entries of %d bytes: the file is damaged", n, entrySize)
	}
	grid := d.grid(d.limits)
	if cells, ok := product(grid...); !ok || cells > n {
		return fmt.Errorf("a fixed array of %d entries for %v chunks: the file is damaged", n, grid)
	}
	page := uint64(1) << pageBits
	a := &chunkArray{d: d, w: w, entrySize: entrySize, add: func(i uint64, k chunk) error {
		return add(coordinates(i, grid), k)
	}}
	head := uint64(6 + d.f.offsetSize)
	if n <= page {
		return a.block(block, head, "FADB", 0, n)
	}
	pages := (n + page - 1) / page
	bitmap, err := a.pagedHead(block, head, "FADB", (pages+7)/8)
	if err != nil {
		return err
	}
	at := block + head + (pages+7)/8 + 4
	for p := range pages {
		count := min(page, n-p*page)
		if bitmap[p/8]>>(7-p%8)&1 != 0 {
			if err := a.page(at, p*page, count); err != nil {
				return err
			}
		}
		at += count*uint64(entrySize) + 4
	}
	return nil
}

// chunkArray reads the blocks of fixed and extensible arrays.
type chunkArray struct {
	d         *Dataset
	w         *budget
	entrySize int
	add       func(i uint64, k chunk) error // chunk i of the array
}

// entries reads n entries, of which the first is chunk i.
func (a *chunkArray) entries(c *cursor, i, n uint64) error {
	for j := range n {
		k, err := a.d.entry(c, a.entrySize)
		if err != nil {
			return err
		}
		if k.addr == undefined {
			continue
		}
		if err := a.add(i+j, k); err != nil {
			return err
		}
	}
	return nil
}

// open reads a block of a head and size bytes more, up to its checksum, and
// leaves the cursor behind the head.
func (a *chunkArray) open(addr, head, size uint64, signature string) (*cursor, error) {
	c, err := a.w.cursor(addr, head+size+4)
	if err != nil {
		return nil, err
	}
	c.magic(signature)
	c.version("chunk index", 0)
	a.d.checkClient(c)
	c.at = int(head + size)
	c.sum(0, "chunk index")
	c.at = int(head)
	return c, c.err
}

// block reads a data block of n entries without pages.
func (a *chunkArray) block(addr, head uint64, signature string, i, n uint64) error {
	c, err := a.open(addr, head, n*uint64(a.entrySize), signature)
	if err != nil {
		return err
	}
	return a.entries(c, i, n)
}

// pagedHead reads the head of a data block whose entries are in pages, with
// size bytes that tell which of them are there.
func (a *chunkArray) pagedHead(addr, head uint64, signature string, size uint64) ([]byte, error) {
	c, err := a.open(addr, head, size, signature)
	if err != nil {
		return nil, err
	}
	return c.take(int(size)), c.err
}

// page reads n entries with a checksum of their own.
func (a *chunkArray) page(addr, i, n uint64) error {
	c, err := a.w.cursor(addr, n*uint64(a.entrySize)+4)
	if err != nil {
		return err
	}
	c.at = int(n) * a.entrySize
	c.sum(0, "chunk index")
	c.at = 0
	if c.err != nil {
		return c.err
	}
	return a.entries(c, i, n)
}

// swizzled is a grid with its unlimited dimension first, as an extensible
// array counts chunks, and which dimension that is.
func swizzled(grid []uint64) ([]uint64, int) {
	at := max(0, slices.Index(grid, undefined))
	moved := append([]uint64{grid[at]}, grid[:at]...)
	return append(moved, grid[at+1:]...), at
}

// unswizzle puts coordinates of the moved grid back in order.
func unswizzle(moved []uint64, at int) []uint64 {
	return slices.Concat(moved[1:at+1], moved[:1], moved[at+1:])
}
