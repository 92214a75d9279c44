package condition

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gomonge/gomonge/internal/spell"
)

// Kind is what a variable's values look like.
type Kind int

const (
	// Continuous is one number: a dose, a time, a year.
	Continuous Kind = iota
	// Categorical is one label of a closed list: a cell line, a drug.
	Categorical
	// Set is any number of labels: a gene combination. The empty set is the control.
	Set
	// Vector is a label with coordinates, such as a molecular or text embedding:
	// labels never trained are allowed when they have coordinates.
	Vector
	// Unspecified is the kind of a variable that was asked for by name alone;
	// [Variable.Guess] settles it from the data.
	Unspecified Kind = -1
)

// Scale is how a continuous variable is brought to the unit interval.
type Scale int

const (
	// Linear maps [Min, Max] to [0, 1].
	Linear Scale = iota
	// Log maps [log Min, log Max] to [0, 1]; values must be positive.
	Log
)

// Variable is one named part of a condition.
type Variable struct {
	// Name as it stands in the header of a file: dose, cell_line.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Scale of a continuous variable.
	Scale Scale `json:"scale,omitempty"`
	// Min and Max of a continuous variable over the training conditions, in
	// the variable's own unit.
	Min float64 `json:"min,omitempty"`
	Max float64 `json:"max,omitempty"`
	// Levels are the labels that training saw of a categorical, set or vector
	// variable, sorted; their order is the order of the one-hot and multi-hot forms.
	Levels []string `json:"levels,omitempty"`
	// Vectors are coordinates of labels (all of one length): a mode-of-action
	// embedding, or a Vector variable's file. Nil means one-hot. Labels that
	// training never saw may have coordinates too.
	Vectors map[string][]float64 `json:"vectors,omitempty"`
	// Center and Spread bring the coordinates of the trained labels to mean
	// zero and mean squared norm one, the size of one-hot codes: the code of
	// label l is (Vectors[l] − Center)/Spread. A Spread of 0 leaves them as they are.
	Center []float64 `json:"center,omitempty"`
	Spread float64   `json:"spread,omitempty"`
	// File is where [Variable.ReadVectors] finds the coordinates; it is not
	// part of a saved schema, which holds the coordinates themselves.
	File string `json:"-"`
}

// Schema is the ordered list of variables that make a condition. The zero
// value is the schema of no variables: its one value is the empty one.
type Schema struct {
	Variables []Variable `json:"variables"`
}

// Field is the value of one variable: Number of a continuous one, else Labels
// (one label of a categorical or vector variable, sorted labels of a set).
type Field struct {
	Number float64
	Labels []string
}

// Value is one condition: a field for each variable of its schema, in order.
type Value []Field

var kindNames = map[Kind]string{Continuous: "continuous", Categorical: "categorical", Set: "set", Vector: "vector", Unspecified: "unspecified"}

// String is the kind's name as variable specs write it.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) {
	if _, ok := kindNames[k]; !ok || k == Unspecified {
		return nil, fmt.Errorf("condition: %v is not a kind that can be saved", k)
	}
	return []byte(k.String()), nil
}

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(text []byte) error {
	for kind, name := range kindNames {
		if name == string(text) && kind != Unspecified {
			*k = kind
			return nil
		}
	}
	return fmt.Errorf("condition: unknown kind %q; continuous, categorical, set and vector exist", text)
}

// String is the scale's name.
func (s Scale) String() string {
	switch s {
	case Linear:
		return "linear"
	case Log:
		return "log"
	}
	return fmt.Sprintf("Scale(%d)", int(s))
}

// MarshalText writes the scale's name.
func (s Scale) MarshalText() ([]byte, error) {
	if s != Linear && s != Log {
		return nil, fmt.Errorf("condition: %v is not a scale", s)
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads a scale's name.
func (s *Scale) UnmarshalText(text []byte) error {
	switch string(text) {
	case "linear":
		*s = Linear
	case "log":
		*s = Log
	default:
		return fmt.Errorf("condition: unknown scale %q; linear and log exist", text)
	}
	return nil
}

// Names of the variables, in order.
func (s Schema) Names() []string {
	names := make([]string, len(s.Variables))
	for i, v := range s.Variables {
		names[i] = v.Name
	}
	return names
}

// index of the variable of that name, or an error with the nearest ones.
func (s Schema) index(name string) (int, error) {
	for i, v := range s.Variables {
		if v.Name == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("condition: unknown variable %q (%s)", name, spell.Suggest(name, s.Names()))
}

// Validate says what is wrong with a schema: empty or repeated names, kinds
// and scales that do not exist, a range that is upside down or not positive on
// a log scale, unsorted levels, coordinates that are not finite, that differ
// in length or that a trained label lacks.
func (s Schema) Validate() error {
	seen := map[string]bool{}
	for _, v := range s.Variables {
		if seen[v.Name] {
			return fmt.Errorf("condition: variable %q is named twice", v.Name)
		}
		seen[v.Name] = true
		if err := v.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (v Variable) validate() error {
	if v.Name == "" || v.Name != strings.TrimSpace(v.Name) || !utf8.ValidString(v.Name) {
		return fmt.Errorf("condition: %q is not a variable's name: it is empty, has spaces around it or is not valid UTF-8", v.Name)
	}
	if _, known := kindNames[v.Kind]; !known || v.Kind == Unspecified {
		return fmt.Errorf("condition: variable %q: kind is %v; continuous, categorical, set and vector exist", v.Name, v.Kind)
	}
	if v.Scale != Linear && v.Scale != Log {
		return fmt.Errorf("condition: variable %q: %v; linear and log exist", v.Name, v.Scale)
	}
	if !finite(v.Min) || !finite(v.Max) || v.Min > v.Max {
		return fmt.Errorf("condition: variable %q: the range [%g, %g] is not one", v.Name, v.Min, v.Max)
	}
	if v.Kind == Continuous && v.Scale == Log && v.Max != 0 && v.Min <= 0 {
		return fmt.Errorf("condition: variable %q: the range [%g, %g] cannot go on a log scale", v.Name, v.Min, v.Max)
	}
	for i, l := range v.Levels {
		if err := v.checkLabel(l); err != nil {
			return err
		}
		if i > 0 && v.Levels[i-1] >= l {
			return fmt.Errorf("condition: variable %q: levels are not sorted and distinct at %q", v.Name, l)
		}
	}
	return v.validateVectors()
}

func (v Variable) validateVectors() error {
	dim := v.vectorDim()
	for _, label := range sortedKeys(v.Vectors) {
		x := v.Vectors[label]
		if len(x) != dim || dim == 0 {
			return fmt.Errorf("condition: variable %q: label %q has %d coordinates where another has %d", v.Name, label, len(x), dim)
		}
		if slices.ContainsFunc(x, func(c float64) bool { return !finite(c) }) {
			return fmt.Errorf("condition: variable %q: label %q has a coordinate that is not finite: %v", v.Name, label, x)
		}
	}
	if v.Vectors != nil || v.Kind == Vector {
		for _, l := range v.Levels {
			if _, ok := v.Vectors[l]; !ok {
				return fmt.Errorf("condition: variable %q: trained label %q has no coordinates", v.Name, l)
			}
		}
	}
	if len(v.Center) != 0 && len(v.Center) != dim || !finite(v.Spread) || v.Spread < 0 {
		return fmt.Errorf("condition: variable %q: center of length %d and spread %g do not fit %d coordinates", v.Name, len(v.Center), v.Spread, dim)
	}
	return nil
}

// checkLabel says why a label can't be one: labels are what cells of a file
// hold once trimmed.
func (v Variable) checkLabel(label string) error {
	if label == "" || label != strings.TrimSpace(label) {
		return fmt.Errorf("condition: variable %q: %q is not a label: it is empty or has spaces around it", v.Name, label)
	}
	if !utf8.ValidString(label) {
		return fmt.Errorf("condition: variable %q: the label %q is not valid UTF-8; save the file as UTF-8", v.Name, label)
	}
	if v.Kind == Set && isControl(label) {
		return fmt.Errorf("condition: variable %q: %q is the control, the empty set, not an action", v.Name, label)
	}
	return nil
}

// vectorDim is the number of coordinates of a label, 0 for one-hot.
func (v Variable) vectorDim() int {
	for _, x := range v.Vectors {
		return len(x)
	}
	return 0
}

// known labels: trained ones and ones that have coordinates, sorted. The
// control may have coordinates in a file; it is no action of a set.
func (v Variable) known() []string {
	all := slices.Clone(v.Levels)
	for l := range v.Vectors {
		if v.checkLabel(l) == nil {
			all = append(all, l)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
