package safetensors

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	want := []Array{{"w", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}}, {"empty", []int{0}, []float32{}}, {"s", []int{}, []float32{7}}}
	meta := map[string]string{"round": "12"}
	if err := Write(path, want, meta); err != nil {
		t.Fatal(err)
	}
	got, m, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m, meta) || len(got) != 3 {
		t.Fatalf("got %v, %v", got, m)
	}
	for i := range got {
		if got[i].Name == "w" && !reflect.DeepEqual(got[i], want[0]) {
			t.Errorf("got %v", got[i])
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*tmp")); len(left) > 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.safetensors")
	if err := Write(path, []Array{{"w", []int{4}, []float32{1, 2, 3, 4}}}, nil); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	for n := range len(whole) {
		cut := filepath.Join(dir, "cut")
		if err := os.WriteFile(cut, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Read(cut); err == nil {
			t.Fatalf("a file cut to %d of %d bytes was read", n, len(whole))
		}
	}
}

func TestShapeMustFit(t *testing.T) {
	if err := Write(filepath.Join(t.TempDir(), "x"), []Array{{"w", []int{3}, []float32{1}}}, nil); err == nil {
		t.Error("an array with the wrong shape was written")
	}
}
