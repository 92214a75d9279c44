package ot

// tree is a spanning tree of the bipartite graph: sources 0…n−1, targets
// n…n+m−1 and a root n+m. A node's arc joins it to its parent; for two points it
// is the plan's entry between them, with its flow. An arc between a point and
// the root carries nothing, ever: it only hangs the pieces of a degenerate plan
// together, and it points to the root.
//
// The tree is kept strongly feasible (Cunningham 1976): an arc without flow
// points towards the root. Then no sequence of degenerate pivots can cycle.
type tree struct {
	n     int32 // sources
	root  int32
	links []links
	arcs  []arc
	size  []int32 // nodes below a node, itself included
	// price is pᵢ = uᵢ of a source and −vⱼ of a target: an arc's reduced cost
	// is c − price[source] + price[target], zero in the tree.
	price []float64
}

// links is a node's place among its relatives: children are a doubly linked list.
type links struct{ parent, child, next, prev int32 }

// arc is the arc from a node to its parent.
type arc struct {
	flow int64
	cost float64
}

const none = int32(-1)

// newTree grows a tree from a forest of entries with positive flow: the node of
// each piece that is met first hangs on the root at the price it has in price,
// and the others' prices follow from it.
func newTree(n, m int, forest []entry, price []float64) *tree {
	root := int32(n + m)
	t := &tree{n: int32(n), root: root, price: price,
		links: make([]links, n+m+1), arcs: make([]arc, n+m+1), size: make([]int32, n+m+1)}
	for v := range t.links {
		t.links[v] = links{none, none, none, none}
		t.size[v] = 1
	}
	first, around := neighbours(n, m, forest)
	order := make([]int32, 0, n+m)
	for top := range root {
		if t.links[top].parent != none {
			continue
		}
		t.link(top, root)
		order = append(order, top)
		for k := len(order) - 1; k < len(order); k++ { // order is also the queue
			v := order[k]
			for _, e := range around[first[v]:first[v+1]] {
				w := forest[e].source
				if w == v {
					w = forest[e].target
				}
				if t.links[w].parent != none {
					continue
				}
				t.link(w, v)
				t.arcs[w] = arc{forest[e].flow, forest[e].cost}
				order = append(order, w)
			}
		}
	}
	for k := len(order) - 1; k >= 0; k-- {
		t.size[t.links[order[k]].parent] += t.size[order[k]]
	}
	t.reprice()
	return t
}

// neighbours lists for each node v the forest's entries at it:
// around[first[v]:first[v+1]].
func neighbours(n, m int, forest []entry) (first, around []int32) {
	first = make([]int32, n+m+2)
	for _, e := range forest {
		first[e.source+2]++
		first[e.target+2]++
	}
	for v := 2; v < len(first); v++ {
		first[v] += first[v-1]
	}
	around = make([]int32, 2*len(forest))
	for k, e := range forest {
		for _, v := range [2]int32{e.source, e.target} {
			around[first[v+1]] = int32(k)
			first[v+1]++
		}
	}
	return first[:n+m+1], around
}

// link makes v a child of parent.
func (t *tree) link(v, parent int32) {
	nd, p := &t.links[v], &t.links[parent]
	nd.parent, nd.prev, nd.next = parent, none, p.child
	if p.child != none {
		t.links[p.child].prev = v
	}
	p.child = v
}

// unlink takes v out of its parent's children.
func (t *tree) unlink(v int32) {
	nd := &t.links[v]
	if nd.prev != none {
		t.links[nd.prev].next = nd.next
	} else {
		t.links[nd.parent].child = nd.next
	}
	if nd.next != none {
		t.links[nd.next].prev = nd.prev
	}
}

// reprice works all prices out anew from the arcs' costs, starting from the
// prices of the root's children, and so clears away the rounding of many pivots.
func (t *tree) reprice() {
	v := t.links[t.root].child
	for v != t.root {
		nd := &t.links[v]
		if nd.parent != t.root {
			if v < t.n {
				t.price[v] = t.price[nd.parent] + t.arcs[v].cost
			} else {
				t.price[v] = t.price[nd.parent] - t.arcs[v].cost
			}
		}
		next := nd.child
		for next == none && v != t.root {
			if next = t.links[v].next; next == none {
				v = t.links[v].parent
			}
		}
		if next == none {
			return
		}
		v = next
	}
}
