package sensitivity

import (
	"fmt"
	"slices"
)

// Partition cuts runs into cells by the values of one input.
type Partition struct {
	// Cells are the rows of each cell, ascending.
	Cells [][]int
	// Place of each cell: the mean value of the input in it, or of labels their number, from 0 on.
	Place []float64
	// Rank is the middle of the cell on the scale of ranks, from 0 to 1.
	Rank []float64
	// Labels of the cells of a categorical input, in alphabetical order; nil of a number.
	Labels []string

	levels int // different values of a number
}

// NewPartition cuts the runs of a number into cells of almost equally many by its ranks, ties in the order of
// the runs: with n known values cell m holds the ranks ⌊1+(m−1)n/cells⌋ to ⌊1+mn/cells⌋−1. A categorical input has
// a cell for each of its labels, whatever cells is. Runs whose value is not known are in no cell.
func NewPartition(in Input, cells int) (*Partition, error) {
	if in.Categorical() {
		return byLabels(in)
	}
	rows := ascending(in.Values)
	n := len(rows)
	if cells < 1 || cells > n {
		return nil, fmt.Errorf("sensitivity: %d cells for the %d runs where input %s is known: want one cell at least and a run for each", cells, n, in.Name)
	}
	p := &Partition{Cells: make([][]int, cells), Place: make([]float64, cells), Rank: make([]float64, cells)}
	sorted := make([][]int, cells)
	for m := range cells {
		from, to := m*n/cells, (m+1)*n/cells
		sorted[m] = rows[from:to]
		for _, i := range sorted[m] {
			p.Place[m] += in.Values[i] / float64(to-from)
		}
		p.Rank[m] = float64(from+to) / 2 / float64(n)
		p.Cells[m] = make([]int, 0, to-from)
	}
	for i, m := range owners(len(in.Values), sorted) {
		if m >= 0 {
			p.Cells[m] = append(p.Cells[m], i)
		}
	}
	p.levels = 1
	for k, i := range rows[1:] {
		if in.Values[i] != in.Values[rows[k]] {
			p.levels++
		}
	}
	return p, nil
}

func byLabels(in Input) (*Partition, error) {
	cells := map[string][]int{}
	known := 0
	for i, l := range in.Labels {
		if l != "" {
			cells[l] = append(cells[l], i)
			known++
		}
	}
	if known == 0 {
		return nil, fmt.Errorf("sensitivity: input %s is known in no run", in.Name)
	}
	p := &Partition{}
	for l := range cells {
		p.Labels = append(p.Labels, l)
	}
	slices.Sort(p.Labels)
	before := 0
	for m, l := range p.Labels {
		p.Cells, p.Place = append(p.Cells, cells[l]), append(p.Place, float64(m))
		p.Rank = append(p.Rank, (float64(before)+float64(len(cells[l]))/2)/float64(known))
		before += len(cells[l])
	}
	return p, nil
}

// sizes are the numbers of runs of the cells.
func sizes(cells [][]int) (list []int) {
	for _, c := range cells {
		list = append(list, len(c))
	}
	return list
}

// constant says whether the input has one value.
func (in Input) constant() bool {
	first := -1
	for i := range max(len(in.Values), len(in.Labels)) {
		switch {
		case !in.known(i):
		case first < 0:
			first = i
		case in.Categorical() && in.Labels[i] != in.Labels[first], !in.Categorical() && in.Values[i] != in.Values[first]:
			return false
		}
	}
	return true
}

// remarks on how an input is cut.
func (p *Partition) remarks(in Input) (list []string) {
	single := 0
	for _, c := range p.Cells {
		if len(c) == 1 {
			single++
		}
	}
	if single > 0 {
		list = append(list, fmt.Sprintf("input %s: %d of %d cells have one run only, which says nothing of how outputs spread there: take fewer cells", in.Name, single, len(p.Cells)))
	}
	if !in.Categorical() && p.levels < len(p.Cells) {
		list = append(list, fmt.Sprintf("input %s has %d values for %d cells, so that cells cut through equal ones: make it categorical", in.Name, p.levels, len(p.Cells)))
	}
	return list
}
