package experiments

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"gonum.org/v1/gonum/mat"
)

// series is cells under a row of conditions: one drug's doses, say.
type series struct {
	// data, name and replicate are the columns of a result's table.
	data, name, replicate string
	schema                condition.Schema
	unit                  string // of the condition, for figures
	features              []string
	expression            bool // features are logarithms of expression
	// counts of all cells, or, where there are none, their values.
	counts *sparse.CSR
	points mat.Matrix
	// sources are the rows of each source cloud, conditions those of each target cloud.
	sources    [][]int
	conditions []measured
	// truth is what some source rows would measure on average in some columns under a condition (nil: untreated), of
	// counts normalised to target; nil where it is not known.
	truth func(rows []int, c condition.Value, target float64, columns []int) (*mat.Dense, error)
}

// measured is the cells of one condition.
type measured struct {
	value  condition.Value
	source int // of the series' sources
	rows   []int
	unseen bool // of a population that no method sees
}

// key of a condition in the table.
func (s *series) key(c int) string { return s.schema.Format(s.conditions[c].value) }

// values are the conditions.
func (s *series) values() []condition.Value {
	list := make([]condition.Value, len(s.conditions))
	for c, m := range s.conditions {
		list[c] = m.value
	}
	return list
}

// isExpression says whether features are logarithms of expression.
func (s *series) isExpression() bool { return s.counts != nil || s.expression }

// label of the series in messages.
func (s *series) label() string {
	text := s.data
	if s.name != "" {
		text += ", " + s.name
	}
	if s.replicate != "" {
		text += ", " + s.replicate
	}
	return text
}

// screenSeries are the drugs of a simulated screen, a series each.
func screenSeries(seed uint64, o synthetic.ScreenOptions, drugs []string) ([]*series, error) {
	o.Seed = seed
	screen, err := synthetic.NewScreen(o)
	if err != nil {
		return nil, err
	}
	var list []*series
	for _, drug := range drugs {
		s := &series{data: "generator", name: drug, replicate: "seed " + strconv.FormatUint(seed, 10), unit: "nM",
			schema:   condition.Schema{Variables: []condition.Variable{{Name: "dose", Kind: condition.Continuous, Scale: condition.Log}}},
			features: screen.Genes, counts: screen.Counts, sources: [][]int{screen.Rows(drug, 0)}}
		s.truth = func(rows []int, c condition.Value, target float64, columns []int) (*mat.Dense, error) {
			dose := 0.0
			if c != nil {
				dose = c[0].Number
			}
			return screen.Counterfactual(rows, drug, dose, target, columns)
		}
		for _, dose := range synthetic.ScreenDoses {
			s.conditions = append(s.conditions, measured{value: condition.Value{{Number: dose}}, rows: screen.Rows(drug, dose)})
		}
		list = append(list, s)
	}
	return list, nil
}

// taskSeries is a task's pairs as one series; held-out pairs count as the others.
func taskSeries(data, unit string, task *datasets.Task) (*series, error) {
	if err := task.Validate(); err != nil {
		return nil, err
	}
	s, err := stacked(task, slices.Concat(task.Train, task.HeldOut))
	if err != nil {
		return nil, err
	}
	s.data, s.unit = data, unit
	slices.SortStableFunc(s.conditions, func(a, b measured) int { return s.schema.Compare(a.value, b.value) })
	return s, nil
}

// stacked puts the clouds of pairs above each other, each once.
func stacked(task *datasets.Task, pairs []datasets.Pair) (*series, error) {
	s := &series{schema: task.Schema, features: task.Features}
	var stack []*mat.Dense
	rows := 0
	add := func(m *mat.Dense) (list []int) {
		n, _ := m.Dims()
		for i := range n {
			list = append(list, rows+i)
		}
		rows += n
		stack = append(stack, m)
		return list
	}
	sources := map[*mat.Dense]int{}
	for _, p := range pairs {
		if p.SourceWeights != nil || p.TargetWeights != nil {
			return nil, fmt.Errorf("experiments: condition %s has weighted rows; this experiment compares clouds of equal weights", task.Schema.Key(p.Condition))
		}
		at, known := sources[p.Source]
		if !known {
			at = len(s.sources)
			sources[p.Source] = at
			s.sources = append(s.sources, add(p.Source))
		}
		s.conditions = append(s.conditions, measured{value: p.Condition, source: at, rows: add(p.Target)})
	}
	points := mat.NewDense(rows, len(s.features), nil)
	at := 0
	for _, m := range stack {
		n, d := m.Dims()
		points.Slice(at, at+n, 0, d).(*mat.Dense).Copy(m)
		at += n
	}
	s.points = points
	return s, nil
}

// shippedSeries is a measured data set that is part of the program.
func shippedSeries(name string) (*series, error) {
	load, unit := singlecell.HSMM, "" // its condition is named hours
	if name == "dasatinib" {
		load, unit = singlecell.Dasatinib, "µM"
	}
	task, err := load()
	if err != nil {
		return nil, err
	}
	s, err := taskSeries(name, unit, task)
	if err == nil {
		s.expression = name == "hsmm"
	}
	return s, err
}

// split says which cells are trained on, for every source and every condition.
type split struct {
	name                    string  // of the fold; "" where there is one
	train, test             [][]int // of the conditions
	sourceTrain, sourceTest [][]int
}

// splits set a k-th of the cells of every cloud aside at random: another one in each of k splits, of the
// same size (the remainder is always trained on). With only, just the first split is made.
func (s *series) splits(k int, only bool, src rand.Source) ([]split, error) {
	r := rand.New(src)
	made := make([]split, k)
	if only {
		made = made[:1]
	}
	cut := func(rows []int, what string, give func(sp *split, train, test []int)) error {
		if len(rows) < 2*k {
			return fmt.Errorf("experiments: %s: %s has %d cells: at least %d are needed, to cut them into %d parts of two or more, to train on and to be judged by", s.label(), what, len(rows), 2*k, k)
		}
		order, size := r.Perm(len(rows)), len(rows)/k
		for f := range made {
			var train, test []int
			for i, at := range order {
				if i/size == f {
					test = append(test, rows[at])
				} else {
					train = append(train, rows[at])
				}
			}
			slices.Sort(train)
			slices.Sort(test)
			give(&made[f], train, test)
		}
		return nil
	}
	for _, rows := range s.sources {
		if err := cut(rows, "the source", func(sp *split, train, test []int) {
			sp.sourceTrain, sp.sourceTest = append(sp.sourceTrain, train), append(sp.sourceTest, test)
		}); err != nil {
			return nil, err
		}
	}
	for c, m := range s.conditions {
		if err := cut(m.rows, s.key(c), func(sp *split, train, test []int) {
			sp.train, sp.test = append(sp.train, train), append(sp.test, test)
		}); err != nil {
			return nil, err
		}
	}
	for f := range made {
		if !only {
			made[f].name = "fold " + strconv.Itoa(f+1)
		}
	}
	return made, nil
}
