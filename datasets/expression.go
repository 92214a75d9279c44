package datasets

import (
	"cmp"
	"slices"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// denseRows is some rows of sparse expression with their zeros.
func denseRows(x *sparse.CSR, rows []int) *mat.Dense {
	_, cols := x.Dims()
	dense := mat.NewDense(len(rows), cols, nil)
	for k, i := range rows {
		to := dense.RawRowView(k)
		indices, data := x.Row(i)
		for e, j := range indices {
			to[j] = float64(data[e])
		}
	}
	return dense
}

// SparseCloud copies some rows of a sparse table as a cloud, with their
// weights (nil for equal ones). Rows are numbers from 0 to Len()−1.
func (t *Table) SparseCloud(rows []int) (*sparse.CSR, []float64, error) {
	cloud, err := t.Sparse.SelectRows(rows)
	return cloud, chosenOf(t.Weights, rows), err
}

// Dense returns the table with its numbers in X, a copy where they are sparse.
func (t *Table) Dense() *Table {
	if t.Sparse == nil {
		return t
	}
	d := *t
	d.X, d.Sparse = t.Sparse.Dense(), nil
	return &d
}

// movedColumns is x with column from[j] at j.
func movedColumns(x *sparse.CSR, from []int) (*sparse.CSR, error) {
	rows, cols := x.Dims()
	at := make([]int32, cols) // where a column goes, and one more; 0: nowhere
	for j, source := range from {
		at[source] = int32(j + 1)
	}
	starts := make([]int, 1, rows+1)
	var indices []int32
	var data []float32
	for i := range rows {
		columns, values := x.Row(i)
		for k, j := range columns {
			if at[j] > 0 {
				indices, data = append(indices, at[j]-1), append(data, values[k])
			}
		}
		sortEntries(indices[starts[i]:], data[starts[i]:])
		starts = append(starts, len(data))
	}
	return sparse.New(rows, len(from), starts, indices, data)
}

// sortEntries puts the entries of a row in the order of their columns.
func sortEntries(indices []int32, data []float32) {
	if slices.IsSorted(indices) {
		return
	}
	type entry struct {
		column int32
		value  float32
	}
	entries := make([]entry, len(indices))
	for k, j := range indices {
		entries[k] = entry{j, data[k]}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.column, b.column) })
	for k, e := range entries {
		indices[k], data[k] = e.column, e.value
	}
}

// varying marks the columns that are not the same in all rows of x, among
// those that first says the values of.
func varying(x *sparse.CSR, first []float64, varies []bool) {
	rows, cols := x.Dims()
	stored := make([]int, cols)
	for i := range rows {
		indices, data := x.Row(i)
		for k, j := range indices {
			stored[j]++
			varies[j] = varies[j] || float64(data[k]) != first[j]
		}
	}
	for j, n := range stored {
		varies[j] = varies[j] || n < rows && first[j] != 0
	}
}

// Sizes are the numbers of source and target points.
func (p *Pair) Sizes() (source, target int) {
	rows := func(dense *mat.Dense, s *sparse.CSR) int {
		switch {
		case s != nil:
			n, _ := s.Dims()
			return n
		case dense != nil:
			n, _ := dense.Dims()
			return n
		}
		return 0
	}
	return rows(p.Source, p.SparseSource), rows(p.Target, p.SparseTarget)
}

// Sparse tells whether training clouds of the task are sparse.
func (t *Task) Sparse() bool {
	return slices.ContainsFunc(t.Train, func(p Pair) bool { return p.SparseSource != nil || p.SparseTarget != nil })
}

// Dense returns the task with copies of its sparse clouds that hold their
// zeros: n·d·8 bytes each. Pairs that shared a cloud still do.
func (t *Task) Dense() *Task {
	d := *t
	all := DensePairs(slices.Concat(t.Train, t.HeldOut, t.Test)) // at once: held-out pairs share sources with training pairs
	train, held := len(t.Train), len(t.Train)+len(t.HeldOut)
	d.Train, d.HeldOut, d.Test = slices.Clip(all[:train]), slices.Clip(all[train:held]), all[held:]
	return &d
}

// DensePairs are pairs with copies of their sparse clouds that hold their zeros.
func DensePairs(pairs []Pair) []Pair {
	made := map[*sparse.CSR]*mat.Dense{}
	dense := func(to **mat.Dense, from **sparse.CSR) {
		if *from == nil {
			return
		}
		if made[*from] == nil {
			made[*from] = (*from).Dense()
		}
		*to, *from = made[*from], nil
	}
	copied := slices.Clone(pairs)
	for i := range copied {
		dense(&copied[i].Source, &copied[i].SparseSource)
		dense(&copied[i].Target, &copied[i].SparseTarget)
	}
	return copied
}
