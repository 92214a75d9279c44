package main

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/synthetic"
)

func writeTask(t *testing.T) string {
	t.Helper()
	task, err := synthetic.New(synthetic.Dose, synthetic.Options{Dim: 2, Seed: 1, SourcePoints: 200, TargetPoints: 100, TestPoints: 50})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := task.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The doses of the family are in datasets/synthetic: six trained, three between them, one beyond.
func TestHeldOut(t *testing.T) {
	task, err := readTask(writeTask(t))
	if err != nil {
		t.Fatal(err)
	}
	var doses []float64
	for _, h := range task.heldOut {
		doses = append(doses, h.dose[0].Number)
		if n, d := h.points.Dims(); n != 50 || d != 2 {
			t.Errorf("dose %g has %d×%d tested points", h.dose[0].Number, n, d)
		}
	}
	if len(doses) != 3 || doses[0] != .275 || doses[1] != .425 || doses[2] != .725 {
		t.Errorf("held-out doses %v", doses)
	}
}

func TestLooks(t *testing.T) {
	var out strings.Builder
	options := `{"Steps": 40, "Inner": 1, "Batch": 60, "Backend": "go", "Architecture": {"Layers": 2, "Width": 8}}`
	if err := run([]string{"-task", writeTask(t), "-options", options}, &out); err != nil {
		t.Fatal(err)
	}
	var looks []look
	var last end
	lines := bufio.NewScanner(strings.NewReader(out.String()))
	for lines.Scan() {
		var l look
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		looks = append(looks, l)
		_ = json.Unmarshal(lines.Bytes(), &last) // the last line stays
	}
	looks = looks[:len(looks)-1]
	if len(looks) < 10 || looks[0].Step != 0 || looks[0].Seconds != 0 {
		t.Fatalf("looks %+v", looks)
	}
	for i, l := range looks {
		if i > 0 && (l.Step <= looks[i-1].Step || l.Seconds <= looks[i-1].Seconds) {
			t.Errorf("look %d: %+v after %+v", i, l, looks[i-1])
		}
		if !(l.Gradient > 0) || !(l.Refined > 0) {
			t.Errorf("look %d: %+v", i, l)
		}
	}
	if last.Steps != 40 || !(last.Served > 0) || last.Served > 100 {
		t.Errorf("end %+v", last)
	}
}
