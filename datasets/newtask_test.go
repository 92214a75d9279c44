package datasets

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// rows makes a table in memory: text columns by header, and one feature x that
// numbers the rows, so that a cloud tells which rows it took.
func rows(header string, lines ...string) *Table {
	t := &Table{Features: []string{"x"}}
	for _, name := range strings.Fields(header) {
		t.Columns = append(t.Columns, Column{Name: name})
	}
	x := make([]float64, len(lines))
	for i, line := range lines {
		x[i] = float64(i)
		for j, cell := range strings.Split(line, "|") {
			if header != "" {
				t.Columns[j].Cells = append(t.Columns[j].Cells, cell)
			}
		}
	}
	t.X = mat.NewDense(len(lines), 1, x)
	return t
}

func variables(t *testing.T, specs ...string) []condition.Variable {
	t.Helper()
	var vs []condition.Variable
	for _, spec := range specs {
		v, err := condition.ParseVariable(spec)
		if err != nil {
			t.Fatal(err)
		}
		vs = append(vs, v)
	}
	return vs
}

// show is a line a pair: condition, source rows, target rows.
func show(task *Task, pairs []Pair) []string {
	var lines []string
	for _, p := range pairs {
		lines = append(lines, fmt.Sprint(task.Schema.Key(p.Condition), " ", p.Source.RawMatrix().Data, " ", p.Target.RawMatrix().Data))
	}
	return lines
}

func wantPairs(t *testing.T, task *Task, pairs []Pair, want ...string) {
	t.Helper()
	if got := show(task, pairs); !slices.Equal(got, want) {
		t.Errorf("pairs\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOneTableWithControl(t *testing.T) {
	table := rows("dose cell", "100|A", "0|A", "0|B", "10|A", "1e2|A", "0.0|A", "10|A", "0|B", "10|B", "10|B")
	task, report, err := NewTask(nil, table, TaskOptions{Name: "t", Variables: variables(t, "dose:log"), Control: "dose=0", HoldOut: []string{"dose=100"}})
	if err != nil {
		t.Fatal(err)
	}
	wantPairs(t, task, task.Train, "10 [1 2 5 7] [3 6 8 9]")
	wantPairs(t, task, task.HeldOut, "100 [1 2 5 7] [0 4]")
	if task.Train[0].Source != task.HeldOut[0].Source {
		t.Error("pairs of one source do not share it")
	}
	if v := task.Schema.Variables[0]; v.Min != 10 || v.Max != 10 {
		t.Errorf("the schema was fitted on held-out conditions: %+v", v)
	}
	if len(report.Dropped) != 0 || len(report.Notes) != 0 {
		t.Errorf("report %+v", report)
	}
}

// Control cells of a line are the source of the line's conditions.
func TestSourceMatchedByVariable(t *testing.T) {
	table := rows("dose cell", "0|A", "0|B", "10|A", "0|A", "10|A", "0|B", "10|B", "10|B")
	options := TaskOptions{Variables: variables(t, "dose", "cell"), Control: "dose=0"}
	task, report, err := NewTask(nil, table, options)
	if err != nil {
		t.Fatal(err)
	}
	wantPairs(t, task, task.Train, "10,A [0 3] [2 4]", "10,B [1 5] [6 7]")
	for _, say := range []string{"dose is taken as continuous", "cell is taken as categorical", "source rows of its own cell"} {
		if !strings.Contains(strings.Join(report.Notes, "\n"), say) {
			t.Errorf("notes %q lack %q", report.Notes, say)
		}
	}
	options.Match = []string{}
	if task, _, err = NewTask(nil, table, options); err != nil {
		t.Fatal(err)
	}
	wantPairs(t, task, task.Train, "10,A [0 1 3 5] [2 4]", "10,B [0 1 3 5] [6 7]")
	options.Match = []string{"cel"}
	if _, _, err = NewTask(nil, table, options); err == nil || !strings.Contains(err.Error(), "(nearest: cell)") {
		t.Errorf("match by an unknown variable: %v", err)
	}
	options.Match = []string{"dose"}
	if _, _, err = NewTask(nil, table, options); err == nil || !strings.Contains(err.Error(), "0 source rows for condition 10,A") {
		t.Errorf("match by the control's variable: %v", err)
	}
}

// Source rows that are no condition's are counted.
func TestSourceRowsWithoutCondition(t *testing.T) {
	table := rows("dose cell", "0|A", "0|B", "10|A", "0|A", "10|A", "0|B", "0|", "0|C")
	task, report, err := NewTask(nil, table, TaskOptions{Variables: variables(t, "dose:continuous", "cell:categorical"), Control: "dose=0"})
	if err != nil {
		t.Fatal(err)
	}
	wantPairs(t, task, task.Train, "10,A [0 3] [2 4]")
	if want := []Dropped{{"source rows with the cell of no condition", 4}}; !reflect.DeepEqual(report.Dropped, want) {
		t.Errorf("dropped %v, want %v", report.Dropped, want)
	}
}

func TestSourceThatCannotBeMatched(t *testing.T) {
	// B has one control row only, and drug tells source from target.
	table := rows("drug cell", "dmso|A", "dmso|B", "dmso|A", "x|A", "x|A", "y|B", "y|B")
	task, report, err := NewTask(nil, table, TaskOptions{Variables: variables(t, "drug:categorical", "cell:categorical"), Control: "drug=dmso"})
	if err != nil {
		t.Fatal(err)
	}
	wantPairs(t, task, task.Train, "x,A [0 1 2] [3 4]", "y,B [0 1 2] [5 6]")
	if !strings.Contains(strings.Join(report.Notes, "\n"), "no two source rows with cell=B") {
		t.Errorf("notes %q", report.Notes)
	}
	// Each of the labels has source rows, but not together.
	table = rows("dose time cell", "0|1|A", "0|1|A", "0|2|B", "0|2|B", "5|1|B", "5|1|B", "5|2|A", "5|2|A")
	task, report, err = NewTask(nil, table, TaskOptions{Variables: variables(t, "dose:continuous", "time:continuous", "cell:categorical"), Control: "dose=0"})
	if err != nil || task.Train[0].Source != task.Train[1].Source {
		t.Fatalf("%v, %v", task, err)
	}
	if !strings.Contains(strings.Join(report.Notes, "\n"), "share one source: there are no two source rows with time, cell=1,B") {
		t.Errorf("notes %q", report.Notes)
	}
}

func TestSetsOfOneTable(t *testing.T) {
	table := rows("perturbation", "KLF1+MAP2K6", "ctrl", "MAP2K6+KLF1", "control", "ctrl+KLF1", "KLF1", "", "MAP2K6+ctrl", "MAP2K6", "KLF1+ctrl")
	for _, control := range []string{"", "perturbation=control", "perturbation=ctrl"} {
		task, _, err := NewTask(nil, table, TaskOptions{Variables: variables(t, "perturbation"), Control: control})
		if err != nil {
			t.Fatal(err)
		}
		wantPairs(t, task, task.Train, "KLF1 [1 3 6] [4 5 9]", "KLF1+MAP2K6 [1 3 6] [0 2]", "MAP2K6 [1 3 6] [7 8]")
	}
	// An action may be the control too.
	task, _, err := NewTask(nil, table, TaskOptions{Variables: variables(t, "perturbation:set"), Control: "perturbation=KLF1", MinRows: 2})
	if err == nil {
		t.Errorf("one row written KLF1 is a source: %v", show(task, task.Train))
	}
}

func TestTwoTables(t *testing.T) {
	source := &Table{File: "s.csv", Features: []string{"b", "a"}, X: mat.NewDense(2, 2, []float64{1, 2, 3, 4}), Weights: []float64{1, 3}}
	target := &Table{File: "t.csv", Features: []string{"a", "b"}, X: mat.NewDense(5, 2, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), Weights: []float64{1, 2, 3, 4, 5},
		Columns: []Column{{"dose", []string{"2", "1", "2", "1", "0"}}}}
	options := TaskOptions{Variables: variables(t, "dose:log"), Control: "dose=0"}
	task, report, err := NewTask(source, target, options)
	if err != nil {
		t.Fatal(err)
	}
	wantPairs(t, task, task.Train, "1 [2 1 4 3] [2 3 6 7]", "2 [2 1 4 3] [0 1 4 5]")
	if p := task.Train[1]; !slices.Equal(p.SourceWeights, []float64{1, 3}) || !slices.Equal(p.TargetWeights, []float64{1, 3}) {
		t.Errorf("weights %v, %v", p.SourceWeights, p.TargetWeights)
	}
	if want := []Dropped{{"control rows (dose=0) beside a source table", 1}}; !reflect.DeepEqual(report.Dropped, want) {
		t.Errorf("dropped %v, want %v", report.Dropped, want)
	}
	if !slices.Equal(task.Features, target.Features) {
		t.Errorf("features %v", task.Features)
	}
	// A source that has the condition's column is matched by it.
	source.Columns = []Column{{"dose", []string{"1", "1"}}}
	target.Columns[0].Cells = []string{"1", "1", "1", "1", "1"}
	if task, _, err = NewTask(source, target, TaskOptions{Variables: variables(t, "dose")}); err != nil || len(task.Train) != 1 {
		t.Errorf("%v, %v", task, err)
	}
	source.Features[1] = "c"
	if _, _, err = NewTask(source, target, options); err == nil || !strings.Contains(err.Error(), "s.csv lacks feature a") {
		t.Errorf("a missing feature: %v", err)
	}
	source.Features, source.X = []string{"b", "a", "c"}, mat.NewDense(2, 3, nil)
	if _, _, err = NewTask(source, target, options); err == nil || !strings.Contains(err.Error(), "features that t.csv lacks: c") {
		t.Errorf("a feature too many: %v", err)
	}
}

func TestNoVariables(t *testing.T) {
	task, _, err := NewTask(rows("", "", ""), rows("", "", "", ""), TaskOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantPairs(t, task, task.Train, " [0 1] [0 1 2]")
}

func TestNewTaskErrors(t *testing.T) {
	table := func() *Table {
		t := rows("dose drug", "0|a", "0|a", "10|a", "10|a", "100|b", "100|b", "5|b")
		t.File, t.lines = "t.csv", []int{2, 3, 4, 5, 6, 7, 9}
		return t
	}
	log := variables(t, "dose:log")
	for _, c := range []struct {
		say     []string
		options TaskOptions
	}{
		{[]string{"t.csv alone", "dose=0"}, TaskOptions{Variables: log}},
		{[]string{"t.csv, row 9", "condition 5 has one row"}, TaskOptions{Variables: log, Control: "dose=0"}},
		{[]string{"t.csv, row 2", "dose=0 cannot go on a log scale", "control"}, TaskOptions{Variables: log, Control: "drug=b"}},
		{[]string{"no column dse", "nearest: dose"}, TaskOptions{Variables: variables(t, "dse:log"), Control: "dose=0"}},
		{[]string{"no column dse", "nearest: dose"}, TaskOptions{Variables: log, Control: "dse=0"}},
		{[]string{"column x was read as a feature"}, TaskOptions{Variables: variables(t, "x"), Control: "dose=0"}},
		{[]string{"no row with dose=3"}, TaskOptions{Variables: log, Control: "dose=3"}},
		{[]string{"NAME=VALUE"}, TaskOptions{Variables: log, Control: "dose"}},
		{[]string{"row 2", "drug=a", "not a finite number"}, TaskOptions{Variables: variables(t, "drug:continuous"), Control: "dose=10"}},
		{[]string{"dose=99", "is no condition"}, TaskOptions{Variables: log, Control: "dose=0", MinRows: 2, HoldOut: []string{"dose=99"}}},
		{[]string{"dsoe", "nearest: dose"}, TaskOptions{Variables: log, Control: "dose=0", MinRows: 2, HoldOut: []string{"dsoe=10"}}},
		{[]string{"all 2 conditions"}, TaskOptions{Variables: log, Control: "dose=0", MinRows: 2, HoldOut: []string{"dose=10", "dose=100"}}},
		{[]string{"no target rows left"}, TaskOptions{Variables: log, Control: "dose=0", MinRows: 9}},
		{[]string{"source rows", "1 source"}, TaskOptions{Variables: variables(t, "dose:continuous"), Control: "dose=5", MinRows: 2}},
		{[]string{"coordinates of drug", "absent.csv"}, TaskOptions{Variables: variables(t, "drug:vector=absent.csv"), Control: "dose=0"}},
		{[]string{"named twice"}, TaskOptions{Variables: variables(t, "dose", "dose"), Control: "dose=0"}},
	} {
		task, _, err := NewTask(nil, table(), c.options)
		if err == nil {
			t.Errorf("%v: no error but %v", c.say, show(task, task.Train))
			continue
		}
		for _, say := range c.say {
			if !strings.Contains(err.Error(), say) {
				t.Errorf("error %q lacks %q", err, say)
			}
		}
	}
	if _, _, err := NewTask(nil, nil, TaskOptions{}); err == nil {
		t.Error("no table made a task")
	}
	zero := table()
	zero.Weights = []float64{1, 1, 0, 0, 1, 1, 1}
	if _, _, err := NewTask(nil, zero, TaskOptions{Variables: log, Control: "dose=0", MinRows: 2}); err == nil || !strings.Contains(err.Error(), "condition 10: target: all weights are zero") {
		t.Errorf("a cloud without weight: %v", err)
	}
}

func TestNewTaskNotes(t *testing.T) {
	table := rows("dose drug", "0|a", "0|a", "10|a", "10|a", "100|b", "100|b", "5|b")
	table.Features = []string{"x", "k"}
	x := mat.NewDense(7, 2, nil)
	x.SetCol(0, table.X.RawMatrix().Data)
	x.SetCol(1, []float64{1, 1, 1, 1, 1, 1, 1})
	table.X = x
	_, report, err := NewTask(nil, table, TaskOptions{Variables: variables(t, "dose:log", "drug:categorical"), Control: "dose=0", MinRows: 2, HoldOut: []string{"drug=b"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Dropped{{"1 conditions of fewer than 2 rows", 1}}; !reflect.DeepEqual(report.Dropped, want) {
		t.Errorf("dropped %v, want %v", report.Dropped, want)
	}
	notes := strings.Join(report.Notes, "\n")
	for _, say := range []string{"1 of 2 features are constant over all training rows: k", "held-out condition 100,b cannot be asked"} {
		if !strings.Contains(notes, say) {
			t.Errorf("notes %q lack %q", notes, say)
		}
	}
}
