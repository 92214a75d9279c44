package condition

import (
	"math"
	"slices"
)

// Block is where one variable stands in an encoded condition and what a
// network needs to read it.
type Block struct {
	// Name and Kind of the variable.
	Name string
	Kind Kind
	// Offset and Width of its numbers in the encoding. A continuous variable
	// has one number, on [0, 1] over the training range; a categorical one its
	// one-hot code over Labels, or coordinates; a vector one coordinates; a set
	// its multi-hot code over Labels.
	Offset, Width int
	// Labels of the columns of a one-hot or multi-hot code; nil for others.
	// A set whose actions have coordinates lists untrained actions that have
	// them too, so its Width grows as actions are added: a network should
	// depend on Dim, not on Width.
	Labels []string
	// Table of a set: the code of each action, len(Labels) rows of Dim numbers
	// in row-major order, for a combinator Σ_{a in set} φ(Table[a]). It holds
	// coordinates where actions have them, else the identity matrix.
	Table []float32
	Dim   int
}

// Blocks says how [Schema.Encode] lays out a condition, a block for each
// variable in order. The schema must be fitted.
func (s Schema) Blocks() []Block {
	blocks := make([]Block, len(s.Variables))
	offset := 0
	for i, v := range s.Variables {
		b := Block{Name: v.Name, Kind: v.Kind, Offset: offset, Width: v.width()}
		switch {
		case v.Kind == Set:
			b.Labels = v.known()
			b.Table, b.Dim = v.actionTable(b.Labels)
		case v.Kind == Categorical && v.Vectors == nil:
			b.Labels = slices.Clone(v.Levels)
		}
		blocks[i] = b
		offset += b.Width
	}
	return blocks
}

// Width is how many numbers encode a condition. The schema must be fitted.
func (s Schema) Width() int {
	width := 0
	for _, v := range s.Variables {
		width += v.width()
	}
	return width
}

func (v Variable) width() int {
	switch {
	case v.Kind == Continuous:
		return 1
	case v.Kind == Set:
		return len(v.known())
	case v.Kind == Vector || v.Vectors != nil:
		return v.vectorDim()
	}
	return len(v.Levels)
}

// Encode appends the [Schema.Width] numbers of v to dst, which may be nil, and
// returns the extended slice; [Schema.Blocks] says what each number is. Numbers
// beyond the training range go beyond [0, 1]. A variable with one training
// value is only shifted (on a log scale, by the logarithm). The errors are
// those of [Schema.Check]; on error dst is returned as it was.
func (s Schema) Encode(dst []float32, v Value) ([]float32, error) {
	if _, err := s.Check(v); err != nil {
		return dst, err
	}
	for i, variable := range s.Variables {
		dst = variable.encode(dst, v[i])
	}
	return dst, nil
}

// encode appends the code of a checked field.
func (v Variable) encode(dst []float32, f Field) []float32 {
	switch {
	case v.Kind == Continuous:
		return append(dst, float32(v.unit(f.Number)))
	case v.Kind == Set:
		return appendHot(dst, v.known(), f.Labels)
	case v.Vectors != nil:
		return v.appendCoordinates(dst, f.Labels[0])
	}
	return appendHot(dst, v.Levels, f.Labels)
}

// unit is x on the scale where the training range is [0, 1].
func (v Variable) unit(x float64) float64 {
	lo, hi := v.Min, v.Max
	if v.Scale == Log {
		x, lo, hi = math.Log(x), math.Log(lo), math.Log(hi)
	}
	if hi == lo {
		return x - lo
	}
	return (x - lo) / (hi - lo)
}

// appendHot appends a 1 for each of the labels and a 0 for the other levels.
func appendHot(dst []float32, levels, labels []string) []float32 {
	from := len(dst)
	dst = append(dst, make([]float32, len(levels))...)
	for _, l := range labels {
		if at, ok := slices.BinarySearch(levels, l); ok {
			dst[from+at] = 1
		}
	}
	return dst
}

func (v Variable) appendCoordinates(dst []float32, label string) []float32 {
	spread := v.Spread
	if spread == 0 {
		spread = 1
	}
	for j, x := range v.Vectors[label] {
		if v.Center != nil {
			x -= v.Center[j]
		}
		dst = append(dst, float32(x/spread))
	}
	return dst
}

// actionTable is the code of each action and its length.
func (v Variable) actionTable(labels []string) (table []float32, dim int) {
	if v.Vectors != nil {
		for _, l := range labels {
			table = v.appendCoordinates(table, l)
		}
		return table, v.vectorDim()
	}
	table = make([]float32, len(labels)*len(labels))
	for i := range labels {
		table[i*len(labels)+i] = 1
	}
	return table, len(labels)
}
