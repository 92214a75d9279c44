package singlecell

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// RankGenesWilcoxon compares groups of cells as [RankGenes] does, by ranks: the
// score is the normal approximation of the rank sum test of Wilcoxon, Mann and
// Whitney, without a correction for continuity; ties share their mean rank, and
// with ties the variance is corrected for them. That is scanpy's
// rank_genes_groups with method wilcoxon and tie_correct=ties. A gene that is
// the same in all cells has score 0 with ties corrected.
func RankGenesWilcoxon(x mat.Matrix, group, reference []int, ties bool) ([]GeneRank, error) {
	if err := checkGroups(x, group, reference); err != nil {
		return nil, err
	}
	mean, _ := moments(x, group, nil)
	meanOther, _ := moments(x, reference, nil)
	columns := byGene(x, group, reference)
	out := make([]GeneRank, len(mean))
	eachPart(len(out), func(_, from, to int) {
		for j := from; j < to; j++ {
			z := rankScore(columns.of(j), len(group), len(reference), ties)
			out[j] = GeneRank{Gene: j, Score: z, PValue: math.Erfc(math.Abs(z) / math.Sqrt2), LogFoldChange: logFold(mean[j], meanOther[j])}
		}
	})
	return out, nil
}

// cellValue is an entry that is not 0, and whose it is.
type cellValue struct {
	value   float64
	inGroup bool
}

// byColumn are the entries of two groups of cells that are not 0, gene by gene.
type byColumn struct {
	starts []int
	values []cellValue
}

func (g byColumn) of(j int) []cellValue { return g.values[g.starts[j]:g.starts[j+1]] }

// byGene collects the entries of the rows of two groups.
func byGene(x mat.Matrix, group, reference []int) byColumn {
	_, cols := x.Dims()
	g := byColumn{starts: make([]int, cols+1)}
	each := func(f func(j int, v cellValue)) {
		for k, rows := range [][]int{group, reference} {
			for _, i := range rows {
				eachEntry(x, i, func(j int, v float64) {
					if v != 0 {
						f(j, cellValue{v, k == 0})
					}
				})
			}
		}
	}
	each(func(j int, _ cellValue) { g.starts[j+1]++ })
	for j := range cols {
		g.starts[j+1] += g.starts[j]
	}
	g.values = make([]cellValue, g.starts[cols])
	next := slices.Clone(g.starts)
	each(func(j int, v cellValue) {
		g.values[next[j]] = v
		next[j]++
	})
	return g
}

// rankScore is the z of the rank sum of a group of n cells among n+m, of which
// values are those above 0. It sorts them.
func rankScore(values []cellValue, n, m int, ties bool) float64 {
	slices.SortFunc(values, func(a, b cellValue) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	inGroup := 0
	for _, v := range values {
		if v.inGroup {
			inGroup++
		}
	}
	size := float64(n + m)
	zeros := n + m - len(values)
	sum := float64(n-inGroup) * float64(zeros+1) / 2
	tied := cubes(zeros)
	for from := 0; from < len(values); {
		to, members := from, 0
		for ; to < len(values) && values[to].value == values[from].value; to++ {
			if values[to].inGroup {
				members++
			}
		}
		sum += float64(members) * (float64(zeros) + float64(from+to+1)/2)
		tied += cubes(to - from)
		from = to
	}
	correction := 1.0
	if ties {
		correction = 1 - tied/cubes(n+m)
	}
	z := (sum - float64(n)*(size+1)/2) / math.Sqrt(correction*float64(n)*float64(m)*(size+1)/12)
	if math.IsNaN(z) {
		return 0
	}
	return z
}

// cubes is t³ − t, what a tie of t values takes from the variance of ranks.
func cubes(t int) float64 { return float64(t)*float64(t)*float64(t) - float64(t) }
