package hdf5

import (
	"fmt"
	"math/bits"
)

// extensible is an extensible array: entries in its index block, then in data
// blocks that the index block names, then in data blocks under super blocks.
// Super block u has 2^(u/2) data blocks, rounded down, of min·2^((u+1)/2)
// entries.
type extensible struct {
	*chunkArray
	offsetBytes int    // of a block's position
	minimum     uint64 // entries of the smallest data block
	page        uint64 // entries of a page
	realized    uint64 // entries that were set: no more are read
}

func (e *extensible) superBlock(u int) (blocks, entries uint64) {
	return 1 << (u / 2), e.minimum << ((u + 1) / 2)
}

// indexExtensible reads an extensible array of chunks.
func (d *Dataset) indexExtensible(add func(at []uint64, c chunk) error) error {
	grid, moved := swizzled(d.grid(d.limits))
	e := &extensible{chunkArray: &chunkArray{d: d, w: d.f.budget()}}
	e.add = func(i uint64, k chunk) error { // the first dimension has no end
		below, ok := product(grid[1:]...)
		if !ok || below == 0 {
			return fmt.Errorf("%v chunks: the file is damaged", grid)
		}
		at := coordinates(i%below, grid[1:])
		return add(unswizzle(append([]uint64{i / below}, at...), moved), k)
	}
	c, err := e.w.cursor(d.layout.addr, uint64(12+6*d.f.lengthSize+d.f.offsetSize+4))
	if err != nil {
		return err
	}
	c.magic("EAHD")
	c.version("extensible array", 0)
	d.checkClient(c)
	e.entrySize = int(c.u8())
	maxBits, inIndex := int(c.u8()), uint64(c.u8())
	e.minimum = uint64(c.u8())
	pointers, pageBits := int(c.u8()), int(c.u8())
	c.skip(4 * d.f.lengthSize) // super blocks and data blocks, numbers and sizes
	e.realized = c.length()    // the largest index that was set, and one more
	c.length()
	block := c.addr()
	c.sum(0, "extensible array")
	if c.err != nil || block == undefined {
		return c.err
	}
	if maxBits > 64 || pageBits > 32 || bits.OnesCount64(e.minimum) != 1 || bits.OnesCount(uint(pointers)) != 1 || e.entrySize == 0 {
		return fmt.Errorf("an extensible array of %d bits, blocks of %d, %d pointers: the file is damaged", maxBits, e.minimum, pointers)
	}
	e.offsetBytes, e.page = (maxBits+7)/8, 1<<pageBits
	supers := 1 + maxBits - (bits.Len64(e.minimum) - 1)
	direct := 2 * (bits.Len(uint(pointers)) - 1) // super blocks whose data blocks the index block names
	return e.indexBlock(block, inIndex, 2*(pointers-1), direct, supers)
}

// indexBlock reads the index block, and all that it names.
func (e *extensible) indexBlock(addr, inIndex uint64, blocks, direct, supers int) error {
	f := e.d.f
	head := uint64(6 + f.offsetSize)
	size := inIndex*uint64(e.entrySize) + uint64(blocks+max(0, supers-direct))*uint64(f.offsetSize)
	c, err := e.open(addr, head, size, "EAIB")
	if err != nil {
		return err
	}
	if err := e.entries(c, 0, inIndex); err != nil {
		return err
	}
	at := inIndex
	for u := 0; u < supers && at < e.realized; u++ {
		n, entries := e.superBlock(u)
		if u >= direct {
			if err := e.super(c.addr(), at, n, entries); err != nil {
				return err
			}
			at += n * entries
			continue
		}
		for range n {
			if err := e.data(c.addr(), at, entries, nil); err != nil {
				return err
			}
			at += entries
		}
	}
	return c.err
}

// super reads a super block of n data blocks.
func (e *extensible) super(addr, at, n, entries uint64) error {
	if addr == undefined {
		return nil
	}
	f := e.d.f
	bitmap := uint64(0) // bytes for each data block
	if entries > e.page {
		bitmap = (entries/e.page + 7) / 8
	}
	if n > uint64(f.size) || bitmap > uint64(f.size) {
		return fmt.Errorf("a super block of %d data blocks: the file is damaged", n)
	}
	head := uint64(6 + f.offsetSize + e.offsetBytes)
	c, err := e.open(addr, head, n*(bitmap+uint64(f.offsetSize)), "EASB")
	if err != nil {
		return err
	}
	pages := c.take(int(n * bitmap))
	for i := range n {
		if at >= e.realized {
			break
		}
		if err := e.data(c.addr(), at, entries, pages[i*bitmap:(i+1)*bitmap]); err != nil {
			return err
		}
		at += entries
	}
	return c.err
}

// data reads a data block of n entries, the first of which is chunk i.
func (e *extensible) data(addr, i, n uint64, pages []byte) error {
	if addr == undefined {
		return nil
	}
	head := uint64(6 + e.d.f.offsetSize + e.offsetBytes)
	if n > uint64(e.d.f.size) {
		return fmt.Errorf("a data block of %d entries: the file is damaged", n)
	}
	if n <= e.page {
		return e.block(addr, head, "EADB", i, n)
	}
	if uint64(8*len(pages)) < n/e.page {
		return fmt.Errorf("a data block of %d entries in pages that nothing lists: the file is damaged", n)
	}
	if _, err := e.pagedHead(addr, head, "EADB", 0); err != nil {
		return err
	}
	at := addr + head + 4
	for p := range n / e.page {
		if pages[p/8]>>(7-p%8)&1 != 0 {
			if err := e.chunkArray.page(at, i+p*e.page, e.page); err != nil {
				return err
			}
		}
		at += e.page*uint64(e.entrySize) + 4
	}
	return nil
}
