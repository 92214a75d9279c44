package synthetic

import (
	"errors"
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

// Streams of random numbers of a task, one for each purpose.
const (
	sourceStream uint64 = iota + 1
	potentialStream
	splitStream
	standardiseStream
	monteCarloStream
	sourceCloudStream
	targetCloudStream
	testCloudStream
)

// block is how many points are carried at a time.
const block = 2000

// stream returns the generator of a purpose; index tells clouds of one purpose apart.
func (t *Task) stream(purpose, index uint64) *rand.Rand {
	var kind uint64
	for i, k := range Kinds() {
		if k == t.Kind {
			kind = uint64(i)
		}
	}
	return rand.New(rand.NewPCG(t.Options.Seed, purpose<<48|kind<<40|uint64(t.Options.Dim)<<16|index))
}

// drawPairs draws the source, the target of each condition and the test points.
func (t *Task) drawPairs() error {
	o := t.Options
	source := rounded(t.source.sample(o.SourcePoints, t.stream(sourceCloudStream, 0)))
	t.TestCloud = rounded(t.source.sample(o.TestPoints, t.stream(testCloudStream, 0)))
	for i, c := range t.Conditions {
		target, err := t.drawTarget(c.Value, o.TargetPoints, t.stream(targetCloudStream, uint64(i)))
		if err != nil {
			return err
		}
		pair := datasets.Pair{Condition: c.Value, Source: source, Target: rounded(target)}
		if c.Split == Train {
			t.Train = append(t.Train, pair)
		} else {
			t.HeldOut = append(t.HeldOut, pair)
		}
	}
	return nil
}

// drawTarget draws n points of ν_c.
func (t *Task) drawTarget(c condition.Value, n int, rng *rand.Rand) (*mat.Dense, error) {
	switch t.Kind {
	case Figure8:
		return drawPlanar(eightGaussians(figure8Radius, figure8Spread), n, rng), nil
	case Pictures:
		for _, p := range pictures {
			if p.name == c[0].Labels[0] {
				return drawPlanar(p.draw, n, rng), nil
			}
		}
	}
	y, err := t.family.images(t.source.sample(n, rng), []condition.Value{c})
	if err != nil {
		return nil, err
	}
	return y[0], nil
}

// SampleSource draws n new points of the source µ.
func (t *Task) SampleSource(n int, src rand.Source) (*mat.Dense, error) {
	if n < 1 {
		return nil, errors.New("synthetic: a sample has at least one point")
	}
	return t.source.sample(n, rand.New(src)), nil
}

// SampleTarget draws n new points of the target ν_c.
func (t *Task) SampleTarget(n int, c condition.Value, src rand.Source) (*mat.Dense, error) {
	if n < 1 {
		return nil, errors.New("synthetic: a sample has at least one point")
	}
	if _, err := t.Schema.Check(c); err != nil {
		return nil, err
	}
	return t.drawTarget(c, n, rand.New(src))
}

// rounded rounds every entry to float32, in place.
func rounded(m *mat.Dense) *mat.Dense {
	raw := m.RawMatrix()
	for i, v := range raw.Data {
		raw.Data[i] = float64(float32(v))
	}
	return m
}
