package hdf5

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Writer writes a new file: data at once, groups when it is closed.
type Writer struct {
	w    io.WriterAt
	at   uint64 // the file's end so far
	root *WriteGroup
	heap struct { // the collection that takes text
		addr uint64
		b    []byte
		size int
		n    uint16 // objects
	}
}

// superblockSize is the room for the superblock at the file's beginning.
const superblockSize = 48

// NewWriter begins a file.
func NewWriter(w io.WriterAt) *Writer {
	out := &Writer{w: w, at: superblockSize}
	out.root = &WriteGroup{w: out}
	return out
}

// Root is the root group.
func (w *Writer) Root() *WriteGroup { return w.root }

// Close writes all groups and makes the file whole.
func (w *Writer) Close() error {
	addr, err := w.root.write()
	if err == nil {
		err = w.flushHeap()
	}
	if err != nil {
		return err
	}
	b := append([]byte(nil), signature...)
	b = append(b, 2, 8, 8, 0) // version, sizes of addresses and lengths, flags
	for _, v := range []uint64{0, undefined, w.at, addr} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	b = binary.LittleEndian.AppendUint32(b, checksum(b))
	return w.writeAt(b, 0)
}

func (w *Writer) writeAt(b []byte, at uint64) error {
	if _, err := w.w.WriteAt(b, int64(at)); err != nil {
		return fmt.Errorf("writing %d bytes: %w", len(b), err)
	}
	return nil
}

// append writes b, filled up to a multiple of 8 bytes, at the file's end and
// returns where that is.
func (w *Writer) append(b []byte) (uint64, error) {
	at := w.reserve(len(b))
	b = append(b, make([]byte, padded(len(b))-len(b))...)
	return at, w.writeAt(b, at)
}

// reserve takes n bytes at the file's end.
func (w *Writer) reserve(n int) uint64 {
	at := w.at
	w.at += uint64(padded(n))
	return at
}

// WriteGroup is a group of a file that is being written.
type WriteGroup struct {
	w          *Writer
	names      []string
	children   []*WriteGroup // nil for a dataset
	addresses  []uint64      // of datasets
	attributes []byte        // messages
}

// Group makes a group in the group.
func (g *WriteGroup) Group(name string) (*WriteGroup, error) {
	child := &WriteGroup{w: g.w}
	return child, g.add(name, child, 0)
}

func (g *WriteGroup) add(name string, child *WriteGroup, addr uint64) error {
	if name == "" || name == "." || len(name) > math.MaxUint16/2 {
		return fmt.Errorf("%q is no name of a member", name)
	}
	for _, r := range name {
		if r == '/' || r == 0 {
			return fmt.Errorf("the name %q has a character that names do not have (/)", name)
		}
	}
	g.names = append(g.names, name)
	g.children = append(g.children, child)
	g.addresses = append(g.addresses, addr)
	return nil
}

// write writes the group's members that are groups, and its header.
func (g *WriteGroup) write() (uint64, error) {
	b := g.attributes
	b = appendMessage(b, messageLinkInfo, append([]byte{0, 0}, undefinedAddresses...))
	b = appendMessage(b, messageGroupInfo, []byte{0, 0})
	for i, name := range g.names {
		addr := g.addresses[i]
		if child := g.children[i]; child != nil {
			var err error
			if addr, err = child.write(); err != nil {
				return 0, err
			}
		}
		m := []byte{1, 1 | 16, 1} // version; a length of 2 bytes, a character set; UTF-8
		m = binary.LittleEndian.AppendUint16(m, uint16(len(name)))
		m = append(m, name...)
		b = appendMessage(b, messageLink, binary.LittleEndian.AppendUint64(m, addr))
	}
	return g.w.writeHeader(b)
}

// messageGroupInfo is the type of a message that only the writer knows.
const messageGroupInfo = 0x0a

var undefinedAddresses = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, undefined), undefined)

// appendMessage appends a message of an object header.
func appendMessage(b []byte, kind byte, data []byte) []byte {
	b = append(b, kind)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(data)))
	return append(append(b, 0), data...)
}

// writeHeader writes an object header of messages.
func (w *Writer) writeHeader(messages []byte) (uint64, error) {
	b := append([]byte("OHDR"), 2, 2) // version; the size has 4 bytes
	b = binary.LittleEndian.AppendUint32(b, uint32(len(messages)))
	b = append(b, messages...)
	return w.append(binary.LittleEndian.AppendUint32(b, checksum(b)))
}

// text keeps a text in the global heap and appends the element that refers to it.
func (w *Writer) text(b []byte, s string) ([]byte, error) {
	if s == "" {
		return append(b, make([]byte, 16)...), nil
	}
	need := 16 + padded(len(s))
	if w.heap.b == nil || len(w.heap.b)+need > w.heap.size || w.heap.n == math.MaxUint16 {
		if err := w.newHeap(need); err != nil {
			return nil, err
		}
	}
	w.heap.n++
	h := binary.LittleEndian.AppendUint16(w.heap.b, w.heap.n)
	h = append(h, 0, 0, 0, 0, 0, 0) // references, reserved
	h = binary.LittleEndian.AppendUint64(h, uint64(len(s)))
	h = append(h, s...)
	w.heap.b = append(h, make([]byte, padded(len(s))-len(s))...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	b = binary.LittleEndian.AppendUint64(b, w.heap.addr)
	return binary.LittleEndian.AppendUint32(b, uint32(w.heap.n)), nil
}

// Sizes of global heap collections: the first is small, and each further one
// twice as large as the one before.
const (
	smallestHeap = 4096
	largestHeap  = 1 << 16
)

// newHeap begins a collection with room for need bytes.
func (w *Writer) newHeap(need int) error {
	size := min(max(smallestHeap, 2*w.heap.size), largestHeap)
	if err := w.flushHeap(); err != nil {
		return err
	}
	w.heap.size = max(size, 16+need)
	w.heap.addr = w.reserve(w.heap.size)
	w.heap.n = 0
	w.heap.b = append(make([]byte, 0, w.heap.size), "GCOL\x01\x00\x00\x00"...)
	w.heap.b = binary.LittleEndian.AppendUint64(w.heap.b, uint64(w.heap.size))
	return nil
}

// flushHeap writes the collection that takes text.
func (w *Writer) flushHeap() error {
	if w.heap.b == nil {
		return nil
	}
	b := w.heap.b
	if free := w.heap.size - len(b); free >= 16 {
		b = append(b, make([]byte, 8)...)
		b = binary.LittleEndian.AppendUint64(b, uint64(free))
	}
	b = append(b, make([]byte, w.heap.size-len(b))...)
	w.heap.b = nil
	return w.writeAt(b, w.heap.addr)
}
