package condot

import (
	"fmt"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/nn"
)

// encoder turns conditions into the features that the networks read.
type encoder struct {
	schema condition.Schema
	count  int // of training conditions
	blocks []condition.Block
	opt    Encoding
	sets   []nn.DeepSet // one a set variable, with the deep-set combinator
	bank   [][]float32  // codes of the training conditions, with the Gaussian start
}

func newEncoder(schema condition.Schema, opt Encoding, values []condition.Value) (*encoder, error) {
	e := &encoder{schema: schema, count: len(values), blocks: schema.Blocks(), opt: opt}
	if opt.Bank {
		for _, v := range values {
			code, err := schema.Encode(nil, v)
			if err != nil {
				return nil, err
			}
			e.bank = append(e.bank, code)
		}
	}
	if opt.Combinator != DeepSet {
		return e, nil
	}
	for i, b := range e.blocks {
		if b.Kind != condition.Set {
			continue
		}
		largest := 2
		for _, v := range values {
			largest = max(largest, len(v[i].Labels))
		}
		e.sets = append(e.sets, nn.DeepSet{Slots: 2 * largest, Dim: b.Dim, Width: opt.CombinatorWidth})
	}
	return e, nil
}

// path is the condition path that reads the features.
func (e *encoder) path() nn.ConditionPath {
	p := nn.ConditionPath{Hidden: e.opt.Hidden, Out: e.opt.Width, Sets: e.sets, Bank: len(e.bank)}
	for _, b := range e.blocks {
		switch {
		case b.Kind == condition.Continuous && e.opt.Scale > 0:
			p.Fixed += e.opt.Frequencies
		case b.Kind == condition.Set && e.opt.Combinator == DeepSet:
		case b.Kind == condition.Set:
			p.Fixed += b.Dim
		default:
			p.Fixed += b.Width
		}
	}
	if p.In() == p.Bank { // no condition at all: an unconditional map
		p.Fixed = 1
	}
	return p
}

// networks are g and f on points of dim coordinates.
func (e *encoder) networks(dim int, arch Architecture) (g, f *network) {
	path := e.path()
	return newNetwork(dim, arch, path, e.count), newNetwork(dim, arch, path, e.count)
}

// features of one condition: first what is fixed, then the sets' slots.
func (e *encoder) features(v condition.Value) ([]float32, error) {
	code, err := e.schema.Encode(nil, v)
	if err != nil {
		return nil, err
	}
	var fixed, slots []float32
	set := 0
	for i, b := range e.blocks {
		part := code[b.Offset : b.Offset+b.Width]
		switch {
		case b.Kind == condition.Continuous && e.opt.Scale > 0:
			if fixed, err = condition.SinCos(fixed, float64(part[0]), e.opt.Scale, e.opt.Frequencies); err != nil {
				return nil, err
			}
		case b.Kind == condition.Set && e.opt.Combinator == DeepSet:
			if slots, err = appendSlots(slots, e.sets[set], part, b, e.schema.Variables[i].Name); err != nil {
				return nil, err
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
	return append(append(fixed, slots...), e.bankWeights(code)...), nil
}

// bankWeights are the weights of the training conditions' quadratic terms at a
// condition: Shepard's inverse distances to the fourth power, 1 for a training condition
// itself and smooth between them. (The paper's softmax of an affine map gives a training
// condition's own term a weight of .2 where there are six.)
func (e *encoder) bankWeights(code []float32) []float32 {
	w := make([]float32, len(e.bank))
	sum := 0.0
	inverse := make([]float64, len(e.bank))
	for j, c := range e.bank {
		square := 0.0
		for k := range c {
			square += float64(code[k]-c[k]) * float64(code[k]-c[k])
		}
		inverse[j] = 1 / (square*square + 1e-12)
		sum += inverse[j]
	}
	for j := range w {
		w[j] = float32(inverse[j] / sum)
	}
	return w
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
