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

// cloudID tells clouds apart: one matrix may stand several times, with other weights.
type cloudID struct {
	points  *mat.Dense
	weights *float64
}

func idOf(m ot.Measure) cloudID {
	if m.Weights == nil {
		return cloudID{m.Points, nil}
	}
	return cloudID{m.Points, &m.Weights[0]}
}

// distinct are the clouds, each once, and how often each stands.
func distinct(clouds []ot.Measure) (once []ot.Measure, count map[cloudID]float64) {
	count = map[cloudID]float64{}
	for _, m := range clouds {
		if count[idOf(m)] == 0 {
			once = append(once, m)
		}
		count[idOf(m)]++
	}
	return once, count
}

// mixture is the clouds as one, each with the same mass. A cloud that stands
// several times with the same weights is taken once with as much more mass.
func mixture(clouds []ot.Measure) (ot.Measure, error) {
	once, count := distinct(clouds)
	rows := 0
	for _, m := range once {
		n, _ := m.Dims()
		rows += n
	}
	if len(once) == 1 {
		return once[0], nil
	}
	_, d := once[0].Dims()
	points, weights := mat.NewDense(rows, d, nil), make([]float64, 0, rows)
	for _, m := range once {
		shares, err := m.Shares()
		if err != nil {
			return ot.Measure{}, err
		}
		for i, w := range shares {
			points.SetRow(len(weights), m.Points.RawRowView(i))
			weights = append(weights, w*count[idOf(m)]/float64(len(clouds)))
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
