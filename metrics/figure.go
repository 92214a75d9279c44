package metrics

import (
	"encoding/json"
	"fmt"
	"math"
)

// Figure is one number with what is needed to read it.
type Figure struct {
	// Name of the quantity, such as mmd_squared. What presets define in different
	// ways has one name and different definitions.
	Name  string
	Value float64
	// Low and High are the ends of its 95 % interval, NaN where there is none.
	Low, High float64
	// N is the number of points that it was computed from: the smaller of both
	// clouds', and of several conditions the smallest.
	N int
	// Definition tells apart figures of one name: preset, cost, exponent,
	// bandwidths, U- or V-statistic, epsilon, space. What its interval is made of
	// the function says that computes it.
	Definition string
	Warnings   []string
}

// Unbounded is a figure without an interval.
func Unbounded(name string, value float64, n int, definition string, warnings ...string) Figure {
	return Figure{Name: name, Value: value, Low: math.NaN(), High: math.NaN(), N: n, Definition: definition, Warnings: warnings}
}

// HasInterval says whether both ends of the interval are numbers.
func (f Figure) HasInterval() bool { return !math.IsNaN(f.Low) && !math.IsNaN(f.High) }

// String is the value with its interval: 0.0123 [0.0100, 0.0150].
func (f Figure) String() string {
	if !f.HasInterval() {
		return digits(f.Value)
	}
	return fmt.Sprintf("%s [%s, %s]", digits(f.Value), digits(f.Low), digits(f.High))
}

// digits writes a number with three significant digits.
func digits(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "n/a"
	case a == 0:
		return "0"
	case a >= 100 && a < 1e6:
		return fmt.Sprintf("%.0f", v)
	case a >= 10 && a < 100:
		return fmt.Sprintf("%.1f", v)
	case a >= 1e-4 && a < 10:
		return fmt.Sprintf("%.*f", 2-int(math.Floor(math.Log10(a))), v)
	}
	return fmt.Sprintf("%.2e", v)
}

// figureJSON is the stable form: low and high only where there is an interval,
// value null where it is not a number.
type figureJSON struct {
	Name       string   `json:"name"`
	Value      *float64 `json:"value"`
	Low        *float64 `json:"low,omitempty"`
	High       *float64 `json:"high,omitempty"`
	N          int      `json:"n"`
	Definition string   `json:"definition"`
	Warnings   []string `json:"warnings"`
}

// MarshalJSON writes name, value, low, high, n, definition and warnings.
func (f Figure) MarshalJSON() ([]byte, error) {
	out := figureJSON{Name: f.Name, Value: number(f.Value), N: f.N, Definition: f.Definition, Warnings: f.Warnings}
	if f.HasInterval() {
		out.Low, out.High = number(f.Low), number(f.High)
	}
	if out.Warnings == nil {
		out.Warnings = []string{}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Figure) UnmarshalJSON(raw []byte) error {
	var in figureJSON
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	*f = Figure{Name: in.Name, Value: orNaN(in.Value), Low: orNaN(in.Low), High: orNaN(in.High), N: in.N, Definition: in.Definition, Warnings: in.Warnings}
	return nil
}

// number is v for JSON, which knows no NaN and no infinity.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
