package singlecell

import (
	"math"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

func TestDetect(t *testing.T) {
	for want, values := range map[Values][]float64{
		Counts:     {0, 3, 1, 0},
		Binary:     {0, 1, 1, 0},
		Normalized: {0, 31.5, 2, 0},
		Logged:     {0, 1.5, 2, 0},
		Scaled:     {0, -1.5, 2, 0},
	} {
		dense := mat.NewDense(2, 2, values)
		compressed, err := sparse.FromMatrix(dense)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []mat.Matrix{dense, compressed, dense.T()} {
			if got, err := Detect(x); got != want || err != nil {
				t.Errorf("%v, %T: %s, %v; want %s", values, x, got, err, want)
			}
		}
	}
	for what, x := range map[string]mat.Matrix{
		"empty": &mat.Dense{}, "zeros": mat.NewDense(2, 2, nil), "NaN": mat.NewDense(1, 2, []float64{1, math.NaN()}),
	} {
		if got, err := Detect(x); err == nil {
			t.Errorf("%s: %s", what, got)
		}
	}
}

// TestWrongScale: counts where logarithms are expected, and the reverse, are
// told, with what to do.
func TestWrongScale(t *testing.T) {
	counts, err := sparse.FromMatrix(mat.NewDense(3, 2, []float64{2, 3, 4, 0, 0, 1}))
	if err != nil {
		t.Fatal(err)
	}
	logged, err := sparse.FromMatrix(mat.NewDense(3, 2, []float64{.2, .3, 1.4, 0, 0, .1}))
	if err != nil {
		t.Fatal(err)
	}
	scaled := mat.NewDense(2, 2, []float64{-1, 1, 2, -2})
	for want, f := range map[string]func() error{
		"these are raw counts: call NormalizeTotal": func() error { _, err := HighlyVariable(counts, VariableOptions{}); return err },
		"the layer or raw that has the counts, or":  func() error { _, err := HighlyVariable(logged, VariableOptions{Flavor: SeuratV3, Top: 1}); return err },
		"go on from the logarithms":                 func() error { _, err := FitPreprocessor(logged, []string{"a", "b"}, VariableOptions{}); return err },
		"before scaling":                            func() error { return CheckLogged(scaled) },
		"expected, and these are raw counts":        func() error { _, err := RankGenes(counts, []int{0, 1}, []int{1, 2}); return err },
		"are normalised counts without a logarithm": func() error {
			_, err := RankGenesWilcoxon(mat.NewDense(3, 1, []float64{31.5, 2, 0}), []int{0, 1}, []int{1, 2}, true)
			return err
		},
		"negative numbers": func() error { return CheckCounts(scaled) },
		"say how many":     func() error { _, err := HighlyVariable(counts, VariableOptions{Flavor: SeuratV3}); return err },
		"14 genes":         func() error { _, err := HighlyVariable(counts, VariableOptions{Flavor: SeuratV3, Top: 1}); return err },
		"a stands twice":   func() error { _, err := FitPreprocessor(counts, []string{"a", "a"}, VariableOptions{}); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := CheckCounts(counts); err != nil {
		t.Error(err)
	}
	if err := CheckLogged(logged); err != nil {
		t.Error(err)
	}
}
