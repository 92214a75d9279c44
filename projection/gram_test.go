package projection

import (
	"testing"

	"gonum.org/v1/gonum/mat"
)

// backwards hands out the entries of sparse rows in falling order of columns,
// and not its arrays.
type backwards struct {
	mat.Matrix
	mat.RowNonZeroDoer
}

func (b backwards) DoRowNonZero(i int, f func(i, j int, v float64)) {
	var e entries
	b.RowNonZeroDoer.DoRowNonZero(i, func(_, j int, v float64) {
		e.columns, e.values = append(e.columns, int32(j)), append(e.values, v)
	})
	for k := len(e.columns) - 1; k >= 0; k-- {
		f(i, int(e.columns[k]), e.values[k])
	}
}

// TestCovarianceInBlocks: rows of several blocks, read by their arrays and entry
// by entry in any order, have the covariance of the dense matrix.
func TestCovarianceInBlocks(t *testing.T) {
	x := expression(1000, 400)
	if x.NNZ() < gramEntries+1000 {
		t.Fatalf("%d entries are one block", x.NNZ())
	}
	dense := rowsOf(x.Dense())
	mean, _, err := dense.moments()
	if err != nil {
		t.Fatal(err)
	}
	want := dense.covariance(mean)
	for what, r := range map[string]rows{"arrays": rowsOf(x), "entries": rowsOf(backwards{x, x})} {
		if r.arrays != nil != (what == "arrays") {
			t.Fatalf("%s: read by arrays: %v", what, r.arrays != nil)
		}
		got, _, err := r.moments()
		if err != nil || !near(got, mean, 1e-13) {
			t.Errorf("%s: means differ (%v)", what, err)
		}
		if c := r.covariance(mean); !mat.EqualApprox(c, want, 1e-12) {
			t.Errorf("%s: covariances differ", what)
		}
	}
}
