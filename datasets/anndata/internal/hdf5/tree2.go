package hdf5

import (
	"fmt"
	"math/bits"
)

// tree2 is a version 2 B-tree.
type tree2 struct {
	w          *budget
	kind       byte
	nodeSize   int
	recordSize int
	countSize  int      // bytes of a child's number of records
	totalSize  []int    // by depth: bytes of the number of records below a child
	capacity   []uint64 // by depth: records of a full node
	f          func(record []byte) error
}

// eachRecord calls f on the records of the version 2 B-tree at an address.
func (f *File) eachRecord(addr uint64, kind byte, each func(record []byte) error) error {
	t := &tree2{w: f.budget(), kind: kind, f: each}
	c, err := t.w.cursor(addr, uint64(16+f.offsetSize+2+f.lengthSize+4))
	if err != nil {
		return err
	}
	c.magic("BTHD")
	c.version("B-tree", 0)
	gotKind := c.u8()
	t.nodeSize = int(c.u32())
	t.recordSize = int(c.u16())
	depth := int(c.u16())
	c.skip(2) // when nodes split and merge
	root, n := c.addr(), uint64(c.u16())
	c.length()
	c.sum(0, "B-tree")
	if c.err != nil || root == undefined {
		return c.err
	}
	if gotKind != kind {
		return fmt.Errorf("a B-tree of type %d where type %d belongs", gotKind, kind)
	}
	if err := t.plan(depth); err != nil {
		return err
	}
	return t.node(root, n, depth)
}

// nodeOverhead is signature, version, type and checksum of a node.
const nodeOverhead = 10

// plan settles the sizes of nodes' fields.
func (t *tree2) plan(depth int) error {
	const deepest = 32
	if t.recordSize == 0 || t.nodeSize < nodeOverhead+t.recordSize || int64(t.nodeSize) > t.w.f.size || depth > deepest {
		return fmt.Errorf("a B-tree of depth %d with nodes of %d bytes and records of %d: the file is damaged", depth, t.nodeSize, t.recordSize)
	}
	leaf := uint64((t.nodeSize - nodeOverhead) / t.recordSize)
	t.countSize = byteSize(leaf)
	t.capacity = []uint64{leaf}
	t.totalSize = []int{0}
	below := leaf // records under a full node
	for d := 1; d <= depth; d++ {
		pointer := t.pointerSize(d)
		n := uint64((t.nodeSize - nodeOverhead - pointer) / (t.recordSize + pointer))
		if t.nodeSize < nodeOverhead+pointer || n == 0 {
			return fmt.Errorf("B-tree nodes of %d bytes hold no records of %d: the file is damaged", t.nodeSize, t.recordSize)
		}
		t.capacity = append(t.capacity, n)
		high, product := bits.Mul64(n+1, below)
		if high != 0 || product > 1<<62 {
			return fmt.Errorf("a B-tree of depth %d with nodes of %d bytes: the file is damaged", depth, t.nodeSize)
		}
		below = product + n
		t.totalSize = append(t.totalSize, byteSize(below))
	}
	return nil
}

// pointerSize is the bytes of a pointer in a node at depth d: address, number
// of records, and, above the lowest such nodes, number of all records below.
func (t *tree2) pointerSize(d int) int {
	return t.w.f.offsetSize + t.countSize + t.totalSize[d-1]
}

// byteSize is the number of bytes that hold v.
func byteSize(v uint64) int { return max(1, (bits.Len64(v)+7)/8) }

func (t *tree2) node(addr, n uint64, depth int) error {
	if n > t.capacity[depth] {
		return fmt.Errorf("a B-tree node of %d records, which holds %d: the file is damaged", n, t.capacity[depth])
	}
	size, signature := int(n)*t.recordSize, "BTLF"
	if depth > 0 {
		size, signature = size+int(n+1)*t.pointerSize(depth), "BTIN"
	}
	c, err := t.w.cursor(addr, uint64(nodeOverhead+size))
	if err != nil {
		return err
	}
	c.magic(signature)
	c.version("B-tree node", 0)
	if kind := c.u8(); c.err == nil && kind != t.kind {
		return fmt.Errorf("a node of type %d in a B-tree of type %d", kind, t.kind)
	}
	records := c.take(int(n) * t.recordSize)
	type child struct{ addr, n uint64 }
	var children []child
	for i := uint64(0); depth > 0 && i <= n; i++ {
		children = append(children, child{c.addr(), c.uint(t.countSize)})
		c.skip(t.totalSize[depth-1])
	}
	c.sum(0, "B-tree node")
	if c.err != nil {
		return c.err
	}
	for i := 0; i <= int(n); i++ {
		if depth > 0 {
			if err := t.node(children[i].addr, children[i].n, depth-1); err != nil {
				return err
			}
		}
		if i < int(n) {
			if err := t.f(records[i*t.recordSize : (i+1)*t.recordSize]); err != nil {
				return err
			}
		}
	}
	return nil
}
