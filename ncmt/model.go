package ncmt

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

// Model is a trained map with its critic. Its methods may be called from several
// goroutines; they take turns on the device.
//
// Clouds are n×d, in the units of the data that it was trained on, with their columns
// in the order of Features.
type Model struct {
	// Features are the names of the d columns of clouds.
	Features []string
	// Space says what the features are where they are not the data's own columns, such
	// as "50 principal components".
	Space string
	// Options the model was trained with, defaults filled in.
	Options Options
	// Conditions it was trained on.
	Conditions []condition.Value
	// Report of its training. A saved model keeps the last point of the loss curve only.
	Report *train.Report

	device  sync.Mutex
	encoder *encoder
	norm    batches.Normalisation
	nets    *evaluator
	weights weights
	tParams []float32
	fParams []float32
}

// place puts the weights on the device.
func (m *Model) place(be compute.Backend, t, f *network, tParams, fParams []float32) (err error) {
	m.nets, m.tParams, m.fParams = &evaluator{be: be, t: t, f: f, o: m.Options}, tParams, fParams
	if m.weights.t, err = train.Upload(be, tParams, len(tParams)); err != nil {
		return err
	}
	m.weights.f, err = train.Upload(be, fParams, len(fParams))
	return err
}

// Schema of the conditions, fitted on those of training: what [condition.Schema.Parse]
// reads conditions for this model with.
func (m *Model) Schema() condition.Schema { return m.encoder.Schema }

// Stochastic says whether the images of a point depend on z.
func (m *Model) Stochastic() bool { return m.Options.Cost != StrongCost }

// Parameters is the number of trained numbers of the map and of the critic.
func (m *Model) Parameters() (ofMap, ofCritic int) { return len(m.tParams), len(m.fParams) }

// Check says what the model can be asked: an error where it cannot carry points to c at
// all, warnings where it would extrapolate (a number outside the training range, an
// action that only its coordinates place).
func (m *Model) Check(c condition.Value) (warnings []string, err error) {
	if warnings, err = m.encoder.Schema.Check(c); err != nil {
		return nil, err
	}
	if _, err = m.encoder.features(c); err != nil {
		return nil, err
	}
	return warnings, nil
}

// meanDraws is how many images of a point a stochastic map's mean is taken over.
const meanDraws = 16

// streamMean of the z that [Model.Transport] takes the mean over.
const streamMean uint64 = 3 << 40

// Transport carries the points of x, a cloud of the source, to condition c, into dst, which
// may be nil or x itself. Of a stochastic map it is the mean E_z T(x,z,c) over 16 draws or more, which follow
// from the options' seed and a row's place; [Model.Sample] draws images.
func (m *Model) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	calls := 1
	if m.Stochastic() {
		calls = (meanDraws + m.Options.Draws - 1) / m.Options.Draws
	}
	dst, err := m.destination(dst, x)
	if err != nil {
		return nil, err
	}
	draws, d := m.Options.draws(), len(m.Features)
	sum := make([]float32, batches.Chunk*d)
	err = m.each(x, c, func(from, n int, v, points []float32) error {
		clear(sum)
		for k := range calls {
			y, err := m.nets.image(m.weights, v, points, m.noise(rand.NewPCG(m.Options.Seed, streamMean+uint64(k))), 1, batches.Chunk)
			if err != nil {
				return err
			}
			for i, value := range y {
				sum[i/(draws*d)*d+i%d] += value / float32(calls*draws)
			}
		}
		for i := range n {
			m.norm.Out(dst.RawRowView(from+i), sum[i*d:(i+1)*d])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dst, nil
}

// Sample draws count images of every point of x under condition c: clouds of the form of x, the k-th
// of which holds the k-th image of each. A deterministic map has one image: more of them are an error.
func (m *Model) Sample(x *mat.Dense, c condition.Value, count int, source rand.Source) ([]*mat.Dense, error) {
	if source == nil {
		return nil, fmt.Errorf("ncmt: samples need a source of random numbers, such as rand.NewPCG(seed, 0)")
	}
	if count < 1 || count > 1 && !m.Stochastic() {
		return nil, fmt.Errorf("ncmt: %d samples of a %s map: a map trained with a weak cost has as many as are asked for, from 1 on, one with the strong cost has one", count, m.Options.Cost)
	}
	if err := m.check(x); err != nil {
		return nil, err
	}
	rows, d := x.Dims()
	out := make([]*mat.Dense, count)
	for k := range out {
		out[k] = mat.NewDense(rows, d, nil)
	}
	draws := m.Options.draws()
	err := m.each(x, c, func(from, n int, v, points []float32) error {
		for k := 0; k < count; k += draws {
			y, err := m.nets.image(m.weights, v, points, m.noise(source), 1, batches.Chunk)
			if err != nil {
				return err
			}
			for i := range n {
				for j := range min(draws, count-k) {
					at := (i*draws + j) * d
					m.norm.Out(out[k+j].RawRowView(from+i), y[at:at+d])
				}
			}
		}
		return nil
	})
	return out, err
}

// noise is the z of one chunk; nil for a deterministic map.
func (m *Model) noise(source rand.Source) []float32 {
	if !m.Stochastic() {
		return nil
	}
	z := make([]float32, batches.Chunk*m.Options.Draws*m.Options.NoiseDim)
	nn.Normal(m.Options.NoiseSigma)(rand.New(source), z)
	return z
}

// Critic is f(y,c) at the rows of y, in the units of the cost (of the data squared, with the kernel cost of the
// data) and up to its additive constant: a Kantorovich potential of the target for the cost k.
func (m *Model) Critic(y *mat.Dense, c condition.Value) ([]float64, error) {
	if err := m.check(y); err != nil {
		return nil, err
	}
	var values []float64
	err := m.each(y, c, func(_, n int, v, points []float32) error {
		f, err := m.nets.potential(m.weights, v, points, 1, batches.Chunk)
		if err != nil {
			return err
		}
		for _, value := range f[:n] {
			values = append(values, m.unit()*float64(value))
		}
		return nil
	})
	return values, err
}

// unit is what a cost in normalised units is multiplied by.
func (m *Model) unit() float64 {
	if m.Options.Cost == KernelCost { // a distance, not its square
		return m.norm.Scale
	}
	return m.norm.Scale * m.norm.Scale
}

// check says why x is no cloud of the model's.
func (m *Model) check(x *mat.Dense) error {
	if err := batches.CheckCloud(x, m.Features); err != nil {
		return fmt.Errorf("ncmt: %w", err)
	}
	return nil
}

// destination checks x and gives dst its form.
func (m *Model) destination(dst, x *mat.Dense) (*mat.Dense, error) {
	if err := m.check(x); err != nil {
		return nil, err
	}
	dst, err := batches.Destination(dst, x)
	if err != nil {
		return nil, fmt.Errorf("ncmt: %w", err)
	}
	return dst, nil
}

// each calls do with the condition's features and the normalised points, chunk by chunk.
func (m *Model) each(x *mat.Dense, c condition.Value, do func(from, n int, v, points []float32) error) error {
	v, err := m.encoder.features(c)
	if err != nil {
		return err
	}
	m.device.Lock()
	defer m.device.Unlock()
	return batches.Chunks(m.norm, x, func(from, n int, points []float32) error { return do(from, n, v, points) })
}
