package climate

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/stat/distuv"
)

// Damage is a published estimate of what warming does to output.
type Damage string

const (
	// BHM lets growth depend on the temperature of the year, h(T) = β₁T + β₂T², the same for all countries
	// (Burke, Hsiang & Miguel 2015, Nature 527:235, its main specification): growth changes by
	// h(T) − h(T of 1980–2010), T not above 30 °C.
	BHM Damage = "bhm"
	// BHMLags sums the effects of a year and the five before.
	BHMLags Damage = "bhm-lags"
	// BHMRichPoor has coefficients of their own for countries below the median GDP per capita.
	BHMRichPoor Damage = "bhm-rich-poor"
	// BHMRichPoorLags has both.
	BHMRichPoorLags Damage = "bhm-rich-poor-lags"
	// Dell changes growth by a share per degree of warming, of its own for poor countries (Dell, Jones & Olken
	// 2012).
	Dell Damage = "dell"
	// KalkuhlWenz changes growth by the year's warming and that of the year before, the more so the warmer
	// the country (Kalkuhl & Wenz 2020).
	KalkuhlWenz Damage = "kalkuhl-wenz"
	// HowardSterner and DICE take a share of output that grows with the square of global warming since 1850–1900
	// (Howard & Sterner 2017; Nordhaus 2017). What 2010 had already lost is not taken again.
	HowardSterner Damage = "howard-sterner"
	DICE          Damage = "dice"
)

// estimate is the coefficients of a damage: the published point, and of the resamples of a bootstrap
// their mean, deviations and correlations.
type estimate struct {
	damage   Damage
	point    []float64
	mean, sd []float64
	// correlation of the coefficients: below the diagonal, by rows.
	correlation []float64
}

// estimates: coefficients as RICE50+ lists them (github.com/witch-team/RICE50xmodel). Those of the four
// BHM are the point and the moments of the 1000 resamples in the replication of Ricke et al. 2018
// (country-level-scc/cscc-paper-2018), made by testdata/summary.py; the others have no published resamples.
var estimates = []estimate{
	{BHM, []float64{.0127184, -.0004871}, []float64{.0130358827, -.0004957542}, []float64{.0038263969, .00012065723}, []float64{-.8556}},
	{BHMLags, []float64{-.0037497, -.0000955}, []float64{-.0035801284, -.000102114795}, []float64{.0087520955, .00024595467}, []float64{-.836}},
	{BHMRichPoor, []float64{.0088951, -.0003155, .0254342, -.000772}, []float64{.0094033115, -.0003369171, .0276023014, -.0008164043},
		[]float64{.0044701409, .00018337924, .0198040306, .00042346797}, []float64{-.8476, .012, -.027, -.045, .0436, -.9777}},
	{BHMRichPoorLags, []float64{-.0026918, -.000022, -.0186, .0001513}, []float64{-.002298827, -.000039021534, -.0178954477, .00014513848},
		[]float64{.01038623, .00035645068, .0395343358, .00084391831}, []float64{-.8351, -.0019, .0446, -.0059, -.0329, -.9761}},
	{damage: Dell, point: []float64{.00261, .00261 - .01655}},
	{damage: KalkuhlWenz, point: []float64{.00641, .00345, -.00105, -.000718}},
	{damage: HowardSterner, point: []float64{.595 * .0125}},
	{damage: DICE, point: []float64{.00236}},
}

// Damages lists the estimates.
func Damages() (list []Damage) {
	for _, e := range estimates {
		list = append(list, e.damage)
	}
	return list
}

func (d Damage) estimate() (estimate, error) {
	var names []string
	for _, e := range estimates {
		if e.damage == d {
			return e, nil
		}
		names = append(names, string(e.damage))
	}
	return estimate{}, fmt.Errorf("climate: no damage %q (%s)", d, spell.Suggest(string(d), names))
}

// Coefficients are the published ones: of the BHM estimates β₁ and β₂ (°C⁻¹ and °C⁻² a year), of all
// countries or of the rich and then the poor; of [Dell] the share a degree of the rich and the poor; of
// [KalkuhlWenz] those of ΔT, of ΔT the year before, and of both times the temperature; of the others that of
// warming squared.
func (d Damage) Coefficients() ([]float64, error) {
	e, err := d.estimate()
	return slices.Clone(e.point), err
}

// at is the coefficients at a point of the unit cube, by the normal distribution that has the moments of the
// resamples; an estimate without any has its point everywhere.
func (e estimate) at(u []float64) []float64 {
	n := len(e.mean)
	if n == 0 {
		return slices.Clone(e.point)
	}
	// Cholesky's factor of the correlations, row by row.
	factor := make([][]float64, n)
	x, z := make([]float64, n), make([]float64, n)
	for i, k := 0, 0; i < n; i++ {
		factor[i] = make([]float64, i+1)
		rest := 1.0
		for j := range i {
			sum := e.correlation[k]
			k++
			for l := range j {
				sum -= factor[i][l] * factor[j][l]
			}
			factor[i][j] = sum / factor[j][j]
			rest -= factor[i][j] * factor[i][j]
		}
		factor[i][i] = math.Sqrt(rest)
		z[i] = distuv.UnitNormal.Quantile(u[i])
		for j, f := range factor[i] {
			x[i] += f * z[j]
		}
		x[i] = e.mean[i] + e.sd[i]*x[i]
	}
	return x
}

// weather is the temperature of a country in the base, in a year and in the two before, °C.
type weather struct{ base, now, last, before float64 }

// growth is what a damage adds to the growth rate of a year.
func (d Damage) growth(c []float64, w weather, poor bool) float64 {
	switch d {
	case BHMRichPoor, BHMRichPoorLags:
		if poor {
			c = c[2:]
		}
		fallthrough
	case BHM, BHMLags:
		t := min(w.now, 30)
		return c[0]*(t-w.base) + c[1]*(t*t-w.base*w.base)
	case Dell:
		if poor {
			return c[1] * (w.now - w.base)
		}
		return c[0] * (w.now - w.base)
	case KalkuhlWenz:
		now, last := w.now-w.last, w.last-w.before
		return c[0]*now + c[1]*last + w.last*(c[2]*now+c[3]*last)
	}
	return 0
}

// lost is the share of output that a damage in levels takes at a global warming since 1850–1900, of what
// is left in 2010.
func (d Damage) lost(c []float64, warming float64) float64 {
	if d != HowardSterner && d != DICE {
		return 0
	}
	return 1 - (1-c[0]*warming*warming)/(1-c[0]*preindustrial*preindustrial)
}
