package baselines

import (
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// sourceOf and targetOf are a pair's clouds with their weights.
func sourceOf(p datasets.Pair) ot.Measure {
	return ot.Measure{Points: p.Source, Weights: p.SourceWeights}
}

func targetOf(p datasets.Pair) ot.Measure {
	return ot.Measure{Points: p.Target, Weights: p.TargetWeights}
}

// endsOf are the sources and targets that maps are fitted between: those of
// the training pairs or, for a pooled map, the two that they make together.
func endsOf(task *datasets.Task, reach Reach) (sources, targets []ot.Measure, err error) {
	for _, p := range task.Train {
		sources, targets = append(sources, sourceOf(p)), append(targets, targetOf(p))
	}
	if reach != Pooled {
		return sources, targets, nil
	}
	source, err := mixture(sources)
	if err != nil {
		return nil, nil, err
	}
	target, err := mixture(targets)
	return []ot.Measure{source}, []ot.Measure{target}, err
}

// mixture is the clouds as one, each with the same mass. A cloud that stands
// several times with the same weights is taken once with as much more mass.
func mixture(clouds []ot.Measure) (ot.Measure, error) {
	type identity struct {
		points  *mat.Dense
		weights *float64
	}
	count := map[identity]float64{}
	var distinct []ot.Measure
	id := func(m ot.Measure) identity {
		if m.Weights == nil {
			return identity{m.Points, nil}
		}
		return identity{m.Points, &m.Weights[0]}
	}
	rows := 0
	for _, m := range clouds {
		if count[id(m)] == 0 {
			distinct = append(distinct, m)
			n, _ := m.Dims()
			rows += n
		}
		count[id(m)]++
	}
	if len(distinct) == 1 {
		return distinct[0], nil
	}
	_, d := distinct[0].Dims()
	points, weights := mat.NewDense(rows, d, nil), make([]float64, 0, rows)
	for _, m := range distinct {
		shares, err := m.Shares()
		if err != nil {
			return ot.Measure{}, err
		}
		for i, w := range shares {
			points.SetRow(len(weights), m.Points.RawRowView(i))
			weights = append(weights, w*count[id(m)]/float64(len(clouds)))
		}
	}
	return ot.Measure{Points: points, Weights: weights}, nil
}

// meanOf is the weighted mean of a cloud.
func meanOf(m ot.Measure) ([]float64, error) {
	w, err := m.Shares()
	if err != nil {
		return nil, err
	}
	_, d := m.Dims()
	mean := make([]float64, d)
	for i, share := range w {
		for k, v := range m.Points.RawRowView(i) {
			mean[k] += share * v
		}
	}
	return mean, nil
}

// differences of the means of targets and sources.
func differences(sources, targets []ot.Measure) ([][]float64, error) {
	shifts := make([][]float64, len(sources))
	for j := range sources {
		from, err := meanOf(sources[j])
		if err != nil {
			return nil, err
		}
		if shifts[j], err = meanOf(targets[j]); err != nil {
			return nil, err
		}
		for k, v := range from {
			shifts[j][k] -= v
		}
	}
	return shifts, nil
}
