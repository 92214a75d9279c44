package sensitivity

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomonge/gomonge/internal/spell"
)

// Method is how the distance between all outputs and those of a cell is measured.
type Method string

const (
	// Exact is the optimal transport cost, by the network simplex.
	Exact Method = "exact"
	// Sinkhorn is the cost ⟨P,C⟩ of the entropic plan, without the entropy, computed in the log domain. It is above the
	// exact one; [EntropicBound] is what it is between the outputs and themselves.
	Sinkhorn Method = "sinkhorn"
	// Gaussian is W₂² between the Gaussians with the same means and covariances (with n−1), at most the
	// exact W₂² of the laws and equal to it where they are of one elliptical family.
	Gaussian Method = "gaussian"
	// OneD is the exact cost |y−y′|ᵖ of one output, by its quantiles.
	OneD Method = "1d"
	// FirstOrder is Sobol' index of first order, Σ Var E[Yₖ|Xᵢ] / Σ Var Yₖ: the advective part alone, over tr Cov Y.
	FirstOrder Method = "first-order"
)

// Methods are the methods of [Indices].
func Methods() []Method { return []Method{Exact, Sinkhorn, Gaussian, OneD, FirstOrder} }

// IntervalKind is how an interval follows from bootstrap replicates θ* of an estimate θ (Davison and Hinkley
// 1997, chapter 5).
type IntervalKind string

const (
	// Normal is θ−bias ± z·s, with the replicates' bias and deviation.
	Normal IntervalKind = "normal"
	// Basic reflects the quantiles of the replicates in the estimate: 2θ−θ*.
	Basic IntervalKind = "basic"
	// Percentile takes the quantiles as they are.
	Percentile IntervalKind = "percentile"
	// BCa corrects them for bias and acceleration; the latter comes from leaving out 50 groups of runs in turn. There is
	// none, and a warning, where 97.5 % of the replicates are on one side of the estimate, as those of exact distances between few runs are.
	BCa IntervalKind = "bca"
	// Studentized takes the quantiles of (θ*−θ)/s*, s* from 25 replicates of each replicate: as many times as dear.
	Studentized IntervalKind = "studentized"
)

// IntervalKinds are all of them.
func IntervalKinds() []IntervalKind {
	return []IntervalKind{Normal, Basic, Percentile, BCa, Studentized}
}

// Options of [Indices]; the zero value is a sound default.
type Options struct {
	// Method; "" means Exact.
	Method Method
	// Cells that a number's runs are cut into; 0 means 25, and fewer where these would have under 20 runs each.
	Cells int
	// Cost of two rows of outputs, for Exact and Sinkhorn: symmetric, 0 between equal ones. Nil means ‖y−y′‖².
	Cost func(x, y []float64) float64
	// Exponent p of OneD; 0 means 2.
	Exponent float64
	// Epsilon of Sinkhorn, as a share of the largest cost between two runs; 0 means .01.
	Epsilon float64
	// Scale divides each output by its standard deviation first.
	Scale bool

	// Replicates of the bootstrap, which draws runs with replacement within each cell; 0: no intervals.
	Replicates int
	// Interval; "" means Normal. Confidence; 0 means .95.
	Interval   IntervalKind
	Confidence float64
	// Permutations of the runs among cells that the null level comes from; 0 means 10, negative none.
	Permutations int

	// Seed fixes what is drawn.
	Seed uint64
	// Workers is the number of goroutines; 0 means all cores. Results do not depend on it.
	Workers int
	// Progress is told how it goes, from one goroutine at a time.
	Progress func(Progress)
}

// Progress is what is told now and then.
type Progress struct {
	// Input whose index is being estimated.
	Input string
	// Done of Total estimates, replicates and permutations among them.
	Done, Total int
}

// fewRuns is the least number of runs a cell that the default number of cells leaves.
const fewRuns = 20

func (o Options) withDefaults(r *Runs) (Options, error) {
	n, outputs := r.Outputs.Dims()
	setDefault(&o.Method, Exact)
	setDefault(&o.Cells, max(2, min(25, n/fewRuns)))
	setDefault(&o.Exponent, 2)
	setDefault(&o.Epsilon, .01)
	setDefault(&o.Interval, Normal)
	setDefault(&o.Confidence, .95)
	setDefault(&o.Permutations, 10)
	o.Permutations = max(0, o.Permutations)
	if err := oneOf("method", o.Method, Methods()); err != nil {
		return o, err
	}
	if err := oneOf("interval", o.Interval, IntervalKinds()); err != nil {
		return o, err
	}
	switch {
	case o.Cells < 2:
		return o, fmt.Errorf("sensitivity: %d cells: at least 2 are needed", o.Cells)
	case o.Cells > n:
		return o, fmt.Errorf("sensitivity: %d cells for %d runs: a cell needs a run at least, better 20", o.Cells, n)
	case o.Method == OneD && outputs != 1:
		return o, fmt.Errorf("sensitivity: method %s is for one output, and there are %d: select one, or see Map", OneD, outputs)
	case !(o.Exponent >= 1) || math.IsInf(o.Exponent, 1):
		return o, fmt.Errorf("sensitivity: exponent %g: want a finite p ≥ 1", o.Exponent)
	case !(o.Epsilon > 0) || math.IsInf(o.Epsilon, 1):
		return o, fmt.Errorf("sensitivity: epsilon %g: want a positive share of the largest cost", o.Epsilon)
	case o.Cost != nil && o.Method != Exact && o.Method != Sinkhorn:
		return o, fmt.Errorf("sensitivity: method %s has a cost of its own: give another only to %s or %s", o.Method, Exact, Sinkhorn)
	case o.Replicates < 0 || o.Replicates > 0 && o.Replicates < 20:
		return o, fmt.Errorf("sensitivity: %d bootstrap replicates: want 20 at least, or 0 for no intervals", o.Replicates)
	case !(o.Confidence > 0 && o.Confidence < 1):
		return o, fmt.Errorf("sensitivity: confidence %g: want a share between 0 and 1, such as .95", o.Confidence)
	}
	return o, nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func oneOf[T ~string](what string, v T, known []T) error {
	names := make([]string, len(known))
	for i, k := range known {
		if v == k {
			return nil
		}
		names[i] = string(k)
	}
	return fmt.Errorf("sensitivity: there is no %s %q (%s); known: %s", what, v, spell.Suggest(string(v), names), strings.Join(names, ", "))
}
