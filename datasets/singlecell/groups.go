package singlecell

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// Pseudobulk sums the expression of each group of cells (rows of x, in any
// order, also in several groups) and divides by their number: two matrices of
// groups × genes. A group without cells is an error.
func Pseudobulk(x mat.Matrix, groups [][]int) (sums, means *mat.Dense, err error) {
	n, cols := x.Dims()
	if len(groups) == 0 || cols == 0 {
		return nil, nil, fmt.Errorf("singlecell: pseudobulk of %d groups and %d genes: there must be some of both", len(groups), cols)
	}
	sums, means = mat.NewDense(len(groups), cols, nil), mat.NewDense(len(groups), cols, nil)
	for g, rows := range groups {
		if len(rows) == 0 {
			return nil, nil, fmt.Errorf("singlecell: group %d of %d has no cells", g+1, len(groups))
		}
		sum := sums.RawRowView(g)
		for _, i := range rows {
			if i < 0 || i >= n {
				return nil, nil, fmt.Errorf("singlecell: cell %d in a matrix of %d", i, n)
			}
			eachEntry(x, i, func(j int, v float64) { sum[j] += v })
		}
		mean := means.RawRowView(g)
		for j, v := range sum {
			mean[j] = v / float64(len(rows))
		}
	}
	return sums, means, nil
}

// DefaultMarkers is how many marker genes stand for a condition in the
// experiments of Bunne, Krause and Cuturi 2022.
const DefaultMarkers = 50

// ConditionMarkers are the marker genes of every training condition of a task
// of log-expression: those, as numbers of features, in which its target differs
// most from its source by [RankGenes], n of them (DefaultMarkers if 0), most
// affected first. The task is one that [datasets.Task.ValidateEither] takes.
func ConditionMarkers(t *datasets.Task, n int) ([][]int, error) {
	if err := t.ValidateEither(); err != nil {
		return nil, err
	}
	if n == 0 {
		n = DefaultMarkers
	}
	out := make([][]int, len(t.Train))
	for k, p := range t.Train {
		var both mat.Matrix
		var err error
		if p.SparseTarget != nil {
			both, err = sparse.Stack(p.SparseTarget, p.SparseSource)
		} else {
			dense := new(mat.Dense)
			dense.Stack(p.Target, p.Source)
			both = dense
		}
		var ranks []GeneRank
		if err == nil {
			rows := allRows(both)
			_, targets := p.Sizes()
			ranks, err = RankGenes(both, rows[:targets], rows[targets:])
		}
		if err != nil {
			return nil, fmt.Errorf("condition %s: %w", t.Schema.Key(p.Condition), err)
		}
		out[k] = MarkerGenes(ranks, n)
	}
	return out, nil
}

// SharedGenes are the genes that all lists have, in the order of the first, and
// how many of each list the others lack. It is an error if a name stands twice
// in a list, or if no gene is shared.
func SharedGenes(lists ...[]string) (shared []string, lacking []int, err error) {
	if len(lists) == 0 {
		return nil, nil, fmt.Errorf("singlecell: no lists of genes to share")
	}
	in := map[string]int{}
	for k, list := range lists {
		seen := make(map[string]bool, len(list))
		for j, name := range list {
			if seen[name] {
				return nil, nil, fmt.Errorf("singlecell: gene %s stands twice in list %d, again as number %d", name, k+1, j+1)
			}
			seen[name] = true
			in[name]++
		}
	}
	for _, name := range lists[0] {
		if in[name] == len(lists) {
			shared = append(shared, name)
		}
	}
	for _, list := range lists {
		lacking = append(lacking, len(list)-len(shared))
	}
	if len(shared) == 0 {
		return nil, lacking, fmt.Errorf("singlecell: no gene is in all %d lists, which begin with %s: are some of them identifiers and others symbols?", len(lists), starts(lists))
	}
	return shared, lacking, nil
}

// starts are the first names of lists.
func starts(lists [][]string) string {
	var texts []string
	for _, list := range lists {
		texts = append(texts, strings.Join(slices.Clone(list[:min(2, len(list))]), ", "))
	}
	return strings.Join(texts, " | ")
}
