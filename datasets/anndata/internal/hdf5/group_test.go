package hdf5

import (
	"fmt"
	"slices"
	"testing"
)

func TestGroups(t *testing.T) {
	for file, members := range map[string]int{"groups-old.h5": 40, "groups-v110.h5": 40, "groups-latest.h5": 1500} {
		f := open(t, file)
		many := find(t, f, "many")
		names, err := many.Names()
		if err != nil || len(names) != members {
			t.Fatalf("%s: %d members, %v", file, len(names), err)
		}
		for i, name := range names {
			if want := fmt.Sprintf("member %03d", i); members < 1000 && name != want {
				t.Fatalf("%s: member %q, want %q", file, name, want)
			}
		}
		for i := 0; i < members; i += 1 + members/50 {
			if x := numbers(t, dataset(t, f, fmt.Sprintf("many/member %03d", i))); x[0] != float64(i%20) {
				t.Errorf("%s: member %d is %g", file, i, x[0])
			}
		}
		attributes, err := many.Attributes()
		if err != nil || len(attributes) != 31 {
			t.Fatalf("%s: %d attributes, %v", file, len(attributes), err)
		}
		for i := range 30 {
			a, err := many.Attribute(fmt.Sprintf("attribute %03d", i))
			if err != nil || a == nil {
				t.Fatalf("%s: attribute %d: %v", file, i, err)
			}
			if i%2 == 1 {
				if x, err := a.Integers(); err != nil || x[0] != int64(i) {
					t.Errorf("%s: attribute %d is %v, %v", file, i, x, err)
				}
			} else if x, err := a.Texts(); err != nil || x[0] != fmt.Sprintf("text %d", i) {
				t.Errorf("%s: attribute %d is %q, %v", file, i, x, err)
			}
		}
		long, err := many.Attribute("long")
		if err != nil {
			t.Fatal(err)
		}
		x, err := long.Integers()
		if err != nil || len(x) != 3000 || x[2999] != 2999 {
			t.Errorf("%s: the long attribute has %d numbers, %v", file, len(x), err)
		}
		if names, err := find(t, f, "none").Names(); err != nil || len(names) != 0 {
			t.Errorf("%s: an empty group has %q, %v", file, names, err)
		}
	}
}

func TestAttributes(t *testing.T) {
	f := open(t, "kinds.h5")
	o := find(t, f, "attributes")
	get := func(name string) *Attribute {
		a, err := o.Attribute(name)
		if err != nil || a == nil {
			t.Fatalf("%s: %v", name, err)
		}
		return a
	}
	for name, want := range map[string][]string{"text": {"ä text"}, "texts": {"a", "bb"}, "fixed": {"bytes"}} {
		if got, err := get(name).Texts(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	for name, want := range map[string][]int64{"numbers": {3, 1, 2}, "bool": {1}, "of-named": {5}} {
		if got, err := get(name).Integers(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %d, %v", name, got, err)
		}
	}
	if a := get("empty"); !a.Empty || a.Len() != 0 {
		t.Error("an attribute without elements has some")
	}
	if _, err := get("text").Integers(); err == nil {
		t.Error("text was read as integers")
	}
	if _, err := get("real").Integers(); err == nil {
		t.Error("0.5 was read as an integer")
	}
	target, err := get("reference").Object("scalar")
	if err != nil {
		t.Fatal(err)
	}
	d, err := target.Dataset()
	if err != nil || numbers(t, d)[0] != 2.5 {
		t.Errorf("through a reference: %v", err)
	}
}
