package hdf5

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWrite reads back what the writer wrote: every type, with and without
// gzip, chunk indices of one and of more levels, and much text.
func TestWrite(t *testing.T) {
	for _, gzip := range []int{0, 1, 9} {
		path := filepath.Join(t.TempDir(), "w.h5")
		out, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := NewWriter(out)
		o := DatasetOptions{Gzip: gzip, Attributes: map[string]any{"text": "ä", "texts": []string{"a", "", "b"}, "numbers": []int64{1, 2}, "bool": true}}
		g, err := w.Root().Group("group")
		must(t, err)
		must(t, g.Set("none", []string{}))
		texts := make([]string, 3000)
		for i := range texts {
			texts[i] = strings.Repeat(fmt.Sprint(i), i%40)
		}
		texts[7] = strings.Repeat("x", 100000)
		wide := make([]float32, 3*70000)
		for i := range wide {
			wide[i] = float32(i)
		}
		long := make([]int32, 70*chunkElements+5)
		for i := range long {
			long[i] = int32(i)
		}
		must(t, g.Dataset("texts", texts, []int{3000}, o))
		must(t, g.Dataset("wide", wide, []int{3, 70000}, o))
		must(t, g.Dataset("long", long, []int{len(long)}, o))
		must(t, g.Dataset("int8", []int8{-1, 2}, []int{2}, o))
		must(t, g.Dataset("int16", []int16{-1, 2}, []int{2}, o))
		must(t, g.Dataset("int64", []int64{-1, 1 << 40}, []int{2}, o))
		must(t, g.Dataset("float64", []float64{-1, .1, 3, 4}, []int{2, 2}, o))
		must(t, g.Dataset("bools", []bool{true, false}, []int{2}, o))
		must(t, g.Dataset("scalar", []float64{2.5}, nil, o))
		must(t, g.Dataset("nothing", nil, nil, o))
		must(t, g.Dataset("no rows", []float32{}, []int{0, 4}, o))
		for i := range 100 {
			_, err := w.Root().Group(fmt.Sprint("g", i))
			must(t, err)
		}
		for name, bad := range map[string]error{
			"name":   g.Dataset("a/b", []int8{1}, []int{1}, o),
			"shape":  g.Dataset("a", []int8{1}, []int{2}, o),
			"type":   g.Dataset("a", []uint16{1}, []int{1}, o),
			"kind":   g.Set("a", 3),
			"length": g.Set("a", strings.Split(strings.Repeat("x ", 5000), " ")),
		} {
			if bad == nil {
				t.Errorf("%s: no error", name)
			}
		}
		must(t, w.Close())
		must(t, out.Close())
		f, err := Open(path)
		must(t, err)
		for i, x := range numbers(t, dataset(t, f, "group/wide")) {
			if x != float64(i) {
				t.Fatalf("wide: element %d is %g", i, x)
			}
		}
		for i, x := range numbers(t, dataset(t, f, "group/long")) {
			if x != float64(i) {
				t.Fatalf("long: element %d is %g", i, x)
			}
		}
		if got, err := dataset(t, f, "group/texts").Texts(0, 3000); err != nil || !slices.Equal(got, texts) {
			t.Errorf("texts: %v", err)
		}
		for name, want := range map[string][]float64{"int8": {-1, 2}, "int16": {-1, 2}, "int64": {-1, 1 << 40}, "float64": {-1, .1, 3, 4},
			"bools": {1, 0}, "scalar": {2.5}, "nothing": {}, "no rows": {}} {
			d := dataset(t, f, "group/"+name)
			if got := numbers(t, d); !slices.Equal(got, want) {
				t.Errorf("%s is %v, want %v", name, got, want)
			}
			if d.Type.IsBool() != (name == "bools") || d.Empty != (name == "nothing") {
				t.Errorf("%s is of type %s", name, d.Type)
			}
			a, err := find(t, f, "group/"+name).Attribute("texts")
			must(t, err)
			if got, err := a.Texts(); err != nil || !slices.Equal(got, []string{"a", "", "b"}) {
				t.Errorf("%s: attribute %q, %v", name, got, err)
			}
		}
		root, err := f.Root()
		must(t, err)
		if names, err := root.Names(); err != nil || len(names) != 101 {
			t.Errorf("%d groups, %v", len(names), err)
		}
		must(t, f.Close())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
