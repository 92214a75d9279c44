package singlecell

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Limits of counts and of how many cells or genes are expressed, 0 for none.
// A cell or gene at a limit is kept, as by scanpy's filter_cells and filter_genes.
type Limits struct {
	// MinCounts and MaxCounts bound the sum of counts.
	MinCounts, MaxCounts float64
	// MinExpressed and MaxExpressed bound the number of entries above 0: genes
	// of a cell (scanpy's min_genes), cells of a gene (min_cells).
	MinExpressed, MaxExpressed int
}

// Dropped counts what a filter left out, by the first reason that held.
type Dropped struct {
	Reason string
	Count  int
}

// FilterCells returns the rows of the cells within the limits, and how many are
// not, by reason. It is an error if none is left.
func FilterCells(counts mat.Matrix, l Limits) (rows []int, dropped []Dropped, err error) {
	totals, err := Totals(counts)
	if err != nil {
		return nil, nil, err
	}
	expressed := make([]int, len(totals))
	eachPart(len(totals), func(_, from, to int) {
		for i := from; i < to; i++ {
			eachEntry(counts, i, func(_ int, v float64) {
				if v > 0 {
					expressed[i]++
				}
			})
		}
	})
	return l.filter("cells", "genes", totals, expressed)
}

// FilterGenes returns the columns of the genes within the limits, and how many
// are not, by reason. It is an error if none is left.
func FilterGenes(counts mat.Matrix, l Limits) (columns []int, dropped []Dropped, err error) {
	if _, err := Totals(counts); err != nil {
		return nil, nil, err
	}
	rows, cols := counts.Dims()
	totals, expressed := make([]float64, cols), make([]int, cols)
	for i := range rows {
		eachEntry(counts, i, func(j int, v float64) {
			totals[j] += v
			if v > 0 {
				expressed[j]++
			}
		})
	}
	return l.filter("genes", "cells", totals, expressed)
}

// filter keeps the numbers of what is within the limits.
func (l Limits) filter(what, of string, totals []float64, expressed []int) (kept []int, dropped []Dropped, err error) {
	if err := l.validate(); err != nil {
		return nil, nil, err
	}
	reasons := []struct {
		text string
		out  func(i int) bool
	}{
		{fmt.Sprintf("%s of fewer than %g counts", what, l.MinCounts), func(i int) bool { return totals[i] < l.MinCounts }},
		{fmt.Sprintf("%s of more than %g counts", what, l.MaxCounts), func(i int) bool { return l.MaxCounts > 0 && totals[i] > l.MaxCounts }},
		{fmt.Sprintf("%s with fewer than %d %s", what, l.MinExpressed, of), func(i int) bool { return expressed[i] < l.MinExpressed }},
		{fmt.Sprintf("%s with more than %d %s", what, l.MaxExpressed, of), func(i int) bool { return l.MaxExpressed > 0 && expressed[i] > l.MaxExpressed }},
	}
	counts := make([]int, len(reasons))
next:
	for i := range totals {
		for k, r := range reasons {
			if r.out(i) {
				counts[k]++
				continue next
			}
		}
		kept = append(kept, i)
	}
	for k, n := range counts {
		if n > 0 {
			dropped = append(dropped, Dropped{reasons[k].text, n})
		}
	}
	if len(kept) == 0 {
		return nil, dropped, fmt.Errorf("singlecell: none of %d %s is within the limits: %v", len(totals), what, dropped)
	}
	return kept, dropped, nil
}

func (l Limits) validate() error {
	for _, v := range []float64{l.MinCounts, l.MaxCounts, float64(l.MinExpressed), float64(l.MaxExpressed)} {
		if !(v >= 0) || math.IsInf(v, 1) {
			return fmt.Errorf("singlecell: a limit of %g: limits are finite and not negative", v)
		}
	}
	if l.MaxCounts > 0 && l.MaxCounts < l.MinCounts || l.MaxExpressed > 0 && l.MaxExpressed < l.MinExpressed {
		return fmt.Errorf("singlecell: limits from %g to %g counts and from %d to %d expressed leave nothing", l.MinCounts, l.MaxCounts, l.MinExpressed, l.MaxExpressed)
	}
	return nil
}
