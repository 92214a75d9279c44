package singlecell

import (
	"math"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func sizes(t *testing.T, task *datasets.Task) []int {
	t.Helper()
	if err := task.Validate(); err != nil {
		t.Fatal(err)
	}
	out := []int{task.Train[0].Source.RawMatrix().Rows}
	for _, p := range task.Train {
		if p.Source != task.Train[0].Source {
			t.Error("pairs do not share their source")
		}
		out = append(out, p.Target.RawMatrix().Rows)
	}
	return out
}

// TestHSMM checks the cells of each hour as published (69, 74, 79, 49) and what
// the time course is known for: MYOG and MYH3 go up with differentiation, the
// cell cycle gene CDK1 goes down.
func TestHSMM(t *testing.T) {
	task, err := HSMM()
	if err != nil {
		t.Fatal(err)
	}
	if got := sizes(t, task); !slices.Equal(got, []int{69, 74, 79, 49}) || task.Dim() != 500 {
		t.Errorf("%v cells, %d genes", got, task.Dim())
	}
	if v := task.Schema.Variables[0]; v.Name != "hours" || v.Min != 24 || v.Max != 72 {
		t.Errorf("variable %+v", v)
	}
	last := task.Train[2]
	for gene, sign := range map[string]float64{"MYOG": 1, "MYH3": 1, "CDK1": -1} {
		j := slices.Index(task.Features, gene)
		if j < 0 {
			t.Fatalf("no gene %s", gene)
		}
		early, late := mat.Col(nil, j, last.Source), mat.Col(nil, j, last.Target)
		if change := stat.Mean(late, nil) - stat.Mean(early, nil); change*sign < 1 {
			t.Errorf("%s changes by %g from 0 to 72 hours", gene, change)
		}
	}
	if !slices.IsSorted(task.Features) {
		t.Error("genes are not sorted")
	}
}

// TestDasatinib checks doses and cells, and two means computed from the
// original table (awk over its columns): E2F-1 at 0.01 µM and Cyclin-D1 at 0.1 µM.
func TestDasatinib(t *testing.T) {
	task, err := Dasatinib()
	if err != nil {
		t.Fatal(err)
	}
	if got := sizes(t, task); !slices.Equal(got, []int{50, 50, 50}) {
		t.Errorf("%v cells", got)
	}
	if !slices.Equal(task.Features, []string{"E2F-1", "FOXO1a", "Cyclin-E1", "Cyclin-D1"}) {
		t.Errorf("features %v", task.Features)
	}
	if v := task.Schema.Variables[0]; v.Min != 0.031623 || v.Max != 0.1 {
		t.Errorf("variable %+v", v)
	}
	if got, want := stat.Mean(mat.Col(nil, 0, task.Train[0].Source), nil), 3.017142; math.Abs(got-want) > 1e-5 {
		t.Errorf("mean of E2F-1 at 0.01 µM is %.6f, want %.6f", got, want)
	}
	if got, want := stat.Mean(mat.Col(nil, 3, task.Train[1].Target), nil), 2.788380; math.Abs(got-want) > 1e-5 {
		t.Errorf("mean of Cyclin-D1 at 0.1 µM is %.6f, want %.6f", got, want)
	}
}

// TestNorman checks the cells of the conditions and what activation does: a
// gene that is activated and measured goes up in its own cells.
func TestNorman(t *testing.T) {
	task, err := Norman()
	if err != nil {
		t.Fatal(err)
	}
	got := sizes(t, task)
	cells := 0
	for _, n := range got {
		cells += n
		if n < 80 || n > 100 {
			t.Errorf("a condition of %d cells", n)
		}
	}
	if cells != 3375 || got[0] != 100 || len(task.Train) != 33 || task.Dim() != 500 {
		t.Errorf("%d cells, %d conditions, %d genes, source of %d", cells, len(task.Train), task.Dim(), got[0])
	}
	silent := 0
	for j := range task.Dim() {
		expressed := func(p datasets.Pair) bool { return mat.Max(p.Source.ColView(j))+mat.Max(p.Target.ColView(j)) > 0 }
		if !slices.ContainsFunc(task.Train, expressed) {
			silent++
		}
	}
	if silent != 250 {
		t.Errorf("%d genes are expressed in no cell", silent)
	}
	checked := 0
	for _, p := range task.Train {
		for _, gene := range p.Condition[0].Labels {
			j := slices.Index(task.Features, gene)
			if j < 0 {
				continue
			}
			checked++
			before, after := stat.Mean(mat.Col(nil, j, p.Source), nil), stat.Mean(mat.Col(nil, j, p.Target), nil)
			if after <= before {
				t.Errorf("%s: %s goes from %g to %g", task.Schema.Key(p.Condition), gene, before, after)
			}
		}
	}
	if checked == 0 {
		t.Error("no activated gene is measured")
	}
}
