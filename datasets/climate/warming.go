package climate

import (
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/internal/spell"
)

// firstYear is where projections begin: damages are those of warming since then.
const firstYear = 2010

// preindustrial is the global warming of firstYear since 1850–1900, °C, that damages in levels start from.
const preindustrial = 1.0

// Warming is how the globe warms.
type Warming string

const (
	// AR6 follows the best estimates of IPCC AR6 WG1 (2021, table SPM.1) for SSP1-2.6, SSP2-4.5, SSP3-7.0 and
	// SSP5-8.5. SSP4, which the table has not, is put in the middle between SSP2-4.5 and SSP3-7.0, near
	// SSP4-6.0.
	AR6 Warming = "ar6"
	// Linear85 is that of Burke, Hsiang & Miguel (2015): under every SSP the change of RCP8.5, from 2010 on
	// an equal part of it a year, over 90 years.
	Linear85 Warming = "rcp85-linear"
)

// knots of the paths of AR6: the middles of its periods.
var knots = []float64{2010, 2030.5, 2050.5, 2090.5}

// ar6 is the warming since 1850–1900 at the knots.
var ar6 = map[string][]float64{
	"SSP1": {preindustrial, 1.5, 1.7, 1.8},
	"SSP2": {preindustrial, 1.5, 2.0, 2.7},
	"SSP3": {preindustrial, 1.5, 2.1, 3.6},
	"SSP4": {preindustrial, 1.5, 2.05, 3.15},
	"SSP5": {preindustrial, 1.6, 2.4, 4.4},
}

// linear85 is the global warming under RCP8.5 from 1986–2005 to 2081–2100 in the tables of Burke, Hsiang &
// Miguel (2015), °C.
const linear85 = 3.6606

// since is the global warming from 2010 to a year, °C; the last rate goes on after the last knot.
func (m Warming) since(ssp string, year int) (float64, error) {
	switch m {
	case Linear85:
		return linear85 * float64(year-firstYear) / 90, nil
	case AR6:
		path, known := ar6[ssp]
		if !known {
			return 0, fmt.Errorf("climate: no path of warming for %q; there is one for SSP1 to SSP5", ssp)
		}
		y := float64(year)
		k, _ := slices.BinarySearch(knots, y)
		k = min(max(k, 1), len(knots)-1)
		t := (y - knots[k-1]) / (knots[k] - knots[k-1])
		return path[k-1] + t*(path[k]-path[k-1]) - preindustrial, nil
	}
	return 0, fmt.Errorf("climate: no warming %q (%s)", m, spell.Suggest(string(m), []string{string(AR6), string(Linear85)}))
}
