package hdf5

import (
	"encoding/binary"
	"fmt"
)

// Filters by their registered numbers.
const (
	filterDeflate  = 1
	filterShuffle  = 2
	filterFletcher = 3
	filterLZF      = 32000
)

// filterNames are filters that files have and this package lacks.
var filterNames = map[int]string{
	4: "szip", 5: "n-bit", 6: "scale-offset", 307: "bzip2", 32001: "blosc", 32004: "lz4",
	32008: "bitshuffle", 32013: "zfp", 32015: "zstd", 32026: "blosc2",
}

// filter is one step of what is done to a chunk before it is stored.
type filter struct {
	id     int
	values []uint32
}

// UnsupportedFilter is the error of data under a filter that cannot be undone here.
type UnsupportedFilter struct {
	Name string
}

func (e *UnsupportedFilter) Error() string {
	return fmt.Sprintf("the data are compressed with %s, which is not supported; re-save with compression='gzip'", e.Name)
}

// readFilters reads a filter pipeline message, in the order of writing.
func (f *File) readFilters(data []byte) ([]filter, error) {
	c := f.cursor(data)
	version, n := c.u8(), int(c.u8())
	if version == 1 {
		c.skip(6)
	} else if c.err == nil && version != 2 {
		return nil, fmt.Errorf("version %d of a filter pipeline is not supported", version)
	}
	var filters []filter
	for range n {
		l := filter{id: int(c.u16())}
		nameSize := 0
		if version == 1 || l.id >= 256 {
			nameSize = int(c.u16())
		}
		c.skip(2) // flags
		values := int(c.u16())
		if version == 1 {
			nameSize = padded(nameSize)
		}
		c.skip(nameSize)
		for range values {
			l.values = append(l.values, c.u32())
		}
		if version == 1 && values%2 == 1 {
			c.skip(4)
		}
		if c.err != nil {
			return nil, c.err
		}
		filters = append(filters, l)
	}
	return filters, nil
}

// checkFilters says which filter cannot be undone.
func checkFilters(filters []filter) error {
	for _, l := range filters {
		switch l.id {
		case filterDeflate, filterShuffle, filterFletcher, filterLZF:
		default:
			name, ok := filterNames[l.id]
			if !ok {
				name = fmt.Sprintf("filter %d", l.id)
			}
			return &UnsupportedFilter{name}
		}
	}
	return nil
}

// No dataset is larger than maxRatio times its file: that is deflate's largest
// ratio. One that is not compressed is no larger than maxUnwritten times: there
// may be elements that were never written and have the fill value.
const (
	maxRatio     = 1032
	maxUnwritten = 16
)

// largestRatio bounds by how much undoing the filters lengthens a chunk.
func largestRatio(filters []filter, mask uint32) uint64 {
	ratio := uint64(1)
	for i, l := range filters {
		switch {
		case mask>>i&1 != 0:
		case l.id == filterDeflate:
			ratio *= maxRatio
		case l.id == filterLZF:
			ratio *= 88 // 264 bytes from 3
		}
	}
	return ratio
}

// decoder undoes filters, with buffers that it keeps.
type decoder struct {
	stored, a, b []byte
	inflater     *inflater
}

// decode undoes filters on a chunk, the last one first, where their bits in
// mask are not set. The result has size bytes and is valid until the next call.
func (d *decoder) decode(filters []filter, mask uint32, stored []byte, size int) ([]byte, error) {
	sums := 0 // 4 bytes more for each checksum that is inside
	for i, l := range filters {
		if l.id == filterFletcher && mask>>i&1 == 0 {
			sums++
		}
	}
	b := stored
	for i := len(filters) - 1; i >= 0; i-- {
		if mask>>i&1 != 0 {
			continue
		}
		var err error
		switch l := filters[i]; l.id {
		case filterDeflate:
			b, err = d.inflate(b, size+4*sums)
		case filterLZF:
			b, err = d.unLZF(b, size+4*sums)
		case filterShuffle:
			b, err = d.unshuffle(b, l)
		case filterFletcher:
			b, err = checkFletcher(b)
			sums--
		}
		if err != nil {
			return nil, err
		}
	}
	if len(b) != size {
		return nil, fmt.Errorf("it holds %d bytes where %d belong: the file is damaged", len(b), size)
	}
	return b, nil
}

// buffer is n bytes that are not src's.
func (d *decoder) buffer(src []byte, n int) []byte {
	if cap(d.a) > 0 && cap(src) > 0 && &src[:1][0] == &d.a[:1][0] {
		d.a, d.b = d.b, d.a
	}
	if cap(d.a) < n {
		d.a = make([]byte, n)
	}
	return d.a[:n]
}

// inflate undoes gzip, up to limit bytes.
func (d *decoder) inflate(src []byte, limit int) ([]byte, error) {
	if d.inflater == nil {
		d.inflater = new(inflater)
	}
	return d.inflater.inflate(d.buffer(src, limit), src)
}

// unshuffle puts the bytes of each element together again.
func (d *decoder) unshuffle(src []byte, l filter) ([]byte, error) {
	if len(l.values) == 0 || l.values[0] == 0 {
		return nil, fmt.Errorf("shuffle without a size of elements: the file is damaged")
	}
	size := int(l.values[0])
	n := len(src) / size
	if size == 1 || n <= 1 {
		return src, nil
	}
	dst := d.buffer(src, len(src))
	if size == 4 {
		s0, s1, s2, s3 := src[:n], src[n:2*n], src[2*n:3*n], src[3*n:4*n]
		for i := range s0 {
			binary.LittleEndian.PutUint32(dst[4*i:], uint32(s0[i])|uint32(s1[i])<<8|uint32(s2[i])<<16|uint32(s3[i])<<24)
		}
	} else {
		for k := range size {
			for i, b := range src[k*n : (k+1)*n] {
				dst[i*size+k] = b
			}
		}
	}
	copy(dst[n*size:], src[n*size:])
	return dst, nil
}

// checkFletcher verifies and cuts off a Fletcher-32 checksum. A release of
// 2007 wrote its bytes in another order, which is accepted too.
func checkFletcher(src []byte) ([]byte, error) {
	if len(src) < 4 {
		return nil, fmt.Errorf("fletcher32: %d bytes are too few for a checksum", len(src))
	}
	data := src[:len(src)-4]
	got, want := binary.LittleEndian.Uint32(src[len(src)-4:]), fletcher(data)
	swapped := want&0x00ff00ff<<8 | want&0xff00ff00>>8
	if got != want && got != swapped {
		return nil, fmt.Errorf("fletcher32: the checksum is wrong: the file is damaged")
	}
	return data, nil
}

// fletcher is the Fletcher-32 sum of big-endian words of 16 bits.
func fletcher(b []byte) uint32 {
	var low, high uint32
	for len(b) >= 2 {
		n := min(360, len(b)/2) // as many words as do not overflow
		for range n {
			low += uint32(b[0])<<8 | uint32(b[1])
			high += low
			b = b[2:]
		}
		low, high = low&0xffff+low>>16, high&0xffff+high>>16
	}
	if len(b) == 1 {
		low += uint32(b[0]) << 8
		high += low
		low, high = low&0xffff+low>>16, high&0xffff+high>>16
	}
	low, high = low&0xffff+low>>16, high&0xffff+high>>16
	return high<<16 | low
}

// unLZF undoes LZF (Marc Lehmann's LibLZF format): a byte below 32 is followed
// by that many literal bytes and one more; others name a stretch of the output
// by length and distance.
func (d *decoder) unLZF(src []byte, limit int) ([]byte, error) {
	damaged := fmt.Errorf("lzf: the file is damaged")
	dst := d.buffer(src, limit)
	out := 0
	for i := 0; i < len(src); {
		control := int(src[i])
		i++
		if control < 32 {
			n := control + 1
			if n > len(src)-i || n > limit-out {
				return nil, damaged
			}
			out += copy(dst[out:], src[i:i+n])
			i += n
			continue
		}
		n := control >> 5
		if n == 7 {
			if i >= len(src) {
				return nil, damaged
			}
			n += int(src[i])
			i++
		}
		if i >= len(src) {
			return nil, damaged
		}
		from := out - control&31<<8 - int(src[i]) - 1
		i++
		n += 2
		if from < 0 || n > limit-out {
			return nil, damaged
		}
		for range n { // byte by byte: the stretch may reach into what it writes
			dst[out] = dst[from]
			out++
			from++
		}
	}
	return dst[:out], nil
}
