package singlecell

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/internal/vec"
	"gonum.org/v1/gonum/mat"
)

// Flavor is a way to compare the dispersion of genes of similar mean.
type Flavor string

const (
	// Seurat takes mean and variance of the expression before the logarithm, the
	// logarithm of their ratio, and standardises it by mean and standard deviation
	// within bins of equal width of the log1p mean (Satija et al. 2015).
	Seurat Flavor = "seurat"
	// CellRanger takes mean and variance of the log-expression itself, and
	// standardises their ratio by median and median absolute deviation within
	// bins between percentiles of the mean (Zheng et al. 2017).
	CellRanger Flavor = "cell_ranger"
	// SeuratV3 takes raw counts, clips them at √n standard deviations above the
	// mean and compares their variance with the one that local regression of
	// the logarithm of variance on that of the mean expects (Stuart et al. 2019).
	// It needs Top.
	SeuratV3 Flavor = "seurat_v3"
)

// VariableOptions of [HighlyVariable]. The zero value is Seurat's flavour with
// the cut-offs named below.
type VariableOptions struct {
	Flavor Flavor // Seurat if empty
	// Top asks for the genes of largest normalised dispersion; the cut-offs are
	// then not used. More are flagged where dispersions are equal, except with
	// SeuratV3, which takes the lower columns.
	Top int
	// MinMean (0.0125 if 0) and MaxMean (3) of the mean and MinDispersion (0.5) of
	// the normalised dispersion bound the genes flagged, exclusively.
	MinMean, MaxMean, MinDispersion float64
}

// Variability is what [HighlyVariable] finds for a gene.
type Variability struct {
	// Mean and Dispersion (variance over mean); with Seurat's flavour log1p of the
	// mean and the logarithm of the dispersion, which is NaN for a constant gene.
	// With SeuratV3 the mean and the variance of counts.
	Mean, Dispersion float64
	// Normalized is the dispersion relative to genes of similar mean; NaN where
	// there is none. With SeuratV3 the variance of clipped standardised counts.
	Normalized float64
	// HighlyVariable flags the gene.
	HighlyVariable bool
}

// HighlyVariable compares the genes of a log-expression matrix (log1p of
// normalised counts; raw counts for SeuratV3), as scanpy's
// highly_variable_genes does: the result has one entry a column of x. Counts
// where logarithms are expected, and the reverse, are an error.
func HighlyVariable(x mat.Matrix, o VariableOptions) ([]Variability, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if o.Flavor == SeuratV3 {
		return seuratV3(x, o.Top)
	}
	if err := CheckLogged(x); err != nil {
		return nil, err
	}
	genes := dispersions(x, o.Flavor)
	if o.Flavor == Seurat {
		normalizeSeurat(genes)
	} else {
		normalizeCellRanger(genes)
	}
	if o.Top > 0 {
		flagTop(genes, o.Top)
		return genes, nil
	}
	for j, g := range genes {
		d := g.Normalized
		if math.IsNaN(d) {
			d = 0
		}
		genes[j].HighlyVariable = g.Mean > o.MinMean && g.Mean < o.MaxMean && d > o.MinDispersion
	}
	return genes, nil
}

func (o *VariableOptions) complete() error {
	fill := func(v *float64, or float64) {
		if *v == 0 {
			*v = or
		}
	}
	fill(&o.MinMean, 0.0125)
	fill(&o.MaxMean, 3)
	fill(&o.MinDispersion, 0.5)
	if o.Flavor == "" {
		o.Flavor = Seurat
	}
	if o.Flavor != Seurat && o.Flavor != CellRanger && o.Flavor != SeuratV3 {
		return fmt.Errorf("singlecell: flavour %q: it is %s, %s or %s", o.Flavor, Seurat, CellRanger, SeuratV3)
	}
	if o.Flavor == SeuratV3 && o.Top == 0 {
		return fmt.Errorf("singlecell: flavour %s has no cut-offs: say how many genes are wanted, such as 2000", SeuratV3)
	}
	if o.Top < 0 {
		return fmt.Errorf("singlecell: %d highly variable genes asked", o.Top)
	}
	return nil
}

// dispersions are the means and unnormalised dispersions of the genes.
func dispersions(x mat.Matrix, flavor Flavor) []Variability {
	var before transform
	if flavor == Seurat {
		_, single := x.(*sparse.CSR)
		before = func(dst, src []float64) { expm1(dst, src, single) }
	}
	mean, variance := moments(x, allRows(x), before)
	genes := make([]Variability, len(mean))
	for j := range genes {
		m := mean[j]
		if m == 0 {
			m = 1e-12
		}
		genes[j] = Variability{Mean: m, Dispersion: variance[j] / m}
		if flavor != Seurat {
			continue
		}
		genes[j].Mean = math.Log1p(m)
		if genes[j].Dispersion == 0 {
			genes[j].Dispersion = math.NaN()
		}
		genes[j].Dispersion = math.Log(genes[j].Dispersion)
	}
	return genes
}

// nearZero is where exp(v) − 1 starts to lose digits.
const nearZero = 0.01

// expm1 sets dst to exp(src) − 1, rounded to float32 if single.
func expm1(dst, src []float64, single bool) {
	vec.Exp(dst, src)
	for k, v := range src {
		if math.Abs(v) < nearZero {
			dst[k] = math.Expm1(v)
		} else {
			dst[k]--
		}
	}
	if single {
		for k, v := range dst {
			dst[k] = float64(float32(v))
		}
	}
}

// flagTop flags the genes whose normalised dispersion is at least the n-th largest.
func flagTop(genes []Variability, n int) {
	var sorted []float64
	for _, g := range genes {
		if !math.IsNaN(g.Normalized) {
			sorted = append(sorted, g.Normalized)
		}
	}
	if len(sorted) == 0 {
		return
	}
	slices.Sort(sorted)
	cut := sorted[max(0, len(sorted)-n)]
	for j, g := range genes {
		genes[j].HighlyVariable = g.Normalized >= cut
	}
}

// Flagged are the numbers of the genes flagged, in order.
func Flagged(genes []Variability) []int {
	var out []int
	for j, g := range genes {
		if g.HighlyVariable {
			out = append(out, j)
		}
	}
	return out
}
