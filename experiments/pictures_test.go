package experiments

import (
	"context"
	"strings"
	"testing"
)

// TestPictures runs the quick form: both maps of a picture are judged, the exact map where it is known, and a resumed
// experiment finds the same.
func TestPictures(t *testing.T) {
	o := PicturesOptions{Quick: true, Steps: 2, Backend: "go", Checkpoint: t.TempDir()}
	r, err := Pictures(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, row := range r.Table {
		count[row.Data+" "+row.Metric.Name]++
		// A Gaussian is about 1 from the pictures in W₂², an untrained map not much farther.
		if row.Metric.Name == "w2squared" && !(row.Metric.Value > .01 && row.Metric.Value < 5) {
			t.Errorf("%s, %s: W2² %g", row.Data, row.Method, row.Metric.Value)
		}
	}
	for key, want := range map[string]int{"swiss-roll w2squared": 2, "swiss-roll l2_uvp": 0, "black-hole w2squared": 2, "black-hole l2_uvp": 2} {
		if count[key] != want {
			t.Errorf("%s: %d figures, want %d", key, count[key], want)
		}
	}
	if len(r.Sheets) != 2 || len(r.Sheets[0].Rows) != 2 || len(r.Sheets[1].Rows) != 1 {
		t.Errorf("sheets: %+v", r.Sheets)
	}
	o.Resume = true
	o.Progress = func(p Progress) {
		if p.Stage != "" {
			t.Errorf("resumed, %s is trained again", p.Stage)
		}
	}
	again, err := Pictures(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Table) != len(r.Table) || again.Table[3].Metric.Value != r.Table[3].Metric.Value {
		t.Error("the resumed experiment found something else")
	}
	if _, err := Pictures(context.Background(), PicturesOptions{Pictures: []string{"swiss"}}); err == nil || !strings.Contains(err.Error(), "swiss-roll") {
		t.Errorf("an unknown picture: %v", err)
	}
}
