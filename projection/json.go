package projection

import (
	"encoding/json"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// savedPCA is the JSON form of a PCA.
type savedPCA struct {
	Kind       string      `json:"kind"`
	Mean       []float64   `json:"mean"`
	Components [][]float64 `json:"components"`
	Variance   []float64   `json:"explained_variance"`
	Total      float64     `json:"total_variance"`
}

// MarshalJSON writes the projection as it stands in a model's folder; every
// number reads back to the same bits.
func (p *PCA) MarshalJSON() ([]byte, error) {
	s := savedPCA{Kind: "pca", Mean: p.mean, Variance: p.variance, Total: p.total}
	for k := range p.variance {
		s.Components = append(s.Components, p.components.RawRowView(k))
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON writes and checks its shape.
func (p *PCA) UnmarshalJSON(data []byte) error {
	var s savedPCA
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("projection: %w", err)
	}
	d, k := len(s.Mean), len(s.Components)
	if s.Kind != "pca" || d == 0 || k == 0 || len(s.Variance) != k || !(s.Total > 0) {
		return fmt.Errorf("projection: kind %q with %d means, %d components and %d variances is not a saved PCA", s.Kind, d, k, len(s.Variance))
	}
	components := mat.NewDense(k, d, nil)
	for i, row := range s.Components {
		if len(row) != d {
			return fmt.Errorf("projection: component %d has %d loadings for %d features", i, len(row), d)
		}
		if norm := math.Sqrt(dot(row, row)); math.Abs(norm-1) > 1e-6 {
			return fmt.Errorf("projection: component %d has norm %g, not 1", i, norm)
		}
		components.SetRow(i, row)
	}
	*p = PCA{mean: s.Mean, components: components, variance: s.Variance, total: s.Total}
	return nil
}
