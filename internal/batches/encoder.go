package batches

import (
	"fmt"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/nn"
)

// Encoding says how conditions become features.
type Encoding struct {
	// Widen turns a continuous variable in [0,1] into WidenedTo numbers, which it appends to
	// dst; nil leaves the bare number.
	Widen     func(dst []float32, t float64) ([]float32, error)
	WidenedTo int
	// DeepSetWidth of the trainable combinator of sets; 0 sums the actions' codes.
	DeepSetWidth int
}

// Encoder turns conditions into the features that the networks read: first what is fixed, then the
// slots of the sets.
type Encoder struct {
	Schema condition.Schema
	// Sets are the trainable combinators, one a set variable.
	Sets   []nn.DeepSet
	blocks []condition.Block
	opt    Encoding
}

// NewEncoder is the encoder of a schema; the values of training say how large sets may be.
func NewEncoder(schema condition.Schema, opt Encoding, values []condition.Value) *Encoder {
	e := &Encoder{Schema: schema, blocks: schema.Blocks(), opt: opt}
	if opt.DeepSetWidth == 0 {
		return e
	}
	for i, b := range e.blocks {
		if b.Kind != condition.Set {
			continue
		}
		largest := 2
		for _, v := range values {
			largest = max(largest, len(v[i].Labels))
		}
		e.Sets = append(e.Sets, nn.DeepSet{Slots: 2 * largest, Dim: b.Dim, Width: opt.DeepSetWidth})
	}
	return e
}

// Fixed is how many features come before the sets' slots: at least one where there are no sets.
func (e *Encoder) Fixed() (n int) {
	for _, b := range e.blocks {
		switch {
		case b.Kind == condition.Continuous && e.opt.Widen != nil:
			n += e.opt.WidenedTo
		case b.Kind == condition.Set && e.opt.DeepSetWidth > 0:
		case b.Kind == condition.Set:
			n += b.Dim
		default:
			n += b.Width
		}
	}
	if n == 0 && len(e.Sets) == 0 { // no condition at all: an unconditional map
		return 1
	}
	return n
}

// Features of one condition, and its plain code (condition.Schema's Encode).
func (e *Encoder) Features(v condition.Value) (features, code []float32, err error) {
	if code, err = e.Schema.Encode(nil, v); err != nil {
		return nil, nil, err
	}
	var fixed, slots []float32
	set := 0
	for i, b := range e.blocks {
		part := code[b.Offset : b.Offset+b.Width]
		switch {
		case b.Kind == condition.Continuous && e.opt.Widen != nil:
			if fixed, err = e.opt.Widen(fixed, float64(part[0])); err != nil {
				return nil, nil, err
			}
		case b.Kind == condition.Set && e.opt.DeepSetWidth > 0:
			if slots, err = appendSlots(slots, e.Sets[set], part, b, e.Schema.Variables[i].Name); err != nil {
				return nil, nil, err
			}
			set++
		case b.Kind == condition.Set:
			fixed = appendSum(fixed, part, b)
		default:
			fixed = append(fixed, part...)
		}
	}
	if len(fixed)+len(slots) == 0 {
		fixed = []float32{0}
	}
	return append(fixed, slots...), code, nil
}

// appendSum appends Σ_a Table[a] over the members: the multi-hot code, or the sum of coordinates.
func appendSum(dst, members []float32, b condition.Block) []float32 {
	from := len(dst)
	dst = append(dst, make([]float32, b.Dim)...)
	for a, in := range members {
		if in == 0 {
			continue
		}
		for k := range b.Dim {
			dst[from+k] += b.Table[a*b.Dim+k]
		}
	}
	return dst
}

func appendSlots(dst []float32, s nn.DeepSet, members []float32, b condition.Block, name string) ([]float32, error) {
	from, used := len(dst), 0
	dst = append(dst, make([]float32, s.Size())...)
	for a, in := range members {
		if in == 0 {
			continue
		}
		if used == s.Slots {
			return nil, fmt.Errorf("%s: a set of more than %d actions; the model was trained on sets of at most %d", name, s.Slots, s.Slots/2)
		}
		slot := dst[from+used*(s.Dim+1):]
		slot[0] = 1
		copy(slot[1:s.Dim+1], b.Table[a*b.Dim:(a+1)*b.Dim])
		used++
	}
	return dst, nil
}
