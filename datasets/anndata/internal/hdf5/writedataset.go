package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"maps"
	"runtime"
	"slices"
)

// DatasetOptions say how a dataset is stored.
type DatasetOptions struct {
	// Gzip is deflate's level, 1 to 9; 0 stores the data as they are. Text is
	// never compressed.
	Gzip int
	// Attributes by name, see [WriteGroup.Set].
	Attributes map[string]any
}

// Dataset writes a dataset: values is a slice of int8, int16, int32, int64,
// float32, float64, bool or string, in the order of the rows; or nil for one
// that is empty by definition. A nil shape is one element.
func (g *WriteGroup) Dataset(name string, values any, shape []int, o DatasetOptions) error {
	addr, err := g.w.dataset(values, shape, o)
	if err == nil {
		err = g.add(name, nil, addr)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func (w *Writer) dataset(values any, shape []int, o DatasetOptions) (uint64, error) {
	space := dataspace(shape)
	null := values == nil
	if null {
		values, space = []float32{}, []byte{2, 0, 0, 2}
	}
	kind, size, n, err := typeOf(values)
	if err != nil {
		return 0, err
	}
	total := 1
	for _, k := range shape {
		total *= k
	}
	if n != total && !null {
		return 0, fmt.Errorf("%d values for shape %v", n, shape)
	}
	b := appendMessage(nil, messageDataspace, space)
	b = appendMessage(b, messageDatatype, kind)
	b = appendMessage(b, messageFill, []byte{3, 2 | 2<<2}) // allocated late, none defined
	if _, isText := values.([]string); o.Gzip > 0 && n > 0 && shape != nil && !isText {
		b, err = w.compressed(b, values, size, shape, o.Gzip)
	} else {
		b, err = w.contiguous(b, values, size, n)
	}
	if err != nil {
		return 0, err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Attributes)) {
		m, err := w.attribute(name, o.Attributes[name])
		if err != nil {
			return 0, err
		}
		b = append(b, m...)
	}
	return w.writeHeader(b)
}

// contiguous writes the data in one piece, and appends the message that says where.
func (w *Writer) contiguous(b []byte, values any, size, n int) ([]byte, error) {
	const block = 1 << 16
	addr := uint64(undefined)
	if n > 0 {
		addr = w.reserve(n * size)
	}
	for from := 0; from < n; from += block {
		raw, err := w.encode(nil, values, from, min(from+block, n))
		if err == nil {
			err = w.writeAt(raw, addr+uint64(from*size))
		}
		if err != nil {
			return nil, err
		}
	}
	m := binary.LittleEndian.AppendUint64([]byte{3, layoutContiguous}, addr)
	return appendMessage(b, messageLayout, binary.LittleEndian.AppendUint64(m, uint64(n*size))), nil
}

// chunkElements is about how many elements a chunk has.
const chunkElements = 1 << 16

// compressed writes the data in chunks of whole rows, and appends the messages
// that say where and how.
func (w *Writer) compressed(b []byte, values any, size int, shape []int, level int) ([]byte, error) {
	rowLength := 1
	for _, k := range shape[1:] {
		rowLength *= k
	}
	rows := min(shape[0], max(1, chunkElements/rowLength))
	n := (shape[0] + rows - 1) / rows
	chunks := make([]chunk, n)
	packed := make([][]byte, runtime.GOMAXPROCS(0))
	for first := 0; first < n; first += len(packed) {
		count := min(len(packed), n-first)
		err := parallel(count, func() func(i int) error {
			return func(i int) (err error) {
				from := (first + i) * rows
				to := min(from+rows, shape[0])
				raw, err := w.encode(make([]byte, 0, rows*rowLength*size), values, from*rowLength, to*rowLength)
				if err == nil {
					raw = append(raw, make([]byte, (rows-to+from)*rowLength*size)...) // chunks are stored whole
					packed[i], err = deflate(raw, level)
				}
				return err
			}
		})
		if err != nil {
			return nil, err
		}
		for i := range count {
			c := &chunks[first+i]
			var err error
			c.number, c.size = uint64(first+i), uint64(len(packed[i]))
			if c.addr, err = w.append(packed[i]); err != nil {
				return nil, err
			}
		}
	}
	dims := []int{rows}
	dims = append(dims, shape[1:]...)
	root, err := w.chunkTree(chunks, dims)
	if err != nil {
		return nil, err
	}
	m := binary.LittleEndian.AppendUint64([]byte{3, layoutChunked, byte(len(dims) + 1)}, root)
	for _, k := range append(dims, size) {
		m = binary.LittleEndian.AppendUint32(m, uint32(k))
	}
	b = appendMessage(b, messageLayout, m)
	return appendMessage(b, messageFilters, []byte{2, 1, filterDeflate, 0, 1, 0, 1, 0, byte(level), 0, 0, 0}), nil
}

func deflate(raw []byte, level int) ([]byte, error) {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, level)
	if err == nil {
		_, err = z.Write(raw)
	}
	if err == nil {
		err = z.Close()
	}
	return b.Bytes(), err
}

// treeWidth is the number of children of a chunk index's node: twice the
// format's default K.
const treeWidth = 64

// chunkTree writes the version 1 B-tree of chunks that follow one another along
// the first dimension, level by level, and returns its root.
func (w *Writer) chunkTree(chunks []chunk, dims []int) (uint64, error) {
	size := 24 + treeWidth*8 + (treeWidth+1)*(8+8*(len(dims)+1))
	end := chunk{number: uint64(len(chunks))}
	for level := 0; ; level++ {
		nodes := (len(chunks) + treeWidth - 1) / treeWidth
		first := w.reserve(nodes * size)
		at := func(i int) uint64 {
			if i < 0 || i >= nodes {
				return undefined
			}
			return first + uint64(i*size)
		}
		var above []chunk
		for i := range nodes {
			children := chunks[i*treeWidth : min((i+1)*treeWidth, len(chunks))]
			next := end
			if i < nodes-1 {
				next = chunks[(i+1)*treeWidth]
			}
			b := append([]byte("TREE"), treeOfChunks, byte(level))
			b = binary.LittleEndian.AppendUint16(b, uint16(len(children)))
			b = binary.LittleEndian.AppendUint64(b, at(i-1))
			b = binary.LittleEndian.AppendUint64(b, at(i+1))
			for _, c := range children {
				b = binary.LittleEndian.AppendUint64(appendKey(b, c, dims), c.addr)
			}
			b = appendKey(b, next, dims)
			if err := w.writeAt(append(b, make([]byte, size-len(b))...), at(i)); err != nil {
				return 0, err
			}
			above = append(above, chunk{number: children[0].number, size: children[0].size, addr: at(i)})
		}
		if nodes == 1 {
			return first, nil
		}
		chunks = above
	}
}

// appendKey appends a chunk's key in a B-tree: its size, the filters that were
// not applied (none), and where it begins.
func appendKey(b []byte, c chunk, dims []int) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(c.size))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint64(b, c.number*uint64(dims[0]))
	return append(b, make([]byte, 8*len(dims))...)
}
