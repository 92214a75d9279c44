package ncmt

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/nn"
	"gonum.org/v1/gonum/mat"
)

// MapCosts are E k(x, T(x,·,c)) over the rows of x for many conditions in one call: the Map of [TransportCost], for a new
// condition without points of its target. It costs a fraction of what as many calls of [Model.Cost] do where x
// has few rows.
func (m *Model) MapCosts(x *mat.Dense, conditions []condition.Value) ([]Estimate, error) {
	if err := m.check(x); err != nil {
		return nil, err
	}
	if err := checkWeights(x, nil); err != nil {
		return nil, fmt.Errorf("ncmt: the cost of a source of %w", err)
	}
	if len(conditions) == 0 {
		return nil, nil
	}
	n, d := x.Dims()
	normal := make([]float32, n*d)
	for i := range n {
		m.norm.In(normal[i*d:(i+1)*d], x.RawRowView(i))
	}
	var v, points []float32
	for _, c := range conditions {
		features, err := m.encoder.features(c)
		if err != nil {
			return nil, err
		}
		v, points = append(v, features...), append(points, normal...)
	}
	var z []float32
	if m.Stochastic() {
		z = make([]float32, len(conditions)*n*m.Options.Draws*m.Options.NoiseDim)
		nn.Normal(m.Options.NoiseSigma)(rand.New(rand.NewPCG(m.Options.Seed, streamMean)), z)
	}
	m.device.Lock()
	defer m.device.Unlock()
	costs, err := m.nets.cost(m.weights, v, points, z, len(conditions), n)
	if err != nil {
		return nil, err
	}
	out, values := make([]Estimate, len(conditions)), make([]float64, n)
	for c := range out {
		for i := range values {
			values[i] = float64(costs[c*n+i])
		}
		out[c] = m.mean(values, nil)
	}
	return out, nil
}
