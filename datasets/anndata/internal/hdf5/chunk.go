package hdf5

import (
	"cmp"
	"fmt"
	"slices"
)

// chunk is a piece of a dataset that is stored by itself.
type chunk struct {
	number uint64 // in the grid of chunks, the last dimension first
	addr   uint64
	size   uint64 // in the file
	mask   uint32 // filters that were not applied
}

// grid is the number of chunks along each dimension, for a shape.
func (d *Dataset) grid(shape []uint64) []uint64 {
	grid := make([]uint64, len(shape))
	for i, n := range shape {
		k := d.layout.dims[i]
		if n == undefined {
			grid[i] = undefined
			continue
		}
		grid[i] = n / k
		if n%k != 0 {
			grid[i]++
		}
	}
	return grid
}

// chunkBytes is the size of a chunk before filters.
func (d *Dataset) chunkBytes() int {
	n, _ := product(append(slices.Clone(d.layout.dims), d.layout.elementSize)...)
	return int(n)
}

// number of a chunk with coordinates in the grid; false where it is outside.
func number(at, grid []uint64) (uint64, bool) {
	n := uint64(0)
	for i := range grid {
		if at[i] >= grid[i] {
			return 0, false
		}
		n = n*grid[i] + at[i]
	}
	return n, true
}

// coordinates of a chunk in a grid: the inverse of number.
func coordinates(n uint64, grid []uint64) []uint64 {
	at := make([]uint64, len(grid))
	for i := len(grid) - 1; i >= 0; i-- {
		at[i] = n % max(1, grid[i])
		n /= max(1, grid[i])
	}
	return at
}

// chunks reads the index, once.
func (d *Dataset) chunks() ([]chunk, error) {
	d.index.Do(func() {
		defer guard(&d.index.err)
		grid := d.grid(d.dims())
		add := func(at []uint64, c chunk) error {
			n, inside := number(at, grid)
			if !inside || c.addr == undefined {
				return nil
			}
			c.number = n
			if err := d.f.inside(c.addr, c.size); err != nil {
				return fmt.Errorf("chunk %v: %w", at, err)
			}
			d.index.chunks = append(d.index.chunks, c)
			return nil
		}
		if d.layout.addr != undefined {
			d.index.err = d.readIndex(add)
		}
		list := d.index.chunks
		slices.SortFunc(list, func(a, b chunk) int { return cmp.Compare(a.number, b.number) })
		for i := 1; i < len(list); i++ {
			if list[i].number == list[i-1].number && d.index.err == nil {
				d.index.err = fmt.Errorf("chunk %d stands twice in the index: the file is damaged", list[i].number)
			}
		}
	})
	return d.index.chunks, d.index.err
}

// readIndex calls add on the chunks, with their coordinates in the grid.
func (d *Dataset) readIndex(add func(at []uint64, c chunk) error) error {
	switch d.layout.index {
	case indexTree1:
		return d.indexTree1(add)
	case indexSingle:
		c := chunk{addr: d.layout.addr, size: uint64(d.chunkBytes())}
		if d.layout.filtered {
			c.size, c.mask = d.layout.chunkSize, d.layout.mask
		} else {
			c.mask = ^uint32(0)
		}
		return add(make([]uint64, len(d.space)), c)
	case indexImplicit:
		return d.indexImplicit(add)
	case indexFixed:
		return d.indexFixed(add)
	case indexExtensible:
		return d.indexExtensible(add)
	}
	return d.indexTree2(add)
}

// chunked reads rows from <= row < to.
func (d *Dataset) chunked(from, to int, put func(at int, raw []byte) error) error {
	list, err := d.chunks()
	if err != nil {
		return err
	}
	grid := d.grid(d.dims())
	perRow := uint64(1) // chunks for each step along the first dimension
	for _, n := range grid[1:] {
		perRow *= n
	}
	first := uint64(from) / d.layout.dims[0] * perRow
	count := int((uint64(to-1)/d.layout.dims[0]+1)*perRow - first)
	start, _ := slices.BinarySearchFunc(list, first, func(c chunk, n uint64) int { return cmp.Compare(c.number, n) })
	list = list[start:]
	return parallel(count, func() func(i int) error {
		w := &decoder{}
		return func(i int) error {
			n := first + uint64(i)
			at := coordinates(n, grid)
			k, found := slices.BinarySearchFunc(list, n, func(c chunk, n uint64) int { return cmp.Compare(c.number, n) })
			var data []byte
			var err error
			if found {
				data, err = d.readChunk(w, list[k], at)
			} else {
				data, err = d.missing(w)
			}
			if err == nil {
				err = d.scatter(at, data, from, to, put)
			}
			if err != nil {
				return fmt.Errorf("chunk %v: %w", at, err)
			}
			return nil
		}
	})
}

// readChunk reads a chunk and undoes its filters.
func (d *Dataset) readChunk(w *decoder, c chunk, at []uint64) ([]byte, error) {
	size := d.chunkBytes()
	if d.layout.plainEdges && d.overEdge(at) {
		c.mask, c.size = ^uint32(0), uint64(size)
	}
	ratio := min(largestRatio(d.filters, c.mask), maxRatio)
	if uint64(size) > c.size*ratio {
		return nil, fmt.Errorf("%d bytes do not become %d: the file is damaged", c.size, size)
	}
	if uint64(cap(w.stored)) < c.size {
		w.stored = make([]byte, c.size)
	}
	stored := w.stored[:c.size]
	if err := d.f.readAt(stored, c.addr); err != nil {
		return nil, err
	}
	return w.decode(d.filters, c.mask, stored, size)
}

// missing is a chunk that was never written.
func (d *Dataset) missing(w *decoder) ([]byte, error) {
	n := d.chunkBytes()
	if int64(n) > maxUnwritten*d.f.size {
		return nil, fmt.Errorf("%d bytes that were never written: the file is damaged", n)
	}
	return d.filled(w.buffer(nil, n)), nil
}

// overEdge tells whether a chunk is only partly inside the dataset.
func (d *Dataset) overEdge(at []uint64) bool {
	for i, k := range d.layout.dims {
		if (at[i]+1)*k > uint64(d.space[i]) {
			return true
		}
	}
	return false
}

// scatter hands on the elements of a chunk that are in the rows asked for, a
// run along the last dimension at a time.
func (d *Dataset) scatter(at []uint64, data []byte, from, to int, put func(at int, raw []byte) error) error {
	rank := len(d.space)
	size := d.stored.Size
	low, high := make([]int, rank), make([]int, rank) // in the dataset
	for i, k := range d.layout.dims {
		low[i] = int(at[i] * k)
		high[i] = min(low[i]+int(k), d.space[i])
	}
	origin := slices.Clone(low)
	low[0], high[0] = max(low[0], from), min(high[0], to)
	position := slices.Clone(low)
	run := high[rank-1] - low[rank-1]
	for {
		inChunk, inRows := 0, 0
		for i := range rank {
			inChunk = inChunk*int(d.layout.dims[i]) + position[i] - origin[i]
			start := 0
			if i == 0 {
				start = from
			}
			inRows = inRows*d.space[i] + position[i] - start
		}
		if err := put(inRows, data[inChunk*size:(inChunk+run)*size]); err != nil {
			return err
		}
		i := rank - 2
		for ; i >= 0; i-- {
			if position[i]++; position[i] < high[i] {
				break
			}
			position[i] = low[i]
		}
		if i < 0 {
			return nil
		}
	}
}
