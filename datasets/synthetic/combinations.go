package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
)

// CombinationOptions of [NewCombinationScreen]. The zero value is half the size of the
// screen of Norman et al. in pairs, and a quarter in single actions.
type CombinationOptions struct {
	Seed uint64
	// Genes of the counts; 1 000 if zero, at least the 760 that states move.
	Genes int
	// Actions measured alone (24 if zero, at least 4), and Pairs of them (42).
	Actions, Pairs int
	// ControlCells (1 500 if zero) and CellsPerCondition (150).
	ControlCells, CellsPerCondition int
}

// ScreenedCell is what is known about a cell of a [CombinationScreen].
type ScreenedCell struct {
	// Actions done to it, sorted; none to control cells.
	Actions []string
	// Population of its untreated state: 0, 1 or 2.
	Population int
	// Library is the expected total count of the cell.
	Library float64
}

// CombinationScreen is a simulated screen of single actions and pairs of them in the
// manner of Norman et al. (2019): counts of cells of one line, untreated and under each
// condition.
//
// # What is known
//
// A cell has a latent state z in R⁹: where its population lies (two coordinates), the cell
// cycle, and six gene programmes. Actions c carry it by T_c = ∇ψ_c,
//
//	ψ_c(z) = ½‖z‖² + Σ_k α_k(c) ψ_k(z),  α_k(c) ≥ 0,
//
// with ψ_k convex, a smooth maximum of affine functions, one for each population: they
// respond differently to a programme. T_c is the exact optimal map between the states of
// untreated and treated cells. An action moves one programme, and some a second one less;
// actions of one programme do alike. The strengths of a pair add up, but for an
// interaction that follows from the programmes ([CombinationScreen.Interaction]): two actions on
// one programme do less than their sum, two on a pair of programmes that help each other more.
//
// Counts are made of states as in [Screen], where it also says how the known
// counterfactual of a measured cell is to be read.
type CombinationScreen struct {
	Options CombinationOptions
	// Counts are cells × genes.
	Counts *sparse.CSR
	Genes  []string
	// Actions by name, and Conditions: each alone, then the pairs, sorted.
	Actions    []string
	Conditions [][]string
	// Cells are the rows of Counts: control first, then the conditions in order.
	Cells []ScreenedCell
	// States of the cells as measured, after treatment, cells × 9.
	States *mat.Dense

	programmes []*logSumExp
	strengths  [][]float64 // of each action on each programme
	genes
}

// NewCombinationScreen draws a screen.
func NewCombinationScreen(o CombinationOptions) (*CombinationScreen, error) {
	for _, d := range []struct {
		v  *int
		or int
	}{{&o.Genes, 1000}, {&o.Actions, 24}, {&o.Pairs, 42}, {&o.ControlCells, 1500}, {&o.CellsPerCondition, 150}} {
		if *d.v == 0 {
			*d.v = d.or
		}
	}
	if most := o.Actions * (o.Actions - 1) / 2; o.Genes < total(combinationGenes) || o.Actions < 4 || o.Pairs < 1 || o.Pairs > most || o.ControlCells < 1 || o.CellsPerCondition < 1 {
		return nil, fmt.Errorf("synthetic: a screen of %d genes, %d actions and %d pairs, %d control cells and %d a condition: at least %d genes, 4 actions, 1 pair and one cell each, and no more pairs than there are of the actions",
			o.Genes, o.Actions, o.Pairs, o.ControlCells, o.CellsPerCondition, total(combinationGenes))
	}
	s := &CombinationScreen{Options: o}
	rng := screenStream(o.Seed, 0)
	s.drawProgrammes(rng)
	s.drawActions(rng)
	s.genes = newGenes(o.Genes, combinationGenes, combinationAxis, rng)
	for j := range o.Genes {
		s.Genes = append(s.Genes, fmt.Sprintf("gene%d", j))
	}
	libraries, err := s.drawCells()
	if err != nil {
		return nil, err
	}
	s.Counts, err = s.counts(s.States, libraries, screenStream(o.Seed, 1))
	return s, err
}

// Geometry of the states of a combination screen.
const (
	combinationPopulations = 3
	combinationProgrammes  = 6
	combinationAxis        = 3 // of the first programme
	combinationSize        = combinationAxis + combinationProgrammes
	combinationRadius      = 3.0 // of the triangle of populations
	combinationCycle       = 2   // the axis of the cell cycle
)

// combinationGenes is how many genes each coordinate moves.
var combinationGenes = []int{140, 140, 120, 60, 60, 60, 60, 60, 60}

// combinationCentre is where the untreated cells of a population lie.
func combinationCentre(population int) []float64 {
	centre := make([]float64, combinationSize)
	sin, cos := math.Sincos(2 * math.Pi * float64(population) / combinationPopulations)
	centre[0], centre[1] = combinationRadius*cos, combinationRadius*sin
	return centre
}

// drawProgrammes draws what each programme does to each population: of three, one responds
// weakly.
func (s *CombinationScreen) drawProgrammes(rng *rand.Rand) {
	for k := range combinationProgrammes {
		w, offsets := mat.NewDense(combinationPopulations, combinationSize, nil), make([]float64, combinationPopulations)
		cycle, weak := rng.Float64()-0.5, rng.IntN(combinationPopulations)
		for p := range combinationPopulations {
			centre, row := combinationCentre(p), w.RawRowView(p)
			for j, v := range centre {
				row[j] = gate * v
			}
			size := 1 + 0.6*rng.Float64()
			if p == weak {
				size *= dampened
			}
			row[combinationAxis+k] += size
			row[combinationCycle] += size * cycle
			offsets[p] = -gate / 2 * dot(centre, centre)
		}
		s.programmes = append(s.programmes, &logSumExp{w, offsets, gateWidth})
	}
}

// drawActions draws strengths and the pairs that are measured.
func (s *CombinationScreen) drawActions(rng *rand.Rand) {
	for a := range s.Options.Actions {
		s.Actions = append(s.Actions, fmt.Sprintf("act%02d", a+1))
		strength := make([]float64, combinationProgrammes)
		strength[a%combinationProgrammes] = 0.4 + 0.8*rng.Float64()
		if rng.Float64() < 0.4 {
			strength[(a+1+rng.IntN(combinationProgrammes-1))%combinationProgrammes] = 0.2 + 0.3*rng.Float64()
		}
		s.strengths = append(s.strengths, strength)
		s.Conditions = append(s.Conditions, []string{s.Actions[a]})
	}
	var pairs [][]string
	for i, a := range s.Actions {
		for _, b := range s.Actions[i+1:] {
			pairs = append(pairs, []string{a, b})
		}
	}
	rng.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	pairs = pairs[:s.Options.Pairs]
	slices.SortFunc(pairs, slices.Compare[[]string])
	s.Conditions = append(s.Conditions, pairs...)
}

// redundancy is what two actions on one programme lose of the smaller strength, and help
// what two actions on neighbouring programmes 2i and 2i+1 gain in both.
const (
	redundancy = 0.4
	help       = 0.3
)

// alpha are the strengths of a set of one or two actions, zero for none, and what of them
// is more or less than the sum of its members'.
func (s *CombinationScreen) alpha(actions []string) (alpha, interaction []float64, err error) {
	alpha, interaction = make([]float64, combinationProgrammes), make([]float64, combinationProgrammes)
	set := slices.Compact(slices.Sorted(slices.Values(actions)))
	if len(set) > 2 {
		return nil, nil, fmt.Errorf("synthetic: %d actions together: interactions are known of two", len(set))
	}
	var parts [][]float64
	for _, name := range set {
		a := slices.Index(s.Actions, name)
		if a < 0 {
			return nil, nil, fmt.Errorf("synthetic: no action %q in the screen (%s)", name, spell.Suggest(name, s.Actions))
		}
		add(alpha, s.strengths[a])
		parts = append(parts, s.strengths[a])
	}
	if len(parts) == 2 {
		for k := range alpha {
			other := k ^ 1 // 0 and 1, 2 and 3, 4 and 5
			interaction[k] = help*(math.Sqrt(parts[0][k]*parts[1][other])+math.Sqrt(parts[1][k]*parts[0][other])) - redundancy*min(parts[0][k], parts[1][k])
		}
		add(alpha, interaction)
	}
	return alpha, interaction, nil
}

// Interaction of two actions is how far the strengths of the pair are from the sum of its
// members', relative to that sum: ‖α(ab) − α(a) − α(b)‖ / ‖α(a) + α(b)‖.
func (s *CombinationScreen) Interaction(a, b string) (float64, error) {
	alpha, interaction, err := s.alpha([]string{a, b})
	if err != nil {
		return 0, err
	}
	for k, v := range interaction {
		alpha[k] -= v
	}
	return math.Sqrt(dot(interaction, interaction) / dot(alpha, alpha)), nil
}

// drawCells draws the cells of each condition from untreated ones of its own, and returns
// their libraries.
func (s *CombinationScreen) drawCells() (libraries []float64, err error) {
	var states []float64
	for c, actions := range append([][]string{nil}, s.Conditions...) {
		n := s.Options.CellsPerCondition
		if c == 0 {
			n = s.Options.ControlCells
		}
		rng := screenStream(s.Options.Seed, 2+uint64(c))
		z := mat.NewDense(n, combinationSize, nil)
		for i := range n {
			cell := ScreenedCell{Actions: actions, Population: rng.IntN(combinationPopulations), Library: medianLibrary * math.Exp(librarySpread*rng.NormFloat64())}
			s.Cells, libraries = append(s.Cells, cell), append(libraries, cell.Library)
			row := z.RawRowView(i)
			for j, v := range combinationCentre(cell.Population) {
				spread := programmeWidth
				if j < combinationAxis {
					spread = cycleSpread
				}
				row[j] = v + spread*rng.NormFloat64()
			}
		}
		treated, err := s.Map(nil, z, actions...)
		if err != nil {
			return nil, err
		}
		states = append(states, treated.RawMatrix().Data...)
	}
	s.States = mat.NewDense(len(s.Cells), combinationSize, states)
	return libraries, nil
}

// Rows are the numbers of the cells of a set of actions; of the control for none.
func (s *CombinationScreen) Rows(actions ...string) []int {
	set := slices.Sorted(slices.Values(actions))
	var rows []int
	for i, c := range s.Cells {
		if slices.Equal(c.Actions, set) {
			rows = append(rows, i)
		}
	}
	return rows
}

// potential of a set of actions.
func (s *CombinationScreen) potential(states *mat.Dense, actions []string) (*smoothPotential, error) {
	if states == nil || states.IsEmpty() {
		return nil, fmt.Errorf("synthetic: no states")
	}
	if _, d := states.Dims(); d != combinationSize {
		return nil, fmt.Errorf("synthetic: states of %d coordinates, they have %d", d, combinationSize)
	}
	alpha, _, err := s.alpha(actions)
	if err != nil {
		return nil, err
	}
	family := &smooth{basis: s.programmes, scale: 1, shift: make([]float64, combinationSize)}
	return &smoothPotential{family: family, weights: weights{1, alpha}}, nil
}

// Map carries states (n×9) of untreated cells to those under one or two actions, into dst,
// which is allocated if nil: the exact optimal map between states. No action leaves them
// as they are.
func (s *CombinationScreen) Map(dst, states *mat.Dense, actions ...string) (*mat.Dense, error) {
	p, err := s.potential(states, actions)
	if err != nil {
		return nil, err
	}
	return into(dst, p.gradient(states))
}

// Potential is the convex function of states whose gradient is Map.
func (s *CombinationScreen) Potential(states *mat.Dense, actions ...string) ([]float64, error) {
	p, err := s.potential(states, actions)
	if err != nil {
		return nil, err
	}
	return p.value(states), nil
}

// Counterfactual is the expected log-expression of the chosen genes (all if nil) that
// control cells (rows) would have under a set of actions, each with its own library; target is
// the total that counts are normalised to. See [Screen.Expected].
func (s *CombinationScreen) Counterfactual(rows []int, actions []string, target float64, chosen []int) (*mat.Dense, error) {
	libraries := make([]float64, len(rows))
	for k, i := range rows {
		if i < 0 || i >= len(s.Cells) || len(s.Cells[i].Actions) > 0 {
			return nil, fmt.Errorf("synthetic: cell %d is none of the control", i)
		}
		libraries[k] = s.Cells[i].Library
	}
	z, err := s.Map(nil, selectRows(s.States, rows), actions...)
	if err != nil {
		return nil, err
	}
	return s.expected(z, libraries, target, chosen)
}
