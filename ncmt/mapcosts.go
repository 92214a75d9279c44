package ncmt

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/nn"
	"gonum.org/v1/gonum/mat"
)

// costChunk is how many conditions one program takes, so that another number of them compiles nothing anew.
const costChunk = 16

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
	n, d := x.Dims()
	points := make([]float32, costChunk*n*d)
	for i := range costChunk * n {
		m.norm.In(points[i*d:(i+1)*d], x.RawRowView(i%n))
	}
	var z []float32
	if m.Stochastic() {
		z = make([]float32, costChunk*n*m.Options.Draws*m.Options.NoiseDim)
	}
	normal, r := nn.Normal(m.Options.NoiseSigma), rand.New(rand.NewPCG(m.Options.Seed, streamMean))
	var out []Estimate
	for from := 0; from < len(conditions); from += costChunk {
		normal(r, z)
		costs, err := m.chunkCosts(points, z, conditions[from:min(from+costChunk, len(conditions))], n)
		if err != nil {
			return nil, err
		}
		out = append(out, costs...)
	}
	return out, nil
}

// chunkCosts are the costs under at most costChunk conditions, the last of which fills the chunk up, of n points that are repeated for each.
func (m *Model) chunkCosts(points, z []float32, conditions []condition.Value, n int) ([]Estimate, error) {
	var v []float32
	for k := range costChunk {
		features, err := m.encoder.features(conditions[min(k, len(conditions)-1)])
		if err != nil {
			return nil, err
		}
		v = append(v, features...)
	}
	m.device.Lock()
	defer m.device.Unlock()
	costs, err := m.nets.cost(m.weights, v, points, z, costChunk, n)
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
