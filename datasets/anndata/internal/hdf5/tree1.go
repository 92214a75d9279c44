package hdf5

import "fmt"

// Types of version 1 B-trees.
const (
	treeOfGroups = 0
	treeOfChunks = 1
)

// eachChild calls f on each leaf entry of a version 1 B-tree: the key before
// it, of keySize bytes, and its address.
func (w *budget) eachChild(addr uint64, kind byte, keySize int, f func(key []byte, addr uint64) error) error {
	return w.treeNode(addr, kind, keySize, -1, f)
}

// treeNode walks a node; level is what its parent asks for, or -1.
func (w *budget) treeNode(addr uint64, kind byte, keySize, level int, f func(key []byte, addr uint64) error) error {
	head := uint64(8 + 2*w.f.offsetSize)
	c, err := w.cursor(addr, head)
	if err != nil {
		return err
	}
	c.magic("TREE")
	gotKind, gotLevel, n := c.u8(), int(c.u8()), int(c.u16())
	if c.err != nil {
		return c.err
	}
	if gotKind != kind || level >= 0 && gotLevel != level {
		return fmt.Errorf("a B-tree node of type %d, level %d, where type %d, level %d belongs: the file is damaged", gotKind, gotLevel, kind, level)
	}
	if c, err = w.cursor(addr+head, uint64(n*(keySize+w.f.offsetSize))); err != nil {
		return err
	}
	for range n {
		key, child := c.take(keySize), c.addr()
		if c.err != nil {
			return c.err
		}
		if gotLevel == 0 {
			err = f(key, child)
		} else {
			err = w.treeNode(child, kind, keySize, gotLevel-1, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
