package hdf5

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Object is a group or a dataset.
type Object struct {
	f        *File
	path     string // from the root, without a leading slash
	messages []message
	members  struct { // read once: a table has a member for each column
		sync.Once
		links []link
		err   error
	}
}

// link is an entry of a group.
type link struct {
	name string
	addr uint64 // of the object's header
	soft string // path that stands for the object, where it is not empty
	far  bool   // in another file
}

// Root is the root group.
func (f *File) Root() (o *Object, err error) {
	defer guard(&err)
	return f.object(f.root, "")
}

func (f *File) object(addr uint64, path string) (*Object, error) {
	messages, err := f.readHeader(addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", display(path), err)
	}
	return &Object{f: f, path: path, messages: messages}, nil
}

// display names an object in messages.
func display(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// Path is where the object was found, from the root, without a leading slash.
func (o *Object) Path() string { return o.path }

// IsGroup tells whether the object has members.
func (o *Object) IsGroup() bool {
	return o.has(messageSymbolTable) || o.has(messageLinkInfo) || o.has(messageLink)
}

// IsDataset tells whether the object holds data.
func (o *Object) IsDataset() bool { return o.has(messageLayout) }

func (o *Object) has(kind uint16) bool {
	return slices.ContainsFunc(o.messages, func(m message) bool { return m.kind == kind })
}

// Names are the names of a group's members, sorted.
func (o *Object) Names() (names []string, err error) {
	defer guard(&err)
	links, err := o.links()
	if err != nil {
		return nil, err
	}
	names = make([]string, len(links))
	for i, l := range links {
		names[i] = l.name
	}
	slices.Sort(names)
	return names, nil
}

// Child opens a member of a group; nil without an error where there is none.
func (o *Object) Child(name string) (child *Object, err error) {
	defer guard(&err)
	return o.child(name, 0)
}

func (o *Object) child(name string, depth int) (*Object, error) {
	links, err := o.links()
	if err != nil {
		return nil, err
	}
	path := strings.TrimPrefix(o.path+"/"+name, "/")
	for _, l := range links {
		switch {
		case l.name != name:
		case l.far:
			return nil, fmt.Errorf("%s is a link to another file, which is not followed", path)
		case l.soft != "":
			return o.followSoft(l.soft, path, depth)
		default:
			return o.f.object(l.addr, path)
		}
	}
	return nil, nil
}

// followSoft opens what a soft link names.
func (o *Object) followSoft(target, path string, depth int) (*Object, error) {
	const deepest = 16
	if depth == deepest {
		return nil, fmt.Errorf("%s: more than %d links one after another", path, deepest)
	}
	at := o
	if strings.HasPrefix(target, "/") {
		var err error
		if at, err = o.f.Root(); err != nil {
			return nil, err
		}
	}
	for name := range strings.SplitSeq(strings.Trim(target, "/"), "/") {
		next, err := at.child(name, depth+1)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return nil, fmt.Errorf("%s is a link to %s, which is not there", path, target)
		}
		at = next
	}
	return &Object{f: at.f, path: path, messages: at.messages}, nil
}

// links are a group's entries.
func (o *Object) links() ([]link, error) {
	o.members.Do(func() {
		defer guard(&o.members.err)
		o.members.links, o.members.err = o.readLinks()
	})
	return o.members.links, o.members.err
}

// readLinks reads a group's entries in whichever form they are.
func (o *Object) readLinks() (links []link, err error) {
	for _, m := range o.messages {
		var more []link
		switch m.kind {
		case messageSymbolTable:
			more, err = o.f.symbolTable(m.data)
		case messageLink:
			var l link
			l, err = o.f.readLink(m.data)
			more = []link{l}
		case messageLinkInfo:
			more, err = o.f.denseLinks(m.data)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: its members: %w", display(o.path), err)
		}
		links = append(links, more...)
	}
	return links, nil
}

// readLink reads a link message.
func (f *File) readLink(data []byte) (link, error) {
	c := f.cursor(data)
	c.version("link", 1)
	flags := c.u8()
	kind := byte(0)
	if flags&8 != 0 {
		kind = c.u8()
	}
	if flags&4 != 0 {
		c.skip(8) // order of creation
	}
	if flags&16 != 0 {
		c.skip(1) // character set
	}
	n := c.uint(1 << (flags & 3))
	if n > uint64(len(data)) {
		return link{}, fmt.Errorf("a link's name of %d bytes in %d", n, len(data))
	}
	l := link{name: string(c.take(int(n)))}
	switch kind {
	case 0:
		l.addr = c.addr()
	case 1:
		l.soft = string(c.take(int(c.u16())))
		l.far = l.soft == ""
	default:
		l.far = true
	}
	return l, c.err
}

// denseLinks reads the links of a group that keeps them in a fractal heap.
func (f *File) denseLinks(info []byte) ([]link, error) {
	c := f.cursor(info)
	c.version("link info", 0)
	flags := c.u8()
	if flags&1 != 0 {
		c.skip(8) // the next order of creation
	}
	heapAddr, index := c.addr(), c.addr()
	if c.err != nil || heapAddr == undefined {
		return nil, c.err
	}
	var links []link
	err := f.denseObjects(heapAddr, index, 5, func(data []byte) error {
		l, err := f.readLink(data)
		links = append(links, l)
		return err
	})
	return links, err
}

// denseObjects hands on the objects of a fractal heap that a version 2 B-tree
// of records of a kind (5: links, 8: attributes) lists.
func (f *File) denseObjects(heapAddr, index uint64, kind byte, each func(data []byte) error) error {
	heap, err := f.openHeap(heapAddr)
	if err != nil {
		return err
	}
	w := f.budget() // for the objects' bytes
	return f.eachRecord(index, kind, func(record []byte) error {
		id := record
		if kind == 5 {
			id = record[min(4, len(record)):] // behind the name's hash
		}
		if len(id) < heap.idLength {
			return fmt.Errorf("records of %d bytes for heap ids of %d", len(record), heap.idLength)
		}
		data, err := heap.object(id[:heap.idLength], w)
		if err != nil {
			return err
		}
		return each(data)
	})
}

// symbolTable reads the entries of an old group: names in a local heap, nodes
// under a version 1 B-tree.
func (f *File) symbolTable(data []byte) ([]link, error) {
	c := f.cursor(data)
	tree, heapAddr := c.addr(), c.addr()
	if c.err != nil {
		return nil, c.err
	}
	w := f.budget()
	names, err := w.localHeap(heapAddr)
	if err != nil {
		return nil, err
	}
	var links []link
	err = w.eachChild(tree, treeOfGroups, f.lengthSize, func(_ []byte, addr uint64) error {
		more, err := w.symbols(addr, names)
		links = append(links, more...)
		return err
	})
	return links, err
}

// localHeap reads the names of a group.
func (w *budget) localHeap(addr uint64) ([]byte, error) {
	c, err := w.cursor(addr, uint64(8+2*w.f.lengthSize+w.f.offsetSize))
	if err != nil {
		return nil, err
	}
	c.magic("HEAP")
	c.version("local heap", 0)
	c.skip(3)
	size := c.length()
	c.length() // free space
	segment := c.addr()
	if c.err != nil {
		return nil, c.err
	}
	names, err := w.cursor(segment, size)
	if err != nil {
		return nil, err
	}
	return names.b, nil
}

// symbols reads a symbol table node.
func (w *budget) symbols(addr uint64, names []byte) ([]link, error) {
	c, err := w.cursor(addr, 8)
	if err != nil {
		return nil, err
	}
	c.magic("SNOD")
	c.version("symbol table node", 1)
	c.skip(1)
	n := int(c.u16())
	if c.err != nil {
		return nil, c.err
	}
	entry := 2*w.f.offsetSize + 24
	if c, err = w.cursor(addr+8, uint64(n*entry)); err != nil {
		return nil, err
	}
	links := make([]link, n)
	for i := range links {
		name, header := c.uint(w.f.offsetSize), c.addr()
		kind := c.u32()
		c.skip(4)
		scratch := w.f.cursor(c.take(16))
		links[i] = link{name: textAt(names, name), addr: header}
		if kind == 2 {
			links[i].soft = textAt(names, uint64(scratch.u32()))
			links[i].far = links[i].soft == ""
		}
		if links[i].name == "" && c.err == nil {
			return nil, fmt.Errorf("a member without a name: the file is damaged")
		}
	}
	return links, c.err
}

// textAt is the text at an offset of a local heap, up to its 0 byte.
func textAt(heap []byte, at uint64) string {
	if at >= uint64(len(heap)) {
		return ""
	}
	text, _, _ := strings.Cut(string(heap[at:min(at+maxName, uint64(len(heap)))]), "\x00")
	return text
}

// maxName is more than names are long.
const maxName = 1 << 16
