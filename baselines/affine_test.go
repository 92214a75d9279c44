package baselines_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Clouds of equal points make the affine map a shift.
func TestAffineOfOnePoint(t *testing.T) {
	task := shiftTask(t)
	point := mat.NewDense(2, 2, []float64{5, 5, 5, 5})
	for i := range task.Train {
		task.Train[i].Target = point
	}
	m := fit(t, "affine", task)
	x := task.Train[0].Source
	y := carry(t, m, x, task.Train[1].Condition)
	want := carry(t, fit(t, "mean-per-condition", task), x, task.Train[1].Condition)
	if distance(y, want) > 1e-12 || len(m.Warnings()) != 3 || !strings.Contains(m.Warnings()[0], "equal points") {
		t.Errorf("off by %g, warnings %q", distance(y, want), m.Warnings())
	}
}

// A pair of few points and equal covariances keeps A = I, however much is shrunk.
func TestFewPointsOfEqualCovariance(t *testing.T) {
	task := fewTask(t)
	for i := range task.Train {
		few := mat.DenseCopyOf(task.Train[0].Target)
		task.Train[i].Source, task.Train[i].Target = few, moved(few, 1, 2, 3, 4, 5, 6)
	}
	x := normal(9, 6, rand.New(rand.NewPCG(8, 1)))
	y := carry(t, fit(t, "affine-per-condition", task), x, task.Train[0].Condition)
	// A is kept in float32; the ridge of a singular covariance loses 10 of 16 digits.
	if off := distance(y, moved(moved(x, 1, 2, 3, 4, 5, 6), 0, 0, 0, 0, 0, 0)); off > 1e-5 {
		t.Errorf("off by %g", off)
	}
}
