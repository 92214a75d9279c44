package ncmt

import (
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/nn"
)

// encoder turns conditions into the features that the networks' embeddings read.
type encoder struct {
	*batches.Encoder
	opt Conditions
}

// streamFrequencies of the FourierEncoding features, which belong to a model's options and not to a run's seed.
const streamFrequencies = 77

func newEncoder(schema condition.Schema, opt Conditions, values []condition.Value) *encoder {
	var how batches.Encoding
	switch opt.Encoding {
	case PositionalEncoding:
		how.WidenedTo = opt.Frequencies
		how.Widen = func(dst []float32, t float64) ([]float32, error) {
			return condition.SinCos(dst, t, opt.Scale, opt.Frequencies)
		}
	case FourierEncoding:
		frequencies := condition.FourierFrequencies(opt.Frequencies/2, opt.Scale, rand.NewPCG(0, streamFrequencies))
		how.WidenedTo = 2 * len(frequencies)
		how.Widen = func(dst []float32, t float64) ([]float32, error) { return condition.Fourier(dst, t, frequencies) }
	}
	if opt.Combinator == DeepSet {
		how.DeepSetWidth = opt.CombinatorWidth
	}
	return &encoder{Encoder: batches.NewEncoder(schema, how, values), opt: opt}
}

// path is the embedding that reads the features.
func (e *encoder) path() nn.ConditionPath {
	return nn.ConditionPath{Fixed: e.Fixed(), Hidden: e.opt.Hidden, Out: e.opt.Width, Sets: e.Sets}
}

// features of one condition.
func (e *encoder) features(v condition.Value) ([]float32, error) {
	f, _, err := e.Features(v)
	return f, err
}
