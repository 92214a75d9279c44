package singlecell

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// seuratV3 compares the variances of raw counts with those that genes of the
// same mean have, and flags the top genes.
func seuratV3(x mat.Matrix, top int) ([]Variability, error) {
	found, err := Detect(x)
	if err != nil {
		return nil, err
	}
	if found != Counts && found != Binary {
		return nil, fmt.Errorf("singlecell: flavour %s takes raw counts, and these are %s: use the layer or raw that has the counts, or another flavour", SeuratV3, found)
	}
	rows := allRows(x)
	mean, variance := moments(x, rows, nil)
	deviation, err := expectedDeviation(mean, variance)
	if err != nil {
		return nil, err
	}
	n := float64(len(rows))
	limit := make([]float64, len(mean))
	for j := range limit {
		limit[j] = mean[j] + deviation[j]*math.Sqrt(n)
	}
	clipped := sumClipped(x, limit)
	genes := make([]Variability, len(mean))
	for j := range genes {
		spread := n*mean[j]*mean[j] + clipped.second[j] - 2*clipped.first[j]*mean[j]
		genes[j] = Variability{Mean: mean[j], Dispersion: variance[j], Normalized: spread / ((n - 1) * deviation[j] * deviation[j])}
	}
	order := make([]int, len(genes))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(genes[b].Normalized, genes[a].Normalized) })
	for _, j := range order[:min(top, len(order))] {
		genes[j].HighlyVariable = true
	}
	return genes, nil
}

// expectedDeviation is the standard deviation that local regression over all
// genes expects at each mean; 1 for genes that do not vary.
func expectedDeviation(mean, variance []float64) ([]float64, error) {
	var x, y []float64
	for j, v := range variance {
		if v > 0 {
			x, y = append(x, math.Log10(mean[j])), append(y, math.Log10(v))
		}
	}
	fitted, err := loess(x, y)
	if err != nil {
		return nil, err
	}
	deviation := make([]float64, len(mean))
	at := 0
	for j, v := range variance {
		deviation[j] = 1
		if v > 0 {
			deviation[j] = math.Sqrt(math.Pow(10, fitted[at]))
			at++
		}
	}
	return deviation, nil
}

// sumClipped sums the entries of every column and their squares, none larger
// than its column's limit.
func sumClipped(x mat.Matrix, limit []float64) sums {
	byPart := make([]sums, parts)
	n, _ := x.Dims()
	eachPart(n, func(part, from, to int) {
		s := sums{first: make([]float64, len(limit)), second: make([]float64, len(limit))}
		var e entries
		for i := from; i < to; i++ {
			columns, values := e.read(x, i, nil)
			for k, j := range columns {
				v := min(values[k], limit[j])
				s.first[j] += v
				s.second[j] += v * v
			}
		}
		byPart[part] = s
	})
	total := byPart[0]
	for _, s := range byPart[1:] {
		for j := range limit {
			total.first[j] += s.first[j]
			total.second[j] += s.second[j]
		}
	}
	return total
}
