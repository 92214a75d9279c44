package ot

import "context"

// offer is an arc of the row that is being priced.
type offer struct {
	reduced float64
	target  int32
}

// arcsAPoint is how many arcs of a point, source or target, one pricing offers.
const arcsAPoint = 8

// shortlist is how many arcs of a row are taken at one pricing.
func (s *simplex) shortlist() int {
	return min(s.m, arcsAPoint*(s.n+s.m)/s.n)
}

// fill prices the whole table and adds to the pool, for each source, up to k
// arcs of smallest reduced cost below limit. It returns how many it added.
// Rows are priced on all cores; the order of the pool does not depend on how many.
func (s *simplex) fill(ctx context.Context, k int, limit float64) int {
	if s.blocks == nil {
		s.blocks = make([]pool, (s.n+rowsABlock-1)/rowsABlock)
	}
	w := workers(s.workers)
	bufs, offers := make([][]float64, w), make([][]offer, w)
	inBlocks(w, s.n, rowsABlock, func(worker, block, from, to int) {
		if bufs[worker] == nil {
			bufs[worker], offers[worker] = make([]float64, s.m), make([]offer, 0, 4*k)
		}
		found := &s.blocks[block]
		*found = pool{found.source[:0], found.target[:0], found.cost[:0]}
		if ctx.Err() != nil {
			return
		}
		for i := from; i < to; i++ {
			row := s.rows(i, bufs[worker])
			offers[worker] = s.offers(offers[worker], row, s.tree.price[i], k, limit)
			for _, o := range offers[worker] {
				found.add(int32(i), int32(s.n)+o.target, row[o.target])
			}
		}
	})
	before := len(s.pool.cost)
	for b := range s.blocks {
		s.pool.source = append(s.pool.source, s.blocks[b].source...)
		s.pool.target = append(s.pool.target, s.blocks[b].target...)
		s.pool.cost = append(s.pool.cost, s.blocks[b].cost...)
	}
	return len(s.pool.cost) - before
}

func (p *pool) add(source, target int32, cost float64) {
	p.source = append(p.source, source)
	p.target = append(p.target, target)
	p.cost = append(p.cost, cost)
}

// offers returns in buf up to k arcs of one row with the smallest reduced
// costs below limit, in no order.
func (s *simplex) offers(buf []offer, row []float64, price float64, k int, limit float64) []offer {
	buf = buf[:0]
	prices := s.tree.price[s.n : s.n+s.m]
	row = row[:len(prices)]
	bound := limit + price
	for j, p := range prices {
		if r := row[j] + p; r < bound {
			buf = append(buf, offer{r, int32(j)})
			if len(buf) >= 4*k {
				bound = smallest(buf, k)
				buf = buf[:k]
			}
		}
	}
	if len(buf) > k {
		smallest(buf, k)
		buf = buf[:k]
	}
	return buf
}

// smallest brings the k offers of smallest reduced cost to the front
// (quickselect) and returns the largest of them.
func smallest(buf []offer, k int) float64 {
	lo, hi := 0, len(buf)-1
	for lo < hi {
		pivot := buf[(lo+hi)/2].reduced
		i, j := lo, hi
		for i <= j {
			for buf[i].reduced < pivot {
				i++
			}
			for buf[j].reduced > pivot {
				j--
			}
			if i <= j {
				buf[i], buf[j] = buf[j], buf[i]
				i++
				j--
			}
		}
		if k-1 <= j {
			hi = j
		} else if k-1 >= i {
			lo = i
		} else {
			break
		}
	}
	largest := buf[0].reduced
	for _, o := range buf[1:k] {
		largest = max(largest, o.reduced)
	}
	return largest
}
