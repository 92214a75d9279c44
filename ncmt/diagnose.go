package ncmt

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/internal/train"
)

// diagnose looks at a trained model for the ways in which this training is known to fail and adds
// what it finds, with what helps, to the report's warnings. It looks at the validated conditions' rows.
func (t *trainer) diagnose(m *Model, report *Report) error {
	s := t.validate
	if s == nil || report.Reason == "" {
		return nil
	}
	y, err := s.images(m.weights)
	if err != nil {
		return err
	}
	d := t.t.out
	carried, observed := spread(means(y, s.Conditions, d)), spread(means(s.Targets, s.Conditions, d))
	if s.Conditions > 1 && observed > .01 && carried < .25*observed {
		report.Warnings = append(report.Warnings, fmt.Sprintf("the images of the conditions differ by %.0f %% of what their targets differ: the map has collapsed over conditions; a larger hidden layer (architecture.hidden above %d), more steps or a larger scale of the conditions' encoding help",
			100*carried/observed, t.o.Architecture.Hidden))
	}
	f, err := m.nets.potential(m.weights, s.Features, s.Targets, s.Conditions, s.Rows)
	if err != nil {
		return err
	}
	if size := deviation(f); size > 20*float64(d) {
		report.Warnings = append(report.Warnings, fmt.Sprintf("the critic varies by %.3g over the targets, far more than a transport cost of points of variance 1 in %d dimensions: it runs away; a smaller critic-rate (1e-4, 1e-5) or more decay helps", size, d))
	}
	if n := len(report.Warnings); n > 0 && report.Reason == train.Diverged {
		report.Warnings = append(report.Warnings, "the losses left the finite numbers: pretrain of 500 steps or more, pretrain-critic, a smaller rate or a smaller clip help")
	}
	return nil
}

// means of each of c clouds.
func means(points []float32, c, d int) [][]float64 {
	out := make([][]float64, c)
	n := len(points) / (c * d)
	for j := range out {
		out[j] = make([]float64, d)
		for i, x := range points[j*n*d : (j+1)*n*d] {
			out[j][i%d] += float64(x) / float64(n)
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
