// Package condition says what a condition is: a setting of named variables
// such as drug=givinostat, dose=100 or perturbation=KLF1+MAP2K6, and how it
// becomes numbers that a network reads.
//
// A [Schema] names the variables and their kinds; a [Value] is one setting of
// them. Text, JSON and numeric forms all follow the order of the schema.
package condition

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
	Name string
	Kind Kind
	// Scale of a continuous variable.
	Scale Scale
	// Min and Max of a continuous variable over the training conditions, in
	// the variable's own unit.
	Min, Max float64
	// Levels are the labels of a categorical, set or vector variable, sorted;
	// their order is the order of the one-hot and multi-hot forms.
	Levels []string
	// Vectors are coordinates of labels (all of one length): a mode-of-action
	// embedding, or a Vector variable's file. Nil means one-hot.
	Vectors map[string][]float64
}

// Schema is the ordered list of variables that make a condition.
type Schema struct {
	Variables []Variable
}

// Field is the value of one variable: Number of a continuous one, else Labels
// (one label of a categorical or vector variable, sorted labels of a set).
type Field struct {
	Number float64
	Labels []string
}

// Value is one condition: a field for each variable of its schema, in order.
type Value []Field
