package baselines

import (
	"fmt"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Reach is how maps that belong to training conditions answer others.
// Distances between conditions are Euclidean in their encoding
// ([condition.Schema.Encode], a set as the sum of its actions' codes), where
// continuous variables take [0, 1] over the training range and labels are √2 apart.
type Reach string

const (
	// Pooled is one map for all conditions, fitted to all training pairs
	// together, each with the same mass. It answers any condition, also labels
	// that training never saw.
	Pooled Reach = "pooled"
	// PerCondition answers training conditions only.
	PerCondition Reach = "per-condition"
	// Nearest takes the map of the nearest training condition, the first in the
	// order of training where several are as near.
	Nearest Reach = "nearest"
	// Interpolated takes the mean Σ wⱼTⱼ(x) of the training conditions' maps
	// with wⱼ ≥ 0, Σ wⱼ = 1: linear interpolation on the Delaunay triangulation
	// of the training conditions, for a scalar between its two neighbours.
	// Outside of their convex hull it is that at the hull's nearest point, so
	// that nothing is extrapolated. Where the Tⱼ are optimal maps from one
	// source, so is their mean, and it moves along a generalised geodesic
	// between their targets (Ambrosio, Gigli and Savaré 2008, section 9.2).
	Interpolated Reach = "interpolated"
)

// reaches lists every reach.
var reaches = []Reach{Pooled, PerCondition, Nearest, Interpolated}

func (r Reach) check() error {
	names := make([]string, len(reaches))
	for i, known := range reaches {
		if names[i] = string(known); r == known {
			return nil
		}
	}
	return fmt.Errorf("baselines: unknown reach %q (%s)", r, spell.Suggest(string(r), names))
}

// carrier is the map of one condition.
type carrier interface {
	carry(x *mat.Dense) (*mat.Dense, error)
}

// family is the maps of the training conditions, or the one of all, and their reach.
type family[M carrier] struct {
	Training
	// Reach says how conditions that were never trained are answered.
	Reach Reach
	maps  []M
	codes [][]float64 // of the training conditions
}

// newFamily checks a task and collects what is known before the maps.
func newFamily[M carrier](group string, task *datasets.Task, reach Reach) (family[M], error) {
	f := family[M]{Reach: reach}
	if err := reach.check(); err != nil {
		return f, err
	}
	var err error
	if f.Training, err = newTraining(methodName(group, reach), task); err != nil {
		return f, err
	}
	f.codes, err = f.positions()
	return f, err
}

func newTraining(method string, task *datasets.Task) (Training, error) {
	if err := task.Validate(); err != nil {
		return Training{}, err
	}
	return Training{Method: method, Features: task.Features, schema: task.Schema, Conditions: datasets.Conditions(task.Train)}, nil
}

// positions of the training conditions.
func (t *Training) positions() ([][]float64, error) {
	codes := make([][]float64, len(t.Conditions))
	for j, c := range t.Conditions {
		var err error
		if codes[j], err = t.position(c); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// position of a condition in the space where conditions are near or far.
func (t *Training) position(c condition.Value) ([]float64, error) {
	code, err := t.schema.Encode(nil, c)
	if err != nil {
		return nil, err
	}
	var p []float64
	for _, b := range t.schema.Blocks() {
		part := code[b.Offset : b.Offset+b.Width]
		if b.Kind != condition.Set {
			for _, v := range part {
				p = append(p, float64(v))
			}
			continue
		}
		sum := make([]float64, b.Dim)
		for a, in := range part {
			for k := range sum {
				sum[k] += float64(in * b.Table[a*b.Dim+k])
			}
		}
		p = append(p, sum...)
	}
	return p, nil
}

// Transport carries the points of x, an n×d cloud of the source, to condition
// c; dst may be nil or x. Columns that do not fit and a value that is not one
// of the schema are errors; a [NotApplicableError] says that c is beyond the reach.
func (f *family[M]) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	if err := f.checkClouds(dst, x); err != nil {
		return nil, err
	}
	w, err := f.weights(c)
	if err != nil {
		return nil, err
	}
	var sum *mat.Dense
	for j, share := range w {
		if share == 0 {
			continue
		}
		y, err := f.maps[j].carry(x)
		switch {
		case err != nil:
			return nil, err
		case share == 1:
			return into(dst, y), nil
		case sum == nil:
			y.Scale(share, y)
			sum = y
		default:
			floats.AddScaled(sum.RawMatrix().Data, share, y.RawMatrix().Data)
		}
	}
	return into(dst, sum), nil
}

// Check says what Transport would say of c, and warns where c is beyond what
// was trained.
func (f *family[M]) Check(c condition.Value) (warnings []string, err error) {
	if _, err := f.weights(c); err != nil || f.Reach == Pooled {
		return nil, err
	}
	return f.schema.Check(c)
}

// weights of the maps whose mean answers c.
func (f *family[M]) weights(c condition.Value) ([]float64, error) {
	j, err := f.index(c)
	if err != nil {
		return nil, err
	}
	w := make([]float64, len(f.maps))
	switch {
	case f.Reach == Pooled:
		w[0] = 1
		return w, nil
	case j >= 0:
		w[j] = 1
		return w, nil
	case f.Reach == PerCondition:
		return nil, f.notApplicable(c, fmt.Errorf("it was never trained, and this method has a map for trained conditions only: %s", f.someConditions()))
	}
	p, err := f.position(c)
	if err != nil {
		return nil, f.notApplicable(c, fmt.Errorf("%w; methods with one map for all conditions answer it", err))
	}
	if f.Reach == Nearest {
		w[nearest(f.codes, p)] = 1
		return w, nil
	}
	return hullWeights(f.codes, p), nil
}

// someConditions lists the first training conditions.
func (t *Training) someConditions() string {
	const shown = 6
	var keys []string
	for _, c := range t.Conditions[:min(shown, len(t.Conditions))] {
		keys = append(keys, t.schema.Key(c))
	}
	if len(t.Conditions) > shown {
		keys = append(keys, "...")
	}
	return strings.Join(keys, "; ")
}

// nearest is the place of the row that is nearest to p, the first of several.
func nearest(rows [][]float64, p []float64) int {
	best, at := squaredDistance(rows[0], p), 0
	for j := 1; j < len(rows); j++ {
		if d := squaredDistance(rows[j], p); d < best {
			best, at = d, j
		}
	}
	return at
}

func squaredDistance(x, y []float64) float64 {
	sum := 0.0
	for k, v := range x {
		sum += (v - y[k]) * (v - y[k])
	}
	return sum
}
