package condot

import (
	"fmt"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// Model is a trained pair of potentials: it carries points forward and back.
type Model struct {
	// Features are the names of the d columns of clouds.
	Features []string
	// Options the model was trained with, defaults filled in.
	Options Options
	// Conditions it was trained on.
	Conditions []condition.Value
	// Refined says that Transport serves the refined map, else ∇₁g: whichever came nearer
	// to the targets on the rows kept from training.
	Refined bool

	encoder    *encoder
	norm       normalisation
	potentials *potentials
	gParams    []float32
	fParams    []float32
}

// chunk is how many points are carried in one call.
const chunk = 1024

// each calls do with the normalised points of x, chunk by chunk (the last one
// padded by its first row), and the number of rows that count.
func (m *Model) each(x *mat.Dense, do func(from, n int, points []float32) error) error {
	rows, cols := x.Dims()
	if cols != len(m.Features) {
		return fmt.Errorf("the cloud has %d columns, the model %d features", cols, len(m.Features))
	}
	points := make([]float32, chunk*cols)
	for from := 0; from < rows; from += chunk {
		n := min(chunk, rows-from)
		for i := range chunk {
			row := from
			if i < n {
				row = from + i
			}
			m.norm.in(points[i*cols:(i+1)*cols], x.RawRowView(row))
		}
		if err := do(from, n, points); err != nil {
			return err
		}
	}
	return nil
}

// Transport carries the points of x, a cloud of the source, to condition c. dst may be nil.
// The map is ∇₁g(x,c), or, of a Refined model, the minimiser of f(y,c) − ⟨x,y⟩ where steps
// from there lower the residual.
func (m *Model) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	return m.carry(dst, x, c, m.Refined, false)
}

// Gradient is the unrefined forward map ∇₁g(x,c).
func (m *Model) Gradient(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	return m.carry(dst, x, c, false, false)
}

// Inverse carries points of the target under c back to the source: ∇₁f(y,c).
func (m *Model) Inverse(dst, y *mat.Dense, c condition.Value) (*mat.Dense, error) {
	return m.carry(dst, y, c, false, true)
}

func (m *Model) carry(dst, x *mat.Dense, c condition.Value, refine, inverse bool) (*mat.Dense, error) {
	v, err := m.encoder.features(c)
	if err != nil {
		return nil, err
	}
	rows, d := x.Dims()
	if dst == nil {
		dst = mat.NewDense(rows, d, nil)
	}
	net, w := m.potentials.g, m.potentials.gw
	if inverse {
		net, w = m.potentials.f, m.potentials.fw
	}
	err = m.each(x, func(from, n int, points []float32) error {
		_, y, err := m.potentials.evaluate(net, w, v, points, 1, chunk)
		if err == nil && refine {
			y, _, _, err = m.potentials.conjugate(v, points, y, 1, chunk)
		}
		if err != nil {
			return err
		}
		for i := range n {
			m.norm.out(dst.RawRowView(from+i), y[i*d:(i+1)*d])
		}
		return nil
	})
	return dst, err
}
