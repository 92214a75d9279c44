package ncmt

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/train"
)

// diagnose looks at a trained model for the ways in which this training is known to fail and adds
// what it finds, with what helps, to the report's warnings. It looks at the validated conditions' rows.
func (t *trainer) diagnose(m *Model, report *Report) error {
	s := t.validate
	if report.Reason == train.Diverged {
		report.Warnings = append(report.Warnings, "the losses left the finite numbers: pretrain of 500 steps or more, pretrain-critic, a smaller rate or a smaller clip help")
	}
	if s == nil || report.Steps == 0 {
		return nil
	}
	y, err := s.images(m.weights)
	if err != nil {
		return err
	}
	d := t.t.out
	carried, observed := spread(means(y, s.SourceWeights, s.Conditions, d)), spread(means(s.Targets, s.TargetWeights, s.Conditions, d))
	if s.Conditions > 1 && observed > .01 && carried < .25*observed {
		report.Warnings = append(report.Warnings, fmt.Sprintf("the images of the conditions differ by %.0f %% of what their targets differ: the map has collapsed over conditions; a larger hidden layer (architecture.hidden above %d), more steps or a larger scale of the conditions' encoding help",
			100*carried/observed, t.o.Architecture.Hidden))
	}
	f, err := m.nets.potential(m.weights, s.Features, s.Targets, s.Conditions, s.Rows)
	if err != nil {
		return err
	}
	size := 0.0 // f has a constant of its own under each condition
	for c := range s.Conditions {
		size = math.Max(size, deviation(f[c*s.Rows:(c+1)*s.Rows]))
	}
	if size > 20*float64(d) {
		report.Warnings = append(report.Warnings, fmt.Sprintf("the critic varies by %.3g over the targets, far more than a transport cost of points of variance 1 in %d dimensions: it runs away; a smaller critic-rate (1e-4, 1e-5) or more decay helps", size, d))
	}
	bend, between, err := t.bend(m)
	if err != nil {
		return err
	}
	if bend > maxBend {
		report.Warnings = append(report.Warnings, fmt.Sprintf("half way %s the map is off the mean of its neighbours by %.1f times what they differ: it does not interpolate; another scale or encoding of the conditions (conditions.encoding, conditions.scale), or more frequencies (above %d) help",
			between, bend, t.o.Conditions.Frequencies))
	}
	return nil
}

// maxBend is how far the map half way between two trained numbers may be from the mean of its neighbours, in units of
// their difference: a step at one of them gives half. What is under leastBend of a feature's deviation is not complained of.
const (
	maxBend   = 1.5
	leastBend = .1
)

// bend is the largest such distance over neighbours that differ in one continuous variable alone, and where it is.
func (t *trainer) bend(m *Model) (largest float64, where string, err error) {
	schema, x := m.Schema(), t.validate.Sources[:t.validate.Rows*t.t.out]
	for v, variable := range schema.Variables {
		if variable.Kind != condition.Continuous {
			continue
		}
		for _, pair := range neighbours(m.Conditions, schema, v) {
			half := slices.Clone(pair[0])
			half[v].Number = (pair[0][v].Number + pair[1][v].Number) / 2
			if variable.Scale == condition.Log {
				half[v].Number = math.Sqrt(pair[0][v].Number * pair[1][v].Number)
			}
			var at [3][]float32
			for k, c := range []condition.Value{pair[0], half, pair[1]} {
				f, err := m.encoder.features(c)
				if err != nil {
					return 0, "", err
				}
				if at[k], err = m.nets.image(m.weights, f, x, t.oneNoise(), 1, t.validate.Rows); err != nil {
					return 0, "", err
				}
			}
			off, apart := 0.0, 0.0
			for i := range at[0] {
				off += math.Pow(float64(at[1][i]-(at[0][i]+at[2][i])/2), 2)
				apart += math.Pow(float64(at[2][i]-at[0][i]), 2)
			}
			if off < leastBend*leastBend*float64(len(at[0])) {
				continue
			}
			noise := 1e-4 * float64(len(at[0])) // two maps that hardly differ have no middle to be far from
			if b := math.Sqrt(off / (apart + noise)); b > largest {
				largest, where = b, fmt.Sprintf("between %s and %s", schema.Format(pair[0]), schema.Format(pair[1]))
			}
		}
	}
	return largest, where, nil
}

// oneNoise is the z of one condition's kept sources.
func (t *trainer) oneNoise() []float32 {
	if t.validate.z == nil {
		return nil
	}
	return t.validate.z[:len(t.validate.z)/t.validate.Conditions]
}

// neighbours are pairs of conditions that differ in one variable alone and have none between them.
func neighbours(values []condition.Value, schema condition.Schema, variable int) (pairs [][2]condition.Value) {
	groups := map[string][]condition.Value{}
	for _, v := range values {
		rest := slices.Clone(v)
		rest[variable].Number = schema.Variables[variable].Min
		key := schema.Key(rest)
		groups[key] = append(groups[key], v)
	}
	for _, g := range groups {
		slices.SortFunc(g, func(a, b condition.Value) int { return cmp.Compare(a[variable].Number, b[variable].Number) })
		for i := 1; i < len(g); i++ {
			pairs = append(pairs, [2]condition.Value{g[i-1], g[i]})
		}
	}
	return pairs
}

// means of each of c clouds, whose weights have mean 1.
func means(points []float32, weights []float64, c, d int) [][]float64 {
	out := make([][]float64, c)
	n := len(points) / (c * d)
	for j := range out {
		out[j] = make([]float64, d)
		for i, x := range points[j*n*d : (j+1)*n*d] {
			out[j][i%d] += weights[j*n+i/d] * float64(x) / float64(n)
		}
	}
	return out
}

// spread is the root mean square distance of vectors from their mean.
func spread(v [][]float64) float64 {
	square := 0.0
	for k := range v[0] {
		mean := 0.0
		for _, x := range v {
			mean += x[k] / float64(len(v))
		}
		for _, x := range v {
			square += (x[k] - mean) * (x[k] - mean) / float64(len(v))
		}
	}
	return math.Sqrt(square)
}

// deviation is the standard deviation of values.
func deviation(v []float32) float64 {
	mean, square := 0.0, 0.0
	for _, x := range v {
		mean += float64(x) / float64(len(v))
	}
	for _, x := range v {
		square += (float64(x) - mean) * (float64(x) - mean) / float64(len(v))
	}
	return math.Sqrt(square)
}
