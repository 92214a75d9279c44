package experiments

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// Metrics of the climate experiment.
const (
	wOne       = "w1"
	wTwo       = "w2"
	wFloor     = "w2_floor"
	mapError   = "map_rmse"
	gini       = "gini"
	poorest    = "poorest_tenth"
	poverty    = "poverty_share"
	giniError  = "gini_error"
	tailError  = "poorest_tenth_error"
	shareError = "poverty_share_error"
)

// quantileLevels at which errors of quantiles are read.
var quantileLevels = []float64{.02, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .98}

// question is a condition that methods are asked, and the truth.
type question struct {
	pair    datasets.Pair
	setting string
	ssp     string
	year    int
	text    string
	// people of the rows, and what the truth says of their incomes.
	people []float64
	truth  inequality
	// floor is W₂ of two draws of planePoints of the truth's rows: what a perfect prediction has. It is 0 on the line, where all rows count.
	floor float64
}

// planePoints of a cloud in more than one dimension are compared.
const planePoints = 1000

// planeDistance is W₂ of at most planePoints rows of each cloud, drawn apart.
func planeDistance(ctx context.Context, a, b ot.Measure) (metrics.Figure, error) {
	f, err := metrics.W2Squared(ctx, a, b, metrics.Options{MaxPoints: planePoints, Replicates: -1})
	return metrics.Unbounded(wTwo, math.Sqrt(max(0, f.Value)), f.N, fmt.Sprintf("W₂ of at most %d rows of each cloud, drawn apart: not below %s but by chance", planePoints, wFloor), f.Warnings...), err
}

// climateVerdict is what a method made of a trial, in the form in which it is kept.
type climateVerdict struct {
	Rows     []Row
	Warnings []warning
	Log      []LogLine
	// Incomes are the log GDP per capita that it predicts, by the text of the condition.
	Incomes map[string][]float64
}

// ask makes the questions, by SSP and year.
func (t *climateTrial) ask(ctx context.Context, line float64) error {
	add := func(p datasets.Pair, setting string) error {
		q := question{pair: p, setting: setting, ssp: p.Condition[0].Labels[0], year: int(p.Condition[1].Number), text: t.Schema.Format(p.Condition)}
		q.people = t.Population[t.Schema.Key(p.Condition)]
		q.truth = inequalityOf(mat.Col(nil, 0, p.Target), q.people, line)
		if t.Dim() > 1 {
			truth := ot.Measure{Points: p.Target, Weights: p.TargetWeights}
			f, err := planeDistance(ctx, truth, truth)
			if err != nil {
				return err
			}
			q.floor = f.Value
		}
		t.questions = append(t.questions, q)
		return nil
	}
	for _, p := range t.Test {
		if err := add(p, InSample); err != nil {
			return err
		}
	}
	for k, p := range t.HeldOut {
		setting := HeldOut
		if t.Block[k] {
			setting = HeldOutBlock
		}
		if err := add(p, setting); err != nil {
			return err
		}
	}
	slices.SortStableFunc(t.questions, func(a, b question) int { return cmp.Or(cmp.Compare(a.ssp, b.ssp), cmp.Compare(a.year, b.year)) })
	for _, q := range t.questions {
		if len(q.people) != len(t.TestRows) {
			return fmt.Errorf("experiments: %s: %d rows of people for %d rows", q.text, len(q.people), len(t.TestRows))
		}
	}
	return nil
}

// judge holds a predicted cloud against the truth.
func (j *climateJudgement) judge(ctx context.Context, q question, y *mat.Dense, line float64) error {
	add := func(f metrics.Figure) {
		j.Rows = append(j.Rows, Row{Data: j.trial.data, Replicate: fmt.Sprintf("seed %d", j.seed), Method: j.method.key, Setting: q.setting, Condition: q.text, Metric: f})
	}
	n, d := y.Dims()
	if i := slices.IndexFunc(y.RawMatrix().Data[:n*d], func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }); i >= 0 {
		return fmt.Errorf("%s: %s predicts %g for row %d", q.text, j.method.key, y.RawMatrix().Data[i], i/d)
	}
	income, truth := mat.Col(nil, 0, y), mat.Col(nil, 0, q.pair.Target)
	if d == 1 {
		if err := lineDistances(q, income, truth, add); err != nil {
			return err
		}
	} else {
		f, err := planeDistance(ctx, ot.Measure{Points: y, Weights: q.pair.SourceWeights}, ot.Measure{Points: q.pair.Target, Weights: q.pair.TargetWeights})
		if err != nil {
			return err
		}
		add(f)
		add(metrics.Unbounded(wFloor, q.floor, f.N, "W₂ of two such draws of the truth: what a perfect prediction has"))
	}
	got := inequalityOf(income, q.people, line)
	const people = ", weighted by population"
	add(metrics.Unbounded(gini, got.gini, n, "Gini coefficient of GDP per capita"+people))
	add(metrics.Unbounded(poorest, got.tail, n, "mean GDP per capita of the poorest tenth of people, 10³ $"))
	add(metrics.Unbounded(poverty, got.share, n, fmt.Sprintf("share of people whose country's draw is below %g·10³ $ a head", line)))
	add(metrics.Unbounded(giniError, math.Abs(got.gini-q.truth.gini), n, "|Gini − true Gini|"+people))
	add(metrics.Unbounded(tailError, math.Abs(math.Log(got.tail/q.truth.tail)), n, "|log of the poorest tenth's mean over the true one|"))
	add(metrics.Unbounded(shareError, math.Abs(got.share-q.truth.share), n, "|share of the poor − true share|"))
	if j.Incomes == nil {
		j.Incomes = map[string][]float64{}
	}
	j.Incomes[q.text] = income
	return nil
}

// lineDistances are the exact distances on the line, and how far the map is from the exact one.
func lineDistances(q question, income, truth []float64, add func(metrics.Figure)) error {
	w := q.pair.SourceWeights
	one, err := ot.OneDCost(income, truth, w, q.pair.TargetWeights, 1)
	if err != nil {
		return err
	}
	two, err := ot.OneDCost(income, truth, w, q.pair.TargetWeights, 2)
	if err != nil {
		return err
	}
	n := len(income)
	add(metrics.Unbounded(wOne, one, n, "W₁ of log GDP per capita, exact on the line"))
	add(metrics.Unbounded(wTwo, math.Sqrt(two), n, "W₂ of log GDP per capita, exact on the line"))
	plan, err := ot.OneD(mat.Col(nil, 0, q.pair.Source), truth, w, q.pair.TargetWeights, 2)
	if err != nil {
		return err
	}
	sum := 0.0
	for k, i := range plan.Source {
		e := income[i] - truth[plan.Target[k]]
		sum += plan.Mass[k] * e * e
	}
	add(metrics.Unbounded(mapError, math.Sqrt(sum), n, "root of the mean squared difference from the exact optimal map, which matches quantiles"))
	return nil
}

// inequality is what economists read off a distribution of incomes.
type inequality struct{ gini, tail, share float64 }

// inequalityOf log incomes of rows that stand for so many people each.
func inequalityOf(logs, people []float64, line float64) (q inequality) {
	order := make([]int, len(logs))
	total, sum := 0.0, 0.0
	for i := range order {
		order[i] = i
		total += people[i]
		sum += people[i] * math.Exp(logs[i])
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(logs[i], logs[j]) })
	below, earned, lorenz, tail := 0.0, 0.0, 0.0, 0.0
	for _, i := range order {
		p, income := people[i]/total, math.Exp(logs[i])
		share := p * total * income / sum
		lorenz += p * (2*earned + share)
		tail += min(p, max(0, .1-below)) * income
		if income < line {
			q.share += p
		}
		below += p
		earned += share
	}
	q.gini, q.tail = 1-lorenz, tail/.1
	return q
}
