package singlecell

import (
	"errors"
	"fmt"

	"github.com/gomonge/gomonge/datasets/sparse"
)

// Preprocessor carries counts to log-expression of highly variable genes with
// what training cells fixed: the target total and the choice of genes.
type Preprocessor struct {
	// Target total count of a cell: the median of the training cells.
	Target float64 `json:"target"`
	// Genes chosen, as columns of the counts, increasing, and their names.
	Genes []int    `json:"genes"`
	Names []string `json:"names"`
	// Columns of the counts.
	Columns int `json:"columns"`
}

// FitPreprocessor fixes the preprocessing by training cells: normalisation of
// totals to their median, log1p and the choice of highly variable genes. names
// are those of all columns, each once. Logarithms instead of counts are an error.
func FitPreprocessor(counts *sparse.CSR, names []string, o VariableOptions) (*Preprocessor, error) {
	_, cols := counts.Dims()
	if len(names) != cols {
		return nil, fmt.Errorf("singlecell: %d names for %d genes", len(names), cols)
	}
	if _, _, err := SharedGenes(names); err != nil {
		return nil, err
	}
	if err := CheckCounts(counts); err != nil {
		return nil, err
	}
	target, err := MedianTotal(counts)
	if err != nil {
		return nil, err
	}
	compared := counts
	if o.Flavor != SeuratV3 {
		if compared, err = logNormalized(counts, target); err != nil {
			return nil, err
		}
	}
	found, err := HighlyVariable(compared, o)
	if err != nil {
		return nil, err
	}
	p := &Preprocessor{Target: target, Genes: Flagged(found), Columns: cols}
	if len(p.Genes) == 0 {
		return nil, errors.New("singlecell: no gene is highly variable: ask for a number of them by Top")
	}
	for _, j := range p.Genes {
		p.Names = append(p.Names, names[j])
	}
	return p, nil
}

// Apply returns the log-expression of the chosen genes, cells × genes. Totals
// are over all columns of the counts, which stay as they are.
func (p *Preprocessor) Apply(counts *sparse.CSR) (*sparse.CSR, error) {
	if _, cols := counts.Dims(); cols != p.Columns {
		return nil, fmt.Errorf("singlecell: counts of %d genes, the preprocessing was fitted on %d", cols, p.Columns)
	}
	logged, err := logNormalized(counts, p.Target)
	if err != nil {
		return nil, err
	}
	return logged.SelectColumns(p.Genes)
}

// logNormalized is log1p of the counts brought to the target total, a copy.
func logNormalized(counts *sparse.CSR, target float64) (*sparse.CSR, error) {
	x := counts.Clone()
	if err := NormalizeTotal(x, target); err != nil {
		return nil, err
	}
	return x, Log1p(x)
}
