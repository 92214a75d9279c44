package singlecell

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// counts of five cells and four genes; totals are 0, 3, 10, 6 and 21 of cells.
func smallCounts() *mat.Dense {
	return mat.NewDense(5, 4, []float64{
		0, 0, 0, 0,
		3, 0, 0, 0,
		1, 9, 0, 0,
		2, 2, 2, 0,
		7, 7, 7, 0,
	})
}

func TestFilters(t *testing.T) {
	compressed, err := sparse.FromMatrix(smallCounts())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []mat.Matrix{smallCounts(), compressed} {
		rows, dropped, err := FilterCells(x, Limits{MinCounts: 3, MaxCounts: 20, MinExpressed: 2})
		want := []Dropped{{"cells of fewer than 3 counts", 1}, {"cells of more than 20 counts", 1}, {"cells with fewer than 2 genes", 1}}
		if err != nil || !slices.Equal(rows, []int{2, 3}) || !reflect.DeepEqual(dropped, want) {
			t.Errorf("%T: cells %v, dropped %v, %v", x, rows, dropped, err)
		}
		columns, dropped, err := FilterGenes(x, Limits{MinCounts: 13, MinExpressed: 1, MaxExpressed: 3})
		want = []Dropped{{"genes of fewer than 13 counts", 2}, {"genes with more than 3 cells", 1}}
		if err != nil || !slices.Equal(columns, []int{1}) || !reflect.DeepEqual(dropped, want) {
			t.Errorf("%T: genes %v, dropped %v, %v", x, columns, dropped, err)
		}
		if rows, dropped, err := FilterCells(x, Limits{}); len(rows) != 5 || dropped != nil || err != nil {
			t.Errorf("%T: no limits keep %v, drop %v, %v", x, rows, dropped, err)
		}
	}
	for what, l := range map[string]Limits{"nothing left": {MinCounts: 100}, "a negative limit": {MinCounts: -1}, "crossed": {MinExpressed: 3, MaxExpressed: 2}} {
		if _, _, err := FilterCells(smallCounts(), l); err == nil {
			t.Errorf("%s: no error of cells", what)
		}
		if _, _, err := FilterGenes(smallCounts(), l); err == nil {
			t.Errorf("%s: no error of genes", what)
		}
	}
}

func TestPseudobulk(t *testing.T) {
	sums, means, err := Pseudobulk(smallCounts(), [][]int{{1, 2}, {4, 3, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(sums, mat.NewDense(2, 4, []float64{4, 9, 0, 0, 10, 18, 9, 0})) {
		t.Errorf("sums %v", mat.Formatted(sums))
	}
	if !mat.EqualApprox(means, mat.NewDense(2, 4, []float64{2, 4.5, 0, 0, 10. / 3, 6, 3, 0}), 1e-15) {
		t.Errorf("means %v", mat.Formatted(means))
	}
	for what, groups := range map[string][][]int{"none": nil, "one without cells": {{1}, {}}, "beyond": {{5}}} {
		if _, _, err := Pseudobulk(smallCounts(), groups); err == nil {
			t.Errorf("groups: %s: no error", what)
		}
	}
}

// TestConditionMarkers: the gene that a condition moves comes first.
func TestConditionMarkers(t *testing.T) {
	task, err := Norman()
	if err != nil {
		t.Fatal(err)
	}
	markers, err := ConditionMarkers(task, 0)
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range task.Train {
		if len(markers[k]) != DefaultMarkers {
			t.Errorf("%d markers", len(markers[k]))
		}
		for _, gene := range p.Condition[0].Labels {
			if j := slices.Index(task.Features, gene); j >= 0 && !slices.Contains(markers[k][:10], j) {
				t.Errorf("%s is not among the first ten markers of %s", gene, task.Schema.Key(p.Condition))
			}
		}
	}
	bad := &datasets.Task{Schema: condition.Schema{}, Train: []datasets.Pair{{Source: mat.NewDense(2, 1, []float64{1, -1}), Target: mat.NewDense(2, 1, nil)}}}
	if _, err := ConditionMarkers(bad, 1); err == nil {
		t.Error("markers of negative expression")
	}
}

func TestSharedGenes(t *testing.T) {
	shared, lacking, err := SharedGenes([]string{"a", "b", "c", "d"}, []string{"d", "x", "b"})
	if err != nil || !slices.Equal(shared, []string{"b", "d"}) || !slices.Equal(lacking, []int{2, 1}) {
		t.Errorf("%v, %v, %v", shared, lacking, err)
	}
	if _, _, err := SharedGenes([]string{"TP53", "MYC"}, []string{"ENSG1", "ENSG2"}); err == nil || !strings.Contains(err.Error(), "symbols") {
		t.Errorf("no gene shared: %v", err)
	}
	if _, _, err := SharedGenes([]string{"a", "b", "a"}); err == nil || !strings.Contains(err.Error(), "a stands twice") {
		t.Errorf("twice: %v", err)
	}
	if _, _, err := SharedGenes(); err == nil {
		t.Error("no lists")
	}
}
