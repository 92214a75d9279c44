package hdf5

import (
	"fmt"
	"math/bits"
)

// Classes of layouts.
const (
	layoutCompact    = 0
	layoutContiguous = 1
	layoutChunked    = 2
)

// Kinds of chunk indices.
const (
	indexTree1      = 0
	indexSingle     = 1
	indexImplicit   = 2
	indexFixed      = 3
	indexExtensible = 4
	indexTree2      = 5
)

// layout says where the data of a dataset are.
type layout struct {
	class   byte
	compact []byte
	addr    uint64
	size    uint64 // contiguous data; 0 where the layout does not say
	// Of chunks:
	dims        []uint64 // elements of a chunk along each dimension
	elementSize uint64
	index       byte
	plainEdges  bool   // chunks that reach over the edge are not filtered
	filtered    bool   // a single chunk is filtered
	chunkSize   uint64 // of a single, filtered chunk
	mask        uint32 // of a single, filtered chunk
}

// readLayout reads a data layout message.
func (f *File) readLayout(data []byte) (*layout, error) {
	c := f.cursor(data)
	l := &layout{}
	version := c.u8()
	switch version {
	case 1, 2:
		l.readOld(c)
	case 3, 4, 5:
		l.class = c.u8()
		switch {
		case l.class == layoutCompact:
			l.compact = c.take(int(c.u16()))
		case l.class == layoutContiguous:
			l.addr, l.size = c.addr(), c.length()
		case l.class == layoutChunked && version == 3:
			n := int(c.u8())
			l.addr = c.addr()
			l.readDims(c, n, 4)
		case l.class == layoutChunked:
			l.readChunked(c)
		default:
			return nil, fmt.Errorf("layout class %d (3 is virtual) is not supported; re-save the file", l.class)
		}
	default:
		return nil, fmt.Errorf("version %d of a data layout is not supported", version)
	}
	return l, c.err
}

func (l *layout) readOld(c *cursor) {
	n := int(c.u8())
	l.class = c.u8()
	if l.class > layoutChunked {
		c.fail("layout class %d is not supported", l.class)
	}
	c.skip(5)
	if l.class != layoutCompact {
		l.addr = c.addr()
	}
	if l.class == layoutChunked {
		l.readDims(c, n, 4)
		return
	}
	c.skip(4 * n)
	if l.class == layoutCompact {
		l.compact = c.take(int(c.u32()))
	}
}

// readDims reads n sizes, the last of which is that of an element.
func (l *layout) readDims(c *cursor, n, size int) {
	if c.err == nil && (n < 2 || n > 33) {
		c.fail("chunks of %d dimensions", n-1)
	}
	for range n {
		d := c.uint(size)
		if c.err != nil {
			return
		}
		if d == 0 {
			c.fail("chunks of size 0")
			return
		}
		l.dims = append(l.dims, d)
	}
	if c.err != nil {
		return
	}
	l.elementSize, l.dims = l.dims[n-1], l.dims[:n-1]
}

func (l *layout) readChunked(c *cursor) {
	flags, n := c.u8(), int(c.u8())
	l.readDims(c, n, int(c.u8()))
	l.plainEdges = flags&1 != 0
	l.index = c.u8()
	switch l.index {
	case indexSingle:
		if l.filtered = flags&2 != 0; l.filtered {
			l.chunkSize, l.mask = c.length(), c.u32()
		}
	case indexImplicit:
	case indexFixed:
		c.skip(1)
	case indexExtensible:
		c.skip(5)
	case indexTree2:
		c.skip(6)
	default:
		c.fail("chunk index %d is not supported", l.index)
	}
	l.addr = c.addr()
}

// product multiplies, and tells whether the result fits.
func product(factors ...uint64) (uint64, bool) {
	p := uint64(1)
	for _, x := range factors {
		high, low := bits.Mul64(p, x)
		if high != 0 || low > 1<<62 {
			return 0, false
		}
		p = low
	}
	return p, true
}
