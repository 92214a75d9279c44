package singlecell

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
)

// GeneRank is how much a gene's log-expression differs between two groups of cells.
type GeneRank struct {
	// Gene is the column.
	Gene int
	// Score says how clearly: the t statistic of [RankGenes], the z of
	// [RankGenesWilcoxon]; positive where the group has more.
	Score float64
	// PValue is two-sided and not adjusted for the number of genes.
	PValue float64
	// LogFoldChange is log₂ of the ratio of expm1 of the two means.
	LogFoldChange float64
}

// RankGenes compares the cells of group with those of reference (rows of the
// log-expression matrix x) gene by gene, in the order of columns: scanpy's
// rank_genes_groups with method t-test_overestim_var. The score is Welch's t
// statistic with the reference taken to be as small as the group, which
// overestimates the variance of its mean. Where both variances are 0 it is 0 with equal
// means, else infinite with the sign of their difference and a p value of 0.
func RankGenes(x mat.Matrix, group, reference []int) ([]GeneRank, error) {
	if err := checkGroups(x, group, reference); err != nil {
		return nil, err
	}
	mean, variance := moments(x, group, nil)
	meanOther, varianceOther := moments(x, reference, nil)
	size := float64(len(group))
	out := make([]GeneRank, len(mean))
	for j := range out {
		t, p := welch(mean[j]-meanOther[j], variance[j]/size, varianceOther[j]/size, size)
		out[j] = GeneRank{Gene: j, Score: t, PValue: p, LogFoldChange: logFold(mean[j], meanOther[j])}
	}
	return out, nil
}

// checkGroups reports expression or groups of cells that cannot be compared.
func checkGroups(x mat.Matrix, group, reference []int) error {
	if err := CheckLogged(x); err != nil {
		return err
	}
	n, _ := x.Dims()
	for _, rows := range [][]int{group, reference} {
		if len(rows) < 2 {
			return fmt.Errorf("singlecell: genes are ranked between groups of at least 2 cells, not %d", len(rows))
		}
		if low, high := slices.Min(rows), slices.Max(rows); low < 0 || high >= n {
			return fmt.Errorf("singlecell: cells %d to %d in a matrix of %d", low, high, n)
		}
	}
	return nil
}

// logFold is log₂ of the ratio of expression before the logarithm, of two means.
func logFold(mean, other float64) float64 {
	const small = 1e-9 // keeps genes without expression finite
	return math.Log2((math.Expm1(mean) + small) / (math.Expm1(other) + small))
}

// welch is the t statistic of a difference of two means with variances u and v,
// each of a sample of n, and its two-sided p value.
func welch(difference, u, v, n float64) (t, p float64) {
	t = difference / math.Sqrt(u+v)
	if math.IsNaN(t) {
		return 0, 1
	}
	if math.IsInf(t, 0) {
		return t, 0
	}
	freedom := (u + v) * (u + v) / ((u*u + v*v) / (n - 1))
	return t, mathext.RegIncBeta(freedom/2, 0.5, freedom/(freedom+t*t))
}

// MarkerGenes are the n genes most affected in either direction: those of the
// largest absolute score (scanpy's rankby_abs), most affected first. Ties go to
// the lower column.
func MarkerGenes(ranks []GeneRank, n int) []int {
	sorted := slices.Clone(ranks)
	slices.SortStableFunc(sorted, func(a, b GeneRank) int {
		switch u, v := math.Abs(a.Score), math.Abs(b.Score); {
		case u > v:
			return -1
		case u < v:
			return 1
		}
		return a.Gene - b.Gene
	})
	out := make([]int, min(max(n, 0), len(sorted)))
	for i := range out {
		out[i] = sorted[i].Gene
	}
	return out
}
