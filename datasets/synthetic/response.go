package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Coordinates of a state: two of the line, one of resistance, the cell cycle,
// and an early and a late programme of each drug.
const (
	resistanceAxis = 2
	cycleAxis      = 3
	firstProgramme = 4
	stateSize      = 8
)

// Geometry of untreated states.
const (
	lineRadius     = 4.0 // of the triangle of lines
	resistantAt    = 2.0 // resistant cells, and sensitive ones at minus this
	resistantShare = 0.3
	lineSpread     = 0.35 // standard deviations within a population
	cycleSpread    = 0.8
	programmeWidth = 0.3
)

// A population's part of the smooth maximum has the slope gate·centre + response
// and the width gateWidth: cells follow the population whose centre is nearest.
const (
	gate      = 0.15
	gateWidth = 0.15
)

// dampened is how much of the response is left to resistant cells, and
// shrinkage how much narrower a drug makes its programmes at the highest dose.
const (
	dampened  = 0.35
	shrinkage = 0.4
)

// effect is one of the two programmes that a drug moves: its half-effect dose
// (nM) and Hill exponent, the displacement of sensitive cells of each line,
// and how far it pushes the cell cycle.
type effect struct {
	c50, hill float64
	size      [3]float64
	cycle     float64
}

// drugEffects are the early and the late programme of each of ScreenDrugs.
var drugEffects = [2][2]effect{
	{
		{c50: 300, hill: 1.2, size: [3]float64{2.2, 1.6, 2.0}, cycle: -0.5},
		{c50: 3000, hill: 2, size: [3]float64{2.5, 1.2, 1.8}, cycle: -0.8},
	},
	{
		{c50: 20, hill: 1, size: [3]float64{2.0, 0.4, 1.2}, cycle: -0.6},
		{c50: 1500, hill: 1.5, size: [3]float64{1.2, -0.5, 0.8}, cycle: -0.2},
	},
}

// biology is what a seed fixes for all cells: centres of the populations (line,
// resistant or not), the potentials of each drug's programmes, and the genes.
type biology struct {
	centres [6][]float64
	drugs   [2][2]*logSumExp
	genes
}

func newBiology(numGenes int, rng *rand.Rand) biology {
	var b biology
	for p := range b.centres {
		s, c := math.Sincos(2 * math.Pi * float64(p/2) / 3)
		b.centres[p] = make([]float64, stateSize)
		b.centres[p][0], b.centres[p][1] = lineRadius*c, lineRadius*s
		b.centres[p][resistanceAxis] = resistantAt * float64(2*(p%2)-1)
	}
	for d := range b.drugs {
		for k := range b.drugs[d] {
			b.drugs[d][k] = b.programme(drugEffects[d][k], firstProgramme+2*d+k, rng)
		}
	}
	b.genes = newGenes(numGenes, loadedGenes, firstProgramme, rng)
	return b
}

// programme is the potential of one effect along a coordinate; sizes vary by
// 15 % between seeds.
func (b *biology) programme(e effect, axis int, rng *rand.Rand) *logSumExp {
	w, offsets := mat.NewDense(len(b.centres), stateSize, nil), make([]float64, len(b.centres))
	for p, centre := range b.centres {
		row := w.RawRowView(p)
		for j, v := range centre {
			row[j] = gate * v
		}
		size := 0.85 + 0.3*rng.Float64()
		if p%2 == 1 {
			size *= dampened
		}
		row[axis] += size * e.size[p/2]
		row[cycleAxis] += size * e.cycle
		offsets[p] = -gate / 2 * dot(centre, centre)
	}
	return &logSumExp{w, offsets, gateWidth}
}

// treatment is the potential of a drug at a dose:
// ½Σ a_j z_j² + h₁ψ₁(z) + h₂ψ₂(z), h the Hill responses of the two programmes.
type treatment struct {
	quadratic  [stateSize]float64
	strength   [2]float64
	programmes [2]*logSumExp
}

// treatment returns the potential; ½‖z‖², whose map is the identity, for dose 0.
func (b *biology) treatment(drug string, dose float64) (*treatment, error) {
	t := &treatment{}
	for j := range t.quadratic {
		t.quadratic[j] = 1
	}
	if dose == 0 {
		return t, nil
	}
	d := slices.Index(ScreenDrugs, drug)
	if d < 0 {
		return nil, fmt.Errorf("synthetic: no drug %q in the screen: %v", drug, ScreenDrugs)
	}
	if !(dose > 0) || math.IsInf(dose, 1) {
		return nil, fmt.Errorf("synthetic: dose %g nM: it is finite and not negative", dose)
	}
	t.programmes = b.drugs[d]
	for k, e := range drugEffects[d] {
		t.strength[k] = hill(dose, e.c50, e.hill)
		t.quadratic[firstProgramme+2*d+k] = 1 - shrinkage*t.strength[1]
	}
	return t, nil
}

func (t *treatment) value(z *mat.Dense) []float64 {
	out := make([]float64, z.RawMatrix().Rows)
	for i := range out {
		for j, v := range z.RawRowView(i) {
			out[i] += t.quadratic[j] / 2 * v * v
		}
	}
	for k, p := range t.programmes {
		if p == nil {
			continue
		}
		for i, v := range p.value(z) {
			out[i] += t.strength[k] * v
		}
	}
	return out
}

func (t *treatment) gradient(z *mat.Dense) *mat.Dense {
	out := mat.DenseCopyOf(z)
	for i := range out.RawMatrix().Rows {
		row := out.RawRowView(i)
		for j := range row {
			row[j] *= t.quadratic[j]
		}
	}
	for k, p := range t.programmes {
		if p == nil {
			continue
		}
		var step mat.Dense
		step.Scale(t.strength[k], p.gradient(z))
		out.Add(out, &step)
	}
	return out
}

// Map carries states (n×8) of untreated cells to those under a dose (nM) of a
// drug, into dst, which is allocated if nil: the exact optimal map between
// states. A dose of 0 leaves them as they are.
func (s *Screen) Map(dst, states *mat.Dense, drug string, dose float64) (*mat.Dense, error) {
	t, err := s.treatment(states, drug, dose)
	if err != nil {
		return nil, err
	}
	return into(dst, t.gradient(states))
}

// Potential is the convex function of states whose gradient is Map.
func (s *Screen) Potential(states *mat.Dense, drug string, dose float64) ([]float64, error) {
	t, err := s.treatment(states, drug, dose)
	if err != nil {
		return nil, err
	}
	return t.value(states), nil
}

func (s *Screen) treatment(states *mat.Dense, drug string, dose float64) (*treatment, error) {
	if states == nil || states.IsEmpty() {
		return nil, fmt.Errorf("synthetic: no states")
	}
	if _, d := states.Dims(); d != stateSize {
		return nil, fmt.Errorf("synthetic: states of %d coordinates, they have %d", d, stateSize)
	}
	return s.biology.treatment(drug, dose)
}

// untreated draws n cells and their states.
func (b *biology) untreated(n int, rng *rand.Rand) ([]Cell, *mat.Dense) {
	spread := [stateSize]float64{lineSpread, lineSpread, lineSpread, cycleSpread}
	for j := firstProgramme; j < stateSize; j++ {
		spread[j] = programmeWidth
	}
	cells, z := make([]Cell, n), mat.NewDense(n, stateSize, nil)
	for i := range cells {
		line := rng.IntN(len(ScreenLines))
		cells[i].Line, cells[i].Resistant = ScreenLines[line], rng.Float64() < resistantShare
		cells[i].Library = medianLibrary * math.Exp(librarySpread*rng.NormFloat64())
		p := 2 * line
		if cells[i].Resistant {
			p++
		}
		row := z.RawRowView(i)
		for j := range row {
			row[j] = b.centres[p][j] + spread[j]*rng.NormFloat64()
		}
	}
	return cells, z
}
