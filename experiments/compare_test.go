package experiments

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/synthetic"
)

// TestComparison compares methods on two small tasks: the identity's error is large, affine maps are recovered, a method without an answer is n/a, and a resumed comparison finds the same.
func TestComparison(t *testing.T) {
	o := ComparisonOptions{Kinds: []synthetic.Kind{synthetic.Gaussian, synthetic.Combination}, Methods: []string{"ncmt", "affine-per-condition", "additive", "identity"},
		Steps: 2, Quick: true, Backend: "go", Checkpoint: t.TempDir()}
	r, err := Comparison(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	mean := func(data, method, setting string) float64 { return r.summary(data, method, setting, "", uvp).Mean }
	if v := mean("gaussian", "affine-per-condition", InSample); !(v < 3) { // 400 points in the plane: moments off by a few percent
		t.Errorf("the affine map misses affine maps by %g %%", v)
	}
	if v := mean("gaussian", "identity", InSample); !(v > 10) {
		t.Errorf("the identity misses by %g %% only", v)
	}
	if v := mean("gaussian", "affine-per-condition", HeldOut); !math.IsNaN(v) {
		t.Errorf("a map for each trained condition has the error %g on others", v)
	}
	if v := mean("combination", "additive", HeldOut); !(v > 0 && v < 100) {
		t.Errorf("sums of effects miss unseen pairs by %g %%", v)
	}
	if len(r.Sheets) != 2 || len(r.Drawings) != 4 || r.Sheets[0].Rows[1][2] != missing {
		t.Errorf("%d sheets, %d drawings, %q", len(r.Sheets), len(r.Drawings), r.Sheets[0].Rows)
	}
	o.Resume = true
	o.Progress = func(p Progress) {
		if p.Stage != "" {
			t.Errorf("resumed, %s is trained again", p.Stage)
		}
	}
	again, err := Comparison(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if again.Table[0].Metric.Value != r.Table[0].Metric.Value {
		t.Error("the resumed comparison found something else")
	}
	if _, err := Comparison(context.Background(), ComparisonOptions{Methods: []string{"afine"}}); err == nil || !strings.Contains(err.Error(), "affine") {
		t.Errorf("an unknown method: %v", err)
	}
}
