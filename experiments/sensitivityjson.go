package experiments

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/gomonge/gomonge/metrics"
)

// SensitivityFound are the indices that one method found.
type SensitivityFound struct {
	Method string `json:"method"`
	// Bound is what costs were divided by; of Sobol' indices the variance.
	Bound   float64            `json:"bound"`
	Indices []SensitivityIndex `json:"indices"`
}

// SensitivityIndex is an index with what belongs to it; NaN where a method has no such part.
type SensitivityIndex struct {
	metrics.Figure
	// Input, and Output where it is of one output alone.
	Input, Output                                           string
	Advective, Diffusive, Null, Threshold, Corrected, Limit float64
}

// MarshalJSON is the figure's form with "input", "output", "advective", "diffusive", "null", "null_threshold", "corrected" and "limit",
// the latter where they are known.
func (x SensitivityIndex) MarshalJSON() ([]byte, error) {
	figure, err := json.Marshal(x.Figure)
	if err != nil {
		return nil, err
	}
	rest, err := json.Marshal(struct {
		Input     string   `json:"input"`
		Output    string   `json:"output,omitempty"`
		Advective *float64 `json:"advective,omitempty"`
		Diffusive *float64 `json:"diffusive,omitempty"`
		Null      *float64 `json:"null,omitempty"`
		Threshold *float64 `json:"null_threshold,omitempty"`
		Corrected *float64 `json:"corrected,omitempty"`
		Limit     *float64 `json:"limit,omitempty"`
	}{x.Input, x.Output, finite(x.Advective), finite(x.Diffusive), finite(x.Null), finite(x.Threshold), finite(x.Corrected), finite(x.Limit)})
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(figure[:len(figure)-1], ",%s", rest[1:]), nil
}

// finite is v for JSON, which knows no NaN.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
