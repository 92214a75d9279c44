package condot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// normalisation is the shift and the one scale that bring all clouds to mean 0 and
// mean coordinate variance 1: x' = (x − Mean)/Scale for source and target alike. One
// scalar scale and one shift keep optimal maps optimal and the identity the identity.
type normalisation struct {
	Mean  []float64 `json:"mean"`
	Scale float64   `json:"scale"`
}

func newNormalisation(clouds []*mat.Dense) (normalisation, error) {
	_, d := clouds[0].Dims()
	mean, square, n := make([]float64, d), make([]float64, d), 0.0
	for _, c := range clouds { // every cloud has the same weight
		rows, _ := c.Dims()
		for i := range rows {
			for j, x := range c.RawRowView(i) {
				mean[j] += x / float64(rows)
			}
		}
		n++
	}
	floats.Scale(1/n, mean)
	for _, c := range clouds {
		rows, _ := c.Dims()
		for i := range rows {
			for j, x := range c.RawRowView(i) {
				square[j] += (x - mean[j]) * (x - mean[j]) / float64(rows)
			}
		}
	}
	scale := math.Sqrt(floats.Sum(square) / n / float64(d))
	if scale == 0 || math.IsNaN(scale) || math.IsInf(scale, 0) {
		return normalisation{}, fmt.Errorf("the clouds have a spread of %g: all points are equal or not finite", scale)
	}
	return normalisation{Mean: mean, Scale: scale}, nil
}

// in writes the normalised row to dst.
func (n normalisation) in(dst []float32, row []float64) {
	for j, x := range row {
		dst[j] = float32((x - n.Mean[j]) / n.Scale)
	}
}

// out writes the row in the user's units to dst.
func (n normalisation) out(dst []float64, row []float32) {
	for j, x := range row {
		dst[j] = float64(x)*n.Scale + n.Mean[j]
	}
}

// cloud is where one cloud's training rows stand among all rows on the device, and
// which of its rows are kept for validation.
type cloud struct {
	offset, n  int
	cumulative []float64 // of the training rows' weights; nil: equal
	validation []int     // rows of the original matrix
	matrix     *mat.Dense
	weights    []float64
}

// draw picks one training row, as a row on the device.
func (c *cloud) draw(r *rand.Rand) int32 {
	if c.cumulative == nil {
		return int32(c.offset + r.IntN(c.n))
	}
	u := r.Float64() * c.cumulative[c.n-1]
	return int32(c.offset + min(c.n-1, sort.SearchFloat64s(c.cumulative, u)))
}

// stack collects the training rows of clouds in one array.
type stack struct {
	norm   normalisation
	rows   []float32
	count  int
	clouds map[cloudKey]*cloud
}

// cloudKey tells clouds apart: one matrix may stand under several conditions, with
// weights of its own under each.
type cloudKey struct {
	points  *mat.Dense
	weights *float64
}

func keyOf(m *mat.Dense, weights []float64) cloudKey {
	k := cloudKey{points: m}
	if len(weights) > 0 {
		k.weights = &weights[0]
	}
	return k
}

// leastValidated is how few rows of a cloud are worth keeping for validation.
const leastValidated = 8

// add takes a cloud, once for each matrix and weights. A share of its rows, at most 500, is
// kept for validation; none where that were fewer than leastValidated.
func (s *stack) add(m *mat.Dense, weights []float64, share float64, r *rand.Rand) *cloud {
	key := keyOf(m, weights)
	if c, ok := s.clouds[key]; ok {
		return c
	}
	n, d := m.Dims()
	order := r.Perm(n)
	kept := min(500, int(share*float64(n)))
	if kept < leastValidated {
		kept = 0
	}
	c := &cloud{offset: s.count, n: n - kept, validation: order[:kept], matrix: m, weights: weights}
	row := make([]float32, d)
	sum := 0.0
	for _, i := range order[kept:] {
		s.norm.in(row, m.RawRowView(i))
		s.rows = append(s.rows, row...)
		if weights != nil {
			sum += weights[i]
			c.cumulative = append(c.cumulative, sum)
		}
	}
	s.count += c.n
	s.clouds[key] = c
	return c
}

// prepared is a task's training data as the device holds it.
type prepared struct {
	norm             normalisation
	sources, targets stack
	source, target   []*cloud // a condition
	features         []float32
	featureCount     int
	validationRows   int
	validationIndex  []int // the conditions that are validated
}

func prepare(t *datasets.Task, e *encoder, share float64, seed uint64) (*prepared, error) {
	var clouds []*mat.Dense
	seen := map[*mat.Dense]bool{}
	for _, p := range t.Train {
		for _, m := range []*mat.Dense{p.Source, p.Target} {
			if !seen[m] {
				seen[m] = true
				clouds = append(clouds, m)
			}
		}
	}
	norm, err := newNormalisation(clouds)
	if err != nil {
		return nil, err
	}
	d := &prepared{norm: norm,
		sources: stack{norm: norm, clouds: map[cloudKey]*cloud{}}, targets: stack{norm: norm, clouds: map[cloudKey]*cloud{}}}
	r := rand.New(rand.NewPCG(seed, streamSplit))
	for _, p := range t.Train {
		v, err := e.features(p.Condition)
		if err != nil {
			return nil, err
		}
		d.features = append(d.features, v...)
		d.featureCount = len(v)
		x, y := d.sources.add(p.Source, p.SourceWeights, share, r), d.targets.add(p.Target, p.TargetWeights, share, r)
		d.source, d.target = append(d.source, x), append(d.target, y)
	}
	d.chooseValidation()
	return d, nil
}

// maxValidated is how many conditions are validated at most.
const maxValidated = 16

// chooseValidation picks conditions, evenly among those whose clouds both have rows kept.
func (d *prepared) chooseValidation() {
	var able []int
	for j := range d.source {
		if len(d.source[j].validation) > 0 && len(d.target[j].validation) > 0 {
			able = append(able, j)
		}
	}
	stride := max(1, (len(able)+maxValidated-1)/maxValidated)
	for i := 0; i < len(able); i += stride {
		j := able[i]
		n := min(len(d.source[j].validation), len(d.target[j].validation))
		if d.validationRows == 0 || n < d.validationRows {
			d.validationRows = n
		}
		d.validationIndex = append(d.validationIndex, j)
	}
}

// Streams of random numbers that follow from one seed.
const (
	streamSplit uint64 = iota + 1
	streamG
	streamF
	streamBatch // + the step
)

// batch draws the rows of one step: ids of conditions, and for each of them source rows
// for s.inner g-steps, and source and target rows for the f-step.
func (d *prepared) batch(seed uint64, step int, s sizes, ids, rows, xRows, yRows []int32) {
	r := rand.New(rand.NewPCG(seed, streamBatch+uint64(step)))
	if s.conditions == len(d.source) {
		for j := range ids {
			ids[j] = int32(j)
		}
	} else {
		for j, id := range r.Perm(len(d.source))[:s.conditions] {
			ids[j] = int32(id)
		}
	}
	fill := func(dst []int32, of []*cloud) {
		for j, id := range ids {
			for p := range s.points {
				dst[j*s.points+p] = of[id].draw(r)
			}
		}
	}
	n := s.conditions * s.points
	for i := range s.inner {
		fill(rows[i*n:(i+1)*n], d.source)
	}
	fill(xRows, d.source)
	fill(yRows, d.target)
}

// validationPoints are the normalised held-out rows of the validated conditions, n a
// condition, of sources or targets, and their weights (mean 1 a condition).
func (d *prepared) validationPoints(of []*cloud) (points []float32, weights []float64) {
	n := d.validationRows
	for _, j := range d.validationIndex {
		c := of[j]
		_, dim := c.matrix.Dims()
		sum, from := 0.0, len(weights)
		for _, i := range c.validation[:n] {
			row := make([]float32, dim)
			d.norm.in(row, c.matrix.RawRowView(i))
			points = append(points, row...)
			w := 1.0
			if c.weights != nil {
				w = c.weights[i]
			}
			weights = append(weights, w)
			sum += w
		}
		if sum > 0 {
			floats.Scale(float64(n)/sum, weights[from:])
		}
	}
	return points, weights
}
