// Package safetensors reads and writes float32 arrays in the safetensors
// format: an 8-byte little-endian header length, a JSON header, then the raw
// numbers. Files open in Python with the package of the same name.
package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/internal/atomicfile"
)

// Array is a named array of float32, row-major.
type Array struct {
	Name string
	Dims []int
	Data []float32
}

type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

const metadataKey = "__metadata__"

// Write stores arrays and string metadata at path, by way of a temporary file
// in the same folder: a reader finds the old file or the whole new one.
func Write(path string, arrays []Array, metadata map[string]string) error {
	data, err := encode(arrays, metadata)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func encode(arrays []Array, metadata map[string]string) ([]byte, error) {
	header := map[string]any{}
	if len(metadata) > 0 {
		header[metadataKey] = metadata
	}
	size := 0
	for _, a := range arrays {
		n := 1
		for _, d := range a.Dims {
			n *= d
		}
		if n != len(a.Data) {
			return nil, fmt.Errorf("array %q has %d numbers, its shape %v has %d", a.Name, len(a.Data), a.Dims, n)
		}
		if _, ok := header[a.Name]; ok || a.Name == "" {
			return nil, fmt.Errorf("array name %q is empty or used twice", a.Name)
		}
		header[a.Name] = entry{"F32", append([]int{}, a.Dims...), [2]int{size, size + 4*n}}
		size += 4 * n
	}
	h, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	for len(h)%8 != 0 {
		h = append(h, ' ')
	}
	out := make([]byte, 0, 8+len(h)+size)
	out = binary.LittleEndian.AppendUint64(out, uint64(len(h)))
	out = append(out, h...)
	for _, a := range arrays {
		for _, x := range a.Data {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
		}
	}
	return out, nil
}

// Read returns the arrays of a file, in the order of their data, and its metadata.
// Anything that does not fit the format or the file's length is an error that says where.
func Read(path string) ([]Array, map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	arrays, meta, err := decode(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: not a whole safetensors file: %w", path, err)
	}
	return arrays, meta, nil
}

func decode(data []byte) ([]Array, map[string]string, error) {
	if len(data) < 8 {
		return nil, nil, fmt.Errorf("%d bytes, a header length takes 8", len(data))
	}
	n := binary.LittleEndian.Uint64(data)
	if n > uint64(len(data)-8) {
		return nil, nil, fmt.Errorf("header of %d bytes in a file of %d", n, len(data))
	}
	var raw map[string]json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(data[8 : 8+n]))
	if err := dec.Decode(&raw); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	body := data[8+n:]
	var meta map[string]string
	var arrays []Array
	offset := map[string]int{}
	for name, r := range raw {
		if name == metadataKey {
			if err := json.Unmarshal(r, &meta); err != nil {
				return nil, nil, fmt.Errorf("metadata: %w", err)
			}
			continue
		}
		a, at, err := decodeArray(name, r, body)
		if err != nil {
			return nil, nil, fmt.Errorf("array %q: %w", name, err)
		}
		offset[name] = at
		arrays = append(arrays, a)
	}
	slices.SortFunc(arrays, func(a, b Array) int {
		return cmp.Or(offset[a.Name]-offset[b.Name], len(a.Data)-len(b.Data), strings.Compare(a.Name, b.Name))
	})
	end := 0
	for _, a := range arrays {
		if offset[a.Name] != end {
			return nil, nil, fmt.Errorf("array %q starts at byte %d, the one before it ends at %d", a.Name, offset[a.Name], end)
		}
		end += 4 * len(a.Data)
	}
	if end != len(body) {
		return nil, nil, fmt.Errorf("the arrays end at byte %d of %d", end, len(body))
	}
	return arrays, meta, nil
}

func decodeArray(name string, raw json.RawMessage, body []byte) (Array, int, error) {
	var e entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return Array{}, 0, err
	}
	if e.DType != "F32" {
		return Array{}, 0, fmt.Errorf("type %s, want F32", e.DType)
	}
	lo, hi := e.Offsets[0], e.Offsets[1]
	if lo < 0 || hi < lo || hi > len(body) {
		return Array{}, 0, fmt.Errorf("bytes %d to %d of %d: the file is cut short or damaged", lo, hi, len(body))
	}
	n := 1
	for _, d := range e.Shape {
		if d < 0 || (d > 0 && n > len(body)/d) {
			return Array{}, 0, fmt.Errorf("shape %v does not fit", e.Shape)
		}
		n *= d
	}
	if 4*n != hi-lo {
		return Array{}, 0, fmt.Errorf("shape %v takes %d bytes, has %d", e.Shape, 4*n, hi-lo)
	}
	a := Array{Name: name, Dims: e.Shape, Data: make([]float32, n)}
	for i := range a.Data {
		a.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[lo+4*i:]))
	}
	return a, lo, nil
}
