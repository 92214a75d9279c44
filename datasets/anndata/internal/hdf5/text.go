package hdf5

import (
	"fmt"
	"strings"
)

// texts reads elements of text that follow one another in raw.
func (f *File) texts(t *Type, raw []byte) ([]string, error) {
	texts := make([]string, len(raw)/t.Size)
	if t.Class == Text {
		all := string(raw)
		for i := range texts {
			texts[i] = trim(all[i*t.Size:(i+1)*t.Size], t.padding)
		}
		return texts, nil
	}
	heap := &globalHeap{w: f.budget(), collections: map[uint64]map[uint32]string{}}
	for i := range texts {
		c := f.cursor(raw[i*t.Size : (i+1)*t.Size])
		n, addr, index := c.u32(), c.addr(), c.u32()
		if n == 0 || addr == 0 || addr == undefined {
			continue
		}
		text, err := heap.object(addr, index)
		if err != nil {
			return nil, fmt.Errorf("text %d: %w", i, err)
		}
		if uint64(n) > uint64(len(text)) {
			return nil, fmt.Errorf("text %d has %d bytes of %d: the file is damaged", i, len(text), n)
		}
		texts[i] = trim(text[:n], t.padding)
	}
	return texts, nil
}

// trim cuts the padding off.
func trim(text string, padding byte) string {
	switch padding {
	case 0:
		text, _, _ = strings.Cut(text, "\x00")
		return text
	case 1:
		return strings.TrimRight(text, "\x00")
	}
	return strings.TrimRight(text, " ")
}

// globalHeap holds the elements of variable length that a dataset names.
type globalHeap struct {
	w           *budget
	collections map[uint64]map[uint32]string
}

func (h *globalHeap) object(addr uint64, index uint32) (string, error) {
	objects, ok := h.collections[addr]
	if !ok {
		var err error
		if objects, err = h.collection(addr); err != nil {
			return "", fmt.Errorf("heap at %d: %w", addr, err)
		}
		h.collections[addr] = objects
	}
	text, ok := objects[index]
	if !ok {
		return "", fmt.Errorf("the heap at %d has no object %d: the file is damaged", addr, index)
	}
	return text, nil
}

// collection reads all objects of a global heap collection.
func (h *globalHeap) collection(addr uint64) (map[uint32]string, error) {
	f := h.w.f
	head := 8 + f.lengthSize
	c, err := h.w.cursor(addr, uint64(head))
	if err != nil {
		return nil, err
	}
	c.magic("GCOL")
	c.version("global heap", 1)
	c.skip(3)
	size := c.length()
	if c.err != nil {
		return nil, c.err
	}
	if size < uint64(head) {
		return nil, fmt.Errorf("%d bytes in all: the file is damaged", size)
	}
	if c, err = h.w.cursor(addr+uint64(head), size-uint64(head)); err != nil {
		return nil, err
	}
	text := string(c.b)
	objects := map[uint32]string{}
	for c.err == nil && c.left() >= 8+f.lengthSize {
		index := uint32(c.u16())
		c.skip(6) // references, reserved
		n := c.length()
		if index == 0 {
			break // the rest is free
		}
		if n > uint64(c.left()) {
			return nil, fmt.Errorf("object %d of %d bytes reaches over the end: the file is damaged", index, n)
		}
		objects[index] = text[c.at : c.at+int(n)]
		c.skip(min(padded(int(n)), c.left()))
	}
	return objects, c.err
}

// reference is the address in an element that refers to an object.
func (f *File) reference(t *Type, raw []byte) (uint64, error) {
	if t.Class != Reference || t.why != "" || t.Size != f.offsetSize || len(raw) != t.Size {
		return 0, fmt.Errorf("a %s where a reference to an object belongs", t)
	}
	return f.cursor(raw).addr(), nil
}
