package condot

import (
	"fmt"
	"sync"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

// Model is a trained pair of potentials: it carries points forward and back. Its
// methods may be called from several goroutines; they take turns on the device.
//
// Clouds are n×d, in the units of the data that it was trained on, with their columns
// in the order of Features.
type Model struct {
	// Features are the names of the d columns of clouds.
	Features []string
	// Space says what the features are where they are not the data's own columns, such
	// as "50 principal components"; certificates repeat it.
	Space string
	// Options the model was trained with, defaults filled in.
	Options Options
	// Conditions it was trained on.
	Conditions []condition.Value
	// Refined says that Transport serves the refined map, else ∇₁g: the refined one, unless on the rows kept
	// from training it is farther from the targets by more than chance.
	Refined bool
	// Report of its training. A saved model keeps the last point of the loss curve only.
	Report *train.Report
	// Certificates that travel with the model; whoever makes one appends it.
	Certificates []Certificate

	device     sync.Mutex
	encoder    *encoder
	norm       batches.Normalisation
	potentials *potentials
	gParams    []float32
	fParams    []float32
}

// Schema of the conditions, fitted on those of training: what [condition.Schema.Parse]
// reads conditions for this model with.
func (m *Model) Schema() condition.Schema { return m.encoder.Schema }

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

// Transport carries the points of x, a cloud of the source, to condition c, into dst,
// which may be nil or x itself. The map is ∇₁g(x,c), or, of a Refined model, the minimiser
// of f(y,c) − ⟨x,y⟩ where steps from there lower the residual.
func (m *Model) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	return m.carry(dst, x, c, m.Refined, false)
}

// Gradient is the unrefined forward map ∇₁g(x,c); [Model.Potential] is its potential.
func (m *Model) Gradient(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	return m.carry(dst, x, c, false, false)
}

// Inverse carries points of the target under c back to the source: ∇₁f(y,c), or, after
// the primal training, which has no f, the minimiser of g(x,c) − ⟨x,y⟩.
func (m *Model) Inverse(dst, y *mat.Dense, c condition.Value) (*mat.Dense, error) {
	return m.carry(dst, y, c, false, true)
}

// Interpolate carries the points of x part of the way: (1−t)x + tT(x,c) for t in [0, 1],
// McCann's displacement interpolation between the source and its image (McCann 1997),
// with the T of [Model.Transport].
func (m *Model) Interpolate(dst, x *mat.Dense, c condition.Value, t float64) (*mat.Dense, error) {
	if !(t >= 0 && t <= 1) {
		return nil, fmt.Errorf("condot: time %g is not in [0, 1], from the source to its image", t)
	}
	y, err := m.Transport(nil, x, c)
	if err != nil {
		return nil, err
	}
	if dst, err = batches.Destination(dst, x); err != nil {
		return nil, fmt.Errorf("condot: %w", err)
	}
	rows, _ := x.Dims()
	for i := range rows {
		to, from, image := dst.RawRowView(i), x.RawRowView(i), y.RawRowView(i)
		for j, v := range from {
			to[j] = (1-t)*v + t*image[j]
		}
	}
	return dst, nil
}

// Potential is the Brenier potential φ(x,c) of the unrefined forward map at the rows of
// x: the convex function whose gradient in x is [Model.Gradient], in the units of the
// data squared and up to its additive constant. With the normalisation
// x' = (x−m)/s of the points and g trained on x', it is φ(x) = s²g(x',c) + ⟨m,x⟩.
func (m *Model) Potential(x *mat.Dense, c condition.Value) ([]float64, error) {
	v, err := m.encoder.features(c)
	if err != nil {
		return nil, err
	}
	if err := batches.CheckCloud(x, m.Features); err != nil {
		return nil, fmt.Errorf("condot: %w", err)
	}
	m.device.Lock()
	defer m.device.Unlock()
	var values []float64
	err = batches.Chunks(m.norm, x, func(from, n int, points []float32) error {
		g, _, err := m.potentials.evaluate(m.potentials.g, m.potentials.gw, v, points, 1, batches.Chunk)
		if err != nil {
			return err
		}
		for i := range n {
			shift := 0.0
			for j, a := range x.RawRowView(from + i) {
				shift += m.norm.Mean[j] * a
			}
			values = append(values, m.norm.Scale*m.norm.Scale*float64(g[i])+shift)
		}
		return nil
	})
	return values, err
}

func (m *Model) carry(dst, x *mat.Dense, c condition.Value, refine, inverse bool) (*mat.Dense, error) {
	v, err := m.encoder.features(c)
	if err != nil {
		return nil, err
	}
	if err := batches.CheckCloud(x, m.Features); err != nil {
		return nil, fmt.Errorf("condot: %w", err)
	}
	if dst, err = batches.Destination(dst, x); err != nil {
		return nil, fmt.Errorf("condot: %w", err)
	}
	m.device.Lock()
	defer m.device.Unlock()
	d := len(m.Features)
	err = batches.Chunks(m.norm, x, func(from, n int, points []float32) error {
		y, err := m.image(v, points, refine, inverse)
		if err != nil {
			return err
		}
		for i := range n {
			m.norm.Out(dst.RawRowView(from+i), y[i*d:(i+1)*d])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dst, nil
}

// image is where a chunk of normalised points goes.
func (m *Model) image(v, points []float32, refine, inverse bool) (y []float32, err error) {
	p := m.potentials
	switch {
	case inverse && m.Options.Objective == Primal:
		y, _, _, err = p.conjugate(p.g, p.gw, v, points, points, 1, batches.Chunk)
	case inverse:
		_, y, err = p.evaluate(p.f, p.fw, v, points, 1, batches.Chunk)
	default:
		_, y, err = p.evaluate(p.g, p.gw, v, points, 1, batches.Chunk)
	}
	if err == nil && refine {
		y, _, _, err = p.conjugate(p.f, p.fw, v, points, y, 1, batches.Chunk)
	}
	return y, err
}
