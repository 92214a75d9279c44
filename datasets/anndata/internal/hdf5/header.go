package hdf5

import "fmt"

// Types of header messages.
const (
	messageDataspace     = 0x01
	messageLinkInfo      = 0x02
	messageDatatype      = 0x03
	messageFill          = 0x05
	messageLink          = 0x06
	messageExternal      = 0x07
	messageLayout        = 0x08
	messageFilters       = 0x0b
	messageAttribute     = 0x0c
	messageContinuation  = 0x10
	messageSymbolTable   = 0x11
	messageAttributeInfo = 0x15
)

// message is one message of an object header.
type message struct {
	kind   uint16
	shared bool // the data say where the message itself is
	data   []byte
}

// piece is a stretch of a header's messages in the file.
type piece struct{ addr, size uint64 }

// readHeader reads the messages of the object header at an address.
func (f *File) readHeader(addr uint64) ([]message, error) {
	w := f.budget()
	start, err := f.bytes(addr, f.available(addr, 64))
	if err != nil {
		return nil, err
	}
	var messages []message
	if len(start) >= 4 && string(start[:4]) == "OHDR" {
		messages, err = w.newHeader(addr, start)
	} else {
		messages, err = w.oldHeader(addr, start)
	}
	if err != nil {
		return nil, fmt.Errorf("object header at %d: %w", addr, err)
	}
	return messages, nil
}

func (w *budget) oldHeader(addr uint64, start []byte) ([]message, error) {
	c := w.f.cursor(start)
	c.version("object header", 1)
	c.skip(1 + 2 + 4) // reserved, number of messages, references
	size := uint64(c.u32())
	if c.err != nil {
		return nil, c.err
	}
	var messages []message
	pieces := []piece{{addr + 16, size}}
	for i := 0; i < len(pieces); i++ {
		c, err := w.cursor(pieces[i].addr, pieces[i].size)
		if err != nil {
			return nil, err
		}
		for c.err == nil && c.left() >= 8 {
			kind, n, flags := c.u16(), int(c.u16()), c.u8()
			c.skip(3)
			messages, pieces = w.add(messages, pieces, message{kind, flags&2 != 0, c.take(n)})
		}
		if c.err != nil {
			return nil, c.err
		}
	}
	return messages, nil
}

// add appends a message, or the piece that a continuation names.
func (w *budget) add(messages []message, pieces []piece, m message) ([]message, []piece) {
	if m.kind != messageContinuation {
		return append(messages, m), pieces
	}
	c := w.f.cursor(m.data)
	p := piece{c.addr(), c.length()}
	if c.err != nil {
		p = piece{undefined, 0} // reported where it is read
	}
	return messages, append(pieces, p)
}

func (w *budget) newHeader(addr uint64, start []byte) ([]message, error) {
	c := w.f.cursor(start)
	c.magic("OHDR")
	c.version("object header", 2)
	flags := c.u8()
	if flags&0x20 != 0 {
		c.skip(16) // times
	}
	if flags&0x10 != 0 {
		c.skip(4) // when attributes become dense
	}
	size := c.uint(1 << (flags & 3))
	if c.err != nil {
		return nil, c.err
	}
	prefix := uint64(c.at)
	head := 4 // bytes before a message's data
	if flags&4 != 0 {
		head = 6
	}
	if size > uint64(w.f.size) {
		return nil, fmt.Errorf("a header of %d bytes is longer than the file", size)
	}
	var messages []message
	pieces := []piece{{addr, prefix + size + 4}}
	for i := 0; i < len(pieces); i++ {
		c, err := w.cursor(pieces[i].addr, pieces[i].size)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			c.skip(int(prefix))
		} else {
			c.magic("OCHK")
		}
		for c.err == nil && c.left()-4 >= head { // what is shorter is a gap
			kind, n, messageFlags := uint16(c.u8()), int(c.u16()), c.u8()
			c.skip(head - 4) // order of creation
			messages, pieces = w.add(messages, pieces, message{kind, messageFlags&2 != 0, c.take(n)})
		}
		c.skip(c.left() - 4)
		c.sum(0, "object header")
		if c.err != nil {
			return nil, c.err
		}
	}
	return messages, nil
}

// find returns the data of the first message of a kind, following it where it
// is shared; nil where there is none.
func (f *File) find(messages []message, kind uint16) ([]byte, error) {
	for _, m := range messages {
		if m.kind == kind {
			return f.resolve(m, true)
		}
	}
	return nil, nil
}

// resolve returns the data of a message. A shared one is looked up in the
// header of the committed object that it names.
func (f *File) resolve(m message, follow bool) ([]byte, error) {
	if !m.shared {
		return m.data, nil
	}
	c := f.cursor(m.data)
	addr, err := sharedAddress(c)
	if err != nil {
		return nil, err
	}
	if !follow {
		return nil, fmt.Errorf("a shared message that names another shared message")
	}
	messages, err := f.readHeader(addr)
	if err != nil {
		return nil, err
	}
	for _, other := range messages {
		if other.kind == m.kind {
			return f.resolve(other, false)
		}
	}
	return nil, fmt.Errorf("the object at %d, whose message %d is shared, has none", addr, m.kind)
}

// sharedAddress reads where a shared message is.
func sharedAddress(c *cursor) (uint64, error) {
	version, kind := c.u8(), c.u8()
	switch {
	case version == 1:
		c.skip(6)
	case version == 3 && kind == 1:
		return 0, fmt.Errorf("messages shared in the file's own heap are not supported")
	case version != 2 && version != 3:
		c.fail("version %d of a shared message", version)
	}
	addr := c.addr()
	return addr, c.err
}
