package synthetic

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// Estimate is a figure and its uncertainty.
type Estimate struct {
	Value float64 `json:"value"`
	// StandardError of the value; 0 for a closed form.
	StandardError float64 `json:"standard_error"`
	// Points that it was estimated from; 0 for a closed form.
	Points int `json:"points"`
}

// W2Squared is W₂²(µ, ν_c) = E‖T_c(x) − x‖², without a factor ½: the closed
// form for the [Gaussian] kind, else the mean over n points of the source.
func (t *Task) W2Squared(c condition.Value, n int) (Estimate, error) {
	all, err := t.w2Squared([]condition.Value{c}, n)
	if err != nil {
		return Estimate{}, err
	}
	return all[0], nil
}

// w2Squared estimates several conditions from the same points.
func (t *Task) w2Squared(conditions []condition.Value, n int) ([]Estimate, error) {
	out := make([]Estimate, len(conditions))
	for i, c := range conditions {
		potential, err := t.at(c)
		if err != nil {
			return nil, err
		}
		if q, ok := potential.(*quadratic); ok {
			out[i].Value = q.w2Squared(t.source.(*gaussian).covariance)
		}
	}
	if t.Kind == Gaussian {
		return out, nil
	}
	if n < 2 {
		return nil, fmt.Errorf("synthetic: W2Squared from %d points: at least 2", n)
	}
	return out, t.monteCarlo(out, conditions, n)
}

// monteCarlo fills out with means of ‖T_c(x) − x‖² over n points.
func (t *Task) monteCarlo(out []Estimate, conditions []condition.Value, n int) error {
	rng := t.stream(monteCarloStream, 0)
	sums := make([]struct{ first, second float64 }, len(conditions))
	for done := 0; done < n; done += block {
		x := t.source.sample(min(block, n-done), rng)
		images, err := t.family.images(x, conditions)
		if err != nil {
			return err
		}
		for i, y := range images {
			for _, v := range squaredDisplacements(x, y) {
				sums[i].first += v
				sums[i].second += v * v
			}
		}
	}
	for i, s := range sums {
		mean := s.first / float64(n)
		variance := math.Max(0, s.second/float64(n)-mean*mean) * float64(n) / float64(n-1)
		out[i] = Estimate{mean, math.Sqrt(variance / float64(n)), n}
	}
	return nil
}

func squaredDisplacements(x, y *mat.Dense) []float64 {
	out := make([]float64, x.RawMatrix().Rows)
	for i := range out {
		to := y.RawRowView(i)
		for j, v := range x.RawRowView(i) {
			out[i] += (to[j] - v) * (to[j] - v)
		}
	}
	return out
}
