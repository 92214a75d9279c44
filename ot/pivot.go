package ot

// pivot brings the arc from source s to target node u, of negative reduced
// cost, into the tree, pushes as much flow round the cycle as it can take and
// takes out the last blocking arc in the cycle's direction, counted from its
// top: that keeps the tree strongly feasible.
func (t *tree) pivot(s, u int32, cost float64) {
	top, out, flow, fromSource := t.leaving(s, u)
	if flow > 0 {
		t.push(s, u, top, flow)
	}
	in, under, delta := s, u, cost-t.price[s]+t.price[u]
	if !fromSource {
		in, under, delta = u, s, -delta
	}
	moved := t.size[out]
	t.resize(t.links[out].parent, top, -moved)
	t.resize(under, top, moved)
	t.rehang(in, under, out, arc{flow, cost})
	// Only differences of prices count: shift the smaller part of the tree.
	if moved <= t.root/2 {
		t.shift(in, none, delta)
	} else {
		t.shift(t.root, in, -delta)
	}
}

// leaving walks from both ends of the entering arc to where their ways to the
// root meet and returns that node, the child end of the leaving arc, the flow
// that it allows, and whether it lies on the way of the source.
func (t *tree) leaving(s, u int32) (top, out int32, flow int64, fromSource bool) {
	const unbounded = int64(1<<63 - 1)
	links, arcs, size, n, root := t.links, t.arcs, t.size, t.n, t.root
	sourceOut, targetOut := none, none
	sourceFlow, targetFlow := unbounded, unbounded
	for s != u {
		if size[s] <= size[u] {
			// Flow comes down this way: arcs pointing up lose it.
			parent := links[s].parent
			if (s < n || parent == root) && arcs[s].flow < sourceFlow {
				sourceFlow, sourceOut = arcs[s].flow, s
			}
			s = parent
		} else {
			// Flow goes up this way: arcs pointing down lose it.
			parent := links[u].parent
			if u >= n && parent != root && arcs[u].flow <= targetFlow {
				targetFlow, targetOut = arcs[u].flow, u
			}
			u = parent
		}
	}
	if targetFlow <= sourceFlow {
		return s, targetOut, targetFlow, false
	}
	return s, sourceOut, sourceFlow, true
}

// push sends flow along s → u and back through the tree by way of top.
func (t *tree) push(s, u, top int32, flow int64) {
	for v := s; v != top; v = t.links[v].parent {
		if v < t.n {
			t.arcs[v].flow -= flow
		} else {
			t.arcs[v].flow += flow
		}
	}
	for v := u; v != top; v = t.links[v].parent {
		if v < t.n {
			t.arcs[v].flow += flow
		} else {
			t.arcs[v].flow -= flow
		}
	}
}

// resize adds delta to the sizes from v up to, not including, top.
func (t *tree) resize(v, top, delta int32) {
	for ; v != top; v = t.links[v].parent {
		t.size[v] += delta
	}
}

// rehang cuts the arc above out and hangs the piece below it under parent by
// the node in of that piece: parents and children change places on the way
// from in to out, and each arc goes with them.
func (t *tree) rehang(in, parent, out int32, a arc) {
	size, below := t.size[out], int32(0)
	v := in
	for {
		next := t.links[v].parent
		t.unlink(v)
		t.link(v, parent)
		a, t.arcs[v] = t.arcs[v], a
		old := t.size[v]
		t.size[v] = size - below
		if v == out {
			return
		}
		v, parent, below = next, v, old
	}
}

// shift adds delta to the prices of top and all below it, leaving out except
// and all below that.
func (t *tree) shift(top, except int32, delta float64) {
	links, price := t.links, t.price
	v := top
	for {
		next := none
		if v != except {
			price[v] += delta
			next = links[v].child
		}
		for next == none {
			if v == top {
				return
			}
			if next = links[v].next; next == none {
				v = links[v].parent
			}
		}
		v = next
	}
}
