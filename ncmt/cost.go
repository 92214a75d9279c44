package ncmt

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/batches"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Estimate is a number with its standard error over the points that it was taken from.
type Estimate struct {
	Value         float64 `json:"value"`
	StandardError float64 `json:"standard_error"`
}

// TransportCost is what carrying the source to the target of a condition costs, in the units of the data
// squared (of the data, with the kernel cost).
type TransportCost struct {
	Condition condition.Value `json:"-"`
	// Map is E k(x, T(x,·,c)): the cost of the map that was learnt. Its error is of first order in the map's.
	Map Estimate `json:"map"`
	// Lagrangian is L(f,T,c) = E f(y,c) + E[k(x,T) − E_z f(T,c)], whose error is of
	// second order where T and f are near the saddle point.
	Lagrangian Estimate `json:"lagrangian"`
	// Best is the one to use where one number is wanted: where Map is above Lagrangian their middle, else Lagrangian.
	//
	// Let T miss the optimal map by ε, without a direction, and solve the inner problem for f. Then E k, for the strong cost, is
	// too high by ½E‖ε‖². The Lagrangian is the dual value of f, too low by the mean Bregman divergence of
	// φ = ½‖y‖² − f between the images, ½E εᵀ∇²φ ε: as much, where the map stretches about as often as it squeezes. A
	// map that falls short of its target has E k below the Lagrangian, which is then the better of the two.
	Best Estimate `json:"best"`
}

// Cost estimates the cost of carrying the source x to condition c, from rows y of its target and their
// weights, which may be nil. Rows that the model was not trained on give honest numbers. W₂² is twice the
// strong cost. Weights that are no shares of their rows, or give all to one, are an error.
func (m *Model) Cost(x, y *mat.Dense, xWeights, yWeights []float64, c condition.Value) (TransportCost, error) {
	for _, side := range []struct {
		name    string
		cloud   *mat.Dense
		weights []float64
	}{{"source", x, xWeights}, {"target", y, yWeights}} {
		if err := m.check(side.cloud); err != nil {
			return TransportCost{}, err
		}
		if err := checkWeights(side.cloud, side.weights); err != nil {
			return TransportCost{}, fmt.Errorf("ncmt: the cost of a %s of %w", side.name, err)
		}
	}
	var k, gain []float64
	err := m.each(x, c, func(from, n int, v, points []float32) error {
		z := m.noise(rand.NewPCG(m.Options.Seed, streamMean+uint64(from)))
		both, err := m.nets.gain(m.weights, v, points, z, 1, batches.Chunk)
		if err != nil {
			return err
		}
		for i := range n {
			k, gain = append(k, float64(both[2*i])), append(gain, float64(both[2*i+1]))
		}
		return nil
	})
	if err != nil {
		return TransportCost{}, err
	}
	var fy []float64
	err = m.each(y, c, func(_, n int, v, points []float32) error {
		f, err := m.nets.potential(m.weights, v, points, 1, batches.Chunk)
		for _, value := range f[:min(n, len(f))] {
			fy = append(fy, float64(value))
		}
		return err
	})
	if err != nil {
		return TransportCost{}, err
	}
	cost := TransportCost{Condition: c, Map: m.mean(k, xWeights), Lagrangian: sum(m.mean(gain, xWeights), m.mean(fy, yWeights))}
	cost.Best = cost.Lagrangian
	if cost.Map.Value > cost.Lagrangian.Value {
		floats.Add(gain, k)
		floats.Scale(.5, gain)
		floats.Scale(.5, fy)
		cost.Best = sum(m.mean(gain, xWeights), m.mean(fy, yWeights))
	}
	return cost, nil
}

// checkWeights says what is wrong with the weights of a cloud's rows for a mean with a standard error.
func checkWeights(cloud *mat.Dense, weights []float64) error {
	n, _ := cloud.Dims()
	if weights == nil {
		if n < 2 {
			return fmt.Errorf("%d point has no standard error; at least 2 are needed", n)
		}
		return nil
	}
	if len(weights) != n {
		return fmt.Errorf("%d points with %d weights", n, len(weights))
	}
	positive := 0
	for i, w := range weights {
		if w < 0 || math.IsNaN(w) || math.IsInf(w, 0) {
			return fmt.Errorf("%d points: weight %d is %g; weights are finite and not negative", n, i, w)
		}
		if w > 0 {
			positive++
		}
	}
	if positive < 2 {
		return fmt.Errorf("%d points, %d of which have weight, has no standard error; at least 2 are needed", n, positive)
	}
	return nil
}

// mean of normalised values in the data's units, with its standard error.
func (m *Model) mean(values, weights []float64) Estimate {
	mean, sd := stat.MeanStdDev(values, nil)
	n := float64(len(values))
	if weights != nil {
		mean = stat.Mean(values, weights)
		sum, squares, variance := 0.0, 0.0, 0.0
		for i, w := range weights {
			sum, squares = sum+w, squares+w*w
			variance += w * (values[i] - mean) * (values[i] - mean)
		}
		n = sum * sum / squares // Kish's effective number
		sd = math.Sqrt(variance / sum * n / (n - 1))
	}
	return Estimate{mean * m.unit(), sd * m.unit() / math.Sqrt(n)}
}

func sum(a, b Estimate) Estimate {
	return Estimate{a.Value + b.Value, math.Hypot(a.StandardError, b.StandardError)}
}
