package projection

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
)

// gramEntries is about how many entries a block of rows has: what stays in a
// core's cache while the rows of the product pass by.
const gramEntries = 1 << 17

// genesAtOnce are what a worker takes at a time.
const genesAtOnce = 16

// sparseCovariance sums over the pairs of entries of each row about the origin
// and moves the sum to the mean. It goes over blocks of rows and, in each, over
// the rows of the product, several at once; each sum has the order of x's rows.
func (r rows) sparseCovariance(mean []float64) *mat.SymDense {
	c := mat.NewSymDense(r.d, nil)
	var b gramBlock
	for from := 0; from < r.n; {
		from = b.fill(r, from)
		b.addTo(c)
	}
	raw := c.RawSymmetric()
	n := float64(r.n)
	for i := range r.d {
		row := raw.Data[i*raw.Stride : i*raw.Stride+r.d]
		for j := i; j < r.d; j++ {
			row[j] = (row[j] - n*mean[i]*mean[j]) / (n - 1)
		}
	}
	return c
}

// gramBlock is a block of rows with the places of each column's entries.
type gramBlock struct {
	columns []int32
	values  []float64
	starts  []int32 // of each column in tails, one more than columns
	tails   []tail
	row     entries
}

// tail is an entry and all behind it in its row.
type tail struct{ from, to int32 }

// fill takes rows from the one given on, and returns the first that is left.
func (b *gramBlock) fill(r rows, from int) (next int) {
	b.columns, b.values = b.columns[:0], b.values[:0]
	if b.starts == nil {
		b.starts = make([]int32, r.d+1)
	}
	clear(b.starts)
	var ends []int32
	next = from
	for ; next < r.n && (len(b.columns) < gramEntries || next == from); next++ {
		r.read(next, &b.row)
		b.sort()
		b.columns, b.values = append(b.columns, b.row.columns...), append(b.values, b.row.values...)
		ends = append(ends, int32(len(b.columns)))
	}
	for _, j := range b.columns {
		b.starts[j+1]++
	}
	for j := range r.d {
		b.starts[j+1] += b.starts[j]
	}
	b.tails = slices.Grow(b.tails[:0], len(b.columns))[:len(b.columns)]
	at := slices.Clone(b.starts)
	k := int32(0)
	for _, end := range ends {
		for ; k < end; k++ {
			j := b.columns[k]
			b.tails[at[j]] = tail{k, end}
			at[j]++
		}
	}
	return next
}

// sort puts the entries of the row that was read in the order of their columns.
func (b *gramBlock) sort() {
	if slices.IsSorted(b.row.columns) {
		return
	}
	order := make([]int, len(b.row.columns))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(p, q int) int { return int(b.row.columns[p] - b.row.columns[q]) })
	var sorted entries
	for _, k := range order {
		sorted.columns, sorted.values = append(sorted.columns, b.row.columns[k]), append(sorted.values, b.row.values[k])
	}
	b.row = sorted
}

// addTo adds the products of the block's entries to the upper triangle of c.
func (b *gramBlock) addTo(c *mat.SymDense) {
	raw := c.RawSymmetric()
	var next atomic.Int32
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for first := int(next.Add(genesAtOnce)) - genesAtOnce; first < raw.N; first = int(next.Add(genesAtOnce)) - genesAtOnce {
				for j := first; j < min(first+genesAtOnce, raw.N); j++ {
					b.addRow(raw.Data[j*raw.Stride:j*raw.Stride+raw.N], b.tails[b.starts[j]:b.starts[j+1]])
				}
			}
		})
	}
	all.Wait()
}

// addRow adds the products of a column's entries with those behind them.
func (b *gramBlock) addRow(sum []float64, tails []tail) {
	for _, t := range tails {
		columns := b.columns[t.from:t.to]
		values := b.values[t.from:t.to]
		values = values[:len(columns)]
		v := values[0]
		for k, l := range columns {
			sum[l] += v * values[k]
		}
	}
}
