package sparse

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func random(rows, cols int) (*CSR, *mat.Dense) {
	rng := rand.New(rand.NewPCG(1, 1))
	d := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			if rng.IntN(4) == 0 {
				d.Set(i, j, float64(float32(rng.NormFloat64())))
			}
		}
	}
	m, err := FromMatrix(d)
	if err != nil {
		panic(err)
	}
	return m, d
}

// TestAgreesWithDense compares every way to read the matrix with its dense form.
func TestAgreesWithDense(t *testing.T) {
	m, d := random(20, 13)
	if !mat.Equal(m, d) || !mat.Equal(m.Dense(), d) || !mat.Equal(m.T(), d.T()) || !mat.Equal(m.Clone(), d) {
		t.Error("entries differ")
	}
	done := mat.NewDense(20, 13, nil)
	for i := range 20 {
		m.DoRowNonZero(i, done.Set)
	}
	if !mat.Equal(done, d) {
		t.Error("entries by DoRowNonZero differ")
	}
	rows, columns := []int{3, 3, 0, 19}, []int{0, 5, 12}
	byRow, err := m.SelectRows(rows)
	if err != nil {
		t.Fatal(err)
	}
	byColumn, err := byRow.SelectColumns(columns)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		for j, c := range columns {
			if byColumn.At(i, j) != d.At(r, c) {
				t.Errorf("selected (%d, %d) is %g, want %g", r, c, byColumn.At(i, j), d.At(r, c))
			}
		}
	}
	if _, err := New(20, 13, m.Indptr, m.Indices, m.Data); err != nil {
		t.Errorf("its own arrays are refused: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	for what, f := range map[string]func() error{
		"short indptr":       func() error { _, err := New(2, 2, []int{0, 1}, []int32{0}, []float32{1}); return err },
		"indptr not from 0":  func() error { _, err := New(1, 2, []int{1, 1}, []int32{0}, []float32{1}); return err },
		"falling indptr":     func() error { _, err := New(2, 2, []int{0, 2, 1}, []int32{0}, []float32{1}); return err },
		"indptr beyond":      func() error { _, err := New(2, 2, []int{0, 5, 1}, []int32{0}, []float32{1}); return err },
		"lengths":            func() error { _, err := New(1, 2, []int{0, 1}, []int32{0, 1}, []float32{1}); return err },
		"column range":       func() error { _, err := New(1, 2, []int{0, 1}, []int32{2}, []float32{1}); return err },
		"column order":       func() error { _, err := New(1, 2, []int{0, 2}, []int32{1, 1}, []float32{1, 1}); return err },
		"negative column":    func() error { _, err := New(1, 2, []int{0, 1}, []int32{-1}, []float32{1}); return err },
		"not a number":       func() error { _, err := New(1, 2, []int{0, 1}, []int32{1}, []float32{float32(math.NaN())}); return err },
		"negative size":      func() error { _, err := New(-1, 2, nil, nil, nil); return err },
		"infinite in dense":  func() error { _, err := FromMatrix(mat.NewDense(1, 1, []float64{1e300})); return err },
		"row selected":       func() error { m, _ := random(3, 3); _, err := m.SelectRows([]int{3}); return err },
		"column selected":    func() error { m, _ := random(3, 3); _, err := m.SelectColumns([]int{3}); return err },
		"columns not rising": func() error { m, _ := random(3, 3); _, err := m.SelectColumns([]int{1, 1}); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func ExampleNew() {
	m, err := New(2, 3, []int{0, 1, 3}, []int32{2, 0, 1}, []float32{5, 6, 7})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mat.Formatted(m))
	// Output:
	// ⎡0  0  5⎤
	// ⎣6  7  0⎦
}

func TestStack(t *testing.T) {
	a, err := FromMatrix(mat.NewDense(2, 3, []float64{1, 0, 2, 0, 0, 0}))
	if err != nil {
		t.Fatal(err)
	}
	b, err := FromMatrix(mat.NewDense(1, 3, []float64{0, 4, 5}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Stack(a, b, a)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.check(); err != nil {
		t.Error(err)
	}
	if !mat.Equal(got, mat.NewDense(5, 3, []float64{1, 0, 2, 0, 0, 0, 0, 4, 5, 1, 0, 2, 0, 0, 0})) {
		t.Errorf("%v", mat.Formatted(got))
	}
	narrow, err := FromMatrix(mat.NewDense(1, 2, []float64{1, 1}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Stack(a, narrow); err == nil {
		t.Error("3 columns above 2")
	}
	if _, err := Stack(); err == nil {
		t.Error("nothing stacked")
	}
}
