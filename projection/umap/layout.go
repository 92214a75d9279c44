package umap

import (
	"context"
	"math/bits"
)

// negatives is how many points, drawn at random, push for each neighbour that pulls.
const negatives = 5

// strongest is the largest part of a step that one gradient can have, in each coordinate.
const strongest = 4

// layout moves points by the forces of their neighbours and of points drawn at random: stochastic gradient descent
// on the cross entropy between the graph and the plane (algorithm 5 of the paper). An edge is drawn in as
// large a share of the epochs as its weight, at most 1, says.
type layout struct {
	graph   graph
	force   *force
	others  []float32 // that the edges lead to and that stay where they are; nil: the edges lead to the points themselves
	seed    uint64
	epochs  int
	rate    float32 // of the first epoch; falls linearly to zero
	workers int

	credit []float32 // of each edge: it is drawn when this reaches 1
}

// run moves the points from y on and returns where they end. Within an epoch all move at once: each takes its own steps
// one after the other, and sees the others where the last epoch left them. So neither the number of
// workers nor their pace changes a bit.
func (l *layout) run(ctx context.Context, y []float32) ([]float32, error) {
	n := l.graph.size()
	l.credit = make([]float32, len(l.graph.weights))
	next := make([]float32, 2*n)
	for epoch := range l.epochs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rate := l.rate * (1 - float32(epoch)/float32(l.epochs))
		others := l.others
		if others == nil {
			others = y
		}
		inRanges(l.workers, n, func(from, to int) {
			for i := from; i < to; i++ {
				next[2*i], next[2*i+1] = l.moved(i, y[2*i], y[2*i+1], others, epoch, rate)
			}
		})
		y, next = next, y
	}
	return y, nil
}

// moved is where point i goes from (x, z) in an epoch: first by the edges of its row that are drawn, after each of which points
// drawn at random push; then, where the others move too, by the same edges seen from their other ends.
func (l *layout) moved(i int, x, z float32, others []float32, epoch int, rate float32) (float32, float32) {
	at, to := l.graph.starts[i], l.graph.starts[i+1]
	weights, ends, credit := l.graph.weights[at:to], l.graph.ends[at:to], l.credit[at:to]
	draws := newStream(l.seed, epoch, i)
	count, self := uint64(len(others)/2), -1
	if l.others == nil {
		self = i
	}
	for e, w := range weights {
		if credit[e] += w; credit[e] < 1 {
			continue
		}
		credit[e]--
		x, z = step(&l.force.attract, x, z, others, int(ends[e]), rate)
		for range negatives {
			if j := int(draws.below(count)); j != self {
				x, z = step(&l.force.repel, x, z, others, j, rate)
			}
		}
	}
	if l.others != nil {
		return x, z
	}
	for e, w := range weights {
		if credit[e] < w { // it was drawn
			x, z = step(&l.force.attract, x, z, others, int(ends[e]), rate)
		}
	}
	return x, z
}

// step takes a point at (x, z) towards or away from point j.
func step(force *table, x, z float32, others []float32, j int, rate float32) (float32, float32) {
	dx, dz := x-others[2*j], z-others[2*j+1]
	g := force.at(dx*dx + dz*dz)
	return x + rate*clip(g*dx), z + rate*clip(g*dz)
}

func clip(v float32) float32 {
	if v > strongest {
		return strongest
	}
	if v < -strongest {
		return -strongest
	}
	return v
}

// stream is a sequence of random numbers of one point in one epoch: SplitMix64 (Steele, Lea and Flood 2014).
type stream uint64

func newStream(seed uint64, epoch, i int) stream {
	s := stream(seed)
	s = stream(s.next() + uint64(epoch))
	return stream(s.next() + uint64(i))
}

func (s *stream) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number under n.
func (s *stream) below(n uint64) uint64 {
	hi, _ := bits.Mul64(s.next(), n)
	return hi
}
