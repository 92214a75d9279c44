package metrics

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomonge/gomonge/ot"
)

// Options say how figures are computed. The zero value is the default.
type Options struct {
	// MaxPoints of each cloud are used, chosen at random by Seed; 0 means 1000
	// (1500 for the preset cellot), negative means all.
	MaxPoints int
	// Replicates is the number of bootstrap replicates of an interval; 0 means
	// 200, negative means no intervals. Figures whose interval is a bootstrap have
	// none where there are under 20.
	Replicates int
	// Seed of the choice of points and of the replicates.
	Seed uint64
	// Space names what the features are, such as genes or latent, and becomes
	// part of every definition.
	Space string
	// Workers is the number of goroutines; 0 means all cores.
	Workers int
}

const (
	defaultPoints     = 1000
	defaultReplicates = 200
	// fewPoints is where a figure carries a warning of its size.
	fewPoints = 30
)

func (o Options) replicates() int {
	if o.Replicates == 0 {
		return defaultReplicates
	}
	return max(0, o.Replicates)
}

// most is how many points of n are used.
func (o Options) most(n int) int {
	switch {
	case o.MaxPoints == 0:
		return defaultPoints
	case o.MaxPoints < 0:
		return n
	}
	return o.MaxPoints
}

// stream is the random numbers of one purpose: figures do not depend on which
// others are computed beside them.
func (o Options) stream(purpose uint64) *rand.PCG { return rand.NewPCG(o.Seed, purpose) }

// Purposes of random numbers.
const (
	choosing = iota + 1
	resampling
	halving
	conditions
	splitting
	repeating
	projecting
)

// definition completes a formula with the space.
func (o Options) definition(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	if o.Space != "" {
		text += "; in " + o.Space
	}
	return text
}

// pair is two clouds that are compared, cut down to size.
type pair struct {
	predicted, observed ot.Measure
	n, m, d             int
	warnings            []string
}

// pair checks and cuts down two clouds. With equal, both are given the same
// number of points.
func (o Options) pair(predicted, observed ot.Measure, equal bool) (pair, error) {
	if err := predicted.Check("predicted"); err != nil {
		return pair{}, err
	}
	if err := observed.Check("observed"); err != nil {
		return pair{}, err
	}
	n, d := predicted.Dims()
	m, e := observed.Dims()
	if d != e {
		return pair{}, fmt.Errorf("metrics: the predicted cloud has %d features and the observed cloud %d: they must be the same features", d, e)
	}
	most := o.most(max(n, m))
	p := pair{n: min(n, most), m: min(m, most), d: d}
	if equal {
		p.n, p.m = min(p.n, p.m), min(p.n, p.m)
	}
	src := o.stream(choosing)
	var err error
	if p.predicted, _, err = ot.Subsample(predicted, p.n, src); err != nil {
		return pair{}, err
	}
	if p.observed, _, err = ot.Subsample(observed, p.m, src); err != nil {
		return pair{}, err
	}
	if p.n < n || p.m < m {
		p.warnings = append(p.warnings, fmt.Sprintf("%d of %d predicted and %d of %d observed points, chosen at random", p.n, n, p.m, m))
	}
	if min(p.n, p.m) < fewPoints {
		p.warnings = append(p.warnings, fmt.Sprintf("only %d points", min(p.n, p.m)))
	}
	return p, nil
}

// figure is a figure of this pair.
func (p pair) figure(name string, value float64, definition string, warnings ...string) Figure {
	return Unbounded(name, value, min(p.n, p.m), definition, append(append([]string(nil), p.warnings...), warnings...)...)
}
