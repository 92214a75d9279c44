// Package batches holds a task's training data as networks read it: clouds in normalised
// units, the features of the conditions, rows kept for validation, and the minibatches
// that follow from a seed and the number of a step.
package batches

import (
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Data is a task's training data as the device holds it.
type Data struct {
	Normalisation Normalisation
	// Sources and Targets are the normalised training rows of all clouds.
	Sources, Targets Rows
	// Room is how many rows of either side a call of [Placed.Fetch] asks for at
	// most; to be set before Upload.
	Room int
	// Source and Target are the clouds of each condition.
	Source, Target []*Cloud
	// Features of the conditions, FeatureCount each.
	Features     []float32
	FeatureCount int
	// ValidationRows are kept of each cloud of the conditions ValidationIndex; 0: none.
	ValidationRows  int
	ValidationIndex []int
}

// Prepare normalises the task's training clouds and keeps a share of their rows for
// validation, as the seed says. Features gives the features of a condition.
func Prepare(t *datasets.Task, features func(condition.Value) ([]float32, error), share float64, seed uint64) (*Data, error) {
	var clouds []points
	seen := map[points]bool{}
	for _, p := range t.Train {
		for _, m := range []points{{p.Source, p.SparseSource}, {p.Target, p.SparseTarget}} {
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
	d := &Data{Normalisation: norm}
	s := split{share: share, random: rand.New(rand.NewPCG(seed, streamSplit)), orders: map[mat.Matrix][]int{}}
	sources, targets := newStack(&d.Sources, norm), newStack(&d.Targets, norm)
	for _, p := range t.Train {
		v, err := features(p.Condition)
		if err != nil {
			return nil, err
		}
		d.Features = append(d.Features, v...)
		d.FeatureCount = len(v)
		d.Source = append(d.Source, sources.add(points{p.Source, p.SparseSource}, p.SourceWeights, s))
		d.Target = append(d.Target, targets.add(points{p.Target, p.SparseTarget}, p.TargetWeights, s))
	}
	d.chooseValidation()
	return d, nil
}

// maxValidated is how many conditions are validated at most.
const maxValidated = 16

// chooseValidation picks conditions, evenly among those whose clouds both have rows kept.
func (d *Data) chooseValidation() {
	var able []int
	for j := range d.Source {
		if d.Source[j].canValidate() && d.Target[j].canValidate() {
			able = append(able, j)
		}
	}
	stride := max(1, (len(able)+maxValidated-1)/maxValidated)
	for i := 0; i < len(able); i += stride {
		j := able[i]
		n := min(len(d.Source[j].validation), len(d.Target[j].validation))
		if d.ValidationRows == 0 || n < d.ValidationRows {
			d.ValidationRows = n
		}
		d.ValidationIndex = append(d.ValidationIndex, j)
	}
}

// Streams of random numbers that follow from one seed. The steps of training take those from
// streamSteps on, the networks' weights the numbers between.
const (
	streamSplit uint64 = 1
	streamSteps uint64 = 4
)

// Sizes of a training step: conditions a batch, points a condition, and how often sources are drawn
// besides, for the steps that one network takes alone.
type Sizes struct {
	Conditions, Points, Inner int
}

// Batch draws the rows of one step: ids of conditions, and for each of them source rows
// for s.Inner steps of the map alone, and source and target rows for the step of both.
func (d *Data) Batch(seed uint64, step int, s Sizes, ids, rows, xRows, yRows []int32) {
	r := rand.New(rand.NewPCG(seed, streamSteps+uint64(step)))
	if s.Conditions == len(d.Source) {
		for j := range ids {
			ids[j] = int32(j)
		}
	} else {
		for j, id := range r.Perm(len(d.Source))[:s.Conditions] {
			ids[j] = int32(id)
		}
	}
	fill := func(dst []int32, of []*Cloud) {
		for j, id := range ids {
			for p := range s.Points {
				dst[j*s.Points+p] = of[id].draw(r)
			}
		}
	}
	n := s.Conditions * s.Points
	for i := range s.Inner {
		fill(rows[i*n:(i+1)*n], d.Source)
	}
	fill(xRows, d.Source)
	fill(yRows, d.Target)
}

// ValidationFeatures are the features of the validated conditions, one after another.
func (d *Data) ValidationFeatures() (v []float32) {
	for _, j := range d.ValidationIndex {
		v = append(v, d.Features[j*d.FeatureCount:(j+1)*d.FeatureCount]...)
	}
	return v
}

// ValidationPoints are the normalised held-out rows of the validated conditions, ValidationRows a
// condition, of the sources or the targets, and their weights (mean 1 a condition).
func (d *Data) ValidationPoints(of []*Cloud) (points []float32, weights []float64) {
	n := d.ValidationRows
	for _, j := range d.ValidationIndex {
		c := of[j]
		dim := len(d.Normalisation.Mean)
		sum, from := 0.0, len(weights)
		for _, i := range c.validation[:n] {
			row := make([]float32, dim)
			c.points.in(d.Normalisation, row, i)
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
