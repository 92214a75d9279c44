package experiments

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/climate"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ncmt"
	"github.com/gomonge/gomonge/ot"
	"github.com/gomonge/gomonge/plots"
	"github.com/gomonge/gomonge/sensitivity"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// What [Ablation] trains on.
const (
	onSynthetic   = "synthetic"
	onClimate     = "climate"
	onSensitivity = "sensitivity"
)

// AblationGrounds are what [Ablation] can train on: synthetic, a task whose optimal maps are known, judged by L2-UVP; climate,
// GDP per capita of synthetic countries in 2020 and after climate damages in other years, judged by W₁ (on the line it is exact); and sensitivity, the linear Gaussian
// study, judged by how far transport costs are from exact ones, and by their correlation.
func AblationGrounds() []string { return []string{onSynthetic, onClimate, onSensitivity} }

// ground is a task with a known answer, and how a map is held against it.
type ground struct {
	task *datasets.Task
	// heldOut is how many conditions are.
	heldOut int
	// metric of the table and the figure, with the word for it, its unit and its definition.
	metric, label, unit, definition string
	// judge holds a map against the answer under the conditions that it answers; Data, Replicate and Method of the rows are
	// the caller's.
	judge func(ctx context.Context, m *ncmt.Model, answers func(condition.Value) bool) ([]Row, error)
	// adapt changes what the task needs otherwise; nil: nothing.
	adapt func(*ncmt.Options)
}

// axis of the figure.
func (g *ground) axis() plots.Axis { return plots.Axis{Label: g.label, Unit: g.unit, Log: true} }

// title of the metric.
func (g *ground) title() string {
	if g.unit == "" {
		return g.label
	}
	return fmt.Sprintf("%s (%s)", g.label, g.unit)
}

var grounds = map[string]func(ctx context.Context, o AblationOptions) (*ground, error){
	onSynthetic: syntheticGround, onClimate: climateGround, onSensitivity: sensitivityGround,
}

func syntheticGround(_ context.Context, o AblationOptions) (*ground, error) {
	sizes := synthetic.Options{Dim: o.Dim, Seed: o.Seed}
	if o.Quick {
		sizes.SourcePoints, sizes.TargetPoints, sizes.TestPoints = 500, 400, 200
	}
	task, err := synthetic.New(o.Kind, sizes)
	if err != nil {
		return nil, err
	}
	settings := map[synthetic.Split]string{synthetic.Train: InSample, synthetic.HeldOut: HeldOut}
	g := &ground{task: task.Task, metric: uvp, label: "L2-UVP", unit: "%", definition: "L2-UVP is 100·E‖T̂−T‖² over the variance of the target"}
	for _, c := range task.Conditions {
		if c.Split == synthetic.HeldOut {
			g.heldOut++
		}
	}
	g.judge = func(_ context.Context, m *ncmt.Model, answers func(condition.Value) bool) (rows []Row, err error) {
		for _, c := range task.Conditions {
			setting, known := settings[c.Split]
			if !known || !answers(c.Value) {
				continue
			}
			truth, err := task.Map(nil, task.TestCloud, c.Value)
			if err != nil {
				return nil, err
			}
			carried, err := m.Transport(nil, task.TestCloud, c.Value)
			if err != nil {
				return nil, err
			}
			f, err := metrics.L2UVP(carried, truth, nil, metrics.Options{Seed: o.Seed})
			if err != nil {
				return nil, err
			}
			rows = append(rows, Row{Setting: setting, Condition: task.Schema.Format(c.Value), Metric: f})
		}
		return rows, nil
	}
	return g, nil
}

func climateGround(_ context.Context, o AblationOptions) (*ground, error) {
	countries, draws := 50, 40
	if o.Quick {
		countries, draws = 10, 20
	}
	world, err := climate.Synthetic(countries, rand.NewPCG(o.Seed, 0))
	if err != nil {
		return nil, err
	}
	task, err := world.Task(climate.TaskOptions{Draws: draws, TestDraws: draws, BaseYear: 2020, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	g := &ground{task: task.Task, heldOut: len(task.HeldOut), metric: "w1", label: "W₁ of log GDP per capita", definition: "W₁ is that between the carried and the damaged log GDP per capita of draws that were not trained on, exact on the line"}
	g.judge = func(_ context.Context, m *ncmt.Model, answers func(condition.Value) bool) (rows []Row, err error) {
		for k, pairs := range [][]datasets.Pair{task.Test, task.HeldOut} {
			for _, p := range pairs {
				if !answers(p.Condition) {
					continue
				}
				carried, err := m.Transport(nil, p.Source, p.Condition)
				if err != nil {
					return nil, err
				}
				f, err := metrics.W1(ot.Measure{Points: carried}, ot.Measure{Points: p.Target}, metrics.Options{MaxPoints: -1, Seed: o.Seed})
				if err != nil {
					return nil, err
				}
				rows = append(rows, Row{Setting: []string{InSample, HeldOut}[k], Condition: task.Schema.Format(p.Condition), Metric: f})
			}
		}
		return rows, nil
	}
	return g, nil
}

func sensitivityGround(ctx context.Context, o AblationOptions) (*ground, error) {
	study, _, err := sensitivity.LinearStudy()
	if err != nil {
		return nil, err
	}
	n, cells := 2000, 25
	if o.Quick {
		n, cells = 300, 6
	}
	runs, err := study.Sample(ctx, n, sensitivity.SobolSequence, o.Seed)
	if err != nil {
		return nil, err
	}
	task, err := sensitivity.NeuralTask(runs, sensitivity.NeuralOptions{Cells: cells, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	exact, source := make([]float64, len(task.Train)), task.Train[0].Source
	for k, p := range task.Train {
		f, err := metrics.W2Squared(ctx, ot.Measure{Points: source}, ot.Measure{Points: p.Target}, metrics.Options{MaxPoints: -1, Replicates: -1})
		if err != nil {
			return nil, err
		}
		exact[k] = f.Value
	}
	bound := 2 * totalVariance(source)
	g := &ground{task: task, metric: "separation_error", label: "Error of separations",
		definition: "The error is the mean difference of neural and simplex separations, W₂² over the bound 2 tr Cov Y, over all inputs and cells; cost_pearson in table.csv is their correlation"}
	g.judge = func(_ context.Context, m *ncmt.Model, answers func(condition.Value) bool) ([]Row, error) {
		costs, err := m.MapCosts(source, datasets.Conditions(task.Train))
		if err != nil {
			return nil, err
		}
		learned, miss := make([]float64, len(exact)), 0.
		for k, c := range costs {
			learned[k] = 2 * c.Value
			miss += math.Abs(learned[k]-exact[k]) / bound / float64(len(exact))
		}
		rho := stat.Correlation(learned, exact, nil)
		return []Row{
			{Setting: InSample, Metric: metrics.Unbounded(g.metric, miss, len(exact), "mean |neural − simplex| separation")},
			{Setting: InSample, Metric: metrics.Unbounded("cost_pearson", rho, len(exact), "Pearson correlation of neural and simplex costs over inputs and cells")},
		}, nil
	}
	g.adapt = func(o *ncmt.Options) { o.PerBatch = 24 }
	return g, nil
}

// totalVariance of a cloud: the trace of its covariance.
func totalVariance(x *mat.Dense) (sum float64) {
	n, d := x.Dims()
	column := make([]float64, n)
	for j := range d {
		sum += stat.Variance(mat.Col(column, j, x), nil)
	}
	return sum
}

// conditions in words.
func (g *ground) conditions() string {
	return fmt.Sprintf("%d trained and %d held-out conditions", len(g.task.Train), g.heldOut)
}
