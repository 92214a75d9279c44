package anndata

import "sort"

// sortRow puts the entries of a row in the order of their columns, where they
// are not: scipy keeps rows in any order.
func sortRow(indices []int32, data []float32) {
	for k := 1; k < len(indices); k++ {
		if indices[k] < indices[k-1] {
			sort.Stable(entries{indices, data})
			return
		}
	}
}

// entries sorts by index.
type entries struct {
	indices []int32
	data    []float32
}

func (e entries) Len() int           { return len(e.indices) }
func (e entries) Less(i, j int) bool { return e.indices[i] < e.indices[j] }
func (e entries) Swap(i, j int) {
	e.indices[i], e.indices[j] = e.indices[j], e.indices[i]
	e.data[i], e.data[j] = e.data[j], e.data[i]
}
