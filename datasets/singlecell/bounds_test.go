package singlecell

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// TestPreprocessorUsesTrainingCellsOnly fits on the first cells and checks that
// others are normalised by the same target and genes, and that fitting on all
// would have given another answer.
func TestPreprocessorUsesTrainingCellsOnly(t *testing.T) {
	x := pbmc(t)
	for k, v := range x.Data {
		x.Data[k] = float32(math.Round(10 * math.Expm1(float64(v))))
	}
	names := make([]string, 765)
	for j := range names {
		names[j] = fmt.Sprint("g", j)
	}
	train, err := x.SelectRows(allRows(x)[:300])
	if err != nil {
		t.Fatal(err)
	}
	p, err := FitPreprocessor(train, names, VariableOptions{Top: 100})
	if err != nil {
		t.Fatal(err)
	}
	all, err := FitPreprocessor(x, names, VariableOptions{Top: 100})
	if err != nil {
		t.Fatal(err)
	}
	if p.Target == all.Target || reflect.DeepEqual(p.Genes, all.Genes) {
		t.Error("300 cells and 700 cells fix the same preprocessing")
	}
	y, err := p.Apply(x)
	if err != nil {
		t.Fatal(err)
	}
	if rows, cols := y.Dims(); rows != 700 || cols != 100 || len(p.Names) != 100 {
		t.Errorf("%d×%d after preprocessing, %d names", rows, cols, len(p.Names))
	}
	totals, err := Totals(x)
	if err != nil {
		t.Fatal(err)
	}
	for k, j := range p.Genes {
		if p.Names[k] != names[j] {
			t.Errorf("gene %d is called %s, want %s", j, p.Names[k], names[j])
		}
		if got, want := y.At(650, k), math.Log1p(x.At(650, j)/totals[650]*p.Target); math.Abs(got-want) > 1e-6 {
			t.Errorf("cell 650, gene %d: %g, want %g", j, got, want)
		}
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Preprocessor
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(*p, back) {
		t.Errorf("read back %+v, %v", back, err)
	}
	if _, err := p.Apply(y); err == nil {
		t.Error("counts of other genes were preprocessed")
	}
}

// TestPreprocessorByCounts: seurat_v3 chooses by the raw counts, and what is kept
// is logged as with any other choice.
func TestPreprocessorByCounts(t *testing.T) {
	x := pbmc(t)
	names := make([]string, 765)
	for j := range names {
		names[j] = fmt.Sprint("g", j)
	}
	for k, v := range x.Data {
		x.Data[k] = float32(math.Round(10 * math.Expm1(float64(v))))
	}
	o := VariableOptions{Flavor: SeuratV3, Top: 100}
	p, err := FitPreprocessor(x, names, o)
	if err != nil {
		t.Fatal(err)
	}
	found, err := HighlyVariable(x, o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.Genes, Flagged(found)) || len(p.Genes) != 100 {
		t.Errorf("%d genes chosen, others than by the counts", len(p.Genes))
	}
	y, err := p.Apply(x)
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckLogged(y); err != nil {
		t.Error(err)
	}
}

// TestConstantGenes: genes without expression and alone in their bin.
func TestConstantGenes(t *testing.T) {
	x := mat.NewDense(4, 3, []float64{0, 1, .2, 0, 1, 2, 0, 1, .1, 0, 1, .4})
	genes, err := HighlyVariable(x, VariableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(genes[0].Normalized) || !math.IsNaN(genes[1].Normalized) || genes[2].Normalized != 1 {
		t.Errorf("normalised dispersions %+v, want NaN, NaN and 1", genes)
	}
	same := mat.NewDense(3, 2, []float64{1, 1, 1, 1, 1, 1})
	for _, flavor := range []Flavor{Seurat, CellRanger} {
		genes, err := HighlyVariable(same, VariableOptions{Flavor: flavor, Top: 1})
		if err != nil || len(Flagged(genes)) != 0 {
			t.Errorf("%s: constant genes flagged: %+v, %v", flavor, genes, err)
		}
	}
	ranks, err := RankGenes(same, []int{0, 1}, []int{1, 2})
	if err != nil || ranks[0].Score != 0 || ranks[0].PValue != 1 {
		t.Errorf("ranks of constant genes %+v, %v", ranks, err)
	}
}

// TestRankWithoutVariance: as the documentation has it.
func TestRankWithoutVariance(t *testing.T) {
	ranks, err := RankGenes(mat.NewDense(4, 2, []float64{.5, 1, .5, 1, 1.5, 1, 1.5, 1}), []int{0, 1}, []int{2, 3})
	if err != nil || !math.IsInf(ranks[0].Score, -1) || ranks[0].PValue != 0 || ranks[1].Score != 0 || ranks[1].PValue != 1 {
		t.Errorf("%+v, %v", ranks, err)
	}
}

// TestMarkersOfMixture: a dense source beside a sparse target is an error.
func TestMarkersOfMixture(t *testing.T) {
	target, err := sparse.FromMatrix(mat.NewDense(2, 1, []float64{.5, 1}))
	if err != nil {
		t.Fatal(err)
	}
	task := &datasets.Task{Features: []string{"a"}, Train: []datasets.Pair{{Source: mat.NewDense(2, 1, []float64{.5, 0}), SparseTarget: target}}}
	if _, err := ConditionMarkers(task, 1); err == nil || !strings.Contains(err.Error(), "is dense and another sparse") {
		t.Errorf("error %v", err)
	}
}

func TestRefusals(t *testing.T) {
	counts, _ := sparse.FromMatrix(mat.NewDense(2, 2, []float64{100, 3, 2, 200}))
	logged := mat.NewDense(3, 2, []float64{1, 2.5, 1, 2, 3, 1})
	negative := mat.NewDense(2, 2, []float64{1, -2, 1, 2})
	zero, _ := sparse.FromMatrix(mat.NewDense(2, 2, nil))
	for what, f := range map[string]func() error{
		"counts as logs":    func() error { _, err := HighlyVariable(counts, VariableOptions{}); return err },
		"negative logs":     func() error { _, err := HighlyVariable(negative, VariableOptions{}); return err },
		"flavour":           func() error { _, err := HighlyVariable(logged, VariableOptions{Flavor: "seurat_v9"}); return err },
		"negative top":      func() error { _, err := HighlyVariable(logged, VariableOptions{Top: -1}); return err },
		"no cells":          func() error { _, err := HighlyVariable(&mat.Dense{}, VariableOptions{}); return err },
		"negative counts":   func() error { return NormalizeTotal(mat.DenseCopyOf(negative), 1) },
		"target":            func() error { return NormalizeTotal(logged, 0) },
		"log of negative":   func() error { return Log1p(mat.DenseCopyOf(negative)) },
		"no counts":         func() error { _, err := MedianTotal(zero); return err },
		"one cell":          func() error { _, err := RankGenes(logged, []int{0}, []int{1, 2}); return err },
		"cell out of range": func() error { _, err := RankGenes(logged, []int{0, 3}, []int{1, 2}); return err },
		"names":             func() error { _, err := FitPreprocessor(counts, nil, VariableOptions{}); return err },
		"no variable genes": func() error {
			_, err := FitPreprocessor(counts, []string{"a", "b"}, VariableOptions{MinDispersion: 9})
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
