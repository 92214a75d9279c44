package experiments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// closedCovariate is an experiment that takes no time: no network is trained.
func closedCovariate() CovariateOptions {
	return CovariateOptions{Quick: true, Methods: []string{"affine", "additive", "mean", "identity"}, Backend: "go"}
}

// TestCovariate runs the rivals of closed form on the simulated screen: every condition in sample, one of each line held out,
// and the doses of a line that no method saw, which dosage alone can tell.
func TestCovariate(t *testing.T) {
	r, err := Covariate(context.Background(), closedCovariate())
	if err != nil {
		t.Fatal(err)
	}
	for setting, n := range map[string]int{InSample: 12, HeldOut: 3, NewSource: 4} {
		values := r.values("generator", "additive", setting, uvp)
		if len(values) != n {
			t.Errorf("%s: %d conditions, want %d: %v", setting, len(values), n, sortedKeys(values))
		}
		lines := map[string]bool{}
		for key := range values {
			line, _, _ := strings.Cut(key, ",")
			lines[line] = true
		}
		if setting != NewSource && len(lines) != 3 {
			t.Errorf("%s: conditions %v", setting, sortedKeys(values))
		}
		additive, identity := r.summary("generator", "additive", setting, "", uvp), r.summary("generator", "identity", setting, "", uvp)
		share := .5 // of what is left by doing nothing
		if setting == NewSource {
			share = .8 // its shifts are those of other lines
		}
		if !(additive.Mean < share*identity.Mean) {
			t.Errorf("%s: L2-UVP %g of main effects, %g of none", setting, additive.Mean, identity.Mean)
		}
	}
	if len(r.Drawings) != 2 || !strings.Contains(r.Drawings[0].Caption, "figure 4b") {
		t.Errorf("%d drawings", len(r.Drawings))
	}
}

// typedTask is two types of cells, far from each other, that a treatment moves by 1 and by 3, in a population that lies
// at some place.
func typedTask(name string, at float64) *datasets.Task {
	r := rand.New(rand.NewPCG(1, uint64(at)))
	cloud := func(shift float64) *mat.Dense {
		m := mat.NewDense(60, 2, nil)
		for i := range 60 {
			m.SetRow(i, []float64{at + shift + .1*r.NormFloat64(), .1 * r.NormFloat64()})
		}
		return m
	}
	task := &datasets.Task{Name: name, Features: []string{"a", "b"}, Schema: condition.Schema{Variables: []condition.Variable{{Name: "cell", Kind: condition.Categorical}}}}
	for i, label := range []string{"B", "T"} {
		task.Train = append(task.Train, datasets.Pair{Condition: condition.Value{{Labels: []string{label}}}, Source: cloud(0), Target: cloud(float64(1 + 2*i))})
	}
	return task
}

// TestCovariateUnseen carries another population's source cells: a map of each label knows its shift there, and pooled means do
// not. Labels alone hold none out, which is said.
func TestCovariateUnseen(t *testing.T) {
	o := closedCovariate()
	o.Task, o.Unseen = typedTask("donors", 0), typedTask("donors", 10)
	r, err := Covariate(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{InSample, NewSource} {
		for _, condition := range []string{"cell=B", "cell=T"} {
			additive, mean := r.values("donors", "additive", setting, effects)[condition], r.values("donors", "mean", setting, effects)[condition]
			if !(additive < .2) || !(mean > .8 && mean < 1.2) { // shifts of 1 and 3, whose mean is 2
				t.Errorf("%s, %s: ℓ2(PS) %g of main effects, %g of the mean", setting, condition, additive, mean)
			}
		}
	}
	if !slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "a label that was never trained has no code") }) {
		t.Errorf("warnings %q", r.Warnings)
	}
}

// TestCovariateUnseenFixesNothing: no cell of an unseen population, sources included, is among those that fix something.
func TestCovariateUnseenFixesNothing(t *testing.T) {
	s, err := lineSeries(3, true, "K562")
	if err != nil {
		t.Fatal(err)
	}
	e := &covariate{screen: &screen{result: &Result{}}}
	tr, err := e.trial(NewSource, nil, s, 0, 3)
	if err != nil {
		t.Fatal(err)
	}
	rows := tr.trainingRows()
	for c, m := range tr.conditions {
		if m.unseen != tr.holds(c) {
			t.Errorf("condition %d is held out: %v", c, tr.holds(c))
		}
		for _, i := range slices.Concat(m.rows, s.sources[m.source]) {
			if m.unseen && slices.Contains(rows, i) {
				t.Fatalf("cell %d of the unseen line is trained on", i)
			}
		}
	}
	if len(tr.asked) != 4 || len(rows) == 0 {
		t.Errorf("%d conditions asked, %d training cells", len(tr.asked), len(rows))
	}
}

func TestOneOfEach(t *testing.T) {
	s := &series{}
	for _, label := range []string{"b", "a"} {
		for dose := range 3 {
			s.conditions = append(s.conditions, measured{value: condition.Value{{Labels: []string{label}}, {Number: float64(dose)}}})
		}
	}
	if held := oneOfEach(s, 0); fmt.Sprint(held) != "[4 2]" { // a's second dose, b's third
		t.Errorf("held out %v", held)
	}
	if held := oneOfEach(&series{conditions: s.conditions[:2]}, 0); held != nil {
		t.Errorf("of one label %v is held out", held)
	}
}

func TestCovariateRefuses(t *testing.T) {
	for _, c := range []struct {
		change func(o *CovariateOptions)
		says   string
	}{
		{func(o *CovariateOptions) { o.Seeds = -1 }, "none is negative"},
		{func(o *CovariateOptions) { o.Methods = []string{"afine"} }, "nearest: affine"},
		{func(o *CovariateOptions) { o.Unseen = typedTask("x", 0) }, "beside which"},
		{func(o *CovariateOptions) { o.Task = shiftTask(60) }, "gomonge dosage"},
		{func(o *CovariateOptions) { o.Task, o.Counts = typedTask("x", 0), true }, "negative"},
	} {
		o := closedCovariate()
		c.change(&o)
		if _, err := Covariate(context.Background(), o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("the error is %v, without %q", err, c.says)
		}
	}
}
