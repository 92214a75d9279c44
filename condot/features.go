package condot

import (
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/nn"
)

// encoder turns conditions into the features that the potentials read: those of
// [batches.Encoder], then the weights of the bank.
type encoder struct {
	*batches.Encoder
	opt   Encoding
	count int         // of training conditions
	bank  [][]float32 // codes of the training conditions, with the Gaussian start
}

func newEncoder(schema condition.Schema, opt Encoding, values []condition.Value) (*encoder, error) {
	how := batches.Encoding{}
	if opt.Scale > 0 {
		how.WidenedTo = opt.Frequencies
		how.Widen = func(dst []float32, t float64) ([]float32, error) {
			return condition.SinCos(dst, t, opt.Scale, opt.Frequencies)
		}
	}
	if opt.Combinator == DeepSet {
		how.DeepSetWidth = opt.CombinatorWidth
	}
	e := &encoder{Encoder: batches.NewEncoder(schema, how, values), opt: opt, count: len(values)}
	if opt.Bank {
		for _, v := range values {
			code, err := schema.Encode(nil, v)
			if err != nil {
				return nil, err
			}
			e.bank = append(e.bank, code)
		}
	}
	return e, nil
}

// path is the condition path that reads the features.
func (e *encoder) path() nn.ConditionPath {
	return nn.ConditionPath{Fixed: e.Fixed(), Hidden: e.opt.Hidden, Out: e.opt.Width, Sets: e.Sets, Bank: len(e.bank)}
}

// networks are g and f on points of dim coordinates.
func (e *encoder) networks(dim int, arch Architecture) (g, f *network) {
	path := e.path()
	return newNetwork(dim, arch, path, e.count), newNetwork(dim, arch, path, e.count)
}

// features of one condition.
func (e *encoder) features(v condition.Value) ([]float32, error) {
	features, code, err := e.Features(v)
	if err != nil {
		return nil, err
	}
	return append(features, e.bankWeights(code)...), nil
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
