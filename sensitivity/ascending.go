package sensitivity

import (
	"math"
	"sync"
)

// place is a value as a key that sorts, and where it stands.
type place struct {
	key uint64
	at  int
}

// scratch is room that sorts leave for the next.
var scratch = sync.Pool{New: func() any { return new([]place) }}

// ascending are the places of the numbers among values by their size, equal ones (0 and −0 are) in the order that they stand in; NaN
// has no place. The bits of floating-point numbers order like those of integers once the negative ones are turned over, and are
// sorted byte by byte from the lowest, a byte that is the same in all left out.
func ascending(values []float64) []int {
	room := scratch.Get().(*[]place)
	defer scratch.Put(room)
	if cap(*room) < 2*len(values) {
		*room = make([]place, 0, 2*len(values))
	}
	places := (*room)[:0]
	var counts [8][256]int
	for i, v := range values {
		if v != v {
			continue
		}
		key := math.Float64bits(v + 0) // −0 is 0
		if key>>63 == 1 {
			key = ^key
		} else {
			key |= 1 << 63
		}
		places = append(places, place{key, i})
		for b := range counts {
			counts[b][byte(key>>(8*b))]++
		}
	}
	n := len(places)
	from, to := places, places[n:2*n]
	for b := range counts {
		shift := 8 * b
		if n == 0 || counts[b][byte(from[0].key>>shift)] == n {
			continue
		}
		next := 0
		for digit, count := range counts[b] { // from how many to where the next stands
			counts[b][digit], next = next, next+count
		}
		for _, p := range from {
			digit := byte(p.key >> shift)
			to[counts[b][digit]] = p
			counts[b][digit]++
		}
		from, to = to, from
	}
	order := make([]int, n)
	for k, p := range from {
		order[k] = p.at
	}
	return order
}
