package datasets

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

func TestGroups(t *testing.T) {
	table := rows("p dose", "B+A|2", "A|2.0", "A+B|2", "ctrl|1", "A|2", "|1")
	table.Weights = []float64{1, 2, 3, 4, 5, 6}
	s := condition.Schema{Variables: variables(t, "dose:continuous", "p:set")}
	groups, err := table.Groups(s)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	var took [][]int
	for _, g := range groups {
		keys = append(keys, s.Key(g.Condition))
		took = append(took, g.Rows)
	}
	if !slices.Equal(keys, []string{"1,control", "2,A", "2,A+B"}) || !reflect.DeepEqual(took, [][]int{{3, 5}, {1, 4}, {0, 2}}) {
		t.Errorf("groups %v of rows %v", keys, took)
	}
	x, w := table.Cloud(took[2])
	if !mat.Equal(x, mat.NewDense(2, 1, []float64{0, 2})) || !slices.Equal(w, []float64{1, 3}) {
		t.Errorf("cloud %v, weights %v", x, w)
	}
	values, err := table.Conditions(s)
	if err != nil || len(values) != 6 || s.Key(values[2]) != "2,A+B" || s.Key(values[5]) != "1,control" {
		t.Errorf("conditions %v, %v", values, err)
	}
	table.Columns[1].Cells[4] = "low"
	for _, err := range []error{func() error { _, err := table.Groups(s); return err }(), func() error { _, err := table.Conditions(s); return err }()} {
		if err == nil || !strings.Contains(err.Error(), "row 5: condition: dose=low") {
			t.Errorf("a dose in words: %v", err)
		}
	}
	s.Variables[0].Name = "dosis"
	if _, err := table.Groups(s); err == nil || !strings.Contains(err.Error(), "nearest: dose") {
		t.Errorf("an unknown column: %v", err)
	}
	if _, err := table.Conditions(s); err == nil {
		t.Error("an unknown column was read")
	}
}

// Conditions written beside carried rows are read back.
func TestWithConditions(t *testing.T) {
	table := rows("batch dose", "x|0", "y|0")
	table.IDs = []string{"r1", "r2"}
	s := condition.Schema{Variables: variables(t, "dose:log", "p:set")}
	values := []condition.Value{{{Number: 10}, {Labels: []string{"A", "B"}}}, {{Number: 0.1}, {}}}
	got, err := table.WithConditions(s, values)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "p.csv")
	if err := WriteTable(path, got); err != nil {
		t.Fatal(err)
	}
	back, err := ReadTable(path, ReadOptions{Conditions: []string{"dose", "p"}, Optional: []string{"batch"}})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := back.Conditions(s); err != nil || !reflect.DeepEqual(again, values) || !slices.Equal(back.IDs, table.IDs) {
		t.Errorf("came back as %v, %v, ids %v", again, err, back.IDs)
	}
	if batch, err := back.Column("batch"); err != nil || !slices.Equal(batch, []string{"x", "y"}) {
		t.Errorf("batch %v, %v", batch, err)
	}
	if listed, err := ReadConditions(path, s); err != nil || !reflect.DeepEqual(listed, values) {
		t.Errorf("as a list: %v, %v", listed, err)
	}
	one, err := table.WithConditions(s, values[:1])
	if err != nil || !slices.Equal(one.Columns[1].Cells, []string{"10", "10"}) || len(table.Columns) != 2 || table.Columns[1].Cells[0] != "0" {
		t.Errorf("one for all: %+v, %v; the table given: %+v", one, err, table.Columns)
	}
	if _, err := table.WithConditions(s, nil); err == nil {
		t.Error("no conditions were taken")
	}
	clash := condition.Schema{Variables: variables(t, "x:log")}
	if _, err := table.WithConditions(clash, []condition.Value{{{Number: 1}}}); err == nil || !strings.Contains(err.Error(), "column x") {
		t.Errorf("a variable named as a feature: %v", err)
	}
}

func TestReadConditionsErrors(t *testing.T) {
	s := condition.Schema{Variables: variables(t, "dose:log")}
	for text, say := range map[string]string{"dsoe\n1\n": "nearest: dsoe", "dose\n1\n\nx\n": "row 4", "dose\n": "no rows", "": "no header", "dose,a\n1\n": "1 cells"} {
		path := file(t, "grid.csv", text)
		if v, err := ReadConditions(path, s); err == nil || !strings.Contains(err.Error(), say) || !strings.Contains(err.Error(), path) {
			t.Errorf("ReadConditions of %q: %v, %v; want an error with %q", text, v, err, say)
		}
	}
}
