package experiments

import (
	"context"
	"math"
	"strings"
	"testing"
)

// TestAblation runs two variants on a small task: every seed is judged under every condition, separate networks
// know nothing of held-out ones, and a resumed experiment finds the same.
func TestAblation(t *testing.T) {
	o := AblationOptions{Quick: true, Steps: 4, Variants: []string{"film", "separate networks"}, Backend: "go", Checkpoint: t.TempDir()}
	r, err := Ablation(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, row := range r.Table {
		count[row.Method+" "+row.Setting]++
		if !(row.Metric.Value > 0 && row.Metric.Value < 200) {
			t.Errorf("%s, %s: L2-UVP %g", row.Method, row.Condition, row.Metric.Value)
		}
	}
	for key, want := range map[string]int{"film in-sample": 12, "film held-out": 6, "separate networks in-sample": 12, "separate networks held-out": 0} {
		if count[key] != want {
			t.Errorf("%s: %d figures, want %d", key, count[key], want)
		}
	}
	if s := r.summary(r.Table[0].Data, "separate networks", HeldOut, "", uvp); !math.IsNaN(s.Mean) {
		t.Errorf("separate networks on held-out conditions: %g", s.Mean)
	}
	o.Resume = true
	o.Progress = func(p Progress) {
		if p.Stage != "" {
			t.Errorf("resumed, %s is trained again", p.Stage)
		}
	}
	again, err := Ablation(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Table) != len(r.Table) || again.Table[3].Metric.Value != r.Table[3].Metric.Value {
		t.Error("the resumed experiment found something else")
	}
	if _, err := Ablation(context.Background(), AblationOptions{Variants: []string{"hyper"}}); err == nil || !strings.Contains(err.Error(), "low-rank") {
		t.Errorf("an unknown variant: %v", err)
	}
}

// TestAblationGrounds trains a step on each of the other grounds and looks at what is judged.
func TestAblationGrounds(t *testing.T) {
	for on, want := range map[string]struct {
		metric            string
		inSample, heldOut int
	}{"climate": {"w1", 33, 12}, "sensitivity": {"separation_error", 1, 0}} {
		r, err := Ablation(context.Background(), AblationOptions{On: on, Quick: true, Steps: 2, Seeds: 1, Variants: []string{"film"}, Backend: "go"})
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, row := range r.Table {
			if row.Metric.Name == want.metric {
				count[row.Setting]++
				if !(row.Metric.Value > 0 && row.Metric.Value < 3) {
					t.Errorf("%s: %s is %g", on, want.metric, row.Metric.Value)
				}
			}
		}
		if count[InSample] != want.inSample || count[HeldOut] != want.heldOut {
			t.Errorf("%s: %v figures, want %d and %d", on, count, want.inSample, want.heldOut)
		}
	}
	for _, o := range []AblationOptions{{On: "clmate"}, {On: "climate", Dim: 3}} {
		if _, err := Ablation(context.Background(), o); err == nil || !strings.Contains(err.Error(), "synthetic") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
