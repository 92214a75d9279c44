package sensitivity

import (
	"context"
	"fmt"
	"math"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/ncmt"
	"gonum.org/v1/gonum/mat"
)

// Learned is the [Method] of indices from a trained map ([FitNeural]).
const Learned Method = "neural"

// NeuralOptions of [FitNeural]; the zero value is a sound default.
type NeuralOptions struct {
	// Cells of a number that the map is trained on; 0 means 25, and fewer where these would have under 20 runs each.
	Cells int
	// Scale divides each output by its standard deviation first.
	Scale bool
	// Points of the outputs that costs are averaged over; 0 means 512.
	Points int
	// Seed chooses them.
	Seed uint64
	// Watch, where set, sees at step 0 and at every validation of the training the map's separations of all cells of all
	// inputs, as [Neural.Curve] has them at the cells' ranks; an error ends training.
	Watch func(step int, separations []float64) error
	// Map are the options that the map is trained with. Zero Steps mean 600, a zero width 32, and a zero hidden width of the hypernetwork 128.
	Map ncmt.Options
}

// The variables of a neural study's conditions.
const (
	inputVariable = "input"
	rankVariable  = "rank"
)

// Neural is one conditional map from all outputs to the outputs given one input, whichever it is and
// whatever its value.
type Neural struct {
	Model *ncmt.Model
	// Report of its training.
	Report *ncmt.Report

	state *estimation
	parts []*Partition // nil of constant inputs
	few   *mat.Dense   // the outputs that costs are averaged over
	ratio float64      // of all outputs' variance to theirs
	bound float64
}

// NeuralTask are the conditional laws of runs as a task for [ncmt.Fit]: the source is the cloud of all outputs, and each
// cell of each input is a condition, its outputs the target. The condition names the input (input=LEVEL of a
// categorical one) and the middle of the cell on the scale of ranks.
func NeuralTask(runs *Runs, o NeuralOptions) (*datasets.Task, error) {
	n, err := newNeural(runs, o)
	if err != nil {
		return nil, err
	}
	return n.task()
}

func newNeural(runs *Runs, o NeuralOptions) (*Neural, error) {
	s, err := newEstimation(runs, Options{Cells: o.Cells, Scale: o.Scale, Permutations: -1})
	if err != nil {
		return nil, err
	}
	s.result.Method = Learned
	n := &Neural{state: s, parts: make([]*Partition, len(s.runs.Inputs)), bound: 2 * totalVariance(s.y)}
	s.result.Bound = n.bound
	for j, in := range s.runs.Inputs {
		if in.constant() {
			s.result.warn(fmt.Sprintf("input %s is constant: its index is 0", in.Name))
			continue
		}
		if n.parts[j], err = NewPartition(in, s.o.Cells); err != nil {
			return nil, err
		}
	}
	return n, n.choose(o)
}

// choose the outputs that costs are averaged over, one from each of as many groups of neighbours; what is left of the
// difference between their variance and that of all goes into the ratio.
func (n *Neural) choose(o NeuralOptions) error {
	points := o.Points
	setDefault(&points, 512)
	rows := n.state.runs.Len()
	if points < 2 {
		return fmt.Errorf("sensitivity: costs over %d points: want 2 at least", points)
	}
	if points >= rows {
		n.few, n.ratio = n.state.y, 1
		return nil
	}
	n.few = takeRows(n.state.y, scattered(n.state.y, points, o.Seed))
	n.ratio = totalVariance(n.state.y) / totalVariance(n.few)
	return nil
}

// label of the condition of an input's cell.
func (n *Neural) label(j, cell int) string {
	if p := n.parts[j]; p.Labels != nil {
		return n.state.runs.Inputs[j].Name + "=" + p.Labels[cell]
	}
	return n.state.runs.Inputs[j].Name
}

// condition of a cell.
func (n *Neural) condition(j, cell int) condition.Value {
	rank := .5
	if n.parts[j].Labels == nil {
		rank = n.parts[j].Rank[cell]
	}
	return valueOf(n.label(j, cell), rank)
}

func valueOf(label string, rank float64) condition.Value {
	return condition.Value{{Labels: []string{label}}, {Number: rank}}
}

func (n *Neural) task() (*datasets.Task, error) {
	t := &datasets.Task{Name: "conditional laws of a model's outputs", Features: n.state.result.Outputs,
		Schema: condition.Schema{Variables: []condition.Variable{{Name: inputVariable, Kind: condition.Categorical}, {Name: rankVariable, Kind: condition.Continuous}}}}
	for j, p := range n.parts {
		if p == nil {
			continue
		}
		for k, cell := range p.Cells {
			if len(cell) < 2 {
				n.state.result.warn(fmt.Sprintf("input %s has cells of one run, which the map is not trained on", n.state.runs.Inputs[j].Name))
				continue
			}
			t.Train = append(t.Train, datasets.Pair{Condition: n.condition(j, k), Source: n.state.y, Target: takeRows(n.state.y, cell)})
		}
	}
	if len(t.Train) == 0 {
		return nil, fmt.Errorf("sensitivity: no input has a cell with two runs")
	}
	if err := t.Schema.Fit(datasets.Conditions(t.Train)); err != nil {
		return nil, err
	}
	t.Schema.Variables[1].Min, t.Schema.Variables[1].Max = 0, 1 // ranks, whichever cells there are
	return t, nil
}

// FitNeural trains one map from the law of all outputs to their law given any one input, under conditions that name the
// input and the rank of its value. Costs of transport of the trained map are a smooth function of the input, and are
// had for new values without running the model. When ctx ends, the map so far is returned; its report says so.
func FitNeural(ctx context.Context, runs *Runs, o NeuralOptions) (*Neural, error) {
	n, err := newNeural(runs, o)
	if err != nil {
		return nil, err
	}
	task, err := n.task()
	if err != nil {
		return nil, err
	}
	if o.Map.Seconds == 0 {
		setDefault(&o.Map.Steps, 600)
	}
	setDefault(&o.Map.Architecture.Width, 32)
	setDefault(&o.Map.Architecture.Hidden, 128)
	if o.Watch != nil {
		conditions := datasets.Conditions(task.Train)
		o.Map.Watch = func(step int, m *ncmt.Model) error {
			costs, err := m.MapCosts(n.few, conditions)
			if err != nil {
				return err
			}
			values := make([]float64, len(costs))
			for k, c := range costs {
				values[k] = 2 * n.ratio * c.Value / n.bound
			}
			return o.Watch(step, values)
		}
	}
	if n.Model, n.Report, err = ncmt.Fit(ctx, task, o.Map); n.Report != nil {
		n.state.result.warn(n.Report.Warnings...)
	}
	if n.Model == nil {
		return nil, err
	}
	return n, err
}

// Curve are the separations of an input at ranks of its value between 0 and 1, of a categorical input those of its labels in
// alphabetical order, whatever the ranks: the map's transport costs over the bound, each with its standard error over points.
func (n *Neural) Curve(input string, ranks []float64) ([]ncmt.Estimate, error) {
	j := -1
	for k, in := range n.state.runs.Inputs {
		if in.Name == input {
			j = k
		}
	}
	if j < 0 {
		return nil, n.unknown(input)
	}
	p := n.parts[j]
	if p == nil {
		return make([]ncmt.Estimate, len(ranks)), nil
	}
	var conditions []condition.Value
	if p.Labels != nil {
		for k := range p.Cells {
			conditions = append(conditions, n.condition(j, k))
		}
	} else {
		for _, r := range ranks {
			if !(r >= 0 && r <= 1) {
				return nil, fmt.Errorf("sensitivity: rank %g: ranks are between 0 and 1", r)
			}
			conditions = append(conditions, valueOf(input, r))
		}
	}
	costs, err := n.Model.MapCosts(n.few, conditions)
	for k := range costs { // W₂² is twice the cost ½‖x−y‖²
		costs[k].Value *= 2 * n.ratio / n.bound
		costs[k].StandardError *= 2 * n.ratio / n.bound
	}
	return costs, err
}

// CellCosts are the separations of an input's cells by the best estimate that the critic makes possible from
// the cells' own runs (see [ncmt.TransportCost]).
func (n *Neural) CellCosts(input string) ([]ncmt.Estimate, error) {
	for j, in := range n.state.runs.Inputs {
		if in.Name != input {
			continue
		}
		if n.parts[j] == nil {
			return nil, fmt.Errorf("sensitivity: input %q is constant: it has no cells", input)
		}
		var out []ncmt.Estimate
		for k, cell := range n.parts[j].Cells {
			if len(cell) < 2 {
				out = append(out, ncmt.Estimate{Value: math.NaN(), StandardError: math.NaN()})
				continue
			}
			c, err := n.Model.Cost(n.state.y, takeRows(n.state.y, cell), nil, nil, n.condition(j, k))
			if err != nil {
				return nil, err
			}
			best := c.Best
			out = append(out, ncmt.Estimate{Value: 2 * best.Value / n.bound, StandardError: 2 * best.StandardError / n.bound})
		}
		return out, nil
	}
	return nil, n.unknown(input)
}

// unknown is the error of an input that is not there.
func (n *Neural) unknown(input string) error {
	var names []string
	for _, in := range n.state.runs.Inputs {
		names = append(names, in.Name)
	}
	return fmt.Errorf("sensitivity: there is no input %q (%s)", input, spell.Suggest(input, names))
}

// Result are the indices: means over the cells of their separations ([Neural.CellCosts]), whose standard errors are
// over the runs. Intervals and null levels take the other methods: a trained map smooths over cells, so that it scores
// little above 0 for an input without influence.
func (n *Neural) Result() (*Result, error) {
	s := n.state
	r := *s.result
	r.Definition = fmt.Sprintf("best cost of one trained map over tr Cov Y; %d cells of a number%s", s.o.Cells, s.o.scaling())
	r.Indices = nil
	for j, in := range s.runs.Inputs {
		x := newIndex(in.Name)
		if n.parts[j] != nil {
			if err := n.separations(x, j); err != nil {
				return nil, err
			}
		}
		r.Indices = append(r.Indices, *x)
	}
	return &r, nil
}

// separations fills an index and those of its cells.
func (n *Neural) separations(x *Index, j int) error {
	costs, err := n.CellCosts(x.Input)
	if err != nil {
		return err
	}
	p, total := n.parts[j], 0.0
	means := advective(n.state.y, p.Cells)
	for k, cell := range p.Cells {
		sep := Separation{Place: p.Place[k], Rank: p.Rank[k], N: len(cell), Value: costs[k].Value, Advective: means[k] / n.bound, Interval: noInterval}
		sep.Interval.StandardError = costs[k].StandardError
		if p.Labels != nil {
			sep.Label = p.Labels[k]
		}
		x.Separations = append(x.Separations, sep)
		if weight := float64(len(cell)); !math.IsNaN(sep.Value) {
			x.Value += weight * sep.Value
			x.Advective += weight * sep.Advective
			total += weight
		}
	}
	x.Value, x.Advective = x.Value/total, x.Advective/total
	x.Diffusive = x.Value - x.Advective
	return nil
}
