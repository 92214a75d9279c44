package metrics

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
)

// RBF is a mean of Gaussian kernels exp(−γ‖x−y‖²).
type RBF struct {
	Gammas []float64
	// Biased keeps the pairs of a point with itself (V-statistic). Its value is
	// about 2(1−k̄)/n higher, so only clouds of one size can be compared.
	Biased bool
}

// The kernels in use under the name of CondOT.
var (
	// PaperRBF is the kernel of the CondOT paper (Bunne, Krause and Cuturi 2022).
	PaperRBF = RBF{Gammas: []float64{0.5, 0.1, 0.01, 0.005}}
	// CodeRBF is that of its reference code, which CMonge and CellFlow use too.
	CodeRBF = RBF{Gammas: []float64{2, 1, 0.5, 0.1, 0.01, 0.005}, Biased: true}
)

func (k RBF) check() error {
	if len(k.Gammas) == 0 {
		return fmt.Errorf("metrics: a kernel without bandwidths")
	}
	for _, g := range k.Gammas {
		if !(g > 0) || math.IsInf(g, 1) {
			return fmt.Errorf("metrics: bandwidth γ = %v: want a positive number", g)
		}
	}
	return nil
}

// String is the formula; of many bandwidths it has the number and the ends.
func (k RBF) String() string {
	const many = 8
	if n := len(k.Gammas); n > many {
		return fmt.Sprintf("mean of exp(−γ‖x−y‖²), %d γ from %.4g to %.4g, %s", n, k.Gammas[0], k.Gammas[n-1], statistic(k.Biased))
	}
	list := make([]string, len(k.Gammas))
	for i, g := range k.Gammas {
		list[i] = fmt.Sprint(g)
	}
	return fmt.Sprintf("mean of exp(−γ‖x−y‖²), γ=%s, %s", strings.Join(list, ","), statistic(k.Biased))
}

func statistic(biased bool) string {
	if biased {
		return "V-statistic"
	}
	return "U-statistic"
}

// MMDSquared is the squared maximum mean discrepancy E k(x,x′) + E k(y,y′) −
// 2 E k(x,y) between two clouds (Gretton et al. 2012). The unbiased form can be
// negative. Its interval is a bootstrap over the points of both clouds.
func MMDSquared(predicted, observed ot.Measure, k RBF, o Options) (Figure, error) {
	if err := k.check(); err != nil {
		return Figure{}, err
	}
	return discrepancy("mmd_squared", "MMD², "+k.String(), predicted, observed, rbf(slices.Sorted(slices.Values(k.Gammas))), !k.Biased, o)
}

// EnergySquared is the squared energy distance 2E‖x−y‖ − E‖x−x′‖ − E‖y−y′‖ with
// Euclidean norms, as a U-statistic (Székely and Rizzo 2013). With squared norms
// it would be 2‖Δmean‖² and see nothing but means. Its interval is as that of MMDSquared.
func EnergySquared(predicted, observed ot.Measure, o Options) (Figure, error) {
	return discrepancy("energy_squared", "2E‖x−y‖ − E‖x−x′‖ − E‖y−y′‖, U-statistic", predicted, observed, negativeDistance(), true, o)
}

// EnergySquaredNorms is the energy distance with squared norms, 2E‖x−y‖² −
// E‖x−x′‖² − E‖y−y′‖², as a V-statistic: CellFlow's e_distance, and that of
// scperturb and of pertpy before 2025. It is exactly 2‖mean x − mean y‖², which
// is how it is computed, and sees nothing but means.
func EnergySquaredNorms(predicted, observed ot.Measure, o Options) (Figure, error) {
	formula := o.definition("2E‖x−y‖² − E‖x−x′‖² − E‖y−y′‖², V-statistic, = 2‖mean x − mean y‖²")
	return ofMeans("energy_squared_norms", formula, predicted, observed, o, func(x, y []float64) float64 {
		d := floats.Distance(x, y, 2)
		return 2 * d * d
	})
}

func discrepancy(name, formula string, predicted, observed ot.Measure, k kernel, unbiased bool, o Options) (Figure, error) {
	p, err := o.pair(predicted, observed, false)
	if err != nil {
		return Figure{}, err
	}
	if unbiased && min(p.n, p.m) < 2 {
		return p.figure(name, math.NaN(), o.definition("%s", formula), "a U-statistic needs two points of each cloud"), nil
	}
	fits := p.tables() <= mostKept
	resampled := fits && o.replicates() > 0
	g, err := newGram(p, k, unbiased, resampled, o.Workers)
	if err != nil {
		return Figure{}, err
	}
	var warnings []string
	if !unbiased && p.n != p.m {
		warnings = append(warnings, fmt.Sprintf("a V-statistic of %d and %d points is biased by more than one of equal sizes", p.n, p.m))
	}
	if !fits && o.replicates() > 0 {
		warnings = append(warnings, fmt.Sprintf("no interval: over %d points; see --subsample", int(math.Sqrt(mostKept/3))))
	}
	f := p.figure(name, g.squared(), o.definition("%s", formula), warnings...).explained()
	if resampled {
		f = f.percentile(g.bootstrap(o.replicates(), o.stream(resampling)))
	}
	return f, nil
}
