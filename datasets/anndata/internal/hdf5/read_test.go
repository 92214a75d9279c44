package hdf5

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func open(t testing.TB, name string) *File {
	t.Helper()
	f, err := Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// find opens the object at a path.
func find(t testing.TB, f *File, path string) *Object {
	t.Helper()
	o, err := f.Root()
	for _, name := range strings.Split(path, "/") {
		if err == nil {
			o, err = o.Child(name)
		}
		if err == nil && o == nil {
			err = fmt.Errorf("there is no %s", path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func dataset(t testing.TB, f *File, path string) *Dataset {
	t.Helper()
	d, err := find(t, f, path).Dataset()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// numbers reads all of a dataset.
func numbers(t testing.TB, d *Dataset) []float64 {
	t.Helper()
	x := make([]float64, d.Rows()*d.RowLength())
	if err := Read(d, 0, d.Rows(), x); err != nil {
		t.Fatal(err)
	}
	return x
}

// counting is what make.py's values() writes into elements of so many bytes.
func counting(i, size int) float64 {
	switch size {
	case 1:
		return float64(i % 120)
	case 2:
		return float64(i % 2000)
	}
	return float64(i)
}

// checkCounting reads a dataset whole and in blocks of rows.
func checkCounting(t *testing.T, d *Dataset) {
	t.Helper()
	all := numbers(t, d)
	for i, x := range all {
		if x != counting(i, d.Type.Size) {
			t.Fatalf("element %d is %g, want %g", i, x, counting(i, d.Type.Size))
		}
	}
	for from := 0; from < d.Rows(); from += 4 {
		to := min(from+3, d.Rows())
		x := make([]int64, (to-from)*d.RowLength())
		if d.Type.Class == Float {
			continue
		}
		if err := Read(d, from, to, x); err != nil {
			t.Fatal(err)
		}
		for i, v := range x {
			if float64(v) != all[from*d.RowLength()+i] {
				t.Fatalf("rows %d to %d: element %d is %d, want %g", from, to, i, v, all[from*d.RowLength()+i])
			}
		}
	}
}

func TestIndices(t *testing.T) {
	kinds := map[string]byte{"single": indexSingle, "fixed": indexFixed, "extensible": indexExtensible, "tree": indexTree2, "implicit": indexImplicit}
	for _, file := range []string{"indices-old.h5", "indices-v110.h5", "indices-latest.h5"} {
		f := open(t, file)
		root, err := f.Root()
		if err != nil {
			t.Fatal(err)
		}
		names, err := root.Names()
		if err != nil || len(names) < 14 {
			t.Fatalf("%s has %q, %v", file, names, err)
		}
		for _, name := range names {
			t.Run(file+"/"+name, func(t *testing.T) {
				d := dataset(t, f, name)
				want := kinds[strings.SplitN(name, "-", 2)[0]]
				if file == "indices-old.h5" {
					want = indexTree1
				}
				switch {
				case name == "holes":
					for i, x := range numbers(t, d) {
						if i >= 16 && i < 24 && x != float64(i-16) || (i < 16 || i >= 24) && x != -1.5 {
							t.Errorf("element %d is %g", i, x)
						}
					}
				case name == "never":
					if x := numbers(t, d); !slices.Equal(x, []float64{7, 7, 7}) {
						t.Errorf("the fill value is %v", x)
					}
				case d.layout.index != want:
					t.Errorf("chunk index %d, want %d", d.layout.index, want)
				default:
					checkCounting(t, d)
				}
			})
		}
	}
}

func TestExtensiblePages(t *testing.T) {
	d := dataset(t, open(t, "paged.h5"), "far")
	for i, x := range numbers(t, d) {
		if want := map[int]float64{70000: 70, 119999: 99}[i]; x != want {
			t.Fatalf("element %d is %g, want %g", i, x, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	f := open(t, "kinds.h5")
	names, err := find(t, f, "numbers").Names()
	if err != nil || len(names) != 20 {
		t.Fatalf("%q, %v", names, err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) { checkCounting(t, dataset(t, f, "numbers/"+name)) })
	}
	edges := numbers(t, dataset(t, f, "edges"))
	want := []float64{0, math.Copysign(0, -1), 1, -2, 6.103515625e-05, 5.960464477539063e-08, 65504, math.Inf(1), math.Inf(-1), math.NaN()}
	for i, x := range edges {
		if math.Float64bits(x) != math.Float64bits(want[i]) && !(math.IsNaN(x) && math.IsNaN(want[i])) {
			t.Errorf("half %d is %g, want %g", i, x, want[i])
		}
	}
	limits := make([]int64, 2)
	if err := Read(dataset(t, f, "limits"), 0, 2, limits); err != nil || limits[0] != math.MinInt64 || limits[1] != math.MaxInt64 {
		t.Errorf("the limits of int64 are %d, %v", limits, err)
	}
	for name, bad := range map[string]func(d *Dataset) error{
		"limits":         func(d *Dataset) error { return Read(d, 0, 2, make([]int32, 2)) },
		"above":          func(d *Dataset) error { return Read(d, 0, 1, make([]int64, 1)) },
		"edges":          func(d *Dataset) error { return Read(d, 0, 10, make([]int64, 10)) },
		"text":           func(d *Dataset) error { return Read(d, 0, 5, make([]int64, 5)) },
		"complex":        func(d *Dataset) error { return Read(d, 0, 2, make([]float64, 2)) },
		"ragged":         func(d *Dataset) error { return Read(d, 0, 2, make([]float64, 2)) },
		"numbers/be-i2":  func(d *Dataset) error { return Read(d, 0, 7, make([]float64, 28)) },
		"numbers/be-i4":  func(d *Dataset) error { return Read(d, 0, 6, make([]float64, 23)) },
		"numbers/be-f4":  func(d *Dataset) error { _, err := d.Texts(0, 6); return err },
		"numbers/le-f8":  func(d *Dataset) error { return Read(d, 3, 2, make([]float64, 0)) },
		"numbers/le-u8 ": nil,
	} {
		if bad == nil {
			continue
		}
		if err := bad(dataset(t, f, name)); err == nil {
			t.Errorf("%s was read as what it is not", name)
		}
	}
}

func TestKinds(t *testing.T) {
	f := open(t, "kinds.h5")
	bools := dataset(t, f, "bools")
	if !bools.Type.IsBool() || !slices.Equal(numbers(t, bools), []float64{1, 0, 1}) {
		t.Errorf("bools are %s", bools.Type)
	}
	colours := dataset(t, f, "colours")
	if colours.Type.IsBool() || !slices.Equal(colours.Type.Labels, []string{"BLUE", "GREEN", "RED"}) || !slices.Equal(colours.Type.Values, []int64{2, 1, 0}) ||
		!slices.Equal(numbers(t, colours), []float64{2, 0, 1, 2}) {
		t.Errorf("colours are %q %d", colours.Type.Labels, colours.Type.Values)
	}
	if x := numbers(t, dataset(t, f, "scalar")); !slices.Equal(x, []float64{2.5}) {
		t.Errorf("the scalar is %v", x)
	}
	if d := dataset(t, f, "empty"); !d.Empty || len(numbers(t, d)) != 0 {
		t.Error("a null dataspace has elements")
	}
	if d := dataset(t, f, "none"); d.Rows() != 0 || d.RowLength() != 3 || len(numbers(t, d)) != 0 {
		t.Error("a dataset without rows has some")
	}
	if x := numbers(t, dataset(t, f, "of-named")); !slices.Equal(x, []float64{0, 1, 2, 3}) {
		t.Errorf("a dataset of a committed type is %v", x)
	}
	if x := numbers(t, dataset(t, f, "soft")); x[23] != 23 {
		t.Errorf("through a soft link: %v", x)
	}
	if x := numbers(t, dataset(t, f, "soft-relative")); x[23] != 23 {
		t.Errorf("through a soft link: %v", x)
	}
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"circle": "links one after another", "dangling": "/nowhere, which is not there", "outside": "another file"} {
		if _, err := root.Child(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
	if o, err := root.Child("absent"); o != nil || err != nil {
		t.Errorf("a member that is not there: %v, %v", o, err)
	}
}

func texts(t *testing.T, d *Dataset) []string {
	t.Helper()
	got, err := d.Texts(0, d.Rows())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTexts(t *testing.T) {
	f := open(t, "kinds.h5")
	for name, want := range map[string][]string{
		"text":                 {"", "a", "ä", strings.Repeat("long ", 20), "end"},
		"text-scalar":          {"alone"},
		"text-fixed":           {"one", "three", ""},
		"text-spaces":          {"ab", "abcd"},
		"text-null-terminated": {"ab", "abc"},
	} {
		if got := texts(t, dataset(t, f, name)); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	chunked := dataset(t, f, "text-chunked")
	part, err := chunked.Texts(5, 20)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range part {
		if want := fmt.Sprintf("cell %d", i+5); text != want {
			t.Errorf("text %d is %q, want %q", i+5, text, want)
		}
	}
}

func TestCompound(t *testing.T) {
	f := open(t, "kinds.h5")
	for _, name := range []string{"compound", "compound-chunked"} {
		d := dataset(t, f, name)
		field := func(name string) *Dataset {
			m, err := d.Field(name)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		if got := texts(t, field("name")); !slices.Equal(got, []string{"n0", "n1", "n2", "n3", "n4"}) {
			t.Errorf("%s: names %q", name, got)
		}
		if got := texts(t, field("fixed")); !slices.Equal(got, []string{"xy", "xy", "xy", "xy", "xy"}) {
			t.Errorf("%s: fixed %q", name, got)
		}
		if got := numbers(t, field("count")); !slices.Equal(got, []float64{0, 1, 2, 3, 4}) {
			t.Errorf("%s: counts %v", name, got)
		}
		if got := numbers(t, field("value")); !slices.Equal(got, []float64{0, .25, .5, .75, 1}) {
			t.Errorf("%s: values %v", name, got)
		}
		if _, err := d.Field("absent"); err == nil {
			t.Errorf("%s has a member that it lacks", name)
		}
	}
}

func TestFilters(t *testing.T) {
	f := open(t, "filters.h5")
	for _, name := range []string{"gzip", "gzip-shuffle", "shuffle8", "fletcher", "fletcher-odd", "all", "lzf", "lzf-shuffle", "masked"} {
		t.Run(name, func(t *testing.T) { checkCounting(t, dataset(t, f, name)) })
	}
	for i, x := range numbers(t, dataset(t, f, "lzf-repeats")) {
		if x != float64(i/500) {
			t.Fatalf("lzf: element %d is %g, want %d", i, x, i/500)
		}
	}
	text := strings.Repeat("the quick brown fox, the quick brown dog, the slow brown fox ", 8)
	for i, x := range numbers(t, dataset(t, f, "lzf-text")) {
		if byte(x) != text[i] {
			t.Fatalf("lzf: byte %d is %q, want %q", i, byte(x), text[i])
		}
	}
	sum := 0.
	for _, x := range numbers(t, dataset(t, f, "lzf-random")) { // PCG64 of seed 0, not compressible: stored with the filter's bit in the mask
		sum += x
	}
	if sum != randomSum {
		t.Errorf("lzf: random bytes have sum %g, want %g", sum, float64(randomSum))
	}
	if _, err := find(t, f, "scaleoffset").Dataset(); err == nil || !strings.Contains(err.Error(), "scale-offset, which is not supported; re-save with compression='gzip'") {
		t.Errorf("an unsupported filter: %v", err)
	}
}

// randomSum is numpy.random.default_rng(0).integers(0, 256, 600).sum().
const randomSum = 79498

func TestUserBlock(t *testing.T) {
	checkCounting(t, dataset(t, open(t, "userblock.h5"), "x"))
}
