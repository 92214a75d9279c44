package datasets

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestDescribeH5AD(t *testing.T) {
	d, err := Describe(layout("csr-gzip.h5ad"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Rows != 23 || d.Cols != 11 || !slices.Equal(d.Layers, []string{"counts", "dense"}) || !slices.Equal(d.Obsm, []string{"X_pca"}) || !d.Raw {
		t.Errorf("%+v", d)
	}
	if !strings.Contains(d.Values, "csr, ") || !strings.Contains(d.Values, "logged") {
		t.Errorf("X is %s", d.Values)
	}
	want := map[string]ColumnDescription{
		"drug":   {Kind: "labels", Categories: []string{"control", "givinostat", "KLF1+MAP2K6", "unused"}, Counts: []int{8, 8, 7, 0}, Distinct: 4},
		"stage":  {Kind: "labels", Categories: []string{"early", "late"}, Counts: []int{11, 11}, Distinct: 2, Missing: 1},
		"dose":   {Kind: "numbers", Categories: []string{"0", "0.1", "10"}, Counts: []int{8, 8, 7}, Distinct: 3, High: 10},
		"passed": {Kind: "truth values", Categories: []string{"false", "true"}, Counts: []int{6, 17}, Distinct: 2},
		"batch":  {Kind: "numbers", Categories: []string{"1", "2"}, Counts: []int{12, 11}, Distinct: 2, Low: 1, High: 2},
	}
	for _, c := range d.Columns {
		if w, ok := want[c.Name]; ok {
			if c.Kind != w.Kind || !slices.Equal(c.Categories, w.Categories) || !slices.Equal(c.Counts, w.Counts) || c.Distinct != w.Distinct || c.Missing != w.Missing || c.Low != w.Low || c.High != w.High {
				t.Errorf("%s is %+v, want %+v", c.Name, c, w)
			}
			delete(want, c.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not described: %v", want)
	}
	if d.Guess.Control != "drug=control" || !slices.Equal(d.Guess.Conditions, []string{"drug:set", "dose:log"}) {
		t.Errorf("the guess is %+v", d.Guess)
	}
	counts, err := Describe(layout("counts-int.h5ad"))
	if err != nil || !strings.Contains(counts.Values, "raw counts") {
		t.Errorf("counts are %s, %v", counts.Values, err)
	}
	none, err := Describe(layout("bad-no-x.h5ad"))
	if err != nil || !strings.Contains(none.Values, "there is no X") {
		t.Errorf("a file without X is %+v, %v", none, err)
	}
}

func TestDescribeText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.tsv")
	text := "cell_id\tDrug\tdose\tg1\n"
	for i := range 30 {
		text += strings.Join([]string{"c", []string{"DMSO", "b", "a"}[i%3], []string{"10", "1000", ""}[i%3], string(rune('0'+i/3)) + ".5"}, "\t") + "\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Describe(path)
	if err != nil {
		t.Fatal(err)
	}
	if d.Rows != 30 || d.Cols != 3 || len(d.Columns) != 3 {
		t.Fatalf("%+v", d)
	}
	drug, dose := d.Columns[0], d.Columns[1]
	if !slices.Equal(drug.Categories, []string{"DMSO", "a", "b"}) || drug.Kind != "labels" {
		t.Errorf("%+v", drug)
	}
	if dose.Kind != "numbers" || dose.Low != 10 || dose.High != 1000 || dose.Missing != 10 || !slices.Equal(dose.Categories, []string{"10", "1000"}) {
		t.Errorf("%+v", dose)
	}
	if d.Guess.Control != "Drug=DMSO" || !slices.Equal(d.Guess.Conditions, []string{"Drug:categorical", "dose:log"}) {
		t.Errorf("the guess is %+v", d.Guess)
	}
	for _, bad := range []string{"absent.csv", "t.xlsx"} {
		if _, err := Describe(filepath.Join(filepath.Dir(path), bad)); err == nil {
			t.Errorf("%s was described", bad)
		}
	}
}

func TestDescribeMany(t *testing.T) {
	tally := newTally("x")
	for i := range maxDistinct + 5 {
		tally.add("v" + strings.Repeat("x", i%3) + string(rune(i+0x4e00)))
	}
	if d := tally.description(false); d.Distinct != -1 || d.Categories != nil {
		t.Errorf("%d distinct values, %d categories", d.Distinct, len(d.Categories))
	}
}
